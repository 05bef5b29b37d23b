"""Rasa on plain (text, label) rows: what `shouwen evaluate --engine rasa` measures."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from nlu.rasa.client import RasaClient, RasaError
from nlu.rasa.project import pair_intents, rasa_text
from nlu.rasa.training import Lessons, hold_out, train

BATCH = 64
PARSE_TIMEOUT = 60.0  # seconds for a batch: here it is quality that is measured


@dataclass(frozen=True, kw_only=True)
class RowGuess:
    """A row's likeliest label and how sure that is; no label where there was no text."""

    label: str
    confidence: float


@dataclass(frozen=True, kw_only=True)
class RowsGuessed:
    """All rows' guesses in their order."""

    guesses: tuple[RowGuess, ...]
    answer_at: float
    training_seconds: float  # of both trainings: to learn how sure to be, and on all


def split_rows(
    intents: Mapping[str, Sequence[str]],
) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """Rows to train on and rows to test with, where there is only a knowledge base.

    A test row of an entry that is left out as a whole has a label that no training row has.
    """
    fold = hold_out(intents)
    training = [(text, intent) for intent, texts in fold.learned.items() for text in texts]
    return training, [(each.text, each.intent) for each in fold.asked]


def guess_rows(
    client: RasaClient,
    training: Sequence[tuple[str, str]],
    test: Sequence[str],
    unrelated: Sequence[str],
    *,
    precision: float,
    epochs: int | None = None,
) -> RowsGuessed:
    """Train on rows, guess the labels of others. The server serves that model from then on. Raises `RasaError`."""
    labels = list(dict.fromkeys(label for _, label in training))
    names = {label: f"label-{number}" for number, label in enumerate(labels)}  # any text can be a label
    start = time.perf_counter()
    intents = pair_intents([(text, names[label]) for text, label in training])
    published = train(
        client, Lessons(intents=intents, unrelated=unrelated, precision=precision, epochs=epochs)
    )
    client.swap(published.model)
    seconds = time.perf_counter() - start
    by_name = {name: label for label, name in names.items()}
    guesses: list[RowGuess] = []
    for first in range(0, len(test), BATCH):
        texts = [rasa_text(text) for text in test[first : first + BATCH]]
        for result in client.parse(texts, timeout=PARSE_TIMEOUT):
            if isinstance(result, RasaError):
                raise result
            entries = published.entries(result)
            guesses.append(
                RowGuess(
                    label=by_name[entries[0].intent], confidence=published.probability(entries[0].confidence)
                )
                if entries
                else RowGuess(label="", confidence=0.0)
            )
    return RowsGuessed(guesses=tuple(guesses), answer_at=published.answer_at, training_seconds=seconds)
