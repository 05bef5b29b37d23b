"""Publishing: from the draft to a version that is live, and back to an older one.

Training goes on aside, under a lock that lets one process publish at a time; everything that it changes is
committed together at its end.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from core.audit import note_act
from core.clock import Clock, utc_now
from core.database import Database
from core.errors import NotAllowed, ShouwenError
from core.locks import exclusive
from core.wakeups import KNOWLEDGE, Wakeups
from nlu.knowledge.check import Finding, Severity, describe
from nlu.knowledge.documents import fingerprint, from_data
from nlu.knowledge.drafts import (
    Files,
    find_draft,
    find_seen,
    is_edited,
    lock_draft,
    look_at_files,
    note_files,
    replace_draft,
)
from nlu.knowledge.entries import KnowledgeBase
from nlu.knowledge.files import read_knowledge
from nlu.knowledge.versions import (
    Mark,
    add_version,
    find_key,
    find_live,
    find_model,
    get_version,
    make_live,
    store_model,
)

log = structlog.get_logger(__name__)

LOCK = "publishing"
START = "start"  # who publishes at the start of a process


class Training(Protocol):
    """What an engine made of a knowledge base: one self-contained model, and what was measured."""

    @property
    def model(self) -> bytes: ...

    @property
    def figures(self) -> Mapping[str, Any]: ...


class Trainer(Protocol):
    """The part of an engine that trains; it is called in a thread. Raises `ShouwenError`."""

    @property
    def key(self) -> str:
        """Changes when the same knowledge would make another model."""
        ...

    def get_ready(self) -> None:
        """A training is likely to come: prepare for it, beside what goes on. It costs little if none comes."""
        ...

    def train(self, knowledge: KnowledgeBase) -> Training: ...


@dataclass(frozen=True, kw_only=True)
class _Learned:
    """A training that was made before, for the same entries."""

    model: bytes
    figures: Mapping[str, Any]


class Mistakes(ShouwenError):
    """The knowledge base is not published as it is; `findings` say what to mend."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        super().__init__(f"not published: there is something to mend first.\n{describe(findings)}")
        self.findings = tuple(findings)


class Outdated(NotAllowed):
    """The draft is not any more what was to be published."""


@dataclass(frozen=True, kw_only=True)
class Published:
    """The version that is live now; not a new one where there was nothing to publish."""

    number: int
    is_new: bool


class Publisher:
    """Makes versions, and makes them live. `check` says what is wrong with a knowledge base; it runs in a thread.

    `on_wait` is called when another process is publishing: this one goes on after it. By default it is logged.
    """

    def __init__(
        self,
        database: Database,
        wakeups: Wakeups,
        trainer: Trainer,
        *,
        check: Callable[[KnowledgeBase], Sequence[Finding]],
        on_wait: Callable[[], None] | None = None,
        clock: Clock = utc_now,
    ) -> None:
        self._database = database
        self._wakeups = wakeups
        self._trainer = trainer
        self._check = check
        self._on_wait = on_wait or _log_waiting
        self._clock = clock

    def get_ready(self) -> None:
        """The draft is being edited: prepare for its being published. It costs little if it never is."""
        self._trainer.get_ready()

    async def publish(self, *, by: str, note: str = "", only: str | None = None) -> Published:
        """Train the draft, and make it live as a new version; nothing where it is live already.

        With `only` it must have this fingerprint: who publishes has looked at what they publish.

        Raises `NotAllowed` without a draft, `Outdated`, `Mistakes`, and what the trainer raises; then all is as it was.
        """
        if only is None:  # else it was prepared while it was looked at
            self.get_ready()  # beside what is looked at before
        async with exclusive(self._database, LOCK, on_wait=self._on_wait):
            async with self._database.write() as session:
                await lock_draft(session)
                draft = await find_draft(session)
            if draft is None:
                raise NotAllowed("there is no knowledge base in the database. Run: shouwen kb import FILE")
            if only is not None and fingerprint(draft) != only:
                raise Outdated("the draft was changed meanwhile. Look at it again, then publish")
            return await self._publish(draft, by=by, note=note)

    async def roll_back(self, number: int, *, by: str, note: str = "") -> None:
        """Make an older version live again. The draft stays as it is.

        Raises `NotFound`, `NotAllowed` where it is live already, and what the trainer raises.
        """
        async with exclusive(self._database, LOCK, on_wait=self._on_wait):
            async with self._database.read() as session:
                live = await find_live(session)
                version = await get_version(session, number)
                key = await find_key(session, number)
            if live is not None and live.version == number:
                raise NotAllowed(f"version {number} is live already")
            trained = None if key == self._trainer.key else await self._train(from_data(version.snapshot))
            async with self._database.write() as session:
                await lock_draft(session)
                if trained is not None:
                    await self._store(session, number, trained)
                await make_live(session, number, by=by, note=note, now=self._clock())
                await self._note(session, "rollback", number, before=live.version if live else None, by=by)
        self._announce(number)

    async def prepare(self, path: Path, *, take_changes: bool) -> None:
        """At the start of a process: see that a version is live, and that our engine has a model of it.

        Into an empty database the files at `path` are taken, as version 1. With `take_changes` they are taken
        again when they have changed since, and nobody has edited the draft otherwise: who keeps files just
        restarts. Raises `ShouwenError` where that leaves nothing to work with.
        """
        if await self._is_prepared(path):
            return
        async with exclusive(self._database, LOCK, on_wait=self._on_wait):
            async with self._database.read() as session:
                live = await find_live(session)
                draft = await find_draft(session) if live is None else None
            if live is None and draft is not None:  # imported before the first start
                await self._publish(draft, by=START, note="")
            elif live is None:
                files = await asyncio.to_thread(look_at_files, path)
                knowledge = await asyncio.to_thread(read_knowledge, path)
                await self._publish(knowledge, by=START, note=str(path), files=files)
            else:
                await self._take_changed(path, live, take_changes=take_changes)
                await self._train_again()

    async def renew(self) -> None:
        """Train the live version again: its model turned out to be of no use."""
        async with exclusive(self._database, LOCK, on_wait=self._on_wait):
            await self._train_again(always=True)

    async def _is_prepared(self, path: Path) -> bool:
        """Without the lock: so it is at nearly every start."""
        async with self._database.read() as session:
            live = await find_live(session)
            seen = await find_seen(session)
        if live is None or live.key != self._trainer.key:
            return False
        try:
            return (await asyncio.to_thread(look_at_files, path)).digest == seen
        except ShouwenError:
            return False

    async def _take_changed(self, path: Path, live: Mark, *, take_changes: bool) -> None:
        """Take the files if they have changed. Whatever is wrong with them, what is live stays live."""
        try:
            files = await asyncio.to_thread(look_at_files, path)
            async with self._database.write() as session:
                seen = await lock_draft(session)
                if files.digest == seen.files:
                    return
                draft = await find_draft(session)
            knowledge = await asyncio.to_thread(read_knowledge, path)
            origin = fingerprint(knowledge)
            known = (seen.origin, fingerprint(draft) if draft else None)
            if origin in known:  # only written differently, or written by `kb export`
                async with self._database.write() as session:
                    await lock_draft(session)
                    await note_files(session, files, origin)
            elif draft is not None and is_edited(draft, seen.origin):
                log.warning(
                    "knowledge.both_changed",
                    files=str(path),
                    consequence="the files are not taken: the database goes before them",
                    mend=f"take the files with: shouwen kb import {path} --publish; "
                    "or keep what the database has with: shouwen kb export FILE",
                )
            elif not take_changes:
                log.warning(
                    "knowledge.files_changed",
                    files=str(path),
                    consequence=f"version {live.version} is used",
                    mend=f"shouwen kb import {path} --publish, or restart the workers",
                )
            else:
                await self._publish(knowledge, by=START, note=str(path), files=files)
        except ShouwenError as error:
            log.error(
                "knowledge.files_not_taken",
                error=str(error),
                consequence=f"version {live.version} stays live",
            )

    async def _publish(
        self, knowledge: KnowledgeBase, *, by: str, note: str, files: Files | None = None
    ) -> Published:
        """With `files` the knowledge comes from them, and takes the place of the draft in the same transaction."""
        findings = await asyncio.to_thread(self._check, knowledge)
        if mistakes := [each for each in findings if each.severity is Severity.MISTAKE]:
            raise Mistakes(mistakes)
        async with self._database.read() as session:
            live = await find_live(session)
            version = await get_version(session, live.version) if live else None
        if version is not None and version.fingerprint == fingerprint(knowledge):
            if files is not None:
                async with self._database.write() as session:
                    await self._replace_draft(session, knowledge, files)
            return Published(number=version.number, is_new=False)
        trained = await self._find_training(live, knowledge) or await self._train(knowledge)
        now = self._clock()
        async with self._database.write() as session:
            await lock_draft(session)
            if files is not None:
                await self._replace_draft(session, knowledge, files)
            number = await add_version(session, knowledge, by=by, note=note, now=now)
            await self._store(session, number, trained)
            await make_live(session, number, by=by, note=note, now=now)
            await self._note(session, "publish", number, before=live.version if live else None, by=by)
        self._announce(number)
        return Published(number=number, is_new=True)

    async def _note(
        self, session: AsyncSession, what: str, number: int, *, before: int | None, by: str
    ) -> None:
        await note_act(
            session,
            who=by,
            what=f"knowledge.{what}",
            object=f"v{number}",
            before={"live": before},
            after={"live": number},
            now=self._clock(),
        )

    async def _replace_draft(self, session: AsyncSession, knowledge: KnowledgeBase, files: Files) -> None:
        seen = await lock_draft(session)
        draft = await find_draft(session)
        if draft is not None and is_edited(draft, seen.origin):
            raise NotAllowed("the draft was edited while the files were being taken: they were left")
        await replace_draft(session, knowledge)
        await note_files(session, files, fingerprint(knowledge))

    async def _train_again(self, *, always: bool = False) -> None:
        """Where the live version has a model of another engine, or of other settings."""
        async with self._database.read() as session:
            live = await find_live(session)
            if live is None or (live.key == self._trainer.key and not always):
                return
            version = await get_version(session, live.version)
        trained = await self._train(from_data(version.snapshot))
        async with self._database.write() as session:
            await lock_draft(session)
            await self._store(session, version.number, trained)
        self._announce(version.number)

    async def _find_training(self, live: Mark | None, knowledge: KnowledgeBase) -> Training | None:
        """What was learned for the live version, if only what nobody learns has changed since."""
        if live is None or live.key != self._trainer.key:
            return None
        async with self._database.read() as session:
            version, model = (
                await get_version(session, live.version),
                await find_model(session, live.version),
            )
        before = await asyncio.to_thread(from_data, version.snapshot)
        if model is None or learned_of(before) != learned_of(knowledge):
            return None
        return _Learned(model=model, figures=version.figures)

    async def _train(self, knowledge: KnowledgeBase) -> Training:
        log.info("knowledge.training", entries=len(knowledge.entries))
        return await asyncio.to_thread(self._trainer.train, knowledge)

    async def _store(self, session: AsyncSession, number: int, trained: Training) -> None:
        await store_model(
            session,
            number,
            key=self._trainer.key,
            data=trained.model,
            figures=dict(trained.figures),
            now=self._clock(),
        )

    def _announce(self, number: int) -> None:
        log.info("knowledge.published", version=number)
        self._wakeups.publish(KNOWLEDGE)


def learned_of(knowledge: KnowledgeBase) -> KnowledgeBase:
    """What an engine learns of it: without what is only for agents."""
    return replace(knowledge, replies={}, banned={})


def _log_waiting() -> None:
    log.info("knowledge.waiting", reason="another process is publishing")
