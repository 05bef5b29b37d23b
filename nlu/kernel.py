"""How close two texts are: the kernel that classifiers are built on."""

import numpy as np

from nlu.encoder import Floats

SHARPNESS = 2.0  # how fast closeness falls with the angle between two vectors


def closeness(cosines: Floats) -> Floats:
    """Gaussian kernel of unit vectors from their cosines, in (0, 1]."""
    close: Floats = np.exp(SHARPNESS * (cosines - 1.0))
    return close
