"""Kernel ridge classification: what a text is, from how close it is to each known one.

The predictions for examples that were left out come in closed form from the inverse of the kernel matrix
(Rifkin & Lippert, Notes on Regularized Least Squares, 2007). Only of examples at the end: their part of the
inverse is that of the end of the Cholesky factor, which costs next to nothing beside the factor itself.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import linalg
from scipy.linalg import lapack

from nlu.encoders.port import Floats

Indices = NDArray[np.intp]

RIDGE = 0.12  # how much an example may be missed


@dataclass(frozen=True)
class Fit:
    """A trained classifier over `targets` (examples by classes), and what leaving examples out needs."""

    weights: Floats  # examples by classes: score = closeness(to examples) @ weights
    targets: Floats
    inverse: Floats  # of the kernel matrix: the upper half of the rows and columns of the last examples

    def left_out(self, folds: Iterable[Indices]) -> Floats:
        """The last examples' scores, each from the classifier trained without its fold; not-a-number without one.

        Folds number the last examples from 0.
        """
        first = len(self.weights) - len(self.inverse)
        weights, targets = self.weights[first:], self.targets[first:]
        scores = np.full_like(targets, np.nan)
        for fold in folds:
            ordered = np.sort(fold)
            block = self.inverse[np.ix_(ordered, ordered)]
            left = linalg.solve(block, weights[ordered], assume_a="pos", overwrite_a=True, check_finite=False)
            scores[ordered] = targets[ordered] - left
        return scores


def fit(kernel: Floats, targets: Floats, *, last: int) -> Fit:
    """Train on all pairs' closeness, of which the lower half is read; `kernel` is used up.

    `last` examples can be left out afterwards.
    """
    kernel[np.diag_indices(len(kernel))] += RIDGE
    factor, failed = lapack.spotrf(kernel.T, lower=0, overwrite_a=1, clean=0)
    if failed:
        raise np.linalg.LinAlgError("the kernel matrix is not positive definite")
    weights, _ = lapack.spotrs(factor, targets, lower=0)
    end = np.array(factor[len(kernel) - last :, len(kernel) - last :], order="F")
    inverse, _ = lapack.spotri(end, lower=0, overwrite_c=1)
    return Fit(weights=np.ascontiguousarray(weights), targets=targets, inverse=inverse)


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
