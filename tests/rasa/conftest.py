"""A fake Rasa and a client of it."""

from collections.abc import Iterator

import pytest

from nlu.rasa.client import RasaClient
from tests.rasa.fake_server import FakeRasa, fake_rasa


@pytest.fixture
def rasa() -> Iterator[FakeRasa]:
    with fake_rasa() as server:
        yield server


@pytest.fixture
def client(rasa: FakeRasa) -> Iterator[RasaClient]:
    client = RasaClient(rasa.url)
    yield client
    client.close()
