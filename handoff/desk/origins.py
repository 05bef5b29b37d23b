"""Origins: where in Slack an agent wrote something, or asked for it, as the ticket's events keep it."""

from collections.abc import Mapping
from typing import Any

PREFIX = "slack"


def origin_of(channel: str, ts: str) -> str:
    """The origin of a message in Slack."""
    return f"{PREFIX}:{channel}:{ts}"


def ts_of(origin: str | None, channel: str) -> str | None:
    """The message's ts, if it was written in that channel."""
    parts = (origin or "").split(":")
    return parts[2] if len(parts) == 3 and parts[:2] == [PREFIX, channel] else None


def form_origin(form: Mapping[str, Any]) -> str:
    """Of an act that a form asks for: Slack keeps the form's id when it is sent off again."""
    return f"form:{form['id']}"
