"""What a channel is to the rest: the ports, and the errors by which sending fails.

ChannelError
├── RetryLater       the vendor's limits have us wait `seconds`; not a failed attempt
├── TemporaryFailure the attempt failed and may work later
└── Undeliverable    it will never work (blocked, gone): bury at once
"""

from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any, Protocol

from core.errors import ShouwenError
from core.messages import Attachment, OutgoingMessage


class ChannelError(ShouwenError):
    """Base of what sending can raise."""


class RetryLater(ChannelError):
    """The vendor's rate limit: wait, then send the same again."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"the channel asks to wait {seconds:g} s")
        self.seconds = seconds


class TemporaryFailure(ChannelError):
    """Network trouble or a vendor's fault."""


class Undeliverable(ChannelError):
    """The customer cannot be reached this way any more."""


@dataclass(frozen=True, kw_only=True)
class OpenedAttachment:
    """A customer's file, fetched from its channel."""

    name: str
    mime: str
    content: AsyncIterator[bytes]


def public_files(attachments: Iterable[dict[str, Any]]) -> list[Attachment]:
    """Of a message's files those that anyone can fetch: what the bot sends, and not what only a channel can open."""
    files = map(Attachment.from_json, attachments)
    return [file for file in files if file.ref.startswith("https://")]


class PushChannel(Protocol):
    """A channel that must be called to deliver: it has outbox rows and a sender."""

    @property
    def name(self) -> str: ...

    @property
    def parallel(self) -> int:
        """How many conversations may be sent to at once."""
        ...

    def split(self, message: OutgoingMessage) -> Sequence[OutgoingMessage]:
        """The message as one or more parts that the vendor takes; the same parts whenever it is asked."""
        ...

    async def send(self, part: OutgoingMessage) -> str:
        """Send one part that `split` made; returns the vendor's id. Raises `ChannelError`."""
        ...

    def open_attachment(self, attachment: Attachment) -> AbstractAsyncContextManager[OpenedAttachment]:
        """Fetch a customer's file so that an agent can see it. Raises `ChannelError`."""
        ...
