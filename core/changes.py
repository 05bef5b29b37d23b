"""Changes: which conversations have grown, or become another customer's, since figures were kept of them.

A row is written in the transaction that says something, and taken away in the one that has counted it. So nothing is missed,
in whatever order transactions are committed, and nobody waits for a number that all share.
"""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Integer, insert, select, true
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from core.conversations import Conversation
from core.database import Base, table_of


class ConversationChange(Base):
    """A conversation that has grown; or was `moved`: it, or another one of its customer's, from one customer to another."""

    __tablename__ = "conversation_changes"

    position: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer(), "sqlite"), primary_key=True, autoincrement=True
    )
    conversation_id: Mapped[UUID] = mapped_column(ForeignKey("conversations.id"))
    moved: Mapped[bool] = mapped_column(default=False)


_INSERT = insert(table_of(ConversationChange)).inline()  # its position is of no interest


async def note_growth(session: AsyncSession, conversation_ids: Collection[UUID]) -> None:
    """Have these conversations counted again."""
    if conversation_ids:
        await session.execute(_INSERT, [{"conversation_id": each} for each in conversation_ids])


async def note_move(session: AsyncSession, customer_ids: Collection[UUID]) -> None:
    """Have all conversations counted again that are these customers' now: who came back after which is told anew."""
    theirs = select(Conversation.id, true()).where(Conversation.customer_id.in_(customer_ids))
    table = table_of(ConversationChange)
    await session.execute(insert(table).from_select([table.c.conversation_id, table.c.moved], theirs))
