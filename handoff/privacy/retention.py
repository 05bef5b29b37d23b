"""Retention: how long what is kept of persons is kept, by kind, and the removal of what is older.

Nothing of a conversation with an open ticket is removed. Messages and tickets are emptied, not deleted: they go on
counting.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, delete, exists, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from core.conversations import Conversation, Message
from core.customers import Customer, Identity
from core.database import Database, table_of
from core.files import File
from core.inbox import InboxRow
from core.locks import exclusive
from core.outbox import DeliveryState, OutboxRow
from handoff.aftercare.surveys import Survey
from handoff.complaints.corrective_actions import CorrectiveAction
from handoff.complaints.records import Complaint
from handoff.contacts.records import Contact
from handoff.life import OPEN_STATES
from handoff.persons.records import CustomerMerge, CustomerReach
from handoff.privacy.erasure import GONE, erase_customers, erase_rows
from handoff.tickets import Ticket, TicketEvent
from nlu.knowledge.publishing import LOCK

BATCH = 500  # rows of one transaction
CUSTOMERS = 20  # of one transaction: each has many rows


@dataclass(frozen=True, kw_only=True)
class Retention:
    """How long each kind is kept; None is for ever."""

    messages: timedelta | None = None  # their texts and files
    tickets: timedelta | None = None  # after they were resolved: what was asked and given, notes, reasons
    customers: timedelta | None = None  # after their last message: then they are erased
    inbox: timedelta | None = timedelta(days=90)  # copies, by which repeats are known
    outbox: timedelta | None = timedelta(days=90)  # copies, with what became of each


@dataclass(frozen=True, kw_only=True)
class Removed:
    """How many of each kind were emptied, deleted, erased."""

    messages: int = 0
    tickets: int = 0
    customers: int = 0
    inbox: int = 0
    outbox: int = 0

    def __bool__(self) -> bool:
        return any(asdict(self).values())


async def enforce_retention(database: Database, retention: Retention, *, now: datetime) -> Removed:
    """Remove what is kept longer than it may be; what was done already is not done again.

    In short transactions, so that it may run beside the service; ended in between, it goes on the next time.
    """
    removed: dict[str, int] = {}
    if retention.messages is not None:
        removed["messages"] = await _empty_messages(database, now - retention.messages)
    if retention.tickets is not None:
        removed["tickets"] = await _empty_tickets(database, now - retention.tickets)
    if retention.inbox is not None:
        removed["inbox"] = await _delete_inbox(database, now - retention.inbox)
    if retention.outbox is not None:
        removed["outbox"] = await _delete_outbox(database, now - retention.outbox)
    if retention.customers is not None:
        removed["customers"] = await _erase_customers(database, now - retention.customers)
    return Removed(**removed)


async def _empty_messages(database: Database, before: datetime) -> int:
    messages = table_of(Message)

    async def empty(session: AsyncSession, ids: Sequence[Any]) -> int:
        return await erase_rows(session, messages, messages.c.id.in_(ids))

    async def forget_state(session: AsyncSession, ids: Sequence[Any]) -> int:
        await session.execute(update(Conversation).where(Conversation.id.in_(ids)).values(state={}))
        return len(ids)

    is_full = or_(Message.text != "", Message.attachments != [])
    old = select(Message.id).where(Message.at < before, is_full, ~_is_open(Message.conversation_id))
    goes_on = exists().where(Message.conversation_id == Conversation.id, Message.at >= before)
    silent = select(Conversation.id).where(
        Conversation.created_at < before, Conversation.state != {}, ~goes_on, ~_is_open(Conversation.id)
    )

    async def remove_files(session: AsyncSession, ids: Sequence[Any]) -> int:
        await session.execute(delete(File).where(File.id.in_(ids)))
        return len(ids)

    old_files = select(File.id).where(File.created_at < before, ~_is_open(File.conversation_id))
    await _in_batches(database, old_files, File.id, remove_files)
    await _in_batches(database, silent, Conversation.id, forget_state)  # it quotes the last question
    return await _in_batches(database, old, Message.id, empty)


async def _empty_tickets(database: Database, before: datetime) -> int:
    tickets = table_of(Ticket)

    async def empty(session: AsyncSession, ids: Sequence[Any]) -> int:
        for table in map(table_of, (TicketEvent, Complaint, CorrectiveAction, Survey, Contact)):
            await erase_rows(session, table, table.c.ticket_id.in_(ids))
        return await erase_rows(session, tickets, tickets.c.id.in_(ids))

    async def forget_reaches(session: AsyncSession, customer_ids: Sequence[Any]) -> int:
        old = delete(CustomerReach).where(
            CustomerReach.customer_id.in_(customer_ids), CustomerReach.at < before
        )
        await session.execute(old)
        return len(customer_ids)

    async def forget_evidence(session: AsyncSession, ids: Sequence[Any]) -> int:
        await session.execute(update(CustomerMerge).where(CustomerMerge.id.in_(ids)).values(evidence=[]))
        return len(ids)

    waits = exists().where(Ticket.customer_id == CustomerReach.customer_id, Ticket.state.in_(OPEN_STATES))
    given = select(CustomerReach.customer_id).where(CustomerReach.at < before, ~waits).distinct()
    merges = select(CustomerMerge.id).where(CustomerMerge.at < before, CustomerMerge.evidence != [])
    await _in_batches(database, given, CustomerReach.customer_id, forget_reaches)
    await _in_batches(database, merges, CustomerMerge.id, forget_evidence)  # numbers that both had given
    query = select(Ticket.id).where(
        Ticket.resolved_at < before, Ticket.summary != {}, Ticket.state.not_in(OPEN_STATES)
    )
    return await _in_batches(database, query, Ticket.id, empty)


async def _delete_inbox(database: Database, before: datetime) -> int:
    query = select(InboxRow.position).where(InboxRow.handled_at < before, ~_is_open(InboxRow.conversation_id))

    async def remove(session: AsyncSession, positions: Sequence[Any]) -> int:
        await session.execute(delete(InboxRow).where(InboxRow.position.in_(positions)))
        return len(positions)

    return await _in_batches(database, query, InboxRow.position, remove)


async def _delete_outbox(database: Database, before: datetime) -> int:
    query = select(OutboxRow.position).where(
        OutboxRow.due_at < before,
        OutboxRow.state != DeliveryState.WAITING,
        ~_is_open(OutboxRow.conversation_id),
    )

    async def remove(session: AsyncSession, positions: Sequence[Any]) -> int:
        await session.execute(delete(OutboxRow).where(OutboxRow.position.in_(positions)))
        return len(positions)

    return await _in_batches(database, query, OutboxRow.position, remove)


async def _erase_customers(database: Database, before: datetime) -> int:
    heard = exists().where(
        Conversation.customer_id == Customer.id,
        Message.conversation_id == Conversation.id,
        Message.at >= before,
    )
    waits = exists().where(
        Conversation.customer_id == Customer.id,
        InboxRow.conversation_id == Conversation.id,
        InboxRow.handled_at.is_(None),
    )
    known = exists().where(Identity.customer_id == Customer.id, Identity.external_id.not_like(f"{GONE}%"))
    has_open = exists().where(Ticket.customer_id == Customer.id, Ticket.state.in_(OPEN_STATES))
    query = (
        select(Customer.id)
        .where(Customer.created_at < before, known, ~heard, ~waits, ~has_open)
        .order_by(Customer.id)
        .limit(CUSTOMERS)
    )
    erased = 0
    while True:
        async with exclusive(database, LOCK), database.write() as session:
            customer_ids = list(await session.scalars(query))
            if not customer_ids:
                return erased
            erased += (await erase_customers(session, customer_ids)).customers


def _is_open(conversation_id: InstrumentedAttribute[Any]) -> ColumnElement[bool]:
    return exists().where(Ticket.conversation_id == conversation_id, Ticket.state.in_(OPEN_STATES))


async def _in_batches(
    database: Database,
    query: Select[Any],
    key: InstrumentedAttribute[Any],
    remove: Callable[[AsyncSession, Sequence[Any]], Awaitable[int]],
) -> int:
    """Remove what the query finds, in the order of `key`: each row is looked at once, however many there are."""
    removed, last = 0, None
    while True:
        page = query.order_by(key).limit(BATCH)
        async with database.read() as session:
            found = list(await session.scalars(page if last is None else page.where(key > last)))
        if not found:
            return removed
        async with database.write() as session:
            removed += await remove(session, found)
        last = found[-1]
