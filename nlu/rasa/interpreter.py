"""Rasa for the intent, the embedded engine for the rest; and for everything while Rasa does not answer."""

from collections import Counter as Tally
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Literal

import structlog
from prometheus_client import Counter

from nlu.breaker import Breaker, Circuit, run_aside
from nlu.rasa.client import Parsed, RasaClient, RasaError, RasaTimeout, RasaUnreachable
from nlu.rasa.project import rasa_text
from nlu.rasa.published import Published
from nlu.understanding import Guess, Interpreter, Understanding

log = structlog.get_logger(__name__)

TIMEOUT = 1.0  # seconds for a batch; 64 messages take about 0.4 on two cores
ALTERNATIVES = 3
OFFER_AT = 0.08  # probability from which an entry is offered: Rasa's are not judged entry by entry

Outcome = Literal[
    "rasa",  # Rasa's intent
    "untrained",  # Rasa has no model of this knowledge base yet
    "timeout",
    "unreachable",
    "error",  # Rasa answered, but not with an intent of ours
    "resting",  # not asked: it has failed too often just now
    "wordless",  # nothing in it for Rasa to read
]
MESSAGES = Counter(
    "shouwen_rasa_messages",
    "Messages for the Rasa engine, by outcome; all but rasa were understood without it.",
    ["outcome"],
)


class RasaInterpreter:
    """Implements the `Interpreter` port.

    Language, signals and rejection are always the embedded engine's. Where Rasa is slow, down or at a loss, the
    intent is too; `shouwen_rasa_messages_total` counts it and the log tells it. While Rasa rests, one try at a
    time goes on beside the messages, so that no customer waits for it. What the server serves is others' care
    (`nlu.rasa.keeper`).
    """

    def __init__(
        self,
        embedded: Interpreter,
        client: RasaClient,
        *,
        breaker: Breaker | None = None,
        timeout: float = TIMEOUT,
        aside: Callable[[Callable[[], None]], None] = run_aside,
    ) -> None:
        self.embedded = embedded
        self._client = client
        self._breaker = breaker or Breaker()
        self._timeout = timeout
        self._aside = aside
        self._published: Published | None = None

    def use(self, published: Published) -> None:
        """Ask Rasa from now on, which serves this model. Until the first call the embedded engine answers alone."""
        self._published = published

    @property
    def circuit(self) -> Circuit:
        """Whether Rasa is being asked."""
        return self._breaker.state

    def understand(self, texts: Sequence[str]) -> list[Understanding]:
        """What each text means; Rasa parses the batch at once, and has `timeout` seconds for all of it."""
        understood = self.embedded.understand(texts)
        outcomes: Tally[Outcome] = Tally()
        rows = [row for row, text in enumerate(texts) if understood[row].intent and rasa_text(text)]
        outcomes["wordless"] = len(texts) - len(rows)
        published = self._published
        if published is None:
            outcomes["untrained"] = len(rows)
        elif self._breaker.state is not Circuit.CLOSED:
            outcomes["resting"] = len(rows)
            if self._breaker.should_try():
                self._aside(self._try)
        elif rows:
            results = self._client.parse([rasa_text(texts[row]) for row in rows], timeout=self._timeout)
            for row, result in zip(rows, results, strict=True):
                joined = join(understood[row], result, published) if isinstance(result, Parsed) else None
                outcomes[_outcome(result, joined)] += 1
                understood[row] = joined or understood[row]
            self._report(results)
        for outcome, count in outcomes.items():
            if count:
                MESSAGES.labels(outcome).inc(count)
        return understood

    def _report(self, results: Sequence[Parsed | RasaError]) -> None:
        errors = [result for result in results if isinstance(result, RasaError)]
        if errors:
            log.warning("rasa.fallback", messages=len(errors), of=len(results), error=str(errors[0]))
        if len(errors) < len(results):
            self._breaker.succeed()
        elif self._breaker.fail():
            log.warning("rasa.resting", error=str(errors[0]))

    def _try(self) -> None:
        """See whether the server is back, with the right model."""
        try:
            served = self._client.loaded_model()
        except RasaError as error:
            self._breaker.fail()
            log.info("rasa.still_resting", error=str(error))
            return
        except BaseException:
            self._breaker.fail()  # whatever it is, there will be another try
            raise
        if self._published is not None and served == self._published.model:
            self._breaker.succeed()
            log.warning("rasa.back")
        else:
            self._breaker.fail()
            log.info("rasa.still_resting", serves=served)


def join(base: Understanding, parsed: Parsed, published: Published) -> Understanding | None:
    """The embedded engine's understanding with Rasa's intent; None when Rasa names no entry of this model."""
    entries = published.entries(parsed)
    if not entries:
        return None
    best, *others = entries
    sure = published.probability(best.confidence)
    room = min(1.0, (1.0 - sure) / max(1.0 - best.confidence, 1e-9))  # together never more than certain
    return replace(
        base,
        intent=best.intent,
        confidence=round(sure, 4),
        answer_at=published.answer_at,
        offer_at=OFFER_AT,
        alternatives=tuple(
            Guess(intent=each.intent, probability=round(each.confidence * room, 4), offer_at=OFFER_AT)
            for each in others[:ALTERNATIVES]
        ),
    )


def _outcome(result: Parsed | RasaError, joined: Understanding | None) -> Outcome:
    match result:
        case Parsed():
            return "rasa" if joined else "error"
        case RasaTimeout():
            return "timeout"
        case RasaUnreachable():
            return "unreachable"
        case _:
            return "error"
