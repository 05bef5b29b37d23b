"""Read marks: how far a customer has read what agents wrote, where their channel can tell."""

from datetime import datetime
from typing import Protocol
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from core.clock import Clock, utc_now
from core.conversations import Conversation, Message
from core.database import Database
from core.messages import Author
from core.wakeups import DESK, Wakeups


class OnRead(Protocol):
    """Called in the transaction in which the mark moves."""

    async def __call__(self, session: AsyncSession, conversation_id: UUID, at: datetime) -> None: ...


class ReadMarks:
    """Keeps them. A mark only moves on, and only where there is more of an agent's to read: one write for each."""

    def __init__(
        self, database: Database, wakeups: Wakeups, *, on_read: OnRead, clock: Clock = utc_now
    ) -> None:
        self._database = database
        self._wakeups = wakeups
        self._on_read = on_read
        self._clock = clock

    async def note(self, conversation_id: UUID, message_id: UUID) -> bool:
        """The customer has read everything up to this message of the conversation; False if that was known, or says nothing."""
        reached = select(Message.seq).where(
            Message.id == message_id, Message.conversation_id == conversation_id
        )
        query = (
            select(func.max(Message.seq))
            .join(Conversation, Conversation.id == Message.conversation_id)
            .where(
                Message.conversation_id == conversation_id,
                Message.author == Author.AGENT,
                Message.seq > Conversation.read_seq,
                Message.seq <= reached.scalar_subquery(),
            )
        )
        async with self._database.read() as session:
            seq = await session.scalar(query)
        if seq is None:
            return False
        now = self._clock()
        moved = (
            update(Conversation)
            .where(Conversation.id == conversation_id, Conversation.read_seq < seq)
            .values(read_seq=seq, read_at=now)
            .returning(Conversation.id)
            .execution_options(synchronize_session=False)
        )
        async with self._database.write() as session:
            if await session.scalar(moved) is None:
                return False
            await self._on_read(session, conversation_id, now)
        self._wakeups.publish(DESK)
        return True
