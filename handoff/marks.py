"""Marks: values that differ when something has changed that a desk shows. Cheap to read, for those who poll."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from core.conversations import Conversation, Message
from core.errors import NotFound
from core.outbox import DeliveryState, OutboxRow
from handoff.agents import Agent
from handoff.attention import read_unseen
from handoff.presence import Presence, presence_of
from handoff.seen import SeenMark
from handoff.settings import DeskSettings
from handoff.tags import CustomerTag
from handoff.tickets import Ticket, TicketEvent

LATE = 256  # events that may be committed while one with an earlier position is not yet
_ATTEMPT = 100  # more than a conversation has messages to deliver at once


@dataclass(frozen=True, kw_only=True)
class QueueMark:
    """Tells one state of the lists from the next: whatever happens to a ticket is an event."""

    newest: int
    late: int
    seen_at: datetime | None = None  # when the reader has seen something of a ticket last


@dataclass(frozen=True, kw_only=True)
class TicketMark:
    """Tells one state of a ticket from the next."""

    conversation_id: UUID
    last_message_id: UUID | None
    changes: tuple[int, ...]
    tagged_at: datetime | None  # when the customer got a tag last


@dataclass(frozen=True, kw_only=True)
class AgentMark:
    """Tells whether an agent's own affairs changed: duty and presence, alerts, and whether their sessions ended."""

    sign_ins: int
    duty: str
    presence: Presence
    unseen: tuple[UUID, ...]


async def read_queue_mark(session: AsyncSession, agent_id: UUID | None = None) -> QueueMark:
    """Of all lists of tickets; with what an agent has seen of them, here or at another computer."""
    newest = select(func.max(TicketEvent.position)).scalar_subquery()
    # Counted besides: of two transactions the one with the earlier position may be committed later.
    seen = select(func.max(SeenMark.at)).where(SeenMark.agent_id == agent_id).scalar_subquery()
    query = select(func.max(TicketEvent.position), func.count(), seen).where(
        TicketEvent.position > newest - LATE
    )
    position, late, seen_at = (await session.execute(query)).one()
    return QueueMark(newest=position or 0, late=late, seen_at=seen_at)


async def read_ticket_mark(session: AsyncSession, ticket_id: UUID) -> TicketMark:
    """Of a ticket, its conversation, its deliveries and its customer's tags. Raises `NotFound`."""
    try:
        return (await read_ticket_marks(session, [ticket_id]))[ticket_id]
    except KeyError as error:
        raise NotFound("ticket", ticket_id) from error


async def read_ticket_marks(session: AsyncSession, ticket_ids: Collection[UUID]) -> Mapping[UUID, TicketMark]:
    """Of several tickets, of those that exist: one statement for all."""
    # Counted, not the newest position: two transactions may commit in the other order.
    events = (
        select(func.count()).where(TicketEvent.ticket_id == Ticket.id).correlate(Ticket).scalar_subquery()
    )
    last = (
        select(Message.id)
        .where(Message.conversation_id == Conversation.id, Message.seq == Conversation.last_seq)
        .scalar_subquery()
    )
    unsent = (
        select(func.count() + func.coalesce(func.sum(OutboxRow.attempts), 0) * _ATTEMPT)
        .where(
            OutboxRow.channel == Conversation.channel,
            OutboxRow.conversation_id == Conversation.id,
            OutboxRow.state == DeliveryState.WAITING,
        )
        .scalar_subquery()
    )
    tags = (
        select(func.count())
        .where(CustomerTag.customer_id == Ticket.customer_id)
        .correlate(Ticket)
        .scalar_subquery()
    )
    tagged = (
        select(func.max(CustomerTag.at))
        .where(CustomerTag.customer_id == Ticket.customer_id)
        .correlate(Ticket)
        .scalar_subquery()
    )
    query = (
        select(Ticket.id, Conversation.id, last, events, unsent, tags, Conversation.read_seq, tagged)
        .join(Ticket, Ticket.conversation_id == Conversation.id)
        .where(Ticket.id.in_(ticket_ids))
    )
    return {
        ticket_id: TicketMark(
            conversation_id=conversation_id,
            last_message_id=last_message_id,
            changes=tuple(changes),
            tagged_at=tagged_at,
        )
        for ticket_id, conversation_id, last_message_id, *changes, tagged_at in await session.execute(query)
    }


async def read_agent_mark(
    session: AsyncSession, agent_id: UUID, settings: DeskSettings, *, now: datetime
) -> AgentMark:
    """Of an agent."""
    agent = await session.get_one(Agent, agent_id)
    return AgentMark(
        sign_ins=agent.sign_ins,
        duty=agent.duty,
        presence=presence_of(agent, settings, now=now),
        unseen=tuple(await read_unseen(session, agent_id)),
    )
