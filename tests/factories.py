"""Factories: defaults for everything, so that a test names only what matters to it."""

import itertools
from typing import Any

from channels.files import FileLinks
from core.messages import Address, InboundMessage, Kind, Sender

LINKS = FileLinks("a secret of the tests, long enough")  # without an address of our own

_numbers = itertools.count(1)


def inbound(
    text: str = "我的订单到哪了", *, customer: str = "c1", channel: str = "api", **changes: Any
) -> InboundMessage:
    """A customer's message, new unless `external_id` says which."""
    values: dict[str, Any] = {
        "address": Address(channel=channel, chat=customer),
        "external_id": f"m{next(_numbers)}",
        "sender": Sender(external_id=customer),
        "kind": Kind.TEXT,
        "text": text,
    }
    return InboundMessage(**{**values, **changes})
