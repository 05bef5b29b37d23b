"""What every encoder promises, whatever stands behind it."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from nlu.encoders.cached import CachedEncoder
from nlu.encoders.make import make_encoder
from nlu.encoders.port import Encoder
from nlu.encoders.settings import EncoderSettings, Kind
from nlu.encoders.universal import UniversalEncoder
from tests.encoders.conftest import MakeEndpoint
from tests.encoders.models import write_onnx, write_static

TEXTS = [
    "where is my order",
    "refund please",
    "退 款",
    "refund please",
    ".",
    "",
    "words that none of them knows",
    "款" * 400,
]
KINDS = ("universal", "model2vec", "fastembed", "endpoint", "cached")


@pytest.fixture(params=KINDS)
def again(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    cache: Path,
    universal: UniversalEncoder,
    make_endpoint: MakeEndpoint,
) -> Callable[[], Encoder]:
    """Makes the encoder anew, of the same model."""
    match request.param:
        case "model2vec":
            pytest.importorskip("model2vec", reason="the extra model2vec is not installed")
            folder = write_static(tmp_path / "static")
            return lambda: make_encoder(EncoderSettings(kind=Kind.MODEL2VEC, model=str(folder)), cache)
        case "fastembed":
            pytest.importorskip("fastembed", reason="the extra fastembed is not installed")
            pytest.importorskip("onnx", reason="onnx is not installed")
            folder = write_onnx(tmp_path / "onnx")
            return lambda: make_encoder(EncoderSettings(kind=Kind.FASTEMBED, model=str(folder)), cache)
        case "endpoint":
            return make_endpoint
        case "cached":
            return lambda: CachedEncoder(universal, tmp_path / "vectors.db")
        case _:
            return lambda: universal


def test_rows_are_unit_vectors_of_its_dimensions(again: Callable[[], Encoder]) -> None:
    encoder = again()
    vectors = encoder.encode(TEXTS)
    assert vectors.shape == (len(TEXTS), encoder.dimensions)
    assert vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-5)


def test_no_texts_are_no_rows(again: Callable[[], Encoder]) -> None:
    encoder = again()
    assert encoder.encode([]).shape == (0, encoder.dimensions)


def test_a_text_has_its_vector_in_any_company(again: Callable[[], Encoder]) -> None:
    encoder = again()
    together = encoder.encode(TEXTS)
    alone = np.concatenate([encoder.encode([text]) for text in TEXTS])
    backwards = encoder.encode(TEXTS[::-1])[::-1]
    assert np.allclose(together, alone, atol=2e-3)
    assert np.allclose(together, backwards, atol=2e-3)
    assert np.allclose(together[1], together[3], atol=1e-6)
    assert not np.allclose(together[0], together[1], atol=0.1)


def test_many_texts_keep_their_order(universal: UniversalEncoder) -> None:
    many = [f"订单 {number} 到哪了 order {number}" for number in range(1_500)]  # more than one thread takes
    few = np.concatenate([universal.encode(many[first : first + 50]) for first in range(0, len(many), 50)])
    assert np.allclose(universal.encode(many), few, atol=2e-3)


def test_made_anew_it_has_the_same_key_and_vectors(again: Callable[[], Encoder]) -> None:
    first, second = again(), again()
    assert first.key == second.key
    assert np.allclose(first.encode(TEXTS), second.encode(TEXTS), atol=1e-6)
