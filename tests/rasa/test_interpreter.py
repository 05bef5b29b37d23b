"""Rasa and the embedded engine as one interpreter: who understands what, and when Rasa is left alone."""

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from prometheus_client import REGISTRY

from nlu.breaker import Breaker, Circuit
from nlu.rasa.client import RasaClient
from nlu.rasa.interpreter import RasaInterpreter
from nlu.rasa.published import Published
from nlu.understanding import Interpreter
from tests.doubles import BY_HEART, ByHeart
from tests.rasa.fake_server import FakeRasa

PUBLISHED = Published(
    model="first.tar.gz",
    intents=("order_status", "delivery_fee", "delivery_delay"),
    bias=-0.5,
    weight=0.8,
    answer_at=0.7,
    held_out=100,
    accuracy=0.8,
)


@dataclass
class Desk:
    """The interpreter under test, and what its surroundings do when the test says so."""

    rasa: FakeRasa
    interpreter: RasaInterpreter
    now: float = 0.0
    jobs: list[Callable[[], None]] = field(default_factory=list)

    def run_jobs(self) -> None:
        while self.jobs:
            self.jobs.pop(0)()


@pytest.fixture
def desk(rasa: FakeRasa, client: RasaClient) -> Desk:
    desk = Desk(rasa, interpreter=None)  # type: ignore[arg-type]
    desk.interpreter = RasaInterpreter(
        ByHeart(BY_HEART),
        client,
        breaker=Breaker(failures=2, rest=5.0, clock=lambda: desk.now),
        timeout=20,
        aside=desk.jobs.append,
    )
    desk.interpreter.use(PUBLISHED)
    rasa.rankings = {"我的订单到哪了": [("delivery_delay", 0.9), ("order_status", 0.06), ("_none", 0.01)]}
    return desk


def counted(outcome: str) -> float:
    return REGISTRY.get_sample_value("shouwen_rasa_messages_total", {"outcome": outcome}) or 0.0


def test_it_is_an_interpreter(desk: Desk) -> None:
    interpreter: Interpreter = desk.interpreter
    assert interpreter.understand([]) == []


def test_the_intent_is_rasas_and_the_rest_the_embedded_engines(desk: Desk) -> None:
    (found,) = desk.interpreter.understand(["我的订单到哪了"])
    assert found.intent == "delivery_delay"
    assert found.confidence == pytest.approx(PUBLISHED.probability(0.9), abs=1e-4)
    assert [guess.intent for guess in found.alternatives] == ["order_status"]
    assert found.confidence + sum(guess.probability for guess in found.alternatives) <= 1
    assert (found.text, found.language) == ("我的订单到哪了", "zh-Hans")


def test_signals_are_the_embedded_engines_whatever_rasa_says(desk: Desk) -> None:
    desk.rasa.rankings = {"你们太差劲了": [("order_status", 0.99)], "我要人工": [("order_status", 0.99)]}
    complaint, human, emergency, rejection = desk.interpreter.understand(
        ["你们太差劲了", "我要人工", "插座冒烟了", "不是这个"]
    )
    assert complaint.complaint.decision
    assert human.wants_human.decision
    assert emergency.urgency == "emergency"
    assert rejection.rejection


@pytest.mark.parametrize("first", ["_none", "nlu_fallback"])
def test_where_rasa_holds_none_to_be_likeliest_the_next_entry_is_named_without_confidence(
    desk: Desk, first: str
) -> None:
    desk.rasa.rankings = {"ok": [(first, 0.8), ("delivery_fee", 0.1), ("order_status", 0.05)]}
    (found,) = desk.interpreter.understand(["ok"])
    assert found.intent == "delivery_fee"
    assert found.confidence < 0.2


def test_confidence_is_the_calibrated_one_and_never_certain(desk: Desk) -> None:
    assert PUBLISHED.probability(0.2) < PUBLISHED.probability(0.5) < PUBLISHED.probability(0.9)
    desk.rasa.rankings = {"ok": [("delivery_fee", 1.0)]}
    (found,) = desk.interpreter.understand(["ok"])
    assert found.confidence <= 0.98


def test_before_a_model_is_published_the_embedded_engine_answers_alone(
    rasa: FakeRasa, client: RasaClient
) -> None:
    before = counted("untrained")
    embedded = ByHeart(BY_HEART)
    interpreter = RasaInterpreter(embedded, client)
    assert interpreter.understand(["运费多少"]) == embedded.understand(["运费多少"])
    assert rasa.parsed == []
    assert counted("untrained") == before + 1


def test_a_text_that_rasa_cannot_read_is_understood_by_the_embedded_engine(desk: Desk) -> None:
    before = counted("error")
    desk.rasa.refused = {"运费多少"}
    fee, order = desk.interpreter.understand(["运费多少", "我的订单到哪了"])
    assert fee == ByHeart(BY_HEART).understand(["运费多少"])[0]
    assert order.intent == "delivery_delay"
    assert counted("error") == before + 1
    assert desk.interpreter.circuit is Circuit.CLOSED


def test_while_another_knowledge_base_is_served_the_embedded_engine_answers(desk: Desk) -> None:
    desk.rasa.rankings = {"运费多少": [("entry_of_tomorrow", 0.6), ("order_status", 0.3)]}
    assert desk.interpreter.understand(["运费多少"]) == ByHeart(BY_HEART).understand(["运费多少"])


def test_a_customer_cannot_name_the_intent(desk: Desk) -> None:
    desk.interpreter.understand(["/order_status"])
    assert desk.rasa.parsed == ["order_status"]


def test_what_has_no_words_is_not_sent(desk: Desk) -> None:
    before = counted("wordless")
    desk.interpreter.understand(["/", "[]"])
    assert desk.rasa.parsed == []
    assert counted("wordless") == before + 2


def test_a_slow_server_does_not_keep_customers_waiting(rasa: FakeRasa, client: RasaClient) -> None:
    before = counted("timeout")
    interpreter = RasaInterpreter(ByHeart(BY_HEART), client, timeout=0.1)
    interpreter.use(PUBLISHED)
    rasa.hold.clear()
    assert interpreter.understand(["运费多少"]) == ByHeart(BY_HEART).understand(["运费多少"])
    assert counted("timeout") == before + 1


def test_after_failures_in_a_row_the_server_is_not_asked_any_more(desk: Desk) -> None:
    desk.rasa.broken = True
    for _ in range(2):
        desk.interpreter.understand(["运费多少"])
    assert desk.interpreter.circuit is Circuit.OPEN
    asked = len(desk.rasa.paths)
    before = counted("resting")
    (found,) = desk.interpreter.understand(["运费多少"])
    assert found.intent == "delivery_fee"
    assert len(desk.rasa.paths) == asked
    assert counted("resting") == before + 1


def test_after_a_rest_one_try_beside_the_messages_brings_it_back(desk: Desk) -> None:
    desk.rasa.broken = True
    for _ in range(2):
        desk.interpreter.understand(["我的订单到哪了"])
    desk.rasa.broken = False
    desk.now += 5
    for _ in range(2):
        (found,) = desk.interpreter.understand(["我的订单到哪了"])
        assert found.intent == "order_status"  # nobody waits for the try
    assert len(desk.jobs) == 1
    desk.run_jobs()
    assert desk.interpreter.circuit is Circuit.CLOSED
    (found,) = desk.interpreter.understand(["我的订单到哪了"])
    assert found.intent == "delivery_delay"


@pytest.mark.parametrize("served", [None, "second.tar.gz"])
def test_a_server_without_the_right_model_is_left_alone(desk: Desk, served: str | None) -> None:
    desk.rasa.broken = True
    for _ in range(2):
        desk.interpreter.understand(["运费多少"])
    desk.rasa.broken, desk.rasa.model = False, served
    desk.now += 5
    desk.interpreter.understand(["运费多少"])
    desk.run_jobs()
    assert desk.interpreter.circuit is Circuit.OPEN
    assert desk.rasa.model == served  # to have it serve another is others' care


def test_a_try_that_fails_means_another_rest(desk: Desk) -> None:
    desk.rasa.broken = True
    for _ in range(2):
        desk.interpreter.understand(["运费多少"])
    desk.now += 5
    desk.interpreter.understand(["运费多少"])
    desk.run_jobs()
    assert desk.interpreter.circuit is Circuit.OPEN


def test_a_new_version_is_used_from_the_next_message_on(desk: Desk) -> None:
    desk.rasa.rankings = {"ok": [("new_entry", 0.9)]}
    assert desk.interpreter.understand(["ok"])[0].intent != "new_entry"
    desk.interpreter.use(Published.from_json(PUBLISHED.to_json().replace("delivery_fee", "new_entry")))
    assert desk.interpreter.understand(["ok"])[0].intent == "new_entry"
