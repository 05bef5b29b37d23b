"""The sorter: puts each message that was served badly into the gap that it is of, or begins a new one.

It remembers the kinds that there are. Who sorts next, in another process or after a failure, reads them again.
"""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy import delete, exists, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from core.clock import Clock, utc_now
from core.conversations import Message
from core.cursors import find_cursor, lock_cursor, set_cursor
from core.database import Database
from core.ids import new_id
from core.messages import Author, Kind
from core.wakeups import DESK, Wakeups
from core.workers import work_forever
from handoff.gaps.clustering import Kinds, Question, terms_of
from handoff.gaps.tables import Ended, Gap, GapMessage, GapState
from handoff.topics import nearest

CURSOR = "gaps:sorting"  # which sorter was the last, and when it did
BATCH = 100  # messages of one transaction
POLL = 5.0  # seconds between looks
REMEMBERED = timedelta(days=90)  # a gap that nobody has asked about for longer is begun anew
READ_AGAIN = timedelta(hours=1)  # words that are erased are not remembered for longer
KNOWN_BY_NEWEST = 20_000  # messages of which the kinds are made again


@dataclass
class _Memory:
    stamp: str
    at: datetime
    kinds: Kinds[UUID]


class Sorter:
    """Sorts in steps, for `core.workers.work_forever`."""

    def __init__(self, database: Database, *, clock: Clock = utc_now) -> None:
        self._database = database
        self._clock = clock
        self._memory: _Memory | None = None

    async def run(self, wakeups: Wakeups) -> None:
        """Sort until cancelled. Any number may: one at a time does."""
        await work_forever("gaps", self.step, wakeups=wakeups, topic=DESK, poll=POLL)

    async def step(self) -> bool:
        """Sort a batch; False when there was nothing to sort."""
        waits = select(exists().where(GapMessage.gap_id.is_(None)))
        async with self._database.read() as session:
            if not await session.scalar(waits):
                return False
            last = await find_cursor(session, CURSOR) or ""
        memory, self._memory = self._memory, None  # what fails leaves nothing half remembered
        now = self._clock()
        if memory is None or memory.stamp != last or now - memory.at > READ_AGAIN:
            memory = _Memory(stamp=last, at=now, kinds=await self._read_kinds(since=now - REMEMBERED))
        async with self._database.write() as session:
            if await lock_cursor(session, CURSOR, first="") != memory.stamp:
                return True  # somebody else sorted meanwhile: what is remembered is not all
            done = await self._sort(session, memory.kinds)
            memory.stamp = str(uuid4())
            await set_cursor(session, CURSOR, memory.stamp)
        self._memory = memory
        return done

    async def _read_kinds(self, *, since: datetime) -> Kinds[UUID]:
        """The kinds that are remembered, as their messages made them; in a thread, since they may be many."""
        query = (
            select(GapMessage.gap_id, Message)
            .join(Message, Message.id == GapMessage.message_id)
            .join(Gap, Gap.id == GapMessage.gap_id)
            .where(Gap.last_at >= since, Message.text != "")
            .order_by(GapMessage.at.desc(), GapMessage.message_id.desc())
            .limit(KNOWN_BY_NEWEST)
        )
        async with self._database.read() as session:
            found = [(gap_id, message) for gap_id, message in await session.execute(query)]
        return await asyncio.to_thread(_make_kinds, reversed(found))

    async def _sort(self, session: AsyncSession, kinds: Kinds[UUID]) -> bool:
        query = (
            select(GapMessage, Message)
            .join(Message, Message.id == GapMessage.message_id)
            .where(GapMessage.gap_id.is_(None))
            .order_by(GapMessage.at, GapMessage.message_id)
            .limit(BATCH)
        )
        found = (await session.execute(query)).all()
        for noted, message in found:
            question = question_of(message)
            if question is None:
                await session.execute(delete(GapMessage).where(GapMessage.message_id == message.id))
                continue
            gap_id = kinds.find(question)
            gap = (
                await session.get(Gap, gap_id, with_for_update=True, populate_existing=True)
                if gap_id
                else None
            )
            if gap is None:
                gap = Gap(
                    id=new_id(),
                    language=question.language,
                    state=GapState.OPEN,
                    created_at=noted.at,
                    last_at=noted.at,
                )
                session.add(gap)
                await session.flush()
            elif is_open_again(gap, message.at):
                gap.state, gap.reopened_at = GapState.OPEN, noted.at
            gap.last_at = max(gap.last_at, noted.at)
            kinds.add(gap.id, question)
            await session.execute(
                update(GapMessage).where(GapMessage.message_id == message.id).values(gap_id=gap.id)
            )
        return bool(found)


def question_of(message: Message) -> Question | None:
    """A message as it is compared; None of what asks for nothing that could be answered."""
    if message.author != Author.CUSTOMER or message.kind not in (Kind.TEXT, Kind.EDIT):
        return None
    terms = terms_of(message.text)
    if not terms:
        return None
    near = nearest([(message.facts.get("intent", ""), message.facts.get("confidence", 0.0))])
    return Question(
        language="en" if message.facts.get("language") == "en" else "zh",
        terms=terms,
        near=near[0].entry if near else None,
    )


def is_open_again(gap: Gap, at: datetime) -> bool:
    """Whether a message of then that was served badly opens a gap again: what was believed to be answered was not."""
    return gap.state == GapState.DONE and gap.ended == Ended.ANSWERED and at > (gap.ended_at or at)


def _make_kinds(found: Iterable[tuple[UUID | None, Message]]) -> Kinds[UUID]:
    kinds: Kinds[UUID] = Kinds()
    for gap_id, message in found:
        question = question_of(message)
        if gap_id is not None and question is not None:
            kinds.add(gap_id, question)
    return kinds
