"""Pacing: when the next call may be made, so that a vendor's limits are kept. Leaky buckets, one for each limit."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

REMEMBERED = 10_000  # limits


@dataclass(frozen=True, kw_only=True)
class Rate:
    """So many a second in the long run, and so many at once after a rest."""

    per_second: float
    burst: int = 1


Limit = tuple[Rate, Hashable]  # of what: a chat, a channel, a method


class Buckets:
    """Knows how full each limit is. Times are monotonic seconds."""

    def __init__(self) -> None:
        self._full: dict[Limit, float] = {}  # when the limit will be at rest again

    def earliest(self, limits: Sequence[Limit], *, now: float) -> float:
        """The first moment at which all limits have room."""
        return max(
            now,
            *(self._full.get(limit, 0.0) - (limit[0].burst - 1) / limit[0].per_second for limit in limits),
        )

    def take(self, limits: Sequence[Limit], *, at: float, now: float) -> None:
        """A call is made at that moment."""
        if len(self._full) > REMEMBERED:
            self._full = {limit: rest for limit, rest in self._full.items() if rest > now}
        for limit in limits:
            self._full[limit] = max(self._full.get(limit, at), at) + 1 / limit[0].per_second
