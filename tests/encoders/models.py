"""Tiny models in the files that real ones come in; each word has a random vector."""

import json
from pathlib import Path
from typing import Any

import numpy as np

SIZE = 8
WORDS = ("[UNK]", "[PAD]", "where", "is", "my", "order", "refund", "please", "退", "款", "快", "递", ".")
COMMIT = "0123456789abcdef0123456789abcdef01234567"


def write_static(folder: Path, *, seed: int = 0) -> Path:
    """A model2vec model."""
    from model2vec import StaticModel  # noqa: PLC0415 - an extra, which may be missing

    StaticModel(_vectors(seed), _tokenizer()).save_pretrained(folder)
    return folder


def write_onnx(folder: Path, *, seed: int = 0, file: str = "model.onnx") -> Path:
    """An ONNX model that looks words up, with the tokenizer's files that fastembed wants."""
    import onnx  # noqa: PLC0415 - of the same tests as the extra
    from onnx import TensorProto, helper, numpy_helper  # noqa: PLC0415

    graph = helper.make_graph(
        [helper.make_node("Gather", ["table", "input_ids"], ["token_embeddings"])],
        "tiny",
        [helper.make_tensor_value_info("input_ids", TensorProto.INT64, ["batch", "length"])],
        [helper.make_tensor_value_info("token_embeddings", TensorProto.FLOAT, ["batch", "length", SIZE])],
        [numpy_helper.from_array(_vectors(seed), "table")],
    )
    path = folder / file
    path.parent.mkdir(parents=True, exist_ok=True)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.save(model, path)
    _tokenizer().save(str(folder / "tokenizer.json"))
    settings = {"model_max_length": 32, "pad_token": "[PAD]"}
    (folder / "tokenizer_config.json").write_text(json.dumps(settings), encoding="utf-8")
    (folder / "config.json").write_text("{}", encoding="utf-8")
    return folder


def hub_folder(cache: Path, name: str) -> Path:
    """Where a Hugging Face cache has a model's files."""
    repository = cache / f"models--{name.replace('/', '--')}"
    (repository / "refs").mkdir(parents=True)
    (repository / "refs" / "main").write_text(COMMIT, encoding="utf-8")
    folder = repository / "snapshots" / COMMIT
    folder.mkdir(parents=True)
    return folder


def _vectors(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((len(WORDS), SIZE)).astype(np.float32)


def _tokenizer() -> Any:
    from tokenizers import Tokenizer, models, pre_tokenizers  # noqa: PLC0415

    tokenizer = Tokenizer(
        models.WordLevel({word: number for number, word in enumerate(WORDS)}, unk_token="[UNK]")
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    return tokenizer
