"""When another version goes live, gaps that it answers are done: their messages are asked again."""

from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from uuid import UUID

import orjson
import structlog
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from core.audit import note_act
from core.clock import Clock, utc_now
from core.conversations import Message
from core.cursors import find_cursor, lock_cursor, set_cursor
from core.database import Database
from core.locks import exclusive
from handoff.gaps.sorting import CURSOR as SORTING
from handoff.gaps.sorting import REMEMBERED
from handoff.gaps.tables import Ended, Gap, GapMessage, GapState

log = structlog.get_logger(__name__)

CURSOR = "gaps:asked"  # which going live was asked, and the last gap; or "done"
LOCK = "gaps"
GAPS = 10  # of one batch
ASKED = 20  # messages of a gap, the newest
MOSTLY = 0.8  # of them must be answered

# The entry that each text is answered with now; None where it is not answered.
Ask = Callable[[Sequence[str]], Awaitable[Sequence[str | None]]]


def choose_answer(answers: Sequence[tuple[str | None, str | None]], *, entry: str | None) -> str | None:
    """The entry that answers these messages now, as far as one answers most of them rightly. Pure.

    Of each message: what it is answered with now, and what was no help then. The same again is an answer only if
    somebody has worked on that `entry` for the gap.
    """
    rightly = Counter(now for now, then in answers if now is not None and (now != then or now == entry))
    for found, count in sorted(rightly.items(), key=lambda each: (-each[1], each[0]))[:1]:
        if count >= MOSTLY * len(answers):
            return found
    return None


class Closer:
    """Asks again, in batches: any number of processes may, one at a time does."""

    def __init__(self, database: Database, *, clock: Clock = utc_now) -> None:
        self._database = database
        self._clock = clock

    async def follow(self, position: int, version: int, ask: Ask) -> None:
        """Ask the messages of all open gaps, unless that is done for this going live (`position`) or a later one."""
        while await self._step(position, version, ask):
            pass

    async def _step(self, position: int, version: int, ask: Ask) -> bool:
        async with exclusive(self._database, LOCK):
            async with self._database.read() as session:
                kept = await find_cursor(session, CURSOR)
                last, after = orjson.loads(kept) if kept else (0, None)
                if last > position or (last == position and after == "done"):
                    return False
                query = select(Gap).where(
                    Gap.state == GapState.OPEN, Gap.last_at >= self._clock() - REMEMBERED
                )
                if last == position and after is not None:
                    query = query.where(Gap.id > UUID(after))
                gaps = list(await session.scalars(query.order_by(Gap.id).limit(GAPS)))
                messages = {gap.id: await _read_newest(session, gap.id) for gap in gaps}
            texts = list(dict.fromkeys(text for said in messages.values() for text, _ in said))
            answered = dict(zip(texts, await ask(texts), strict=True)) if texts else {}
            async with self._database.write() as session:
                await lock_cursor(session, SORTING, first="")  # one changes several gaps at a time
                for gap in gaps:
                    said = [(answered[text], then) for text, then in messages[gap.id]]
                    found = choose_answer(said, entry=gap.entry) if said else None
                    if found is not None:
                        await self._close(session, gap.id, found, version)
                place = str(gaps[-1].id) if len(gaps) == GAPS else "done"
                await set_cursor(session, CURSOR, orjson.dumps([position, place]).decode())
        return place != "done"

    async def _close(self, session: AsyncSession, gap_id: UUID, entry: str, version: int) -> None:
        gap = await session.get(Gap, gap_id, with_for_update=True)
        if gap is None or gap.state != GapState.OPEN:
            return
        gap.state, gap.ended, gap.ended_at = GapState.DONE, Ended.ANSWERED, self._clock()
        gap.entry, gap.version = entry, version
        after = {"entry": entry, "version": version}
        await note_act(
            session, who="shouwen", what="gap.answered", object=str(gap_id), after=after, now=self._clock()
        )


async def _read_newest(session: AsyncSession, gap_id: UUID) -> list[tuple[str, str | None]]:
    query = (
        select(Message.text, GapMessage.answered)
        .join(GapMessage, GapMessage.message_id == Message.id)
        .where(GapMessage.gap_id == gap_id, Message.text != "")
        .order_by(GapMessage.at.desc(), GapMessage.message_id.desc())
        .limit(ASKED)
    )
    return [(text, then) for text, then in await session.execute(query)]
