"""Tickets: a conversation's wait for, and work by, a human. What happened is in `ticket_events`, append-only."""

import dataclasses
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, insert, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base
from core.ids import new_id
from handoff.complaints.corrective_actions import keep_action
from handoff.complaints.life import Stage
from handoff.complaints.records import keep_complaint
from handoff.deadlines import keep_deadlines
from handoff.desk.threads import keep_thread
from handoff.facts import Facts, apply
from handoff.kinds import KIND_BY_REASON, IncidentClass, Priority, Reason, TicketKind
from handoff.life import EventKind, TicketState
from handoff.numbers import format_number
from handoff.reporting.tables import note_ticket
from handoff.settings import DeskSettings

_BigId = BigInteger().with_variant(Integer(), "sqlite")
# What lists of all tickets are filtered by.
LISTED = (
    "state",
    "kind",
    "reason",
    "queue",
    "assignee_id",
    "first_owner_id",
    "language",
    "tier",
    "category",
    "stage",
    "priority",
    "episode",
    "resolved_at",
    "customer_id",
    "conversation_id",
)
_IS_OPEN = text("state NOT IN ('resolved', 'closed')")
_IS_HELD = text("state IN ('assigned', 'in_progress', 'waiting')")


class Ticket(Base):
    """The present state, as its events have made it: see `handoff.facts`, whose fields it has.

    `summary` has `asked`, `tried` and, where there are any, `collected`.
    """

    __tablename__ = "tickets"
    __table_args__ = (
        # At most one open ticket for a conversation.
        Index(
            "uq_tickets_open_conversation",
            "conversation_id",
            unique=True,
            postgresql_where=_IS_OPEN,
            sqlite_where=_IS_OPEN,
        ),
        # What the desk lists: those that wait, colleagues', an agent's own, what is offered, what is to be confirmed.
        Index(
            "ix_tickets_next",
            "priority",
            "queued_at",
            postgresql_where=text("state = 'new'"),
            sqlite_where=text("state = 'new'"),
        ),
        Index(
            "ix_tickets_at_work",
            "priority",
            "opened_at",
            postgresql_where=_IS_HELD,
            sqlite_where=_IS_HELD,
        ),
        Index(
            "ix_tickets_offered",
            "offered_at",
            postgresql_where=text("offered_at IS NOT NULL"),
            sqlite_where=text("offered_at IS NOT NULL"),
        ),
        Index(
            "ix_tickets_to_confirm",
            "first_owner_id",
            "resolved_at",
            postgresql_where=text("state = 'resolved'"),
            sqlite_where=text("state = 'resolved'"),
        ),
        Index(
            "ix_tickets_waiting",
            "queue",
            "priority",
            "queued_at",
            postgresql_where=text("state = 'new'"),
            sqlite_where=text("state = 'new'"),
        ),
        # Lists of all tickets, by their orders.
        # What they are filtered by is in the first one: PostgreSQL reads it in the place of the table, which is far larger.
        Index("ix_tickets_opened_at", "opened_at", "id", postgresql_include=LISTED),
        Index("ix_tickets_said_at", "said_at", "id"),
        Index(
            "ix_tickets_not_closed",
            "opened_at",
            "id",
            postgresql_where=text("state <> 'closed'"),
            sqlite_where=text("state <> 'closed'"),
        ),
        Index("ix_tickets_taken", "queue", "taken_at"),  # how fast the queue moves
        # What colleagues did about the same.
        Index(
            "ix_tickets_topic",
            "topic",
            "language",
            "resolved_at",
            postgresql_where=text("resolved_at IS NOT NULL"),
            sqlite_where=text("resolved_at IS NOT NULL"),
        ),
        Index(
            "ix_tickets_held",
            "assignee_id",
            "priority",
            "opened_at",
            postgresql_where=_IS_OPEN,
            sqlite_where=_IS_OPEN,
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(unique=True)
    conversation_id: Mapped[UUID] = mapped_column(ForeignKey("conversations.id"), index=True)
    customer_id: Mapped[UUID] = mapped_column(ForeignKey("customers.id"), index=True)
    reason: Mapped[str]
    language: Mapped[str]
    summary: Mapped[dict[str, Any]] = mapped_column(default=dict)
    told: Mapped[dict[str, Any]] = mapped_column(default=dict)  # what the customer was told of the wait

    state: Mapped[str]
    kind: Mapped[str]
    priority: Mapped[str]
    incident: Mapped[int | None]
    queue: Mapped[str]
    tier: Mapped[str | None]
    opened_at: Mapped[datetime]
    said_at: Mapped[datetime]
    topic: Mapped[str | None]
    first_owner_id: Mapped[UUID | None] = mapped_column(ForeignKey("agents.id"))
    assignee_id: Mapped[UUID | None] = mapped_column(ForeignKey("agents.id"))
    sender_id: Mapped[UUID | None] = mapped_column(ForeignKey("agents.id"))
    offered_at: Mapped[datetime | None]
    offered_to_id: Mapped[UUID | None] = mapped_column(ForeignKey("agents.id"))
    offered_queue: Mapped[str | None]
    hand_backs: Mapped[int]
    episode: Mapped[int]
    episode_at: Mapped[datetime]
    queued_at: Mapped[datetime]
    assigned_at: Mapped[datetime | None]
    taken_at: Mapped[datetime | None]
    first_replied_at: Mapped[datetime | None]
    replied_at: Mapped[datetime | None]
    unanswered_at: Mapped[datetime | None]
    pauses: Mapped[list[Any]] = mapped_column(default=list)
    raised_at: Mapped[datetime | None]
    reported_at: Mapped[datetime | None]
    resolved_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    category: Mapped[str | None]
    stage: Mapped[str | None]
    proposal_owed_at: Mapped[datetime | None]
    visited_at: Mapped[datetime | None]

    @property
    def facts(self) -> Facts:
        """The present as a value."""
        values = {name: getattr(self, name) for name in _FACTS}
        values["state"] = TicketState(self.state)
        values["kind"] = TicketKind(self.kind)
        values["priority"] = Priority(self.priority)
        values["stage"] = Stage(self.stage) if self.stage else None
        values["pauses"] = tuple((start, end) for start, end in self.pauses)
        return Facts(**values)


_FACTS = [each.name for each in dataclasses.fields(Facts)]


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
    """Hands out the numbers in ticket numbers: a row each, so that two processes never give the same."""

    __tablename__ = "ticket_numbers"

    number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    given_at: Mapped[datetime]


@dataclasses.dataclass(frozen=True, kw_only=True)
class NewEvent:
    """An event that is about to be recorded."""

    kind: EventKind
    at: datetime
    agent_id: UUID | None = None
    data: Mapping[str, Any] = dataclasses.field(default_factory=dict)


async def record(
    session: AsyncSession,
    ticket: Ticket,
    kind: EventKind,
    *,
    settings: DeskSettings,
    at: datetime,
    agent_id: UUID | None = None,
    **data: Any,
) -> None:
    """Append a fact to the ticket's history; the ticket and all that is known of it follow.

    Raises `IllegalMove`, and of complaints and corrective actions `IllegalStep` and `NotAllowed`.

    `data` holds JSON. The caller holds the conversation's lock.
    """
    event = NewEvent(kind=kind, at=at, agent_id=agent_id, data=data)
    before = ticket.facts
    facts = apply(before, event)
    _set(ticket, facts)
    if before.stage or facts.stage:
        await keep_complaint(session, ticket.id, before, facts, event)
    await keep_action(session, ticket.id, facts.episode, event, settings=settings)
    moved = await keep_deadlines(session, ticket.id, facts, settings=settings, at=at)
    if moved and kind in _CHANGES_TERMS:
        event = dataclasses.replace(event, data={**data, "moved": moved})
    await _append(session, ticket.id, event)
    await keep_thread(session, ticket.id, facts.queue, settings=settings, at=at)


# What changes deadlines that run; what was before and after is kept with the event.
_CHANGES_TERMS = {
    EventKind.RAISED,
    EventKind.SORTED,
    EventKind.RETIERED,
    EventKind.RECALCULATED,
    EventKind.MOVED,
}


async def find_ticket(
    session: AsyncSession, number: str, *, customer_id: UUID | None = None
) -> Ticket | None:
    """The ticket with that number; with `customer_id` only if it is theirs."""
    query = select(Ticket).where(Ticket.number == number)
    return await session.scalar(query.where(Ticket.customer_id == customer_id) if customer_id else query)


async def open_ticket(
    session: AsyncSession,
    *,
    conversation_id: UUID,
    customer_id: UUID,
    queue: str,
    reason: Reason,
    tier: str | None,
    language: str,
    first_owner_id: UUID | None,
    summary: dict[str, Any],
    settings: DeskSettings,
    now: datetime,
    agent_id: UUID | None = None,
    **facts: Any,
) -> Ticket:
    """A new ticket in its queue; `facts` go into its history. `agent_id` is who opened it, if the bot did not.

    The caller holds the conversation's lock and has seen that none is open.
    """
    number = (
        await session.execute(insert(TicketNumber).values(given_at=now).returning(TicketNumber.number))
    ).scalar_one()
    data: dict[str, Any] = {
        "reason": reason,
        "queue": queue,
        "ticket_kind": KIND_BY_REASON.get(reason, TicketKind.ENQUIRY),
        "incident": IncidentClass.GRAVE if reason is Reason.EMERGENCY else None,
        "tier": tier,
        "first_owner": str(first_owner_id) if first_owner_id else None,
        **facts,
    }
    event = NewEvent(kind=EventKind.OPENED, at=now, agent_id=agent_id, data=data)
    ticket = Ticket(
        id=new_id(),
        number=format_number(number, now.astimezone(settings.calendar.zone).date()),
        conversation_id=conversation_id,
        customer_id=customer_id,
        reason=reason,
        language=language,
        summary=summary,
        told={},
    )
    present = apply(None, event)
    _set(ticket, present)
    session.add(ticket)
    await session.flush()
    await keep_deadlines(session, ticket.id, present, settings=settings, at=now)
    await _append(session, ticket.id, event)
    await keep_thread(session, ticket.id, queue, settings=settings, at=now)
    return ticket


def _set(ticket: Ticket, facts: Facts) -> None:
    for name in _FACTS:
        value = getattr(facts, name)
        if name == "pauses":
            value = [list(pause) for pause in value]
        if getattr(ticket, name) != value:
            setattr(ticket, name, value)


async def _append(session: AsyncSession, ticket_id: UUID, event: NewEvent) -> None:
    values = {name: getattr(event, name) for name in ("kind", "at", "agent_id", "data")}
    await session.execute(insert(TicketEvent).values(ticket_id=ticket_id, **values))
    await note_ticket(session, ticket_id)
