"""How long to wait before trying again."""

import random
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Backoff:
    """Exponential waiting with jitter: `first * factor ** (attempt - 1)` seconds, at most `longest`.

    `jitter` is the share by which a wait may be shortened or lengthened, so that
    many waiters do not come back at the same moment.
    """

    first: float = 1.0  # seconds
    factor: float = 2.0
    longest: float = 300.0  # seconds
    jitter: float = 0.2

    def delay(self, attempt: int, *, spread: float | None = None) -> float:
        """Seconds to wait after the given failed attempt (1 for the first).

        `spread` in [-1, 1] replaces the random part; tests pass it.
        """
        exponent = min(max(attempt, 1) - 1, 60)
        base = min(self.first * self.factor**exponent, self.longest)
        chosen = random.uniform(-1.0, 1.0) if spread is None else spread
        return base * (1.0 + self.jitter * chosen)
