"""The knowledge base as YAML files, and as plain data: the form in which the database keeps a version."""

import hashlib
import json
from datetime import date
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from core.errors import BadInput, ConfigError
from core.yaml_files import explain, read_yaml, spell
from nlu.knowledge.banned import banned_to_data
from nlu.knowledge.entries import (
    Action,
    CannedReply,
    Collect,
    Entry,
    Field,
    HandOver,
    KnowledgeBase,
    Progress,
    Reply,
)
from nlu.knowledge.rules import Location, find_faults
from nlu.knowledge.schema import KINDS, FileModel, to_knowledge

_KIND_OF = {pattern: kind for kind, pattern in KINDS.items()}


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
    documents = [read_yaml(file) for file in files]
    models = [document.parse(FileModel) for document in documents]

    def where(file: int, location: Location) -> str:
        return documents[file].where(location)

    for fault in find_faults(models, where):
        raise documents[fault.file].error(fault.location, fault.problem, fault.mend)
    if not any(model.entries for model in models):
        raise ConfigError(str(path), "there is no entry in it", "Add at least one under 'entries:'")
    return to_knowledge(models)


def from_data(data: object) -> KnowledgeBase:
    """The knowledge base of `to_data`, checked as a file is. Raises `BadInput`."""
    try:
        model = FileModel.model_validate(data)
    except ValidationError as error:
        details = error.errors()[0]
        raise BadInput(
            spell(details["loc"]) or "the knowledge base", ". ".join(explain(details, FileModel))
        ) from error
    for fault in find_faults([model], lambda _, location: spell(location)):
        raise BadInput(spell(fault.location), f"{fault.problem}. {fault.mend}")
    if not model.entries:
        raise BadInput("entries", "there is no entry in it")
    return to_knowledge([model])


def to_data(knowledge: KnowledgeBase) -> dict[str, Any]:
    """The knowledge base as lists, dicts and texts, ready for JSON; what is not said is left out."""
    data: dict[str, Any] = {"entries": [entry_to_data(entry) for entry in knowledge.entries.values()]}
    if knowledge.out_of_scope:
        data["out_of_scope"] = _lists(knowledge.out_of_scope)
    if knowledge.synonyms:
        data["synonyms"] = [list(group) for group in knowledge.synonyms]
    if knowledge.replies:
        data["replies"] = [reply_to_data(reply) for reply in knowledge.replies.values()]
    if knowledge.banned:
        data["banned"] = [banned_to_data(banned) for banned in knowledge.banned.values()]
    return data


def entry_to_data(entry: Entry) -> dict[str, Any]:
    """One entry of `to_data`."""
    data: dict[str, Any] = {
        "id": entry.id,
        "title": dict(entry.title),
        "phrasings": _lists(entry.phrasings),
        "answers": dict(entry.answers),
        "answers_on": {channel: dict(wording) for channel, wording in entry.answers_on.items()},
        "buttons": list(entry.buttons),
        "attachments": [
            {"url": file.url, "name": file.name, "mime": file.mime} for file in entry.attachments
        ],
        "action": action_to_data(entry.action),
        "valid_from": entry.valid_from and entry.valid_from.isoformat(),
        "valid_until": entry.valid_until and entry.valid_until.isoformat(),
    }
    needed = ("id", "title", "phrasings", "answers")
    return {key: value for key, value in data.items() if value or key in needed}


def reply_to_data(reply: CannedReply) -> dict[str, Any]:
    """One canned reply of `to_data`."""
    data: dict[str, Any] = {"id": reply.id, "title": dict(reply.title), "text": dict(reply.text)}
    return data | ({"queues": list(reply.queues)} if reply.queues else {})


def action_to_data(action: Action) -> str | dict[str, Any] | None:
    """One action of `to_data`; None for the one that is not written."""
    match action:
        case Reply():
            return None
        case Progress():
            return "progress"
        case HandOver(queue=None):
            return "handoff"
        case HandOver(queue=queue):
            return {"handoff": queue}
        case Collect(fields=fields, queue=queue):
            collect: dict[str, Any] = {"queue": queue} if queue else {}
            return {"collect": {**collect, "fields": [_field_to_data(field) for field in fields]}}


def _field_to_data(field: Field) -> dict[str, Any]:
    pattern = _KIND_OF.get(field.pattern, field.pattern)
    return {"name": field.name, "ask": dict(field.ask), "pattern": pattern, "hint": dict(field.hint)}


def _lists(texts: Any) -> dict[str, list[str]]:
    return {language: list(each) for language, each in texts.items()}


def fingerprint(knowledge: KnowledgeBase) -> str:
    """16 hex digits that change when anything in the knowledge base does, wherever and however it is kept."""
    return fingerprint_of(to_data(knowledge))


def fingerprint_of(data: dict[str, Any]) -> str:
    """The `fingerprint` of the knowledge base that `to_data` wrote like this."""
    text = json.dumps(data, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def write_yaml(knowledge: KnowledgeBase) -> str:
    """The knowledge base as one YAML file, for people to read; `load_knowledge` gives it back."""
    data = to_data(knowledge)
    for entry in data["entries"]:
        for key in entry.keys() & {"valid_from", "valid_until"}:
            entry[key] = date.fromisoformat(entry[key])  # written without quotes
    return yaml.dump(data, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=float("inf"))


class _Dumper(yaml.SafeDumper):
    """Block style, list items indented, and quotes wherever this or another reader might see more than text."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)

    def ignore_aliases(self, data: object) -> bool:
        return True


def _represent_text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    # Plain only from a letter on: all numbers, dates and times begin otherwise. The other line breaks of YAML
    # (U+2028, U+2029) survive in double quotes only.
    style: str | None = '"'
    if "\u2028" not in text and "\u2029" not in text:
        style = "|" if "\n" in text else None if text[:1].isalpha() else style
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _represent_text)
