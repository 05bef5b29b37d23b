"""Reads figures of a period, and what is behind one. Read-only."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, SQLColumnExpression, func, select, union_all
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from core.amending import Standing, find_standing
from core.conversations import Conversation, Message
from core.errors import NotFound
from core.messages import AMENDMENTS, Author
from handoff.agents import Agent
from handoff.reporting.cells import OF_SESSIONS, Figure, Value
from handoff.reporting.figures import Cells, Period, Selection, last_of
from handoff.reporting.tables import DayFigure, MonthFigure, ReportSession, SessionFact, TicketFact
from handoff.tickets import Ticket

PAGE = 50  # rows of a list
MOST_DAYS = 366  # of a period
MOST_DAYS_EACH = 92  # that are shown one by one
LONGEST_SESSION = 500  # messages of one that are shown
DAILY = (Figure.MESSAGES, Figure.CONVERSATIONS, Figure.OPENED, Figure.RESOLVED)
_SLOWEST_FIRST = (Figure.FIRST_RESPONSE, Figure.FIRST_RESPONSE_BY, Figure.RESOLUTION)


@dataclass(frozen=True, slots=True)
class TicketRow:
    """A ticket behind a figure, with the cell that it is counted in."""

    id: UUID
    number: str
    kind: str
    incident: int | None
    reason: str
    state: str
    assignee: str | None
    channel: str
    opened_at: datetime
    day: date | None = None
    key: str = ""
    count: int = 1
    amount: int = 0


@dataclass(frozen=True, slots=True)
class SessionRow:
    """A session behind a figure."""

    id: UUID
    channel: str
    language: str
    outcome: str
    came_back: bool
    asked_at: datetime | None
    ended_at: datetime
    asked: str | None  # what the customer wrote first


@dataclass(frozen=True, kw_only=True)
class Listed:
    """One page of what is behind a number, and the number."""

    tickets: Sequence[TicketRow] = ()
    sessions: Sequence[SessionRow] = ()
    number: int = 0
    has_more: bool = False


async def read_cells(session: AsyncSession, period: Period, figures: Collection[Figure] = ()) -> Cells:
    """The roll-ups of a period; of `figures`, if they are named."""
    found: dict[str, dict[str, Value]] = defaultdict(dict)
    for figure, key, count, amount in await session.execute(_sums(period, figures)):
        found[figure][key] = Value(int(count), int(amount))
    return Cells(found)


async def read_days(session: AsyncSession, period: Period) -> Sequence[tuple[Period, Mapping[str, int]]]:
    """How much there was of `DAILY` on each day; in a long period, in each month."""
    if period.days <= MOST_DAYS_EACH:
        steps = [
            Period(start=day, end=day)
            for day in (period.start + timedelta(days=place) for place in range(period.days))
        ]
        query = (
            select(DayFigure.day, DayFigure.figure, func.sum(DayFigure.count))
            .where(DayFigure.day.between(period.start, period.end), DayFigure.figure.in_(DAILY))
            .group_by(DayFigure.day, DayFigure.figure)
        )
        found: dict[date, dict[str, int]] = defaultdict(dict)
        for day, figure, number in await session.execute(query):
            found[day][figure] = int(number)
        return [(step, found[step.start]) for step in steps]
    months, ends = period.pieces()
    steps = sorted(
        [*(Period(start=month, end=last_of(month)) for month in months), *ends], key=lambda each: each.start
    )
    return [(step, await _read_numbers(session, step)) for step in steps]


async def _read_numbers(session: AsyncSession, period: Period) -> Mapping[str, int]:
    sums = _sums(period, DAILY).subquery()
    query = select(sums.c.figure, func.sum(sums.c.count)).group_by(sums.c.figure)
    return {figure: int(number) for figure, number in await session.execute(query)}


def _sums(period: Period, figures: Collection[Figure] = ()) -> Select[str, str, int, int]:
    """Figure, key, count and amount over a period: of whole months from theirs, else from days."""
    months, ends = period.pieces()
    parts: list[Select[str, str, int, int]] = [
        select(DayFigure.figure, DayFigure.key, DayFigure.count, DayFigure.amount).where(
            DayFigure.day.between(each.start, each.end),
            *([DayFigure.figure.in_(figures)] if figures else []),
        )
        for each in ends
    ]
    if months:
        parts.append(
            select(MonthFigure.figure, MonthFigure.key, MonthFigure.count, MonthFigure.amount).where(
                MonthFigure.month.between(months[0], months[-1]),
                *([MonthFigure.figure.in_(figures)] if figures else []),
            )
        )
    each = union_all(*parts).subquery()
    return select(
        each.c.figure,
        each.c.key,
        func.sum(each.c.count).label("count"),
        func.sum(each.c.amount).label("amount"),
    ).group_by(each.c.figure, each.c.key)


async def list_behind(
    session: AsyncSession, selection: Selection, period: Period, *, page: int = 1
) -> Listed:
    """The tickets or sessions that a number counts, the newest first; of durations the longest."""
    cells = await session.execute(_sums(period, [selection.figure]))
    counted = {key: int(count) for _, key, count, _ in cells}
    keys = selection.choose(counted)
    if not keys:
        return Listed()
    number = sum(counted[key] for key in keys)
    is_all = len(keys) == len(counted)  # a filter on thousands of keys would cost more than it saves
    if selection.figure in OF_SESSIONS:
        chosen = [
            SessionFact.figure == selection.figure,
            SessionFact.day.between(period.start, period.end),
            *([] if is_all else [SessionFact.key.in_(keys)]),
        ]
        sessions = await _read_sessions(session, chosen, page)
        return Listed(sessions=sessions[:PAGE], number=number, has_more=len(sessions) > PAGE)
    behind = [
        TicketFact.figure == selection.figure,
        TicketFact.day.between(period.start, period.end),
        *([] if is_all else [TicketFact.key.in_(keys)]),
    ]
    place = (page - 1) * PAGE
    if selection.figure in _SLOWEST_FIRST:
        page_of = (
            select(TicketFact)
            .where(*behind)
            .order_by(TicketFact.amount.desc(), TicketFact.day.desc(), TicketFact.ticket_id.desc())
        )
    else:
        page_of = (
            select(TicketFact)
            .where(*behind)
            .order_by(TicketFact.day.desc(), TicketFact.ticket_id.desc(), TicketFact.key.desc())
        )
    fact = page_of.limit(PAGE + 1).offset(place).subquery().c
    order = [fact.day.desc(), fact.ticket_id.desc(), fact.key.desc()]
    if selection.figure in _SLOWEST_FIRST:
        order.insert(0, fact.amount.desc())
    query = (
        select(*_TICKET, fact.day, fact.key, fact.count, fact.amount)
        .join(Ticket, Ticket.id == fact.ticket_id)
        .join(Conversation, Conversation.id == Ticket.conversation_id)
        .outerjoin(Agent, Agent.id == Ticket.assignee_id)
    )
    tickets = [TicketRow(*row) for row in await session.execute(query.order_by(*order))]
    return Listed(tickets=tickets[:PAGE], number=number, has_more=len(tickets) > PAGE)


async def list_tickets(
    session: AsyncSession, *conditions: ColumnElement[bool], order: SQLColumnExpression[Any], page: int
) -> Listed:
    """Tickets as they are now."""
    query = (
        select(*_TICKET)
        .join(Conversation, Conversation.id == Ticket.conversation_id)
        .outerjoin(Agent, Agent.id == Ticket.assignee_id)
        .where(*conditions)
        .order_by(order, Ticket.id)
    )
    tickets = [
        TicketRow(*row) for row in await session.execute(query.limit(PAGE + 1).offset((page - 1) * PAGE))
    ]
    number = await session.scalar(select(func.count()).select_from(Ticket).where(*conditions))
    return Listed(tickets=tickets[:PAGE], number=number or 0, has_more=len(tickets) > PAGE)


_TICKET = (
    Ticket.id,
    Ticket.number,
    Ticket.kind,
    Ticket.incident,
    Ticket.reason,
    Ticket.state,
    Agent.name,
    Conversation.channel,
    Ticket.opened_at,
)


async def _read_sessions(
    session: AsyncSession, chosen: Sequence[ColumnElement[bool]], page: int
) -> list[SessionRow]:
    """Each once on a day, however many cells it is counted in."""
    behind = (
        select(SessionFact.day, SessionFact.session_id)
        .distinct()
        .where(*chosen)
        .order_by(SessionFact.day.desc(), SessionFact.session_id.desc())
        .limit(PAGE + 1)
        .offset((page - 1) * PAGE)
        .subquery()
    )
    other = aliased(ReportSession)
    following = (
        select(func.min(other.first_seq))
        .where(
            other.conversation_id == ReportSession.conversation_id,
            other.first_seq > ReportSession.first_seq,
        )
        .correlate(ReportSession)
        .scalar_subquery()
    )
    asked = (
        select(func.substr(Message.text, 1, 200))
        .where(
            Message.conversation_id == ReportSession.conversation_id,
            Message.seq >= ReportSession.first_seq,
            Message.seq < func.coalesce(following, Message.seq + 1),
            Message.author == Author.CUSTOMER,
        )
        .order_by(Message.seq)
        .limit(1)
        .correlate(ReportSession)
        .scalar_subquery()
    )
    query = (
        select(
            ReportSession.id,
            ReportSession.channel,
            ReportSession.language,
            ReportSession.outcome,
            ReportSession.came_back,
            ReportSession.asked_at,
            ReportSession.ended_at,
            asked,
        )
        .join(behind, behind.c.session_id == ReportSession.id)
        .order_by(behind.c.day.desc(), behind.c.session_id.desc())
    )
    return [SessionRow(*row) for row in await session.execute(query)]


@dataclass(frozen=True, kw_only=True)
class SessionView:
    """A session's messages, each as it stands, and the tickets of its conversation."""

    row: ReportSession
    messages: Sequence[tuple[Message, Standing]]
    tickets: Sequence[tuple[UUID, str]]


async def get_session(session: AsyncSession, session_id: UUID) -> SessionView:
    """What was said in a session. Raises `NotFound`."""
    row = await session.get(ReportSession, session_id)
    if row is None:
        raise NotFound("session", session_id)
    following = await session.scalar(
        select(func.min(ReportSession.first_seq)).where(
            ReportSession.conversation_id == row.conversation_id, ReportSession.first_seq > row.first_seq
        )
    )
    query = select(Message).where(
        Message.conversation_id == row.conversation_id,
        Message.seq >= row.first_seq,
        Message.kind.not_in(AMENDMENTS),
    )
    if following is not None:
        query = query.where(Message.seq < following)
    messages = (await session.scalars(query.order_by(Message.seq).limit(LONGEST_SESSION))).all()
    standing = await find_standing(session, messages)
    tickets = await session.execute(
        select(Ticket.id, Ticket.number)
        .where(Ticket.conversation_id == row.conversation_id)
        .order_by(Ticket.opened_at.desc())
        .limit(PAGE)
    )
    return SessionView(
        row=row,
        messages=[(each, standing[each.id]) for each in messages],
        tickets=[(each.id, each.number) for each in tickets],
    )


async def read_agent_names(session: AsyncSession) -> Mapping[UUID, str]:
    """Of everybody."""
    return {key: name for key, name in await session.execute(select(Agent.id, Agent.name))}
