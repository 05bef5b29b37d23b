"""Work of once a day: on the shop's day, once, and again when it failed."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from core.daily import do_if_due
from core.database import Database

SHANGHAI = ZoneInfo("Asia/Shanghai")
THREE = datetime(2026, 11, 22, 19, tzinfo=UTC)  # three at night there


async def test_it_is_done_once_a_day_from_three_at_night_whoever_asks(database: Database) -> None:
    done: list[datetime] = []

    async def act(now: datetime) -> None:
        done.append(now)

    async def look(**since: float) -> bool:
        now = THREE + timedelta(**since)
        return await do_if_due("tidy", act, database=database, zone=SHANGHAI, now=now)

    assert await look(hours=-1)
    assert not await look(minutes=-1)
    assert await look()
    assert not await look(hours=23)
    assert await look(hours=24)
    assert len(done) == 3


async def test_what_failed_is_due_again(database: Database) -> None:
    failing = True

    async def act(now: datetime) -> None:
        if failing:
            raise OSError("the disk is full")

    async def look() -> bool:
        return await do_if_due("tidy", act, database=database, zone=SHANGHAI, now=THREE)

    with pytest.raises(OSError, match="disk"):
        await look()
    failing = False
    assert await look()
    assert not await look()
