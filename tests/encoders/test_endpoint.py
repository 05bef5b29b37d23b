"""An endpoint of the embeddings API: what it is sent, and what becomes of all it may answer."""

import json
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.backoff import Backoff
from core.errors import ConfigError
from nlu.encoders.cached import CachedEncoder
from nlu.encoders.embeddings_api import EmbeddingsApi
from nlu.encoders.port import EncoderUnavailable, unit_rows
from nlu.encoders.settings import Patience
from nlu.understanding import EngineUnavailable
from tests.encoders.conftest import MakeEndpoint
from tests.encoders.fake_endpoint import FakeEndpoint, Odd, explained, fake_endpoint, vector_of

SHORT = Patience(call=0.05, total=0.2)


def expected(*texts: str) -> np.ndarray:
    return unit_rows(np.array([vector_of(text) for text in texts]))


def test_a_call_is_as_the_reference_has_it(endpoint: FakeEndpoint, make_endpoint: MakeEndpoint) -> None:
    make_endpoint(dimensions=4).encode(["退款多久到账", "where is my order"])
    assert endpoint.paths == ["/v1/embeddings"]
    assert endpoint.headers[0]["Authorization"] == "Bearer sk-test"
    assert endpoint.headers[0]["Content-Type"] == "application/json"
    (request,) = endpoint.requests
    assert request == {"model": "tiny", "dimensions": 4, "input": ["退款多久到账", "where is my order"]}


def test_what_is_not_set_is_not_sent(endpoint: FakeEndpoint, make_endpoint: MakeEndpoint) -> None:
    make_endpoint(secret=None).encode(["a"])
    assert "Authorization" not in endpoint.headers[0]
    assert endpoint.requests[0].keys() == {"model", "input"}


def test_a_query_of_the_url_is_kept(endpoint: FakeEndpoint, make_endpoint: MakeEndpoint) -> None:
    make_endpoint(url=f"{endpoint.url}/?api-version=1").encode(["a"])
    assert endpoint.paths == ["/v1/embeddings?api-version=1"]


def test_rows_are_put_in_order_by_their_index(endpoint: FakeEndpoint, make_endpoint: MakeEndpoint) -> None:
    endpoint.shuffled = True
    assert np.allclose(make_endpoint().encode(["a", "b", "c"]), expected("a", "b", "c"), atol=1e-6)


def test_many_texts_go_in_several_calls(endpoint: FakeEndpoint, make_endpoint: MakeEndpoint) -> None:
    texts = [f"text {number}" for number in range(25)]
    assert np.allclose(make_endpoint(batch=10).encode(texts), expected(*texts), atol=1e-6)
    assert sorted(len(request["input"]) for request in endpoint.requests) == [5, 10, 10]


def test_long_texts_go_in_more_calls(endpoint: FakeEndpoint, make_endpoint: MakeEndpoint) -> None:
    make_endpoint(longest=15_000).encode([letter * 15_000 for letter in "abc"])
    assert sorted(len(request["input"]) for request in endpoint.requests) == [1, 2]


def test_a_text_is_cut_to_what_the_model_takes(endpoint: FakeEndpoint, make_endpoint: MakeEndpoint) -> None:
    make_endpoint(longest=10).encode(["x" * 500])
    assert endpoint.texts == ["x" * 10]


def test_calls_under_way_are_few(endpoint: FakeEndpoint, make_endpoint: MakeEndpoint) -> None:
    encoder = make_endpoint(batch=1)
    endpoint.hold.clear()
    with ThreadPoolExecutor(3) as pool:
        futures = [pool.submit(encoder.encode, [f"{part} {n}" for n in range(9)]) for part in range(3)]
        while endpoint.under_way < 4:
            time.sleep(0.01)
        endpoint.hold.set()
        for future in futures:
            future.result()
    assert endpoint.most_under_way == 4
    assert len(endpoint.requests) == 27


def test_a_text_is_sent_once_however_often_it_comes(
    endpoint: FakeEndpoint, make_endpoint: MakeEndpoint
) -> None:
    encoder = make_endpoint()
    assert np.array_equal(*encoder.encode(["a", "a"]))
    encoder.encode(["b", "a"])
    assert endpoint.texts == ["a", "b"]


def test_empty_texts_are_not_sent(endpoint: FakeEndpoint, make_endpoint: MakeEndpoint) -> None:
    make_endpoint().encode(["", "a", " "])
    assert endpoint.texts == ["a"]


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503])
def test_what_may_pass_is_tried_again(
    endpoint: FakeEndpoint, make_endpoint: MakeEndpoint, status: int
) -> None:
    endpoint.odd.extend([explained(status, "busy"), Odd(status, "<html>")])
    assert np.allclose(make_endpoint().encode(["a"]), expected("a"), atol=1e-6)
    assert len(endpoint.requests) == 3


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (
            explained(401, "Incorrect API key"),
            "the key was refused .*Incorrect API key.* Check EMBEDDINGS_KEY",
        ),
        (explained(403, "Not yours"), "the key was refused .*Check EMBEDDINGS_KEY"),
        (explained(404, "The model does not exist"), "no such address or model .*nlu.encoder.model"),
        (explained(400, "too many inputs"), "refuses with status 400 .too many inputs.*batch"),
        (Odd(422, {"detail": [{"input": "a"}]}), r"refuses with status 422 \(without explanation\)"),
        (Odd(302, "", {"Location": "http://127.0.0.1:1/"}), "302 is no answer .*nlu.encoder.url"),
        (Odd(200, "<html>hello</html>"), "not one of the embeddings API"),
        (Odd(200, {"data": "none"}), "not one of the embeddings API"),
        (Odd(200, {"data": [{"index": 0}]}), "not one of the embeddings API"),
        (Odd(200, [1]), "not one of the embeddings API"),
        (Odd(200, {"data": [{"embedding": "AAAA", "index": 0}]}), "not one of the embeddings API"),
        (Odd(200, {"data": []}), "sent 1 texts"),
        (Odd(200, {"data": [{"embedding": [1.0], "index": n} for n in (0, 1)]}), "sent 1 texts"),
        (Odd(200, {"data": [{"embedding": [1.0], "index": 7}]}), "sent 1 texts"),
        (Odd(200, {"data": [{"embedding": [0.0, 0.0], "index": 0}]}), "vectors that are none"),
        (Odd(200, {"data": [{"embedding": [None, 1.0], "index": 0}]}), "vectors that are none"),
        (Odd(200, {"data": [{"embedding": 1.0, "index": 0}]}), "vectors that are none"),
        (Odd(200, '{"data": [{"embedding": [NaN, 1.0], "index": 0}]}'), "not one of the embeddings API"),
    ],
    ids=lambda value: (json.dumps(value.body)[:40] + f" {value.status}") if isinstance(value, Odd) else "",
)
def test_what_does_not_pass_is_told_at_once_and_how_to_mend_it(
    endpoint: FakeEndpoint, make_endpoint: MakeEndpoint, answer: Odd, told: str
) -> None:
    endpoint.always = answer
    with pytest.raises(EncoderUnavailable, match=told) as caught:
        make_endpoint().encode(["a"])
    assert caught.value.status == answer.status
    assert caught.value.where == endpoint.url
    assert isinstance(caught.value, EngineUnavailable)
    assert len(endpoint.requests) == 1


def test_without_a_key_the_mend_is_to_set_one(endpoint: FakeEndpoint, make_endpoint: MakeEndpoint) -> None:
    endpoint.always = explained(401, "Missing bearer")
    with pytest.raises(EncoderUnavailable, match=r"wants a key .*Set EMBEDDINGS_KEY"):
        make_endpoint(secret=None).encode(["a"])


@pytest.mark.parametrize("status", [401, 500])
def test_neither_the_key_nor_customers_words_are_in_an_error(
    endpoint: FakeEndpoint, make_endpoint: MakeEndpoint, status: int
) -> None:
    endpoint.always = explained(status, "cannot take: my address is 5 Elm Street")
    with pytest.raises(EncoderUnavailable) as caught:
        make_endpoint(patience=SHORT).encode(["my address is 5 Elm Street"])
    assert "Elm" not in str(caught.value)
    assert "sk-test" not in str(caught.value)


def test_what_does_not_end_is_given_up(endpoint: FakeEndpoint, make_endpoint: MakeEndpoint) -> None:
    endpoint.always = explained(503, "overloaded")
    with pytest.raises(EncoderUnavailable, match=r"fails with status 503 \(overloaded") as caught:
        make_endpoint(patience=Patience(call=10, total=1)).encode(["a"])
    assert caught.value.status == 503
    assert len(endpoint.requests) > 1


@pytest.mark.parametrize(
    "after",
    ["3600", format_datetime(datetime(2026, 1, 1, 1, tzinfo=UTC), usegmt=True), "Thu, 01 Jan 2026 01:00:00"],
)
def test_a_wait_that_is_asked_for_and_too_long_is_not_begun(endpoint: FakeEndpoint, after: str) -> None:
    endpoint.always = explained(429, "slow down", Retry_After=after)
    api = EmbeddingsApi(endpoint.url, model="tiny", clock=lambda: datetime(2026, 1, 1, tzinfo=UTC))
    with pytest.raises(EncoderUnavailable, match="too many requests") as caught:
        api.embed(["a"], timeout=20, until=time.monotonic() + 60)
    api.close()
    assert caught.value.retry_after == 3600
    assert len(endpoint.requests) == 1


@pytest.mark.parametrize("after", ["0", "0.02", "whenever", "Thu, 01 Jan 1970 00:00:00 GMT"])
def test_a_short_wait_that_is_asked_for_is_kept(
    endpoint: FakeEndpoint, make_endpoint: MakeEndpoint, after: str
) -> None:
    endpoint.odd.append(explained(429, "slow down", Retry_After=after))
    make_endpoint().encode(["a"])
    assert len(endpoint.requests) == 2


def test_a_slow_endpoint_is_not_waited_for(endpoint: FakeEndpoint, make_endpoint: MakeEndpoint) -> None:
    endpoint.hold.clear()
    with pytest.raises(EncoderUnavailable, match="within 0"):
        make_endpoint(patience=SHORT).encode(["a"])


def test_an_answer_that_drips_is_not_waited_for(endpoint: FakeEndpoint, make_endpoint: MakeEndpoint) -> None:
    endpoint.drips = True
    with pytest.raises(EncoderUnavailable, match="within 0"):
        make_endpoint(patience=SHORT).encode(["a"])


def test_more_than_can_be_done_in_time_is_told(endpoint: FakeEndpoint, make_endpoint: MakeEndpoint) -> None:
    endpoint.hold.clear()
    encoder = make_endpoint(batch=1, patience=Patience(call=20, total=0.1))
    with pytest.raises(EncoderUnavailable, match=r"within 0|no time left"):
        encoder.encode([f"text {number}" for number in range(12)])


def test_what_came_before_a_failure_is_not_asked_again(
    endpoint: FakeEndpoint, make_endpoint: MakeEndpoint
) -> None:
    encoder = make_endpoint(batch=2)
    encoder.encode(["a", "b"])
    endpoint.always = explained(401, "stop")
    with pytest.raises(EncoderUnavailable):
        encoder.encode(["a", "b", "c"])
    endpoint.always = None
    encoder.encode(["a", "b", "c"])
    assert endpoint.texts == ["a", "b", "c", "c"]


def test_an_endpoint_that_dies_and_returns_is_used_again(make_endpoint: MakeEndpoint) -> None:
    with fake_endpoint() as first:
        encoder = make_endpoint(url=first.url, patience=Patience(call=5, total=0.3))
        encoder.encode(["a"])
    with pytest.raises(EncoderUnavailable, match="cannot be reached"):
        encoder.encode(["b"])
    encoder.encode(["a"])  # it is remembered
    with fake_endpoint(port=int(first.url.split(":")[2].split("/")[0])) as second:
        assert np.allclose(encoder.encode(["b"]), expected("b"), atol=1e-6)
        assert second.texts == ["b"]


def test_a_connection_that_was_closed_meanwhile_is_made_anew(make_endpoint: MakeEndpoint) -> None:
    with fake_endpoint() as first:
        encoder = make_endpoint(url=first.url)
        encoder.encode(["a"])
    with fake_endpoint(port=int(first.url.split(":")[2].split("/")[0])):
        assert np.allclose(encoder.encode(["b"]), expected("b"), atol=1e-6)


def test_dimensions_are_the_models_when_not_set(endpoint: FakeEndpoint, make_endpoint: MakeEndpoint) -> None:
    endpoint.size = 5
    assert make_endpoint().dimensions == 5
    assert make_endpoint(dimensions=3).dimensions == 3
    assert len(endpoint.requests) == 1


@pytest.mark.parametrize("dimensions", [None, 8])
def test_vectors_of_another_length_are_refused(
    endpoint: FakeEndpoint, make_endpoint: MakeEndpoint, dimensions: int | None
) -> None:
    encoder = make_endpoint(dimensions=dimensions)
    encoder.encode(["a"])
    endpoint.always = Odd(200, {"data": [{"index": 0, "embedding": [1.0, 2.0]}]})
    with pytest.raises(EncoderUnavailable, match="vectors of 2 numbers, not 8"):
        encoder.encode(["b"])


def test_the_key_says_which_vectors_they_are(make_endpoint: MakeEndpoint) -> None:
    changes: list[dict[str, Any]] = [
        {},
        {"model": "other"},
        {"dimensions": 4},
        {"longest": 10},
        {"url": "http://127.0.0.1:9/v1"},
    ]
    assert len({make_endpoint(**change).key for change in changes}) == len(changes)
    assert make_endpoint().key == make_endpoint(secret="sk-new", batch=3).key


@pytest.mark.parametrize("url", ["", "api.openai.com/v1", "ftp://host/v1", "http://", "http://[::1"])
def test_an_address_that_cannot_be_one_is_a_config_error(make_endpoint: MakeEndpoint, url: str) -> None:
    with pytest.raises(ConfigError, match=r"nlu\.encoder\.url"):
        make_endpoint(url=url)


@pytest.mark.parametrize("secret", ["sk-…", "sk 1", "sk\n1"])
def test_a_key_that_cannot_be_one_is_a_config_error(make_endpoint: MakeEndpoint, secret: str) -> None:
    with pytest.raises(ConfigError, match="EMBEDDINGS_KEY"):
        make_endpoint(secret=secret)


def test_the_check_sends_the_longest_text(endpoint: FakeEndpoint, make_endpoint: MakeEndpoint) -> None:
    encoder = make_endpoint(longest=30)
    encoder.check()
    encoder.check()  # never from memory
    assert [len(text) for text in endpoint.texts] == [2, 30, 2, 30]
    endpoint.always = explained(413, "the input has more than 20 tokens")
    with pytest.raises(EncoderUnavailable, match=r"more than 20 tokens.*longest"):
        encoder.check()


def test_stopping_ends_a_wait(endpoint: FakeEndpoint) -> None:
    api = EmbeddingsApi(endpoint.url, model="tiny", backoff=Backoff(first=1000, longest=1000))
    endpoint.always = explained(503, "overloaded")
    with ThreadPoolExecutor(1) as pool:
        future = pool.submit(api.embed, ["a"], timeout=20, until=time.monotonic() + 10_000)
        while not endpoint.requests:
            time.sleep(0.01)
        api.stop()
        with pytest.raises(EncoderUnavailable, match="503"):
            future.result()
    api.close()


def test_training_again_sends_only_what_is_new_even_after_a_restart(
    endpoint: FakeEndpoint, make_endpoint: MakeEndpoint, tmp_path: Path
) -> None:
    CachedEncoder(make_endpoint(), tmp_path / "vectors.db").encode(["a", "b"])
    vectors = CachedEncoder(make_endpoint(), tmp_path / "vectors.db").encode(["b", "c"])
    assert endpoint.texts == ["a", "b", "c"]
    assert np.allclose(vectors, expected("b", "c"), atol=2e-3)


def test_what_is_remembered_needs_no_endpoint(make_endpoint: MakeEndpoint, tmp_path: Path) -> None:
    with fake_endpoint() as server:
        encoder = make_endpoint(url=server.url)
        CachedEncoder(encoder, tmp_path / "vectors.db").encode(["a"])
    again = make_endpoint(url=server.url, patience=SHORT)
    assert CachedEncoder(again, tmp_path / "vectors.db").encode(["a"]).shape == (1, 8)
