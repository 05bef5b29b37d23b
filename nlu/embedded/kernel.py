"""How close two texts are, in meaning and to the letter: the kernel that classifiers are built on."""

import numpy as np

from nlu.encoders.port import Floats

SHARPNESS = 2.0  # how fast closeness falls with the angle between two vectors
LETTERS = 0.2  # what the same n-grams add to it


def closeness(cosines: Floats) -> Floats:
    """In meaning: a Gaussian kernel of unit vectors from their cosines, in (0, 1]."""
    close: Floats = np.exp(SHARPNESS * (cosines - 1.0))
    return close


def agreement(cosines: Floats) -> Floats:
    """How close unit vectors are, from their cosines, in [0, 1]: the kernel that a `Form` sums."""
    half: Floats = 0.5 * (1.0 + cosines)
    return half * half


def main_directions(vectors: Floats, count: int) -> Floats:
    """Those of the vectors' space in which known texts differ most: a matrix, dimensions by (at most) `count` directions."""
    _, directions = np.linalg.eigh(vectors.T @ vectors)
    kept: Floats = np.ascontiguousarray(directions[:, ::-1][:, :count])
    return kept
