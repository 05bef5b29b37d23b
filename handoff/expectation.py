"""What a waiting customer can expect: the place in the queue, and by when somebody takes the ticket."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Self

from sqlalchemy import and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from handoff.calendar import CalendarEnds, WorkingCalendar
from handoff.kinds import Priority
from handoff.life import TicketState
from handoff.settings import DeskSettings
from handoff.standards import BASIC, Promise
from handoff.tickets import Ticket

TAKES = 20  # of the last ones the pace is reckoned
FEWEST = 5  # with fewer the standard is the guess
RECENT = timedelta(days=2)
SLOWEST = timedelta(hours=1)  # a queue that stood still over night is not as slow as that
LATER = timedelta(minutes=15)  # by so much an expectation must slip before the customer is told
PAUSE = timedelta(minutes=10)  # between two such notices


@dataclass(frozen=True, kw_only=True)
class Expectation:
    """`place` is 1 for who comes next; `by` is when somebody takes the ticket, None if nobody can say."""

    place: int
    by: datetime | None
    at: datetime  # when this was reckoned

    def to_json(self) -> dict[str, Any]:
        return {
            "place": self.place,
            "by": self.by.isoformat() if self.by else None,
            "at": self.at.isoformat(),
        }

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Self:
        by = value["by"]
        return cls(
            place=value["place"],
            by=datetime.fromisoformat(by) if by else None,
            at=datetime.fromisoformat(value["at"]),
        )


def has_slipped(told: Expectation, now: Expectation) -> bool:
    """Whether it is so much later than was told that the customer should hear of it."""
    if told.by is None or now.by is None or now.at - told.at < PAUSE:
        return False
    return now.by - told.by >= max(LATER, (told.by - told.at) / 2)


def reckon(
    place: int, takes: Sequence[datetime], *, usual: timedelta, calendar: WorkingCalendar, now: datetime
) -> Expectation:
    """From how fast tickets were taken lately (`takes`, oldest first); `usual` is the pace without such experience."""
    pace = usual
    if len(takes) >= FEWEST:
        pace = min(calendar.between(takes[0], takes[-1]) / (len(takes) - 1), SLOWEST)
    try:
        by = calendar.after(now, max(pace, timedelta(minutes=1)) * place)
    except CalendarEnds:
        by = None
    return Expectation(place=place, by=by, at=now)


async def expect(
    session: AsyncSession, ticket: Ticket, *, settings: DeskSettings, now: datetime
) -> Expectation:
    """What the customer of a ticket that nobody has taken can expect."""
    waits = and_(Ticket.queue == ticket.queue, Ticket.state == TicketState.NEW, Ticket.id != ticket.id)
    earlier = or_(
        Ticket.queued_at < ticket.queued_at,
        and_(Ticket.queued_at == ticket.queued_at, Ticket.id < ticket.id),
    )
    if ticket.priority == Priority.URGENT:
        before = and_(Ticket.priority == Priority.URGENT, earlier)
    else:
        before = or_(Ticket.priority == Priority.URGENT, earlier)
    ahead = await session.scalar(select(func.count()).select_from(Ticket).where(waits, before)) or 0
    takes = await session.scalars(
        select(Ticket.taken_at)
        .where(Ticket.queue == ticket.queue, Ticket.taken_at > now - RECENT)
        .order_by(Ticket.taken_at.desc())
        .limit(TAKES)
    )
    term = settings.standards.basic.get(Promise.TAKE) or BASIC[Promise.TAKE]
    calendar = settings.calendar_of(ticket.queue)
    known = sorted(each for each in takes if each is not None)
    return reckon(ahead + 1, known, usual=term.duration, calendar=calendar, now=now)
