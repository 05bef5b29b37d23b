"""A circuit breaker: who does not answer is left alone for a while, then tried by one caller."""

import threading
import time
from collections.abc import Callable
from enum import StrEnum


class Circuit(StrEnum):
    """Whether calls go through."""

    CLOSED = "closed"  # they do
    OPEN = "open"  # they do not, until the rest is over
    HALF_OPEN = "half_open"  # one try is under way; its outcome closes or opens


def run_aside(job: Callable[[], None]) -> None:
    """In a thread of its own, for which nobody waits: how a try is made beside the messages."""
    threading.Thread(target=job, name="try", daemon=True).start()


class Breaker:
    """Opens after `failures` in a row, and asks for one try after each `rest`. Safe to use from threads."""

    def __init__(
        self, *, failures: int = 3, rest: float = 5.0, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._limit = failures
        self._rest = rest  # seconds
        self._clock = clock
        self._lock = threading.Lock()
        self._state = Circuit.CLOSED
        self._failures = 0
        self._opened_at = 0.0

    @property
    def state(self) -> Circuit:
        return self._state

    def should_try(self) -> bool:
        """True once after each rest: who is told so must try, and then say how it went."""
        with self._lock:
            if self._state is not Circuit.OPEN or self._clock() < self._opened_at + self._rest:
                return False
            self._state = Circuit.HALF_OPEN
            return True

    def succeed(self) -> bool:
        """A call or try went well. True if that closed the circuit."""
        with self._lock:
            closed = self._state is not Circuit.CLOSED
            self._state, self._failures = Circuit.CLOSED, 0
            return closed

    def fail(self) -> bool:
        """A call or try failed. True if that opened the circuit, False if it was open or stays closed."""
        with self._lock:
            self._failures += 1
            if self._state is Circuit.CLOSED and self._failures < self._limit:
                return False
            opened = self._state is Circuit.CLOSED
            if self._state is not Circuit.OPEN:
                self._state, self._opened_at = Circuit.OPEN, self._clock()
            return opened
