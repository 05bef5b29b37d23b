"""Small transformers by fastembed and onnxruntime: a folder with an ONNX model, or a model that fastembed knows.

Importing this module needs the extra fastembed.
"""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from fastembed import TextEmbedding
from fastembed.common.model_description import ModelSource, PoolingType
from loguru import logger

from core.errors import ConfigError
from nlu.encoders.local_models import MODEL, check_dimensions, find_folder, key_of, missing
from nlu.encoders.port import Floats, unit_rows

_BATCH = 64
_THREADS = 2  # onnxruntime's workers spin while they wait: more would take the cores from other processes
_PROVIDERS = ["CPUExecutionProvider"]
_NAMES = ("model.onnx", "model_optimized.onnx", "model_quantized.onnx")  # what exporters call it
_PLACES = ("", "onnx")
_FILES = (".onnx", ".onnx_data", ".json")  # what decides about the vectors

logger.disable("fastembed")  # what it says, it also raises


class FastEmbedEncoder:
    """Implements the `Encoder` port: milliseconds a text."""

    def __init__(self, embedding: TextEmbedding, key: str, has: int, wanted: int | None) -> None:
        self._embedding = embedding
        self._key = key
        self._dimensions = check_dimensions(wanted, has)

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
        vectors = np.empty((len(texts), self._dimensions), np.float32)
        order = sorted(
            range(len(texts)), key=lambda row: len(texts[row])
        )  # a batch is as slow as its longest
        embedded = self._embedding.embed([texts[row] for row in order], batch_size=_BATCH)
        for row, vector in zip(order, embedded, strict=True):
            vectors[row] = vector[: self._dimensions]
        return unit_rows(vectors)


def load_fastembed(
    model: str, cache: Path, *, dimensions: int | None = None, download: bool = False
) -> FastEmbedEncoder:
    """A model by folder or by fastembed's name for it, which is then looked for in `cache`.

    Without `download` nothing is fetched. Raises `ConfigError` when it is not here, or not a model.
    """
    folder = find_folder(model)
    if folder is not None:
        return _from_folder(folder, cache, dimensions)
    if model.lower() not in _known_models():
        mend = (
            "Name a folder with its ONNX files, or a model that TextEmbedding.list_supported_models() lists"
        )
        raise ConfigError(MODEL, f"{model} is neither a folder nor a model that fastembed knows", mend)
    try:
        embedding = TextEmbedding(
            model,
            cache_dir=str(cache),
            threads=_THREADS,
            providers=_PROVIDERS,
            local_files_only=not download,
        )
        probe = _probe(embedding)
    except Exception as error:  # fastembed, onnxruntime and tokenizers raise what they like
        command = (
            f"""python -c "from fastembed import TextEmbedding as T; T('{model}', cache_dir='{cache}')\""""
        )
        raise ConfigError(MODEL, *missing(model, command, download, error)) from error
    # Its files are fastembed's affair; by name and version it knows which they are.
    return FastEmbedEncoder(embedding, key_of("fastembed", (), model.lower(), dimensions), probe, dimensions)


def _from_folder(folder: Path, cache: Path, dimensions: int | None) -> FastEmbedEncoder:
    file = _model_file(folder)
    try:
        pooling = _pooling(folder)
        name = f"{folder.resolve()}:{file}:{pooling.value}"
        if name.lower() not in _known_models():
            TextEmbedding.add_custom_model(
                name,
                pooling=pooling,
                normalization=False,
                sources=ModelSource(hf=name),  # never asked: the folder is given
                dim=1,  # not looked at either
                model_file=file,
            )
        embedding = TextEmbedding(
            name,
            cache_dir=str(cache),
            threads=_THREADS,
            providers=_PROVIDERS,
            local_files_only=True,
            specific_model_path=str(folder),
        )
        probe = _probe(embedding)
    except Exception as error:
        mend = "It needs an ONNX model, tokenizer.json and tokenizer_config.json, as optimum-cli exports them"
        raise ConfigError(MODEL, f"{folder} cannot be used ({error})", mend) from error
    files = [path for path in folder.rglob("*") if path.suffix in _FILES]
    key = key_of("fastembed", files, file, pooling.value, dimensions)
    return FastEmbedEncoder(embedding, key, probe, dimensions)


def _known_models() -> set[str]:
    return {each["model"].lower() for each in TextEmbedding.list_supported_models()}


def _probe(embedding: TextEmbedding) -> int:
    """The length of its vectors; shows at the start whether it works at all."""
    (vector,) = embedding.embed(["."])
    return len(vector)


def _model_file(folder: Path) -> str:
    """The ONNX model, relative to its folder."""
    for place in _PLACES:
        for name in _NAMES:
            if (folder / place / name).is_file():
                return f"{place}/{name}".lstrip("/")
    others = sorted(path for place in _PLACES for path in (folder / place).glob("*.onnx"))
    if len(others) != 1:
        problem = f"{folder} holds {len(others) or 'no'} ONNX models"
        raise ConfigError(MODEL, problem, f"Name the one to use {_NAMES[0]}")
    return str(others[0].relative_to(folder))


def _pooling(folder: Path) -> PoolingType:
    """How the model makes one vector of many, as sentence-transformers notes it; else by their mean."""
    try:
        facts = json.loads((folder / "1_Pooling" / "config.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        return PoolingType.MEAN
    if facts.get("pooling_mode_cls_token"):
        return PoolingType.CLS
    if facts.get("pooling_mode_lasttoken"):
        return PoolingType.LAST_TOKEN
    return PoolingType.MEAN
