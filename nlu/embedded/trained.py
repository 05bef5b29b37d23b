"""Trained models: trained aside, in a process of its own, and loaded.

Training needs several times the memory that understanding needs; a child process (`nlu.embedded.child`)
gives it back.
"""

import hashlib
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import structlog
import threadpoolctl

from core.errors import ShouwenError
from nlu.embedded.interpreter import EmbeddedInterpreter
from nlu.embedded.model import MODEL_VERSION, from_bytes
from nlu.encoders.make import make_encoder
from nlu.encoders.settings import EncoderSettings
from nlu.encoders.universal_files import common_words
from nlu.knowledge.documents import to_data
from nlu.knowledge.entries import KnowledgeBase
from nlu.signals import SIGNALS_FOLDER, UNRELATED_FILE

log = structlog.get_logger(__name__)

TRAINING_TIMEOUT = (
    1800.0  # seconds: a first training has forty thousand texts to encode, maybe at an endpoint
)
SECRET = "SHOUWEN_TRAINING_SECRET"  # the variable that hands the endpoint's key to the child
MODEL_FILE, FIGURES_FILE = "model.npz", "figures.json"


class TrainingFailed(ShouwenError):
    """The training process ended without a model; `output` is what it said."""

    def __init__(self, output: str) -> None:
        super().__init__(f"training the model failed: {output.strip() or 'the process said nothing'}")
        self.output = output


@dataclass(frozen=True)
class Trained:
    """A model as one blob, and what training found of it."""

    model: bytes
    figures: Mapping[str, Any]


def train_aside(
    knowledge: KnowledgeBase,
    cache_folder: Path,
    *,
    target_precision: float,
    encoder: EncoderSettings | None = None,
) -> Trained:
    """Train on this knowledge base in a child process. Raises `TrainingFailed`."""
    cache_folder.mkdir(parents=True, exist_ok=True)
    log.info("training.started", entries=len(knowledge.entries))
    settings = encoder or EncoderSettings()
    with tempfile.TemporaryDirectory(dir=cache_folder) as folder:
        task = {
            "knowledge": to_data(knowledge),
            "cache": str(cache_folder),
            "folder": folder,
            "precision": target_precision,
            "encoder": {name: value for name, value in vars(settings).items() if name != "secret"},
        }
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
        if settings.secret is not None:
            environment[SECRET] = settings.secret
        try:
            subprocess.run(
                [sys.executable, "-m", "nlu.embedded.child"],
                input=orjson.dumps(task),
                check=True,
                capture_output=True,
                timeout=TRAINING_TIMEOUT,
                env=environment,
            )
        except subprocess.CalledProcessError as error:
            raise TrainingFailed(error.stderr.decode("utf-8", "replace")[-2000:]) from error
        except subprocess.TimeoutExpired as error:
            raise TrainingFailed(f"it took longer than {TRAINING_TIMEOUT:.0f} seconds") from error
        trained = Trained(
            (Path(folder) / MODEL_FILE).read_bytes(), orjson.loads((Path(folder) / FIGURES_FILE).read_bytes())
        )
    log.info("training.done", figures=trained.figures)
    return trained


def recipe(encoder: EncoderSettings, *, target_precision: float) -> str:
    """Changes with everything but the knowledge base that a model is made from."""
    digest = hashlib.sha256(f"{MODEL_VERSION} {target_precision} {encoder.kind} {encoder.model}".encode())
    digest.update(f"{encoder.url} {encoder.dimensions}".encode())
    digest.update(examples_digest())
    return digest.hexdigest()[:16]


def examples_digest() -> bytes:
    """Changes with the examples of signals and of unrelated messages that ship with the product."""
    digest = hashlib.sha256()
    for file in [*sorted(SIGNALS_FOLDER.glob("*.yml")), UNRELATED_FILE]:
        digest.update(file.read_bytes())
    return digest.digest()


def load_interpreter(
    model: bytes, cache_folder: Path, *, encoder: EncoderSettings | None = None
) -> EmbeddedInterpreter:
    """The engine with a model that `train_aside` made. Raises `DamagedModel`, `ConfigError`."""
    spare_threads()
    common = common_words(cache_folder)
    return EmbeddedInterpreter(
        from_bytes(model, common=common), make_encoder(encoder or EncoderSettings(), cache_folder)
    )


def spare_threads() -> None:
    """From now on this process multiplies matrices on one thread.

    For a message's matrices, which are small, waiting for other threads costs more than they save, many times
    more on a busy machine.
    """
    threadpoolctl.threadpool_limits(1, user_api="blas")
