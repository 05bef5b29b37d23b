"""The knowledge base: entries, the phrasings by which customers ask for them, and the answers."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, StringConstraints

from core.errors import ConfigError
from core.languages import REPLY_LANGUAGES, ReplyLanguage
from core.yaml_files import YamlFile, read_yaml

Action = Literal["answer", "progress"]  # progress: answered from the customer's own tickets


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A question of the knowledge base."""

    id: str
    title: Mapping[ReplyLanguage, str]
    phrasings: Mapping[ReplyLanguage, tuple[str, ...]]
    answers: Mapping[ReplyLanguage, str]
    action: Action = "answer"


@dataclass(frozen=True)
class KnowledgeBase:
    """Entries by id, in the order in which they were written."""

    entries: Mapping[str, Entry]


Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
Id = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,79}$")]


class _EntryModel(BaseModel):
    model_config = ConfigDict(extra="forbid")

    id: Id
    title: dict[ReplyLanguage, Text]
    phrasings: dict[ReplyLanguage, list[Text]]
    answers: dict[ReplyLanguage, Text]
    action: Action = "answer"


class _FileModel(BaseModel):
    model_config = ConfigDict(extra="forbid")

    entries: list[_EntryModel]


def knowledge_files(path: Path) -> list[Path]:
    """The YAML files of a knowledge base: the file itself, or those of the folder by name."""
    if path.is_dir():
        return sorted(file for file in path.iterdir() if file.suffix in (".yml", ".yaml"))
    return [path]


def load_knowledge(path: Path) -> KnowledgeBase:
    """The knowledge base in a YAML file or in a folder of them.

    Raises `ConfigError` that names the file and the line.
    """
    files = knowledge_files(path)
    if not files:
        raise ConfigError(str(path), "the folder holds no .yml file", "Put the knowledge base there")
    entries: dict[str, Entry] = {}
    places: dict[str, str] = {}
    for file in files:
        document = read_yaml(file)
        for index, model in enumerate(document.parse(_FileModel).entries):
            _check_complete(document, index, model)
            place = document.where(["entries", index, "id"])
            if model.id in places:
                problem = f"the id {model.id!r} is already used in {places[model.id]}"
                raise ConfigError(place, problem, "Rename one of the two")
            places[model.id] = place
            entries[model.id] = Entry(
                id=model.id,
                title=model.title,
                phrasings={language: tuple(texts) for language, texts in model.phrasings.items()},
                answers=model.answers,
                action=model.action,
            )
    if not entries:
        raise ConfigError(str(path), "there is no entry in it", "Add at least one under 'entries:'")
    return KnowledgeBase(entries)


def _check_complete(document: YamlFile, index: int, model: _EntryModel) -> None:
    """Every part in every language that we reply in."""
    for part in ("title", "phrasings", "answers"):
        given = getattr(model, part)
        for language in REPLY_LANGUAGES:
            if language not in given:
                problem = f"{part} of {model.id!r} has no {language!r}"
                raise document.error(["entries", index, part], problem, f"Add '{language}:' below it")
            if not given[language]:
                problem = f"{model.id!r} has no phrasing in {language!r}"
                raise document.error(["entries", index, part, language], problem, "Add at least one")
