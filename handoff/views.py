"""What the desk shows of an opened ticket: its conversation, deadlines, deliveries and events. Read-only."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from core.conversations import Conversation, Message
from core.messages import Address
from core.outbox import OutboxRow
from handoff.agents import Agent
from handoff.life import HELD_STATES
from handoff.lists import RunningDeadline, TicketLine, get_ticket_line, read_deadlines
from handoff.presence import list_agents
from handoff.tags import list_tags
from handoff.tickets import Ticket, TicketEvent

MESSAGES = 300  # of a conversation


@dataclass(frozen=True, kw_only=True)
class TicketView:
    """All of a ticket: its conversation oldest first, deliveries by message, events oldest first; and everybody at the desk."""

    line: TicketLine
    ticket: Ticket
    deadlines: Sequence[RunningDeadline]  # that run or are paused, the next one first
    conversation: Conversation
    messages: Sequence[Message]
    deliveries: Mapping[UUID, OutboxRow]
    events: Sequence[TicketEvent]
    agents: Mapping[UUID, Agent]
    tags: Sequence[str] = ()  # of the customer


async def get_ticket_view(session: AsyncSession, ticket_id: UUID, *, after: int | None = None) -> TicketView:
    """Everything an agent needs to answer. Raises `NotFound`.

    Its messages are the newest; for who has seen those until `after` the next ones, where that is further back.
    """
    line = await get_ticket_line(session, ticket_id)
    ticket = await session.get_one(Ticket, ticket_id)
    conversation = await session.get_one(Conversation, ticket.conversation_id)
    seen = conversation.last_seq - MESSAGES
    chosen = (
        select(Message.id)
        .where(
            Message.conversation_id == conversation.id,
            Message.seq > (seen if after is None else min(after, seen)),
        )
        .order_by(Message.seq)
        .limit(MESSAGES)
    )
    messages = await session.scalars(select(Message).where(Message.id.in_(chosen)).order_by(Message.seq))
    deliveries = await session.scalars(select(OutboxRow).where(OutboxRow.message_id.in_(chosen)))
    events = await session.scalars(
        select(TicketEvent).where(TicketEvent.ticket_id == ticket_id).order_by(TicketEvent.position)
    )
    return TicketView(
        line=line,
        ticket=ticket,
        deadlines=await read_deadlines(session, ticket_id),
        conversation=conversation,
        messages=list(messages),
        deliveries={row.message_id: row for row in deliveries},
        events=list(events),
        agents={agent.id: agent for agent in await list_agents(session)},
        tags=await list_tags(session, ticket.customer_id),
    )


async def find_written_to(
    session: AsyncSession, ticket_id: UUID, agent_id: UUID
) -> tuple[UUID, Address] | None:
    """Where the agent's words would go: the conversation, and its address. None unless they have taken the ticket."""
    query = (
        select(Conversation.id, Conversation.channel, Conversation.chat)
        .join(Ticket, Ticket.conversation_id == Conversation.id)
        .where(
            Ticket.id == ticket_id,
            Ticket.assignee_id == agent_id,
            Ticket.taken_at.is_not(None),
            Ticket.state.in_(HELD_STATES),
        )
    )
    row = (await session.execute(query)).one_or_none()
    return None if row is None else (row[0], Address(channel=row[1], chat=row[2]))


async def find_message(session: AsyncSession, message_id: UUID) -> tuple[Message, str] | None:
    """A message and its channel's name, if it exists."""
    query = (
        select(Message, Conversation.channel)
        .join(Conversation, Conversation.id == Message.conversation_id)
        .where(Message.id == message_id)
    )
    return (await session.execute(query)).one_or_none()
