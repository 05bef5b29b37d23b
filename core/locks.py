"""Locks between processes, for work that takes longer than a transaction may."""

import asyncio
import contextlib
import fcntl
import hashlib
from collections.abc import AsyncIterator, Callable
from typing import IO

from sqlalchemy import func, select

from core.database import Database

LOOK = 0.2  # seconds between looks whether the lock is free


@contextlib.asynccontextmanager
async def exclusive(
    database: Database, name: str, *, on_wait: Callable[[], None] = lambda: None
) -> AsyncIterator[None]:
    """Only one block of this name runs at a time, of all processes on this database; others wait.

    No transaction is held open meanwhile. A process that dies gives the lock back at once: it hangs on a
    connection to PostgreSQL, or on an open file beside that of SQLite. `on_wait` is called if it has to wait.
    """
    holding = _hold_file if database.is_sqlite else _hold_connection
    async with holding(database, name, on_wait):
        yield


@contextlib.asynccontextmanager
async def _hold_file(database: Database, name: str, on_wait: Callable[[], None]) -> AsyncIterator[None]:
    with _open(f"{database.engine.url.database}.{name}.lock") as file:
        waiting = False
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if not waiting:
                    on_wait()
                waiting = True
                await asyncio.sleep(LOOK)
        yield


def _open(path: str) -> IO[str]:
    return open(path, "w")  # stays when the lock is free: to delete it would let two hold different files


@contextlib.asynccontextmanager
async def _hold_connection(database: Database, name: str, on_wait: Callable[[], None]) -> AsyncIterator[None]:
    key = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big", signed=True)
    async with database.read() as session:
        waiting = False
        while not await session.scalar(select(func.pg_try_advisory_lock(key))):
            if not waiting:
                on_wait()
            waiting = True
            await asyncio.sleep(LOOK)
        try:
            yield
        finally:
            await session.scalar(select(func.pg_advisory_unlock(key)))
