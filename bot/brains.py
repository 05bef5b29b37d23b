"""Brains: made of a version of the knowledge base, and exchanged when another version goes live."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

import structlog
from prometheus_client import Counter, Gauge

from bot.decisions import Policy
from bot.turn import Brain
from core.database import UNAVAILABLE, Database
from core.errors import NotAllowed, NotFound
from core.wakeups import KNOWLEDGE, Wakeups
from core.workers import work_forever
from nlu.knowledge.entries import KnowledgeBase
from nlu.knowledge.live import read_knowledge_of
from nlu.knowledge.publishing import Trainer
from nlu.knowledge.versions import Mark, find_live, find_model
from nlu.understanding import Interpreter

log = structlog.get_logger(__name__)

POLL = 0.1  # seconds between looks: also a command, which wakes nobody here, is to be live at once

VERSION = Gauge("shouwen_knowledge_version", "The version of the knowledge base that this process uses.")
NOT_LOADED = Counter("shouwen_knowledge_not_loaded", "Versions that went live and could not be loaded here.")


class Engine(Trainer, Protocol):
    """Understands messages: trains models and loads them."""

    def load(self, model: bytes, knowledge: KnowledgeBase) -> Interpreter:
        """From the bytes that training on this knowledge base gave. Called in a thread."""
        ...

    def close(self) -> None:
        """Give up what is under way beside the messages; nothing is loaded or understood after it."""
        ...


@dataclass(frozen=True, kw_only=True)
class Loaded:
    """What is live, as this process has it."""

    mark: Mark
    brain: Brain


class Brains:
    """Makes brains of versions."""

    def __init__(self, database: Database, engine: Engine, *, policy: Policy) -> None:
        self._database = database
        self._engine = engine
        self._policy = policy

    async def load_live(self) -> Loaded:
        """The brain of the live version. Raises `NotAllowed` before the first one."""
        async with self._database.read() as session:
            mark = await find_live(session)
        if mark is None:
            raise NotAllowed("no version of the knowledge base is live. Run: shouwen kb publish")
        return Loaded(mark=mark, brain=await self.load(mark.version))

    async def load(self, number: int) -> Brain:
        """The brain of a version. Raises `NotFound`, and whatever an engine raises on a model that it cannot use."""
        knowledge = await read_knowledge_of(self._database, number)
        async with self._database.read() as session:
            model = await find_model(session, number)
        if model is None:
            raise NotFound("model of version", number)
        # In a thread: turns go on meanwhile.
        interpreter = await asyncio.to_thread(self._engine.load, model, knowledge)
        return Brain(interpreter=interpreter, knowledge=knowledge, policy=self._policy, version=number)


class Follower:
    """Has this process take each version that goes live.

    `seen` is what it has already. A version that `take` cannot use is told and left: the one before goes on.
    """

    def __init__(
        self, database: Database, take: Callable[[Mark], Awaitable[None]], *, seen: Mark | None = None
    ) -> None:
        self._database = database
        self._take = take
        self._seen = seen
        if seen is not None:
            _tell(seen)

    async def run(self, wakeups: Wakeups) -> None:
        """Look for ever."""
        await work_forever("knowledge", self.step, wakeups=wakeups, topic=KNOWLEDGE, poll=POLL)

    async def step(self) -> bool:
        """Look once; False, since nothing is left to do then."""
        async with self._database.read() as session:
            mark = await find_live(session)
        if mark is None or mark == self._seen:
            return False
        try:
            await self._take(mark)
        except UNAVAILABLE:  # the database is away: the version is not at fault
            raise
        except Exception:
            NOT_LOADED.inc()
            log.exception("knowledge.not_loaded", version=mark.version, consequence="the one before goes on")
        else:
            _tell(mark)
        self._seen = mark
        return False


def _tell(mark: Mark) -> None:
    VERSION.set(mark.version)
    log.info("knowledge.live", version=mark.version)
