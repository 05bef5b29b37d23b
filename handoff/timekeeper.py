"""The timekeeper: every clock has a consequence, and here it comes about.

What is due is looked for without a lock and done under the conversation's lock, after a second look: of several timekeepers
one does it, and one that dies half-way has done nothing.
"""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from core.conversations import Owner
from core.wakeups import DESK, Wakeups
from core.workers import work_forever
from handoff import notices
from handoff.agents import Agent
from handoff.alerts import AlertKind, raise_alert
from handoff.cases import Case, Cases, apart
from handoff.complaints.checks import list_missing, list_visitors
from handoff.complaints.corrective_actions import CorrectiveAction
from handoff.complaints.register import fire_action, list_due_actions
from handoff.deadlines import Deadline, keep_deadlines
from handoff.expectation import Expectation, expect, has_slipped
from handoff.life import HELD_STATES, EventKind, TicketState
from handoff.presence import is_reachable, list_agents
from handoff.routing import Router
from handoff.settings import DeskSettings
from handoff.standards import Promise, Step
from handoff.tickets import Ticket
from handoff.transfers import return_to_queue

BATCH = 100  # deadlines of one look
POLL = 1.0  # seconds between looks for what falls due by time
TOLD = 50  # waiting customers of one look
LOOK_EVERY = timedelta(seconds=30)  # between looks after them
RETRY = timedelta(minutes=1)  # until a step that failed is tried again


class Timekeeper:
    """Watches deadlines, who is there, and what waits. `step()` does what is due, for `core.workers.work_forever`."""

    def __init__(self, cases: Cases) -> None:
        self._cases = cases
        self._router = Router(cases)
        self._looked_at: datetime | None = None  # after those who wait
        self._followed = cases.settings  # by which the deadlines are

    async def run(self, wakeups: Wakeups) -> None:
        """Keep time until cancelled. The calendar or the standards may have changed since the last time."""
        self._followed = self._cases.settings
        await self.recalculate()
        await work_forever("timekeeper", self.step, wakeups=wakeups, topic=DESK, poll=POLL)

    async def recalculate(self) -> None:
        """Bring the deadlines of all tickets that have some to the present calendar and standards, with a trail."""
        after: UUID | None = None
        while True:
            query = (
                select(Ticket.id).where(Ticket.state != TicketState.CLOSED).order_by(Ticket.id).limit(BATCH)
            )
            async with self._cases.database.read() as session:
                found = list(await session.scalars(query.where(Ticket.id > after) if after else query))
            for ticket_id in found:
                with apart(ticket_id):
                    async with self._cases.open(ticket_id) as case:
                        await recalculate(case)
            if len(found) < BATCH:
                return
            after = found[-1]

    async def step(self) -> bool:
        """Do what is due now; False when there was nothing. What fails does not keep the rest from being done."""
        settings = self._cases.settings
        if self._followed is not settings:
            if _hinge(self._followed) != _hinge(settings):
                await self.recalculate()
            self._followed = settings
        fired = await self._fire_due()
        left = await self._release_gone()
        given = await self._router.step()
        told = await self._tell_waiting()
        return fired or left or given or told

    async def _fire_due(self) -> bool:
        """Steps of deadlines, and of corrective actions, that are due."""
        now = self._cases.clock()
        async with self._cases.database.read() as session:
            deadlines = await list_due(session, now=now)
            actions = await list_due_actions(session, now=now)
        await self._fire(deadlines, fire, Deadline)
        await self._fire(actions, fire_action, CorrectiveAction)
        return len(deadlines) == BATCH or bool(actions)

    async def _fire(
        self,
        due: Sequence[tuple[UUID, UUID]],
        act: Callable[[Case, UUID], Awaitable[None]],
        table: type[Deadline] | type[CorrectiveAction],
    ) -> None:
        """Carry out what is due of these rows, each in its ticket's case."""
        for row_id, ticket_id in due:
            done = False
            with apart(ticket_id):
                async with self._cases.open(ticket_id) as case:
                    await act(case, row_id)
                done = True
            if not done:  # not again at once, nor before what others wait for
                until = self._cases.clock() + RETRY
                late = update(table).where(table.id == row_id, table.next_at < until)
                async with self._cases.database.write() as session:
                    await session.execute(late.values(next_at=until))

    async def _release_gone(self) -> bool:
        """What was given to somebody who has gone before they took it goes back at once."""
        settings, now = self._cases.settings, self._cases.clock()
        async with self._cases.database.read() as session:
            given = await list_given(session)
            if not given:
                return False
            agents = await list_agents(session)
        gone = {each.id for each in agents if not is_reachable(each, settings, now=now)}
        released = False
        for ticket_id in (ticket_id for ticket_id, assignee_id in given if assignee_id in gone):
            with apart(ticket_id):
                async with self._cases.open(ticket_id) as case:
                    ticket = case.ticket
                    if (
                        ticket.state == TicketState.ASSIGNED
                        and ticket.taken_at is None
                        and ticket.assignee_id in gone
                    ):
                        await return_to_queue(case, "gone")
                released = True
        return released

    async def _tell_waiting(self) -> bool:
        """Customers whose wait has become much longer than they were told hear of it. Looked at now and then only."""
        settings, now = self._cases.settings, self._cases.clock()
        if self._looked_at is not None and now - self._looked_at < LOOK_EVERY:
            return False
        self._looked_at = now
        async with self._cases.database.read() as session:
            waiting = await list_longest_waiting(session)
            slipped = [each.id for each in waiting if await _find_slip(session, each, settings, now)]
        for ticket_id in slipped:
            with apart(ticket_id):
                async with self._cases.open(ticket_id) as case:
                    await _tell_of_slip(case)
        return bool(slipped)


def _hinge(settings: DeskSettings) -> object:
    """What deadlines hang on."""
    calendars = {queue: settings.calendar_of(queue) for queue in settings.queues}
    return settings.standards, settings.calendar, calendars, settings.default_queue


async def list_due(session: AsyncSession, *, now: datetime) -> Sequence[tuple[UUID, UUID]]:
    """Deadlines that have a step to carry out, with their tickets; who has waited longest first."""
    query = (
        select(Deadline.id, Deadline.ticket_id)
        .where(Deadline.next_at <= now)
        .order_by(Deadline.next_at)
        .limit(BATCH)
    )
    return [(deadline_id, ticket_id) for deadline_id, ticket_id in await session.execute(query)]


async def list_given(session: AsyncSession) -> Sequence[tuple[UUID, UUID | None]]:
    """Tickets that were given to agents who have not taken them yet, and these agents."""
    query = select(Ticket.id, Ticket.assignee_id).where(
        Ticket.state == TicketState.ASSIGNED, Ticket.taken_at.is_(None), Ticket.assignee_id.is_not(None)
    )
    return [(ticket_id, assignee_id) for ticket_id, assignee_id in await session.execute(query)]


async def list_longest_waiting(session: AsyncSession) -> Sequence[Ticket]:
    """Whose customers may have to hear that it takes longer."""
    query = select(Ticket).where(Ticket.state == TicketState.NEW).order_by(Ticket.queued_at).limit(TOLD)
    return list(await session.scalars(query))


async def recalculate(case: Case) -> None:
    """Put the ticket's deadlines where the present settings have them."""
    ticket = case.ticket
    if ticket.state == TicketState.CLOSED:
        return
    moved = await keep_deadlines(case.session, ticket.id, ticket.facts, settings=case.settings, at=case.now)
    if moved:
        await case.record(EventKind.RECALCULATED, moved=moved)


async def fire(case: Case, deadline_id: UUID) -> None:
    """Carry out the step of a deadline that is due, unless somebody has, or it is not due any more."""
    session, now = case.session, case.now
    row = await session.get_one(Deadline, deadline_id, populate_existing=True)
    if row.next_at is None or row.next_at > now:
        return
    step, promise, due_at = row.next_step, Promise(row.promise), row.due_at
    cause = f"{row.id}:{row.fired}"
    row.fired += 1
    await session.flush()
    ticket = case.ticket
    facts: dict[str, Any] = {"promise": promise, "due": due_at.isoformat() if due_at else None}
    match step:
        case Step.WARN if due_at is not None and due_at > now:
            await case.record(EventKind.WARNED, **facts)
            await _alert(case, AlertKind.WARNING, promise, cause, near=True)
        case Step.RETURN if promise is Promise.PICK_UP:
            await return_to_queue(case, "silent")
        case Step.RETURN if await _has_gone(case):
            await return_to_queue(case, "gone")
        case Step.BREACH:
            await case.record(EventKind.BREACHED, **facts)
            await _alert(case, AlertKind.BREACH, promise, cause)
        case Step.ESCALATE:
            await case.record(EventKind.ESCALATED, **facts)
            await _alert(case, AlertKind.ESCALATION, promise, cause)
        case Step.LAPSE:
            await case.record(EventKind.LAPSED, **facts)
            await _alert(case, AlertKind.TRANSFER, promise, cause, near=True, why="lapsed")
        case Step.REMIND if case.is_spoken:  # nobody reminds them but the assignee
            await case.record(EventKind.WARNED, **facts)
            await _alert(case, AlertKind.WARNING, promise, cause, near=True, why="call")
        case Step.REMIND:
            await case.record(EventKind.REMINDED, **facts)
            assignee = await session.get_one(Agent, ticket.assignee_id)
            case.tell(notices.reminded(case.language, number=ticket.number, agent=assignee.name))
        case Step.RESOLVE if await list_missing(session, ticket):
            await case.record(EventKind.UNANSWERED, **facts)  # a complaint is not over by itself
            await _alert(case, AlertKind.COMPLAINT, promise, cause, near=True, why="no_answer")
        case Step.RESOLVE if case.is_spoken:  # nor would they hear that it is set aside
            await case.record(EventKind.UNANSWERED, **facts)
            await _alert(case, AlertKind.WARNING, promise, cause, near=True, why="call")
        case Step.RESOLVE:
            await case.record(EventKind.RESOLVED, why="no_answer")
            case.give_to(Owner.BOT)
            case.tell(notices.unanswered(case.language, number=ticket.number))
        case Step.CLOSE:
            await case.record(EventKind.CLOSED, why="by_default")
        case _:  # nothing to do about it: the next step is waited for
            await keep_deadlines(session, ticket.id, ticket.facts, settings=case.settings, at=now)


async def _has_gone(case: Case) -> bool:
    """Whether there is an assignee who gives no sign of life any more."""
    ticket = case.ticket
    if ticket.assignee_id is None or ticket.state not in HELD_STATES:
        return False
    assignee = await case.session.get_one(Agent, ticket.assignee_id, populate_existing=True)
    return not is_reachable(assignee, case.settings, now=case.now)


async def _alert(
    case: Case,
    kind: AlertKind,
    promise: Promise,
    cause: str,
    *,
    near: bool = False,
    why: str | None = None,
) -> None:
    """To the assignee while it can be kept (`near`), else to the supervisor, and with an escalation to the manager."""
    ticket, settings = case.ticket, case.settings
    names = settings.supervisors_of(ticket.queue)
    if kind is AlertKind.ESCALATION:
        names = settings.managers_of(ticket.queue)
    agents = [ticket.assignee_id] if near and ticket.assignee_id else []
    if near and promise is Promise.VISIT:
        names, agents = [], [each.id for each in await list_visitors(case.session, ticket, settings)]
    elif near:
        names = [] if ticket.assignee_id else settings.answering_for(ticket.queue)
    await raise_alert(
        case.session,
        ticket,
        kind,
        settings=settings,
        cause=cause,
        at=case.now,
        usernames=names,
        agents=agents,
        promise=promise,
        **({"why": why} if why else {}),
    )


async def _find_slip(
    session: AsyncSession, ticket: Ticket, settings: DeskSettings, now: datetime
) -> Expectation | None:
    """What the customer can expect now, if that is much later than they were told, and people are there."""
    if ticket.state != TicketState.NEW or not ticket.told:
        return None
    told = Expectation.from_json(ticket.told)
    if told.by is None or told.by > now or not settings.calendar_of(ticket.queue).is_open(now):
        return None
    expected = await expect(session, ticket, settings=settings, now=now)
    return expected if has_slipped(told, expected) else None


async def _tell_of_slip(case: Case) -> None:
    ticket, settings = case.ticket, case.settings
    expected = await _find_slip(case.session, ticket, settings, case.now)
    if expected is None:
        return
    ticket.told = expected.to_json()
    calendar = settings.calendar_of(ticket.queue)
    case.tell(notices.slipped(case.language, number=ticket.number, expected=expected, calendar=calendar))
