"""Live pages: a stream of hints (server-sent events) that tell a desk what to read again.

Hints carry no content. Every connection begins with all of them, so a desk that was away misses nothing.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from uuid import UUID

from core.database import Database
from core.feed import Feed
from core.tasks import end_tasks
from core.wakeups import DESK, Waiter, Wakeups
from handoff.views import QueueMark, TicketMark, read_queue_mark, read_ticket_mark

KEEP_ALIVE = 15.0  # seconds
PACE = 0.3  # seconds between two looks at least: many changes at once are one hint
SLOWEST_POLL = 1.0  # seconds; polling more often than this is not worth it for a page

HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


class DeskHints:
    """Watches tickets for desks. `stopping` ends all streams, so that a server need not wait for them."""

    def __init__(self, database: Database, wakeups: Wakeups, feed: Feed, *, stopping: asyncio.Event) -> None:
        self._database = database
        self._wakeups = wakeups
        self._feed = feed
        self._stopping = stopping

    async def stream(self, ticket_id: UUID | None) -> AsyncIterator[bytes]:
        """Events `queue` and `ticket`, each when there is something to read again. Raises `NotFound`."""
        queue: QueueMark | None = None
        ticket: TicketMark | None = None
        clock = asyncio.get_running_loop().time
        last_sign = clock()
        with self._wakeups.listen(DESK) as changes:
            while not self._stopping.is_set():
                # Shielded: a desk that goes away must not break off a statement and with it the connection.
                queue_now, ticket_now = await asyncio.shield(self._look(ticket_id))
                hints = b""
                if queue_now != queue:
                    hints += b"event: queue\ndata:\n\n"
                if ticket_now != ticket:
                    hints += b"event: ticket\ndata:\n\n"
                queue, ticket = queue_now, ticket_now
                if not hints and clock() - last_sign >= KEEP_ALIVE:
                    hints = b": still here\n\n"
                if hints:
                    last_sign = clock()
                    yield hints
                    await self._rest(PACE)
                await self._wait(changes, ticket)

    async def _look(self, ticket_id: UUID | None) -> tuple[QueueMark, TicketMark | None]:
        async with self._database.read() as session:
            ticket = await read_ticket_mark(session, ticket_id) if ticket_id else None
            return await read_queue_mark(session), ticket

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
