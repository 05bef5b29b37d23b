"""Tickets: a conversation's wait for, and work by, a human. What happened is in `ticket_events`, append-only."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, insert, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base
from core.ids import new_id
from handoff.life import EventKind, TicketState, move

_BigId = BigInteger().with_variant(Integer(), "sqlite")


class Reason(StrEnum):
    """Why the bot handed over."""

    EMERGENCY = "emergency"
    COMPLAINT = "complaint"
    WANTS_HUMAN = "wants_human"
    LOW_CONFIDENCE = "low_confidence"
    FAULT = "fault"  # our own failure to handle the message
    ENTRY = "entry"  # an entry of the knowledge base has people do it


class Priority(StrEnum):
    """Within a queue, urgent tickets come first."""

    URGENT = "urgent"
    NORMAL = "normal"


class Ticket(Base):
    """The present state; its history is in the events. `summary` has `asked`, `tried` and, where there are any, `collected`."""

    __tablename__ = "tickets"
    __table_args__ = (
        # At most one open ticket for a conversation.
        Index(
            "uq_tickets_open_conversation",
            "conversation_id",
            unique=True,
            postgresql_where=text("state <> 'resolved'"),
            sqlite_where=text("state <> 'resolved'"),
        ),
        Index("ix_tickets_queue_state", "queue", "state", "priority", "opened_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(unique=True)
    conversation_id: Mapped[UUID] = mapped_column(ForeignKey("conversations.id"), index=True)
    customer_id: Mapped[UUID] = mapped_column(ForeignKey("customers.id"), index=True)
    queue: Mapped[str]
    reason: Mapped[str]
    priority: Mapped[str]
    state: Mapped[str]
    language: Mapped[str]
    assignee_id: Mapped[UUID | None] = mapped_column(ForeignKey("agents.id"))
    summary: Mapped[dict[str, Any]] = mapped_column(default=dict)
    opened_at: Mapped[datetime]
    taken_at: Mapped[datetime | None]
    resolved_at: Mapped[datetime | None]


class TicketEvent(Base):
    """A fact about a ticket. Never changed, never deleted."""

    __tablename__ = "ticket_events"
    position: Mapped[int] = mapped_column(_BigId, primary_key=True, autoincrement=True)
    ticket_id: Mapped[UUID] = mapped_column(ForeignKey("tickets.id"), index=True)
    kind: Mapped[str]
    at: Mapped[datetime]
    agent_id: Mapped[UUID | None] = mapped_column(ForeignKey("agents.id"))
    data: Mapped[dict[str, Any]] = mapped_column(default=dict)


class TicketNumber(Base):
    """Hands out ticket numbers: a row a number, so that two processes never give the same."""

    __tablename__ = "ticket_numbers"

    number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    given_at: Mapped[datetime]


async def record(
    session: AsyncSession,
    ticket: Ticket,
    kind: EventKind,
    *,
    at: datetime,
    agent_id: UUID | None = None,
    **data: Any,
) -> None:
    """Append a fact to the ticket's history, and bring the ticket to where it leads. Raises `IllegalMove`."""
    ticket.state = move(TicketState(ticket.state), kind)
    await _append(session, ticket, kind, at=at, agent_id=agent_id, data=data)


async def _append(
    session: AsyncSession,
    ticket: Ticket,
    kind: EventKind,
    *,
    at: datetime,
    agent_id: UUID | None,
    data: dict[str, Any],
) -> None:
    await session.execute(
        insert(TicketEvent).values(ticket_id=ticket.id, kind=kind, at=at, agent_id=agent_id, data=data)
    )


async def open_ticket(
    session: AsyncSession,
    *,
    conversation_id: UUID,
    customer_id: UUID,
    queue: str,
    reason: Reason,
    language: str,
    summary: dict[str, Any],
    now: datetime,
    **facts: Any,
) -> Ticket:
    """A new ticket in its queue; `facts` go into its history.

    The caller holds the conversation's lock and has seen that none is open.
    """
    number = (
        await session.execute(insert(TicketNumber).values(given_at=now).returning(TicketNumber.number))
    ).scalar_one()
    ticket = Ticket(
        id=new_id(),
        number=number,
        conversation_id=conversation_id,
        customer_id=customer_id,
        queue=queue,
        reason=reason,
        priority=Priority.URGENT if reason is Reason.EMERGENCY else Priority.NORMAL,
        state=move(None, EventKind.OPENED),
        language=language,
        summary=summary,
        opened_at=now,
    )
    session.add(ticket)
    await session.flush()
    data = {"reason": reason, "queue": queue, **facts}
    await _append(session, ticket, EventKind.OPENED, at=now, agent_id=None, data=data)
    return ticket


async def raise_ticket(session: AsyncSession, ticket: Ticket, *, now: datetime) -> None:
    """Make a ticket urgent, once."""
    if ticket.priority != Priority.URGENT:
        ticket.priority = Priority.URGENT
        await record(session, ticket, EventKind.RAISED, at=now)
