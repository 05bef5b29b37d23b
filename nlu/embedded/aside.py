"""Training aside: in a process of its own (`nlu.embedded.child`).

Training needs several times the memory that understanding needs; a child process gives it back. What it needs
whatever the knowledge base is can be got ready before that is known.
"""

import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import structlog

from core.errors import ShouwenError
from nlu.encoders.settings import EncoderSettings
from nlu.knowledge.documents import to_data
from nlu.knowledge.entries import KnowledgeBase

log = structlog.get_logger(__name__)

TRAINING_TIMEOUT = (
    1800.0  # seconds: a first training has forty thousand texts to encode, maybe at an endpoint
)
PATIENCE = 600.0  # seconds that a child waits for a knowledge base before it gives its memory back
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


class Aside:
    """Trains in child processes."""

    def __init__(self, cache_folder: Path, *, target_precision: float, encoder: EncoderSettings) -> None:
        self._cache = cache_folder
        self._task = {
            "cache": str(cache_folder),
            "parent": os.getpid(),
            "precision": target_precision,
            "patience": PATIENCE,
            "encoder": {name: value for name, value in vars(encoder).items() if name != "secret"},
        }
        self._secret = encoder.secret
        self._waiting: _Child | None = None
        self._training: set[_Child] = set()
        self._lock = threading.Lock()

    def get_ready(self) -> None:
        """Start a child ahead of a training that is likely to come: it loads what any training needs, and waits."""
        with self._lock:
            self._waiting = self._take() or self._start()

    def train(self, knowledge: KnowledgeBase) -> Trained:
        """Raises `TrainingFailed`."""
        with self._lock:
            child = self._take() or self._start()
            self._training.add(child)
        log.info("training.started", entries=len(knowledge.entries))
        try:
            trained = child.train(knowledge)
        finally:
            with self._lock:
                self._training.discard(child)
        log.info("training.done", figures=trained.figures)
        return trained

    def close(self) -> None:
        """End a child that waits, and give up what is being trained."""
        with self._lock:
            if child := self._take():
                child.end()
            for each in self._training:
                each.give_up()

    def _take(self) -> "_Child | None":
        """The child that waits."""
        child, self._waiting = self._waiting, None
        if child is not None and not child.waits:
            child.end()
            return None
        return child

    def _start(self) -> "_Child":
        self._cache.mkdir(parents=True, exist_ok=True)
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
        if self._secret is not None:
            environment[SECRET] = self._secret
        return _Child(self._task, tempfile.TemporaryDirectory(dir=self._cache), environment)


class _Child:
    """A process that trains once, and leaves what it made in a folder."""

    def __init__(
        self,
        task: Mapping[str, Any],
        folder: "tempfile.TemporaryDirectory[str]",
        environment: Mapping[str, str],
    ) -> None:
        self._folder = folder
        self._process = subprocess.Popen(
            [sys.executable, "-m", "nlu.embedded.child"],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            env=environment,
        )
        assert self._process.stdin is not None
        self._process.stdin.write(orjson.dumps({**task, "folder": folder.name}) + b"\n")
        self._process.stdin.flush()

    @property
    def waits(self) -> bool:
        """Whether it can still be given a knowledge base."""
        return self._process.poll() is None

    def train(self, knowledge: KnowledgeBase) -> Trained:
        try:
            _, output = self._process.communicate(orjson.dumps(to_data(knowledge)), timeout=TRAINING_TIMEOUT)
            if self._process.returncode != 0:
                raise TrainingFailed(output.decode("utf-8", "replace")[-2000:])
            folder = Path(self._folder.name)
            return Trained(
                (folder / MODEL_FILE).read_bytes(), orjson.loads((folder / FIGURES_FILE).read_bytes())
            )
        except subprocess.TimeoutExpired as error:
            raise TrainingFailed(f"it took longer than {TRAINING_TIMEOUT:.0f} seconds") from error
        finally:
            self.end()

    def give_up(self) -> None:
        """Who waits for it gets `TrainingFailed`."""
        self._process.kill()

    def end(self) -> None:
        self._process.kill()
        self._process.communicate()
        self._folder.cleanup()


def train_aside(
    knowledge: KnowledgeBase,
    cache_folder: Path,
    *,
    target_precision: float,
    encoder: EncoderSettings | None = None,
) -> Trained:
    """Train on this knowledge base in a child process. Raises `TrainingFailed`."""
    settings = encoder or EncoderSettings()
    return Aside(cache_folder, target_precision=target_precision, encoder=settings).train(knowledge)
