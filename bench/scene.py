"""The scene on which days are played: what is to happen when, the clock that looks now and then, the watch after each."""

import asyncio
import heapq
import itertools
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID

from bench.department import Department
from bench.watch import Change, Watch, complain, count_lost
from core.errors import NotAllowed
from core.messages import Address, InboundMessage, Kind, Sender

LOOK = timedelta(seconds=20)  # between looks of the clock while things happen; in service it is a second
IDLE_LOOK = timedelta(minutes=5)  # while somebody waits: who has gone silent is found without a deadline
BUSY = timedelta(minutes=20)  # without an act of an agent nobody is there who could go
COUNT_EVERY = timedelta(hours=1)  # between counts of all open tickets

Act = Callable[[], Awaitable[None]]


class Scene:
    """Plays what is scheduled, in the order of time, through the real parts of a department."""

    def __init__(
        self, department: Department, watch: Watch, *, seed: int, look_every: timedelta = LOOK
    ) -> None:
        self.department = department
        self.watch = watch
        self.chance = random.Random(seed)
        self.listeners: list[Callable[[Change], None]] = []
        self.clock_looks = 0
        self.acts: Counter[str] = Counter()
        self._look_every = look_every
        self._numbers = itertools.count()
        self._plans: list[tuple[datetime, int, Act]] = []
        self._customers: dict[UUID, str] = {}  # by conversation
        self._saying: dict[datetime, list[InboundMessage]] = {}
        self._looked_at = department.now
        self._counted_at = department.now
        self._acted_at = department.now  # when an agent did something last
        self._next_look: datetime | None = department.now
        self._changed = False  # the act has changed something, or has tried to

    @property
    def now(self) -> datetime:
        return self.department.now

    def plan(self, at: datetime, act: Act) -> None:
        """To be done at that time, or next if it is past."""
        heapq.heappush(self._plans, (max(at.astimezone(UTC), self.now), next(self._numbers), act))

    def say(self, at: datetime, customer: str, text: str, *, tier: str | None = None) -> None:
        """A customer is to write. Who writes between two looks of the clock is handled in the same turn."""
        beat = max(at, self.now)
        beat += (datetime.min.replace(tzinfo=beat.tzinfo) - beat) % self._look_every
        if beat not in self._saying:
            self._saying[beat] = []
            self.plan(beat, lambda: self._hear(beat))
        self._saying[beat].append(
            InboundMessage(
                address=Address(channel="api", chat=customer),
                external_id=f"m{next(self._numbers)}",
                sender=Sender(external_id=customer, tier=tier),
                kind=Kind.TEXT,
                text=text,
            )
        )

    def customer_of(self, ticket_id: UUID) -> str:
        """Who is to write again."""
        return self._customers[self.watch.conversations[ticket_id]]

    async def attempt(self, name: str, act: Awaitable[object]) -> bool:
        """An agent's act, which may be refused: somebody may have been faster."""
        self._changed = True
        self._acted_at = self.now
        try:
            await act
        except NotAllowed:
            self.acts[f"{name}, refused"] += 1
            return False
        self.acts[name] += 1
        return True

    async def run(self) -> None:
        """Until nothing is planned and no deadline runs. Raises `Broken`."""
        while self._plans or self._next_look:
            at = self._plans[0][0] if self._plans else None
            if self._next_look is not None and (at is None or self._next_look <= at):
                self.department.now = self._next_look
                await self._look_at_clock()
                continue
            self.department.now, _, act = heapq.heappop(self._plans)
            self._changed = False
            await act()
            if self._changed and self._follow(await self.watch.look(self.now)):
                self._look_soon()

    def note_presence(self) -> None:
        """Who is there has changed."""
        self._acted_at = self.now
        self._look_soon()

    def _look_soon(self) -> None:
        self._next_look = max(self._looked_at + self._look_every, self.now)

    async def _hear(self, beat: datetime) -> None:
        self._changed = True
        messages = self._saying.pop(beat)
        receipts = await asyncio.gather(*(self.department.inbox.record(message) for message in messages))
        for message, receipt in zip(messages, receipts, strict=True):
            self._customers[receipt.conversation_id] = message.address.chat
        while await self.department.turns.step():
            pass
        self.acts["message"] += len(messages)

    async def _look_at_clock(self) -> None:
        self._looked_at = self.now
        coming = await self.watch.read_clocks()
        due = {ticket_id for ticket_id, at in coming if at <= self.now}
        busy = True
        while busy:  # of a deadline one step comes after the other
            busy = await self.department.timekeeper.step()
            coming = await self.watch.read_clocks()
            late = {ticket_id for ticket_id, at in coming if at <= self.now}
            due |= late
            busy |= bool(late)
        self.clock_looks += 1
        self._follow(await self.watch.look(self.now, fired_for=due))
        if self.now - self._counted_at >= COUNT_EVERY:
            self._counted_at = self.now
            lost = await count_lost(self.department.database)
            complain(not lost, "all", f"{lost} tickets are without owner, queue or deadline")
        due_at = min((at for _, at in coming), default=None)
        is_busy = self.now - self._acted_at < BUSY and self._plans
        idle = self.now + IDLE_LOOK if self.watch.untaken and is_busy else None
        self._next_look = min((each for each in (due_at, idle) if each), default=None)

    def _follow(self, changes: list[Change]) -> bool:
        for change in changes:
            for listener in self.listeners:
                listener(change)
        return bool(changes)
