"""The worker's loop: claim conversations with unhandled messages, handle them in one transaction, tell who waits."""

from datetime import timedelta
from uuid import UUID

import structlog
from prometheus_client import Histogram

from bot.claims import Claims, put_off
from bot.turn import Brain, Turn, TurnSettings
from core.clock import Clock, utc_now
from core.database import UNAVAILABLE, Database
from core.wakeups import DESK, Wakeups

log = structlog.get_logger(__name__)

BATCH = 128  # conversations of one transaction
RETRY = timedelta(seconds=2)  # until a message whose turn failed is tried again

TURN_SECONDS = Histogram("shouwen_turn_seconds", "Time of one turn (a batch of conversations).")


class Turns:
    """Handles what customers sent. `step()` is one turn, for `core.workers.work_forever`.

    `brain` may be exchanged at any time: a turn uses the one with which it began to its end.
    A batch that fails is handled again conversation by conversation, so that one message that breaks the bot
    holds up nobody else; after `bot.hearing.MAX_ATTEMPTS` it goes to people.
    """

    def __init__(
        self,
        database: Database,
        wakeups: Wakeups,
        *,
        brain: Brain,
        settings: TurnSettings,
        clock: Clock = utc_now,
    ) -> None:
        self.brain = brain
        self._database = database
        self._wakeups = wakeups
        self._settings = settings
        self._clock = clock
        self._claims = Claims(database)
        self._careful = 0  # turns of a single conversation still to go, after a batch has failed
        self._claimed: UUID | None = None  # the first conversation of the turn under way

    async def step(self) -> bool:
        """Handle up to a batch of conversations; False when nothing more is known to wait."""
        careful = self._careful > 0
        self._careful = max(self._careful - 1, 0)
        self._claimed = None
        try:
            with TURN_SECONDS.time():
                return await self._turn(1 if careful else BATCH)
        except UNAVAILABLE:
            raise
        except Exception:
            if self._claimed is None:
                raise
            if careful:
                log.exception("turn.failed", conversation=str(self._claimed))
                async with self._database.write() as session:
                    await put_off(session, self._claimed, until=self._clock() + RETRY)
            else:
                log.warning("turn.batch_failed", exc_info=True, consequence="one by one")
                self._careful = BATCH
            return True

    async def _turn(self, limit: int) -> bool:
        now = self._clock()
        async with self._database.write() as session:
            claimed = await self._claims.claim(session, now=now, limit=limit)
            if not claimed.cases:
                return claimed.more
            self._claimed = claimed.cases[0].conversation.id
            turn = Turn(session, self.brain, self._settings, now=now)
            await turn.handle(claimed.cases)
        turn.posting.announce(self._wakeups)
        if turn.concerns_desk:
            self._wakeups.publish(DESK)
        return claimed.more
