"""What the desk lists: tickets as plain rows, the first page of each list. Read-only."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Select,
    bindparam,
    case,
    func,
    literal,
    literal_column,
    or_,
    select,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from core.amending import FALLEN
from core.conversations import Conversation, Message
from core.customers import Customer
from core.errors import NotFound
from core.messages import AMENDMENTS, Author, Kind
from core.outbox import OutboxRow
from handoff.agents import Agent
from handoff.alerts import Alert, AlertKind
from handoff.deadlines import Deadline
from handoff.kinds import Priority
from handoff.life import HELD_STATES, TicketState
from handoff.standards import Promise
from handoff.tickets import Ticket

PAGE = 50  # tickets of one list
PREVIEW = 160  # characters of the last message in a list
LOOKED_AT = 2 * PREVIEW  # of which a number that is cut off can still be told to be one

NOT_OURS = (Promise.ANSWER, Promise.HOP)  # what others owe: the customer, and who was offered the ticket


@dataclass(frozen=True, slots=True)
class RunningDeadline:
    """A promise that runs or is paused, as its row says it."""

    promise: str
    tier: str
    course: str
    guessed: bool
    since: datetime
    due_at: datetime | None  # None while it is paused


@dataclass(frozen=True, slots=True)
class TicketLine:
    """A ticket in a list: what its row says, whose it is, and how the last thing that the customer or an agent said begins.

    Plain values: a desk has some hundreds, and mapped objects cost far more. `next` is the deadline that comes next, or one
    that is paused; in a list of offers the one to answer by, and `because` why it is offered.
    """

    id: UUID
    number: str
    state: str
    kind: str
    incident: int | None
    priority: str
    reason: str
    language: str
    queue: str
    opened_at: datetime
    taken_at: datetime | None
    assignee_id: UUID | None
    offered_at: datetime | None
    offered_to_id: UUID | None
    offered_queue: str | None
    customer_id: UUID
    customer: str | None  # their name, if they have said one
    channel: str
    assignee: str | None
    said_by: str | None  # None: nobody has said anything
    said_as: str | None  # its `Kind`
    said: str | None
    next: RunningDeadline | None
    because: str = ""


@dataclass(frozen=True, kw_only=True)
class Queue:
    """The tickets of one agent's desk, of each list its first page. `waiting_count` counts also those beyond."""

    offers: Sequence[TicketLine]  # to the agent, or to a queue that they work for
    waiting: Sequence[TicketLine]
    mine: Sequence[TicketLine]
    to_confirm: Sequence[TicketLine]  # resolved, and the agent is the first owner
    colleagues: Sequence[TicketLine]
    waiting_count: int


async def list_queue(session: AsyncSession, agent_id: UUID, *, queues: Collection[str] = ()) -> Queue:
    """Tickets as one agent sees them; `queues` are those that they work for.

    What waits has urgent ones first, then those that wait longest; the agent's own are sorted by what is due next.
    """

    async def read(page: _Statement, **values: Any) -> list[TicketLine]:
        return [_line(*row) for row in await session.execute(page, values)]

    async def read_urgent_first(pages: Sequence[_Statement], **values: Any) -> list[TicketLine]:
        # One after the other: an index yields each in its order.
        found: list[TicketLine] = []
        for page in pages:
            if len(found) < PAGE:
                found += await read(page, **values)
        return found[:PAGE]

    offers = await read(_OFFERS, agent=agent_id, queues=list(queues))
    reasons = await _read_reasons(session, [line.id for line in offers])
    return Queue(
        offers=[replace(line, because=reasons.get(line.id, "")) for line in offers],
        waiting=await read_urgent_first(_WAITING),
        mine=await read(_MINE, agent=agent_id),
        to_confirm=await read(_TO_CONFIRM, agent=agent_id),
        colleagues=await read_urgent_first(_COLLEAGUES, agent=agent_id),
        waiting_count=await session.scalar(_COUNT_WAITING) or 0,
    )


async def get_ticket_line(session: AsyncSession, ticket_id: UUID) -> TicketLine:
    """The ticket as a list shows it. Raises `NotFound`."""
    row = (await session.execute(_ONE, {"ticket": ticket_id})).one_or_none()
    if row is None:
        raise NotFound("ticket", ticket_id)
    return _line(*row)


async def list_lines(session: AsyncSession, ticket_ids: Collection[UUID]) -> list[TicketLine]:
    """These tickets as a list shows them, in the order asked for; without those that do not exist."""
    found = {row[0]: _line(*row) for row in await session.execute(_SOME, {"tickets": list(ticket_ids)})}
    return [found[each] for each in ticket_ids if each in found]


async def read_deadlines(session: AsyncSession, ticket_id: UUID) -> list[RunningDeadline]:
    """All of a ticket that run or are paused, the next one first."""
    query = (
        select(*_DEADLINE)
        .where(Deadline.ticket_id == ticket_id, Deadline.ended_at.is_(None))
        .order_by(Deadline.due_at)
    )
    return [RunningDeadline(*row) for row in await session.execute(query)]


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
        if alert.ticket_id and alert.data.get("why") == "offered"
    }


# The statements are made once: making one takes longer than PostgreSQL needs to answer it. What is the same in every call
# is written into them: else PostgreSQL would plan them anew each time, which takes as long as to answer them.

_Statement = Select[*tuple[Any, ...]]

_DEADLINE = (  # the columns of a `RunningDeadline`
    Deadline.promise,
    Deadline.tier,
    Deadline.course,
    Deadline.guessed,
    Deadline.since,
    Deadline.due_at,
)


def _fixed(value: str) -> BindParameter[str]:
    return literal(value, literal_execute=True)


def _fixed_all(values: Iterable[str]) -> BindParameter[Sequence[str]]:
    return bindparam(None, list(values), expanding=True, literal_execute=True)


_OURS = Deadline.promise.not_in(_fixed_all(NOT_OURS))


def _lines(clock: ColumnElement[bool] = _OURS) -> _Statement:
    """The columns of a `TicketLine`, in their order, and then those of its next deadline among the ones of `clock`."""
    last_said = (
        select(Message.id)
        .where(
            Message.conversation_id == Conversation.id,
            Message.author.in_(_fixed_all((Author.CUSTOMER, Author.AGENT))),
            Message.kind.not_in(_fixed_all(sorted(AMENDMENTS))),  # to change what was said is not to answer
        )
        .order_by(Message.seq.desc())
        .limit(literal_column("1"))
        .correlate(Conversation)
        .scalar_subquery()
    )
    change = aliased(Message)
    last_change = (
        select(change.id)
        .outerjoin(OutboxRow, OutboxRow.message_id == change.id)
        .where(
            change.conversation_id == Conversation.id,
            change.seq > Message.seq,
            change.reply_to == Message.id,
            change.kind.in_(_fixed_all(sorted(AMENDMENTS))),
            or_(OutboxRow.state.is_(None), OutboxRow.state.not_in(_fixed_all(FALLEN))),
        )
        .order_by(change.seq.desc())
        .limit(literal_column("1"))
        .correlate(Conversation, Message)
        .scalar_subquery()
    )
    changed = aliased(Message)
    next_deadline = (
        select(Deadline.id)
        .where(Deadline.ticket_id == Ticket.id, Deadline.ended_at.is_(None), clock)
        .order_by(Deadline.due_at.asc().nulls_last())
        .limit(literal_column("1"))
        .correlate(Ticket)
        .scalar_subquery()
    )
    running = aliased(Deadline)
    return (
        select(
            Ticket.id,
            Ticket.number,
            Ticket.state,
            Ticket.kind,
            Ticket.incident,
            Ticket.priority,
            Ticket.reason,
            Ticket.language,
            Ticket.queue,
            Ticket.opened_at,
            Ticket.taken_at,
            Ticket.assignee_id,
            Ticket.offered_at,
            Ticket.offered_to_id,
            Ticket.offered_queue,
            Ticket.customer_id,
            Customer.name,
            Conversation.channel,
            Agent.name,
            Message.author,
            case((changed.kind == _fixed(Kind.WITHDRAWAL), changed.kind), else_=Message.kind),
            func.substr(func.coalesce(changed.text, Message.text), 1, LOOKED_AT),
            *(getattr(running, column.key) for column in _DEADLINE),
        )
        .join(Customer, Customer.id == Ticket.customer_id)
        .join(Conversation, Conversation.id == Ticket.conversation_id)
        .outerjoin(Agent, Agent.id == Ticket.assignee_id)
        .outerjoin(Message, Message.id == last_said)
        .outerjoin(changed, changed.id == last_change)
        .outerjoin(running, running.id == next_deadline)
    )


def _line(*row: Any) -> TicketLine:
    own, running = row[: -len(_DEADLINE)], row[-len(_DEADLINE) :]
    values = (*own, None if running[0] is None else RunningDeadline(*running))
    return TicketLine(*values)


def _first_page(
    *conditions: ColumnElement[bool], order: Sequence[ColumnElement[Any]], clock: ColumnElement[bool] = _OURS
) -> _Statement:
    # The page is found first: only its tickets are joined with all that is shown of them.
    page = select(Ticket.id).where(*conditions).order_by(*order).limit(literal_column(str(PAGE)))
    return _lines(clock).where(Ticket.id.in_(page)).order_by(*order)


_AGENT: BindParameter[UUID] = bindparam("agent")
_IS_NEW = Ticket.state == _fixed(TicketState.NEW)
_IS_HELD = Ticket.state.in_(_fixed_all(HELD_STATES))
_NEXT_DUE = (
    select(func.min(Deadline.due_at))
    .where(Deadline.ticket_id == Ticket.id, Deadline.ended_at.is_(None), _OURS)
    .scalar_subquery()
)

_ONE = _lines().where(Ticket.id == bindparam("ticket"))
_SOME = _lines().where(Ticket.id.in_(bindparam("tickets", expanding=True)))
_OFFERS = _first_page(
    Ticket.offered_at.is_not(None),
    or_(Ticket.offered_to_id == _AGENT, Ticket.offered_queue.in_(bindparam("queues", expanding=True))),
    Ticket.assignee_id != _AGENT,
    order=[Ticket.offered_at.asc()],
    clock=Deadline.promise == _fixed(Promise.HOP),
)
_URGENT_FIRST = [Ticket.priority == _fixed(priority) for priority in (Priority.URGENT, Priority.NORMAL)]
_WAITING = [_first_page(_IS_NEW, each, order=[Ticket.queued_at.asc()]) for each in _URGENT_FIRST]
_MINE = _first_page(
    _IS_HELD, Ticket.assignee_id == _AGENT, order=[_NEXT_DUE.asc().nulls_last(), Ticket.opened_at.asc()]
)
_TO_CONFIRM = _first_page(
    Ticket.state == _fixed(TicketState.RESOLVED),
    Ticket.first_owner_id == _AGENT,
    order=[Ticket.resolved_at.asc()],
)
_COLLEAGUES = [
    _first_page(_IS_HELD, Ticket.assignee_id != _AGENT, each, order=[Ticket.opened_at.asc()])
    for each in _URGENT_FIRST
]
_COUNT_WAITING = select(func.count()).select_from(Ticket).where(_IS_NEW)
