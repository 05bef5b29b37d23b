"""Amending: a message that was sent is corrected or withdrawn by a later entry of its conversation.

Entries of the record never change: an amendment is one of its own (`AMENDMENTS`), whose `reply_to` names what it
changes. See docs/decisions/0014.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from core.conversations import Message
from core.messages import AMENDMENTS, Kind
from core.outbox import DeliveryState, OutboxRow

# Overtaken by a later one before it was sent, or given up: what it would have changed is as if it had never been.
FALLEN = (DeliveryState.DROPPED, DeliveryState.BURIED)


@dataclass(frozen=True, kw_only=True)
class Standing:
    """A message as it stands now: its last wording, and by which entry it got that; None: it is as it was written."""

    text: str
    attachments: list[dict[str, Any]]
    amendment: Message | None = None

    @property
    def is_withdrawn(self) -> bool:
        return self.amendment is not None and self.amendment.kind == Kind.WITHDRAWAL


def as_it_stands(messages: Sequence[Message]) -> Mapping[UUID, Standing]:
    """How each of the messages, oldest first, stands after those that are given with it. Pure.

    Who reads a stretch of the record later than it was amended gets nothing that was taken back before.
    """
    standing: dict[UUID, Standing] = {}
    for message in messages:
        standing[message.id] = Standing(text=message.text, attachments=message.attachments)
        if message.kind not in AMENDMENTS or (before := standing.get(message.reply_to or message.id)) is None:
            continue
        files = [] if message.kind == Kind.WITHDRAWAL else before.attachments
        changed = Standing(text=message.text, attachments=files, amendment=message)
        standing[message.reply_to or message.id] = changed
    return standing


async def amend_unsent(
    session: AsyncSession, conversation_id: UUID, message_id: UUID, text: str | None
) -> bool:
    """Change what still lies in the outbox, or with None drop it; True when nothing is to be sent for it.

    Only what no sender has, and of which no part was sent, is changed so: all else the customer has, or may have.
    The caller holds the conversation's lock. Earlier amendments that were not sent yet are dropped.
    """
    amendments = select(Message.id).where(
        Message.conversation_id == conversation_id,
        Message.reply_to == message_id,
        Message.kind.in_(AMENDMENTS),
    )
    overtaken = update(OutboxRow).where(
        OutboxRow.message_id.in_(amendments),
        OutboxRow.state == DeliveryState.WAITING,
        OutboxRow.leased.is_(False),
    )
    await session.execute(overtaken.values(state=DeliveryState.DROPPED))
    row = await session.scalar(select(OutboxRow).where(OutboxRow.message_id == message_id).with_for_update())
    if row is None or row.state == DeliveryState.SENT or row.leased or row.vendor_ids:
        return row is None
    if text is None:
        row.state = DeliveryState.DROPPED
    else:
        row.text = text
    await session.flush()
    return True


async def find_amendment(session: AsyncSession, message: Message) -> Message | None:
    """The last one of a message, of those that hold."""
    return (await find_standing(session, [message]))[message.id].amendment


async def find_standing(session: AsyncSession, messages: Collection[Message]) -> Mapping[UUID, Standing]:
    """How each of the messages stands now, wherever in the record it was amended; of none the amendments that fell."""
    amendments = (
        select(Message)
        .outerjoin(OutboxRow, OutboxRow.message_id == Message.id)
        .where(
            or_(OutboxRow.state.is_(None), OutboxRow.state.not_in(FALLEN)),
            Message.conversation_id.in_({message.conversation_id for message in messages}),
            Message.reply_to.in_({message.id for message in messages}),
            Message.kind.in_(AMENDMENTS),
        )
        .order_by(Message.conversation_id, Message.seq)
    )
    found = await session.scalars(amendments) if messages else ()
    return as_it_stands([*(each for each in messages if each.kind not in AMENDMENTS), *found])


def holds(row: OutboxRow | None) -> bool:
    """Whether an amendment has happened, or is to, by its row: where nothing was to be sent there is none. Pure."""
    return row is None or row.state not in FALLEN
