"""Training: from known texts to a model, and honest figures of it from texts that were left out."""

from collections.abc import Mapping
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
import threadpoolctl
from numpy.typing import NDArray

from nlu.embedded.calibration import (
    Doubles,
    calibration_error,
    entry_thresholds,
    fit_logistic,
    least_confidence,
    risk_and_coverage,
)
from nlu.embedded.confidence import NO_ENTRY, Surroundings, evidence, fit_shares, joined
from nlu.embedded.correction import learn_correction
from nlu.embedded.examples import Labelled
from nlu.embedded.kernel import LETTERS
from nlu.embedded.machine import Machine
from nlu.embedded.model import Model, SignalsModel
from nlu.embedded.ridge import Fit, fit, one_of, spread_folds
from nlu.embedded.seen import Seen, compare
from nlu.encoders.port import Encoder, Floats

TARGET_PRECISION = 0.9
FOLDS = 10
WORKERS = 2  # threads beside each other
_BLOCK = 128  # texts that are looked around at a time: fresh memory for all costs more than the looking
DIRECTIONS = 256  # of the vectors that are kept
ASKED = 3_000  # texts at most that are left out in turn: enough to judge by, and what more cost grows with the cube
WHOLE = 0.67  # of them that are all texts of their entries, which are left out as a whole, too
# What calibration imagines to come for each message that an entry answers:
UNKNOWN_SHARE = 0.06  # messages about an entry that is not there (they resemble the others more than most do)
COMPLETE = 120  # entries of a knowledge base that may be taken to have most of what its customers ask
THIRDS = 3
UNRELATED_SHARE = 0.05  # messages about something else altogether
UNRELATED = "unrelated"  # their group
OFFERED = 4  # entries that may be offered
OFFER_PRECISION = 0.1  # of the entries offered, the share at least that is the right one
LEAST_OFFER = 0.03
SURE = 0.95  # no entry asks for more confidence than this for the sake of precision


@dataclass(frozen=True)
class Knobs:
    """What training needs to know beside the texts."""

    precision: float
    syllables: Mapping[str, str]
    common: frozenset[str]


@dataclass(frozen=True)
class LeftOut:
    """Predictions for texts as if they had not been learned: what calibration rests on."""

    scores: Floats
    around: Surroundings
    right: NDArray[np.intp]  # the right entry, -1 where there is none
    groups: NDArray[np.str_]
    weight: Doubles


@dataclass(frozen=True)
class Training:
    """A model, and what was found of it on the way."""

    model: Model
    figures: Mapping[str, Any]


def train(examples: Labelled, signals: SignalsModel, encoder: Encoder, knobs: Knobs) -> Training:
    """Learn to tell the entries and texts that are about none of them; and how sure to be."""
    entries = examples.entries
    _, labels = np.unique(np.array(examples.labels), return_inverse=True)
    counts = np.bincount(labels)
    texts = [*examples.texts, *examples.out_of_scope]
    labels = np.concatenate((labels, np.full(len(examples.out_of_scope), -1)))
    groups = np.array((*examples.groups, *[UNRELATED] * len(examples.out_of_scope)))
    order, last, whole = _asked_last(labels, groups)
    targets = one_of(labels, len(entries))
    compared = compare(texts, encoder, order, directions=DIRECTIONS)
    seen = compared.seen
    fitted = fit(compared.kernel, targets[order], last=last)
    weights = np.empty_like(fitted.weights)
    weights[order] = fitted.weights
    with threadpoolctl.threadpool_limits(1, user_api="blas"), ThreadPoolExecutor(WORKERS) as workers:
        asked = order[len(order) - last :]
        learned = workers.submit(
            learn_correction, examples.texts, common=knobs.common, syllables=knobs.syllables
        )
        left_out = _leave_out(fitted, seen, labels, groups, counts, asked, whole, workers)
    shares = fit_shares(left_out.scores, left_out.right, left_out.weight)
    features = evidence(left_out.scores, left_out.around, shares)
    best = left_out.scores.argmax(axis=1)
    right = best == left_out.right
    confidence = fit_logistic(features, right, left_out.weight)
    chance = confidence.probability(features)
    least = least_confidence(len(entries))
    answer_at = entry_thresholds(
        chance, best, right, left_out.weight, len(entries), precision=knobs.precision, least=least
    )
    answer_at = np.minimum(answer_at, SURE)
    unknown = (left_out.right < 0) & (left_out.groups != UNRELATED)
    if unknown.any():
        answer_at = np.maximum(answer_at, np.quantile(chance[unknown], _unanswered(len(entries))))
    offer_at = _offer_thresholds(shares.of(left_out.scores), left_out, len(entries))
    model = Model(
        encoder=encoder.key,
        entries=entries,
        counts=tuple(int(count) for count in counts),
        machine=Machine(
            directions=compared.directions,
            vectors=seen.vectors,
            weights=weights,
            vocabulary=compared.vocabulary,
            letters=np.asarray(seen.ngrams.T @ (LETTERS * weights), np.float32),
        ),
        exact=examples.exact(),
        synonyms=examples.synonyms,
        correction=learned.result(),
        confidence=confidence,
        shares=shares,
        answer_at=tuple(round(float(value), 4) for value in answer_at),
        offer_at=tuple(round(float(value), 4) for value in offer_at),
        signals=signals,
    )
    return Training(model, _figures(left_out, chance, answer_at, knobs.precision))


def _asked_last(
    labels: NDArray[np.intp], groups: NDArray[np.str_]
) -> tuple[NDArray[np.intp], int, NDArray[np.intp]]:
    """An order with the texts that are asked at the end, how many these are, and the entries that are all among them."""
    rng = np.random.default_rng(0)
    asked, whole = np.flatnonzero(groups != ""), np.unique(labels[labels >= 0])
    if len(labels) > ASKED:
        sizes = np.bincount(labels[labels >= 0])
        shuffled = rng.permutation(len(sizes))
        whole = np.sort(shuffled[: max(int(np.sum(np.cumsum(sizes[shuffled]) <= WHOLE * ASKED)), 1)])
        some = rng.permutation(asked)[:ASKED]
        in_whole = np.isin(labels, whole)
        asked = np.concatenate((np.flatnonzero(in_whole), some[~in_whole[some]]))[:ASKED]
    else:
        asked = np.arange(len(labels))
    rest = np.setdiff1d(np.arange(len(labels)), asked)
    return np.concatenate((rest, asked)), len(asked), whole


def _leave_out(
    fitted: Fit,
    seen: Seen,
    labels: NDArray[np.intp],
    groups: NDArray[np.str_],
    counts: NDArray[np.intp],
    asked: NDArray[np.intp],
    whole: NDArray[np.intp],
    workers: Executor,
) -> LeftOut:
    """Each asked text without its fold; and those of the whole entries once more without up to a third of the entries."""
    own = labels[asked]

    def look_around(rows: NDArray[np.intp], hidden: NDArray[np.intp]) -> Surroundings:
        def look(first: int) -> Surroundings:
            cosines = seen.vectors[asked[rows[first : first + _BLOCK]]] @ seen.vectors.T
            cosines[:, hidden] = NO_ENTRY
            return Surroundings.of(cosines, counts)

        return joined(list(workers.map(look, range(0, max(len(rows), 1), _BLOCK))))

    folds = spread_folds(own, min(FOLDS, len(asked)))
    scores = fitted.left_out(folds)
    around = joined([look_around(fold, asked[fold]) for fold in folds])
    around = around.rows(np.argsort(np.concatenate(folds)))
    said = groups[asked] != ""  # titles are learned from, but nobody asks in their words
    known, strangers = np.flatnonzero(said & (own >= 0)), np.flatnonzero(own < 0)

    def part(rows: NDArray[np.intp], share: float) -> LeftOut:
        weight = np.full(len(rows), share)
        return LeftOut(scores[rows], around.rows(rows), own[rows], groups[asked[rows]], weight)

    parts = [part(known, 1.0), part(strangers, UNRELATED_SHARE * len(known) / max(len(strangers), 1))]
    unknown = np.flatnonzero(said & np.isin(own, whole)) if len(counts) > 1 else known[:0]
    for gone in np.array_split(whole, -(-len(whole) * THIRDS // len(counts))) if len(unknown) else ():
        left = np.flatnonzero(np.isin(own, gone))
        alone = fitted.left_out([left])
        alone[:, gone] = NO_ENTRY
        rows = np.intersect1d(left, unknown)
        none, weight = np.full(len(rows), -1), np.full(len(rows), UNKNOWN_SHARE * len(known) / len(unknown))
        hidden = np.flatnonzero(np.isin(labels, gone))
        parts.append(LeftOut(alone[rows], look_around(rows, hidden), none, groups[asked[rows]], weight))
    return LeftOut(
        scores=np.concatenate([each.scores for each in parts]),
        around=joined([each.around for each in parts]),
        right=np.concatenate([each.right for each in parts]),
        groups=np.concatenate([each.groups for each in parts]),
        weight=np.concatenate([each.weight for each in parts]),
    )


def _unanswered(entries: int) -> float:
    """The share of messages about entries that are not there that is to be left unanswered, whatever the precision.

    The fewer entries there are, the more of what customers ask is not among them.
    """
    return max(0.0, 1.0 - (entries / COMPLETE) ** 2)


def _offer_thresholds(shares: Doubles, left_out: LeftOut, entries: int) -> Doubles:
    likeliest = np.argsort(-shares, axis=1)[:, :OFFERED]
    return entry_thresholds(
        np.take_along_axis(shares, likeliest, axis=1).ravel(),
        likeliest.ravel(),
        (likeliest == left_out.right[:, None]).ravel(),
        np.repeat(left_out.weight, likeliest.shape[1]),
        entries,
        precision=OFFER_PRECISION,
        least=LEAST_OFFER,
    )


def _figures(left_out: LeftOut, chance: Doubles, answer_at: Doubles, precision: float) -> Mapping[str, Any]:
    """What is told of a version: of its own texts, each judged as if it had not been learned."""
    best = left_out.scores.argmax(axis=1)
    right, known = best == left_out.right, left_out.right >= 0
    answered = chance >= answer_at[best]
    languages = [str(group) for group in np.unique(left_out.groups[known])]
    return {
        "asked": int(known.sum()),
        "accuracy": {each: _share(right[known & (left_out.groups == each)]) for each in languages},
        "answered": {each: _share(answered[known & (left_out.groups == each)]) for each in languages},
        "answered_right": _share(right[answered], left_out.weight[answered]),
        "target_precision": precision,
        "not_answered_when_unknown": _share(~answered[~known]),
        "calibration_error": round(calibration_error(chance, right, left_out.weight), 4),
        "risk_coverage": risk_and_coverage(chance, right, left_out.weight),
    }


def _share(flags: NDArray[np.bool_], weight: Doubles | None = None) -> float:
    return round(float(np.average(flags, weights=weight)), 4) if len(flags) else 0.0
