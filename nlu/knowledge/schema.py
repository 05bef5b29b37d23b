"""What a knowledge base may hold, in whatever form it comes. `nlu.knowledge.rules` has what a shape cannot tell.

Every form is turned into one or more `FileModel`s: each YAML file, each row of a table, or a snapshot as a whole.
"""

import mimetypes
import re
from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any, Literal
from urllib.parse import unquote, urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from core.languages import REPLY_LANGUAGES, ReplyLanguage
from nlu.knowledge import entries as values
from nlu.knowledge.banned import BannedPhrases, Family, Hold

# Patterns that stand under a name, so that nobody has to write a regular expression for them.
KINDS = {
    "order_number": r"#?(?=(?:[A-Za-z_-]*\d){4})[A-Za-z0-9_-]{6,40}",
    "phone": r"\+?\(?\d(?:[ ()-]{0,2}\d){6,14}",
    "email": r"[^\s@]+@[^\s@.]+(?:\.[^\s@.]+)+",
    "date": r"(?:\d{4}[-/.年 ]\s?)?\d{1,2}[-/.月 ]\s?\d{1,2}[日号號]?"
    r"|\d{1,2}[-/. ]\d{1,2}[-/. ]\d{4}"
    r"|(?i:(?:\d{1,2} )?(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?(?: \d{1,2})?(?:,? \d{4})?)",
    "number": r"[-+]?\d[\d,]*(?:\.\d+)?",
    "text": r"(?s:.+)",
}
WORDS = ("answer", "progress", "handoff")  # actions that are said in one word

# What databases, XML and YAML cannot hold, or nobody can see: control characters, halves of pairs, non-characters.
_UNUSABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,79}")
_CHANNEL = re.compile(r"[a-z][a-z0-9_]{0,39}")
_DATE = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})")
_TYPES = mimetypes.MimeTypes()  # Python's own list: the same on every machine


def _check_characters(text: str) -> str:
    if found := _UNUSABLE.search(text):
        raise ValueError(f"an invisible character stands here (U+{ord(found[0]):04X})")
    if not text:
        raise ValueError("this is empty")
    return text


def _one_line(text: str) -> str:
    return _check_characters(" ".join(text.split()))


def _paragraphs(text: str) -> str:
    return _check_characters(re.sub(r"\r\n?|\x85", "\n", text).strip())


def _check_id(text: str) -> str:
    if not _ID.fullmatch(text):
        raise ValueError(f"{text!r} should be made of letters, digits, '_', '-' and '.', at most 80")
    return text


def _check_channel(text: str) -> str:
    if not _CHANNEL.fullmatch(text):
        raise ValueError(f"{text!r} is not the name of a channel, such as telegram")
    return text


def _read_hold(given: object) -> object:
    return "off" if given is False else given  # which is how YAML reads it


def _read_date(given: object) -> object:
    """Only what is written as a date: pydantic alone would also take numbers, as seconds since 1970."""
    if isinstance(given, date):
        return given
    problem = f"this must be a date such as 2026-05-01, not {given!r}"
    found = _DATE.fullmatch(given.strip()) if isinstance(given, str) else None
    if found is None:
        raise ValueError(problem)
    try:
        return date(*map(int, found.groups()))
    except ValueError as error:  # 31 February
        raise ValueError(problem) from error


Line = Annotated[str, AfterValidator(_one_line)]
Paragraphs = Annotated[str, AfterValidator(_paragraphs)]
Text = Annotated[str, AfterValidator(lambda text: text and _paragraphs(text))]  # it may be empty
Id = Annotated[str, AfterValidator(_check_id)]
Channel = Annotated[str, AfterValidator(_check_channel)]
Day = Annotated[date, BeforeValidator(_read_date)]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid")


class FieldModel(_Model):
    name: Id
    ask: dict[ReplyLanguage, Paragraphs]
    pattern: Annotated[str, AfterValidator(_check_characters)]
    hint: dict[ReplyLanguage, Paragraphs]


class CollectModel(_Model):
    fields: list[FieldModel]
    queue: Id | None = None


class ActionModel(_Model):
    """An action with particulars: one of these."""

    handoff: Id | None = None
    collect: CollectModel | None = None


class WordModel(ActionModel):
    """An action in one word; it is made of a plain text only."""

    word: Literal["answer", "progress", "handoff"]


def _read_action(given: object) -> object:
    match given:
        case "answer" | "progress" | "handoff":
            return WordModel(word=given)
        case str() | None:
            known = ", ".join(map(repr, WORDS))
            raise ValueError(
                f"{given!r} is not an action: there are {known}, 'handoff: QUEUE' and 'collect:'"
            )
        case _:
            return given


class AttachmentModel(_Model):
    url: Line
    name: Line | None = None
    mime: Line | None = None


class EntryModel(_Model):
    id: Id
    title: dict[ReplyLanguage, Line]
    phrasings: dict[ReplyLanguage, list[Line]]
    answers: dict[ReplyLanguage, Paragraphs]
    answers_on: dict[Channel, dict[ReplyLanguage, Paragraphs]] = Field(default_factory=dict)
    buttons: list[str] = Field(default_factory=list)
    attachments: list[AttachmentModel] = Field(default_factory=list)
    action: Annotated[ActionModel, BeforeValidator(_read_action)] = WordModel(word="answer")
    valid_from: Day | None = None
    valid_until: Day | None = None


class CannedReplyModel(_Model):
    id: Id
    title: dict[ReplyLanguage, Line]
    text: dict[ReplyLanguage, Paragraphs]
    queues: list[Id] = Field(default_factory=list)


class BannedModel(_Model):
    id: Id
    phrases: list[Line]
    hold: Annotated[Hold, BeforeValidator(_read_hold)]
    family: Family | None = None
    better: Text = ""
    why: Text = ""


class FileModel(_Model):
    entries: list[EntryModel] = Field(default_factory=list)
    out_of_scope: dict[ReplyLanguage, list[Line]] = Field(default_factory=dict)
    synonyms: list[list[Line]] = Field(default_factory=list)
    replies: list[CannedReplyModel] = Field(default_factory=list)
    banned: list[BannedModel] = Field(default_factory=list)


def to_knowledge(files: Sequence[FileModel]) -> values.KnowledgeBase:
    """The files together; no fault must be in them."""
    entries = [_to_entry(model) for file in files for model in file.entries]
    out_of_scope: dict[ReplyLanguage, tuple[str, ...]] = {}
    for language in REPLY_LANGUAGES:
        if texts := tuple(text for file in files for text in file.out_of_scope.get(language, ())):
            out_of_scope[language] = texts
    return values.KnowledgeBase(
        entries={entry.id: entry for entry in entries},
        out_of_scope=out_of_scope,
        synonyms=tuple(tuple(group) for file in files for group in file.synonyms),
        replies={model.id: _to_reply(model) for file in files for model in file.replies},
        banned={model.id: _to_banned(model) for file in files for model in file.banned},
    )


def _to_entry(model: EntryModel) -> values.Entry:
    return values.Entry(
        id=model.id,
        title=_ordered(model.title),
        phrasings={language: tuple(texts) for language, texts in _ordered(model.phrasings).items()},
        answers=_ordered(model.answers),
        answers_on={channel: _ordered(wording) for channel, wording in sorted(model.answers_on.items())},
        buttons=tuple(model.buttons),
        attachments=tuple(_to_file(attachment) for attachment in model.attachments),
        action=_to_action(model.action),
        valid_from=model.valid_from,
        valid_until=model.valid_until,
    )


def _to_reply(model: CannedReplyModel) -> values.CannedReply:
    return values.CannedReply(
        id=model.id,
        title=_ordered(model.title),
        text=_ordered(model.text),
        queues=tuple(model.queues),
    )


def _to_banned(model: BannedModel) -> BannedPhrases:
    return BannedPhrases(
        id=model.id,
        phrases=tuple(model.phrases),
        hold=model.hold,
        family=model.family,
        better=model.better,
        why=model.why,
    )


def _to_action(model: ActionModel) -> values.Action:
    match model:
        case WordModel(word="answer"):
            return values.Reply()
        case WordModel(word="progress"):
            return values.Progress()
        case ActionModel(collect=CollectModel(queue=queue, fields=fields)):
            asked = tuple(
                values.Field(
                    name=field.name,
                    ask=_ordered(field.ask),
                    pattern=KINDS.get(field.pattern, field.pattern),
                    hint=_ordered(field.hint),
                )
                for field in fields
            )
            return values.Collect(fields=asked, queue=queue)
        case _:
            return values.HandOver(queue=model.handoff)


def _to_file(model: AttachmentModel) -> values.File:
    path = unquote(urlsplit(model.url).path)
    name = model.name or " ".join(_UNUSABLE.sub("", path.rsplit("/", 1)[-1]).split()) or "file"
    mime = model.mime or _guess_type(name) or _guess_type(path) or "application/octet-stream"
    return values.File(url=model.url, name=name, mime=mime)


def _guess_type(name: str) -> str | None:
    return _TYPES.guess_type(name, strict=False)[0]


def _ordered(by_language: dict[ReplyLanguage, Any]) -> dict[ReplyLanguage, Any]:
    """In one order whatever the file's, so that equal knowledge trains equal models."""
    return {language: by_language[language] for language in REPLY_LANGUAGES if language in by_language}
