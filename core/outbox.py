"""The outbox: the durable edge where messages leave for channels that must be called.

A channel whose customers read the record themselves (web chat, the HTTP API, the terminal) needs no row
here: its messages are delivered by being committed. See docs/decisions/0002.

Order: of one conversation only the oldest unsent row is ever given out. Lease: a row given out is not given
again before `due_at`; a sender that dies frees it by time. Fence: a bot's row whose `epoch` is behind its
conversation's is dropped, so that the bot never talks over a person.

A correction or a withdrawal of what has been sent is a row like any other, which is given out with what the vendor
calls the parts of that message. What has not been sent is changed where it lies: see `core.amending`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, and_, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, aliased, mapped_column

from core.conversations import Conversation, Message, lock_conversation
from core.database import Base, table_of
from core.errors import NotFound
from core.messages import AMENDMENTS, Address, Attachment, Author, Button, Kind

LEASE = timedelta(seconds=60)


class DeliveryState(StrEnum):
    """What has become of an outgoing message."""

    WAITING = "waiting"  # to be sent, or being sent
    SENT = "sent"  # the channel took it; an amendment also when what it changes was changed where it lay
    DROPPED = "dropped"  # a person took over first, its author took it back, a later amendment overtook it: never sent
    BURIED = "buried"  # given up; the agent and the operator see why


class OutboxRow(Base):
    """One message to be sent by a channel."""

    __tablename__ = "outbox"
    __table_args__ = (
        Index(
            "ix_outbox_waiting",
            "channel",
            "conversation_id",
            "position",
            postgresql_where=text("state = 'waiting'"),
            sqlite_where=text("state = 'waiting'"),
        ),
    )

    position: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer(), "sqlite"), primary_key=True, autoincrement=True
    )
    message_id: Mapped[UUID] = mapped_column(ForeignKey("messages.id"), unique=True)
    conversation_id: Mapped[UUID] = mapped_column(ForeignKey("conversations.id"))
    channel: Mapped[str]
    chat: Mapped[str]
    epoch: Mapped[int]
    author: Mapped[str]
    text: Mapped[str]
    buttons: Mapped[list[Any]] = mapped_column(default=list)
    state: Mapped[str] = mapped_column(default=DeliveryState.WAITING)
    due_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(default=0)
    last_error: Mapped[str | None]
    sent_at: Mapped[datetime | None]
    vendor_ids: Mapped[list[Any]] = mapped_column(default=list)
    leased: Mapped[bool] = mapped_column(default=False)  # a sender has it, or died with it

    @property
    def address(self) -> Address:
        return Address(channel=self.channel, chat=self.chat)


@dataclass(frozen=True, kw_only=True)
class Amends:
    """What a parcel does to an earlier message, instead of being one: the parts of that, and the files it had."""

    kind: Kind
    vendor_ids: tuple[str, ...]
    attachments: tuple[Attachment, ...]


@dataclass(frozen=True, kw_only=True)
class Parcel:
    """A row given out to a sender, once for each attempt."""

    position: int
    message_id: UUID
    conversation_id: UUID
    address: Address
    text: str
    buttons: tuple[Button, ...]
    attempt: int  # 1 for the first
    attachments: tuple[Attachment, ...] = ()
    vendor_ids: tuple[str, ...] = ()  # of the parts that the channel has already
    amends: Amends | None = None


def outbox_row(conversation: Conversation, row: dict[str, Any], *, due_at: datetime) -> dict[str, Any]:
    """The outbox row for a message row made by `number_messages`."""
    return {
        "message_id": row["id"],
        "conversation_id": conversation.id,
        "channel": conversation.channel,
        "chat": conversation.chat,
        "epoch": conversation.epoch,
        "author": row["author"],
        "text": row["text"],
        "buttons": row["buttons"],
        "due_at": due_at,
    }


_INSERT = insert(table_of(OutboxRow))


async def enqueue_rows(session: AsyncSession, rows: list[dict[str, Any]]) -> None:
    """Insert rows made by `outbox_row`, of any number of conversations, in one statement."""
    if rows:
        await session.execute(_INSERT, rows)


async def claim(session: AsyncSession, channel: str, *, now: datetime, limit: int) -> list[Parcel]:
    """Lease the oldest due message of each of up to `limit` conversations; drop what the fence forbids."""
    earlier = aliased(OutboxRow)
    is_head = ~(
        select(earlier.position)
        .where(
            earlier.channel == channel,
            earlier.conversation_id == OutboxRow.conversation_id,
            earlier.position < OutboxRow.position,
            earlier.state == DeliveryState.WAITING,
        )
        .exists()
    )
    query = (
        select(OutboxRow, Conversation.epoch, Message)
        .join(Conversation, Conversation.id == OutboxRow.conversation_id)
        .join(Message, Message.id == OutboxRow.message_id)
        .where(
            OutboxRow.channel == channel,
            OutboxRow.state == DeliveryState.WAITING,
            OutboxRow.due_at <= now,
            is_head,
        )
        .order_by(OutboxRow.position)
        .with_for_update(of=OutboxRow, skip_locked=True)
    )
    parcels: list[Parcel] = []
    while (room := limit - len(parcels)) > 0:
        rows = (await session.execute(query.limit(room))).all()
        amended = await _find_amended(session, [message for _, _, message in rows])
        leased = 0
        for row, epoch, message in rows:
            if row.author == Author.BOT and row.epoch < epoch:
                row.state = DeliveryState.DROPPED
            elif message.kind in AMENDMENTS and _is_settled(row, message, amended):
                row.state, row.sent_at = DeliveryState.SENT, now
            else:
                parcels.append(_lease(row, message, amended, now))
                leased += 1
        await session.flush()
        if leased == len(rows):
            break
        # What waited behind a row that is done may be due now.
    return parcels


_Amended = dict[UUID, tuple[OutboxRow, Message]]


async def _find_amended(session: AsyncSession, messages: Sequence[Message]) -> _Amended:
    """What those of the messages that are amendments change, by its id."""
    wanted = [message.reply_to for message in messages if message.kind in AMENDMENTS]
    if not wanted:
        return {}
    query = (
        select(OutboxRow, Message)
        .join(Message, Message.id == OutboxRow.message_id)
        .where(OutboxRow.message_id.in_(wanted))
        .with_for_update(of=OutboxRow)
    )
    return {row.message_id: (row, message) for row, message in await session.execute(query)}


def _is_settled(row: OutboxRow, amendment: Message, amended: _Amended) -> bool:
    """Whether nothing is to be sent: what it changes has never left, and is changed where it lies."""
    original, _ = amended.get(amendment.reply_to or amendment.id, (None, None))
    if original is None or original.vendor_ids or original.leased or original.state == DeliveryState.SENT:
        return False
    if amendment.kind == Kind.WITHDRAWAL:
        original.state = DeliveryState.DROPPED
    else:
        original.text = row.text
    return True


def _lease(row: OutboxRow, message: Message, amended: _Amended, now: datetime) -> Parcel:
    row.attempts += 1
    row.due_at = now + LEASE
    row.leased = True
    amends = None
    if message.kind in AMENDMENTS:
        original, entry = amended.get(message.reply_to or message.id, (None, None))
        amends = Amends(
            kind=Kind(message.kind),
            vendor_ids=tuple(original.vendor_ids) if original else (),
            attachments=tuple(map(Attachment.from_json, entry.attachments)) if entry else (),
        )
    return Parcel(
        position=row.position,
        message_id=row.message_id,
        conversation_id=row.conversation_id,
        address=row.address,
        text=row.text,
        buttons=tuple(Button.from_json(button) for button in row.buttons),
        attempt=row.attempts,
        attachments=tuple(Attachment.from_json(attachment) for attachment in message.attachments),
        vendor_ids=tuple(row.vendor_ids),
        amends=amends,
    )


async def mark_sent(
    session: AsyncSession, parcel: Parcel, *, vendor_ids: Sequence[str], now: datetime
) -> None:
    """The channel took it."""
    await _mark(session, parcel, state=DeliveryState.SENT, sent_at=now, vendor_ids=list(vendor_ids))


async def mark_part_sent(
    session: AsyncSession, parcel: Parcel, *, vendor_ids: Sequence[str], now: datetime
) -> None:
    """The channel took one more part; the next is due at once, and no failed attempt."""
    await _mark(session, parcel, due_at=now, vendor_ids=list(vendor_ids), attempts=parcel.attempt - 1)


async def mark_failed(session: AsyncSession, parcel: Parcel, *, error: str, again_at: datetime) -> None:
    """Try again at `again_at`; the conversation's later messages wait behind it."""
    await _mark(session, parcel, due_at=again_at, last_error=error)


async def mark_postponed(session: AsyncSession, parcel: Parcel, *, again_at: datetime) -> None:
    """The vendor's limits have us wait: not a failed attempt."""
    await _mark(session, parcel, due_at=again_at, attempts=parcel.attempt - 1)


async def bury(session: AsyncSession, parcel: Parcel, *, error: str) -> bool:
    """Give up; what comes after it goes on. False when the row belongs to a later attempt by now.

    Locks the conversation first, as everybody does who changes more of it than this row. False also when its
    customer was erased meanwhile.
    """
    try:
        await lock_conversation(session, parcel.conversation_id)
    except NotFound:
        return False
    return await _mark(session, parcel, state=DeliveryState.BURIED, last_error=error)


async def put_back(session: AsyncSession, message_id: UUID, *, now: datetime) -> bool:
    """Have what was buried tried anew, at its place; False where it is not buried. The caller has the conversation's lock."""
    again = {"state": DeliveryState.WAITING, "attempts": 0, "due_at": now}
    found = await session.scalar(
        update(OutboxRow)
        .where(OutboxRow.message_id == message_id, OutboxRow.state == DeliveryState.BURIED)
        .values(again)
        .returning(OutboxRow.position)
    )
    return found is not None


async def _mark(session: AsyncSession, parcel: Parcel, **changes: Any) -> bool:
    # `attempts` fences a sender whose lease ran out: the row belongs to the later attempt then.
    marked = await session.scalar(
        update(OutboxRow)
        .where(
            and_(
                OutboxRow.position == parcel.position,
                OutboxRow.state == DeliveryState.WAITING,
                OutboxRow.attempts == parcel.attempt,
            )
        )
        .values(**changes, leased=False)
        .returning(OutboxRow.position)
    )
    return marked is not None
