"""Why the embedded engine decides as it does: the nearest known texts, and the terms that weigh most."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nlu.embedded.examples import Labelled
from nlu.embedded.interpreter import EmbeddedInterpreter
from nlu.embedded.machine import Machine
from nlu.embedded.ngrams import FIRST_HAN, PIECE, RUN, Vocabulary, count_ngrams
from nlu.normalise import clip, normalise
from nlu.rules import judge

NEAREST = 5
TERMS = 6


@dataclass(frozen=True, kw_only=True)
class Near:
    """A known text close to the message; no entry for one that no entry answers."""

    text: str
    entry: str | None
    closeness: float  # cosine of the vectors


@dataclass(frozen=True, kw_only=True)
class Term:
    """An n-gram of the message, and how much it speaks for (or, below 0, against) something."""

    term: str
    weight: float


@dataclass(frozen=True, kw_only=True)
class SignalReason:
    """What a signal's decision rests on. A rule's `yes` or `no` decides; else the probability does."""

    rule: str
    probability: float
    threshold: float
    terms: tuple[Term, ...]


@dataclass(frozen=True, kw_only=True)
class Explanation:
    """Of one message."""

    read_as: str  # normalised, in the shop's own words, put right
    nearest: tuple[Near, ...]
    terms: tuple[Term, ...]  # for the likeliest entry, beyond what they say for the average entry
    signals: Mapping[str, SignalReason]


def explain(interpreter: EmbeddedInterpreter, known: Labelled, text: str) -> Explanation:
    """Why this message is understood as it is. `known` are the texts that the model was trained on."""
    model, read, plain = interpreter.model, interpreter.reader.read(text), normalise(clip(text))
    encoded, counted = interpreter.encode([read, plain]), [count_ngrams(read)]
    cosines = model.machine.cosines(encoded[:1])
    entry = int(model.machine.scores(cosines, counted)[0].argmax())
    texts = [*known.texts, *known.out_of_scope]
    labels = [*known.labels, *[None] * len(known.out_of_scope)]
    closest = np.argsort(-cosines[0][: len(texts)])[:NEAREST]
    signals = model.signals.form
    heard = signals.scores(encoded[1:], [count_ngrams(plain)]).astype(np.float64)[0]
    return Explanation(
        read_as=read,
        nearest=tuple(
            Near(text=texts[row], entry=labels[row], closeness=round(float(cosines[0][row]), 4))
            for row in closest
        ),
        terms=_terms(model.machine.vocabulary, read, model.machine.letters[:, entry] - _mean(model.machine)),
        signals={
            name.value: SignalReason(
                rule=judge(name, plain).value,
                probability=round(float(signal.chance.probability(heard[[column]])), 4),
                threshold=round(signal.threshold, 4),
                terms=_terms(signals.vocabulary, plain, signals.letters[:, column]),
            )
            for column, (name, signal) in enumerate(model.signals.signals.items())
        },
    )


def _mean(machine: Machine) -> NDArray[np.float32]:
    mean: NDArray[np.float32] = machine.letters.mean(axis=1, dtype=np.float32)
    return mean


def _terms(vocabulary: Vocabulary, text: str, says: NDArray[np.floating]) -> tuple[Term, ...]:
    """The words, and pairs of Chinese characters, that weigh most, for or against: with all n-grams within them."""
    weighed = vocabulary.weigh([count_ngrams(text)])
    weights: defaultdict[str, float] = defaultdict(float)
    for column, share in zip(weighed.columns, weighed.weights, strict=True):
        weights[_letters(vocabulary.ngrams[column])] += float(share) * float(says[column])
    totals = {
        word: sum(weight for letters, weight in weights.items() if letters in word)
        for word in dict.fromkeys(_words(text))
    }
    terms: list[Term] = []
    for word in sorted(totals, key=lambda each: -abs(totals[each])):
        if not any(set(word) & set(term.term) for term in terms if not word.isascii()):
            terms.append(Term(term=word, weight=round(totals[word], 4)))
    return tuple(terms[:TERMS])


def _letters(ngram: str) -> str:
    return ngram.removeprefix(PIECE).strip("_")


def _words(text: str) -> Iterator[str]:
    for run in RUN.findall(text):
        if run[0] < FIRST_HAN or len(run) == 1:
            yield run
        else:
            yield from (run[start : start + 2] for start in range(len(run) - 1))
