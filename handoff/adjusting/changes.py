"""What was changed in the console of the desk's settings: one row for each place, by whom and when.

A place that was given back to config.yml keeps its row, so that versions only grow: the newest one tells processes that
something is new, and a form what somebody else has saved meanwhile.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from core.cursors import lock_cursor
from core.database import Base

_LOCK = "setting_changes"


class SettingChange(Base):
    """One place. `value` holds under `is` what it was changed to, in the words of config.yml."""

    __tablename__ = "setting_changes"

    place: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[dict[str, Any]]
    is_laid: Mapped[bool]  # False: what config.yml says holds again
    version: Mapped[int]  # counted over all places
    by: Mapped[str]
    at: Mapped[datetime]


async def read_changes(session: AsyncSession) -> dict[str, SettingChange]:
    """All rows by place, in the order in which they were saved."""
    query = select(SettingChange).order_by(SettingChange.version, SettingChange.place)
    rows = await session.scalars(query.execution_options(populate_existing=True))
    return {row.place: row for row in rows}


async def lock_changes(session: AsyncSession) -> dict[str, SettingChange]:
    """The same; nobody else changes settings until the transaction ends."""
    await lock_cursor(session, _LOCK, first="")
    return await read_changes(session)


async def find_newest(session: AsyncSession) -> int:
    """The newest version; 0 before the first change."""
    return int(await session.scalar(select(func.max(SettingChange.version))) or 0)


def laid_over(rows: Mapping[str, SettingChange]) -> dict[str, Any]:
    """The changes that hold, by place."""
    return {place: row.value["is"] for place, row in rows.items() if row.is_laid}


def newest_of(rows: Mapping[str, SettingChange]) -> int:
    """The newest version of some rows; 0 for none."""
    return max((row.version for row in rows.values()), default=0)
