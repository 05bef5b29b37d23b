"""How close two texts are, in meaning and to the letter: the kernel that classifiers are built on."""

import numpy as np

from nlu.encoders.port import Floats

SHARPNESS = 2.0  # how fast closeness falls with the angle between two vectors
LETTERS = 0.2  # what the same n-grams add to it
DIRECTIONS = 256  # of the vectors' space that are kept: those in which the known texts differ most


def closeness(cosines: Floats) -> Floats:
    """In meaning: a Gaussian kernel of unit vectors from their cosines, in (0, 1]."""
    close: Floats = np.exp(SHARPNESS * (cosines - 1.0))
    return close


def main_directions(vectors: Floats) -> Floats:
    """Their matrix, dimensions by directions; all of them where there are no more."""
    _, directions = np.linalg.eigh(vectors.T @ vectors)
    kept: Floats = np.ascontiguousarray(directions[:, ::-1][:, :DIRECTIONS])
    return kept
