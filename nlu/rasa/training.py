"""Publishing to Rasa: train, learn from left-out examples how sure to be, train on all, swap.

All of it is done by the Rasa server, over HTTP: it is the one that has Rasa installed, be it in a container or
beside us. Messages go on being parsed with the model before, until the swap.
"""

import fcntl
import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import structlog

from core.errors import BadInput
from nlu.embedded.calibration import Logistic, fit_logistic, least_confidence, lowest_threshold
from nlu.rasa.client import Ranked, RasaClient, RasaRefused
from nlu.rasa.project import NONE, Project, with_none
from nlu.rasa.published import Published, log_odds

log = structlog.get_logger(__name__)

HELD_OUT = 5  # every fifth text of an entry, and of those that are about none, is asked and not learned
LEFT_OUT = 10  # every tenth entry is left out as a whole
FEWEST_TO_LEAVE_OUT = 4  # entries, below which none is left out as a whole
# What calibration imagines to come for each message that an entry answers:
LEFT_OUT_SHARE = 0.1  # messages about an entry that is not there
UNRELATED_SHARE = 0.05  # messages about something else altogether
VERSION = 1  # of what is made from a knowledge base; raise it when the project's pipeline changes


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


def train(
    client: RasaClient,
    intents: Mapping[str, Sequence[str]],
    unrelated: Sequence[str],
    *,
    precision: float,
    epochs: int | None = None,
) -> Published:
    """Train on texts by intent, as `nlu.rasa.project` gives them. Not served yet. Raises `RasaError`, `BadInput`.

    It is trained twice: once without some texts, which then tell how sure to be, and once on all.
    """
    everything = with_none(intents, unrelated)
    fold = hold_out(everything)
    log.info("rasa.training", intents=len(intents), held_out=len(fold.asked))
    aside = client.train(Project(intents=fold.learned, epochs=epochs, fallback=False))
    examples: dict[str, list[str]] = {}
    for each in fold.asked:
        examples.setdefault(each.intent, []).append(each.text)
    predicted = client.test(aside, examples)
    asked = [each for each in fold.asked if each.text in predicted]
    if all(each.intent == NONE or predicted[each.text].intent == NONE for each in asked):
        raise BadInput("phrasings", "there are too few for Rasa to learn from; add some to each entry")
    calibration = calibrate(asked, predicted, precision=precision)
    model = client.train(Project(intents=everything, epochs=epochs))
    (weight,) = calibration.curve.weights
    log.info(
        "rasa.trained",
        model=model,
        accuracy=round(calibration.accuracy, 3),
        answer_at=round(calibration.answer_at, 3),
    )
    return Published(
        model=model,
        intents=tuple(intents),
        bias=calibration.curve.bias,
        weight=weight,
        answer_at=calibration.answer_at,
        held_out=sum(each.intent != NONE for each in asked),
        accuracy=calibration.accuracy,
    )


def publish(
    client: RasaClient,
    intents: Mapping[str, Sequence[str]],
    unrelated: Sequence[str],
    *,
    precision: float,
    epochs: int | None = None,
) -> Published:
    """Train, and serve the model. Raises as `train`."""
    published = train(client, intents, unrelated, precision=precision, epochs=epochs)
    client.swap(published.model)
    return published


def ensure_published(
    client: RasaClient,
    intents: Mapping[str, Sequence[str]],
    unrelated: Sequence[str],
    folder: Path,
    *,
    precision: float,
    epochs: int | None = None,
) -> Published:
    """Have the server serve a model of exactly these texts; trains where the server has none. Raises `RasaError`.

    What is known of the model is kept in the folder; processes that share it train once.
    """
    folder.mkdir(parents=True, exist_ok=True)
    kept = folder / f"rasa-{_key(intents, unrelated, precision, epochs)}.json"
    with _alone(folder / "rasa.lock"):
        if kept.exists():
            published = Published.from_json(kept.read_text("utf-8"))
            if ensure_served(client, published):
                return published
        published = publish(client, intents, unrelated, precision=precision, epochs=epochs)
        temporary = kept.with_suffix(".new")
        temporary.write_text(published.to_json(), encoding="utf-8")
        temporary.replace(kept)
        return published


def ensure_served(client: RasaClient, published: Published) -> bool:
    """Have the server serve this model; False when it has it no more. Raises `RasaError`."""
    if client.loaded_model() == published.model:
        return True
    try:
        client.swap(published.model)
    except RasaRefused as error:
        if error.status == 400:  # it has no such file: its folder was emptied, or it is another server
            return False
        raise
    return True


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _key(
    intents: Mapping[str, Sequence[str]], unrelated: Sequence[str], precision: float, epochs: int | None
) -> str:
    """Changes when anything changes that the model is made from."""
    content = json.dumps([VERSION, intents, list(unrelated), precision, epochs], ensure_ascii=False)
    return hashlib.sha256(content.encode()).hexdigest()[:16]
