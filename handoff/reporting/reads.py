"""Reads figures of a period, and what is behind one. Read-only."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Date,
    Integer,
    Select,
    SQLColumnExpression,
    func,
    literal,
    select,
    union_all,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from core.amending import Standing, find_standing
from core.conversations import Message
from core.errors import NotFound
from core.messages import AMENDMENTS, Author
from handoff.agents import Agent
from handoff.finding.reads import FoundTicket, read_found
from handoff.reporting.cells import DURATIONS, OF_SESSIONS, Figure, Value
from handoff.reporting.figures import Cells, Period, Selection, last_of
from handoff.reporting.tables import DayFigure, MonthFigure, ReportSession, SessionFact, TicketFact
from handoff.tickets import Ticket

PAGE = 50  # rows of a list
MOST_DAYS = 366  # of a period
MOST_DAYS_EACH = 92  # that are shown one by one
LONGEST_SESSION = 500  # messages of one that are shown
DAILY = (Figure.MESSAGES, Figure.CONVERSATIONS, Figure.OPENED, Figure.RESOLVED)


@dataclass(frozen=True, slots=True)
class Behind:
    """A ticket behind a figure, with the day and the cell that it is counted in."""

    ticket: FoundTicket
    day: date
    key: str
    amount: int


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

    tickets: Sequence[Behind] = ()
    sessions: Sequence[SessionRow] = ()
    number: int = 0
    has_more: bool = False


async def read_cells(session: AsyncSession, period: Period, figures: Collection[Figure] = ()) -> Cells:
    """The roll-ups of a period; of `figures`, if they are named."""
    (cells,) = await read_several(session, [period], figures)
    return cells


async def read_several(
    session: AsyncSession, periods: Sequence[Period], figures: Collection[Figure] = ()
) -> Sequence[Cells]:
    """The roll-ups of each of these periods, at once."""
    places = {place: _parts(period, literal(place, Integer), figures) for place, period in enumerate(periods)}
    query = _summed(part for parts in places.values() for part in parts)
    found: list[dict[str, dict[str, Value]]] = [defaultdict(dict) for _ in periods]
    for place, figure, key, count, amount in await session.execute(query):
        found[place][figure][key] = Value(int(count), int(amount))
    return [Cells(each) for each in found]


async def read_days(session: AsyncSession, period: Period) -> Sequence[tuple[Period, Mapping[str, int]]]:
    """How much there was of `DAILY` on each day; in a long period, in each month."""
    if period.days <= MOST_DAYS_EACH:
        days = (period.start + timedelta(days=place) for place in range(period.days))
        steps = [Period(start=day, end=day) for day in days]
        parts = [_of_days(DayFigure.day, period, DAILY)]
    else:
        months, ends = period.pieces()
        steps = [*(Period(start=month, end=last_of(month)) for month in months), *ends]
        steps.sort(key=lambda each: each.start)
        parts = [part for end in ends for part in _parts(end, literal(end.start, Date), DAILY)]
        parts += [_of_months(MonthFigure.month, months, DAILY)] if months else []
    each = _all(parts)
    # A step is known by its first day.
    query = select(each.place, each.figure, func.sum(each.count)).group_by(each.place, each.figure)
    found: dict[date, dict[str, int]] = defaultdict(dict)
    for day, figure, number in await session.execute(query):
        found[day][figure] = int(number)
    return [(step, found[step.start]) for step in steps]


def _parts(
    period: Period, place: ColumnElement[Any], figures: Collection[Figure] = ()
) -> list[Select[Any, str, str, int, int]]:
    """Place, figure, key, count and amount of all that a period is the sum of."""
    pieces = period.made_of()
    parts = [_of_days(place, each, figures) for each in pieces.added]
    parts += [_of_days(place, each, figures, sign=-1) for each in pieces.taken]
    return [*parts, _of_months(place, pieces.months, figures)] if pieces.months else parts


def _of_days(
    place: SQLColumnExpression[Any], period: Period, figures: Collection[Figure], *, sign: int = 1
) -> Select[Any, str, str, int, int]:
    return select(
        place.label("place"),
        DayFigure.figure,
        DayFigure.key,
        (sign * DayFigure.count).label("count"),
        (sign * DayFigure.amount).label("amount"),
    ).where(
        DayFigure.day.between(period.start, period.end),
        *([DayFigure.figure.in_(figures)] if figures else []),
    )


def _of_months(
    place: SQLColumnExpression[Any], months: Sequence[date], figures: Collection[Figure]
) -> Select[Any, str, str, int, int]:
    return select(
        place.label("place"), MonthFigure.figure, MonthFigure.key, MonthFigure.count, MonthFigure.amount
    ).where(
        MonthFigure.month.between(months[0], months[-1]),
        *([MonthFigure.figure.in_(figures)] if figures else []),
    )


def _all(parts: Iterable[Select[Any, str, str, int, int]]) -> Any:
    return union_all(*parts).subquery().c


def _summed(parts: Iterable[Select[Any, str, str, int, int]]) -> Select[Any, str, str, int, int]:
    each = _all(parts)
    count = func.sum(each.count)
    return (
        select(each.place, each.figure, each.key, count, func.sum(each.amount))
        .group_by(each.place, each.figure, each.key)
        .having(count != 0)
    )


async def list_behind(
    session: AsyncSession, selection: Selection, period: Period, *, page: int = 1
) -> Listed:
    """The tickets or sessions that a number counts, the newest first; of durations the longest."""
    cells = await session.execute(_summed(_parts(period, literal(0, Integer), [selection.figure])))
    counted = {key: int(count) for _, _, key, count, _ in cells}
    keys = selection.choose(counted)
    if not keys:
        return Listed()
    number = sum(counted[key] for key in keys)
    is_all = len(keys) == len(counted)  # a filter on thousands of keys would cost more than it saves
    # Written into the statement: by which index it is read depends on them.
    figure = literal(selection.figure.value, literal_execute=True)
    start, end = (literal(day, Date, literal_execute=True) for day in (period.start, period.end))
    if selection.figure in OF_SESSIONS:
        chosen = [
            SessionFact.figure == figure,
            SessionFact.day.between(start, end),
            *([] if is_all else [SessionFact.key.in_(keys)]),
        ]
        sessions = await _read_sessions(session, chosen, page)
        return Listed(sessions=sessions[:PAGE], number=number, has_more=len(sessions) > PAGE)
    behind = [
        TicketFact.figure == figure,
        TicketFact.day.between(start, end),
        *([] if is_all else [TicketFact.key.in_(keys)]),
    ]
    place = (page - 1) * PAGE
    if selection.figure in DURATIONS:
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
    facts = (await session.scalars(page_of.limit(PAGE + 1).offset(place))).all()
    shown = facts[:PAGE]
    found = await read_found(session, list(dict.fromkeys(each.ticket_id for each in shown)))
    tickets = {each.line.id: each for each in found}
    return Listed(
        tickets=[
            Behind(tickets[each.ticket_id], each.day, each.key, each.amount)
            for each in shown
            if each.ticket_id in tickets
        ],
        number=number,
        has_more=len(facts) > PAGE,
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
