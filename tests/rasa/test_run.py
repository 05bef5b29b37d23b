"""`shouwen run` with RASA_URL set, as a real process beside a fake Rasa: live at once, then Rasa's intent."""

import json
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pytest

from bot.config import load_config, load_environment
from bot.engines import make_engine
from bot.rasa import RasaEngine, make_worker_engine
from nlu.knowledge.documents import from_data, write_yaml
from tests.e2e.home import Home, make_small_home
from tests.e2e.service import Service, serving
from tests.nlu.knowledge_bases import entry
from tests.rasa.fake_server import FakeRasa, fake_rasa
from tests.waiting import until

GREETING, INVOICE = "Hi there", "Under my orders."


@pytest.fixture
def home(tmp_path: Path, rasa: FakeRasa, tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home with two entries. This Rasa holds a greeting to be about the invoice: so it is told from us."""
    made = make_small_home(tmp_path, tmp_path_factory, RASA_URL=rasa.url)
    made.configure("bot", answer_at=0.3)
    write(made, shop())
    rasa.rankings = {"hello": [("invoice", 0.99), ("greeting", 0.005), ("_none", 0.005)]}
    return made


def shop(*more: dict[str, Any], invoice: str = INVOICE) -> dict[str, Any]:
    greeting = entry(
        "greeting",
        phrasings={"zh": ["你好", "您好呀"], "en": ["hello", "good morning", "good evening"]},
        answers={"zh": GREETING, "en": GREETING},
    )
    bill = entry(
        "invoice",
        phrasings={"zh": ["怎么开发票", "我要发票"], "en": ["i need an invoice", "send me the receipt"]},
        answers={"zh": invoice, "en": invoice},
    )
    return {"entries": [greeting, bill, *more]}


def write(home: Home, data: dict[str, Any]) -> None:
    (home.folder / "kb.yml").write_text(write_yaml(from_data(data)), "utf-8")


def counted(service: Service, outcome: str) -> float:
    return service.counted("shouwen_rasa_messages_total", f'outcome="{outcome}"')


def publish(home: Home, data: dict[str, Any]) -> None:
    write(home, data)
    done = home.run("kb", "import", "kb.yml", "--publish")
    assert (done.status, done.err) == (0, "")
    assert "is live" in done.out


def test_versions_are_live_at_once_and_rasa_joins_when_it_is_trained(home: Home, rasa: FakeRasa) -> None:
    rasa.train.clear()
    with serving(home) as service:
        assert service.says("hello") == GREETING  # by the embedded engine
        assert counted(service, "untrained") == 1
        rasa.train.set()
        until(lambda: service.says("hello") == INVOICE)
        first = rasa.model
        assert counted(service, "rasa") > 0

        rasa.train.clear()
        publish(home, shop(entry("hours"), invoice="By e-mail now."))
        until(lambda: service.says("i need an invoice") == "By e-mail now.")
        assert rasa.model == first
        assert service.says("hello") == GREETING
        rasa.train.set()
        until(lambda: service.says("hello") == "By e-mail now.")
        assert rasa.model != first
        assert rasa.learned[-1] == {"greeting", "invoice", "hours"}

        assert home.run("kb", "rollback", "1").status == 0
        until(lambda: service.says("hello") == INVOICE)
        assert rasa.model == first
        assert len(rasa.trainings) == 4

    with serving(home) as service:  # what is known of models is kept
        until(lambda: service.says("hello") == INVOICE)
        assert len(rasa.trainings) == 4


def test_rasa_may_go_away_and_come_back(home: Home) -> None:
    with ExitStack() as stack:
        with fake_rasa() as rasa:
            rasa.rankings = {"hello": [("invoice", 0.99), ("greeting", 0.01)]}
            home.variables["RASA_URL"] = rasa.url
            service = stack.enter_context(serving(home))
            until(lambda: service.says("hello") == INVOICE)
        assert service.says("hello") == GREETING
        until(lambda: service.says("hello") == GREETING and counted(service, "resting"))
        assert counted(service, "unreachable") > 0
        with fake_rasa(port=int(rasa.url.rpartition(":")[2]), again=rasa):
            until(lambda: service.says("hello") == INVOICE)


def test_the_service_stops_while_rasa_trains(home: Home, rasa: FakeRasa) -> None:
    rasa.train.clear()
    with serving(home) as service:
        until(lambda: rasa.trainings)
        assert service.says("hello") == GREETING
    assert "rasa.not_live" not in (home.folder / "log").read_text("utf-8")


def test_commands_use_rasa_where_it_serves_the_live_version_and_change_nothing(
    home: Home, rasa: FakeRasa
) -> None:
    def intent(*arguments: str) -> tuple[str, str]:
        done = home.run("parse", *arguments, stdin=b"hello\n")
        assert done.status == 0, done.err
        return json.loads(done.out)["intent"], done.err

    assert intent() == (
        "greeting",
        "Without Rasa: no model of this version of the knowledge base has been trained for it yet. "
        "The embedded engine answers.\n",
    )
    assert rasa.trainings == []
    with serving(home) as service:
        until(lambda: service.says("hello") == INVOICE)
    served, trainings = rasa.model, len(rasa.trainings)

    assert intent() == ("invoice", "")
    done = home.run("parse", "--explain", stdin=b"hello\n")
    assert (done.status, done.err) == (0, "")
    assert json.loads(done.out)["explanation"]["nearest"][0]["entry"] == "greeting"
    said = home.run("chat", stdin=b"hello\n")
    assert (said.out.strip().endswith(INVOICE), said.err) == (True, "")

    rasa.model = "first.tar.gz"
    found, told = intent()
    assert found == "greeting"
    assert f"serves first.tar.gz, not {served}" in told
    assert (rasa.model, len(rasa.trainings)) == ("first.tar.gz", trainings)
    rasa.broken = True
    found, told = intent()
    assert found == "greeting"
    assert "Rasa answered 502" in told


def test_models_are_those_of_the_engine_without_rasa(home: Home) -> None:
    """So that setting RASA_URL, or taking it away, needs no training."""
    config = load_config(home.folder / "config.yml")
    environment = load_environment(config, variables=home.variables)
    with closing(make_worker_engine(config, environment)) as engine:
        assert isinstance(engine, RasaEngine)
        assert engine.key == make_engine(config, environment).key


def test_an_address_that_cannot_be_right_is_named_before_anything_is_done(home: Home) -> None:
    for command in ("run", "parse", "chat"):
        done = home.run(command, RASA_URL="localhost:5005")
        done.check_refused("RASA_URL", "not an address", "http://127.0.0.1:5005")
