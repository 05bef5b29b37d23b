"""Training: from a knowledge base (or plain labelled texts) and signal examples to a model.

`python -m nlu.training KNOWLEDGE FOLDER --precision 0.9` trains in a process of its own; see `nlu.trained`.
"""

import argparse
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nlu.calibration import (
    Doubles,
    Logistic,
    best_f1_threshold,
    fit_logistic,
    least_confidence,
    lowest_threshold,
)
from nlu.confidence import NO_ENTRY, Shares, evidence, fit_shares, nearest_by_entry
from nlu.encoder import Encoder, Floats
from nlu.knowledge import KnowledgeBase, load_knowledge
from nlu.model import Model, SignalModel, save
from nlu.normalise import bare, normalise
from nlu.ridge import Fit, fit, one_of, spread_folds
from nlu.rules import Verdict, judge
from nlu.signals import Example, SignalName, load_examples, load_unrelated

TARGET_PRECISION = 0.9
FOLDS = 10
# What calibration imagines to come for each message that an entry answers:
LEFT_OUT_SHARE = 0.1  # messages about an entry that is not there (they resemble the others more than most do)
UNRELATED_SHARE = 0.05  # messages about something else altogether
UNRELATED = "unrelated"  # their group
ORDINARY = 800  # phrasings at most that serve as examples of texts without signals
ORDINARY_WEIGHT = 0.1  # of each of them


@dataclass(frozen=True)
class Labelled:
    """Texts that are known to mean an entry, and what is counted when it is asked how good we are."""

    texts: tuple[str, ...]  # normalised
    labels: tuple[str, ...]
    groups: tuple[str, ...]  # the language of each; "" for a title, which is learned from but not asked


def labelled(knowledge: KnowledgeBase) -> Labelled:
    """All phrasings and titles of a knowledge base."""
    entries = knowledge.entries.values()
    phrasings = [
        (text, entry.id, language)
        for entry in entries
        for language in entry.phrasings
        for text in entry.phrasings[language]
    ]
    return _from_rows(
        phrasings + [(text, entry.id, "") for entry in entries for text in entry.title.values()]
    )


def labelled_pairs(pairs: Sequence[tuple[str, str]]) -> Labelled:
    """Plain (text, label) pairs."""
    return _from_rows([(text, label, "all") for text, label in pairs])


def _from_rows(rows: list[tuple[str, str, str]]) -> Labelled:
    """By label, as the model groups them; a text stands once below a label, so that it is never left out in vain."""
    groups: dict[tuple[str, str], str] = {}
    for text, label, group in rows:
        groups.setdefault((label, normalise(text)), group)
    ordered = sorted(groups)
    return Labelled(
        texts=tuple(text for _, text in ordered),
        labels=tuple(label for label, _ in ordered),
        groups=tuple(groups[row] for row in ordered),
    )


@dataclass(frozen=True)
class LeftOut:
    """Predictions for examples as if they had not been learned: what calibration and evaluation rest on."""

    scores: Floats
    nearest: Floats
    right: NDArray[np.intp]  # the right entry, -1 where there is none
    groups: NDArray[np.str_]
    weight: Doubles

    def rows(self, which: NDArray[np.intp]) -> "LeftOut":
        """Some of them."""
        return LeftOut(
            self.scores[which], self.nearest[which], self.right[which], self.groups[which], self.weight[which]
        )

    def extended(self, more: "LeftOut") -> "LeftOut":
        """With more of them."""
        return LeftOut(
            np.concatenate((self.scores, more.scores)),
            np.concatenate((self.nearest, more.nearest)),
            np.concatenate((self.right, more.right)),
            np.concatenate((self.groups, more.groups)),
            np.concatenate((self.weight, more.weight)),
        )


def train(
    examples: Labelled,
    signals: Mapping[SignalName, Sequence[Example]],
    unrelated: Sequence[str],
    encoder: Encoder,
    *,
    precision: float = TARGET_PRECISION,
) -> Model:
    """Learn to tell entries, texts that are about none of them, and signals; and how sure to be."""
    entries = sorted(set(examples.labels))
    phrasings = encoder.encode(examples.texts)
    strangers = encode_unrelated(unrelated, examples, encoder)
    fitted, left_out = fit_entries(examples, phrasings, strangers)
    shares, confidence, chance = calibrate(left_out)
    right = left_out.scores.argmax(axis=1) == left_out.right
    fits = {name: fit_signal(name, signals[name], phrasings, encoder) for name in signals}
    vectors = np.concatenate((phrasings, strangers, *(each.vectors for each in fits.values())))
    weights = np.zeros((len(vectors), len(entries) + len(fits)), np.float32)
    row = len(phrasings) + len(strangers)
    weights[:row, : len(entries)] = fitted.weights
    for column, each in enumerate(fits.values(), len(entries)):
        weights[each.ordinary, column] = each.weights[: len(each.ordinary)]
        weights[row : row + len(each.vectors), column] = each.weights[len(each.ordinary) :]
        row += len(each.vectors)
    return Model(
        entries=tuple(entries),
        counts=tuple(Counter(examples.labels)[entry] for entry in entries),
        vectors=vectors,
        weights=weights,
        exact=_exact(examples, entries),
        confidence=confidence,
        shares=shares,
        answer_at=lowest_threshold(
            chance, right, left_out.weight, precision=precision, least=least_confidence(len(entries))
        ),
        signals={name.value: each.model for name, each in fits.items()},
    )


def encode_unrelated(unrelated: Sequence[str], examples: Labelled, encoder: Encoder) -> Floats:
    """Vectors of texts that are about no entry; without those that this knowledge base does answer."""
    answered = set(examples.texts)
    return encoder.encode([text for text in map(normalise, unrelated) if text not in answered])


def fit_entries(
    examples: Labelled, phrasings: Floats, strangers: Floats, folds: int = FOLDS
) -> tuple[Fit, LeftOut]:
    """Train on all; predict each text without its fold, and each phrasing once more without its whole entry."""
    entries, known = np.unique(np.array(examples.labels), return_inverse=True)
    counts = np.bincount(known)
    vectors = np.concatenate((phrasings, strangers))
    labels = np.concatenate((known, np.full(len(strangers), -1)))
    cosines = vectors @ vectors.T
    fitted = fit(cosines, one_of(labels, len(entries)))
    parts = spread_folds(labels, min(folds, len(labels)))
    scores = fitted.left_out(parts)
    nearest = np.empty_like(scores)
    for part in parts:
        seen = cosines[part]
        seen[:, part] = NO_ENTRY
        nearest[part] = nearest_by_entry(seen, counts)
    groups = np.array((*examples.groups, *[UNRELATED] * len(strangers)))
    asked = np.flatnonzero(groups != "")
    inside = int((labels[asked] >= 0).sum())
    weight = np.where(labels[asked] >= 0, 1.0, UNRELATED_SHARE * inside / max(len(strangers), 1))
    rows = LeftOut(scores[asked], nearest[asked], labels[asked], groups[asked], weight)
    if len(entries) < 2:
        return fitted, rows
    without = fitted.left_out([np.flatnonzero(known == entry) for entry in range(len(entries))])[: len(known)]
    nearest = nearest_by_entry(cosines[: len(known)], counts)
    without[np.arange(len(known)), known] = nearest[np.arange(len(known)), known] = NO_ENTRY
    asked = asked[:inside]
    none, weight = np.full(inside, -1), np.full(inside, LEFT_OUT_SHARE)
    return fitted, rows.extended(LeftOut(without[asked], nearest[asked], none, groups[asked], weight))


def calibrate(left_out: LeftOut) -> tuple[Shares, Logistic, Doubles]:
    """How sure to be; and how sure that is of the left-out examples."""
    shares = fit_shares(left_out.scores, left_out.right, left_out.weight)
    features = evidence(left_out.scores, left_out.nearest, shares)
    right = left_out.scores.argmax(axis=1) == left_out.right
    confidence = fit_logistic(features, right, left_out.weight)
    return shares, confidence, confidence.probability(features)


@dataclass(frozen=True)
class SignalFit:
    """A signal's classifier, and its left-out probabilities of the examples it learned from."""

    vectors: Floats  # of the examples
    ordinary: NDArray[np.intp]  # the entries' phrasings that served as ordinary texts
    weights: Floats  # of the ordinary texts, then of the examples
    model: SignalModel
    probabilities: Doubles


def fit_signal(
    name: SignalName, examples: Sequence[Example], phrasings: Floats, encoder: Encoder
) -> SignalFit:
    """Train on the signal's examples, and on some of the phrasings, which most likely do not carry it."""
    texts = [normalise(example.text) for example in examples]
    vectors = encoder.encode(texts)
    chosen = np.arange(0, len(phrasings), -(-len(phrasings) // ORDINARY))
    ordinary = phrasings[chosen]
    yes = np.array([example.yes for example in examples])
    together = np.concatenate((ordinary, vectors))
    targets = np.concatenate((np.full(len(ordinary), -1.0), np.where(yes, 1.0, -1.0))).astype(np.float32)
    importance = np.concatenate((np.full(len(ordinary), ORDINARY_WEIGHT), np.ones(len(vectors))))
    fitted = fit(together @ together.T, targets[:, None], importance=importance)
    strata = yes * 2 + np.array([example.language == "zh" for example in examples])
    folds = [fold + len(ordinary) for fold in spread_folds(strata, FOLDS)]
    scores = fitted.left_out(folds)[len(ordinary) :].astype(np.float64)
    chance = fit_logistic(scores, yes, np.ones(len(yes)))
    probabilities = chance.probability(scores)
    open_ = np.array([judge(name, text) is Verdict.OPEN for text in texts])
    threshold = best_f1_threshold(probabilities[open_], yes[open_], recall_weight=_RECALL_WEIGHT[name])
    return SignalFit(
        vectors, chosen, fitted.weights[:, 0], SignalModel(chance=chance, threshold=threshold), probabilities
    )


# A missed emergency costs far more than a look by a person.
_RECALL_WEIGHT = {SignalName.COMPLAINT: 1.0, SignalName.WANTS_HUMAN: 1.0, SignalName.EMERGENCY: 1.7}


def _exact(examples: Labelled, entries: list[str]) -> dict[str, int]:
    """Phrasings that belong to one entry only."""
    owners: dict[str, set[str]] = {}
    for text, label in zip(examples.texts, examples.labels, strict=True):
        if key := bare(text):
            owners.setdefault(key, set()).add(label)
    return {key: entries.index(next(iter(labels))) for key, labels in owners.items() if len(labels) == 1}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m nlu.training")
    parser.add_argument("knowledge", type=Path)
    parser.add_argument("encoder", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--precision", type=float, default=TARGET_PRECISION)
    arguments = parser.parse_args()
    knowledge = load_knowledge(arguments.knowledge)
    encoder = Encoder.load(arguments.encoder)
    model = train(
        labelled(knowledge), load_examples(), load_unrelated(), encoder, precision=arguments.precision
    )
    save(model, arguments.folder)


if __name__ == "__main__":
    main()
