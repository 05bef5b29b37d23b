"""What the desk shows: read-only queries over tickets, their conversations and events."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, Select, case, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from core.conversations import Conversation, Message
from core.customers import Customer
from core.errors import NotFound
from core.messages import Author, Kind
from core.outbox import DeliveryState, OutboxRow
from handoff.agents import Agent
from handoff.kinds import Priority
from handoff.life import OPEN_STATES
from handoff.tickets import Ticket, TicketEvent

PAGE = 100  # tickets of one list
PREVIEW = 160  # characters of the last message in a list
LOOKED_AT = 2 * PREVIEW  # of which a number that is cut off can still be told to be one
MESSAGES = 300  # of a conversation, newest


@dataclass(frozen=True, kw_only=True)
class LastSaid:
    """The beginning of what the customer or an agent said last."""

    author: Author
    kind: Kind
    text: str


@dataclass(frozen=True, kw_only=True)
class TicketLine:
    """A ticket in a list."""

    ticket: Ticket
    customer: Customer
    channel: str
    assignee: Agent | None
    last_said: LastSaid | None


@dataclass(frozen=True, kw_only=True)
class Queue:
    """The open tickets. `waiting_count` counts also those beyond the page."""

    waiting: Sequence[TicketLine]
    mine: Sequence[TicketLine]
    colleagues: Sequence[TicketLine]
    waiting_count: int


@dataclass(frozen=True, kw_only=True)
class TicketEventLine:
    """An event with who did it."""

    event: TicketEvent
    agent: Agent | None


@dataclass(frozen=True, kw_only=True)
class TicketView:
    """All of a ticket: its conversation oldest first, deliveries by message, events oldest first."""

    line: TicketLine
    conversation: Conversation
    messages: Sequence[Message]
    deliveries: dict[UUID, OutboxRow]
    events: Sequence[TicketEventLine]


QueueMark = frozenset[tuple[object, ...]]


@dataclass(frozen=True, kw_only=True)
class TicketMark:
    """Tells one state of a ticket from the next."""

    conversation_id: UUID
    last_message_id: UUID | None
    changes: tuple[int, ...]


async def list_queue(session: AsyncSession, agent_id: UUID) -> Queue:
    """Open tickets as one agent sees them: each list has urgent ones first, then the oldest."""
    urgent_first = case((Ticket.priority == Priority.URGENT, 0), else_=1)
    is_open = Ticket.state.in_(OPEN_STATES)

    async def read(*conditions: ColumnElement[bool]) -> list[TicketLine]:
        query = _lines().where(is_open, *conditions).order_by(urgent_first, Ticket.opened_at).limit(PAGE)
        return [_line(*row) for row in (await session.execute(query))]

    waiting = select(func.count()).select_from(Ticket).where(is_open, Ticket.assignee_id.is_(None))
    return Queue(
        waiting=await read(Ticket.assignee_id.is_(None)),
        mine=await read(Ticket.assignee_id == agent_id),
        colleagues=await read(Ticket.assignee_id.is_not(None), Ticket.assignee_id != agent_id),
        waiting_count=await session.scalar(waiting) or 0,
    )


async def get_ticket_line(session: AsyncSession, ticket_id: UUID) -> TicketLine:
    """The ticket as a list shows it. Raises `NotFound`."""
    row = (await session.execute(_lines().where(Ticket.id == ticket_id))).one_or_none()
    if row is None:
        raise NotFound("ticket", ticket_id)
    return _line(*row)


async def get_ticket_view(session: AsyncSession, ticket_id: UUID) -> TicketView:
    """Everything an agent needs to answer. Raises `NotFound`."""
    line = await get_ticket_line(session, ticket_id)
    conversation = await session.get_one(Conversation, line.ticket.conversation_id)
    messages = list(
        await session.scalars(
            select(Message)
            .where(Message.conversation_id == conversation.id)
            .order_by(Message.seq.desc())
            .limit(MESSAGES)
        )
    )
    deliveries = await session.scalars(
        select(OutboxRow).where(OutboxRow.message_id.in_([message.id for message in messages]))
    )
    events = await session.execute(
        select(TicketEvent, Agent)
        .outerjoin(Agent, Agent.id == TicketEvent.agent_id)
        .where(TicketEvent.ticket_id == ticket_id)
        .order_by(TicketEvent.position)
    )
    return TicketView(
        line=line,
        conversation=conversation,
        messages=messages[::-1],
        deliveries={row.message_id: row for row in deliveries},
        events=[TicketEventLine(event=event, agent=agent) for event, agent in events],
    )


async def read_queue_mark(session: AsyncSession) -> QueueMark:
    """A value that differs when the queue does; one cheap query, for those who poll."""
    query = (
        select(
            Ticket.state,
            Ticket.assignee_id,
            Ticket.priority,
            func.count(),
            func.sum(Conversation.last_seq),
        )
        .join(Conversation, Conversation.id == Ticket.conversation_id)
        .where(Ticket.state.in_(OPEN_STATES))
        .group_by(Ticket.state, Ticket.assignee_id, Ticket.priority)
    )
    return frozenset(tuple(row) for row in await session.execute(query))


async def read_ticket_mark(session: AsyncSession, ticket_id: UUID) -> TicketMark:
    """A value that differs when a ticket, its conversation or its deliveries do. Raises `NotFound`."""
    # Counted, not the newest position: two transactions may commit in the other order.
    events = select(func.count()).where(TicketEvent.ticket_id == ticket_id).scalar_subquery()
    last = (
        select(Message.id)
        .where(Message.conversation_id == Conversation.id, Message.seq == Conversation.last_seq)
        .scalar_subquery()
    )
    unsent = (
        select(func.count() + func.coalesce(func.sum(OutboxRow.attempts), 0) * PAGE)
        .where(
            OutboxRow.channel == Conversation.channel,
            OutboxRow.conversation_id == Conversation.id,
            OutboxRow.state == DeliveryState.WAITING,
        )
        .scalar_subquery()
    )
    query = (
        select(Conversation.id, last, events, unsent)
        .join(Ticket, Ticket.conversation_id == Conversation.id)
        .where(Ticket.id == ticket_id)
    )
    row = (await session.execute(query)).one_or_none()
    if row is None:
        raise NotFound("ticket", ticket_id)
    conversation_id, last_message_id, event_count, unsent_sum = row
    return TicketMark(
        conversation_id=conversation_id,
        last_message_id=last_message_id,
        changes=(event_count, unsent_sum),
    )


async def find_message(session: AsyncSession, message_id: UUID) -> tuple[Message, str] | None:
    """A message and its channel's name, if it exists."""
    query = (
        select(Message, Conversation.channel)
        .join(Conversation, Conversation.id == Message.conversation_id)
        .where(Message.id == message_id)
    )
    return (await session.execute(query)).one_or_none()


def _lines() -> Select[Ticket, Customer, str, Agent | None, str | None, str | None, str | None]:
    last_said = (
        select(Message.id)
        .where(
            Message.conversation_id == Conversation.id,
            Message.author.in_((Author.CUSTOMER, Author.AGENT)),
        )
        .order_by(Message.seq.desc())
        .limit(1)
        .correlate(Conversation)
        .scalar_subquery()
    )
    return (
        select(
            Ticket,
            Customer,
            Conversation.channel,
            Agent,
            Message.author,
            Message.kind,
            func.substr(Message.text, 1, LOOKED_AT),
        )
        .join(Customer, Customer.id == Ticket.customer_id)
        .join(Conversation, Conversation.id == Ticket.conversation_id)
        .outerjoin(Agent, Agent.id == Ticket.assignee_id)
        .outerjoin(Message, Message.id == last_said)
    )


def _line(
    ticket: Ticket,
    customer: Customer,
    channel: str,
    assignee: Agent | None,
    author: str | None,
    kind: str | None,
    text: str | None,
) -> TicketLine:
    said = None
    if author is not None and kind is not None:
        said = LastSaid(author=Author(author), kind=Kind(kind), text=text or "")
    return TicketLine(ticket=ticket, customer=customer, channel=channel, assignee=assignee, last_said=said)
