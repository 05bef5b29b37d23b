"""Known texts in training: how they look to classifiers, and how close all pairs are."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from nlu.embedded.kernel import closeness
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


def sparse(vocabulary: Vocabulary, counted: Sequence[Mapping[str, int]]) -> csr_matrix:
    """The n-grams of texts, as `count_ngrams` gives them: texts by n-grams."""
    weighed = vocabulary.weigh(counted)
    shape = (len(counted), max(len(vocabulary), 1))
    return csr_matrix((weighed.weights, weighed.columns, weighed.starts), shape=shape)


def lower_closeness(vectors: Floats) -> Floats:
    """The closeness in meaning of all pairs, row by row up to the diagonal; what is above it is left undefined."""
    kernel = np.empty((len(vectors), len(vectors)), np.float32)

    def fill(first: int, last: int) -> None:
        kernel[first:last, :last] = closeness(vectors[first:last] @ vectors[:last].T)

    _by_block(fill, len(vectors))
    return kernel


def add_common(kernel: Floats, ngrams: csr_matrix, *, letters: float) -> None:
    """Add `letters` times what the n-grams that two texts share say, up to the diagonal."""
    transposed = ngrams.T.tocsc()

    def add(first: int, last: int) -> None:
        common = (ngrams[first:last] @ transposed[:, :last]).toarray()
        common *= letters
        kernel[first:last, :last] += common

    _by_block(add, len(kernel))


def _by_block(act: Callable[[int, int], None], count: int) -> None:
    """Most of it is work outside of Python, which leaves the other core free."""
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        list(pool.map(lambda first: act(first, min(first + _BLOCK, count)), range(0, count, _BLOCK)))
