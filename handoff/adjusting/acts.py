"""Changing the desk's settings in the console: every change is read as config.yml is, and stands in the audit log."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from core.audit import note_act
from core.clock import Clock, utc_now
from core.database import Database, table_of
from core.errors import NotAllowed
from core.wakeups import DESK, SETTINGS, Wakeups
from handoff.adjusting.changes import SettingChange, laid_over, lock_changes, newest_of, read_changes
from handoff.adjusting.layers import Base, Changes, Laid, Misfit, find_value, fit
from handoff.life import OPEN_STATES
from handoff.tickets import Ticket


class Overtaken(NotAllowed):
    """Somebody else has saved one of the places since the form was shown."""


@dataclass(frozen=True, kw_only=True)
class Standing:
    """What is in force, and where each part of it comes from."""

    base: Base
    file: Laid  # what config.yml alone comes to
    laid: Laid
    rows: Mapping[str, SettingChange]

    def value(self, place: str) -> Any:
        """What is in force at a place; of a change that was left out, what was wanted is not."""
        return self.laid.value(place)

    def change(self, place: str) -> SettingChange | None:
        """The change that lies there, if one does."""
        row = self.rows.get(place)
        return row if row is not None and row.is_laid else None

    def is_said(self, place: str) -> bool:
        """Whether config.yml says something there."""
        return find_value(self.base.said, place) is not None

    def is_as(self, place: str, value: Any, laid: Laid) -> bool:
        """Whether a value at a place would mean what is there in a layer."""
        there = laid.value(place)
        meant = find_value(self.base.shipped, place) if value is None else value
        if place.startswith("exceptions."):  # that has no hours is closed, and none is as every day
            return bool(there == meant)
        return bool((_pruned(there) or None) == (_pruned(meant) or None))

    def seen(self, places: Sequence[str]) -> int:
        """The newest version of these places, for a form that shows them."""
        return newest_of({place: self.rows[place] for place in places if place in self.rows})


class Adjusting:
    """Reads and changes the desk's settings."""

    def __init__(self, database: Database, wakeups: Wakeups, base: Base, *, clock: Clock = utc_now) -> None:
        self.database = database
        self.clock = clock
        self._wakeups = wakeups
        self._base = base

    async def read(self) -> Standing:
        """How it stands by now."""
        async with self.database.read() as session:
            return self._stand(await read_changes(session))

    async def save(self, wanted: Changes, *, seen: int | None, who: str) -> list[str]:
        """Have these places hold these values; returns those that changed. What config.yml says anyway is not laid over it.

        `seen` is what `Standing.seen` said when the form was shown; None to save whatever others did.
        A change that is left out stays so, unless another value is wanted there.
        Raises `Misfit` for what does not fit, `Overtaken` when somebody was faster.
        """
        return await self._save(wanted, seen=seen, who=who, gives_back=False)

    async def give_back(self, places: Sequence[str], *, who: str) -> list[str]:
        """Have config.yml say again what holds there. Raises `Misfit` when that does not fit what else was changed."""
        standing = await self.read()
        wanted = {place: standing.file.value(place) for place in places if standing.change(place)}
        return await self._save(wanted, seen=None, who=who, gives_back=True)

    async def _save(self, wanted: Changes, *, seen: int | None, who: str, gives_back: bool) -> list[str]:
        async with self.database.write() as session:
            standing = self._stand(await lock_changes(session))
            if seen is not None and standing.seen(list(wanted)) > seen:
                raise Overtaken("somebody else has saved this meanwhile")
            left_out = {place for place, _ in standing.laid.left_out}
            as_in_file = {
                place for place, value in wanted.items() if standing.is_as(place, value, standing.file)
            }
            changed = {
                place: value
                for place, value in wanted.items()
                if not standing.is_as(place, value, standing.laid)
                or (standing.change(place) and place in as_in_file and (gives_back or place not in left_out))
            }
            if changed:
                kept = {
                    place: value
                    for place, value in laid_over(standing.rows).items()
                    if place not in left_out and place not in changed
                }
                over = {place: value for place, value in changed.items() if place not in as_in_file}
                laid = self._base.lay({**kept, **over})
                await _check_removed(session, standing.laid, laid)
                await self._write(session, standing, changed, over, laid, who=who)
        if changed:
            self._wakeups.publish(SETTINGS)
            self._wakeups.publish(DESK)
        return list(changed)

    def _stand(self, rows: Mapping[str, SettingChange]) -> Standing:
        laid = fit(self._base, laid_over(rows))
        return Standing(base=self._base, file=self._base.lay({}), laid=laid, rows=rows)

    async def _write(
        self,
        session: AsyncSession,
        standing: Standing,
        changed: Changes,
        over: Changes,
        laid: Laid,
        *,
        who: str,
    ) -> None:
        now, version = self.clock(), newest_of(standing.rows) + 1
        table = table_of(SettingChange)
        make = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
        for place in changed:
            row = {"value": {"is": over.get(place)}, "is_laid": place in over, "version": version}
            row |= {"by": who, "at": now}
            statement = make(table).values(place=place, **row)
            await session.execute(statement.on_conflict_do_update(index_elements=["place"], set_=row))
            await note_act(
                session,
                who=who,
                what="settings.change" if place in over else "settings.back",
                object=f"desk.{place}",
                now=now,
                before=_as_noted(standing.value(place)),
                after=_as_noted(laid.value(place)),
            )


def _pruned(value: Any) -> Any:
    """Without what is empty in a block of keys: it may as well be left out."""
    if not isinstance(value, Mapping):
        return value
    kept = {key: _pruned(each) for key, each in value.items()}
    return {key: each for key, each in kept.items() if each not in (None, [], {})}


def _as_noted(value: Any) -> dict[str, Any]:
    """For the audit log, which shows blocks key by key."""
    if isinstance(value, Mapping):
        return dict(_pruned(value))
    return {} if value is None else {"value": value}


async def _check_removed(session: AsyncSession, before: Laid, after: Laid) -> None:
    """A queue that people still wait in stays."""
    gone = before.settings.queues.keys() - after.settings.queues.keys()
    counts = await count_open(session) if gone else {}
    for queue in gone:
        if count := counts.get(queue, 0):
            told = f"{count} open tickets are in it. Resolve them, or transfer them to another queue, and remove it then"
            raise Misfit(f"queues.{queue}", told, code="in_use", values={"count": str(count)})


async def count_open(session: AsyncSession) -> dict[str, int]:
    """Tickets that somebody works on, or has to, by queue."""
    query = select(Ticket.queue, func.count()).where(Ticket.state.in_(OPEN_STATES)).group_by(Ticket.queue)
    return {queue: count for queue, count in await session.execute(query)}
