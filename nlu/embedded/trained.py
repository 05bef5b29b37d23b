"""Trained models: what they are made from, and how they are loaded."""

import hashlib
from pathlib import Path

import threadpoolctl

from nlu.embedded.interpreter import EmbeddedInterpreter
from nlu.embedded.model import MODEL_VERSION, from_bytes
from nlu.encoders.make import make_encoder
from nlu.encoders.settings import EncoderSettings
from nlu.encoders.universal_files import common_words
from nlu.signals import examples_digest


def recipe(encoder: EncoderSettings, *, target_precision: float) -> str:
    """Changes with everything but the knowledge base that a model is made from."""
    digest = hashlib.sha256(f"{MODEL_VERSION} {target_precision} {encoder.kind} {encoder.model}".encode())
    digest.update(f"{encoder.url} {encoder.dimensions}".encode())
    digest.update(examples_digest())
    return digest.hexdigest()[:16]


def load_interpreter(
    model: bytes, cache_folder: Path, *, encoder: EncoderSettings | None = None
) -> EmbeddedInterpreter:
    """The engine with a model that training made. Raises `DamagedModel`, `ConfigError`."""
    spare_threads()
    common = common_words(cache_folder)
    return EmbeddedInterpreter(
        from_bytes(model, common=common), make_encoder(encoder or EncoderSettings(), cache_folder)
    )


def spare_threads() -> None:
    """From now on this process multiplies matrices on one thread.

    For a message's matrices, which are small, waiting for other threads costs more than they save, many times
    more on a busy machine.
    """
    threadpoolctl.threadpool_limits(1, user_api="blas")
