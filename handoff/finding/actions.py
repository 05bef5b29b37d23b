"""The register of corrective actions: a filter, its address, and what it finds. Read-only."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from urllib.parse import urlencode
from uuid import UUID

from sqlalchemy import ColumnElement, func, literal, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from handoff.complaints.action_life import ActionState
from handoff.complaints.corrective_actions import CorrectiveAction
from handoff.complaints.views import ActionLine, read_actions
from handoff.finding.addresses import (
    Mistake,
    Pair,
    any_of,
    day,
    flag,
    ids,
    order_days,
    read_parts,
    words,
    write_parts,
)
from handoff.finding.conditions import Asker, fixed
from handoff.finding.filters import BESIDE
from handoff.finding.keyset import Page, Place, Run, read_page
from handoff.finding.reads import COUNTED, EXPORTED, PAGE
from handoff.settings import DeskSettings
from handoff.tickets import Ticket


class ActionIs(StrEnum):
    """How it stands with a corrective action; open ones that are late are called so."""

    LATE = "late"
    OPEN = "open"
    DONE = "done"
    VERIFIED = "verified"


@dataclass(frozen=True, kw_only=True)
class ActionFilter:
    """All that is said has to be true of an action; where several values of one thing are, one of them."""

    states: tuple[ActionIs, ...] = ()
    owners: tuple[UUID, ...] = ()
    queues: tuple[str, ...] = ()  # of its ticket
    due_from: date | None = None  # the last day on which it is in time
    due_to: date | None = None
    is_mine: bool = False  # of who looks

    @property
    def pairs(self) -> list[Pair]:
        """Its address, as `read_action_filter` reads it."""
        return write_parts(PARTS, {each.name: getattr(self, each.name) for each in fields(self)})

    @property
    def query(self) -> str:
        """The same in one text."""
        return urlencode(self.pairs)


PARTS = {
    "states": any_of("state", ActionIs),
    "owners": ids("owner"),
    "queues": words("queue", is_many=True),
    "due_from": day("due_from"),
    "due_to": day("due_to"),
    "is_mine": flag("mine"),
}


def read_action_filter(pairs: Iterable[Pair]) -> tuple[ActionFilter, Sequence[Mistake]]:
    """The filter of an address, and what in it counts for nothing."""
    said, mistakes = read_parts(PARTS, pairs, beside=BESIDE)
    order_days(said, PARTS, "due_from", "due_to", mistakes)
    return ActionFilter(**said), mistakes


@dataclass(frozen=True, kw_only=True)
class FoundActions:
    """A page of the register, and of how many: as `handoff.finding.reads.Found`."""

    lines: Sequence[ActionLine]
    earlier: Place | None
    later: Place | None
    number: int


async def find_actions(
    session: AsyncSession,
    wanted: ActionFilter,
    asker: Asker,
    *,
    settings: DeskSettings,
    place: Place | None = None,
    back: bool = False,
    size: int = PAGE,
) -> FoundActions:
    """One page: what is open by its date, late ones first; then what is to be verified; then what was, the last first."""
    chosen = _conditions(wanted, asker)
    page = await read_page(session, _runs(chosen), place=place, back=back, size=size)
    is_all = page.earlier is None and page.later is None
    number = len(page.ids) if is_all else await _count(session, chosen)
    lines = await read_actions(session, page.ids, settings=settings)
    return FoundActions(lines=lines, earlier=page.earlier, later=page.later, number=number)


async def export_actions(
    session: AsyncSession, wanted: ActionFilter, asker: Asker, *, settings: DeskSettings
) -> Sequence[ActionLine]:
    """All of them, the first `EXPORTED` and one more."""
    page: Page = await read_page(session, _runs(_conditions(wanted, asker)), size=EXPORTED + 1)
    return await read_actions(session, page.ids, settings=settings)


def _runs(chosen: Sequence[ColumnElement[bool]]) -> list[Run]:
    def run(state: ActionState, column: object, *, falls: bool) -> Run:
        rows = (
            select(CorrectiveAction.id, column)  # type: ignore[call-overload]
            .join(Ticket, Ticket.id == CorrectiveAction.ticket_id)
            .where(CorrectiveAction.state == literal(state, literal_execute=True), *chosen)
        )
        return Run(rows=rows, id=CorrectiveAction.id, at=column, falls=falls)  # type: ignore[arg-type]

    return [
        run(ActionState.OPEN, CorrectiveAction.due_at, falls=False),
        run(ActionState.DONE, CorrectiveAction.due_at, falls=False),
        run(ActionState.VERIFIED, CorrectiveAction.verified_at, falls=True),
    ]


def _conditions(wanted: ActionFilter, asker: Asker) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.states:
        found.append(or_(*(_is(each, asker.now) for each in wanted.states)))
    if wanted.owners:
        found.append(CorrectiveAction.owner_id.in_(wanted.owners))
    if wanted.is_mine:
        found.append(CorrectiveAction.owner_id == asker.agent_id)
    if wanted.queues:
        found.append(Ticket.queue.in_(wanted.queues))
    # What is due on a day is late when the next one begins.
    if wanted.due_from is not None:
        found.append(CorrectiveAction.due_at > datetime.combine(wanted.due_from, time.min, asker.zone))
    if wanted.due_to is not None:
        last = datetime.combine(wanted.due_to + timedelta(days=1), time.min, asker.zone)
        found.append(CorrectiveAction.due_at <= last)
    return found


def _is(state: ActionIs, now: datetime) -> ColumnElement[bool]:
    is_open = CorrectiveAction.state.in_(fixed([ActionState.OPEN]))
    match state:
        case ActionIs.LATE:
            return is_open & (CorrectiveAction.due_at <= now)
        case ActionIs.OPEN:
            return is_open & (CorrectiveAction.due_at > now)
        case _:
            return CorrectiveAction.state.in_(fixed([state]))


async def _count(session: AsyncSession, chosen: Sequence[ColumnElement[bool]]) -> int:
    some = (
        select(literal(1))
        .select_from(CorrectiveAction)
        .join(Ticket, Ticket.id == CorrectiveAction.ticket_id)
        .where(*chosen)
        .limit(COUNTED + 1)
        .subquery()
    )
    return await session.scalar(select(func.count()).select_from(some)) or 0
