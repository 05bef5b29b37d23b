"""What training has learned, as plain arrays and JSON: loading it executes nothing."""

import zipfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import orjson

from nlu.calibration import Logistic
from nlu.confidence import Shares
from nlu.encoder import DIMENSIONS, DamagedFiles, Floats

MODEL_VERSION = 2  # raise it when files or training change, so that models are trained anew


@dataclass(frozen=True, kw_only=True)
class SignalModel:
    """From a signal's score to its probability, and from which probability it counts."""

    chance: Logistic
    threshold: float


@dataclass(frozen=True, kw_only=True)
class Model:
    """Known texts as vectors, and what their closeness to a message says.

    Rows of `vectors` are first the entries' phrasings, grouped by entry as `counts` says, then the signals'
    examples. Columns of `weights` are first the entries, then the signals, in the order of the mappings here.
    """

    entries: tuple[str, ...]
    counts: tuple[int, ...]
    vectors: Floats
    weights: Floats
    exact: Mapping[str, int]  # bare phrasing -> entry, where only one entry has it
    confidence: Logistic
    shares: Shares
    answer_at: float
    signals: Mapping[str, SignalModel]


def save(model: Model, folder: Path) -> None:
    """Write `model` into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    np.savez(folder / "model.npz", vectors=model.vectors.astype(np.float16), weights=model.weights)
    facts = asdict(model)
    del facts["vectors"], facts["weights"]
    (folder / "model.json").write_bytes(orjson.dumps({"version": MODEL_VERSION, **facts}))


def load(folder: Path) -> Model:
    """What `save` wrote. Raises `DamagedFiles`."""
    try:
        facts: dict[str, Any] = orjson.loads((folder / "model.json").read_bytes())
        if facts["version"] != MODEL_VERSION:
            raise DamagedFiles(folder, f"the model has version {facts['version']}, not {MODEL_VERSION}")
        with (folder / "model.npz").open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            vectors: Floats = arrays["vectors"].astype(np.float32)
            weights: Floats = arrays["weights"]
        model = Model(
            entries=tuple(facts["entries"]),
            counts=tuple(facts["counts"]),
            vectors=vectors,
            weights=weights,
            exact=facts["exact"],
            confidence=_logistic(facts["confidence"]),
            shares=Shares(**facts["shares"]),
            answer_at=facts["answer_at"],
            signals={
                name: SignalModel(chance=_logistic(signal["chance"]), threshold=signal["threshold"])
                for name, signal in facts["signals"].items()
            },
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError, EOFError, zipfile.BadZipFile) as error:
        raise DamagedFiles(folder, f"the model cannot be read ({error})") from error
    columns = len(model.entries) + len(model.signals)
    fits = vectors.shape == (len(weights), DIMENSIONS) and weights.shape == (len(vectors), columns)
    if not fits or len(model.counts) != len(model.entries) or sum(model.counts) > len(vectors):
        raise DamagedFiles(folder, "the parts of the model do not fit together")
    return model


def _logistic(facts: Mapping[str, Any]) -> Logistic:
    return Logistic(facts["bias"], tuple(facts["weights"]))
