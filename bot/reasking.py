"""Asks the messages of open gaps again whenever another version is live here: what it answers is done."""

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, tzinfo

from bot.decisions import Answer, Entries, Handoff, Heard, Policy
from bot.dialogue import decide
from bot.state import State
from bot.turn import Brain, valid_entries
from core.clock import Clock, utc_now
from core.conversations import Owner
from core.database import Database
from core.messages import Kind
from core.wakeups import KNOWLEDGE, Wakeups
from core.workers import work_forever
from handoff.gaps.closing import Closer
from nlu.knowledge.versions import Mark
from nlu.understanding import Understanding

POLL = 5.0  # seconds between looks
BATCH = 32  # texts that are understood at a time: turns go on between


class Reasking:
    """Beside the turns, in a thread of its own."""

    def __init__(self, database: Database, *, zone: tzinfo, clock: Clock = utc_now) -> None:
        self._closer = Closer(database, clock=clock)
        self._zone = zone
        self._clock = clock
        self._live: tuple[Mark, Brain] | None = None
        self._asked: int | None = None  # the going live that is done with
        self._thinking = ThreadPoolExecutor(1, thread_name_prefix="asking-again")

    def take(self, mark: Mark, brain: Brain) -> None:
        """This is live here now."""
        self._live = (mark, brain)

    async def run(self, wakeups: Wakeups) -> None:
        """Look for ever."""
        try:
            await work_forever("reasking", self.step, wakeups=wakeups, topic=KNOWLEDGE, poll=POLL)
        finally:
            self._thinking.shutdown(wait=False, cancel_futures=True)

    async def step(self) -> bool:
        """Ask, if that has not been done for what is live; False, since nothing is left to do then."""
        if self._live is None or self._live[0].position == self._asked:
            return False
        mark, brain = self._live

        async def ask(texts: Sequence[str]) -> list[str | None]:
            return await self._ask(brain, texts)

        await self._closer.follow(mark.position, mark.version, ask)
        self._asked = mark.position
        return False

    async def _ask(self, brain: Brain, texts: Sequence[str]) -> list[str | None]:
        loop, understand = asyncio.get_running_loop(), brain.interpreter.understand
        found: list[Understanding] = []
        for start in range(0, len(texts), BATCH):
            batch = texts[start : start + BATCH]
            found += await loop.run_in_executor(self._thinking, understand, batch)
        now = self._clock()
        entries = valid_entries(brain.knowledge, now.astimezone(self._zone).date())
        return [answer_to(each, brain.policy, entries, at=now) for each in found]


def answer_to(found: Understanding, policy: Policy, entries: Entries, *, at: datetime) -> str | None:
    """The entry that the dialogue would answer with if this came first in a conversation; None for none."""
    heard = Heard(kind=Kind.TEXT, text=found.text, at=at, understanding=found)
    match decide(State(), heard, owner=Owner.BOT, policy=policy, entries=entries):
        case Answer(entries=(entry, *_)) | Handoff(entries=(entry, *_)):
            return entry
        case _:
            return None
