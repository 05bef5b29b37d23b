"""A kernel machine: known texts, and what closeness to them says of each class."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from nlu.embedded.kernel import closeness
from nlu.embedded.ngrams import Vocabulary
from nlu.encoders.port import Floats


@dataclass(frozen=True, kw_only=True)
class Machine:
    """Scores texts. Its sizes: known texts, dimensions of the encoder, directions, n-grams, classes."""

    directions: Floats  # dimensions by directions
    vectors: Floats  # known texts by directions
    weights: Floats  # known texts by classes
    vocabulary: Vocabulary
    letters: Floats  # n-grams by classes: what each says, summed over the known texts it stands in

    def cosines(self, vectors: Floats) -> Floats:
        """How close an encoder's vectors are to each known text."""
        close: Floats = ((vectors @ self.directions) @ self.vectors.T).astype(np.float32, copy=False)
        return close

    def scores(self, cosines: Floats, counted: Sequence[Mapping[str, int]]) -> Floats:
        """Of each class, in meaning and to the letter; `counted` are the n-grams of the texts of the cosines."""
        scores: Floats = (closeness(cosines) @ self.weights).astype(np.float32, copy=False)
        scores += self.vocabulary.weigh(counted).sums(self.letters)
        return scores
