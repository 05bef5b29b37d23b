"""ONNX models by fastembed: from a folder, and by a name that fastembed knows from its cache."""

import json
from pathlib import Path

import numpy as np
import pytest

from core.errors import ConfigError
from nlu.encoders.make import make_encoder
from nlu.encoders.settings import EncoderSettings, Kind
from tests.encoders.models import SIZE, hub_folder, write_onnx

pytest.importorskip("fastembed", reason="the extra fastembed is not installed")
pytest.importorskip("onnx", reason="onnx is not installed")

KNOWN = "BAAI/bge-small-zh-v1.5"


def settings(model: Path | str, *, dimensions: int | None = None) -> EncoderSettings:
    return EncoderSettings(kind=Kind.FASTEMBED, model=str(model), dimensions=dimensions)


def test_a_text_is_the_mean_of_its_words_without_padding(tmp_path: Path, cache: Path) -> None:
    encoder = make_encoder(settings(write_onnx(tmp_path / "model")), cache)
    assert encoder.dimensions == SIZE
    both, order, refund, _ = encoder.encode(["order refund", "order", "refund", "is " * 20])
    assert both @ order > order @ refund
    assert np.allclose(both, encoder.encode(["refund order"])[0], atol=1e-6)


def test_pooling_is_as_the_model_notes_it(tmp_path: Path, cache: Path) -> None:
    folder = write_onnx(tmp_path / "model")
    mean = make_encoder(settings(folder), cache)
    (folder / "1_Pooling").mkdir()
    notes = {"pooling_mode_cls_token": True, "pooling_mode_mean_tokens": False}
    (folder / "1_Pooling" / "config.json").write_text(json.dumps(notes), encoding="utf-8")
    first = make_encoder(settings(folder), cache)
    assert np.allclose(first.encode(["order refund"]), first.encode(["order"]), atol=1e-6)
    assert not np.allclose(mean.encode(["order refund"]), mean.encode(["order"]), atol=0.01)
    assert first.key != mean.key


@pytest.mark.parametrize(
    "file", ["model.onnx", "onnx/model.onnx", "onnx/model_quantized.onnx", "own_name.onnx"]
)
def test_the_model_is_found_where_exporters_put_it(tmp_path: Path, cache: Path, file: str) -> None:
    encoder = make_encoder(settings(write_onnx(tmp_path / "model", file=file)), cache)
    assert encoder.encode(["order"]).shape == (1, SIZE)


def test_fewer_dimensions_can_be_kept(tmp_path: Path, cache: Path) -> None:
    folder = write_onnx(tmp_path / "model")
    encoder = make_encoder(settings(folder, dimensions=3), cache)
    assert encoder.encode(["order"]).shape == (1, encoder.dimensions) == (1, 3)
    assert encoder.key != make_encoder(settings(folder), cache).key
    with pytest.raises(ConfigError, match="the model has 8, not 9"):
        make_encoder(settings(folder, dimensions=9), cache)


def test_the_key_is_of_the_contents_wherever_they_are(tmp_path: Path, cache: Path) -> None:
    folders = [write_onnx(tmp_path / name, seed=seed) for name, seed in (("a", 0), ("b", 0), ("c", 1))]
    here, there, other = (make_encoder(settings(folder), cache).key for folder in folders)
    assert here == there != other


def test_many_texts_keep_their_order(tmp_path: Path, cache: Path) -> None:
    encoder = make_encoder(settings(write_onnx(tmp_path / "model")), cache)
    texts = ["order " * (1 + number % 7) + ("refund" if number % 2 else "款") for number in range(150)]
    together = encoder.encode(texts)
    for row in (0, 1, 76, 149):
        assert np.allclose(together[row], encoder.encode([texts[row]])[0], atol=1e-5)


@pytest.mark.parametrize("gone", ["tokenizer.json", "tokenizer_config.json", "model.onnx"])
def test_what_a_folder_lacks_is_told(tmp_path: Path, cache: Path, gone: str) -> None:
    folder = write_onnx(tmp_path / "model")
    (folder / gone).unlink()
    with pytest.raises(ConfigError, match=r"nlu\.encoder\.model.*(cannot be used|no ONNX models)"):
        make_encoder(settings(folder), cache)


def test_a_damaged_model_is_told(tmp_path: Path, cache: Path) -> None:
    folder = write_onnx(tmp_path / "model")
    (folder / "model.onnx").write_bytes(b"no model")
    with pytest.raises(ConfigError, match="cannot be used"):
        make_encoder(settings(folder), cache)


def test_which_of_several_models_is_meant_is_asked(tmp_path: Path, cache: Path) -> None:
    folder = write_onnx(tmp_path / "model", file="a.onnx")
    write_onnx(folder, file="b.onnx")
    with pytest.raises(ConfigError, match="2 ONNX models"):
        make_encoder(settings(folder), cache)


def test_a_known_name_is_found_in_the_cache(cache: Path) -> None:
    write_onnx(hub_folder(cache / "fastembed", "Qdrant/bge-small-zh-v1.5"), file="model_optimized.onnx")
    encoder = make_encoder(settings(KNOWN), cache)
    assert encoder.encode(["order"]).shape == (1, SIZE)


def test_a_known_name_that_is_not_in_the_cache_is_not_downloaded_unasked(cache: Path) -> None:
    with pytest.raises(ConfigError, match=r"is not on this machine.*cache_dir=.*download: true"):
        make_encoder(settings(KNOWN), cache)


def test_an_unknown_name_is_told(cache: Path) -> None:
    with pytest.raises(ConfigError, match="neither a folder nor a model that fastembed knows"):
        make_encoder(settings("shouwen-tests/tiny"), cache)
