"""What a process knows of its connections is written down: at once when it changes, else seldom, and never in the way."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import event

from core.connections import LONGEST_ERROR, Connection, ConnectionState, Signs, read_connections
from core.database import Database

NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)


class Watch:
    """A clock, and the rows that are written by it."""

    def __init__(self, database: Database) -> None:
        self.now = NOON
        self.database = database
        self.signs = Signs(database, clock=lambda: self.now)
        self.writes = 0
        event.listen(database.engine.sync_engine, "commit", self._count)

    def _count(self, _: object) -> None:
        self.writes += 1

    def passes(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    async def row(self) -> Connection:
        await self.signs.write()
        async with self.database.read() as session:
            return (await read_connections(session))["telegram.receive"]


@pytest.fixture
def watch(database: Database) -> Watch:
    return Watch(database)


async def test_a_change_is_told_with_since_when_and_why(watch: Watch) -> None:
    watch.signs.fine("telegram.receive")
    row = await watch.row()
    assert (row.state, row.since, row.error) == (ConnectionState.FINE, NOON, None)
    watch.passes(5)
    watch.signs.trouble("telegram.receive", "x" * 2 * LONGEST_ERROR)
    watch.passes(5)
    watch.signs.trouble("telegram.receive", "Conflict")
    row = await watch.row()
    assert (row.state, row.since) == (ConnectionState.TROUBLE, NOON + timedelta(seconds=10))
    watch.passes(60)
    watch.signs.trouble("telegram.receive", "Conflict again")
    row = await watch.row()
    assert row.since == NOON + timedelta(seconds=10)  # it is the same trouble
    assert (row.error, row.error_at, row.seen_at) == ("Conflict again", watch.now, watch.now)
    watch.passes(1)
    watch.signs.fine("telegram.receive")
    row = await watch.row()
    assert (row.state, row.since) == (ConnectionState.FINE, watch.now)
    assert row.error == "Conflict again"  # the last one stays to be read


async def test_without_news_it_is_written_seldom_however_often_it_is_noted(watch: Watch) -> None:
    watch.signs.fine("telegram.receive")
    await watch.row()
    written = watch.writes
    for _ in range(29):
        watch.passes(1)
        watch.signs.fine("telegram.receive")
        watch.signs.alive("telegram.receive")
        await watch.row()
    assert watch.writes == written
    watch.passes(1)
    watch.signs.alive("telegram.receive")
    assert (await watch.row()).seen_at == watch.now
    assert watch.writes == written + 1


async def test_to_be_alive_is_not_to_be_fine(watch: Watch) -> None:
    watch.signs.trouble("telegram.receive", "no network")
    watch.passes(40)
    watch.signs.alive("telegram.receive")
    row = await watch.row()
    assert (row.state, row.seen_at) == (ConnectionState.TROUBLE, watch.now)


async def test_another_process_goes_on_with_the_row(watch: Watch) -> None:
    watch.signs.fine("telegram.receive")
    await watch.row()
    watch.passes(10)
    watch.signs = Signs(watch.database, clock=lambda: watch.now)
    watch.signs.alive("telegram.receive")
    row = await watch.row()
    assert (row.since, row.seen_at) == (NOON, watch.now)


async def test_a_database_that_is_away_is_written_to_later(
    watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away() -> None:
        raise OSError("away")

    watch.signs.trouble("telegram.receive", "no network")
    with monkeypatch.context() as patch:
        patch.setattr(watch.database, "write", away)
        await watch.signs.write()
    assert (await watch.row()).error == "no network"
