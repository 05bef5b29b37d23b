"""Traffic: what came in and went out lately by each channel, what waits to be sent, and what was given up. Read-only.

Only the newest rows of a table are looked at: a page that says how things stand must not read a table of years.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar
from uuid import UUID

from sqlalchemy import ScalarSelect, Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from core.conversations import Conversation, Message
from core.inbox import InboxRow
from core.messages import Author
from core.outbox import LEASE, DeliveryState, OutboxRow

NEWEST = 20_000  # rows of each table that are looked at
DAY = timedelta(days=1)

_T = TypeVar("_T")


@dataclass(frozen=True, kw_only=True)
class Traffic:
    """Of one channel. None: there was nothing lately."""

    last_in: datetime | None = None
    last_out: datetime | None = None
    waiting: int = 0
    buried: int = 0  # within a day


@dataclass(frozen=True, kw_only=True)
class BuriedMessage:
    """A message that was given up, and to whom it was to go."""

    at: datetime
    error: str
    conversation_id: UUID
    customer_id: UUID


async def read_traffic(session: AsyncSession, *, now: datetime) -> Mapping[str, Traffic]:
    """By channel; those without any are left out."""
    heard = await _by_channel(session, _last_in())
    said = await _by_channel(session, _last_out())
    sent = await _by_channel(session, _last_sent())  # where it has to be sent, to be said is not to go out
    waiting = await _by_channel(session, _waiting())
    buried = await _by_channel(session, _buried(now))
    return {
        channel: Traffic(
            last_in=heard.get(channel),
            last_out=sent[channel] if channel in sent else said.get(channel),
            waiting=waiting.get(channel, 0),
            buried=buried.get(channel, 0),
        )
        for channel in {*heard, *said, *sent, *waiting, *buried}
    }


async def _by_channel(session: AsyncSession, query: Select[str, _T]) -> dict[str, _T]:
    return {channel: value for channel, value in await session.execute(query)}


async def list_buried(
    session: AsyncSession, channel: str, *, now: datetime, limit: int
) -> Sequence[BuriedMessage]:
    """What a channel gave up within a day, the newest first."""
    query = (
        select(OutboxRow, Conversation.customer_id)
        .join(Conversation, Conversation.id == OutboxRow.conversation_id)
        .where(
            OutboxRow.position > _first_of_newest(),
            OutboxRow.channel == channel,
            OutboxRow.state == DeliveryState.BURIED,
            OutboxRow.due_at >= now - DAY,  # it was due again when it was last tried
        )
        .order_by(OutboxRow.position.desc())
        .limit(limit)
    )
    return [
        BuriedMessage(
            at=row.due_at - LEASE,
            error=row.last_error or "",
            conversation_id=row.conversation_id,
            customer_id=customer_id,
        )
        for row, customer_id in await session.execute(query)
    ]


def _last_in() -> Select[str, datetime]:
    newest = (
        select(InboxRow.channel, InboxRow.received_at)
        .order_by(InboxRow.position.desc())
        .limit(NEWEST)
        .subquery()
    )
    return select(newest.c.channel, func.max(newest.c.received_at)).group_by(newest.c.channel)


def _last_out() -> Select[str, datetime]:
    newest = (
        select(Message.conversation_id, Message.at, Message.author)
        .order_by(Message.id.desc())  # ids sort by the time they were made
        .limit(NEWEST)
        .subquery()
    )
    return (
        select(Conversation.channel, func.max(newest.c.at))
        .join(newest, newest.c.conversation_id == Conversation.id)
        .where(newest.c.author != Author.CUSTOMER)
        .group_by(Conversation.channel)
    )


def _last_sent() -> Select[str, datetime]:
    newest = (
        select(OutboxRow.channel, OutboxRow.sent_at)
        .order_by(OutboxRow.position.desc())
        .limit(NEWEST)
        .subquery()
    )
    return select(newest.c.channel, func.max(newest.c.sent_at)).group_by(newest.c.channel)


def _waiting() -> Select[str, int]:
    return (
        select(OutboxRow.channel, func.count())
        .where(OutboxRow.state == DeliveryState.WAITING)
        .group_by(OutboxRow.channel)
    )


def _buried(now: datetime) -> Select[str, int]:
    return (
        select(OutboxRow.channel, func.count())
        .where(
            OutboxRow.position > _first_of_newest(),
            OutboxRow.state == DeliveryState.BURIED,
            OutboxRow.due_at >= now - DAY,  # it was due again when it was last tried
        )
        .group_by(OutboxRow.channel)
    )


def _first_of_newest() -> ScalarSelect[int]:
    return select(func.coalesce(func.max(OutboxRow.position), 0) - NEWEST).scalar_subquery()
