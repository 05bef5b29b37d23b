"""Known texts in training: how they look to classifiers, and how close all pairs are."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import threadpoolctl
from numpy.typing import NDArray
from scipy import linalg
from scipy.sparse import csr_matrix, vstack

from nlu.embedded.kernel import LETTERS, closeness
from nlu.embedded.ngrams import Vocabulary, count_ngrams
from nlu.encoders.port import Encoder, Floats

_BLOCK = 512  # rows worked on at a time
_MANY = 8192  # texts whose counted n-grams are held at a time: each has about ten kilobytes of them


@dataclass(frozen=True)
class Seen:
    """Texts as classifiers see them: vectors along the main directions, and n-grams."""

    vectors: Floats
    ngrams: csr_matrix

    def rows(self, which: NDArray[np.intp]) -> "Seen":
        """Some of them."""
        return Seen(self.vectors[which], self.ngrams[which])


@dataclass(frozen=True)
class Compared:
    """Texts as classifiers see them, by which directions and n-grams, and the closeness of all pairs."""

    seen: Seen
    directions: Floats
    vocabulary: Vocabulary
    kernel: Floats  # row by row up to the diagonal; what is above it is undefined


def compare(texts: Sequence[str], encoder: Encoder, order: NDArray[np.intp], *, directions: int) -> Compared:
    """Look at texts, and compare all pairs; rows of the kernel come in this order.

    Meaning and letters are worked on side by side, each on a core of its own: little of either can use two.
    """
    encoded = encoder.encode(texts)
    with threadpoolctl.threadpool_limits(1, user_api="blas"), ThreadPoolExecutor(1) as beside:
        meant = beside.submit(_compare_meaning, encoded, order, directions)
        counted = [count_ngrams(text) for text in texts]
        vocabulary = Vocabulary.of(counted)
        ngrams = sparse(vocabulary, counted)
        shared = _shared(ngrams[order])
        known, vectors, kernel = meant.result()
    space = np.empty(_BLOCK * len(texts), np.float32)  # fresh memory costs more than what is done in it
    for first, block in zip(range(0, len(texts), _BLOCK), shared, strict=True):
        rows = kernel[first : first + _BLOCK, : block.shape[1]]
        rows += block.toarray(out=space[: rows.size].reshape(rows.shape))
    return Compared(Seen(vectors, ngrams), known, vocabulary, kernel)


def _compare_meaning(encoded: Floats, order: NDArray[np.intp], count: int) -> tuple[Floats, Floats, Floats]:
    """Directions, the texts' vectors along them, and the closeness of all pairs in meaning."""
    directions = main_directions(encoded, count)
    vectors = encoded @ directions
    ordered = vectors[order]
    kernel = np.empty((len(order), len(order)), np.float32)
    for first in range(0, len(order), _BLOCK):
        last = min(first + _BLOCK, len(order))
        rows = kernel[first:last, :last]
        closeness(np.matmul(ordered[first:last], ordered[:last].T, out=rows), out=rows)
    return directions, vectors, kernel


def _shared(ngrams: csr_matrix) -> list[csr_matrix]:
    """What the n-grams that two texts share add to their closeness, in blocks of rows up to the diagonal's."""
    transposed = ngrams.T.tocsc() * np.float32(LETTERS)
    count = ngrams.shape[0]
    return [
        ngrams[first : first + _BLOCK] @ transposed[:, : min(first + _BLOCK, count)]
        for first in range(0, count, _BLOCK)
    ]


def main_directions(vectors: Floats, count: int) -> Floats:
    """Those of the vectors' space in which known texts differ most: a matrix, dimensions by (at most) `count` directions."""
    size = vectors.shape[1]
    some = (max(size - count, 0), size - 1)
    _, directions = linalg.eigh(vectors.T @ vectors, subset_by_index=some, driver="evx", check_finite=False)
    return np.ascontiguousarray(directions[:, ::-1])


def sparse(vocabulary: Vocabulary, counted: Sequence[Mapping[str, int]]) -> csr_matrix:
    """The n-grams of texts, as `count_ngrams` gives them: texts by n-grams."""
    weighed = vocabulary.weigh(counted)
    shape = (len(counted), max(len(vocabulary), 1))
    return csr_matrix((weighed.weights, weighed.columns, weighed.starts), shape=shape)


def sparse_texts(vocabulary: Vocabulary, texts: Sequence[str]) -> csr_matrix:
    """The same of very many texts, whose counted n-grams would not all go into memory at once."""
    blocks = [
        sparse(vocabulary, [count_ngrams(text) for text in texts[first : first + _MANY]])
        for first in range(0, len(texts), _MANY)
    ]
    return vstack(blocks, format="csr")
