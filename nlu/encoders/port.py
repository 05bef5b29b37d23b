"""The port of sentence encoders: texts as vectors, close in meaning, close in space.

EngineUnavailable (nlu.understanding)
└── EncoderUnavailable  the encoder cannot encode now

ShouwenError
└── DamagedFiles        files that we wrote are incomplete or of another version
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from core.errors import ShouwenError
from nlu.understanding import EngineUnavailable

Floats = NDArray[np.float32]


class Encoder(Protocol):
    """Texts to vectors of length 1. Safe to use from one thread at a time."""

    @property
    def key(self) -> str:
        """Names the vectors: it changes when they would. Kept vectors and trained models carry it."""
        ...

    @property
    def dimensions(self) -> int:
        """The length of a row of `encode`."""
        ...

    def encode(self, texts: Sequence[str]) -> Floats:
        """Vectors of normalised texts, one a row. Raises `EncoderUnavailable`."""
        ...


class EncoderUnavailable(EngineUnavailable):
    """The encoder `where` cannot encode now; `status` is what a server answered, if one did.

    `retry_after` is how many seconds it asked to be left alone.
    """

    def __init__(
        self,
        where: str,
        problem: str,
        mend: str,
        *,
        status: int | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(f"{where}: {problem}. {mend}")
        self.where = where
        self.problem = problem
        self.mend = mend
        self.status = status
        self.retry_after = retry_after


class DamagedFiles(ShouwenError):
    """The files that training has written are incomplete or of another version."""

    def __init__(self, folder: Path, problem: str) -> None:
        super().__init__(f"{folder}: {problem}. Delete the folder and start again; it is trained anew")
        self.folder = folder


def unit_rows(vectors: NDArray[np.floating]) -> Floats:
    """The rows at length 1, for whatever scale they have.

    A row of zeros (a text in which an encoder knows no word) becomes the first axis: like all texts of its
    kind, and hardly like any other.
    """
    wide = vectors.astype(np.float64)
    lengths = np.linalg.norm(wide, axis=1, keepdims=True)
    empty = lengths[:, 0] == 0
    wide[empty, 0] = lengths[empty] = 1.0
    normal: Floats = (wide / lengths).astype(np.float32)
    return normal
