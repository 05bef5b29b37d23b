"""A model of the sample knowledge base, really trained, once for all test processes."""

import os
from pathlib import Path

import pytest
from filelock import FileLock

from nlu.embedded import EmbeddedInterpreter
from nlu.encoder import ENCODER, Encoder
from nlu.trained import ensure_trained

SAMPLE = Path(__file__).parents[2] / "nlu" / "sample_kb"


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where models are kept; shared by all test processes."""
    base = tmp_path_factory.getbasetemp()
    return (base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base) / "nlu-cache"


@pytest.fixture(scope="session")
def model_folder(cache: Path) -> Path:
    with FileLock(cache.with_suffix(".lock")):
        return ensure_trained(SAMPLE, cache)


@pytest.fixture(scope="session")
def interpreter(model_folder: Path) -> EmbeddedInterpreter:
    return EmbeddedInterpreter.load(model_folder)


@pytest.fixture(scope="session")
def encoder(model_folder: Path) -> Encoder:
    return Encoder.load(model_folder.parent / ENCODER)
