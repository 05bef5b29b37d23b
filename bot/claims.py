"""Claiming: which conversations a turn handles, and with which of their messages.

The row lock on a conversation is the lease: a worker that dies frees its conversations at once, and two
workers never handle the same one. See docs/decisions/0001.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import bindparam, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from core.conversations import Conversation
from core.database import Database
from core.inbox import InboxRow

PENDING = 20  # messages of one conversation handled in one turn
ROWS = 256  # messages of all conversations of a turn, about


@dataclass(frozen=True, kw_only=True)
class Case:
    """A locked conversation and its unhandled messages, oldest first."""

    conversation: Conversation
    rows: Sequence[InboxRow]


@dataclass(frozen=True, kw_only=True)
class Claimed:
    """Cases for one turn; `more` when others were left for the next."""

    cases: Sequence[Case]
    more: bool


class Claims:
    """Claims cases inside the caller's transaction, and marks them handled there."""

    def __init__(self, database: Database) -> None:
        # Statements are made once: building and hashing them costs more than running them.
        since = func.min(InboxRow.due_at)
        waiting = (  # grouped before it is cut off: a customer who sends thousands takes one place
            select(InboxRow.conversation_id, since.label("since"))
            .where(InboxRow.handled_at.is_(None), InboxRow.due_at <= bindparam("now"))
            .group_by(InboxRow.conversation_id)
            .order_by(since)
            .limit(bindparam("looked_at"))
            .subquery()
        )
        self._lock = (
            select(Conversation)
            .join(waiting, waiting.c.conversation_id == Conversation.id)
            .order_by(waiting.c.since)
            .limit(bindparam("limit"))
            .with_for_update(of=Conversation, skip_locked=True, key_share=True)
        )
        self._read = (
            select(InboxRow)
            .where(database.is_any(InboxRow.conversation_id, "ids"), InboxRow.handled_at.is_(None))
            .order_by(InboxRow.position)
        )
        self._finish = (
            update(InboxRow)
            .where(database.is_any(InboxRow.position, "positions"))
            .values(handled_at=bindparam("now"))
            .execution_options(synchronize_session=False)
        )

    async def claim(self, session: AsyncSession, *, now: datetime, limit: int) -> Claimed:
        """Lock up to `limit` conversations with due messages, skipping those that another worker has."""
        locked = await session.scalars(self._lock, {"now": now, "looked_at": limit * 4, "limit": limit})
        conversations = {conversation.id: conversation for conversation in locked}
        if not conversations:
            return Claimed(cases=(), more=False)
        # Read after the lock is held: what another worker has just handled is not seen again.
        pending: dict[UUID, list[InboxRow]] = {}
        for row in await session.scalars(self._read, {"ids": list(conversations)}):
            pending.setdefault(row.conversation_id, []).append(row)
        cases: list[Case] = []
        room, more = ROWS, len(conversations) == limit
        for conversation_id, rows in pending.items():
            if room <= 0:  # unlocked with the commit, and claimed again
                more = True
                break
            if rows[0].due_at > now:  # its head was put off: the rest waits behind it
                for row in rows:
                    row.due_at = rows[0].due_at
            else:
                cases.append(Case(conversation=conversations[conversation_id], rows=rows[:PENDING]))
                room -= len(cases[-1].rows)
                more |= len(rows) > PENDING
        return Claimed(cases=cases, more=more)

    async def finish(self, session: AsyncSession, cases: Sequence[Case], *, now: datetime) -> None:
        """Mark the cases' messages handled."""
        positions = [row.position for case in cases for row in case.rows]
        await session.execute(self._finish, {"positions": positions, "now": now})


async def put_off(session: AsyncSession, conversation_id: UUID, *, until: datetime) -> None:
    """Count a failed attempt on the conversation's oldest message, and try it again at `until`."""
    oldest = (
        select(InboxRow.position)
        .where(InboxRow.conversation_id == conversation_id, InboxRow.handled_at.is_(None))
        .order_by(InboxRow.position)
        .limit(1)
    )
    await session.execute(
        update(InboxRow)
        .where(InboxRow.position == oldest.scalar_subquery())
        .values(attempts=InboxRow.attempts + 1, due_at=until)
        .execution_options(synchronize_session=False)
    )
