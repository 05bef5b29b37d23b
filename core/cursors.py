"""Cursors: how far we have read in a stream that another service keeps for us."""

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base, table_of


class Cursor(Base):
    """The place in one stream; `value` is in the stream's own terms."""

    __tablename__ = "cursors"

    name: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[str]


async def find_cursor(session: AsyncSession, name: str) -> str | None:
    """Where reading goes on; None before the first time."""
    cursor = await session.get(Cursor, name, populate_existing=True)
    return cursor.value if cursor is not None else None


async def set_cursor(session: AsyncSession, name: str, value: str) -> None:
    """Go on from here. Call it after what lies before is committed, or in the same transaction."""
    await session.merge(Cursor(name=name, value=value))


async def lock_cursor(session: AsyncSession, name: str, *, first: str) -> str:
    """Where reading goes on, `first` at the first time; nobody else gets past this until the transaction ends."""
    make = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    begin = make(table_of(Cursor)).values(name=name, value=first).on_conflict_do_nothing()
    await session.execute(begin)
    query = select(Cursor.value).where(Cursor.name == name).with_for_update()
    return str(await session.scalar(query))
