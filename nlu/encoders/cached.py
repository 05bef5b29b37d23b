"""An encoder that remembers on disk: publishing an edited knowledge base encodes only what is new."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import structlog
import threadpoolctl

from nlu.encoders.port import Encoder, Floats
from nlu.encoders.store import Halves, VectorStore

log = structlog.get_logger(__name__)

_AT_ONCE = 512  # texts between two writes: what was encoded before an endpoint went away is kept


class CachedEncoder:
    """Implements the `Encoder` port on another one; for training.

    Not for customers' messages, which are nobody's to keep twice. Vectors are rounded to float16, whether
    they come from the disk or not: a model does not depend on what was remembered.
    """

    def __init__(self, encoder: Encoder, path: Path) -> None:
        self._encoder = encoder
        self._store = VectorStore(path)

    @property
    def key(self) -> str:
        """That of the encoder behind it."""
        return self._encoder.key

    @property
    def dimensions(self) -> int:
        """See the port."""
        return self._encoder.dimensions

    def encode(self, texts: Sequence[str]) -> Floats:
        """See the port."""
        if not texts:
            return np.empty((0, self.dimensions), np.float32)
        seed = hashlib.blake2b(f"{self.key}\n".encode(), digest_size=16)
        hashes = [_hash(seed, text) for text in texts]
        wanted = dict(zip(hashes, texts, strict=True))
        found = self._store.find(wanted)
        missing = {key: text for key, text in wanted.items() if key not in found}
        found |= self._encode(missing)
        if len({vector.size for vector in found.values()}) > 1:
            # An endpoint has begun to give other vectors under the same name: the old ones fit no more.
            log.warning("vectors.replaced", encoder=self.key)
            found = self._encode(wanted)
        rows: Floats = np.stack([found[key] for key in hashes]).astype(np.float32)
        rows /= np.sqrt(np.einsum("ij,ij->i", rows, rows))[:, None]
        return rows

    def _encode(self, texts: dict[bytes, str]) -> dict[bytes, Halves]:
        encoded: dict[bytes, Halves] = {}
        keys = list(texts)
        for first in range(0, len(keys), _AT_ONCE):
            some = keys[first : first + _AT_ONCE]
            # On one thread: an encoder's matrices are small, and waiting for other threads costs more than they save.
            with threadpoolctl.threadpool_limits(1, user_api="blas"):
                vectors = self._encoder.encode([texts[key] for key in some]).astype(np.float16)
            fresh = dict(zip(some, vectors, strict=True))
            self._store.keep(fresh)
            encoded |= fresh
        return encoded


def _hash(seed: "hashlib.blake2b", text: str) -> bytes:
    digest = seed.copy()
    digest.update(text.encode())
    return digest.digest()
