"""How entries are used: how often each answered, and how often that did not help. Counted as turns commit.

An answer did not help where the customer's next message rejected it, or got a person.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base, table_of


class EntryUse(Base):
    """One entry on one day, in the shop's time zone. Each process counts in a lane of its own, so that none waits."""

    __tablename__ = "entry_uses"

    day: Mapped[date] = mapped_column(primary_key=True)
    entry: Mapped[str] = mapped_column(primary_key=True)
    lane: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    answered: Mapped[int]
    rejected: Mapped[int]
    handed_over: Mapped[int]


@dataclass
class Tally:
    """What a turn has to count, by entry."""

    answered: Counter[str] = field(default_factory=Counter)
    rejected: Counter[str] = field(default_factory=Counter)
    handed_over: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True, kw_only=True)
class Use:
    """Of one entry, over some days."""

    answered: int
    rejected: int
    handed_over: int

    @property
    def success(self) -> float | None:
        """The share of answers after which the customer neither rejected it nor got a person; None without one."""
        failed = self.rejected + self.handed_over
        return max(0.0, 1 - failed / self.answered) if self.answered else None


async def add_uses(session: AsyncSession, tally: Tally, *, day: date, lane: int) -> None:
    """Add what was counted. Rows are locked in one order, in the last statement before the commit."""
    entries = sorted({*tally.answered, *tally.rejected, *tally.handed_over})
    if not entries:
        return
    is_sqlite = session.get_bind().dialect.name == "sqlite"
    make = sqlite.insert(table_of(EntryUse)) if is_sqlite else postgresql.insert(table_of(EntryUse))
    counted = ("answered", "rejected", "handed_over")
    change = {name: getattr(EntryUse, name) + getattr(make.excluded, name) for name in counted}
    statement = make.on_conflict_do_update(index_elements=["day", "entry", "lane"], set_=change)
    rows = [
        {"day": day, "entry": each, "lane": lane, **{name: getattr(tally, name)[each] for name in counted}}
        for each in entries
    ]
    await session.execute(statement, rows)


async def read_uses(session: AsyncSession, *, since: date) -> Mapping[str, Use]:
    """By entry, from that day on."""
    sums = (func.sum(EntryUse.answered), func.sum(EntryUse.rejected), func.sum(EntryUse.handed_over))
    query = select(EntryUse.entry, *sums).where(EntryUse.day >= since).group_by(EntryUse.entry)
    return {
        entry: Use(answered=answered, rejected=rejected, handed_over=handed_over)
        for entry, answered, rejected, handed_over in await session.execute(query)
    }
