"""What every training needs beside the texts, made once and kept in the cache folder."""

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

from nlu.embedded.model import MODEL_VERSION, DamagedModel, SignalsModel, signals_from_bytes, signals_to_bytes
from nlu.embedded.pinyin import load_syllables
from nlu.embedded.signal_training import train_signals
from nlu.embedded.training import Knobs
from nlu.encoders.cached import CachedEncoder
from nlu.encoders.make import VECTORS, make_encoder
from nlu.encoders.port import Encoder
from nlu.encoders.settings import FOR_TRAINING, EncoderSettings, Kind
from nlu.encoders.universal_files import common_words
from nlu.knowledge.documents import load_knowledge
from nlu.signals import examples_digest, load_examples, load_unrelated

SAMPLE = Path(__file__).parents[1] / "sample_kb"  # its phrasings serve as examples of ordinary questions


@dataclass(frozen=True)
class Resources:
    """An encoder that remembers, the signals' classifiers, and the knobs."""

    encoder: Encoder
    signals: SignalsModel
    knobs: Knobs


def gather(settings: EncoderSettings, cache: Path, *, precision: float) -> Resources:
    """From the cache, or made. Raises `ConfigError`, `EncoderUnavailable`."""
    cache.mkdir(parents=True, exist_ok=True)
    made = make_encoder(settings, cache, patience=FOR_TRAINING)
    encoder = CachedEncoder(made, cache / VECTORS)
    knobs = Knobs(precision=precision, syllables=load_syllables(cache), common=common_words(cache))
    # What signals are learned from is encoded once: of all encoders only an endpoint is so slow that it pays to keep it.
    signals = ensure_signals(cache, encoder if settings.kind is Kind.ENDPOINT else made)
    return Resources(encoder, signals, knobs)


def ensure_signals(cache: Path, encoder: Encoder) -> SignalsModel:
    """The signals' classifiers for this encoder; trained when they are not in the cache."""
    path = (
        cache / f"signals-{MODEL_VERSION}-{encoder.key.replace('/', '_')}-{examples_digest().hex()[:16]}.npz"
    )
    try:
        return signals_from_bytes(path.read_bytes())
    except (FileNotFoundError, DamagedModel):
        signals = train_signals(load_examples(), ordinary_texts(), encoder)
    with tempfile.NamedTemporaryFile(dir=cache, delete=False) as file:
        file.write(signals_to_bytes(signals))
    os.replace(file.name, path)
    return signals


def ordinary_texts() -> list[str]:
    """Messages that most likely carry no signal."""
    phrasings = [
        text
        for entry in load_knowledge(SAMPLE).entries.values()
        for texts in entry.phrasings.values()
        for text in texts
    ]
    return phrasings + load_unrelated()
