"""The settings as they are by now in this process: read at its start, and exchanged as a whole when somebody changes them."""

import structlog

from core.database import Database
from core.wakeups import SETTINGS, Wakeups
from core.workers import work_forever
from handoff.adjusting.changes import find_newest, laid_over, newest_of, read_changes
from handoff.adjusting.layers import Base, Laid, fit
from handoff.settings import DeskSettings

log = structlog.get_logger(__name__)

POLL = 1.0  # seconds between looks: a lost wake-up, or a change by a command, is to be in force soon


class LiveSettings:
    """What is in force; see `handoff.settings.SettingsInForce`. `load()` first, and `run()` keeps it so."""

    def __init__(self, database: Database, base: Base) -> None:
        self._database = database
        self._base = base
        self._seen = 0
        self._laid: Laid = base.lay({})

    @property
    def now(self) -> DeskSettings:
        """What is in force."""
        return self._laid.settings

    async def load(self) -> None:
        """Read what was changed. What does not fit config.yml any more is left out, and told."""
        async with self._database.read() as session:
            rows = await read_changes(session)
        laid = fit(self._base, laid_over(rows))
        self._laid, self._seen = laid, newest_of(rows)
        for place, misfit in laid.left_out:
            mend = "open /console/settings: change it there, or go back to what config.yml says"
            log.warning("settings.left_out", place=f"desk.{place}", problem=str(misfit), mend=mend)

    async def step(self) -> bool:
        """Look once; False, since nothing is left to do then."""
        async with self._database.read() as session:
            newest = await find_newest(session)
        if newest != self._seen:
            await self.load()
            log.info("settings.changed", version=self._seen)
        return False

    async def run(self, wakeups: Wakeups) -> None:
        """Look for ever."""
        await work_forever("settings", self.step, wakeups=wakeups, topic=SETTINGS, poll=POLL)
