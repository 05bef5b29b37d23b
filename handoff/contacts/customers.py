"""Whose contact it is: customers on channels on which nobody delivers are known by a telephone number or an e-mail address."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import case, select
from sqlalchemy.ext.asyncio import AsyncSession

from core.conversations import Conversation, Owner, find_conversation_id, lock_conversation
from core.customers import Customer, Identity
from core.ids import new_id
from core.messages import Address, Spoken
from handoff.life import OPEN_STATES
from handoff.tickets import Ticket


async def open_conversation(
    session: AsyncSession, how: Spoken, *, reach: str | None, name: str, now: datetime
) -> Conversation:
    """The customer's, locked: where a ticket of theirs is open, or else the one on this channel, which may be new.

    Without a `reach` nobody is found again. Of who has no name yet `name` is learnt; others are not renamed by whoever else
    calls from their number.
    """
    known_as = reach or str(new_id())
    customer_id = await _find_customer(session, how, known_as)
    if customer_id is not None:
        here_first = case((Conversation.channel == how, 0), else_=1)
        open_in = (
            select(Ticket.conversation_id)
            .join(Conversation, Conversation.id == Ticket.conversation_id)
            .where(
                Ticket.customer_id == customer_id,
                Ticket.state.in_(OPEN_STATES),
                Conversation.channel.in_(list(Spoken)),
            )
            .order_by(here_first, Ticket.opened_at)
            .limit(1)
        )
        address = Address(channel=how, chat=known_as)
        found = await session.scalar(open_in) or await find_conversation_id(session, address)
        if found is not None:
            conversation = await lock_conversation(session, found)
            await _learn_name(session, conversation.customer_id, name)
            return conversation
        await _learn_name(session, customer_id, name)
    return await _begin_conversation(session, customer_id, how, known_as, name=name, now=now)


async def _find_customer(session: AsyncSession, how: Spoken, known_as: str) -> UUID | None:
    """Whoever has this number or address on any of these channels: who phoned before may come today."""
    here_first = case((Identity.channel == how, 0), else_=1)
    query = (
        select(Identity.customer_id)
        .where(Identity.channel.in_(list(Spoken)), Identity.external_id == known_as)
        .order_by(here_first, Identity.id)
        .limit(1)
    )
    return await session.scalar(query)


async def _begin_conversation(
    session: AsyncSession,
    customer_id: UUID | None,
    how: Spoken,
    known_as: str,
    *,
    name: str,
    now: datetime,
) -> Conversation:
    if customer_id is None:
        customer = Customer(id=new_id(), name=name or None, tier=None, created_at=now)
        session.add(customer)
        await session.flush()
        customer_id = customer.id
    here = select(Identity.id).where(Identity.channel == how, Identity.external_id == known_as)
    if await session.scalar(here) is None:
        session.add(Identity(id=new_id(), customer_id=customer_id, channel=how, external_id=known_as))
    conversation = Conversation(
        id=new_id(),
        customer_id=customer_id,
        channel=how,
        chat=known_as,
        language=None,
        owner=Owner.BOT,
        epoch=0,
        last_seq=0,
        state={},
        created_at=now,
    )
    session.add(conversation)
    await session.flush()
    return conversation


async def _learn_name(session: AsyncSession, customer_id: UUID, name: str) -> None:
    customer = await session.get_one(Customer, customer_id, populate_existing=True)
    customer.name = customer.name or name or None
