"""What the draft and the live version make of a question: models that are loaded, and trained where they must be."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

import structlog

from console.knowledge.shelf import Contents
from core.database import Database
from core.tasks import end_tasks
from nlu.embedded.explain import Explanation
from nlu.knowledge.entries import KnowledgeBase
from nlu.knowledge.publishing import learned_of
from nlu.knowledge.remembering import Remembering
from nlu.knowledge.versions import Mark, find_model, get_version
from nlu.understanding import Guess, Interpreter, Understanding, Urgency

log = structlog.get_logger(__name__)

BATCH = 64  # texts that are understood at a time

Load = Callable[[bytes, KnowledgeBase], Interpreter]
# Why a text is understood as it is; None of an engine that cannot tell.
Explain = Callable[[Interpreter, KnowledgeBase, str], Explanation | None]


@dataclass(frozen=True, kw_only=True)
class Mind:
    """A knowledge base that is understood with."""

    knowledge: KnowledgeBase
    interpreter: Interpreter
    figures: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What would be done with a text that comes alone: `answered` is None where no entry is sure enough.

    `person` names the signal that gets a person whatever the entry is, if there is one.
    """

    text: str
    answered: str | None
    likeliest: str
    confidence: float
    needed: float
    others: Sequence[Guess]
    person: str | None


class Minds:
    """Keeps the live version's and the draft's, each as long as it is that.

    `answer_at` is the confidence from which every entry is answered, where the shop has set one.
    """

    def __init__(
        self,
        database: Database,
        trainer: Remembering,
        load: Load,
        explain: Explain,
        *,
        answer_at: float | None = None,
    ) -> None:
        self._database = database
        self._trainer = trainer
        self._load = load
        self._explain = explain
        self._answer_at = answer_at
        self._live: tuple[Mark, asyncio.Task[Mind | None]] | None = None
        self._draft: tuple[str, asyncio.Task[Mind]] | None = None
        # One thread: pages that ask at the same time take turns, and the rest of the process has its own.
        self._thinking = ThreadPoolExecutor(1, thread_name_prefix="console-understanding")

    async def live(self, contents: Contents) -> Mind | None:
        """The live version's; None where there is none, or no model of it that this engine can load."""
        if contents.live is None:
            return None
        if self._live is None or self._live[0] != contents.live:
            self._live = (contents.live, asyncio.create_task(self._load_live(contents, contents.live)))
        return await asyncio.shield(self._live[1])

    def draft(self, contents: Contents, mark: str) -> asyncio.Task[Mind]:
        """The draft's, which has the fingerprint `mark`: done, or being learned. What failed is tried again when asked again."""
        if self._draft is None or self._draft[0] != mark:
            self._draft = (mark, asyncio.create_task(self._learn(contents)))
        task = self._draft[1]
        if task.done() and (task.cancelled() or task.exception() is not None):
            self._draft = None
        return task

    async def judge(self, mind: Mind, texts: Sequence[str], entries: Mapping[str, object]) -> list[Verdict]:
        """What it would do with each text. Only `entries` are answered: those of today."""
        loop, found = asyncio.get_running_loop(), list[Understanding]()
        for start in range(0, len(texts), BATCH):
            batch = texts[start : start + BATCH]
            found += await loop.run_in_executor(self._thinking, mind.interpreter.understand, batch)
        return [self._judge(each, entries) for each in found]

    async def explain(self, mind: Mind, text: str) -> Explanation | None:
        """Why it takes the text for what it does."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(
            self._thinking, self._explain, mind.interpreter, mind.knowledge, text
        )

    async def close(self) -> None:
        """Wait for nothing."""
        tasks = [kept[1] for kept in (self._live, self._draft) if kept is not None]
        await end_tasks(*tasks)
        self._thinking.shutdown(wait=False, cancel_futures=True)

    def _judge(self, found: Understanding, entries: Mapping[str, object]) -> Verdict:
        needed = found.answer_at if self._answer_at is None else self._answer_at
        person = None
        if found.urgency is Urgency.EMERGENCY:
            person = "emergency"
        elif found.wants_human.decision:
            person = "wants_human"
        elif found.complaint.decision:
            person = "complaint"
        sure = found.confidence >= needed and found.intent in entries and person is None
        return Verdict(
            text=found.text,
            answered=found.intent if sure else None,
            likeliest=found.intent,
            confidence=found.confidence,
            needed=needed,
            others=found.alternatives,
            person=person,
        )

    async def _load_live(self, contents: Contents, mark: Mark) -> Mind | None:
        if mark.key != self._trainer.key:
            return None
        async with self._database.read() as session:
            model = await find_model(session, mark.version)
            figures = (await get_version(session, mark.version)).figures
        if model is None:
            return None
        try:
            interpreter = await asyncio.to_thread(self._load, model, contents.published)
        except Exception:  # a model that is of no use: the worker trains it again, or says so
            log.warning("console.live_not_loaded", version=mark.version, exc_info=True)
            return None
        return Mind(knowledge=contents.published, interpreter=interpreter, figures=figures)

    async def _learn(self, contents: Contents) -> Mind:
        live = await self.live(contents)
        if live is not None and learned_of(contents.published) == learned_of(contents.draft):
            return replace(live, knowledge=contents.draft)
        trained = await asyncio.to_thread(self._trainer.train, contents.draft)
        interpreter = await asyncio.to_thread(self._load, trained.model, contents.draft)
        return Mind(knowledge=contents.draft, interpreter=interpreter, figures=trained.figures)
