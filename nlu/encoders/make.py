"""The encoder that the settings name. What only one kind needs is imported when that kind is configured."""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from core.errors import ConfigError
from nlu.encoders.port import Encoder
from nlu.encoders.settings import FOR_MESSAGES, EncoderSettings, Kind, Patience
from nlu.encoders.universal import UniversalEncoder
from nlu.encoders.universal_files import build_encoder

if TYPE_CHECKING:
    from nlu.encoders.endpoint import EndpointEncoder

VECTORS = "vectors.db"  # what training remembers, in the cache folder: see `CachedEncoder`


def make_encoder(
    settings: EncoderSettings, cache_folder: Path, *, patience: Patience = FOR_MESSAGES
) -> Encoder:
    """Ready to encode; an endpoint is not called yet.

    Raises `ConfigError` when a model or what it needs is missing: nothing is downloaded unless the settings
    say so.
    """
    match settings.kind:
        case Kind.UNIVERSAL:
            return UniversalEncoder.load(build_encoder(cache_folder))
        case Kind.MODEL2VEC:
            with _extra("model2vec"):
                from nlu.encoders.static import load_static  # noqa: PLC0415
            return load_static(settings.model, dimensions=settings.dimensions, download=settings.download)
        case Kind.FASTEMBED:
            with _extra("fastembed"):
                from nlu.encoders.onnx import load_fastembed  # noqa: PLC0415
            return load_fastembed(
                settings.model,
                cache_folder / "fastembed",
                dimensions=settings.dimensions,
                download=settings.download,
            )
        case Kind.ENDPOINT:
            return make_endpoint(settings, patience=patience)


def make_endpoint(settings: EncoderSettings, *, patience: Patience = FOR_MESSAGES) -> "EndpointEncoder":
    """The endpoint, for who also checks and closes it. Raises `ConfigError`."""
    with _extra("endpoint"):
        from nlu.encoders.endpoint import EndpointEncoder  # noqa: PLC0415
    return EndpointEncoder(settings, patience=patience)


@contextlib.contextmanager
def _extra(name: str) -> Iterator[None]:
    """Import what only an extra installs. Raises `ConfigError` when the extra is missing."""
    try:
        yield
    except ModuleNotFoundError as error:
        problem = f"{name} is chosen, but {error.name} is not installed"
        raise ConfigError("nlu.encoder.kind", problem, f"Run: pip install 'shouwen[{name}]'") from error
