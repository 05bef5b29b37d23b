"""Claiming: which conversations a turn handles, and with which of their messages.

The row lock on a conversation is the lease: a worker that dies frees its conversations at once, and two
workers never handle the same one. See docs/decisions/0001.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ScalarSelect, bindparam, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from core.conversations import Conversation
from core.database import Database
from core.inbox import InboxRow

PENDING = 20  # messages of one conversation handled in one turn
ROWS = 256  # messages of all conversations of a turn


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
    """Claims cases inside the caller's transaction."""

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
        customer, order = InboxRow.conversation_id, InboxRow.position
        waiting_rows = (
            select(
                InboxRow.position,
                func.row_number().over(partition_by=customer, order_by=order).label("place"),
                func.first_value(InboxRow.due_at)
                .over(partition_by=customer, order_by=order)
                .label("head_due_at"),
            )
            .where(database.is_any(InboxRow.conversation_id, "ids"), InboxRow.handled_at.is_(None))
            .subquery()
        )
        first_rows = (  # first places first: of each conversation a beginning is taken
            select(waiting_rows.c.position)
            .where(waiting_rows.c.place <= PENDING, waiting_rows.c.head_due_at <= bindparam("now"))
            .order_by(waiting_rows.c.place, waiting_rows.c.position)
            .limit(ROWS)
        )
        self._take = (
            update(InboxRow)
            .where(InboxRow.position.in_(first_rows))
            .values(handled_at=bindparam("now"))
            .returning(InboxRow)
            .execution_options(synchronize_session=False)
        )
        self._wait_for_head = (
            update(InboxRow)
            .where(database.is_any(InboxRow.conversation_id, "ids"), InboxRow.handled_at.is_(None))
            .values(due_at=_due_at_of_head())
            .execution_options(synchronize_session=False)
        )

    async def claim(self, session: AsyncSession, *, now: datetime, limit: int) -> Claimed:
        """Lock up to `limit` conversations with due messages, skipping those that another worker has.

        Their messages are marked handled with that: if the transaction fails, they are not.
        """
        locked = await session.scalars(self._lock, {"now": now, "looked_at": limit * 4, "limit": limit})
        conversations = {conversation.id: conversation for conversation in locked}
        if not conversations:
            return Claimed(cases=(), more=False)
        # Taken after the lock is held: what another worker has just handled is not seen again.
        taken: dict[UUID, list[InboxRow]] = {}
        rows = (await session.scalars(self._take, {"ids": list(conversations), "now": now})).all()
        for row in sorted(rows, key=lambda row: row.position):
            taken.setdefault(row.conversation_id, []).append(row)
        idle = [conversation_id for conversation_id in conversations if conversation_id not in taken]
        if idle and len(rows) < ROWS:  # their heads were put off: what came later waits behind them
            await session.execute(self._wait_for_head, {"ids": idle})
        return Claimed(
            cases=[Case(conversation=conversations[key], rows=rows) for key, rows in taken.items()],
            more=len(conversations) == limit
            or len(rows) == ROWS
            or any(len(rows) == PENDING for rows in taken.values()),
        )


def _due_at_of_head() -> ScalarSelect[datetime]:
    head = aliased(InboxRow)
    return (
        select(head.due_at)
        .where(head.conversation_id == InboxRow.conversation_id, head.handled_at.is_(None))
        .order_by(head.position)
        .limit(1)
        .scalar_subquery()
    )


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
