"""A fake endpoint, encoders of it, and the universal encoder, made once."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from core.backoff import Backoff
from nlu.encoders.endpoint import EndpointEncoder
from nlu.encoders.settings import EncoderSettings, Kind, Patience
from nlu.encoders.universal import UniversalEncoder
from nlu.encoders.universal_files import build_encoder
from tests.encoders.fake_endpoint import FakeEndpoint, fake_endpoint

LONG = Patience(call=20, total=30)  # longer than any machine takes
MakeEndpoint = Callable[..., EndpointEncoder]


@pytest.fixture
def endpoint() -> Iterator[FakeEndpoint]:
    with fake_endpoint() as server:
        yield server


@pytest.fixture
def make_endpoint(endpoint: FakeEndpoint) -> Iterator[MakeEndpoint]:
    """Makes encoders of the fake; settings may be given, and `patience`."""
    made: list[EndpointEncoder] = []

    def make(*, patience: Patience = LONG, **settings: Any) -> EndpointEncoder:
        facts = {"url": endpoint.url, "model": "tiny", "secret": "sk-test"} | settings
        encoder = EndpointEncoder(
            EncoderSettings(kind=Kind.ENDPOINT, **facts),
            patience=patience,
            backoff=Backoff(first=0.01, longest=0.02),
        )
        made.append(encoder)
        return encoder

    yield make
    for encoder in made:
        encoder.close()


@pytest.fixture(scope="session")
def universal(tmp_path_factory: pytest.TempPathFactory) -> UniversalEncoder:
    return UniversalEncoder.load(build_encoder(tmp_path_factory.mktemp("universal")))


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    """The folder of models."""
    return tmp_path / "models"
