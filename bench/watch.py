"""What must hold of a service department at any moment, looked at from outside: in the database, after every act.

No open ticket is without an owner, a queue and a deadline that runs; the log of events alone rebuilds each ticket and
its deadlines; and every step of every deadline is carried out once, when its time has come.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from core.database import Database
from handoff.alerts import Alert, AlertKind
from handoff.deadlines import Deadline
from handoff.facts import Facts, apply
from handoff.history import replay
from handoff.life import OPEN_STATES, EventKind, TicketState
from handoff.settings import DeskSettings
from handoff.standards import LADDERS, Due, Promise, Step, deadlines
from handoff.tickets import Ticket, TicketEvent

ALERTS = {
    Step.WARN: AlertKind.WARNING,
    Step.BREACH: AlertKind.BREACH,
    Step.ESCALATE: AlertKind.ESCALATION,
    Step.LAPSE: AlertKind.TRANSFER,
}
EVENTS = {
    Step.WARN: EventKind.WARNED,
    Step.BREACH: EventKind.BREACHED,
    Step.ESCALATE: EventKind.ESCALATED,
    Step.LAPSE: EventKind.LAPSED,
    Step.REMIND: EventKind.REMINDED,
}
# A complaint is not over when its customer does not answer.
CAUSED = {**ALERTS, Step.RESOLVE: AlertKind.COMPLAINT}
PARTS = 500  # tickets that are looked at together
NEXT = 200  # clocks that are read at a time


class Broken(AssertionError):
    """Something does not hold."""


@dataclass(frozen=True, kw_only=True)
class Change:
    """An event, with the ticket before and after it."""

    ticket_id: UUID
    event: TicketEvent
    before: Facts | None
    after: Facts


@dataclass
class _Clock:
    """A deadline's row as it was seen last."""

    due: Due
    fired: int


class Watch:
    """Follows the log of events, and compares with it what is stored."""

    def __init__(self, database: Database, settings: DeskSettings) -> None:
        self._database = database
        self._settings = settings
        self._position = 0
        self._clocks: dict[UUID, _Clock] = {}
        self._ended_since: datetime | None = None
        self.facts: dict[UUID, Facts] = {}
        self.conversations: dict[UUID, UUID] = {}  # by ticket
        self.untaken: set[UUID] = set()
        self.checks = 0

    async def read_clocks(self) -> list[tuple[UUID, datetime]]:
        """The tickets whose next steps are due first, and when."""
        query = (
            select(Deadline.ticket_id, Deadline.next_at)
            .where(Deadline.next_at.is_not(None))
            .order_by(Deadline.next_at)
            .limit(NEXT)
        )
        async with self._database.read() as session:
            return [(ticket_id, at) for ticket_id, at in await session.execute(query) if at is not None]

    async def look(self, now: datetime, *, fired_for: Collection[UUID] | None = None) -> list[Change]:
        """Check what has changed since the last look, and return it.

        `fired_for` are the tickets that the clock had something to do for, when it has just looked; else None: then no
        step may have been carried out. Raises `Broken`.
        """
        self.checks += 1
        async with self._database.read() as session:
            changes = await self._follow(session)
            touched = {change.ticket_id for change in changes} | set(fired_for or ())
            if touched:
                await self._compare(session, touched, now, clock_looked=fired_for is not None)
        self._ended_since = now
        return changes

    async def _follow(self, session: AsyncSession) -> list[Change]:
        query = (
            select(TicketEvent).where(TicketEvent.position > self._position).order_by(TicketEvent.position)
        )
        changes = []
        for event in await session.scalars(query):
            before = self.facts.get(event.ticket_id)
            after = self.facts[event.ticket_id] = apply(before, event)
            if after.state in (TicketState.NEW, TicketState.ASSIGNED) and after.taken_at is None:
                self.untaken.add(event.ticket_id)
            else:
                self.untaken.discard(event.ticket_id)
            changes.append(Change(ticket_id=event.ticket_id, event=event, before=before, after=after))
            self._position = event.position
        return changes

    async def _compare(
        self, session: AsyncSession, ids: Collection[UUID], now: datetime, *, clock_looked: bool
    ) -> None:
        by_ticket = await _read_rows(session, ids, ended_since=self._ended_since)
        for ticket in await session.scalars(select(Ticket).where(Ticket.id.in_(ids))):
            facts = self.facts[ticket.id]
            self.conversations[ticket.id] = ticket.conversation_id
            rows = by_ticket.get(ticket.id, [])
            complain_all(
                ticket.number,
                check_ticket(ticket, facts, [r for r in rows if r.ended_at is None], self._settings),
            )
            for row in rows:
                self._check_clock(ticket.number, row, facts, now, clock_looked=clock_looked)

    def _check_clock(
        self, number: str, row: Deadline, facts: Facts, now: datetime, *, clock_looked: bool
    ) -> None:
        known = self._clocks.get(row.id)
        if row.ended_at is not None:
            if known is None:  # began and ended between two looks, or was counted already
                return
            most = max(known.fired, _passed(known.due, now)) if clock_looked else known.fired
            complain(known.fired <= row.fired <= most, number, f"{row.promise} ended with {row.fired} steps")
            del self._clocks[row.id]
            return
        calendar = self._settings.calendar_of(facts.queue)
        due = next(
            each
            for each in deadlines(facts, self._settings.standards, calendar)
            if each.promise == row.promise
        )
        fired = known.fired if known else 0
        wanted = max(fired, _passed(due, now)) if clock_looked else fired
        complain(row.fired == wanted, number, f"{row.promise} has fired {row.fired} steps, not {wanted}")
        self._clocks[row.id] = _Clock(due=due, fired=row.fired)


def _passed(due: Due, now: datetime) -> int:
    return sum(at <= now for at, _ in due.steps)


def complain(holds: bool, number: str, problem: str) -> None:
    """Raises `Broken` unless it holds."""
    if not holds:
        raise Broken(f"{number}: {problem}")


def complain_all(number: str, problems: Sequence[str]) -> None:
    """Raises `Broken` when there are any."""
    complain(not problems, number, "; ".join(problems))


def check_ticket(ticket: Ticket, facts: Facts, rows: Sequence[Deadline], settings: DeskSettings) -> list[str]:
    """What is wrong with a ticket, given what its events say and the rows of its running deadlines."""
    problems = []
    if facts != ticket.facts:
        problems.append(f"the events say {facts}, the row {ticket.facts}")
    if facts.state in OPEN_STATES:
        if facts.first_owner_id is None:
            problems.append("nobody owns it")
        if facts.queue not in settings.queues:
            problems.append(f"it is in no queue: {facts.queue}")
        if not rows:
            problems.append("no deadline runs")
    calendar = settings.calendar_of(facts.queue)
    wanted = {due.promise: due for due in deadlines(facts, settings.standards, calendar)}
    found = {Promise(row.promise): row for row in rows}
    if len(found) != len(rows) or set(found) != set(wanted):
        return [*problems, f"deadlines {sorted(row.promise for row in rows)}, not {sorted(wanted)}"]
    for promise, due in wanted.items():
        row = found[promise]
        next_at = due.steps[row.fired][0] if row.fired < len(due.steps) else None
        if (row.since, row.due_at, row.next_at, row.tier) != (due.since, due.at, next_at, due.tier):
            problems.append(f"{promise} is {row.since, row.due_at, row.next_at, row.tier}, not {due}")
    return problems


async def count_lost(database: Database) -> int:
    """Open tickets without an owner, a queue or a running deadline."""
    runs = select(Deadline.id).where(Deadline.ticket_id == Ticket.id, Deadline.ended_at.is_(None)).exists()
    query = (
        select(func.count())
        .select_from(Ticket)
        .where(Ticket.state.in_(OPEN_STATES))
        .where(or_(Ticket.first_owner_id.is_(None), Ticket.queue == "", ~runs))
    )
    async with database.read() as session:
        return await session.scalar(query) or 0


async def find_faults(database: Database, settings: DeskSettings) -> list[str]:
    """Everything that does not hold in a database: of every ticket its whole story, and of every step that it was done once."""
    faults: list[str] = []
    async with database.read() as session:
        ids = list(await session.scalars(select(Ticket.id)))
        for start in range(0, len(ids), PARTS):
            part = ids[start : start + PARTS]
            rows = await _read_rows(session, part)
            events: dict[UUID, list[TicketEvent]] = {each: [] for each in part}
            query = select(TicketEvent).where(TicketEvent.ticket_id.in_(part)).order_by(TicketEvent.position)
            for event in await session.scalars(query):
                events[event.ticket_id].append(event)
            alerts: dict[UUID, list[Alert]] = {each: [] for each in part}
            for alert in await session.scalars(select(Alert).where(Alert.ticket_id.in_(part))):
                if alert.ticket_id:
                    alerts[alert.ticket_id].append(alert)
            for ticket in await session.scalars(select(Ticket).where(Ticket.id.in_(part))):
                mine = rows.get(ticket.id, [])
                facts = replay(events[ticket.id])
                problems = check_ticket(
                    ticket, facts, [row for row in mine if row.ended_at is None], settings
                )
                problems += check_steps(mine, events[ticket.id], alerts[ticket.id])
                faults += [f"{ticket.number}: {problem}" for problem in problems]
    return faults


def check_steps(
    rows: Sequence[Deadline], events: Sequence[TicketEvent], alerts: Sequence[Alert]
) -> list[str]:
    """What is wrong with the steps of a ticket's deadlines: each that was carried out has its one event and its one alert."""
    done = Counter(
        (Promise(row.promise), LADDERS[Promise(row.promise)][number][1])
        for row in rows
        for number in range(row.fired)
    )
    told = Counter((event.kind, event.data.get("promise")) for event in events)
    alerted = Counter((alert.kind, alert.promise) for alert in alerts)
    problems = []
    for (promise, step), times in done.items():
        happened = told[EVENTS[step], promise] if step in EVENTS else times
        # A warning that would come too late is left out.
        if happened > times or (happened < times and step is not Step.WARN):
            problems.append(f"{promise}: {step} {times} times, but {happened} events")
        if step in ALERTS and alerted[ALERTS[step], promise] != happened:
            problems.append(
                f"{promise}: {step} {happened} times, but {alerted[ALERTS[step], promise]} alerts"
            )
    for (kind, name), times in told.items():
        of_step = next((each for each in EVENTS if EVENTS[each] == kind), None)
        if of_step is not None and name is not None and done[Promise(name), of_step] < times:
            problems.append(f"{name}: {times} times {kind}, which no deadline says")
    problems += _check_causes(rows, alerts)
    silent = sum(event.kind == EventKind.RETURNED and event.data.get("why") == "silent" for event in events)
    if silent != done[Promise.PICK_UP, Step.RETURN]:
        problems.append(f"returned {silent} times from who was silent")
    closed = sum(event.kind == EventKind.CLOSED and event.data.get("why") == "by_default" for event in events)
    if closed != done[Promise.CONFIRM, Step.CLOSE]:
        problems.append(f"closed by default {closed} times")
    return problems


def _check_causes(rows: Sequence[Deadline], alerts: Iterable[Alert]) -> list[str]:
    """Every alert of a clock names the step that it is of."""
    problems = []
    by_id = {str(row.id): row for row in rows}
    for alert in alerts:
        row_id, _, number = alert.cause.rpartition(":")
        if row_id not in by_id:
            continue
        row = by_id[row_id]
        step = LADDERS[Promise(row.promise)][int(number)][1]
        if int(number) >= row.fired or CAUSED.get(step) != alert.kind:
            problems.append(f"an alert of {alert.kind} for step {number} of {row.promise}")
    return problems


async def _read_rows(
    session: AsyncSession, ids: Collection[UUID], *, ended_since: Any = None
) -> dict[UUID, list[Deadline]]:
    """Deadlines by ticket; with `ended_since` without those that had ended before."""
    query = select(Deadline).where(Deadline.ticket_id.in_(ids))
    if ended_since is not None:
        query = query.where(or_(Deadline.ended_at.is_(None), Deadline.ended_at >= ended_since))
    found: dict[UUID, list[Deadline]] = {}
    for row in await session.scalars(query):
        found.setdefault(row.ticket_id, []).append(row)
    return found
