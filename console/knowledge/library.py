"""What the knowledge base's pages share: what they read from, how they are worded, and how an edit is refused."""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import structlog
from fastapi import Request
from fastapi.responses import Response

from console.knowledge.faults import Check
from console.knowledge.minds import Minds
from console.knowledge.shelf import Contents, Shelf
from console.pages import page, texts_for
from core.clock import Clock
from core.database import Database
from core.languages import ReplyLanguage
from handoff.agents import Agent, Role
from handoff.guard import Guard
from handoff.reporting.figures import Period
from handoff.reporting.uses import Use, read_uses
from handoff.wording.reader import to_moment
from nlu.knowledge.publishing import Publisher

log = structlog.get_logger(__name__)

HOME = "/console/knowledge"
DAYS = 30  # over which uses are counted
USES_KEPT = 60.0  # seconds: the counts of a month need not be of this second
EDITS = Role.SUPERVISOR  # who may edit the draft
PUBLISHES = Role.ADMIN


@dataclass(kw_only=True)
class Library:
    """`titles` are the queues' names; `configured` are the files at bot.knowledge; telephone numbers are `region`'s.

    With `second_pair` nobody publishes what they have edited last.
    """

    database: Database
    shelf: Shelf
    minds: Minds
    publisher: Publisher
    check: Check
    guard: Guard  # the language guard as it is shipped, without what the shop has changed
    titles: Mapping[str, Mapping[ReplyLanguage, str]]
    zone: ZoneInfo
    region: str
    configured: Path
    second_pair: bool
    clock: Clock
    _uses: tuple[float, Mapping[str, Use]] | None = None
    _background: set[asyncio.Task[None]] = field(default_factory=set)

    @property
    def today(self) -> date:
        """In the shop's time zone."""
        return self.clock().astimezone(self.zone).date()

    @property
    def lately(self) -> Period:
        """The days over which uses are counted."""
        return Period(start=self.today - timedelta(days=DAYS), end=self.today)

    def when(self, at: datetime) -> str:
        """A moment in the shop's time zone."""
        return to_moment(at, self.zone)

    async def uses(self) -> Mapping[str, Use]:
        """How entries were used lately; at most a minute old."""
        now = time.monotonic()
        if self._uses is None or now - self._uses[0] > USES_KEPT:
            async with self.database.read() as session:
                self._uses = (now, await read_uses(session, self.lately))
        return self._uses[1]

    def get_ready(self) -> None:
        """Something is being edited, or about to be published: beside the answer, prepare for it."""
        task = asyncio.create_task(self._get_ready())
        self._background.add(task)
        task.add_done_callback(self._background.discard)

    async def _get_ready(self) -> None:
        try:
            await asyncio.to_thread(self.publisher.get_ready)
        except OSError as error:  # no process more can be started now: publishing will say so
            log.warning("knowledge.not_ready", error=str(error))

    async def mark(self, contents: Contents) -> str:
        """The draft's fingerprint, worked out aside."""
        return await asyncio.to_thread(lambda: contents.fingerprint)

    def page(
        self,
        request: Request,
        agent: Agent,
        contents: Contents,
        template: str,
        context: Mapping[str, object],
        *,
        tab: str,
        status: int = 200,
        here: str | None = None,
    ) -> Response:
        """A page of the knowledge base; `tab` is the part that it belongs to."""
        texts = texts_for(request)
        whole = {
            "agent": agent,
            "home": HOME,
            "tab": tab,
            "may_edit": Role(agent.role).is_at_least(EDITS),
            "may_publish": Role(agent.role).is_at_least(PUBLISHES),
            "changed": contents.is_changed,
            "live_version": contents.live.version if contents.live else None,
            "name_of": lambda entry_id: contents.title(entry_id, texts.language),
            "when": self.when,
            "days": DAYS,
            "error": "",
        }
        return page(request, template, whole | dict(context), status=status, here=here)
