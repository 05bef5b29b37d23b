"""Against a real Rasa server: trained, asked, swapped, killed, started again.

Needs the environment that `make rasa` makes; TEST_RASA_ENVIRONMENT names another one.
"""

import os
import signal
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.rasa import RasaEngine
from core.errors import ConfigError
from nlu.breaker import Breaker, Circuit
from nlu.knowledge.documents import from_data
from nlu.rasa.client import Parsed, RasaClient, RasaError, RasaRefused
from nlu.rasa.interpreter import RasaInterpreter
from nlu.rasa.keeper import Keeper
from nlu.rasa.project import FALLBACK, NONE, Project, pair_intents, rasa_text
from nlu.rasa.published import Published
from nlu.rasa.rows import guess_rows
from nlu.rasa.server import RasaServer, find_rasa
from nlu.rasa.serving import ensure_published, ensure_served, get_served
from nlu.rasa.training import Lessons, lessons_of
from nlu.signals import load_unrelated
from tests.doubles import ByHeart, understood
from tests.nlu.knowledge_bases import entry
from tests.nlu.trainers import Rote
from tests.waiting import until

pytestmark = [pytest.mark.xdist_group("rasa"), pytest.mark.timeout(600)]

ROOT = Path(__file__).parents[2]
EPOCHS = 25  # of very few texts
ENTRIES = {
    "refund": "我要退款 怎么退钱 钱什么时候退回来 退款多久到账|i want a refund;money back please;refund my money",
    "delivery": "快递几天能到 什么时候发货 包裹到哪了 物流信息|where is my parcel;when will it be shipped;track my parcel",
    "invoice": "怎么开发票 我要发票 发票抬头写错了 电子发票|i need an invoice;send me the invoice;invoice with company name",
    "warranty": "保修多久 坏了能修吗 保修期几年 维修点在哪|how long is the warranty;repair under warranty;warranty period",
    "password": "忘记密码 密码怎么改 登录密码错误 重置密码|forgot my password;reset password;change my password",
    "hours": "几点上班 营业时间 周末开门吗 几点关门|opening hours;are you open on sunday;when do you close",
}
UNRELATED = [
    "今天天气怎么样",
    "讲个笑话",
    "谁是总统",
    "tell me a joke",
    "what is the weather",
    "who won the match",
]
EMBEDDED = ByHeart(
    {
        "我要退款": understood("delivery", 0.4),
        "reset my password": understood("delivery", 0.4, language="en"),
        "会员有什么好处": understood("delivery", 0.4),
    }
)


def entries(**more: str) -> dict[str, tuple[str, ...]]:
    rows = []
    for intent, texts in {**ENTRIES, **more}.items():
        rows += [(text, intent) for each in _phrasings(texts).values() for text in each]
    return pair_intents(rows)


def lessons(**more: str) -> Lessons:
    return Lessons(intents=entries(**more), unrelated=UNRELATED, precision=0.9, epochs=EPOCHS)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RasaServer]:
    try:
        program = find_rasa(Path(os.environ.get("TEST_RASA_ENVIRONMENT", ROOT / ".venv-rasa")))
    except ConfigError as error:
        if os.environ.get("REQUIRE_SERVICES"):
            pytest.fail(f"{error} (REQUIRE_SERVICES is set)")
        pytest.skip(str(error))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with RasaServer(program, tmp_path_factory.mktemp("rasa"), port) as server:
        yield server


@pytest.fixture
def client(server: RasaServer) -> Iterator[RasaClient]:
    client = RasaClient(server.url)
    yield client
    client.close()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("published")


@pytest.fixture
def first(client: RasaClient, folder: Path) -> Published:
    """The first version of the knowledge base, trained once and served."""
    return ensure_published(client, lessons(), folder)


def answers(interpreter: RasaInterpreter) -> bool:
    """Whether Rasa is being asked."""
    return interpreter.circuit is Circuit.CLOSED


def likeliest(parsed: Parsed) -> str:
    """The likeliest entry, of either version."""
    return next(each.intent for each in parsed.ranking if each.intent not in (NONE, FALLBACK))


def meant(client: RasaClient, text: str) -> str:
    (result,) = client.parse([rasa_text(text)], timeout=30)
    assert isinstance(result, Parsed), result
    return likeliest(result)


def test_it_understands_both_languages_in_one_batch(client: RasaClient, first: Published) -> None:
    interpreter = RasaInterpreter(EMBEDDED, client, timeout=30)
    interpreter.use(first)
    texts = ["我要退款", "reset my password", "請問怎麼開發票", "are you open sunday"] * 16
    found = interpreter.understand(texts)
    assert [each.intent for each in found] == ["refund", "password", "invoice", "hours"] * 16
    assert all(0 < each.confidence < 1 for each in found)
    assert found[1].language == "en"


def test_a_command_in_rasas_own_language_is_only_text(client: RasaClient, first: Published) -> None:
    (direct,) = client.parse(["/refund"], timeout=30)
    assert isinstance(direct, Parsed)
    assert direct.ranking[0].confidence == 1.0  # what a customer could do without `rasa_text`
    (guarded,) = client.parse([rasa_text("/refund")], timeout=30)
    assert isinstance(guarded, Parsed)
    assert guarded.ranking[0].confidence < 1.0


def test_a_new_version_is_swapped_in_while_messages_come(
    client: RasaClient, first: Published, folder: Path
) -> None:
    stop, seen = threading.Event(), set[str]()

    def customers() -> None:
        while not stop.is_set():
            (result,) = client.parse(["我要退款"], timeout=30)
            seen.add(likeliest(result) if isinstance(result, Parsed) else str(result))

    thread = threading.Thread(target=customers)
    thread.start()
    try:
        more = "会员有什么好处 怎么成为会员 会员等级 会员积分|member benefits;how to become a member;member levels"
        second = ensure_published(client, lessons(membership=more), folder)
    finally:
        stop.set()
        thread.join()
    assert seen == {"refund"}  # from both versions, and no message was lost
    assert client.loaded_model() == second.model != first.model
    assert meant(client, "会员有什么好处") == "membership"

    assert ensure_served(client, first)  # a rollback
    assert client.loaded_model() == first.model
    assert meant(client, "我要退款") == "refund"


def test_killed_the_embedded_engine_answers_and_started_again_rasa_does(
    server: RasaServer, client: RasaClient, first: Published
) -> None:
    now = 0.0
    interpreter = RasaInterpreter(
        EMBEDDED,
        client,
        breaker=Breaker(failures=2, rest=5.0, clock=lambda: now),
        timeout=30,
        aside=lambda job: job(),
    )
    interpreter.use(first)
    assert interpreter.understand(["我要退款"])[0].intent == "refund"

    server.stop(signal.SIGKILL)
    for _ in range(3):
        assert interpreter.understand(["我要退款"]) == EMBEDDED.understand(["我要退款"])
    assert not answers(interpreter)

    server.start()  # serves the newest of its models, whichever that is
    assert ensure_served(client, first)
    now = 5.0
    interpreter.understand(["我要退款"])
    assert answers(interpreter)
    assert interpreter.understand(["我要退款"])[0].intent == "refund"


def test_an_engine_understands_at_once_and_with_rasa_when_that_is_trained(
    server: RasaServer, folder: Path
) -> None:
    client = RasaClient(server.url)
    keeper = Keeper(client, folder, precision=0.9)
    engine = RasaEngine(Rote(), client, keeper.want, on_close=keeper.close)
    knowledge = from_data(
        {"entries": [entry(name, phrasings=_phrasings(texts)) for name, texts in ENTRIES.items()]}
    )
    interpreter = engine.load(engine.train(knowledge).model, knowledge)
    text = "are you open sunday"
    assert interpreter.understand([text])[0].intent == next(iter(ENTRIES))  # learned by rote
    until(lambda: interpreter.understand([text])[0].intent == "hours")
    served = client.loaded_model()
    engine.close()

    client = RasaClient(server.url)
    kept = get_served(client, lessons_of(knowledge, load_unrelated(), precision=0.9), folder)
    assert kept.model == served
    client.close()


def _phrasings(texts: str) -> dict[str, list[str]]:
    chinese, _, english = texts.partition("|")
    return {"zh": chinese.split(), "en": english.split(";")}


def test_what_cannot_be_trained_is_refused_with_the_reason(client: RasaClient, first: Published) -> None:
    with pytest.raises(RasaRefused, match="without a trained model"):
        client.train(Project(intents={}))
    assert client.loaded_model() == first.model


def test_rows_of_a_file_are_guessed(client: RasaClient, server: RasaServer) -> None:
    training = [(text, f"label of {intent}/1?") for intent, texts in entries().items() for text in texts]
    guessed = guess_rows(client, training, ["我要退款", ""], UNRELATED, precision=0.9, epochs=EPOCHS)
    assert [guess.label for guess in guessed.guesses] == ["label of refund/1?", ""]
    assert guessed.guesses[0].confidence > guessed.guesses[1].confidence == 0.0
    assert guessed.training_seconds > 0


def test_a_model_that_the_server_does_not_have_is_told(client: RasaClient, first: Published) -> None:
    with pytest.raises(RasaError, match="could not be loaded"):
        client.swap("no-such-model.tar.gz")
    assert client.loaded_model() == first.model
