"""A model of the sample knowledge base, really trained, once for all test processes."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest
from filelock import FileLock

from nlu.embedded.aside import Trained, train_aside
from nlu.embedded.interpreter import EmbeddedInterpreter
from nlu.embedded.trained import load_interpreter
from nlu.encoders.port import Encoder
from nlu.encoders.settings import EncoderSettings
from nlu.evaluation import Bench, open_bench
from nlu.knowledge.documents import load_knowledge
from nlu.knowledge.entries import KnowledgeBase
from tests.e2e.home import train_models

SAMPLE = Path(__file__).parents[2] / "nlu" / "sample_kb"


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where vectors and signals are kept; shared by all test processes, and with the homes of other tests."""
    return train_models(tmp_path_factory)


@pytest.fixture(scope="session")
def trained(cache: Path) -> Trained:
    """The sample's model and figures."""
    model, figures = cache / "sample.model", cache / "sample.json"
    with FileLock(cache.with_suffix(".lock")):
        if not figures.exists():
            made = train_aside(load_knowledge(SAMPLE), cache, target_precision=0.9)
            model.write_bytes(made.model)
            figures.write_bytes(orjson.dumps(made.figures))
    return Trained(model.read_bytes(), orjson.loads(figures.read_bytes()))


@pytest.fixture(scope="session")
def figures(trained: Trained) -> Mapping[str, Any]:
    return trained.figures


@pytest.fixture(scope="session")
def interpreter(trained: Trained, cache: Path) -> EmbeddedInterpreter:
    return load_interpreter(trained.model, cache)


@pytest.fixture(scope="session")
def bench(trained: Trained, cache: Path) -> Bench:
    """What small trainings within a test need."""
    return open_bench(EncoderSettings(), cache, precision=0.9)


@pytest.fixture(scope="session")
def encoder(bench: Bench) -> Encoder:
    return bench.encoder


def few(*ids: str) -> KnowledgeBase:
    """A knowledge base of some of the sample's entries, with a dozen phrasings each."""
    entries = load_knowledge(SAMPLE).entries
    return KnowledgeBase(
        {
            each: replace(
                entries[each],
                phrasings={language: texts[:12] for language, texts in entries[each].phrasings.items()},
            )
            for each in ids
        }
    )
