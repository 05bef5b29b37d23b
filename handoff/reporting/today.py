"""How it stands now: who waits, who is there, what may be missed. Read-only, from the tickets themselves."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, case, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from handoff.deadlines import Deadline
from handoff.life import OPEN_STATES, TicketState
from handoff.lists import NOT_OURS
from handoff.presence import Presence, list_agents, presence_of
from handoff.settings import DeskSettings
from handoff.tickets import Ticket


@dataclass(frozen=True, kw_only=True)
class Today:
    """How it stands."""

    waiting: int
    waiting_since: datetime | None  # the oldest
    at_risk: int  # tickets with a deadline that was warned of, or has passed
    late: int  # of them with one that has passed
    presence: Mapping[Presence, int]
    open: Mapping[str, Mapping[TicketState, int]]  # by queue

    @property
    def open_count(self) -> int:
        """All open tickets."""
        return sum(sum(states.values()) for states in self.open.values())


def risks(now: datetime) -> tuple[ColumnElement[bool], ...]:
    """A running deadline of ours that was warned of, or has passed."""
    return (
        Deadline.ended_at.is_(None),
        Deadline.due_at.is_not(None),
        Deadline.promise.not_in(NOT_OURS),
        or_(Deadline.due_at <= now, Deadline.fired > 0),
    )


async def read_today(session: AsyncSession, settings: DeskSettings, *, now: datetime) -> Today:
    """Read it."""
    late = func.max(case((Deadline.due_at <= now, 1), else_=0))
    endangered = (
        select(Deadline.ticket_id, late.label("late"))
        .where(*risks(now))
        .group_by(Deadline.ticket_id)
        .subquery()
    )
    # Deadlines by themselves, and once: looked up ticket by ticket they take five times as long.
    by_queue = (
        select(
            Ticket.queue,
            Ticket.state,
            func.count(),
            func.min(Ticket.queued_at),
            func.count(endangered.c.late),
            func.coalesce(func.sum(endangered.c.late), 0),
        )
        .outerjoin(endangered, endangered.c.ticket_id == Ticket.id)
        .where(Ticket.state.in_(OPEN_STATES))
        .group_by(Ticket.queue, Ticket.state)
    )
    rows = (await session.execute(by_queue)).all()
    found: dict[str, dict[TicketState, int]] = {}
    for queue, state, number, *_ in rows:
        found.setdefault(queue, {})[TicketState(state)] = number
    waiting = [row for row in rows if row[1] == TicketState.NEW]
    presences = Counter(
        presence_of(each, settings, now=now) for each in await list_agents(session) if each.left_at is None
    )
    return Today(
        waiting=sum(row[2] for row in waiting),
        waiting_since=min((row[3] for row in waiting), default=None),
        at_risk=sum(row[4] for row in rows),
        late=sum(int(row[5]) for row in rows),
        presence=presences,
        open=dict(sorted(found.items())),
    )
