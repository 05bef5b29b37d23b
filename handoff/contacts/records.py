"""What is kept of contacts: one row each, beside the messages and the ticket that it has led to."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ForeignKey, Index, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base
from handoff.agents import Agent
from handoff.tickets import Ticket


class Result(StrEnum):
    """What became of a contact."""

    ANSWERED = "answered"  # at once: its ticket is closed
    FOLLOWED_UP = "followed_up"  # its ticket is open
    ADDED = "added"  # to a ticket that was open already
    TOLD = "told"  # of a ticket under way an agent has told the customer something


class Contact(Base):
    """One contact. What was said in it are messages of its ticket's conversation."""

    __tablename__ = "contacts"
    __table_args__ = (Index("ix_contacts_at", "at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    ticket_id: Mapped[UUID] = mapped_column(ForeignKey("tickets.id"), index=True)
    agent_id: Mapped[UUID] = mapped_column(ForeignKey("agents.id"))  # who logged it
    how: Mapped[str]
    result: Mapped[str]
    name: Mapped[str | None]  # as they gave it
    at: Mapped[datetime]
    logged_at: Mapped[datetime]
    heard_id: Mapped[UUID | None] = mapped_column(ForeignKey("messages.id"))  # what the customer said
    told_id: Mapped[UUID | None] = mapped_column(ForeignKey("messages.id"))  # what the agent said
    origin: Mapped[str | None] = mapped_column(unique=True)  # the form; sent twice, it counts once


@dataclass(frozen=True, kw_only=True)
class Logged:
    """What became of it. `holder` has the ticket, if anybody has."""

    ticket_id: UUID
    number: str
    result: Result
    holder: str


async def find_logged(session: AsyncSession, origin: str) -> Logged | None:
    """What became of a form that was sent off before."""
    row = await session.scalar(select(Contact).where(Contact.origin == origin))
    return await logged(session, row) if row else None


async def logged(session: AsyncSession, row: Contact) -> Logged:
    """What became of a contact."""
    ticket = await session.get_one(Ticket, row.ticket_id)
    holder = await session.get(Agent, ticket.assignee_id) if ticket.assignee_id else None
    return Logged(
        ticket_id=ticket.id,
        number=ticket.number,
        result=Result(row.result),
        holder=holder.name if holder else "",
    )
