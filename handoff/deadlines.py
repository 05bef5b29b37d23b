"""Deadlines that run, and those that were kept or missed: rows that the timekeeper watches.

A row is one promise of one ticket, from its beginning to its end. What it says follows from the ticket's facts
(`handoff.standards`); `fired` is how many steps of its ladder were carried out, each in the transaction that did so.
"""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base
from core.ids import new_id
from handoff.facts import Facts
from handoff.settings import DeskSettings
from handoff.standards import LADDERS, Due, Promise, Step, deadlines


class Course(StrEnum):
    """How it stands with a deadline."""

    RUNNING = "running"
    PAUSED = "paused"  # it is the customer's turn
    KEPT = "kept"
    MISSED = "missed"


class Deadline(Base):
    """A promise to a customer, or between colleagues, by a time."""

    __tablename__ = "deadlines"
    __table_args__ = (
        Index(
            "ix_deadlines_next_at",
            "next_at",
            postgresql_where=text("next_at IS NOT NULL"),
            sqlite_where=text("next_at IS NOT NULL"),
        ),
        Index(
            "ix_deadlines_missed",
            "ticket_id",
            postgresql_include=("promise",),
            postgresql_where=text("course = 'missed'"),
            sqlite_where=text("course = 'missed'"),
        ),
        Index(
            "ix_deadlines_open",
            "ticket_id",
            postgresql_where=text("ended_at IS NULL"),
            sqlite_where=text("ended_at IS NULL"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    ticket_id: Mapped[UUID] = mapped_column(ForeignKey("tickets.id"), index=True)
    episode: Mapped[int]
    promise: Mapped[str]
    tier: Mapped[str]
    course: Mapped[str]
    guessed: Mapped[bool]
    since: Mapped[datetime]
    due_at: Mapped[datetime | None]  # None while it is paused
    fired: Mapped[int] = mapped_column(default=0)
    next_at: Mapped[datetime | None]  # when the next step is due
    ended_at: Mapped[datetime | None]

    @property
    def next_step(self) -> Step:
        """The step that is due at `next_at`."""
        return LADDERS[Promise(self.promise)][self.fired][1]


async def keep_deadlines(
    session: AsyncSession, ticket_id: UUID, facts: Facts, *, settings: DeskSettings, at: datetime
) -> dict[str, Any]:
    """Bring a ticket's rows to what its facts say; returns what moved: `{promise: [was, now]}`, as ISO times."""
    wanted = {
        each.promise: each for each in deadlines(facts, settings.standards, settings.calendar_of(facts.queue))
    }
    moved: dict[str, Any] = {}
    for row in await list_open_deadlines(session, ticket_id):
        due = wanted.get(Promise(row.promise))
        if due is None or due.since != row.since:
            _end(row, at)
            continue
        del wanted[due.promise]
        if row.due_at is not None and due.at is not None and row.due_at != due.at:
            moved[row.promise] = [row.due_at.isoformat(), due.at.isoformat()]
        _follow(row, due)
    for due in wanted.values():
        row = Deadline(
            id=new_id(),
            ticket_id=ticket_id,
            episode=facts.episode,
            promise=due.promise,
            since=due.since,
            fired=0,
        )
        _follow(row, due)
        session.add(row)
    await session.flush()
    return moved


async def list_open_deadlines(session: AsyncSession, ticket_id: UUID) -> list[Deadline]:
    """The deadlines of a ticket that run or are paused, the next one first."""
    query = (
        select(Deadline)
        .where(Deadline.ticket_id == ticket_id, Deadline.ended_at.is_(None))
        .order_by(Deadline.due_at)
        .execution_options(populate_existing=True)
    )
    return list(await session.scalars(query))


def _follow(row: Deadline, due: Due) -> None:
    row.tier, row.guessed, row.due_at = due.tier, due.guessed, due.at
    row.course = Course.PAUSED if due.at is None else Course.RUNNING
    row.next_at = due.steps[row.fired][0] if row.fired < len(due.steps) else None


def _end(row: Deadline, at: datetime) -> None:
    """Missed is what was not over when its time came; a pause that began afterwards does not mend it."""
    late = row.due_at is not None and at >= row.due_at
    broken = any(step is Step.BREACH for _, step in LADDERS[Promise(row.promise)][: row.fired])
    row.course = Course.MISSED if late or broken else Course.KEPT
    row.next_at = None
    row.ended_at = at
