"""How close two texts are, in meaning and to the letter: the kernel that classifiers are built on."""

import numpy as np

from nlu.encoders.port import Floats

SHARPNESS = 2.0  # how fast closeness falls with the angle between two vectors
LETTERS = 0.2  # what the same n-grams add to it


def closeness(cosines: Floats, *, out: Floats | None = None) -> Floats:
    """In meaning: a Gaussian kernel of unit vectors from their cosines, in (0, 1]; `out` may be the cosines."""
    close: Floats = np.subtract(cosines, 1.0, out=out)
    close *= SHARPNESS
    return np.exp(close, out=close)


def agreement(cosines: Floats) -> Floats:
    """How close unit vectors are, from their cosines, in [0, 1]: the kernel that a `Form` sums."""
    half: Floats = 0.5 * (1.0 + cosines)
    return half * half
