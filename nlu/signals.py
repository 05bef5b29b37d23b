"""The signals a message may carry besides its question, and the examples their classifiers learn from."""

import hashlib
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from core.errors import ConfigError
from core.languages import REPLY_LANGUAGES, ReplyLanguage
from core.yaml_files import load_yaml


class SignalName(StrEnum):
    """What a message may carry besides its question."""

    COMPLAINT = "complaint"  # dissatisfied with the product, the service or a person
    WANTS_HUMAN = "wants_human"  # asks for a person
    EMERGENCY = "emergency"  # danger to people, law and regulators, the press, fraud


SIGNALS_FOLDER = Path(__file__).parent / "signals"
UNRELATED_FILE = Path(__file__).parent / "unrelated.yml"


@dataclass(frozen=True, kw_only=True)
class Example:
    """A text that does or does not carry a signal."""

    text: str
    language: ReplyLanguage
    yes: bool


def load_examples(folder: Path = SIGNALS_FOLDER) -> dict[SignalName, list[Example]]:
    """The examples that the signal classifiers learn from, one a line of `<signal>.<language>.<yes or no>.txt`.

    Raises `ConfigError`.
    """
    return {
        name: [
            Example(text=text, language=language, yes=yes)
            for language in REPLY_LANGUAGES
            for yes in (True, False)
            for text in _read_lines(folder / f"{name}.{language}.{'yes' if yes else 'no'}.txt")
        ]
        for name in SignalName
    }


def _read_lines(path: Path) -> list[str]:
    try:
        lines = [line for line in map(str.strip, path.read_text("utf-8").split("\n")) if line]
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(str(path), f"cannot be read ({error})", "Restore it, saved as UTF-8") from error
    if not lines:
        raise ConfigError(str(path), "has no example in it", "Write one a line")
    return lines


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
    for file in [*sorted(SIGNALS_FOLDER.glob("*.txt")), UNRELATED_FILE]:
        digest.update(file.read_bytes())
    return digest.digest()
