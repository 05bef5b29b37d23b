"""Known texts in training: how they look to classifiers, and how close all pairs are."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from nlu.embedded.kernel import LETTERS, closeness
from nlu.embedded.ngrams import Vocabulary
from nlu.encoders.port import Floats

_BLOCK = 1024  # rows worked on at a time


@dataclass(frozen=True)
class Seen:
    """Texts as classifiers see them: vectors along the main directions, and n-grams."""

    vectors: Floats
    ngrams: csr_matrix

    @classmethod
    def of(cls, texts: Sequence[str], vectors: Floats, directions: Floats, vocabulary: Vocabulary) -> "Seen":
        starts, columns, weights = vocabulary.rows(texts)
        shape = (len(texts), max(len(vocabulary), 1))
        return cls(vectors @ directions, csr_matrix((weights, columns, starts), shape=shape))

    def rows(self, which: NDArray[np.intp]) -> "Seen":
        """Some of them."""
        return Seen(self.vectors[which], self.ngrams[which])

    def lower_kernel(self) -> Floats:
        """The closeness of all pairs, row by row up to the diagonal; what is above it is left undefined."""
        count = len(self.vectors)
        kernel = np.empty((count, count), np.float32)
        transposed = self.ngrams.T.tocsc()
        for first in range(0, count, _BLOCK):
            last = min(first + _BLOCK, count)
            block = self.vectors[first:last] @ self.vectors[:last].T
            block = closeness(block)
            letters = (self.ngrams[first:last] @ transposed[:, :last]).toarray()
            letters *= LETTERS
            block += letters
            kernel[first:last, :last] = block
        return kernel
