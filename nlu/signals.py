"""The signals a message may carry besides its question, and the examples their classifiers learn from."""

import hashlib
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from core.languages import ReplyLanguage
from core.yaml_files import load_yaml


class SignalName(StrEnum):
    """What a message may carry besides its question."""

    COMPLAINT = "complaint"  # dissatisfied with the product, the service or a person
    WANTS_HUMAN = "wants_human"  # asks for a person
    EMERGENCY = "emergency"  # danger to people, law and regulators, the press, fraud


SIGNALS_FOLDER = Path(__file__).parent / "signals"
UNRELATED_FILE = Path(__file__).parent / "unrelated.yml"


class _Examples(BaseModel):
    model_config = ConfigDict(extra="forbid")

    yes: list[str] = Field(min_length=1)
    no: list[str] = Field(min_length=1)


class _ExamplesFile(BaseModel):
    model_config = ConfigDict(extra="forbid")

    zh: _Examples
    en: _Examples


@dataclass(frozen=True, kw_only=True)
class Example:
    """A text that does or does not carry a signal."""

    text: str
    language: ReplyLanguage
    yes: bool


def load_examples(folder: Path = SIGNALS_FOLDER) -> dict[SignalName, list[Example]]:
    """The examples that the signal classifiers learn from. Raises `ConfigError`."""
    examples: dict[SignalName, list[Example]] = {}
    for name in SignalName:
        file = load_yaml(folder / f"{name}.yml", _ExamplesFile)
        examples[name] = [
            Example(text=text, language=language, yes=yes)
            for language, part in _parts(file)
            for yes, texts in ((True, part.yes), (False, part.no))
            for text in texts
        ]
    return examples


class _UnrelatedFile(BaseModel):
    model_config = ConfigDict(extra="forbid")

    zh: list[str]
    en: list[str]


def load_unrelated(path: Path = UNRELATED_FILE) -> list[str]:
    """Messages that no entry is about. Raises `ConfigError`."""
    file = load_yaml(path, _UnrelatedFile)
    return file.zh + file.en


def examples_digest() -> bytes:
    """Changes with the examples of signals and of unrelated messages that ship with the product."""
    digest = hashlib.sha256()
    for file in [*sorted(SIGNALS_FOLDER.glob("*.yml")), UNRELATED_FILE]:
        digest.update(file.read_bytes())
    return digest.digest()


def _parts(file: _ExamplesFile) -> tuple[tuple[ReplyLanguage, _Examples], ...]:
    return ("zh", file.zh), ("en", file.en)
