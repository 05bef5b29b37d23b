"""The audit log: who changed what, written in the transaction of the change. Rows are only added.

`before` and `after` hold what differs. Of a customer's words that stand in them, an erasure takes care:
see `nlu.knowledge.forgetting`.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Integer, insert, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base, table_of

_BigId = BigInteger().with_variant(Integer(), "sqlite")


class AuditRow(Base):
    """One change. `who` is a user name, or what acted by itself; `what` says in one word what was done to `object`."""

    __tablename__ = "audit_log"

    position: Mapped[int] = mapped_column(_BigId, primary_key=True, autoincrement=True)
    at: Mapped[datetime]
    who: Mapped[str]
    what: Mapped[str]
    object: Mapped[str]
    before: Mapped[dict[str, Any]] = mapped_column(default=dict)
    after: Mapped[dict[str, Any]] = mapped_column(default=dict)


async def note_act(
    session: AsyncSession,
    *,
    who: str,
    what: str,
    object: str,
    now: datetime,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    """Add a row, in the caller's transaction. Of two states only what differs is kept."""
    old, new = dict(before or {}), dict(after or {})
    same = {key for key in old.keys() & new.keys() if old[key] == new[key]}
    row = {"at": now, "who": who, "what": what, "object": object}
    row |= {"before": {key: value for key, value in old.items() if key not in same}}
    row |= {"after": {key: value for key, value in new.items() if key not in same}}
    await session.execute(insert(table_of(AuditRow)), row)


async def list_acts(
    session: AsyncSession, *, words: str = "", before: int | None = None, limit: int
) -> Sequence[AuditRow]:
    """The newest rows, newest first; those that have `words` in who, what or object; before a position."""
    query = select(AuditRow).order_by(AuditRow.position.desc()).limit(limit)
    if before is not None:
        query = query.where(AuditRow.position < before)
    for word in words.split():
        columns = (AuditRow.who, AuditRow.what, AuditRow.object)
        query = query.where(or_(*(column.icontains(word, autoescape=True) for column in columns)))
    return (await session.scalars(query)).all()


async def find_last_act(session: AsyncSession, whats: Sequence[str]) -> AuditRow | None:
    """The newest row of one of these kinds."""
    query = select(AuditRow).where(AuditRow.what.in_(whats)).order_by(AuditRow.position.desc()).limit(1)
    return (await session.scalars(query)).one_or_none()
