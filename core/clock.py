"""The one clock: aware UTC. Tests pass a clock that they move."""

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """Now, as an aware UTC time."""
    return datetime.now(UTC)
