"""Edit the draft, one entry or one list at a time.

Who saves names the revision that they began with. Where another has come since, nothing is saved and both are shown:
nobody overwrites what they have not seen.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from core.audit import note_act
from core.database import table_of
from core.errors import BadInput, NotAllowed, NotFound
from nlu.knowledge.documents import entry_to_data, from_data
from nlu.knowledge.drafts import LISTS, Draft, DraftEntry, lock_draft, next_revision
from nlu.knowledge.entries import HUMAN, Entry
from nlu.knowledge.naming import name_entry

EDITS = ("knowledge.edit", "knowledge.add", "knowledge.delete", "knowledge.import")  # in the audit log


@dataclass(frozen=True, kw_only=True)
class Kept:
    """An entry of the draft or one of its lists, as plain data."""

    data: Any
    revision: int


class Conflict(NotAllowed):
    """Somebody else was faster; `theirs` is what they saved, None where they deleted it."""

    def __init__(self, theirs: Kept | None) -> None:
        super().__init__("somebody else has changed this meanwhile. Look at both, then choose")
        self.theirs = theirs


async def find_entry(session: AsyncSession, entry_id: str) -> Kept | None:
    """An entry of the draft, if it is there."""
    row = (
        await session.execute(select(DraftEntry.data, DraftEntry.revision).where(DraftEntry.id == entry_id))
    ).one_or_none()
    return None if row is None else Kept(data=row.data, revision=row.revision)


async def put_entry(session: AsyncSession, entry: Entry, *, seen: int | None, by: str, now: datetime) -> int:
    """Save an entry in the place of the one with the revision `seen`; None: as a new one. Returns its revision.

    Raises `Conflict`, and `BadInput` for a button that leads to no entry.
    """
    await lock_draft(session)
    kept = await find_entry(session, entry.id)
    _check_seen(kept, seen)
    ids = {HUMAN, entry.id, *(await session.scalars(select(DraftEntry.id)))}
    if missing := [button for button in entry.buttons if button not in ids]:
        raise BadInput("buttons", f"there is no entry {missing[0]!r}")
    data = entry_to_data(entry)
    if kept is not None and kept.data == data:
        return kept.revision
    revision = await next_revision(session)
    if kept is None:
        position = (await session.scalar(select(func.max(DraftEntry.position))) or 0) + 1
        row = {"id": entry.id, "position": position, "data": data, "revision": revision}
        await session.execute(insert(table_of(DraftEntry)), row)
    else:
        await _change(session, entry.id, data, revision)
    await note_act(
        session,
        who=by,
        what="knowledge.edit" if kept else "knowledge.add",
        object=entry.id,
        before=kept.data if kept else None,
        after=data,
        now=now,
    )
    return revision


async def add_entry(
    session: AsyncSession,
    *,
    title: Mapping[str, str],
    phrasings: Mapping[str, list[str]],
    answers: Mapping[str, str],
    named: str,
    by: str,
    now: datetime,
) -> str:
    """A new entry at the end of the draft; its id, which is made of `named`. One that is there already is not added twice.

    Raises `BadInput` for what breaks the rules, and `NotAllowed` where there is no draft to add to.
    """
    await lock_draft(session)
    rows = (await session.execute(select(DraftEntry.id, DraftEntry.data))).all()
    if not rows:
        raise NotAllowed("there is no draft yet. Run: shouwen kb import FILE")
    named_so = name_entry(named, {HUMAN, *(row.id for row in rows)})
    wanted = {"id": named_so, "title": title, "phrasings": phrasings, "answers": answers}
    entry = from_data({"entries": [wanted]}).entries[named_so]
    data = entry_to_data(entry)
    for row in rows:
        if {**row.data, "id": named_so} == data:
            return str(row.id)
    await put_entry(session, entry, seen=None, by=by, now=now)
    return named_so


async def delete_entry(session: AsyncSession, entry_id: str, *, seen: int, by: str, now: datetime) -> None:
    """Delete an entry, and the buttons of others that lead to it.

    Raises `Conflict`, `NotFound`, and `NotAllowed` for the last one.
    """
    await lock_draft(session)
    kept = await find_entry(session, entry_id)
    if kept is None:
        raise NotFound("entry", entry_id)
    _check_seen(kept, seen)
    rows = (await session.execute(select(DraftEntry.id, DraftEntry.data))).all()
    if len(rows) == 1:
        raise NotAllowed("this is the only entry. Add another first")
    revision = await next_revision(session)
    for row in rows:
        buttons = row.data.get("buttons", ())
        if row.id != entry_id and entry_id in buttons:
            data = {**row.data, "buttons": [each for each in buttons if each != entry_id]}
            if not data["buttons"]:
                del data["buttons"]
            await _change(session, row.id, data, revision)
            await note_act(
                session,
                who=by,
                what="knowledge.edit",
                object=row.id,
                before=row.data,
                after=data,
                now=now,
            )
    await session.execute(delete(DraftEntry).where(DraftEntry.id == entry_id))
    await note_act(session, who=by, what="knowledge.delete", object=entry_id, before=kept.data, now=now)


async def find_list(session: AsyncSession, name: str) -> Kept:
    """One of `LISTS`."""
    draft = (await session.scalars(select(Draft).execution_options(populate_existing=True))).one_or_none()
    if draft is None:
        return Kept(data={} if name == "out_of_scope" else [], revision=0)
    return Kept(data=getattr(draft, name), revision=draft.revisions.get(name, 0))


async def put_list(session: AsyncSession, name: str, data: Any, *, seen: int, by: str, now: datetime) -> None:
    """Save one of `LISTS`, which was checked. Raises `Conflict`."""
    assert name in LISTS
    draft = await lock_draft(session)
    kept = Kept(data=getattr(draft, name), revision=draft.revisions.get(name, 0))
    _check_seen(kept, seen)
    if kept.data == data:
        return
    revision = await next_revision(session)
    revisions: Mapping[str, Any] = {**draft.revisions, name: revision}
    await session.execute(update(Draft).values({name: data, "revisions": revisions}))
    await note_act(
        session,
        who=by,
        what="knowledge.edit",
        object=name,
        before={name: kept.data},
        after={name: data},
        now=now,
    )


async def _change(session: AsyncSession, entry_id: str, data: Mapping[str, Any], revision: int) -> None:
    await session.execute(
        update(DraftEntry).where(DraftEntry.id == entry_id).values(data=data, revision=revision)
    )


def _check_seen(kept: Kept | None, seen: int | None) -> None:
    if (kept.revision if kept else None) != seen:
        raise Conflict(kept)
