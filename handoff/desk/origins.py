"""Origins: where in Slack an agent wrote something, as the ticket's events keep it."""

PREFIX = "slack"


def origin_of(channel: str, ts: str) -> str:
    """The origin of a message in Slack."""
    return f"{PREFIX}:{channel}:{ts}"


def ts_of(origin: str | None, channel: str) -> str | None:
    """The message's ts, if it was written in that channel."""
    parts = (origin or "").split(":")
    return parts[2] if len(parts) == 3 and parts[:2] == [PREFIX, channel] else None
