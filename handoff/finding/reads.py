"""Finds tickets by a filter, page by page: what lists show of them. Read-only."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, exists, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from handoff.deadlines import Deadline
from handoff.finding.conditions import Asker, fixed, read_conditions
from handoff.finding.filters import Sort, TicketFilter
from handoff.finding.keyset import Page, Place, Run, read_page
from handoff.lists import NOT_OURS, TicketLine, list_lines
from handoff.tickets import Ticket

PAGE = 50  # tickets
COUNTED = 2_000  # further nobody counts
EXPORTED = 5_000  # tickets of a file
_BATCH = 500


@dataclass(frozen=True, slots=True)
class FoundTicket:
    """A ticket that was found."""

    line: TicketLine
    first_owner_id: UUID | None
    topic: str | None
    tier: str | None
    category: str | None
    stage: str | None
    episode: int
    said_at: datetime
    resolved_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class Found:
    """A page of tickets, and of how many: `COUNTED` + 1 are more than were counted."""

    tickets: Sequence[FoundTicket]
    earlier: Place | None
    later: Place | None
    number: int


async def find_tickets(
    session: AsyncSession,
    wanted: TicketFilter,
    asker: Asker,
    *,
    place: Place | None = None,
    back: bool = False,
) -> Found:
    """One page: that after a place, or with `back` the one before it."""
    chosen = await read_conditions(session, wanted, asker)
    page = await read_page(session, _runs(wanted.sort, chosen), place=place, back=back, size=PAGE)
    is_all = page.earlier is None and page.later is None
    number = len(page.ids) if is_all else await session.scalar(_count(chosen, COUNTED))
    return Found(
        tickets=await read_found(session, page.ids),
        earlier=page.earlier,
        later=page.later,
        number=number or 0,
    )


async def count_each(
    session: AsyncSession, filters: Sequence[TicketFilter], asker: Asker, *, most: int
) -> Sequence[int]:
    """How many each of some filters finds; one more than `most` for all that are more."""
    if not filters:
        return []
    counts = [_count(await read_conditions(session, each, asker), most) for each in filters]
    row = (await session.execute(select(*(each.scalar_subquery() for each in counts)))).one()
    return [int(number) for number in row]


async def export_tickets(
    session: AsyncSession, wanted: TicketFilter, asker: Asker
) -> AsyncIterator[Sequence[FoundTicket]]:
    """All of them in batches, the first `EXPORTED` and one more."""
    runs = _runs(wanted.sort, await read_conditions(session, wanted, asker))
    place, left = None, EXPORTED + 1
    while left > 0:
        page: Page = await read_page(session, runs, place=place, size=min(_BATCH, left))
        yield await read_found(session, page.ids)
        left -= len(page.ids)
        if (place := page.later) is None:
            return


async def read_found(session: AsyncSession, ids: Sequence[UUID]) -> list[FoundTicket]:
    """What lists say of tickets, in the order of `ids`."""
    if not ids:
        return []
    lines = await list_lines(session, ids)
    rows = await session.execute(select(*_MORE).where(Ticket.id.in_(ids)))
    more: dict[UUID, Sequence[Any]] = {row[0]: row[1:] for row in rows}
    return [FoundTicket(line, *more[line.id]) for line in lines if line.id in more]


_MORE = (
    Ticket.id,
    Ticket.first_owner_id,
    Ticket.topic,
    Ticket.tier,
    Ticket.category,
    Ticket.stage,
    Ticket.episode,
    Ticket.said_at,
    Ticket.resolved_at,
)


def _count(chosen: Sequence[ColumnElement[bool]], most: int) -> Select[int]:
    some = select(Ticket.id).where(*chosen).limit(most + 1).subquery()
    return select(func.count()).select_from(some)


def _runs(sort: Sort, chosen: Sequence[ColumnElement[bool]]) -> list[Run]:
    match sort:
        case Sort.OLDEST:
            return [_by(Ticket.opened_at, chosen, falls=False)]
        case Sort.SAID:
            return [_by(Ticket.said_at, chosen, falls=True)]
        case Sort.DUE:
            runs = (
                Deadline.ended_at.is_(None),
                Deadline.due_at.is_not(None),
                Deadline.promise.not_in(fixed(NOT_OURS)),
            )
            due = func.min(Deadline.due_at).label("at")
            first = select(Deadline.ticket_id, due).where(*runs).group_by(Deadline.ticket_id).subquery().c
            rows = select(Ticket.id, first.at).join(first.ticket_id.table, first.ticket_id == Ticket.id)
            has_none = ~exists().where(Deadline.ticket_id == Ticket.id, *runs)
            return [
                Run(rows=rows.where(*chosen), id=Ticket.id, at=first.at, falls=False),
                _by(Ticket.opened_at, [*chosen, has_none], falls=True),
            ]
        case Sort.NEWEST:
            return [_by(Ticket.opened_at, chosen, falls=True)]


def _by(column: Any, chosen: Sequence[ColumnElement[bool]], *, falls: bool) -> Run:
    return Run(rows=select(Ticket.id, column).where(*chosen), id=Ticket.id, at=column, falls=falls)
