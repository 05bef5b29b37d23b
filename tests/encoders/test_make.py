"""Which encoder the settings make, and what that takes."""

import subprocess
import sys
from pathlib import Path

import pytest

from nlu.encoders.endpoint import EndpointEncoder
from nlu.encoders.make import make_encoder
from nlu.encoders.settings import EncoderSettings, Kind
from nlu.encoders.universal import DIMENSIONS, ENCODER, UniversalEncoder

ROOT = Path(__file__).parents[2]


def test_unless_set_it_is_the_one_that_is_installed_with_us(cache: Path) -> None:
    encoder = make_encoder(EncoderSettings(), cache)
    assert isinstance(encoder, UniversalEncoder)
    assert (encoder.key, encoder.dimensions) == (ENCODER, DIMENSIONS)


def test_an_endpoint_is_not_called_before_it_is_needed(cache: Path) -> None:
    settings = EncoderSettings(kind=Kind.ENDPOINT, url="http://127.0.0.1:9/v1", model="m", dimensions=4)
    encoder = make_encoder(settings, cache)
    assert isinstance(encoder, EndpointEncoder)
    assert encoder.dimensions == 4
    encoder.close()


def test_the_key_is_not_shown() -> None:
    assert "sk-secret" not in repr(EncoderSettings(secret="sk-secret"))


def test_what_is_not_configured_is_not_imported(cache: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from nlu.encoders.make import make_encoder; "
        "from nlu.encoders.settings import EncoderSettings; "
        f"make_encoder(EncoderSettings(), Path({str(cache)!r})); "
        "assert not {'httpx', 'model2vec', 'fastembed', 'onnxruntime', 'tokenizers'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)


@pytest.mark.parametrize(
    ("kind", "package"), [("model2vec", "model2vec"), ("fastembed", "fastembed"), ("endpoint", "httpx")]
)
def test_a_missing_extra_says_how_to_install_it(kind: str, package: str) -> None:
    code = (
        f"import sys; sys.modules[{package!r}] = None\n"  # as if it were not installed
        "from pathlib import Path; from core.errors import ConfigError\n"
        "from nlu.encoders.make import make_encoder; from nlu.encoders.settings import EncoderSettings, Kind\n"
        f"settings = EncoderSettings(kind=Kind({kind!r}), model='m', url='http://127.0.0.1:9')\n"
        "try: make_encoder(settings, Path('unused'))\n"
        "except ConfigError as error: print(error)"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, cwd=ROOT)
    assert f"Run: pip install 'shouwen[{kind}]'" in done.stdout
