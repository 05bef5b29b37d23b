"""Fitting a `Form`: kernel ridge regression over all texts at once, by conjugate gradients.

The matrix of all pairs is never made: multiplying a vector with it costs as much as scoring every text once, since the
kernel (`nlu.embedded.kernel.agreement`, and common n-grams) is what a form sums. Blocks of texts are summed in single
precision, their sums and all the rest in double: what all texts have in common outweighs the rest so much that sums over many
thousands lose it in single.
"""

from collections.abc import Callable

import numpy as np
from scipy.sparse import csr_matrix, diags

from nlu.embedded.calibration import Doubles
from nlu.embedded.form import with_constant
from nlu.embedded.seen import Seen
from nlu.encoders.port import Floats

BLOCK = 4096  # texts at a time, so that what is between two products stays in the cache
LETTERS = 0.3  # what the same n-grams add to closeness in meaning
RIDGE = 0.25  # how much a text of importance 1 may be missed
STEPS = 80  # at most; thirty are usual
CLOSE_ENOUGH = 0.02  # what is left of the targets
EVEN = 1.0  # what an n-gram counts that stands in as many texts of the class as outside of it


def fit_form(
    seen: Seen, targets: Floats, importance: Floats, *, close_enough: float = CLOSE_ENOUGH
) -> tuple[Floats, Floats]:
    """Squares and letters of one class: its targets are 1 for its texts and -1 for others.

    Texts of less importance may be missed by more.
    """
    known = with_constant(seen.vectors)
    tells = telling(seen.ngrams, targets, importance)
    ngrams = (seen.ngrams @ diags(tells)).tocsr()
    transposed = ngrams.T.tocsr()
    missed = RIDGE / importance

    blocks = [slice(first, first + BLOCK) for first in range(0, len(known), BLOCK)]

    def squares(weights: Doubles) -> Doubles:
        sums: Doubles = np.zeros((known.shape[1], known.shape[1]))
        for block in blocks:
            sums += (known[block] * (0.25 * weights[block, None]).astype(np.float32)).T @ known[block]
        return sums

    def times_kernel(weights: Doubles) -> Doubles:
        sums = squares(weights)
        single = sums.astype(np.float32)
        meant = [np.einsum("ij,ij->i", known[block] @ single, known[block]) for block in blocks]
        product: Doubles = np.concatenate(meant) + ngrams @ (transposed @ weights) + missed * weights
        return product

    weights = _solve(times_kernel, targets.astype(np.float64), _roughly_inverse(known, missed), close_enough)
    return squares(weights).astype(np.float32), np.asarray(tells * (transposed @ weights), np.float32)


def telling(ngrams: csr_matrix, targets: Floats, importance: Floats) -> Floats:
    """How much each n-gram tells of the class: the log of how many times commoner it is there, or elsewhere.

    Wang & Manning, Baselines and Bigrams: Simple, Good Sentiment and Topic Classification (2012).
    """
    stands = csr_matrix((np.ones_like(ngrams.data), ngrams.indices, ngrams.indptr), shape=ngrams.shape)
    inside = stands.T @ (importance * (targets > 0)) + 1.0
    outside = stands.T @ (importance * (targets < 0)) + 1.0
    ratio = np.abs(np.log((inside / inside.sum()) / (outside / outside.sum()))) + EVEN
    often = np.asarray(stands.sum(axis=0)).ravel()
    usual = float(np.sqrt((often @ ratio**2) / max(often.sum(), 1.0)))
    return np.asarray(np.sqrt(LETTERS) * ratio / usual, np.float32)


def _roughly_inverse(known: Floats, missed: Floats) -> Callable[[Doubles], Doubles]:
    """Of the kernel matrix, in which the part that is linear in the vectors has all the large eigenvalues.

    By the Woodbury identity; of the other parts only the diagonal is taken, which is about 0.3 for each of both.
    """
    diagonal = missed + 0.6
    scaled: Floats = known / diagonal[:, None]
    core = np.linalg.inv(2.0 * np.eye(known.shape[1]) + known.T @ scaled)

    def multiply(values: Doubles) -> Doubles:
        product: Doubles = values / diagonal - scaled @ (core @ (scaled.T @ values))
        return product

    return multiply


def _solve(
    multiply: Callable[[Doubles], Doubles],
    targets: Doubles,
    precondition: Callable[[Doubles], Doubles],
    close_enough: float,
) -> Doubles:
    """By preconditioned conjugate gradients (Saad, Iterative Methods for Sparse Linear Systems, algorithm 9.1)."""
    solution: Doubles = np.zeros_like(targets)
    rest = targets.copy()
    direction = step = precondition(rest)
    power = float(rest @ step)
    for _ in range(STEPS):
        moved = multiply(direction)
        length = power / float(direction @ moved)
        solution += length * direction
        rest -= length * moved
        if float(rest @ rest) <= close_enough**2 * float(targets @ targets):
            break
        step = precondition(rest)
        power, before = float(rest @ step), power
        direction = step + power / before * direction
    return solution
