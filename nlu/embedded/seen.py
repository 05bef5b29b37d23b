"""Known texts in training: how they look to classifiers, and how close all pairs are."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from nlu.embedded.kernel import LETTERS, closeness
from nlu.embedded.ngrams import Vocabulary
from nlu.encoders.port import Floats

_BLOCK = 512  # rows worked on at a time
_AT_ONCE = 2  # blocks


@dataclass(frozen=True)
class Seen:
    """Texts as classifiers see them: vectors along the main directions, and n-grams."""

    vectors: Floats
    ngrams: csr_matrix

    def rows(self, which: NDArray[np.intp]) -> "Seen":
        """Some of them."""
        return Seen(self.vectors[which], self.ngrams[which])

    def lower_kernel(self) -> Floats:
        """The closeness of all pairs, row by row up to the diagonal; what is above it is left undefined."""
        count = len(self.vectors)
        kernel = np.empty((count, count), np.float32)
        transposed = self.ngrams.T.tocsc()

        def fill(first: int) -> None:
            last = min(first + _BLOCK, count)
            block = closeness(self.vectors[first:last] @ self.vectors[:last].T)
            letters = (self.ngrams[first:last] @ transposed[:, :last]).toarray()
            letters *= LETTERS
            block += letters
            kernel[first:last, :last] = block

        # Most of it is work outside of Python, which leaves the other core free.
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            list(pool.map(fill, range(0, count, _BLOCK)))
        return kernel


def sparse(vocabulary: Vocabulary, counted: Sequence[Mapping[str, int]]) -> csr_matrix:
    """The n-grams of texts, as `count_ngrams` gives them: texts by n-grams."""
    weighed = vocabulary.weigh(counted)
    shape = (len(counted), max(len(vocabulary), 1))
    return csr_matrix((weighed.weights, weighed.columns, weighed.starts), shape=shape)
