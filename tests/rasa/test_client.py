"""The client, against a server that talks like Rasa."""

import socket
import threading

import pytest

from core.errors import ConfigError
from nlu.rasa.client import (
    Parsed,
    Ranked,
    RasaClient,
    RasaRefused,
    RasaTimeout,
    RasaUnreachable,
)
from nlu.rasa.project import Project
from tests.rasa.fake_server import FakeRasa
from tests.waiting import until


def test_a_batch_comes_back_in_its_order(client: RasaClient, rasa: FakeRasa) -> None:
    texts = [f"text {number}" for number in range(40)]
    rasa.rankings = {text: [(f"entry {text}", 0.8), ("other", 0.1)] for text in texts}
    assert client.parse(texts, timeout=20) == [
        Parsed((Ranked(f"entry {text}", 0.8), Ranked("other", 0.1))) for text in texts
    ]


def test_nothing_to_parse_is_nothing_to_ask(client: RasaClient, rasa: FakeRasa) -> None:
    assert client.parse([], timeout=20) == []
    assert rasa.parsed == []


def test_who_is_slow_is_given_up_when_the_time_for_the_batch_is_over(
    client: RasaClient, rasa: FakeRasa
) -> None:
    rasa.hold.clear()
    results = client.parse(["a"] * 30, timeout=0.1)
    assert len(results) == 30
    assert all(isinstance(result, RasaTimeout) for result in results)


def test_after_a_timeout_the_next_answer_is_the_right_one(client: RasaClient, rasa: FakeRasa) -> None:
    rasa.rankings = {"late": [("late", 0.9)], "now": [("now", 0.9)]}
    rasa.hold.clear()
    client.parse(["late"], timeout=0.1)
    rasa.hold.set()
    assert client.parse(["now"], timeout=20) == [Parsed((Ranked("now", 0.9),))]


def test_one_text_that_the_server_cannot_read_does_not_spoil_the_others(
    client: RasaClient, rasa: FakeRasa
) -> None:
    rasa.refused, rasa.rankings = {"bad"}, {"good": [("entry", 0.9)]}
    bad, good = client.parse(["bad", "good"], timeout=20)
    assert isinstance(bad, RasaRefused)
    assert (bad.status, bad.message) == (500, "An unexpected error occurred.")
    assert good == Parsed((Ranked("entry", 0.9),))


def test_a_page_instead_of_an_answer_is_a_refusal(client: RasaClient, rasa: FakeRasa) -> None:
    rasa.broken = True
    (result,) = client.parse(["a"], timeout=20)
    assert isinstance(result, RasaRefused)
    assert result.status == 502


def test_a_connection_that_the_server_closed_meanwhile_is_no_failure(
    client: RasaClient, rasa: FakeRasa
) -> None:
    rasa.close_after_answer = True
    for _ in range(3):
        (result,) = client.parse(["a"], timeout=20)
        assert isinstance(result, Parsed)
    assert rasa.parsed == ["a"] * 3


def test_nobody_there_is_told_as_such() -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))  # bound, but not listening: refused at once
        client = RasaClient(f"http://127.0.0.1:{nobody.getsockname()[1]}")
        (result,) = client.parse(["a"], timeout=20)
        assert isinstance(result, RasaUnreachable)
        with pytest.raises(RasaUnreachable):
            client.loaded_model()
        client.close()


def test_the_model_that_is_served_can_be_asked_and_swapped(client: RasaClient, rasa: FakeRasa) -> None:
    assert client.loaded_model() == "first.tar.gz"
    client.swap("second.tar.gz")
    assert client.loaded_model() == "second.tar.gz"
    with pytest.raises(RasaRefused, match="could not be loaded"):
        client.swap("third.tar.gz")
    assert client.loaded_model() == "second.tar.gz"
    rasa.model = None
    assert client.loaded_model() is None


@pytest.mark.parametrize(
    "url", ["", "localhost:5005", "ftp://rasa", "http://", "http://rasa:port", "http://[::1", "/rasa"]
)
def test_what_is_no_address_is_told_with_the_variable(url: str) -> None:
    with pytest.raises(ConfigError, match="RASA_URL"):
        RasaClient(url)


def test_a_token_in_the_address_goes_with_every_request(rasa: FakeRasa) -> None:
    client = RasaClient(f"{rasa.url}/?token=secret")
    client.loaded_model()
    client.parse(["a"], timeout=20)
    client.close()
    assert rasa.paths == ["/status?token=secret", "/model/parse?token=secret"]


def test_closing_it_ends_what_is_under_way(client: RasaClient, rasa: FakeRasa) -> None:
    rasa.train.clear()
    told: list[Exception] = []

    def train() -> None:
        try:
            client.train(Project(intents={"refund": ["money back"]}))
        except RasaUnreachable as error:
            told.append(error)

    thread = threading.Thread(target=train)
    thread.start()
    until(lambda: rasa.trainings)
    client.close()
    thread.join()
    assert len(told) == 1
    with pytest.raises(RasaUnreachable, match="closed"):
        client.loaded_model()
