"""A trained model for a knowledge base: found in the cache, or trained in a process of its own.

Training needs several times the memory that understanding needs; a child process gives it back.
"""

import hashlib
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import structlog

from core.errors import ConfigError, ShouwenError
from nlu.encoder_files import build_encoder
from nlu.knowledge import knowledge_files, load_knowledge
from nlu.model import MODEL_VERSION
from nlu.signals import SIGNALS_FOLDER, UNRELATED_FILE

log = structlog.get_logger(__name__)

TRAINING_TIMEOUT = 600.0  # seconds


class TrainingFailed(ShouwenError):
    """The training process ended without a model; `output` is what it said."""

    def __init__(self, output: str) -> None:
        super().__init__(f"training the model failed: {output.strip() or 'the process said nothing'}")
        self.output = output


def ensure_trained(knowledge_path: Path, cache_folder: Path, *, target_precision: float = 0.9) -> Path:
    """The folder of a model of exactly this knowledge base; trains it when it is not in the cache.

    Raises `ConfigError` when the knowledge base needs mending, `TrainingFailed` when training does.
    """
    if not knowledge_path.exists():
        raise ConfigError(str(knowledge_path), "there is no such file or folder", "Correct the path")
    encoder = build_encoder(cache_folder)
    folder = cache_folder / f"model-{_key(knowledge_path, target_precision)}"
    if folder.is_dir():
        return folder
    load_knowledge(
        knowledge_path
    )  # its errors are the operator's to mend: they are raised here, not in the child
    log.info("training.started", knowledge=str(knowledge_path))
    with tempfile.TemporaryDirectory(dir=cache_folder) as temporary:
        target = Path(temporary) / "model"
        command = [sys.executable, "-m", "nlu.training", str(knowledge_path), str(encoder), str(target)]
        command += ["--precision", str(target_precision)]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
        try:
            subprocess.run(
                command, check=True, capture_output=True, text=True, timeout=TRAINING_TIMEOUT, env=environment
            )
        except subprocess.CalledProcessError as error:
            raise TrainingFailed(error.stderr[-2000:]) from error
        except subprocess.TimeoutExpired as error:
            raise TrainingFailed(f"it took longer than {TRAINING_TIMEOUT:.0f} seconds") from error
        try:
            os.rename(target, folder)
        except OSError:
            if not folder.is_dir():  # another process was faster
                raise
    log.info("training.done", folder=str(folder))
    return folder


def _key(knowledge_path: Path, target_precision: float) -> str:
    """Changes when anything changes that the model is made from."""
    digest = hashlib.sha256(f"{MODEL_VERSION} {target_precision}".encode())
    for file in [*knowledge_files(knowledge_path), *knowledge_files(SIGNALS_FOLDER), UNRELATED_FILE]:
        data = file.read_bytes()
        digest.update(f"{file.name} {len(data)} ".encode())
        digest.update(data)
    return digest.hexdigest()[:16]
