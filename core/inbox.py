"""The inbox: the durable edge where customers' messages come in.

`Inbox.record()` returns when the message is committed; only then is the vendor told "received".
Calls that arrive together share one transaction, so that durable intake is cheap under load.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self
from uuid import UUID

import structlog
from sqlalchemy import BigInteger, ForeignKey, Index, Integer, UniqueConstraint, select, text, tuple_, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from core.clock import Clock, utc_now
from core.conversations import Conversation, Owner
from core.customers import Customer, Identity
from core.database import UNAVAILABLE, Base, Database, table_of
from core.ids import new_id
from core.messages import Address, InboundMessage, Sender
from core.wakeups import INBOX, Wakeups

log = structlog.get_logger(__name__)

BATCH = 256  # messages a transaction takes at most
KNOWN_CONVERSATIONS = 50_000  # addresses remembered, to save a look-up each


class InboxRow(Base):
    """A customer's message as it came in; `position` orders them. Kept after handling, so that repeats are known."""

    __tablename__ = "inbox"
    __table_args__ = (
        UniqueConstraint("channel", "external_id"),
        Index(
            "ix_inbox_pending",
            "conversation_id",
            "position",
            "due_at",
            postgresql_where=text("handled_at IS NULL"),
            sqlite_where=text("handled_at IS NULL"),
        ),
    )

    position: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer(), "sqlite"), primary_key=True, autoincrement=True
    )
    message_id: Mapped[UUID] = mapped_column(unique=True)
    conversation_id: Mapped[UUID] = mapped_column(ForeignKey("conversations.id"))
    channel: Mapped[str]
    external_id: Mapped[str]
    kind: Mapped[str]
    text: Mapped[str]
    press: Mapped[str | None]
    edits: Mapped[str | None]
    attachments: Mapped[list[Any]] = mapped_column(default=list)
    received_at: Mapped[datetime]
    due_at: Mapped[datetime]  # later than received_at after a failed turn
    attempts: Mapped[int] = mapped_column(default=0)
    handled_at: Mapped[datetime | None]


@dataclass(frozen=True, kw_only=True)
class Receipt:
    """What `record()` answers: the same for a repeated message."""

    message_id: UUID
    conversation_id: UUID
    repeated: bool


class Inbox:
    """Group-committed intake. Use inside `async with inbox.running()`."""

    def __init__(self, database: Database, wakeups: Wakeups, *, clock: Clock = utc_now) -> None:
        self._database = database
        self._wakeups = wakeups
        self._clock = clock
        self._waiting: list[tuple[InboundMessage, asyncio.Future[Receipt]]] = []
        self._arrived = asyncio.Event()
        self._closing = False
        self._known: dict[Address, tuple[UUID, Sender]] = {}
        self._insert_rows = (
            self._insert(InboxRow)
            .on_conflict_do_nothing(index_elements=["channel", "external_id"])
            .returning(table_of(InboxRow).c.message_id)
        )

    async def record(self, message: InboundMessage) -> Receipt:
        """Store the message durably. Raises what the database raises; then nothing was stored."""
        future: asyncio.Future[Receipt] = asyncio.get_running_loop().create_future()
        self._waiting.append((message, future))
        self._arrived.set()
        return await future

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[Self]:
        """Commit what is recorded for the time of the block, and what is still waiting at its end."""
        task = asyncio.create_task(self._commit_forever())
        try:
            yield self
        finally:
            self._closing = True
            self._arrived.set()
            await task

    async def _commit_forever(self) -> None:
        while True:
            await self._arrived.wait()
            self._arrived.clear()
            while self._waiting:
                await self._commit_batch()
            if self._closing:
                return

    async def _commit_batch(self) -> None:
        batch, self._waiting = self._waiting[:BATCH], self._waiting[BATCH:]
        try:
            receipts = await self._store([message for message, _ in batch])
        except UNAVAILABLE as error:
            log.warning("inbox.database_failed", size=len(batch), error=type(error).__name__)
            for _, future in batch:
                _fail(future, error)
            return
        except Exception as error:
            # One message that cannot be stored must not take its neighbours down. What is remembered may be at
            # fault: the conversation of a customer who was erased is gone.
            self._known.clear()
            log.warning("inbox.batch_failed", size=len(batch), error=type(error).__name__)
            for message, future in batch:
                await self._store_alone(message, future)
            return
        for (_, future), receipt in zip(batch, receipts, strict=True):
            if not future.done():
                future.set_result(receipt)
        if any(not receipt.repeated for receipt in receipts):
            self._wakeups.publish(INBOX)

    async def _store_alone(self, message: InboundMessage, future: asyncio.Future[Receipt]) -> None:
        try:
            try:
                (receipt,) = await self._store([message])
            except IntegrityError:  # its customer was erased at this very moment
                self._known.clear()
                (receipt,) = await self._store([message])
        except Exception as error:
            _fail(future, error)
        else:
            if not future.done():
                future.set_result(receipt)
            self._wakeups.publish(INBOX)

    async def _store(self, messages: Sequence[InboundMessage]) -> list[Receipt]:
        now = self._clock()
        async with self._database.write() as session:
            conversations = await self._find_conversations(session, messages, now)
            await self._update_customers(session, messages)
            new: dict[tuple[str, str], dict[str, Any]] = {}
            for message in messages:
                key = (message.address.channel, message.external_id)
                if key not in new:  # of repeats within the batch the first stands
                    new[key] = _row(message, conversations[message.address], now)
            stored = set((await session.execute(self._insert_rows, list(new.values()))).scalars())
            repeats = {key for key, row in new.items() if row["message_id"] not in stored}
            earlier: dict[tuple[str, str], tuple[UUID, UUID]] = {}
            if repeats:
                query = select(
                    InboxRow.channel, InboxRow.external_id, InboxRow.message_id, InboxRow.conversation_id
                ).where(tuple_(InboxRow.channel, InboxRow.external_id).in_(list(repeats)))
                for channel, external_id, message_id, conversation_id in await session.execute(query):
                    earlier[(channel, external_id)] = (message_id, conversation_id)
        self._remember(messages, conversations)
        receipts = []
        given: set[tuple[str, str]] = set()
        for message in messages:
            key = (message.address.channel, message.external_id)
            row = new[key]
            message_id, conversation_id = earlier.get(key, (row["message_id"], row["conversation_id"]))
            receipts.append(
                Receipt(
                    message_id=message_id,
                    conversation_id=conversation_id,
                    repeated=key in earlier or key in given,
                )
            )
            given.add(key)
        return receipts

    async def _find_conversations(
        self, session: AsyncSession, messages: Sequence[InboundMessage], now: datetime
    ) -> dict[Address, UUID]:
        """The conversation of every address; missing ones are made, with their customers."""
        found = {m.address: self._known[m.address][0] for m in messages if m.address in self._known}
        missing = {m.address: m for m in messages if m.address not in found}
        if missing:
            found.update(await _read_conversations(session, list(missing)))
        new = [message for address, message in missing.items() if address not in found]
        if new:
            customers = await self._find_customers(session, new, now)
            rows: list[dict[str, Any]] = [
                {
                    "id": new_id(),
                    "customer_id": customers[(m.address.channel, m.sender.external_id)],
                    "channel": m.address.channel,
                    "chat": m.address.chat,
                    "language": m.sender.language,
                    "owner": Owner.BOT,
                    "epoch": 0,
                    "last_seq": 0,
                    "state": {},
                    "created_at": now,
                }
                for m in sorted(new, key=lambda m: (m.address.channel, m.address.chat))
            ]
            await session.execute(
                self._insert(Conversation).on_conflict_do_nothing(index_elements=["channel", "chat"]), rows
            )
            # Read back: another process may have made some of them first.
            found.update(await _read_conversations(session, [m.address for m in new]))
        return found

    async def _find_customers(
        self, session: AsyncSession, messages: Sequence[InboundMessage], now: datetime
    ) -> dict[tuple[str, str], UUID]:
        senders = {(m.address.channel, m.sender.external_id): m.sender for m in messages}
        found = await _read_identities(session, list(senders))
        new = sorted(key for key in senders if key not in found)
        if new:
            customers = [
                {"id": new_id(), "name": senders[key].name, "tier": senders[key].tier, "created_at": now}
                for key in new
            ]
            await session.execute(self._insert(Customer), customers)
            identities = [
                {"id": new_id(), "customer_id": row["id"], "channel": key[0], "external_id": key[1]}
                for key, row in zip(new, customers, strict=True)
            ]
            await session.execute(
                self._insert(Identity).on_conflict_do_nothing(index_elements=["channel", "external_id"]),
                identities,
            )
            found.update(await _read_identities(session, new))
        return found

    def _insert(self, table: type[Base]) -> Any:
        insert = sqlite.insert if self._database.is_sqlite else postgresql.insert
        return insert(table_of(table))

    async def _update_customers(self, session: AsyncSession, messages: Sequence[InboundMessage]) -> None:
        """Keep name and tier as the channel tells them, where it tells something new."""
        senders = {(m.address.channel, m.sender.external_id): m.sender for m in messages if self._is_news(m)}
        for (channel, external_id), sender in sorted(senders.items()):
            customer = (
                select(Identity.customer_id)
                .where(Identity.channel == channel, Identity.external_id == external_id)
                .scalar_subquery()
            )
            facts = {k: v for k, v in (("name", sender.name), ("tier", sender.tier)) if v is not None}
            await session.execute(update(Customer).where(Customer.id == customer).values(facts))

    def _is_news(self, message: InboundMessage) -> bool:
        sender = message.sender
        if sender.name is None and sender.tier is None:
            return False
        known = self._known.get(message.address)
        return known is None or known[1] != sender

    def _remember(self, messages: Sequence[InboundMessage], conversations: dict[Address, UUID]) -> None:
        if len(self._known) + len(conversations) > KNOWN_CONVERSATIONS:
            self._known.clear()
        self._known.update({m.address: (conversations[m.address], m.sender) for m in messages})


async def _read_conversations(session: AsyncSession, addresses: list[Address]) -> dict[Address, UUID]:
    query = select(Conversation.channel, Conversation.chat, Conversation.id).where(
        tuple_(Conversation.channel, Conversation.chat).in_([(a.channel, a.chat) for a in addresses])
    )
    return {Address(channel=row.channel, chat=row.chat): row.id for row in await session.execute(query)}


async def _read_identities(session: AsyncSession, keys: list[tuple[str, str]]) -> dict[tuple[str, str], UUID]:
    query = select(Identity.channel, Identity.external_id, Identity.customer_id).where(
        tuple_(Identity.channel, Identity.external_id).in_(keys)
    )
    return {(row.channel, row.external_id): row.customer_id for row in await session.execute(query)}


def _row(message: InboundMessage, conversation_id: UUID, now: datetime) -> dict[str, Any]:
    return {
        "message_id": new_id(),
        "conversation_id": conversation_id,
        "channel": message.address.channel,
        "external_id": message.external_id,
        "kind": message.kind,
        "text": message.text,
        "press": message.press,
        "edits": message.edits,
        "attachments": [attachment.to_json() for attachment in message.attachments],
        "received_at": now,
        "due_at": now,
        "attempts": 0,
        "handled_at": None,
    }


def _fail(future: "asyncio.Future[Receipt]", error: Exception) -> None:
    if not future.done():
        future.set_exception(error)
