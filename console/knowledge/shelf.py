"""The draft and the live version as the console shows them, read again only as far as they have changed.

A knowledge base of thousands of entries takes a second to read; pages of it are asked for many times a minute.
"""

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cached_property
from typing import Any

from sqlalchemy import select

from core.database import Database
from core.languages import ReplyLanguage
from nlu.knowledge.check import key_of
from nlu.knowledge.documents import fingerprint
from nlu.knowledge.drafts import LISTS, Draft, DraftEntry
from nlu.knowledge.entries import Entry, KnowledgeBase
from nlu.knowledge.live import read_knowledge_of
from nlu.knowledge.schema import FileModel, to_knowledge
from nlu.knowledge.versions import Mark, find_live
from nlu.normalise import simplify


class Stand(StrEnum):
    """How an entry of the draft stands to the live version."""

    LIVE = "live"  # the same
    CHANGED = "changed"
    NEW = "new"
    REMOVED = "removed"  # live, and not in the draft any more


@dataclass(frozen=True)
class Parsed:
    """An entry of the draft, and what is looked for in it."""

    revision: int
    entry: Entry

    @cached_property
    def haystack(self) -> str:
        """All its words, in one script and case."""
        return haystack_of(self.entry)

    @cached_property
    def keys(self) -> Sequence[tuple[str, str]]:
        """What the engine compares of each phrasing, and the phrasing."""
        return [(key_of(text), text) for texts in self.entry.phrasings.values() for text in texts]


@dataclass(frozen=True, kw_only=True)
class Contents:
    """What stands on the shelf at one moment. `parsed` are the entries of the draft, in its order."""

    revision: int
    live: Mark | None
    parsed: Mapping[str, Parsed]
    draft: KnowledgeBase
    published: KnowledgeBase  # what is live
    names: Mapping[str, Mapping[ReplyLanguage, str]] = field(repr=False)

    @cached_property
    def fingerprint(self) -> str:
        """The draft's. Takes a while: see `Shelf.look`."""
        return fingerprint(self.draft)

    @cached_property
    def is_changed(self) -> bool:
        """Whether there is something to publish; the order of entries does not count."""
        before, after = self.published, self.draft
        lists = replace(before, entries={}) != replace(after, entries={})
        return lists or any(stand is not Stand.LIVE for stand in self.stands.values())

    @cached_property
    def stands(self) -> Mapping[str, Stand]:
        """Of every entry that is live or in the draft."""
        mine, theirs = self.draft.entries, self.published.entries
        stands = {
            key: Stand.NEW if key not in theirs else Stand.LIVE if entry == theirs[key] else Stand.CHANGED
            for key, entry in mine.items()
        }
        return stands | {key: Stand.REMOVED for key in theirs if key not in mine}

    def stand_of(self, entry_id: str) -> Stand | None:
        """None where neither has it."""
        return self.stands.get(entry_id)

    @cached_property
    def owners(self) -> Mapping[str, Sequence[tuple[str, str]]]:
        """By what the engine compares: the entries of the draft that have such a phrasing, and the phrasing."""
        owners: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
        for entry_id, parsed in self.parsed.items():
            for key, text in parsed.keys:
                owners[key].append((entry_id, text))
        return owners

    @cached_property
    def titles(self) -> Mapping[str, Sequence[str]]:
        """By what the engine compares: the entries of the draft that have such a title."""
        owners: defaultdict[str, list[str]] = defaultdict(list)
        for entry in self.draft.entries.values():
            for title in entry.title.values():
                if entry.id not in owners[key_of(title)]:
                    owners[key_of(title)].append(entry.id)
        return owners

    def title(self, entry_id: str, language: ReplyLanguage) -> str:
        """What an entry is called; one that nobody knows any more by its id."""
        return self.names.get(entry_id, {}).get(language, entry_id)


class Shelf:
    """Reads for all pages of this process."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._reading = asyncio.Lock()
        self._contents: Contents | None = None

    async def look(self) -> Contents:
        """What stands there now."""
        async with self._reading:
            async with self._database.read() as session:
                revision = await session.scalar(select(Draft.revision)) or 0
                live = await find_live(session)
            before = self._contents
            if before is not None and (before.revision, before.live) == (revision, live):
                return before
            self._contents = await self._read(revision, live, before)
            return self._contents

    async def _read(self, revision: int, live: Mark | None, before: Contents | None) -> Contents:
        known = before.parsed if before else {}
        async with self._database.read() as session:
            rows = (
                await session.execute(
                    select(DraftEntry.id, DraftEntry.revision).order_by(DraftEntry.position)
                )
            ).all()
            wanted = {row.id for row in rows if row.id not in known or known[row.id].revision != row.revision}
            query = select(DraftEntry.id, DraftEntry.revision, DraftEntry.data)
            if len(wanted) < len(rows) // 4:
                query = query.where(DraftEntry.id.in_(wanted))
            fresh = (await session.execute(query)).all() if wanted else []
            lists = (await session.execute(select(*(getattr(Draft, name) for name in LISTS)))).one_or_none()
        drafted = dict(lists._mapping) if lists else {}
        published = KnowledgeBase({})
        if live is not None:  # its number alone would not tell that something was erased in it
            if before is not None and before.live == live:
                published = before.published
            else:
                published = await read_knowledge_of(self._database, live.version)
        datas = [(row.id, row.revision, row.data) for row in fresh if row.id in wanted]
        parsed = dict(known) | await asyncio.to_thread(_parse, datas)
        parsed = {row.id: parsed[row.id] for row in rows if row.id in parsed}
        rest = to_knowledge([FileModel.model_validate(drafted)])
        draft = replace(rest, entries={key: each.entry for key, each in parsed.items()})
        names = {key: entry.title for kb in (published, draft) for key, entry in kb.entries.items()}
        contents = Contents(
            revision=revision, live=live, parsed=parsed, draft=draft, published=published, names=names
        )
        # What pages need is worked out here, once and aside.
        await asyncio.to_thread(_work_out, contents)
        return contents


def _work_out(contents: Contents) -> None:
    for each in contents.parsed.values():
        each.haystack  # noqa: B018 - it is kept from then on
    contents.is_changed  # noqa: B018


def haystack_of(entry: Entry) -> str:
    """All the words of an entry."""
    texts = [entry.id, *entry.title.values(), *entry.answers.values()]
    texts += [text for each in entry.phrasings.values() for text in each]
    texts += [text for each in entry.answers_on.values() for text in each.values()]
    return plain("\n".join(texts))


def plain(text: str) -> str:
    """In one script and case."""
    simple: str = simplify(text.casefold())
    return simple


def entry_of(data: Mapping[str, Any]) -> Entry:
    """An entry as the draft keeps it; it was checked when it was saved."""
    (entry,) = to_knowledge([FileModel.model_validate({"entries": [data]})]).entries.values()
    return entry


def _parse(datas: Sequence[tuple[str, int, Mapping[str, Any]]]) -> dict[str, Parsed]:
    return {key: Parsed(revision, entry_of(data)) for key, revision, data in datas}
