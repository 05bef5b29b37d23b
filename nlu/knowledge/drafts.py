"""The draft: the working copy of the knowledge base, a row per entry, so that two people can edit two entries."""

import asyncio
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import BigInteger, Integer, delete, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from core.audit import note_act
from core.clock import utc_now
from core.database import Base, Database, table_of
from core.errors import ConfigError, ShouwenError
from nlu.knowledge.documents import fingerprint, from_data, knowledge_files, to_data
from nlu.knowledge.entries import KnowledgeBase
from nlu.knowledge.files import read_knowledge

LISTS = ("out_of_scope", "synonyms", "replies", "banned")  # what a knowledge base holds beside entries

_THE_ONE = 1
_BigId = BigInteger().with_variant(Integer(), "sqlite")


class Draft(Base):
    """What the draft holds beside its entries. One row, locked by who reads or replaces the whole.

    `files` and `origin` tell what stood in the files at `bot.knowledge` when they were last looked at:
    `files` changes with every byte, `origin` with the knowledge. A draft whose fingerprint is not `origin`
    was edited elsewhere.

    `revision` counts the changes of the draft, wherever they come from; `revisions` has the one that changed each
    list last.
    """

    __tablename__ = "knowledge_draft"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    out_of_scope: Mapped[dict[str, Any]] = mapped_column(default=dict)
    synonyms: Mapped[list[Any]] = mapped_column(default=list)
    replies: Mapped[list[Any]] = mapped_column(default=list)
    banned: Mapped[list[Any]] = mapped_column(default=list)
    files: Mapped[str | None]
    origin: Mapped[str | None]
    revision: Mapped[int] = mapped_column(_BigId, default=1)
    revisions: Mapped[dict[str, Any]] = mapped_column(default=dict)


class DraftEntry(Base):
    """An entry of the draft, as `nlu.knowledge.documents.entry_to_data` writes it; `revision` changed it last."""

    __tablename__ = "knowledge_draft_entries"

    id: Mapped[str] = mapped_column(primary_key=True)
    position: Mapped[int]
    data: Mapped[dict[str, Any]]
    revision: Mapped[int] = mapped_column(_BigId, default=1)


@dataclass(frozen=True, kw_only=True)
class Files:
    """The files at `bot.knowledge`: `digest` of their bytes, and where they are."""

    path: Path
    digest: str


@dataclass(frozen=True, kw_only=True)
class Changes:
    """What one knowledge base has that another has not: ids of entries, and names of the other lists."""

    added: tuple[str, ...]
    changed: tuple[str, ...]
    removed: tuple[str, ...]
    lists: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.added or self.changed or self.removed or self.lists)


async def lock_draft(session: AsyncSession) -> Draft:
    """The draft's row, locked until the transaction ends; made where there was none."""
    dialect = session.get_bind().dialect.name
    make = sqlite.insert(table_of(Draft)) if dialect == "sqlite" else postgresql.insert(table_of(Draft))
    await session.execute(
        make.values(
            id=_THE_ONE, out_of_scope={}, synonyms=[], replies=[], banned=[], revision=1, revisions={}
        ).on_conflict_do_nothing(index_elements=["id"])
    )
    query = select(Draft).where(Draft.id == _THE_ONE).with_for_update()
    return (await session.scalars(query.execution_options(populate_existing=True))).one()


async def find_draft(session: AsyncSession) -> KnowledgeBase | None:
    """The draft; None where there is none yet. Raises `BadInput` when it was left in a state that is none.

    The caller holds it locked, or does not mind that it changes between two statements.
    """
    data = await _find_data(session)
    return None if data is None else from_data(data)


async def _find_data(session: AsyncSession) -> dict[str, Any] | None:
    entries = (await session.scalars(select(DraftEntry.data).order_by(DraftEntry.position))).all()
    if not entries:
        return None
    draft = (await session.scalars(select(Draft))).one()
    lists = {name: getattr(draft, name) for name in LISTS}
    return {"entries": list(entries), **lists}


async def replace_draft(session: AsyncSession, knowledge: KnowledgeBase) -> None:
    """Put a whole knowledge base in the place of the draft. The caller holds the draft locked."""
    data = to_data(knowledge)
    revision = await next_revision(session)
    await session.execute(delete(DraftEntry))
    rows = [
        {"id": entry["id"], "position": position, "data": entry, "revision": revision}
        for position, entry in enumerate(data["entries"])
    ]
    await session.execute(insert(table_of(DraftEntry)), rows)
    await session.execute(
        update(Draft).values(
            out_of_scope=data.get("out_of_scope", {}),
            synonyms=data.get("synonyms", []),
            replies=data.get("replies", []),
            banned=data.get("banned", []),
            revisions=dict.fromkeys(LISTS, revision),
        )
    )


async def next_revision(session: AsyncSession) -> int:
    """The number of a change that is about to be made. The caller holds the draft locked."""
    revision = (await session.scalars(select(Draft.revision))).one() + 1
    await session.execute(update(Draft).values(revision=revision))
    return revision


async def import_knowledge(
    database: Database, knowledge: KnowledgeBase, *, configured: Path, by: str = "", file: str = ""
) -> Changes:
    """Put it in the place of the draft; returns what that changes. It came from `file`.

    What stands in the files at `configured` now counts as known: it is not taken at the next start.
    """
    async with database.write() as session:
        await lock_draft(session)
        changes = compare(await _find_data(session) or {}, to_data(knowledge))
        await replace_draft(session, knowledge)
        if changes:
            told = {name: list(names) for name, names in vars(changes).items() if names}
            await note_act(session, who=by, what="knowledge.import", object=file, after=told, now=utc_now())
    await note_configured(database, configured)
    return changes


async def note_configured(database: Database, configured: Path) -> None:
    """From now on the configured files count as changed only if they differ from what they are now."""
    try:
        files = await asyncio.to_thread(look_at_files, configured)
        origin = fingerprint(await asyncio.to_thread(read_knowledge, configured))
    except ShouwenError:  # nobody can take them either
        return
    async with database.write() as session:
        await lock_draft(session)
        await note_files(session, files, origin)


async def are_news(session: AsyncSession, files: Files) -> bool:
    """Whether the files have changed since they were last looked at, and the draft was not edited otherwise."""
    seen, draft = await session.get(Draft, _THE_ONE), await find_draft(session)
    if seen is None or draft is None:
        return True
    return files.digest != seen.files and not is_edited(draft, seen.origin)


async def find_seen(session: AsyncSession) -> str | None:
    """The digest of the files at `bot.knowledge` when they were last looked at."""
    return await session.scalar(select(Draft.files))


async def note_files(session: AsyncSession, files: Files, origin: str) -> None:
    """These files, which hold the knowledge with the fingerprint `origin`, are known. The caller holds the lock."""
    await session.execute(update(Draft).values(files=files.digest, origin=origin))


def look_at_files(path: Path) -> Files:
    """The files as they are, unread as yet. Raises `ConfigError` where there are none."""
    digest = hashlib.sha256()
    try:
        for file in knowledge_files(path):
            data = file.read_bytes()
            digest.update(f"{file.name} {len(data)} ".encode())
            digest.update(data)
    except FileNotFoundError as error:
        raise ConfigError(str(path), "there is no such file or folder", "Correct the path") from error
    except OSError as error:
        problem = f"the knowledge base cannot be read ({error.strerror or error})"
        raise ConfigError(str(path), problem, "Check its permissions") from error
    return Files(path=path, digest=digest.hexdigest()[:16])


def compare(before: Mapping[str, Any], after: Mapping[str, Any]) -> Changes:
    """What has changed between two of `to_data`; the order of entries does not count."""
    old = {entry["id"]: entry for entry in before.get("entries", ())}
    new = {entry["id"]: entry for entry in after["entries"]}
    return Changes(
        added=tuple(key for key in new if key not in old),
        changed=tuple(key for key in new if key in old and new[key] != old[key]),
        removed=tuple(key for key in old if key not in new),
        lists=tuple(name for name in LISTS if (before.get(name) or None) != after.get(name)),
    )


def is_edited(draft: KnowledgeBase, origin: str | None) -> bool:
    """Whether the draft is not what the files held when they were last looked at."""
    return fingerprint(draft) != origin
