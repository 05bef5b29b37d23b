"""How fast one socket may send."""

import time
from collections.abc import Callable


class Pace:
    """A token bucket: `at_once` frames in a burst, `per_second` in the long run."""

    def __init__(self, *, per_second: float, at_once: int, now: Callable[[], float] = time.monotonic) -> None:
        self._per_second = per_second
        self._at_once = float(at_once)
        self._now = now
        self._left = self._at_once
        self._seen = now()

    def allows(self) -> bool:
        """Whether one more frame is in time; counts it if so."""
        now = self._now()
        self._left = min(self._at_once, self._left + (now - self._seen) * self._per_second)
        self._seen = now
        if self._left < 1:
            return False
        self._left -= 1
        return True
