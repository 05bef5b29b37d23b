"""How sure to be: from scores to the probability of being right, learned from left-out examples."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Doubles = NDArray[np.float64]

SHRINKAGE = 20.0  # guesses that an entry is lent by all others


@dataclass(frozen=True)
class Logistic:
    """P(yes) = 1 / (1 + exp(-(bias + weights · features)))."""

    bias: float
    weights: tuple[float, ...]

    def probability(self, features: Doubles) -> Doubles:
        """Of each row."""
        return sigmoid(features @ np.array(self.weights) + self.bias)


def sigmoid(values: Doubles) -> Doubles:
    return 1.0 / (1.0 + np.exp(-np.clip(values, -30.0, 30.0)))


def fit_logistic(
    features: Doubles, yes: NDArray[np.bool_], weight: Doubles, *, penalty: float = 1.0
) -> Logistic:
    """By Newton's method on standardised features; `penalty` keeps few examples from certainty."""
    mean = np.average(features, axis=0, weights=weight)
    spread = np.sqrt(np.average((features - mean) ** 2, axis=0, weights=weight)) + 1e-9
    design = np.column_stack((np.ones(len(features)), (features - mean) / spread))
    ridge = np.diag([1e-6] + [penalty] * features.shape[1])
    beta = np.zeros(design.shape[1])
    for _ in range(50):
        chance = sigmoid(design @ beta)
        gradient = design.T @ (weight * (chance - yes)) + ridge @ beta
        hessian = (design * (weight * chance * (1 - chance))[:, None]).T @ design + ridge
        step = np.linalg.solve(hessian, gradient)
        beta -= step
        if np.abs(step).max() < 1e-8:
            break
    scaled = beta[1:] / spread
    return Logistic(float(beta[0] - scaled @ mean), tuple(float(value) for value in scaled))


def least_confidence(entries: int) -> float:
    """The lowest threshold to trust: a knowledge base of few entries has shown little of what a wrong answer is like."""
    return max(0.3, 0.95 - 0.02 * (entries - 1))


def lowest_threshold(
    confidence: Doubles, right: NDArray[np.bool_], weight: Doubles, *, precision: float, least: float
) -> float:
    """The lowest confidence from which the share of right answers is at least `precision`.

    When none keeps it: just above all of them, so that nothing is answered but what is certain.
    """
    order = np.argsort(-confidence, kind="stable")
    shares = np.cumsum((weight * right)[order]) / np.cumsum(weight[order])
    ordered = confidence[order]
    last_of_equals = np.append(ordered[1:] < ordered[:-1], True)
    kept = np.flatnonzero((shares >= precision) & last_of_equals)
    if not len(kept):
        return float(min(ordered[0] + 1e-6, 0.98))
    return float(max(ordered[kept[-1]], least))


def entry_thresholds(
    confidence: Doubles,
    entry: NDArray[np.intp],
    right: NDArray[np.bool_],
    weight: Doubles,
    entries: int,
    *,
    precision: float,
    least: float,
) -> Doubles:
    """For each entry the lowest confidence from which the share of right guesses of it is at least `precision`.

    An entry with few guesses is judged as if it had `SHRINKAGE` more, of which as many are right as among all
    entries' guesses of that confidence and above: what is true of all is believed until there is evidence.
    """
    order = np.argsort(-confidence, kind="stable")
    ordered, sure = confidence[order], weight[order]
    hits = sure * right[order]
    overall = np.cumsum(hits) / np.cumsum(sure)
    last_of_equals = np.append(ordered[1:] < ordered[:-1], True)
    thresholds = np.empty(entries)
    for number in range(entries):
        own = entry[order] == number
        shares = (np.cumsum(hits * own) + SHRINKAGE * overall) / (np.cumsum(sure * own) + SHRINKAGE)
        kept = np.flatnonzero((shares >= precision) & last_of_equals)
        thresholds[number] = ordered[kept[-1]] if len(kept) else min(ordered[0] + 1e-6, 0.98)
    return np.maximum(thresholds, least)


def calibration_error(
    confidence: Doubles, right: NDArray[np.bool_], weight: Doubles, bins: int = 15
) -> float:
    """Expected calibration error: how far stated confidence is from the share of right answers."""
    which = np.minimum((confidence * bins).astype(int), bins - 1)
    gaps = [abs(np.sum((weight * (confidence - right))[which == each])) for each in range(bins)]
    return float(sum(gaps) / weight.sum())


def risk_and_coverage(
    confidence: Doubles, right: NDArray[np.bool_], weight: Doubles, points: int = 20
) -> list[dict[str, float]]:
    """What being more or less careful gives: by share of messages answered, the confidence asked for and the share wrong."""
    order = np.argsort(-confidence, kind="stable")
    covered = np.cumsum(weight[order]) / weight.sum()
    wrong = np.cumsum((weight * ~right)[order]) / np.cumsum(weight[order])
    rows = np.minimum(np.searchsorted(covered, np.arange(1, points + 1) / points), len(order) - 1)
    return [
        {
            "coverage": round(float(covered[row]), 4),
            "confidence": round(float(confidence[order][row]), 4),
            "risk": round(float(wrong[row]), 4),
        }
        for row in rows
    ]
