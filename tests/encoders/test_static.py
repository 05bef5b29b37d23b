"""Models of model2vec: from a folder, from the Hugging Face cache, and from a hub only when that is asked for."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest

from core.errors import ConfigError
from nlu.encoders.make import make_encoder
from nlu.encoders.settings import EncoderSettings, Kind
from tests.encoders.models import SIZE, hub_folder, write_static

pytest.importorskip("model2vec", reason="the extra model2vec is not installed")

NAME = "shouwen-tests/tiny"


def settings(model: Path | str, *, dimensions: int | None = None) -> EncoderSettings:
    return EncoderSettings(kind=Kind.MODEL2VEC, model=str(model), dimensions=dimensions)


def test_a_text_is_the_mean_of_its_words(tmp_path: Path, cache: Path) -> None:
    encoder = make_encoder(settings(write_static(tmp_path / "model")), cache)
    assert encoder.dimensions == SIZE
    both, order, refund, swapped = encoder.encode(["order refund", "order", "refund", "refund order"])
    assert both @ order > order @ refund
    assert np.allclose(both, swapped, atol=1e-6)


def test_fewer_dimensions_can_be_kept(tmp_path: Path, cache: Path) -> None:
    folder = write_static(tmp_path / "model")
    encoder = make_encoder(settings(folder, dimensions=3), cache)
    assert encoder.encode(["order"]).shape == (1, encoder.dimensions) == (1, 3)
    assert encoder.key != make_encoder(settings(folder), cache).key
    with pytest.raises(ConfigError, match="the model has 8, not 9"):
        make_encoder(settings(folder, dimensions=9), cache)


def test_the_key_is_of_the_contents_wherever_they_are(tmp_path: Path, cache: Path) -> None:
    folders = [write_static(tmp_path / name, seed=seed) for name, seed in (("a", 0), ("b", 0), ("c", 1))]
    here, there, other = (make_encoder(settings(folder), cache).key for folder in folders)
    assert here == there != other


@pytest.mark.parametrize("gone", ["model.safetensors", "tokenizer.json"])
def test_a_folder_without_a_model_is_told(tmp_path: Path, cache: Path, gone: str) -> None:
    folder = write_static(tmp_path / "model")
    (folder / gone).unlink()
    with pytest.raises(ConfigError, match="is not a model2vec model"):
        make_encoder(settings(folder), cache)


def test_a_damaged_model_is_told(tmp_path: Path, cache: Path) -> None:
    folder = write_static(tmp_path / "model")
    (folder / "model.safetensors").write_bytes(b"no model")
    with pytest.raises(ConfigError, match="is not a model2vec model"):
        make_encoder(settings(folder), cache)


@pytest.mark.parametrize("path", ["./nowhere", "/nowhere/at/all", "~/nowhere", "models/of/ours"])
def test_a_path_to_nothing_is_told(cache: Path, path: str) -> None:
    with pytest.raises(ConfigError, match="there is no folder"):
        make_encoder(settings(path), cache)


@dataclass
class Hub:
    """Stands in for the Hugging Face hub: counts who asks, and has nothing."""

    url: str = ""
    asked: list[str] = field(default_factory=list)


@pytest.fixture
def hub() -> Iterator[Hub]:
    hub = Hub()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            hub.asked.append(self.path)
            self.send_error(404)

        do_HEAD = do_POST = do_GET

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    hub.url = f"http://127.0.0.1:{server.server_port}"
    yield hub
    server.shutdown()
    thread.join()
    server.server_close()


def load(hub: Hub, home: Path, *, download: bool) -> str:
    """In a process of its own, whose hub and cache are these; what it says."""
    code = (
        "from pathlib import Path; from core.errors import ConfigError\n"
        "from nlu.encoders.make import make_encoder\n"
        "from nlu.encoders.settings import EncoderSettings, Kind\n"
        f"settings = EncoderSettings(kind=Kind.MODEL2VEC, model={NAME!r}, download={download})\n"
        "try: print(make_encoder(settings, Path('unused')).encode(['order']).shape)\n"
        "except ConfigError as error: print(error)"
    )
    environment = {
        **os.environ,
        "HF_ENDPOINT": hub.url,
        "HF_HOME": str(home),
        "HF_HUB_DISABLE_TELEMETRY": "1",
    }
    environment.pop("HF_HUB_OFFLINE", None)
    done = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True, env=environment
    )
    return done.stdout.strip()


def test_a_name_is_found_in_the_cache_without_asking_the_hub(hub: Hub, tmp_path: Path) -> None:
    write_static(hub_folder(tmp_path / "hub", NAME))
    assert load(hub, tmp_path, download=False) == f"(1, {SIZE})"
    assert hub.asked == []


def test_a_name_that_is_not_in_the_cache_is_not_downloaded_unasked(hub: Hub, tmp_path: Path) -> None:
    said = load(hub, tmp_path, download=False)
    assert f"{NAME} is not on this machine" in said
    assert f"hf download {NAME}" in said
    assert "nlu.encoder.download: true" in said
    assert hub.asked == []


def test_with_the_operators_word_the_hub_is_asked_and_its_no_is_told(hub: Hub, tmp_path: Path) -> None:
    said = load(hub, tmp_path, download=True)
    assert f"{NAME} could not be fetched" in said
    assert any(NAME in path for path in hub.asked)
