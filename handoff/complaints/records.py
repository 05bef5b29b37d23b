"""Complaints as they are kept: a row for each episode of a ticket in which it was one, as the events have made it."""

import dataclasses
from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, UniqueConstraint, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base
from core.ids import new_id
from handoff.complaints.facts import ComplaintFacts, follow
from handoff.complaints.life import Answer, Outcome, RootCause, Stage
from handoff.facts import Event, Facts


class Complaint(Base):
    """The present state: see `handoff.complaints.facts`, whose fields it has."""

    __tablename__ = "complaints"
    __table_args__ = (UniqueConstraint("ticket_id", "episode"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    ticket_id: Mapped[UUID] = mapped_column(ForeignKey("tickets.id"))
    episode: Mapped[int]
    stage: Mapped[str]
    accepted_at: Mapped[datetime]
    about_id: Mapped[UUID | None] = mapped_column(ForeignKey("agents.id"))
    investigator_id: Mapped[UUID | None] = mapped_column(ForeignKey("agents.id"))
    proposal_id: Mapped[UUID | None] = mapped_column(unique=True)
    proposer_id: Mapped[UUID | None] = mapped_column(ForeignKey("agents.id"))
    proposed_at: Mapped[datetime | None]
    proposal: Mapped[str] = mapped_column(default="")
    answer: Mapped[str | None]
    answered_at: Mapped[datetime | None]
    cause: Mapped[str | None]
    finding: Mapped[str] = mapped_column(default="")
    visit_tries: Mapped[int] = mapped_column(default=0)
    visitor_id: Mapped[UUID | None] = mapped_column(ForeignKey("agents.id"))
    outcome: Mapped[str | None]

    @property
    def facts(self) -> ComplaintFacts:
        """The present as a value."""
        values = {name: getattr(self, name) for name in _FACTS}
        values["stage"] = Stage(self.stage)
        values["answer"] = Answer(self.answer) if self.answer else None
        values["cause"] = RootCause(self.cause) if self.cause else None
        values["outcome"] = Outcome(self.outcome) if self.outcome else None
        return ComplaintFacts(**values)


_FACTS = [each.name for each in dataclasses.fields(ComplaintFacts)]


async def keep_complaint(
    session: AsyncSession, ticket_id: UUID, was: Facts, facts: Facts, event: Event
) -> None:
    """Bring a ticket's row to what an event says; `was` and `facts` are the ticket's before and after it."""
    row = await find_complaint(session, ticket_id)
    before = row.facts if row else None
    after = follow(before, was, facts, event)
    if after is None or after == before:
        return
    if row is None or row.episode != after.episode:
        row = Complaint(id=new_id(), ticket_id=ticket_id)
        session.add(row)
    for name in _FACTS:
        setattr(row, name, getattr(after, name))
    await session.flush()


async def find_complaint(session: AsyncSession, ticket_id: UUID) -> Complaint | None:
    """A ticket's newest complaint."""
    query = select(Complaint).where(Complaint.ticket_id == ticket_id).order_by(Complaint.episode.desc())
    return await session.scalar(query.limit(1).execution_options(populate_existing=True))
