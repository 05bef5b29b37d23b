"""What is kept of figures, to compare it with a recount; and a keeper that is killed again and again."""

import asyncio
import contextlib
import random
from collections import Counter
from collections.abc import AsyncIterator, Iterable
from datetime import date, tzinfo
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from core.database import Base, Database, table_of
from handoff.reporting.cells import Figure
from handoff.reporting.keeper import Keeper
from handoff.reporting.tables import DayFigure, MonthFigure, ReportSession, SessionFact, TicketFact

Kept = dict[str, set[tuple[Any, ...]]]


async def read_kept(database: Database) -> Kept:
    """Every row of figures; sessions by where they begin, since their ids are new with each recount."""
    sessions, facts = table_of(ReportSession), table_of(SessionFact)
    names = ("day", "figure", "key", "count", "amount")
    queries = {
        "days": select(table_of(DayFigure)),
        "months": select(table_of(MonthFigure)),
        "tickets": select(table_of(TicketFact)),
        "sessions": select(*(column for column in sessions.columns if column.name != "id")),
        "session facts": select(
            sessions.c.conversation_id, sessions.c.first_seq, *(facts.c[name] for name in names)
        ).join(facts, facts.c.session_id == sessions.c.id),
    }
    async with database.read() as session:
        return {name: {tuple(row) for row in await session.execute(query)} for name, query in queries.items()}


def count_of(kept: Kept, figure: str, key: str | None = None) -> int:
    """How often something was counted, on all days together."""
    return sum(row[3] for row in kept["days"] if row[1] == figure and key in (None, row[2]))


async def assert_equals_recount(database: Database, zone: tzinfo) -> Kept:
    """What was kept is what a recount makes; returns it."""
    keeper = Keeper(database, zone=zone)
    await keeper.count()
    kept = await read_kept(database)
    await keeper.recount()
    counted = await read_kept(database)
    for name, rows in kept.items():
        assert rows - counted[name] == set(), f"{name} too many"
        assert counted[name] - rows == set(), f"{name} missing"
    return kept


class Died(Exception):
    """The keeper, before its transaction was committed."""


class DyingDatabase(Database):
    """The same database for a keeper that dies in so many of its transactions."""

    def __init__(self, database: Database, *, seed: int, share: float = 0.4) -> None:
        self.__dict__ |= database.__dict__
        self._chance = random.Random(seed)
        self._share = share

    @contextlib.asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncSession]:
        async with super().write() as session:
            yield session
            if self._chance.random() < self._share:
                raise Died


@contextlib.asynccontextmanager
async def mortal_keeper(database: Database, zone: tzinfo, *, seed: int) -> AsyncIterator[None]:
    """Keeps figures for the time of the block, by one keeper after the other, each of which dies soon."""
    ended = asyncio.Event()

    async def live() -> None:
        mortal = DyingDatabase(database, seed=seed)
        while not ended.is_set():
            with contextlib.suppress(Died):
                await Keeper(mortal, zone=zone).step()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(ended.wait(), 0.1)

    task = asyncio.create_task(live())
    try:
        yield
    finally:
        ended.set()
        await task


def rolled_up(counts: Iterable[tuple[date, Figure, str, int]]) -> list[Base]:
    """Roll-ups as the keeper writes them: of each day, and of its month."""
    days: Counter[tuple[date, str, str]] = Counter()
    months: Counter[tuple[date, str, str]] = Counter()
    for day, figure, key, count in counts:
        days[day, figure.value, key] += count
        months[day.replace(day=1), figure.value, key] += count
    return [
        *(DayFigure(day=d, figure=f, key=k, count=n, amount=0) for (d, f, k), n in days.items()),
        *(MonthFigure(month=m, figure=f, key=k, count=n, amount=0) for (m, f, k), n in months.items()),
    ]
