"""Live pages: a stream of hints (server-sent events) that tell a desk what to read again, and who is typing.

Hints carry no content. Every connection begins with all of them, so a desk that was away misses nothing.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from core.clock import Clock, utc_now
from core.database import Database
from core.feed import Feed
from core.tasks import end_tasks
from core.typing_signs import Side, TypingSigns, Watch
from core.wakeups import DESK, Waiter, Wakeups
from handoff.marks import (
    AgentMark,
    QueueMark,
    TicketMark,
    read_agent_mark,
    read_queue_mark,
    read_ticket_marks,
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
    tickets: Mapping[UUID, TicketMark] = field(default_factory=dict)
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
        self._signs = TypingSigns(wakeups)
        self._feed = feed
        self._settings = settings
        self._stopping = stopping
        self._clock = clock

    async def stream(
        self, agent_id: UUID, ticket_ids: Collection[UUID], *, looking: bool
    ) -> AsyncIterator[bytes]:
        """Events `queue`, `ticket` and `status` (duty and alerts), each when there is something to read again.

        One stream serves all tickets that are open: `ticket` and `typing` (their customer is) say which. While the
        agent is `looking` at the page, that counts as a sign of life. A ticket that does not exist is never told of.
        It ends with the agent's sessions.
        """
        seen = _Marks()
        clock = asyncio.get_running_loop().time
        last_sent, sign_due = clock(), clock()
        with contextlib.ExitStack() as listening:
            changes = listening.enter_context(self._wakeups.listen(DESK))
            typing: Watch | None = None
            while not self._stopping.is_set():
                if looking and clock() >= sign_due:
                    await asyncio.shield(self._note_sign(agent_id))
                    sign_due = clock() + SIGN_EVERY.total_seconds()
                # Shielded: a desk that goes away must not break off a statement and with it the connection.
                now = await asyncio.shield(self._look(agent_id, ticket_ids))
                if typing is None:
                    followed = [mark.conversation_id for mark in now.tickets.values()]
                    typing = listening.enter_context(self._signs.watch(Side.CUSTOMER, followed))
                hints = b"".join(_tell(now, seen))
                is_over = bool(seen.agent and now.agent and seen.agent.sign_ins != now.agent.sign_ins)
                seen = now
                if not hints and clock() - last_sent >= KEEP_ALIVE:
                    hints = b": still here\n\n"
                if hints:
                    last_sent = clock()
                    yield hints
                    if is_over:
                        return
                    await self._rest(PACE)
                while signs := await self._wait(changes, typing, now.tickets):
                    last_sent = clock()
                    yield b"".join(_event("typing", ticket_id) for ticket_id in signs)

    async def _look(self, agent_id: UUID, ticket_ids: Collection[UUID]) -> "_Marks":
        async with self._database.read() as session:
            return _Marks(
                tickets=await read_ticket_marks(session, ticket_ids) if ticket_ids else {},
                queue=await read_queue_mark(session, agent_id),
                agent=await read_agent_mark(session, agent_id, self._settings.now, now=self._clock()),
            )

    async def _note_sign(self, agent_id: UUID) -> None:
        async with self._database.write() as session:
            await note_sign(session, agent_id, now=self._clock())

    async def _wait(
        self, changes: Waiter, typing: Watch, tickets: Mapping[UUID, TicketMark]
    ) -> Collection[UUID]:
        """Until a ticket changes, an open one's conversation grows, the poll falls due, or the end; or a customer types.

        Returns the tickets where one does; then nothing else has happened.
        """
        poll = max(self._wakeups.poll_seconds, SLOWEST_POLL)
        signs = asyncio.create_task(typing.next(poll))
        waits: list[asyncio.Task[object]] = [
            asyncio.create_task(changes.wait(poll)),
            asyncio.create_task(self._stopping.wait()),
            *(
                asyncio.create_task(self._feed.read(mark.conversation_id, mark.last_message_id, wait=poll))
                for mark in tickets.values()
            ),
        ]
        try:
            await asyncio.wait([signs, *waits], return_when=asyncio.FIRST_COMPLETED)
            if not signs.done() or any(wait.done() for wait in waits):
                return ()
            given = {sign.conversation_id for sign in signs.result()}
            return [id for id, mark in tickets.items() if mark.conversation_id in given]
        finally:
            await end_tasks(signs, *waits)

    async def _rest(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._stopping.wait()


def _tell(now: _Marks, seen: _Marks) -> Iterator[bytes]:
    if now.queue != seen.queue:
        yield _event("queue")
    for ticket_id, mark in now.tickets.items():
        if mark != seen.tickets.get(ticket_id):
            yield _event("ticket", ticket_id)
    if now.agent != seen.agent:
        yield _event("status")


def _event(name: str, ticket_id: UUID | None = None) -> bytes:
    return f"event: {name}\ndata:{'' if ticket_id is None else f' {ticket_id}'}\n\n".encode()
