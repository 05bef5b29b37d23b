"""Take a person's words out of the knowledge base: phrasings that were made of what they wrote.

The draft, and the versions too, which nothing else ever changes: see docs/decisions/0008.
"""

import asyncio
from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from sqlalchemy import delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from core.audit import AuditRow
from core.masking import mask
from nlu.knowledge.documents import fingerprint_of
from nlu.knowledge.drafts import Draft, DraftEntry, lock_draft, next_revision
from nlu.knowledge.entries import KnowledgeBase
from nlu.knowledge.golden import GoldenQuestion
from nlu.knowledge.versions import Model, Version, find_live
from nlu.normalise import bare, normalise

TELLING = 30  # letters, a Chinese character counting as two: what is shorter, many write
NEAR = 0.9  # of two texts, from which likeness on one was made of the other
STALE = "stale"  # begins the key of a model that is to be trained again at the next start

_GRAM = 4  # characters: texts that are near share many such pieces
_SHARED = 0.3  # of a text's pieces

Data = Mapping[str, Any]  # a knowledge base, as `nlu.knowledge.documents.to_data` writes it


@dataclass(frozen=True, kw_only=True)
class Forgotten:
    """Where phrasings were taken out: entries of the draft, and versions. `was_live` if one of these is live."""

    phrasings: int = 0
    entries: tuple[str, ...] = ()
    versions: tuple[int, ...] = ()
    was_live: bool = False


def phrasings_of(knowledge: KnowledgeBase) -> set[str]:
    """All that customers are expected to say: phrasings, and messages that are out of scope."""
    lists = [*(entry.phrasings for entry in knowledge.entries.values()), knowledge.out_of_scope]
    return {text for each in lists for texts in each.values() for text in texts}


def find_theirs(phrasings: Iterable[str], said: Iterable[str]) -> set[str]:
    """The phrasings that were made of what somebody said: word by word or nearly, and long enough to be theirs.

    What identifies them is theirs at any length.
    """
    said = list(said)
    verbatim = {_plain(text) for text in said if mask(text) != text}
    keys = {key for text in said if _weight(key := bare(normalise(text))) >= TELLING}
    grams = {gram for key in keys for gram in _grams(key)}
    theirs = set()
    for phrasing in phrasings:
        key = bare(normalise(phrasing))
        if _plain(phrasing) in verbatim or (_weight(key) >= TELLING and _is_near(key, keys, grams)):
            theirs.add(phrasing)
    return theirs


async def forget(session: AsyncSession, said: Iterable[str]) -> Forgotten:
    """Take phrasings that were made of these texts out of the draft and of all versions.

    Models are trained again without them: of the live version at the next start of a worker, of others when they
    go live. The caller sees to it that nobody publishes meanwhile.
    """
    said = list(said)
    if not said:
        return Forgotten()
    draft = await lock_draft(session)
    entries = (await session.scalars(select(DraftEntry).order_by(DraftEntry.position))).all()
    versions = (await session.scalars(select(Version).order_by(Version.number))).all()
    drafted: Data = {"entries": [entry.data for entry in entries], "out_of_scope": draft.out_of_scope}
    known = {text for data in (drafted, *(each.snapshot for each in versions)) for text in _phrasings(data)}
    await _forget_beside(session, said)
    theirs = await asyncio.to_thread(find_theirs, known, said)
    if not theirs:
        return Forgotten()
    changed, revision = [], await next_revision(session)
    for entry in entries:
        if (data := _without_in_entry(entry.data, theirs)) != entry.data:
            changed.append(entry.id)
            await session.execute(
                update(DraftEntry).where(DraftEntry.id == entry.id).values(data=data, revision=revision)
            )
    out_of_scope = _without_in_lists(draft.out_of_scope, theirs)
    if out_of_scope != draft.out_of_scope:
        revisions = {**draft.revisions, "out_of_scope": revision}
        await session.execute(update(Draft).values(out_of_scope=out_of_scope, revisions=revisions))
    marks: dict[int, str] = {}  # the fingerprints of versions that have changed, by number
    for version in versions:
        if (snapshot := without(version.snapshot, theirs)) != version.snapshot:
            marks[version.number] = fingerprint_of(snapshot)
            facts = {"snapshot": snapshot, "fingerprint": marks[version.number]}
            await session.execute(update(Version).where(Version.number == version.number).values(facts))
    live = await find_live(session)
    was_live = live is not None and live.version in marks
    gone = [number for number in marks if live is None or number != live.version]
    await session.execute(delete(Model).where(Model.version.in_(gone)))
    if live is not None and was_live:
        # Another key each time: by it whoever has read this version sees that it is another now.
        key = f"{STALE}-{marks[live.version]}"
        await session.execute(update(Model).where(Model.version == live.version).values(key=key))
    return Forgotten(phrasings=len(theirs), entries=tuple(changed), versions=tuple(marks), was_live=was_live)


async def _forget_beside(session: AsyncSession, said: list[str]) -> None:
    """In what is kept beside knowledge bases: golden questions, and what the audit log says of edits."""
    golden = (await session.execute(select(GoldenQuestion.id, GoldenQuestion.question))).all()
    edits = select(AuditRow.position, AuditRow.before, AuditRow.after).where(
        or_(AuditRow.what.startswith("knowledge."), AuditRow.what.startswith("golden."))
    )
    acts = (await session.execute(edits)).all()
    told = {text for act in acts for side in (act.before, act.after) for text in _texts(side)}
    # At once, and beside the loop: there may be years of edits.
    theirs = await asyncio.to_thread(find_theirs, told | {row.question for row in golden}, said)
    for row in golden:
        if row.question in theirs:
            await session.execute(delete(GoldenQuestion).where(GoldenQuestion.id == row.id))
    for act in acts:
        kept = {"before": _without_texts(act.before, theirs), "after": _without_texts(act.after, theirs)}
        if kept != {"before": act.before, "after": act.after}:
            await session.execute(update(AuditRow).where(AuditRow.position == act.position).values(kept))


def _texts(value: Any) -> Iterator[str]:
    match value:
        case str():
            yield value
        case list():
            for each in value:
                yield from _texts(each)
        case dict():
            yield from _texts(list(value.values()))


def _without_texts(value: Any, unwanted: Set[str]) -> Any:
    match value:
        case str():
            return "" if value in unwanted else value
        case list():
            return [
                _without_texts(each, unwanted)
                for each in value
                if not (isinstance(each, str) and each in unwanted)
            ]
        case dict():
            return {key: _without_texts(each, unwanted) for key, each in value.items()}
        case _:
            return value


def without(data: Data, unwanted: Set[str]) -> dict[str, Any]:
    """The knowledge base without these phrasings. An entry that has no other left is asked for by its title."""
    kept = {**data, "entries": [_without_in_entry(entry, unwanted) for entry in data["entries"]]}
    if "out_of_scope" in data:
        kept["out_of_scope"] = _without_in_lists(data["out_of_scope"], unwanted)
        if not kept["out_of_scope"]:
            del kept["out_of_scope"]
    return kept


def _without_in_entry(entry: Data, unwanted: Set[str]) -> dict[str, Any]:
    phrasings = {
        language: [text for text in texts if text not in unwanted] or [entry["title"][language]]
        for language, texts in entry["phrasings"].items()
    }
    return {**entry, "phrasings": phrasings}


def _without_in_lists(lists: Data, unwanted: Set[str]) -> dict[str, Any]:
    kept = {language: [text for text in texts if text not in unwanted] for language, texts in lists.items()}
    return {language: texts for language, texts in kept.items() if texts}


def _phrasings(data: Data) -> Iterable[str]:
    for lists in (*(entry["phrasings"] for entry in data["entries"]), data.get("out_of_scope", {})):
        for texts in lists.values():
            yield from texts


def _is_near(key: str, keys: Set[str], grams: Set[str]) -> bool:
    if key in keys:
        return True
    pieces = _grams(key)
    if sum(piece in grams for piece in pieces) < _SHARED * len(pieces):
        return False
    matcher = SequenceMatcher(None, b=key, autojunk=False)
    for other in keys:
        if key in other or other in key:
            return True
        matcher.set_seq1(other)
        if matcher.real_quick_ratio() >= NEAR and matcher.quick_ratio() >= NEAR and matcher.ratio() >= NEAR:
            return True
    return False


def _grams(key: str) -> list[str]:
    return [key[start : start + _GRAM] for start in range(len(key) - _GRAM + 1)]


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold()


def _weight(key: str) -> int:
    return sum(2 if "\u3400" <= character <= "\u9fff" else 1 for character in key)
