"""An engine that may be away, and one that never is: customers get an answer, and the operator is told."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import structlog
from prometheus_client import Counter

from nlu.breaker import Breaker, Circuit, run_aside
from nlu.understanding import EngineUnavailable, Interpreter, Understanding

log = structlog.get_logger(__name__)

MESSAGES = Counter(
    "shouwen_fallback_messages",
    "Messages that the fallback engine understood, by why the first one did not.",
    ["reason"],
)


@dataclass(frozen=True, kw_only=True)
class Fallback:
    """So many messages were understood by the second engine."""

    messages: int
    reason: Literal[
        "failed",  # the first engine was asked; `error` is what it said
        "resting",  # it was not asked: it has failed just now
    ]
    error: EngineUnavailable | None = None


def report(fallback: Fallback) -> None:
    """Count it, and log it. While the first engine rests, only count: it was logged when that began."""
    MESSAGES.labels(fallback.reason).inc(fallback.messages)
    if fallback.error is not None:
        log.warning("engine.fallback", messages=fallback.messages, error=str(fallback.error))


class FallbackInterpreter:
    """Implements the `Interpreter` port.

    While the first engine rests, one check at a time goes on beside the messages, so that no customer waits
    for it. `check` raises `EngineUnavailable` while it is away; it asks the engine itself, not its memory.
    """

    def __init__(
        self,
        primary: Interpreter,
        secondary: Interpreter,
        *,
        check: Callable[[], None],
        breaker: Breaker | None = None,
        on_fallback: Callable[[Fallback], None] = report,
        aside: Callable[[Callable[[], None]], None] = run_aside,
    ) -> None:
        self._primary = primary
        self._secondary = secondary
        self._check = check
        # One failure is enough: behind it are several tries, for which a customer has waited.
        self._breaker = breaker or Breaker(failures=1)
        self._on_fallback = on_fallback
        self._aside = aside

    @property
    def circuit(self) -> Circuit:
        """Whether the first engine is being asked."""
        return self._breaker.state

    @property
    def asked(self) -> Interpreter:
        """Who understands the next message, as things are."""
        return self._primary if self._breaker.state is Circuit.CLOSED else self._secondary

    def understand(self, texts: Sequence[str]) -> list[Understanding]:
        """What each text means; all of a batch by the same engine."""
        if self._breaker.state is not Circuit.CLOSED:
            if self._breaker.should_try():
                self._aside(self._try)
            self._on_fallback(Fallback(messages=len(texts), reason="resting"))
            return self._secondary.understand(texts)
        try:
            understood = self._primary.understand(texts)
        except EngineUnavailable as error:
            if self._breaker.fail():
                log.warning("engine.resting", error=str(error))
            self._on_fallback(Fallback(messages=len(texts), reason="failed", error=error))
            return self._secondary.understand(texts)
        self._breaker.succeed()
        return understood

    def _try(self) -> None:
        """See whether the first engine is back."""
        try:
            self._check()
        except EngineUnavailable as error:
            self._breaker.fail()
            log.info("engine.still_resting", error=str(error))
        except BaseException:
            self._breaker.fail()  # or it would be half open for ever
            raise
        else:
            self._breaker.succeed()
            log.warning("engine.back")
