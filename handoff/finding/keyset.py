"""Pages of long lists by where the last one ended: turning the thousandth page costs as much as the first.

A list may consist of parts, each in an order of its own, one after the other.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, SQLColumnExpression, Uuid, literal, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from core.database import UtcDateTime

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_PLACE = re.compile(r"([0-9])\.([0-9]{1,18})\.([0-9a-f]{32})")


@dataclass(frozen=True, kw_only=True)
class Place:
    """A row of a list: in which part, by what it is sorted there, and which."""

    part: int
    at: datetime
    id: UUID

    @property
    def text(self) -> str:
        """As an address has it, and `read_place` reads it."""
        return f"{self.part}.{(self.at - _EPOCH) // timedelta(microseconds=1)}.{self.id.hex}"


def read_place(text: str) -> Place | None:
    """The place of an address; None where it is none."""
    found = _PLACE.fullmatch(text)
    if found is None:
        return None
    try:
        at = _EPOCH + timedelta(microseconds=int(found[2]))
    except OverflowError:
        return None
    return Place(part=int(found[1]), at=at, id=UUID(found[3]))


@dataclass(frozen=True, kw_only=True)
class Run:
    """One part of a list: `rows` selects `id` and `at`, and is in the order of `at`, then of `id`."""

    rows: Select[Any]
    id: SQLColumnExpression[UUID]
    at: SQLColumnExpression[Any]
    falls: bool  # the latest first

    def read(self, place: Place | None, *, back: bool, size: int) -> Select[Any]:
        """The rows after a place, or before it and then backwards."""
        falls = self.falls is not back
        rows = self.rows
        if place is not None:
            key, value = tuple_(self.at, self.id), _values(place)
            rows = rows.where(key < value if falls else key > value)
        order: list[ColumnElement[Any]] = (
            [self.at.desc(), self.id.desc()] if falls else [self.at.asc(), self.id.asc()]
        )
        return rows.order_by(*order).limit(size)


@dataclass(frozen=True, kw_only=True)
class Page:
    """The ids of a page; `earlier` and `later` are the places to go on from, where there is more."""

    ids: Sequence[UUID]
    earlier: Place | None
    later: Place | None


async def read_page(
    session: AsyncSession, runs: Sequence[Run], *, place: Place | None = None, back: bool = False, size: int
) -> Page:
    """The rows after a place, or with `back` those before it; without one the first."""
    if place is not None and place.part >= len(runs):
        place = None
    back = back and place is not None
    numbers = (
        range(place.part if place else 0, -1, -1) if back else range(place.part if place else 0, len(runs))
    )
    found: list[Place] = []
    for number in numbers:
        here = place if place and number == place.part else None
        query = runs[number].read(here, back=back, size=size + 1 - len(found))
        found += [Place(part=number, id=row[0], at=row[1]) for row in await session.execute(query)]
        if len(found) > size:
            break
    has_more, found = len(found) > size, found[:size]
    if back:
        found.reverse()
    has_earlier, has_later = (has_more, True) if back else (place is not None, has_more)
    return Page(
        ids=[each.id for each in found],
        earlier=found[0] if found and has_earlier else None,
        later=found[-1] if found and has_later else None,
    )


def _values(place: Place) -> ColumnElement[Any]:
    return tuple_(literal(place.at, UtcDateTime()), literal(place.id, Uuid()))
