"""What differs between two knowledge bases, entry by entry and field by field. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from nlu.knowledge.banned import BannedPhrases
from nlu.knowledge.documents import entry_to_data
from nlu.knowledge.entries import CannedReply, Entry, KnowledgeBase


@dataclass(frozen=True, kw_only=True)
class Difference:
    """One field: lines that went and lines that came."""

    field: str
    gone: Sequence[str]
    come: Sequence[str]


@dataclass(frozen=True, kw_only=True)
class Changed:
    """One entry, or one of the other lists."""

    id: str
    kind: str  # added, changed, removed or list
    differences: Sequence[Difference]


def differences(before: KnowledgeBase, after: KnowledgeBase) -> list[Changed]:
    """Entries that were added, changed and removed, in this order, then lists."""
    changes: dict[str, list[Changed]] = {"added": [], "changed": [], "removed": [], "list": []}
    for key, entry in after.entries.items():
        old = before.entries.get(key)
        if old is None or old != entry:
            kind = "added" if old is None else "changed"
            changes[kind].append(Changed(id=key, kind=kind, differences=entry_differences(old, entry)))
    for key, entry in before.entries.items():
        if key not in after.entries:
            changes["removed"].append(
                Changed(id=key, kind="removed", differences=entry_differences(entry, None))
            )
    for name, old_lines, new_lines in (
        ("out_of_scope", _outside(before), _outside(after)),
        ("synonyms", _synonyms(before), _synonyms(after)),
    ):
        if old_lines != new_lines:
            changes["list"].append(
                Changed(id=name, kind="list", differences=[_lines(name, old_lines, new_lines)])
            )
    if before.replies != after.replies:
        replies = [
            _lines(f"reply {key}", _reply(before.replies.get(key)), _reply(after.replies.get(key)))
            for key in dict.fromkeys([*before.replies, *after.replies])
            if before.replies.get(key) != after.replies.get(key)
        ]
        changes["list"].append(Changed(id="replies", kind="list", differences=replies))
    if before.banned != after.banned:
        banned = [
            _lines(f"banned {key}", _banned(before.banned.get(key)), _banned(after.banned.get(key)))
            for key in dict.fromkeys([*before.banned, *after.banned])
            if before.banned.get(key) != after.banned.get(key)
        ]
        changes["list"].append(Changed(id="banned", kind="list", differences=banned))
    return [each for kind in changes.values() for each in kind]


def entry_differences(before: Entry | None, after: Entry | None) -> list[Difference]:
    """Field by field; None is nothing at all."""
    old = dict(_fields(before)) if before else {}
    new = dict(_fields(after)) if after else {}
    return [
        _lines(field, old.get(field, ()), new.get(field, ()))
        for field in dict.fromkeys([*old, *new])
        if old.get(field) != new.get(field)
    ]


def data_differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Difference]:
    """The same of plain data, as the audit log keeps it."""
    keys = dict.fromkeys([*before, *after])
    return [
        _lines(key, list(_flat(before.get(key))), list(_flat(after.get(key))))
        for key in keys
        if before.get(key) != after.get(key)
    ]


def _fields(entry: Entry) -> Iterator[tuple[str, Sequence[str]]]:
    data = entry_to_data(entry)
    for part in ("title", "answers"):
        for language, text in data[part].items():
            yield f"{part}_{language}", text.split("\n")
    for language, texts in data["phrasings"].items():
        yield f"phrasings_{language}", texts
    for channel, wording in data.get("answers_on", {}).items():
        for language, text in wording.items():
            yield f"on_{channel}_{language}", text.split("\n")
    yield "buttons", data.get("buttons", ())
    yield "attachments", [each["url"] for each in data.get("attachments", ())]
    yield "action", list(_flat(data.get("action")))
    for name in ("valid_from", "valid_until"):
        yield name, list(_flat(data.get(name)))


def _lines(field: str, old: Sequence[str], new: Sequence[str]) -> Difference:
    before, after = set(old), set(new)
    return Difference(
        field=field,
        gone=[line for line in old if line not in after],
        come=[line for line in new if line not in before],
    )


def _outside(knowledge: KnowledgeBase) -> Sequence[str]:
    return [text for texts in knowledge.out_of_scope.values() for text in texts]


def _synonyms(knowledge: KnowledgeBase) -> Sequence[str]:
    return [" = ".join(group) for group in knowledge.synonyms]


def _reply(reply: CannedReply | None) -> Sequence[str]:
    if reply is None:
        return []
    return [
        *reply.title.values(),
        *(line for text in reply.text.values() for line in text.split("\n")),
        *reply.queues,
    ]


def _banned(banned: BannedPhrases | None) -> Sequence[str]:
    if banned is None:
        return []
    said = [*banned.phrases, str(banned.hold), str(banned.family or ""), banned.better, banned.why]
    return [line for each in said for line in each.split("\n") if line]


def _flat(value: Any) -> Iterator[str]:
    match value:
        case None:
            return
        case str():
            yield value
        case list():
            for each in value:
                yield from _flat(each)
        case {"zh": _} | {"en": _}:
            for each in value.values():
                yield from _flat(each)
        case dict():
            yield orjson.dumps(value).decode()
        case _:
            yield str(value)
