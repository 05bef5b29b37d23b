"""Scores as a quadratic form of a text's vector, and what its n-grams say: as many classes as there are signals.

A kernel that is a polynomial of second degree (`nlu.embedded.kernel.agreement`) is summed over all known texts in
advance: thousands of examples cost a message no more than hundreds do.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from nlu.embedded.ngrams import Vocabulary
from nlu.encoders.port import Floats


@dataclass(frozen=True, kw_only=True)
class Form:
    """Scores texts. Its sizes: dimensions of the encoder, directions, n-grams, classes."""

    directions: Floats  # dimensions by directions
    squares: Floats  # of each class a matrix, of the directions and a constant
    vocabulary: Vocabulary
    letters: Floats  # n-grams by classes

    def scores(self, vectors: Floats, counted: Sequence[Mapping[str, int]]) -> Floats:
        """Of each class, for texts as an encoder and `count_ngrams` give them."""
        known = vectors @ self.directions
        scores = np.stack([square_sums(known, square) for square in self.squares], axis=1)
        scores += self.vocabulary.weigh(counted).sums(self.letters)
        return scores


def square_sums(vectors: Floats, square: Floats) -> Floats:
    """The value of one class's squares for each vector along the directions."""
    known = with_constant(vectors)
    return np.asarray(np.einsum("ij,ij->i", known @ square, known), np.float32)


def with_constant(vectors: Floats) -> Floats:
    """What squares are multiplied with, one a row."""
    return np.column_stack((vectors, np.ones(len(vectors), np.float32)))
