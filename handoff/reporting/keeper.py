"""The keeper of figures: counts what has changed, in the transaction that forgets that it had to be counted.

Whatever changed is counted anew as a whole, and the roll-ups get the difference: so it matters neither in which order things
become known, nor how often they are counted, and a keeper that dies has done nothing. A recount is the same for everything.
See docs/decisions/0018.
"""

import dataclasses
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from typing import Any
from uuid import UUID

import orjson
import structlog
from sqlalchemy import ColumnElement, Table, bindparam, delete, exists, insert, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from core.changes import ConversationChange
from core.conversations import Conversation
from core.cursors import find_cursor, lock_cursor, set_cursor
from core.database import Database, table_of
from core.wakeups import DESK, Wakeups
from core.workers import work_forever
from handoff.refusals import Refused
from handoff.reporting.cells import Cell, Tally, Value, difference, total
from handoff.reporting.session_keeping import keep_sessions
from handoff.reporting.sources import read_tickets
from handoff.reporting.tables import (
    DayFigure,
    MonthFigure,
    ReportSession,
    SessionFact,
    TicketChange,
    TicketFact,
)
from handoff.reporting.ticket_tally import UnknownEvent, tally_ticket
from handoff.tickets import Ticket

log = structlog.get_logger(__name__)

CURSOR = "reports"
FORMULAS = 2  # raise it with any change of what is counted how: then all is counted anew
BATCH = 200  # tickets, or conversations, of one transaction
POLL = 2.0  # seconds between looks


@dataclass(frozen=True, kw_only=True)
class Progress:
    """How far the keeper is; kept as the cursor's value."""

    zone: str
    formulas: int = FORMULAS
    stage: str = "following"  # or what a recount does: "clearing", "tickets", "conversations"
    after: str | None = None  # the last that a recount has counted

    @property
    def is_recount(self) -> bool:
        """Whether the figures are still incomplete."""
        return self.stage != "following"


class Keeper:
    """Keeps the figures by days of `zone`. `step()` counts some of what has changed, for `core.workers.work_forever`."""

    def __init__(self, database: Database, *, zone: tzinfo) -> None:
        self._database = database
        self._zone = zone
        self._name = str(zone)

    async def run(self, wakeups: Wakeups) -> None:
        """Keep figures until cancelled. Any number may: one at a time counts."""
        await work_forever("reports", self.step, wakeups=wakeups, topic=DESK, poll=POLL)

    async def step(self) -> bool:
        """Count a batch; False when there was nothing to count."""
        async with self._database.read() as session:
            progress = await self._find_progress(session)
            changed = exists(select(ConversationChange.position)) | exists(select(TicketChange.position))
            if progress is not None and not progress.is_recount and not await session.scalar(select(changed)):
                return False
        async with self._database.write() as session:
            progress = await self._lock_progress(session)
            match progress.stage:
                case "clearing":
                    await _clear(session)
                    after = dataclasses.replace(progress, stage="tickets", after=None)
                case "tickets":
                    after = await self._recount_tickets(session, progress)
                case "conversations":
                    after = await self._recount_conversations(session, progress)
                case _:
                    after = progress
                    tickets = await self._follow_tickets(session)
                    conversations = await self._follow_conversations(session)
                    if not tickets and not conversations:
                        return False
            await set_cursor(session, CURSOR, _dump(after))
        return True

    async def count(self) -> None:
        """Count until there is nothing left."""
        while await self.step():
            pass

    async def recount(self) -> None:
        """Forget all figures, and make them anew; it goes on where it was ended in between."""
        await self.start_anew()
        await self.count()

    async def start_anew(self) -> None:
        """Have all counted anew, by whoever looks next."""
        async with self._database.write() as session:
            await self._lock_progress(session)
            await set_cursor(session, CURSOR, _dump(Progress(zone=self._name, stage="clearing")))

    async def _find_progress(self, session: AsyncSession) -> Progress | None:
        """How far it is; None when all has to be counted, since nothing was, or otherwise."""
        value = await find_cursor(session, CURSOR)
        progress = Progress(**orjson.loads(value)) if value else None
        if progress is None or (progress.zone, progress.formulas) != (self._name, FORMULAS):
            return None
        return progress

    async def _lock_progress(self, session: AsyncSession) -> Progress:
        """How far it is; nobody else counts until the transaction ends."""
        fresh = Progress(zone=self._name, stage="clearing")
        await lock_cursor(session, CURSOR, first=_dump(fresh))
        return await self._find_progress(session) or fresh

    # Following

    async def _follow_tickets(self, session: AsyncSession) -> bool:
        query = select(TicketChange.position, TicketChange.ticket_id).order_by(TicketChange.position)
        found = list(await session.execute(query.limit(BATCH)))
        if found:
            done = TicketChange.position.in_([position for position, _ in found])
            await session.execute(delete(TicketChange).where(done))
            await self._count_tickets(session, sorted({ticket_id for _, ticket_id in found}))
        return bool(found)

    async def _follow_conversations(self, session: AsyncSession) -> bool:
        query = select(
            ConversationChange.position, ConversationChange.conversation_id, ConversationChange.moved
        )
        found = list(await session.execute(query.order_by(ConversationChange.position).limit(BATCH)))
        # What is erased meanwhile gets another id: its change stays, and is found under that one.
        held = await _hold(session, {row.conversation_id for row in found})
        done = [row.position for row in found if row.conversation_id in held]
        if done:
            await session.execute(delete(ConversationChange).where(ConversationChange.position.in_(done)))
            moved = {row.conversation_id for row in found if row.moved}
            await self._count_conversations(session, held, moved=moved)
        return bool(done)

    # Counting anew

    async def _recount_tickets(self, session: AsyncSession, progress: Progress) -> Progress:
        query = select(Ticket.id).order_by(Ticket.id).limit(BATCH)
        if progress.after:
            query = query.where(Ticket.id > UUID(progress.after))
        found = list(await session.scalars(query))
        await self._count_tickets(session, found)
        if len(found) < BATCH:
            return dataclasses.replace(progress, stage="conversations", after=None)
        return dataclasses.replace(progress, after=str(found[-1]))

    async def _recount_conversations(self, session: AsyncSession, progress: Progress) -> Progress:
        query = select(Conversation.id).order_by(Conversation.id).limit(BATCH)
        if progress.after:
            query = query.where(Conversation.id > UUID(progress.after))
        found = list(await session.scalars(query))
        await self._count_conversations(session, await _hold(session, found))
        if len(found) < BATCH:
            return dataclasses.replace(progress, stage="following", after=None)
        return dataclasses.replace(progress, after=str(found[-1]))

    # Counting

    async def _count_tickets(self, session: AsyncSession, ticket_ids: Sequence[UUID]) -> None:
        if not ticket_ids:
            return
        before = await _read_facts(session, TicketFact, ticket_ids)
        after: dict[UUID, Mapping[Cell, Value]] = {}
        for ticket_id, source in (await read_tickets(session, ticket_ids)).items():
            try:
                after[ticket_id] = tally_ticket(source, zone=self._zone)
            except (Refused, UnknownEvent):  # of another version: all others count
                log.exception("reports.ticket_unreadable", ticket=str(ticket_id))
                after[ticket_id] = Tally(self._zone)
        await _replace(session, TicketFact, before, after)

    async def _count_conversations(
        self, session: AsyncSession, conversation_ids: Sequence[UUID], *, moved: Collection[UUID] = ()
    ) -> None:
        if not conversation_ids:
            return
        kept = await keep_sessions(session, conversation_ids, moved=moved, zone=self._zone)
        before = await _read_facts(session, SessionFact, [*kept.read, *kept.judged])
        after = {**{key: kept.judge(key, before.get(key, {})) for key in kept.judged}, **kept.read}
        await _replace(session, SessionFact, before, after)


async def _hold(session: AsyncSession, conversation_ids: Collection[UUID]) -> list[UUID]:
    """Those that are there, kept from being erased until the transaction ends; turns go on."""
    query = (
        select(Conversation.id)
        .where(Conversation.id.in_(sorted(conversation_ids)))
        .order_by(Conversation.id)
        .with_for_update(read=True, key_share=True)
    )
    return list(await session.scalars(query)) if conversation_ids else []


async def _clear(session: AsyncSession) -> None:
    for table in (SessionFact, TicketFact, ReportSession, DayFigure, MonthFigure):
        await session.execute(delete(table))


_Fact = type[TicketFact] | type[SessionFact]


def _subject(fact: _Fact) -> Any:
    return fact.ticket_id if fact is TicketFact else fact.session_id  # type: ignore[union-attr]


async def _read_facts(
    session: AsyncSession, fact: _Fact, subject_ids: Sequence[UUID]
) -> dict[UUID, dict[Cell, Value]]:
    found: dict[UUID, dict[Cell, Value]] = {}
    subject = _subject(fact)
    query = select(subject, fact.day, fact.figure, fact.key, fact.count, fact.amount)
    for subject_id, day, figure, key, count, amount in await session.execute(
        query.where(subject.in_(subject_ids))
    ):
        found.setdefault(subject_id, {})[Cell(day, figure, key)] = Value(count, amount)
    return found


async def _replace(
    session: AsyncSession,
    fact: _Fact,
    before: Mapping[UUID, Mapping[Cell, Value]],
    after: Mapping[UUID, Mapping[Cell, Value]],
) -> None:
    """Write what these tickets or sessions add now instead of before, and bring the roll-ups to it."""
    table, name = table_of(fact), _subject(fact).key
    gone, come = [], []
    differences = []
    for subject_id, tally in after.items():
        was = before.get(subject_id, {})
        changed = difference(was, tally)
        differences.append(changed)
        for cell in changed:
            row = {name: subject_id, **cell._asdict()}
            if cell in was:
                gone.append({f"_{column}": value for column, value in row.items()})
            if cell in tally:
                come.append({**row, **_counted(tally[cell])})
    if gone:
        await session.execute(delete(table).where(*_is_row(table, (name, "day", "figure", "key"))), gone)
    if come:
        await session.execute(insert(table), come)
    await _roll_up(session, total(differences))


def _is_row(table: Table, names: Sequence[str]) -> list[ColumnElement[bool]]:
    return [table.c[name] == bindparam(f"_{name}", type_=table.c[name].type) for name in names]


async def _roll_up(session: AsyncSession, changes: Mapping[Cell, Value]) -> None:
    """By day, and by month."""
    months = total({cell._replace(day=cell.day.replace(day=1)): value} for cell, value in changes.items())
    await _add(session, table_of(DayFigure), "day", changes)
    await _add(session, table_of(MonthFigure), "month", months)


async def _add(session: AsyncSession, table: Table, span: str, changes: Mapping[Cell, Value]) -> None:
    """Add to cells; those in which nothing is left go."""
    if not changes:
        return
    place = (span, "figure", "key")
    rows = [dict(zip(place, cell, strict=True)) | _counted(changes[cell]) for cell in sorted(changes)]
    make = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    adding = make(table)
    sums = {name: table.c[name] + adding.excluded[name] for name in ("count", "amount")}
    await session.execute(adding.on_conflict_do_update(index_elements=place, set_=sums), rows)
    lowered = [
        {f"_{name}": value for name, value in zip(place, cell, strict=True)}
        for cell in sorted(changes)
        if changes[cell].times < 0
    ]
    if lowered:
        await session.execute(delete(table).where(*_is_row(table, place), table.c.count == 0), lowered)


def _counted(value: Value) -> dict[str, int]:
    return {"count": value.times, "amount": value.amount}


def _dump(progress: Progress) -> str:
    return orjson.dumps(dataclasses.asdict(progress)).decode()


async def read_progress(session: AsyncSession) -> Progress | None:
    """How far the figures are; None before the first time."""
    value = await find_cursor(session, CURSOR)
    return Progress(**orjson.loads(value)) if value else None
