"""Work of once a day. When it was done last is kept as a cursor, so that a restart does not do it again."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta, tzinfo

import structlog

from core.clock import Clock, utc_now
from core.cursors import find_cursor, set_cursor
from core.database import Database

log = structlog.get_logger(__name__)

LOOK = 600.0  # seconds between looks whether a new day has begun
HOUR = 3  # of the night, local time


async def work_daily(
    name: str,
    act: Callable[[datetime], Awaitable[None]],
    *,
    database: Database,
    zone: tzinfo,
    clock: Clock = utc_now,
) -> None:
    """Call `act` with the present time once a day, from `HOUR` on, for ever. What fails is tried again at the next look."""
    while True:
        try:
            await do_if_due(name, act, database=database, zone=zone, now=clock())
        except Exception:
            log.exception("daily.failed", work=name)
        await asyncio.sleep(LOOK)


async def do_if_due(
    name: str,
    act: Callable[[datetime], Awaitable[None]],
    *,
    database: Database,
    zone: tzinfo,
    now: datetime,
) -> bool:
    """Do today's work unless it has been done; True if it was done now."""
    day = (now.astimezone(zone) - timedelta(hours=HOUR)).date().isoformat()
    cursor = f"daily:{name}"
    async with database.read() as session:
        if await find_cursor(session, cursor) == day:
            return False
    await act(now)
    async with database.write() as session:
        await set_cursor(session, cursor, day)
    return True
