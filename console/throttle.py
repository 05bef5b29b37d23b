"""A brake on guessing passwords: so many attempts within a window, by key. In this process's memory."""

from collections import deque
from collections.abc import Mapping
from datetime import datetime, timedelta

from core.clock import Clock, utc_now

WINDOW = timedelta(minutes=5)
MAX_KEYS = 10_000


class Throttle:
    """Counts attempts; those that turned out well are given back."""

    def __init__(self, *, clock: Clock = utc_now) -> None:
        self._clock = clock
        self._attempts: dict[str, deque[datetime]] = {}

    def attempt(self, limits: Mapping[str, int]) -> timedelta | None:
        """Count an attempt under every key; or, where a key is at its limit, how long to wait instead."""
        now = self._clock()
        self._forget(now)
        full = [
            self._attempts[key][0] + WINDOW - now
            for key, limit in limits.items()
            if len(self._attempts.get(key, ())) >= limit
        ]
        if full:
            return max(full)
        for key in limits:
            self._attempts.setdefault(key, deque()).append(now)
        return None

    def forgive(self, limits: Mapping[str, int]) -> None:
        """Take the last attempt under these keys back: it was the right password."""
        for key in limits:
            if self._attempts.get(key):
                self._attempts[key].pop()

    def _forget(self, now: datetime) -> None:
        for key in list(self._attempts):
            times = self._attempts[key]
            while times and times[0] + WINDOW <= now:
                times.popleft()
            if not times:
                del self._attempts[key]
        while len(self._attempts) > MAX_KEYS:  # the longest known go first
            del self._attempts[next(iter(self._attempts))]
