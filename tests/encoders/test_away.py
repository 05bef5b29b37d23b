"""An endpoint that is away while customers write: the second engine answers, which was trained beside the first."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.engines import EndpointEngine
from nlu.embedded.model import DamagedModel
from nlu.encoders.settings import EncoderSettings, Kind
from nlu.fallback import FallbackInterpreter
from nlu.knowledge.documents import from_data, write_yaml
from tests.e2e.home import TRAINING_SECONDS, Home, make_small_home
from tests.e2e.service import Service, serving
from tests.encoders.fake_endpoint import FakeEndpoint, explained, fake_endpoint
from tests.nlu.knowledge_bases import entry
from tests.waiting import until

# In one process, since what is trained with the vectors of its endpoint is much, and kept for the next test.
pytestmark = pytest.mark.xdist_group("away")

GREETING, INVOICE = "Hi there", "Under my orders."
AWAY = explained(401, "the key has run out")  # told at once: nothing is tried again
KNOWLEDGE = from_data(
    {
        "entries": [
            entry(
                "greeting",
                phrasings={"zh": ["你好", "您好呀"], "en": ["hello", "good morning", "good evening"]},
                answers={"zh": GREETING, "en": GREETING},
            ),
            entry(
                "invoice",
                phrasings={
                    "zh": ["怎么开发票", "我要发票"],
                    "en": ["i need an invoice", "send me the receipt"],
                },
                answers={"zh": INVOICE, "en": INVOICE},
            ),
        ]
    }
)


@pytest.fixture(scope="module")
def server() -> Iterator[FakeEndpoint]:
    """One for all tests: what is trained with its vectors is kept under its address."""
    with fake_endpoint() as server:
        yield server


@pytest.fixture
def endpoint(server: FakeEndpoint) -> FakeEndpoint:
    """It is there, until a test says otherwise."""
    server.always = None
    return server


@pytest.fixture
def home(tmp_path: Path, endpoint: FakeEndpoint, tmp_path_factory: pytest.TempPathFactory) -> Home:
    made = make_small_home(tmp_path, tmp_path_factory, EMBEDDINGS_KEY="sk-test")
    encoder = {"kind": "endpoint", "url": endpoint.url, "model": "tiny", "dimensions": 8, "batch": 512}
    made.configure("nlu", encoder=encoder)
    (tmp_path / "kb.yml").write_text(write_yaml(KNOWLEDGE), "utf-8")
    assert made.run("kb", "import", "kb.yml", "--publish", seconds=TRAINING_SECONDS).status == 0
    return made


def fallen_back(service: Service, reason: str) -> float:
    return service.counted("shouwen_fallback_messages_total", f'reason="{reason}"')


def test_while_it_is_away_the_second_engine_answers_and_then_the_first_again(
    home: Home, endpoint: FakeEndpoint
) -> None:
    with serving(home) as service:
        asked = len(endpoint.requests)
        assert service.says("hello") == GREETING
        assert len(endpoint.requests) > asked
        assert fallen_back(service, "failed") == fallen_back(service, "resting") == 0

        endpoint.always = AWAY
        assert service.says("i need an invoice") == INVOICE
        assert fallen_back(service, "failed") == 1
        asked = len(endpoint.requests)
        assert service.says("send me the receipt") == INVOICE
        assert fallen_back(service, "resting") == 1
        assert len(endpoint.requests) == asked  # nobody waits for it

        endpoint.always = None
        until(lambda: service.says("anybody there") and "anybody there" in endpoint.texts)
        assert service.says("good evening") == GREETING
    log = (home.folder / "log").read_text("utf-8")
    assert "Check EMBEDDINGS_KEY" in log
    assert "engine.back" in log

    endpoint.always = AWAY
    done = home.run("parse", "--explain", stdin=b"i need an invoice\n")
    assert done.status == 0
    assert '"intent": "invoice"' in done.out
    assert '"nearest": [{"text": "i need an invoice"' in done.out
    assert "engine.fallback" in done.err

    with serving(home) as service:  # a start while it is away needs no training
        assert service.says("hello") == GREETING


def test_both_models_travel_as_one_and_damage_is_told(home: Home, endpoint: FakeEndpoint) -> None:
    engine = make_engine(endpoint, home.folder / "data" / "models")
    trained = engine.train(KNOWLEDGE)
    assert trained.figures["accuracy"] != trained.figures["fallback"]["accuracy"]
    interpreter = engine.load(trained.model, KNOWLEDGE)
    assert isinstance(interpreter, FallbackInterpreter)
    assert interpreter.understand(["hello"])[0].intent == "greeting"
    for damaged in (trained.model[:-1], trained.model[:50], b"", b"x" * 5_000):
        with pytest.raises(DamagedModel):
            engine.load(damaged, KNOWLEDGE)
    changed = bytearray(trained.model)
    changed[len(changed) // 2] ^= 1
    with pytest.raises(DamagedModel):
        engine.load(bytes(changed), KNOWLEDGE)
    engine.close()


def test_its_key_is_of_both_recipes(endpoint: FakeEndpoint, tmp_path: Path) -> None:
    keys = {
        make_engine(endpoint, tmp_path, model=model, precision=precision).key
        for model in ("tiny", "other")
        for precision in (0.8, 0.9)
    }
    assert len(keys) == 4
    assert make_engine(endpoint, tmp_path).key in keys


def make_engine(
    endpoint: FakeEndpoint, folder: Path, *, model: str = "tiny", precision: float = 0.9
) -> EndpointEngine:
    settings = EncoderSettings(
        kind=Kind.ENDPOINT, url=endpoint.url, model=model, secret="sk-test", dimensions=8, batch=512
    )
    return EndpointEngine(folder, encoder=settings, target_precision=precision)
