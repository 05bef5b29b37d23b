"""What the desk shows: read-only queries over tickets, their conversations, deadlines and events."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from core.conversations import Conversation, Message
from core.customers import Customer
from core.errors import NotFound
from core.messages import Author, Kind
from core.outbox import OutboxRow
from handoff.agents import Agent
from handoff.alerts import Alert, AlertKind
from handoff.deadlines import Deadline
from handoff.kinds import Priority
from handoff.life import HELD_STATES, TicketState
from handoff.presence import list_agents
from handoff.standards import Promise
from handoff.tickets import Ticket, TicketEvent

PAGE = 100  # tickets of one list
PREVIEW = 160  # characters of the last message in a list
LOOKED_AT = 2 * PREVIEW  # of which a number that is cut off can still be told to be one
MESSAGES = 300  # of a conversation, newest

NOT_OURS = (Promise.ANSWER, Promise.HOP)  # what others owe: the customer, and who was offered the ticket


@dataclass(frozen=True, kw_only=True)
class LastSaid:
    """The beginning of what the customer or an agent said last."""

    author: Author
    kind: Kind
    text: str


@dataclass(frozen=True, slots=True)
class RunningDeadline:
    """A promise that runs or is paused, as its row says it."""

    promise: str
    tier: str
    course: str
    guessed: bool
    since: datetime
    due_at: datetime | None  # None while it is paused


@dataclass(frozen=True, kw_only=True)
class TicketLine:
    """A ticket in a list. `deadlines` are those that run or are paused; `because` is why it is offered, in a list of offers."""

    ticket: Ticket
    customer: Customer
    channel: str
    assignee: Agent | None
    last_said: LastSaid | None
    deadlines: Sequence[RunningDeadline] = ()
    because: str = ""


@dataclass(frozen=True, kw_only=True)
class Queue:
    """The tickets of one agent's desk. `waiting_count` counts also those beyond the page."""

    offers: Sequence[TicketLine]  # to the agent, or to a queue that they work for
    waiting: Sequence[TicketLine]
    mine: Sequence[TicketLine]
    to_confirm: Sequence[TicketLine]  # resolved, and the agent is the first owner
    colleagues: Sequence[TicketLine]
    waiting_count: int


@dataclass(frozen=True, kw_only=True)
class TicketView:
    """All of a ticket: its conversation oldest first, deliveries by message, events oldest first; and everybody at the desk."""

    line: TicketLine
    conversation: Conversation
    messages: Sequence[Message]
    deliveries: Mapping[UUID, OutboxRow]
    events: Sequence[TicketEvent]
    agents: Mapping[UUID, Agent]


async def list_queue(session: AsyncSession, agent_id: UUID, *, queues: Collection[str] = ()) -> Queue:
    """Tickets as one agent sees them; `queues` are those that they work for.

    What waits has urgent ones first, then those that wait longest; the agent's own are sorted by what is due next.
    """
    next_due = (
        select(func.min(Deadline.due_at))
        .where(Deadline.ticket_id == Ticket.id, Deadline.ended_at.is_(None))
        .where(Deadline.promise.not_in(NOT_OURS))
        .scalar_subquery()
    )
    is_new = Ticket.state == TicketState.NEW
    is_held = Ticket.state.in_(HELD_STATES)

    async def read(
        *conditions: ColumnElement[bool], order: Sequence[ColumnElement[Any]], most: int = PAGE
    ) -> list[TicketLine]:
        # The page is found first: only its tickets are joined with all that is shown of them.
        page = select(Ticket.id).where(*conditions).order_by(*order).limit(most)
        query = _lines().where(Ticket.id.in_(page)).order_by(*order)
        return [_line(*row) for row in (await session.execute(query))]

    async def read_urgent_first(
        *conditions: ColumnElement[bool], order: ColumnElement[Any]
    ) -> list[TicketLine]:
        # One after the other: an index yields each in its order.
        found: list[TicketLine] = []
        for priority in (Priority.URGENT, Priority.NORMAL):
            if most := PAGE - len(found):
                found += await read(*conditions, Ticket.priority == priority, order=[order], most=most)
        return found

    to_me = or_(Ticket.offered_to_id == agent_id, Ticket.offered_queue.in_(queues))
    offers = await read(
        Ticket.offered_at.is_not(None),
        to_me,
        Ticket.assignee_id != agent_id,
        order=[Ticket.offered_at.asc()],
    )
    waiting = await read_urgent_first(is_new, order=Ticket.queued_at.asc())
    mine = await read(
        is_held, Ticket.assignee_id == agent_id, order=[next_due.asc().nulls_last(), Ticket.opened_at.asc()]
    )
    to_confirm = await read(
        Ticket.state == TicketState.RESOLVED,
        Ticket.first_owner_id == agent_id,
        order=[Ticket.resolved_at.asc()],
    )
    colleagues = await read_urgent_first(
        is_held, Ticket.assignee_id != agent_id, order=Ticket.opened_at.asc()
    )
    lines = [*offers, *waiting, *mine, *to_confirm, *colleagues]
    deadlines = await _read_deadlines(session, [line.ticket.id for line in lines])
    reasons = await _read_reasons(session, [line.ticket.id for line in offers])

    def whole(lines: Sequence[TicketLine]) -> list[TicketLine]:
        return [replace(line, deadlines=deadlines.get(line.ticket.id, ())) for line in lines]

    return Queue(
        offers=[replace(line, because=reasons.get(line.ticket.id, "")) for line in whole(offers)],
        waiting=whole(waiting),
        mine=whole(mine),
        to_confirm=whole(to_confirm),
        colleagues=whole(colleagues),
        waiting_count=await session.scalar(select(func.count()).select_from(Ticket).where(is_new)) or 0,
    )


async def get_ticket_line(session: AsyncSession, ticket_id: UUID) -> TicketLine:
    """The ticket as a list shows it. Raises `NotFound`."""
    row = (await session.execute(_lines().where(Ticket.id == ticket_id))).one_or_none()
    if row is None:
        raise NotFound("ticket", ticket_id)
    deadlines = await _read_deadlines(session, [ticket_id])
    return replace(_line(*row), deadlines=deadlines.get(ticket_id, ()))


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
        select(OutboxRow).where(OutboxRow.message_id.in_(_padded([message.id for message in messages])))
    )
    events = await session.scalars(
        select(TicketEvent).where(TicketEvent.ticket_id == ticket_id).order_by(TicketEvent.position)
    )
    return TicketView(
        line=line,
        conversation=conversation,
        messages=messages[::-1],
        deliveries={row.message_id: row for row in deliveries},
        events=list(events),
        agents={agent.id: agent for agent in await list_agents(session)},
    )


async def find_message(session: AsyncSession, message_id: UUID) -> tuple[Message, str] | None:
    """A message and its channel's name, if it exists."""
    query = (
        select(Message, Conversation.channel)
        .join(Conversation, Conversation.id == Message.conversation_id)
        .where(Message.id == message_id)
    )
    return (await session.execute(query)).one_or_none()


async def _read_deadlines(
    session: AsyncSession, ticket_ids: Sequence[UUID]
) -> dict[UUID, list[RunningDeadline]]:
    """By ticket, the next one first. Plain values: a page has some eight hundred, and mapped objects cost far more."""
    query = (
        select(
            Deadline.ticket_id,
            Deadline.promise,
            Deadline.tier,
            Deadline.course,
            Deadline.guessed,
            Deadline.since,
            Deadline.due_at,
        )
        .where(Deadline.ticket_id.in_(_padded(ticket_ids)), Deadline.ended_at.is_(None))
        .order_by(Deadline.due_at)
    )
    found: dict[UUID, list[RunningDeadline]] = {}
    for ticket_id, promise, tier, course, guessed, since, due_at in await session.execute(query):
        found.setdefault(ticket_id, []).append(
            RunningDeadline(promise, tier, course, guessed=guessed, since=since, due_at=due_at)
        )
    return found


def _padded(ids: Sequence[UUID]) -> list[UUID]:
    """As many as fill a page or several: for every other number the database would have to prepare the statement anew."""
    return [*ids, *([ids[-1]] * (-len(ids) % PAGE) if ids else [])]


async def _read_reasons(session: AsyncSession, ticket_ids: Sequence[UUID]) -> dict[UUID, str]:
    """Why tickets are offered, as those were told to whom they are."""
    if not ticket_ids:
        return {}
    alerts = await session.scalars(
        select(Alert)
        .where(Alert.ticket_id.in_(ticket_ids), Alert.kind == AlertKind.TRANSFER)
        .order_by(Alert.id)
    )
    return {
        alert.ticket_id: str(alert.data.get("because", ""))
        for alert in alerts
        if alert.data.get("why") == "offered"
    }


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
