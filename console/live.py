"""Live pages: a stream of hints (server-sent events) that tell a desk what to read again.

Hints carry no content. Every connection begins with all of them, so a desk that was away misses nothing.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from uuid import UUID

from core.clock import Clock, utc_now
from core.database import Database
from core.feed import Feed
from core.tasks import end_tasks
from core.wakeups import DESK, Waiter, Wakeups
from handoff.marks import (
    AgentMark,
    QueueMark,
    TicketMark,
    read_agent_mark,
    read_queue_mark,
    read_ticket_mark,
)
from handoff.presence import SIGN_EVERY, note_sign
from handoff.settings import SettingsInForce

KEEP_ALIVE = 15.0  # seconds
PACE = 0.3  # seconds between two looks at least: many changes at once are one hint
SLOWEST_POLL = 1.0  # seconds; polling more often than this is not worth it for a page

HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


@dataclass(frozen=True, kw_only=True)
class _Marks:
    """What a desk has seen."""

    queue: QueueMark | None = None
    ticket: TicketMark | None = None
    agent: AgentMark | None = None


class DeskHints:
    """Watches tickets for desks. `stopping` ends all streams, so that a server need not wait for them."""

    def __init__(
        self,
        database: Database,
        wakeups: Wakeups,
        feed: Feed,
        *,
        settings: SettingsInForce,
        stopping: asyncio.Event,
        clock: Clock = utc_now,
    ) -> None:
        self._database = database
        self._wakeups = wakeups
        self._feed = feed
        self._settings = settings
        self._stopping = stopping
        self._clock = clock

    async def stream(self, agent_id: UUID, ticket_id: UUID | None, *, looking: bool) -> AsyncIterator[bytes]:
        """Events `queue`, `ticket` and `status` (duty and alerts), each when there is something to read again.

        While the agent is `looking` at the page, that counts as a sign of life. Raises `NotFound`.
        """
        seen = _Marks()
        clock = asyncio.get_running_loop().time
        last_sent, sign_due = clock(), clock()
        with self._wakeups.listen(DESK) as changes:
            while not self._stopping.is_set():
                if looking and clock() >= sign_due:
                    await asyncio.shield(self._note_sign(agent_id))
                    sign_due = clock() + SIGN_EVERY.total_seconds()
                # Shielded: a desk that goes away must not break off a statement and with it the connection.
                now = await asyncio.shield(self._look(agent_id, ticket_id))
                hints = b"".join(
                    b"event: %b\ndata:\n\n" % name
                    for name, changed in (
                        (b"queue", now.queue != seen.queue),
                        (b"ticket", now.ticket != seen.ticket),
                        (b"status", now.agent != seen.agent),
                    )
                    if changed
                )
                seen = now
                if not hints and clock() - last_sent >= KEEP_ALIVE:
                    hints = b": still here\n\n"
                if hints:
                    last_sent = clock()
                    yield hints
                    await self._rest(PACE)
                await self._wait(changes, now.ticket)

    async def _look(self, agent_id: UUID, ticket_id: UUID | None) -> "_Marks":
        async with self._database.read() as session:
            return _Marks(
                ticket=await read_ticket_mark(session, ticket_id) if ticket_id else None,
                queue=await read_queue_mark(session),
                agent=await read_agent_mark(session, agent_id, self._settings.now, now=self._clock()),
            )

    async def _note_sign(self, agent_id: UUID) -> None:
        async with self._database.write() as session:
            await note_sign(session, agent_id, now=self._clock())

    async def _wait(self, changes: Waiter, ticket: TicketMark | None) -> None:
        """Until a ticket changes, the open ticket's conversation grows, the poll falls due, or the end."""
        poll = max(self._wakeups.poll_seconds, SLOWEST_POLL)
        waits = [asyncio.create_task(changes.wait(poll)), asyncio.create_task(self._stopping.wait())]
        if ticket is not None:
            grown = self._feed.read(ticket.conversation_id, ticket.last_message_id, wait=poll)
            waits.append(asyncio.create_task(grown))
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            await end_tasks(*waits)

    async def _rest(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._stopping.wait()
