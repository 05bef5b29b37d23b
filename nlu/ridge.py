"""Kernel ridge classification: what a text is, from how close it is to each known one.

Its predictions for examples that were left out come in closed form from the same inverse matrix. So
honest scores, and with them calibration and evaluation, cost next to nothing beside one training.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import lapack

from nlu.encoder import Floats
from nlu.kernel import closeness

Indices = NDArray[np.intp]

RIDGE = 0.1  # how much an example may be missed


@dataclass(frozen=True)
class Fit:
    """A trained classifier over `targets` (examples by classes) and what is needed to leave examples out."""

    weights: Floats  # examples by classes: score = closeness(to examples) @ weights
    inverse: Floats
    targets: Floats

    def left_out(self, folds: Iterable[Indices]) -> Floats:
        """Each example's scores from the classifier trained without its fold."""
        scores = np.full_like(self.targets, np.nan)
        for fold in folds:
            block = self.inverse[np.ix_(fold, fold)]
            scores[fold] = self.targets[fold] - np.linalg.solve(block, self.weights[fold])
        return scores


def fit(cosines: Floats, targets: Floats, *, importance: NDArray[np.float64] | None = None) -> Fit:
    """Train on all pairs' cosines; examples of less importance may be missed by more."""
    system = closeness(cosines)
    system[np.diag_indices(len(system))] += RIDGE if importance is None else RIDGE / importance
    inverse = _invert(system)
    return Fit(weights=inverse @ targets, inverse=inverse, targets=targets)


def _invert(system: Floats) -> Floats:
    """By Cholesky's method: half the work of a general inverse, and in place."""
    factor, failed = lapack.spotrf(system.T, lower=1, clean=0, overwrite_a=1)
    inverse, also_failed = lapack.spotri(factor, lower=1, overwrite_c=1)
    if failed or also_failed:
        raise np.linalg.LinAlgError("the kernel matrix is not positive definite")
    lower: Floats = np.tril(inverse)
    lower += np.tril(inverse, -1).T
    return lower


def one_of(labels: Indices, classes: int) -> Floats:
    """Targets of exclusive classes: 1 for the right one (label -1: none), a little below 0 for the others."""
    targets = np.full((len(labels), classes), -1.0 / classes, np.float32)
    known = np.flatnonzero(labels >= 0)
    targets[known, labels[known]] = 1.0
    return targets


def spread_folds(labels: Indices, count: int, seed: int = 0) -> list[Indices]:
    """Folds in which every label is spread evenly."""
    order = np.random.default_rng(seed).permutation(len(labels))
    order = order[np.argsort(labels[order], kind="stable")]
    number = np.empty(len(labels), np.intp)
    number[order] = np.arange(len(labels)) % count
    return [np.flatnonzero(number == fold) for fold in range(count)]
