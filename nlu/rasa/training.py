"""Training for Rasa: learn from left-out examples how sure to be, then train on all.

It is done by the Rasa server, over HTTP: it is the one that has Rasa installed, be it in a container or beside us.
Messages go on being parsed with the model before.
"""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import structlog

from core.errors import BadInput
from nlu.embedded.calibration import Logistic, fit_logistic, least_confidence, lowest_threshold
from nlu.knowledge.entries import KnowledgeBase
from nlu.rasa.client import Ranked, RasaClient
from nlu.rasa.project import NONE, Project, entry_intents, with_none
from nlu.rasa.published import Published, log_odds

log = structlog.get_logger(__name__)

Wanted = Callable[[], bool]  # whether what goes on is still of use

HELD_OUT = 5  # every fifth text of an entry, and of those that are about none, is asked and not learned
LEFT_OUT = 10  # every tenth entry is left out as a whole
FEWEST_TO_LEAVE_OUT = 4  # entries, below which none is left out as a whole
# What calibration imagines to come for each message that an entry answers:
LEFT_OUT_SHARE = 0.1  # messages about an entry that is not there
UNRELATED_SHARE = 0.05  # messages about something else altogether
VERSION = 1  # of what is made from a knowledge base; raise it when the project's pipeline changes


class Superseded(Exception):
    """What was going on is not wanted any more."""


@dataclass(frozen=True, kw_only=True)
class Lessons:
    """What a model is made from: texts by intent, and texts that are about none of them."""

    intents: Mapping[str, Sequence[str]]
    unrelated: Sequence[str]
    precision: float  # that answering is to keep
    epochs: int | None = None  # instead of as many as fit the number of texts

    @property
    def key(self) -> str:
        """Changes when anything does that the model is made from."""
        facts = [VERSION, self.intents, list(self.unrelated), self.precision, self.epochs]
        return hashlib.sha256(json.dumps(facts, ensure_ascii=False).encode()).hexdigest()[:16]


def lessons_of(knowledge: KnowledgeBase, unrelated: Sequence[str], *, precision: float) -> Lessons:
    """Of a knowledge base; `unrelated` are texts that no shop answers."""
    outside = [text for texts in knowledge.out_of_scope.values() for text in texts]
    return Lessons(intents=entry_intents(knowledge), unrelated=[*outside, *unrelated], precision=precision)


@dataclass(frozen=True)
class Asked:
    """A text that was not learned; `intent` is NONE where no intent is right."""

    text: str
    intent: str
    weight: float


@dataclass(frozen=True)
class Fold:
    """Some texts to learn from, and the others to ask."""

    learned: Mapping[str, tuple[str, ...]]
    asked: tuple[Asked, ...]


def hold_out(intents: Mapping[str, Sequence[str]]) -> Fold:
    """Every fifth text of each intent, and every tenth entry as a whole. The same each time."""
    entries = [intent for intent in intents if intent != NONE]
    left_out = set(entries[LEFT_OUT // 2 :: LEFT_OUT]) if len(entries) >= FEWEST_TO_LEAVE_OUT else set()
    if not left_out and len(entries) >= FEWEST_TO_LEAVE_OUT:
        left_out = {entries[-1]}
    learned: dict[str, tuple[str, ...]] = {}
    asked: dict[str, str] = {}
    strangers: dict[str, None] = {}
    unrelated: dict[str, None] = {}
    for intent, texts in intents.items():
        if intent in left_out:
            strangers.update(dict.fromkeys(texts))
            continue
        out = texts[HELD_OUT // 2 :: HELD_OUT]
        learned[intent] = tuple(text for text in texts if text not in out)
        if intent == NONE:
            unrelated.update(dict.fromkeys(out))
        else:
            asked.update((text, intent) for text in out)
    rest_weight = len(asked) * LEFT_OUT_SHARE / max(len(strangers), 1)
    unrelated_weight = len(asked) * UNRELATED_SHARE / max(len(unrelated), 1)
    return Fold(
        learned,
        (
            *(Asked(text, intent, 1.0) for text, intent in asked.items()),
            *(Asked(text, NONE, rest_weight) for text in strangers if text not in asked),
            *(Asked(text, NONE, unrelated_weight) for text in unrelated if text not in asked),
        ),
    )


@dataclass(frozen=True, kw_only=True)
class Calibration:
    """What left-out texts told."""

    curve: Logistic  # from the log odds of Rasa's confidence in an entry to the probability of being right
    answer_at: float
    accuracy: float  # of what entries answer


def calibrate(asked: Sequence[Asked], predicted: Mapping[str, Ranked], *, precision: float) -> Calibration:
    """Learn how sure to be from texts that were not learned and what was predicted for them."""
    entries = {each.intent for each in asked} - {NONE}
    guesses = [predicted[each.text] for each in asked]
    answerable = np.array([each.intent != NONE for each in asked])
    right = (
        np.array([guess.intent == each.intent for guess, each in zip(guesses, asked, strict=True)])
        & answerable
    )
    weight = np.array([each.weight for each in asked])
    odds = np.array([[log_odds(guess.confidence)] for guess in guesses])
    # Where "none of them" was likeliest, its confidence says nothing of the entries': nothing is answered there.
    told = np.array([guess.intent != NONE for guess in guesses])
    curve = fit_logistic(odds[told], right[told], weight[told])
    chance = np.where(told, curve.probability(odds), 0.0)
    least = least_confidence(len(entries))
    return Calibration(
        curve=curve,
        answer_at=lowest_threshold(chance, right, weight, precision=precision, least=least),
        accuracy=float(right[answerable].mean()),
    )


def train(client: RasaClient, lessons: Lessons, *, wanted: Wanted = lambda: True) -> Published:
    """Train aside; the model is not served yet.

    It is trained twice: once without some texts, which then tell how sure to be, and once on all.
    Raises `RasaError`, `BadInput`, and `Superseded` in the place of a step that is not wanted any more.
    """
    everything = with_none(lessons.intents, lessons.unrelated)
    fold = hold_out(everything)
    check_wanted(wanted)
    log.info("rasa.training", intents=len(lessons.intents), held_out=len(fold.asked))
    aside = client.train(Project(intents=fold.learned, epochs=lessons.epochs, fallback=False))
    examples: dict[str, list[str]] = {}
    for each in fold.asked:
        examples.setdefault(each.intent, []).append(each.text)
    check_wanted(wanted)
    predicted = client.test(aside, examples)
    asked = [each for each in fold.asked if each.text in predicted]
    if all(each.intent == NONE or predicted[each.text].intent == NONE for each in asked):
        raise BadInput("phrasings", "there are too few for Rasa to learn from; add some to each entry")
    calibration = calibrate(asked, predicted, precision=lessons.precision)
    check_wanted(wanted)
    model = client.train(Project(intents=everything, epochs=lessons.epochs))
    (weight,) = calibration.curve.weights
    log.info(
        "rasa.trained",
        model=model,
        accuracy=round(calibration.accuracy, 3),
        answer_at=round(calibration.answer_at, 3),
    )
    return Published(
        model=model,
        intents=tuple(lessons.intents),
        bias=calibration.curve.bias,
        weight=weight,
        answer_at=calibration.answer_at,
        held_out=sum(each.intent != NONE for each in asked),
        accuracy=calibration.accuracy,
    )


def check_wanted(wanted: Wanted) -> None:
    """Raises `Superseded`."""
    if not wanted():
        raise Superseded
