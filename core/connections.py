"""Connections to vendors, as the processes that have them know them, written down for pages that other processes serve.

A process notes what it sees in memory, where it costs nothing; `Signs.run` writes it down, at once when the state changes
and else seldom. So a row that is old tells something, too: nobody has the connection any more.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

import structlog
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from core.clock import Clock, utc_now
from core.database import Base, Database

log = structlog.get_logger(__name__)

EVERY = timedelta(seconds=30)  # a sign of life without news is written down so often
SILENT = timedelta(minutes=3)  # without a sign of life after which nobody seems to have the connection
LONGEST_ERROR = 500  # characters
REST_SECONDS = 1.0  # between two writings


class ConnectionState(StrEnum):
    """How a connection was when it was last used."""

    FINE = "fine"
    TROUBLE = "trouble"


class Connection(Base):
    """One connection, named after its channel and its direction: `telegram.receive`."""

    __tablename__ = "connections"

    name: Mapped[str] = mapped_column(primary_key=True)
    state: Mapped[str]
    since: Mapped[datetime]
    seen_at: Mapped[datetime]  # the last sign of life
    error: Mapped[str | None]  # the last one; in our words or the vendor's, never a customer's
    error_at: Mapped[datetime | None]


@dataclass
class _Known:
    state: ConnectionState
    seen_at: datetime
    error: str | None = None
    error_at: datetime | None = None
    written: tuple[ConnectionState, datetime] | None = None  # as what, and seen when


class Signs:
    """What this process notes of its connections. Noting never waits, and never fails."""

    def __init__(self, database: Database, *, clock: Clock = utc_now) -> None:
        self._database = database
        self._clock = clock
        self._known: dict[str, _Known] = {}
        self._changed = asyncio.Event()

    def fine(self, name: str) -> None:
        """It did what it should."""
        self._note(name, ConnectionState.FINE)

    def trouble(self, name: str, error: str) -> None:
        """It did not. `error` holds nothing that a customer wrote, and no secret."""
        known = self._note(name, ConnectionState.TROUBLE)
        known.error, known.error_at = error[:LONGEST_ERROR], known.seen_at

    def alive(self, name: str) -> None:
        """Somebody has it, whether or not there was anything to do: it stays as it was, at first fine."""
        known = self._known.get(name)
        self._note(name, known.state if known else ConnectionState.FINE)

    async def run(self) -> None:
        """Write down what was noted, until cancelled."""
        while True:
            await self.write()
            await asyncio.sleep(REST_SECONDS)
            try:
                async with asyncio.timeout(EVERY.total_seconds()):
                    await self._changed.wait()
            except TimeoutError:
                continue

    async def write(self) -> None:
        """Write down what is new. What cannot be written now is tried again the next time."""
        self._changed.clear()
        for name, known in sorted(self._known.items()):
            if not _is_due(known):
                continue
            state, seen_at = known.state, known.seen_at
            try:
                async with self._database.write() as session:
                    await _put(session, name, known)
            except Exception as error:  # a page is older for a while; nothing else hangs on it
                log.warning("connections.not_written", name=name, error=type(error).__name__)
            else:
                known.written = (state, seen_at)

    def _note(self, name: str, state: ConnectionState) -> _Known:
        now = self._clock()
        known = self._known.setdefault(name, _Known(state=state, seen_at=now))
        known.state, known.seen_at = state, now
        if known.written is None or known.written[0] != state:
            self._changed.set()
        return known


def _is_due(known: _Known) -> bool:
    if known.written is None:
        return True
    state, seen_at = known.written
    return known.state != state or known.seen_at - seen_at >= EVERY


async def _put(session: AsyncSession, name: str, known: _Known) -> None:
    row = await session.get(Connection, name, with_for_update=True)
    if row is None:
        row = Connection(name=name, state=known.state, since=known.seen_at, seen_at=known.seen_at)
        session.add(row)
    elif row.state != known.state:
        row.state, row.since = known.state, known.seen_at
    row.seen_at = max(row.seen_at, known.seen_at)
    if known.error_at is not None:
        row.error, row.error_at = known.error, known.error_at


async def read_connections(session: AsyncSession) -> Mapping[str, Connection]:
    """All that any process has told of, by name."""
    return {row.name: row for row in await session.scalars(select(Connection))}
