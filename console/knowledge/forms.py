"""The editor's form: an entry as fields of text, and back. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

from starlette.datastructures import FormData

from core.languages import REPLY_LANGUAGES
from nlu.knowledge.cells import read_lines
from nlu.knowledge.documents import entry_to_data
from nlu.knowledge.entries import Entry, Wording

CHANNELS = ("webchat", "telegram", "slack", "http_api")  # that may have answers of their own
ACTIONS = ("answer", "handoff", "progress", "collect")
FIELD_PARTS = ("name", "ask_zh", "ask_en", "pattern", "hint_zh", "hint_en")
FILE_PARTS = ("url", "name", "mime")
MOST_ROWS = 50  # of buttons, files and fields that are read from a form

Row = Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class EntryForm:
    """What stands in the fields. Texts are as they were typed."""

    id: str = ""
    title: Mapping[str, str] = field(default_factory=dict)
    phrasings: Mapping[str, str] = field(default_factory=dict)  # one a line
    answers: Mapping[str, str] = field(default_factory=dict)
    answers_on: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    buttons: Sequence[str] = ()
    attachments: Sequence[Row] = ()
    action: str = "answer"
    queue: str = ""
    fields: Sequence[Row] = ()
    valid_from: str = ""
    valid_until: str = ""

    @property
    def channels(self) -> Sequence[str]:
        """Those that the form has fields for."""
        return [*CHANNELS, *(each for each in self.answers_on if each not in CHANNELS)]

    @classmethod
    def of_entry(cls, entry: Entry) -> Self:
        """The form of an entry."""
        data = entry_to_data(entry)
        action, queue, fields = _read_action(data.get("action", "answer"))
        return cls(
            id=entry.id,
            title=_plain(entry.title),
            phrasings={language: "\n".join(texts) for language, texts in entry.phrasings.items()},
            answers=_plain(entry.answers),
            answers_on={channel: _plain(wording) for channel, wording in entry.answers_on.items()},
            buttons=entry.buttons,
            attachments=data.get("attachments", ()),
            action=action,
            queue=queue,
            fields=fields,
            valid_from=data.get("valid_from") or "",
            valid_until=data.get("valid_until") or "",
        )

    @classmethod
    def of_request(cls, form: FormData, *, entry_id: str | None = None) -> Self:
        """What was sent; `entry_id` where it cannot be chosen any more. Rows in which nothing stands are left out."""

        def text(name: str) -> str:
            value = form.get(name, "")
            return value if isinstance(value, str) else ""

        def by_language(part: str) -> dict[str, str]:
            return {language: text(f"{part}_{language}") for language in REPLY_LANGUAGES}

        def rows(prefix: str, parts: Sequence[str]) -> list[Row]:
            columns = [[str(each) for each in form.getlist(f"{prefix}_{part}")] for part in parts]
            count = min(max((len(column) for column in columns), default=0), MOST_ROWS)
            made = [
                {
                    part: column[place].strip() if place < len(column) else ""
                    for part, column in zip(parts, columns, strict=True)
                }
                for place in range(count)
            ]
            return [row for row in made if any(row.values())]

        channels = [name[3:-3] for name in form if name.startswith("on_") and name.endswith("_zh")]
        answers_on = {channel: by_language(f"on_{channel}") for channel in channels}
        return cls(
            id=text("id").strip() if entry_id is None else entry_id,
            title=by_language("title"),
            phrasings=by_language("phrasings"),
            answers=by_language("answers"),
            answers_on={
                channel: wording
                for channel, wording in answers_on.items()
                if any(each.strip() for each in wording.values())
            },
            buttons=[each for row in rows("button", ("id",)) for each in row.values()],
            attachments=rows("file", FILE_PARTS),
            action=text("action") if text("action") in ACTIONS else "answer",
            queue=text("queue"),
            fields=rows("field", FIELD_PARTS),
            valid_from=text("valid_from"),
            valid_until=text("valid_until"),
        )

    def to_document(self) -> dict[str, Any]:
        """In the shape of `nlu.knowledge.schema.EntryModel`; what was left empty is left out."""
        document: dict[str, Any] = {
            "id": self.id,
            "title": _filled(self.title),
            "phrasings": {
                language: lines
                for language, text in self.phrasings.items()
                if (lines := list(dict.fromkeys(line.strip() for line in read_lines(text))))
            },
            "answers": _filled(self.answers),
            "answers_on": {channel: _filled(wording) for channel, wording in self.answers_on.items()},
            "buttons": list(self.buttons),
            "attachments": [_filled(row) for row in self.attachments],
            "action": self._action(),
        }
        for name in ("valid_from", "valid_until"):
            if day := getattr(self, name).strip():
                document[name] = day
        return document

    def _action(self) -> Any:
        match self.action:
            case "handoff":
                return {"handoff": self.queue} if self.queue else "handoff"
            case "collect":
                fields = [
                    {
                        "name": row["name"],
                        "ask": _languages(row, "ask"),
                        "pattern": row["pattern"] or "text",
                        "hint": _languages(row, "hint"),
                    }
                    for row in self.fields
                ]
                return {"collect": {"fields": fields, **({"queue": self.queue} if self.queue else {})}}
            case word:
                return word


def _read_action(action: Any) -> tuple[str, str, Sequence[Row]]:
    match action:
        case str():
            return action, "", ()
        case {"collect": {"fields": fields, **rest}}:
            return "collect", str(rest.get("queue", "")), [_field_row(each) for each in fields]
        case _:
            return "handoff", action["handoff"], ()


def _field_row(data: Mapping[str, Any]) -> Row:
    row = {"name": data["name"], "pattern": data["pattern"]}
    for part in ("ask", "hint"):
        row |= {f"{part}_{language}": data[part].get(language, "") for language in REPLY_LANGUAGES}
    return row


def _plain(wording: Wording) -> dict[str, str]:
    return {str(language): text for language, text in wording.items()}


def _filled(texts: Mapping[str, str]) -> dict[str, str]:
    return {key: text for key, text in texts.items() if text.strip()}


def _languages(row: Row, part: str) -> dict[str, str]:
    texts: Iterable[tuple[str, str]] = ((each, row[f"{part}_{each}"]) for each in REPLY_LANGUAGES)
    return {language: text for language, text in texts if text}
