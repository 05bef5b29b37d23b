"""The feed: read a conversation's record as it grows.

All who wait share one query: whatever the number of long polls, sockets and desks, a wake-up or a
poll tick costs one statement.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Collection
from dataclasses import dataclass, field
from typing import Any, Self
from uuid import UUID

import orjson
import structlog
from sqlalchemy import (
    ColumnElement,
    Select,
    String,
    Uuid,
    and_,
    bindparam,
    column,
    exists,
    func,
    or_,
    select,
    type_coerce,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import aliased

from core.backoff import Backoff
from core.conversations import Message
from core.database import Database
from core.inbox import InboxRow
from core.tasks import end_tasks
from core.wakeups import CONVERSATION, Waiter, Wakeups

log = structlog.get_logger(__name__)

RETRY = Backoff(first=0.2, longest=5.0)
START = UUID(int=0)  # stands for "from the start"
PAGE = 200  # messages given to one reader at once; who gets as many asks again


@dataclass(frozen=True, kw_only=True, eq=False)
class _Reader:
    conversation_id: UUID
    after: UUID
    patient: bool  # waits until there is something
    future: "asyncio.Future[list[Message]]" = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )


class Feed:
    """Use inside `async with feed.running()`."""

    def __init__(self, database: Database, wakeups: Wakeups) -> None:
        self._database = database
        self._wakeups = wakeups
        self._readers: dict[str, set[_Reader]] = {}
        self._waiter = Waiter()
        self._statement = _statement(sqlite=database.is_sqlite)

    async def read(self, conversation_id: UUID, after: UUID | None, *, wait: float = 0.0) -> list[Message]:
        """Messages of the conversation behind message `after` (None: from the start), oldest first.

        With none there, waits up to `wait` seconds for the first. `after` may be a customer's message that
        is accepted but not handled yet: what follows it is then what comes once it is handled.
        """
        reader = _Reader(conversation_id=conversation_id, after=after or START, patient=wait > 0)
        key = str(conversation_id)
        self._readers.setdefault(key, set()).add(reader)
        self._waiter.wake((key,))
        try:
            async with asyncio.timeout(wait if reader.patient else None):
                return await reader.future
        except TimeoutError:
            return []
        finally:
            readers = self._readers[key]
            readers.discard(reader)
            if not readers:
                del self._readers[key]

    async def has(self, conversation_id: UUID, message_id: UUID) -> bool:
        """Whether the message is in the conversation, or accepted for it."""
        recorded = exists().where(Message.id == message_id, Message.conversation_id == conversation_id)
        accepted = exists().where(
            InboxRow.message_id == message_id, InboxRow.conversation_id == conversation_id
        )
        async with self._database.read() as session:
            return bool(await session.scalar(select(or_(recorded, accepted))))

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[Self]:
        """Serve readers for the time of the block."""
        tasks = [asyncio.create_task(self._listen()), asyncio.create_task(self._serve())]
        try:
            yield self
        finally:
            await end_tasks(*tasks)

    async def _listen(self) -> None:
        with self._wakeups.listen(CONVERSATION) as changes:
            while True:
                keys = await changes.wait(self._wakeups.poll_seconds)
                # No keys: the time ran out, so look at everything that is followed here.
                self._waiter.wake(keys & self._readers.keys() if keys else list(self._readers))

    async def _serve(self) -> None:
        attempt = 0
        while True:
            keys = await self._waiter.wait(60.0)
            readers = [reader for key in keys for reader in self._readers.get(key, ())]
            try:
                found = await self._query(readers)
            except Exception as error:
                attempt += 1
                log.exception("feed.failed", readers=len(readers))
                for reader in readers:
                    if not reader.patient and not reader.future.done():
                        reader.future.set_exception(error)
                await asyncio.sleep(RETRY.delay(attempt))
                self._waiter.wake(keys)
                continue
            attempt = 0
            for reader in readers:
                messages = found.get((reader.conversation_id, reader.after), [])
                if (messages or not reader.patient) and not reader.future.done():
                    reader.future.set_result(messages)

    async def _query(self, readers: Collection[_Reader]) -> dict[tuple[UUID, UUID], list[Message]]:
        places = sorted({(r.conversation_id, r.after) for r in readers})
        if not places:
            return {}
        parameters: dict[str, Any]
        if self._database.is_sqlite:
            parameters = {"places": orjson.dumps([[c.hex, a.hex] for c, a in places]).decode()}
        else:
            parameters = {"conversations": [c for c, _ in places], "afters": [a for _, a in places]}
        found: dict[tuple[UUID, UUID], list[Message]] = {}
        async with self._database.read() as session:
            for after, message in await session.execute(self._statement, parameters):
                found.setdefault((message.conversation_id, after), []).append(message)
        return found


def _statement(*, sqlite: bool) -> Select[UUID, Message]:
    """The messages behind each of any number of places: a list goes in as one parameter, so that it is compiled once."""
    conversation_id: ColumnElement[UUID]
    after: ColumnElement[UUID]
    if sqlite:
        places = func.json_each(bindparam("places", type_=String)).table_valued("value")
        conversation_id = type_coerce(func.json_extract(places.c.value, "$[0]"), Uuid())
        after = type_coerce(func.json_extract(places.c.value, "$[1]"), Uuid())
    else:
        places = func.unnest(
            bindparam("conversations", type_=ARRAY(Uuid())), bindparam("afters", type_=ARRAY(Uuid()))
        ).table_valued(column("conversation_id", Uuid()), column("after", Uuid()), name="places")
        places = places.render_derived()
        conversation_id, after = places.c.conversation_id, places.c.after
    last = aliased(Message)
    start = func.coalesce(last.seq, 0)
    return (
        select(after, Message)
        .join_from(
            places, last, and_(last.id == after, last.conversation_id == conversation_id), isouter=True
        )
        .join(
            Message,
            and_(
                Message.conversation_id == conversation_id,
                Message.seq > start,
                Message.seq <= start + PAGE,
                or_(after == START, last.id.is_not(None)),
            ),
        )
        .order_by(Message.conversation_id, Message.seq)
    )
