"""Static vectors: any model2vec model, from a folder or from the local Hugging Face cache.

Importing this module needs the extra model2vec.
"""

import threading
from collections.abc import Sequence
from pathlib import Path

import huggingface_hub
import huggingface_hub.errors
import numpy as np
from model2vec import StaticModel

from core.errors import ConfigError
from nlu.encoders.local_models import MODEL, check_dimensions, find_folder, key_of, missing
from nlu.encoders.port import Floats, unit_rows

# What model2vec reads, of its own models and of sentence-transformers' static ones.
_FILES = ["*.safetensors", "tokenizer.json", "config.json", "config_sentence_transformers.json"]
_FILES += [f"0_StaticEmbedding/{name}" for name in ("model.safetensors", "tokenizer.json")]


class StaticEncoder:
    """Implements the `Encoder` port: a text's vector is the mean of its words'. Microseconds a text."""

    def __init__(self, folder: Path, *, dimensions: int | None = None) -> None:
        try:
            # A folder that exists is never looked for anywhere else.
            self._model = StaticModel.from_pretrained(folder, force_download=False)
        except Exception as error:  # safetensors, tokenizers and model2vec raise what they like
            problem = f"{folder} is not a model2vec model ({error})"
            raise ConfigError(MODEL, problem, "Name a folder with one, or fetch it again") from error
        self._dimensions = check_dimensions(dimensions, self._model.dim)
        files = [path for pattern in _FILES for path in folder.glob(pattern)]
        self._key = key_of("model2vec", files, self._dimensions)
        self._lock = threading.Lock()  # model2vec sets up its tokenizer for each call; two at once panic

    @property
    def key(self) -> str:
        """See the port."""
        return self._key

    @property
    def dimensions(self) -> int:
        """See the port."""
        return self._dimensions

    def encode(self, texts: Sequence[str]) -> Floats:
        """See the port."""
        if not texts:
            return np.empty((0, self._dimensions), np.float32)
        with self._lock:
            vectors = self._model.encode(list(texts), use_multiprocessing=False, normalize=False)
        return unit_rows(vectors[:, : self._dimensions])


def load_static(model: str, *, dimensions: int | None = None, download: bool = False) -> StaticEncoder:
    """A model by folder or by its name on Hugging Face. Without `download` nothing is fetched.

    Raises `ConfigError` when it is not here, or not a model.
    """
    return StaticEncoder(find_folder(model) or _cached(model, download=download), dimensions=dimensions)


def _cached(name: str, *, download: bool) -> Path:
    """The model's folder in the Hugging Face cache (`HF_HOME`)."""
    try:
        return Path(
            huggingface_hub.snapshot_download(name, allow_patterns=_FILES, local_files_only=not download)
        )
    except (huggingface_hub.errors.HfHubHTTPError, OSError, ValueError) as error:
        # A name that is not in the cache is all of these, depending on why it was not fetched.
        raise ConfigError(MODEL, *missing(name, f"hf download {name}", download, error)) from error
