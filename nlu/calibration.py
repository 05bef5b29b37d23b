"""How sure to be: from scores to the probability of being right, learned from left-out examples."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Doubles = NDArray[np.float64]


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


def best_f1_threshold(probability: Doubles, yes: NDArray[np.bool_], *, recall_weight: float = 1.0) -> float:
    """The threshold with the best F-measure (`recall_weight` 2 values recall twice as much as precision)."""
    order = np.argsort(-probability, kind="stable")
    hits = np.cumsum(yes[order])
    squared = recall_weight**2
    measure = (1 + squared) * hits / (squared * yes.sum() + np.arange(1, len(yes) + 1))
    best = int(measure.argmax())
    following = probability[order][min(best + 1, len(yes) - 1)]
    return float((probability[order][best] + following) / 2)


def calibration_error(
    confidence: Doubles, right: NDArray[np.bool_], weight: Doubles, bins: int = 15
) -> float:
    """Expected calibration error: how far stated confidence is from the share of right answers."""
    which = np.minimum((confidence * bins).astype(int), bins - 1)
    gaps = [abs(np.sum((weight * (confidence - right))[which == each])) for each in range(bins)]
    return float(sum(gaps) / weight.sum())
