"""Filters as conditions on tickets."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import BindParameter, ColumnElement, and_, bindparam, literal, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from core.conversations import Conversation
from handoff.deadlines import Course, Deadline
from handoff.finding.filters import DeadlineIs, TicketFilter, Without
from handoff.kinds import Priority
from handoff.life import TicketState
from handoff.lists import NOT_OURS
from handoff.numbers import parse_number
from handoff.persons.search import matching
from handoff.reporting.today import risks
from handoff.tags import CustomerTag, key_of
from handoff.tickets import Ticket

FEW = 300  # customers


@dataclass(frozen=True, kw_only=True)
class Asker:
    """Who looks, when, and from where: what days and telephone numbers mean to them."""

    agent_id: UUID
    now: datetime
    zone: ZoneInfo
    region: str


async def read_conditions(
    session: AsyncSession, wanted: TicketFilter, asker: Asker
) -> list[ColumnElement[bool]]:
    """All of them are true of a ticket that is wanted."""
    found = _conditions(wanted, asker)
    if not wanted.text:
        return found
    if number := parse_number(wanted.text):
        return [Ticket.number == number, *found]
    # A few customers are looked up first: who does not know that they are few reads all tickets for them.
    meant = matching(wanted.text, asker.region)
    few = (await session.scalars(meant.limit(FEW + 1))).all()
    return [Ticket.customer_id.in_(meant if len(few) > FEW else few), *found]


def _conditions(wanted: TicketFilter, asker: Asker) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    # What is one of a few words is written into the statement: PostgreSQL then sees which index serves it.
    for column, values in (
        (Ticket.state, wanted.states),
        (Ticket.kind, wanted.kinds),
        (Ticket.reason, wanted.reasons),
        (Ticket.language, wanted.languages),
        (Ticket.stage, wanted.stages),
    ):
        if values:
            found.append(column.in_(fixed(values)))
    for column, names in (
        (Ticket.queue, wanted.queues),
        (Ticket.tier, wanted.tiers),
        (Ticket.category, wanted.categories),
    ):
        if names:
            found.append(column.in_(names))
    for person, people in (
        (Ticket.assignee_id, wanted.assignees),
        (Ticket.first_owner_id, wanted.first_owners),
    ):
        if people:
            found.append(person.in_(people))
    if wanted.without:
        missing = {Without.ASSIGNEE: Ticket.assignee_id, Without.FIRST_OWNER: Ticket.first_owner_id}
        found.append(or_(*(missing[each].is_(None) for each in wanted.without)))
    if wanted.is_mine:
        found.append(or_(Ticket.assignee_id == asker.agent_id, Ticket.first_owner_id == asker.agent_id))
    if wanted.channels:
        said_on = select(Conversation.id).where(Conversation.channel.in_(wanted.channels))
        found.append(Ticket.conversation_id.in_(said_on))
    if wanted.tag:
        tagged = select(CustomerTag.customer_id).where(CustomerTag.key == key_of(wanted.tag))
        found.append(Ticket.customer_id.in_(tagged))
    found += between(Ticket.opened_at, wanted.opened_from, wanted.opened_to, asker.zone)
    found += between(Ticket.resolved_at, wanted.resolved_from, wanted.resolved_to, asker.zone)
    if wanted.deadline or wanted.promises:
        found.append(_has_deadline(wanted, asker.now))
    if wanted.is_urgent:
        found.append(Ticket.priority == literal(Priority.URGENT, literal_execute=True))
    if wanted.is_reopened:
        found.append(Ticket.episode > literal(1, literal_execute=True))
    return found


def is_few(wanted: TicketFilter) -> bool:
    """Whether it finds some of those that are not closed only: they are few, and counted quickly."""
    return bool(wanted.states) and TicketState.CLOSED not in wanted.states and not wanted.text


def fixed(values: Iterable[str]) -> BindParameter[list[str]]:
    """Values that are written into a statement."""
    return bindparam(None, [str(each) for each in values], expanding=True, literal_execute=True)


def between(
    column: InstrumentedAttribute[datetime] | InstrumentedAttribute[datetime | None],
    first: date | None,
    last: date | None,
    zone: ZoneInfo,
) -> list[ColumnElement[bool]]:
    """It is on one of these days."""
    found = []
    if first is not None:
        found.append(column >= datetime.combine(first, time.min, zone))
    if last is not None:
        found.append(column < datetime.combine(last + timedelta(days=1), time.min, zone))
    return found


def _has_deadline(wanted: TicketFilter, now: datetime) -> ColumnElement[bool]:
    is_meant = (
        Deadline.promise.in_(fixed(wanted.promises))
        if wanted.promises
        else Deadline.promise.not_in(fixed(NOT_OURS))
    )
    runs = Deadline.ended_at.is_(None)
    is_late = and_(runs, Deadline.due_at <= now)
    match wanted.deadline:
        case DeadlineIs.AT_RISK:
            return Ticket.id.in_(select(Deadline.ticket_id).where(*risks(now), is_meant))
        case DeadlineIs.LATE:
            return Ticket.id.in_(select(Deadline.ticket_id).where(is_late, is_meant))
        case DeadlineIs.MISSED:
            was_missed = Deadline.course == literal(Course.MISSED, literal_execute=True)
            late = [select(Deadline.ticket_id).where(each, is_meant) for each in (was_missed, is_late)]
            return or_(*(Ticket.id.in_(each) for each in late))
        case None:
            return Ticket.id.in_(select(Deadline.ticket_id).where(runs, is_meant))
