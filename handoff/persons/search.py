"""Finding customers among a hundred thousand: by what they are called, known by, reached at, tagged with, or came with."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from core.customers import Customer, Identity
from core.errors import BadInput
from handoff.contacts.reach import read_reach
from handoff.life import OPEN_STATES
from handoff.numbers import parse_number
from handoff.persons.records import CustomerReach
from handoff.privacy.erasure import GONE
from handoff.tags import CustomerTag, key_of
from handoff.tickets import Ticket

PAGE = 50  # customers
MAX_SEARCH = 200  # characters


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What is looked for; `text` is a name, a tag, an identity, a number, an address or a ticket."""

    text: str = ""
    tag: str = ""
    tier: str = ""


@dataclass(frozen=True, kw_only=True)
class CustomerLine:
    """A customer in the list."""

    id: UUID
    name: str | None
    tier: str | None
    created_at: datetime
    identities: Sequence[tuple[str, str]]
    tags: Sequence[str]
    tickets: int
    open_tickets: int


async def find_customers(
    session: AsyncSession, wanted: Wanted, *, region: str, page: int = 1, size: int = PAGE
) -> tuple[Sequence[CustomerLine], bool]:
    """One page, the newest first, and whether there is another. Telephone numbers are read as `region`'s.

    Found is whoever is known to a channel: not who was merged into another, whose identities are theirs now, nor who was
    erased.
    """
    is_known = (
        select(Identity.id)
        .where(Identity.customer_id == Customer.id, Identity.external_id.not_like(f"{GONE}%"))
        .exists()
    )
    query = (
        select(Customer.id, Customer.name, Customer.tier, Customer.created_at)
        .where(is_known)
        .order_by(Customer.id.desc())  # ids sort by the time they were made
        .offset((page - 1) * size)
        .limit(size + 1)
    )
    if text := " ".join(wanted.text.split())[:MAX_SEARCH]:
        query = query.where(_matches(text, region))
    if tag := wanted.tag.strip():
        query = query.where(_has_tag(tag))
    if wanted.tier:
        query = query.where(Customer.tier == wanted.tier)
    rows = (await session.execute(query)).all()
    return await _fill(session, rows[:size]), len(rows) > size


def matching(text: str, region: str) -> Select[UUID]:
    """The ids of whom a text may mean: their name, a tag, an identity, a number or an address."""
    return select(Customer.id).where(_matches(text, region))


def _matches(text: str, region: str) -> ColumnElement[bool]:
    if number := parse_number(text):
        return Customer.id.in_(select(Ticket.customer_id).where(Ticket.number == number))
    if (whole := _uuid(text)) is not None:
        return Customer.id == whole
    channel, colon, external_id = text.partition(":")
    found: list[ColumnElement[bool]] = [
        Customer.name.icontains(text, autoescape=True),
        _has_tag(text),
        Customer.id.in_(select(Identity.customer_id).where(Identity.external_id == text)),
    ]
    if colon:
        known_as = select(Identity.customer_id).where(
            Identity.channel == channel, Identity.external_id == external_id.strip()
        )
        found.append(Customer.id.in_(known_as))
    if reach := _reach(text, region):
        given = select(CustomerReach.customer_id).where(CustomerReach.reach == reach)
        known = select(Identity.customer_id).where(Identity.external_id == reach)
        found += [Customer.id.in_(given), Customer.id.in_(known)]
    return or_(*found)


def _has_tag(tag: str) -> ColumnElement[bool]:
    return Customer.id.in_(select(CustomerTag.customer_id).where(CustomerTag.key == key_of(tag)))


def _reach(text: str, region: str) -> str | None:
    try:
        return read_reach(text, region=region)
    except BadInput:
        return None


def _uuid(text: str) -> UUID | None:
    try:
        return uuid.UUID(text) if len(text) >= 32 else None
    except ValueError:
        return None


async def _fill(session: AsyncSession, rows: Sequence[object]) -> Sequence[CustomerLine]:
    found = [row._mapping for row in rows]  # type: ignore[attr-defined]
    ids = [row["id"] for row in found]
    identities: dict[UUID, list[tuple[str, str]]] = {}
    known = select(Identity).where(Identity.customer_id.in_(ids)).order_by(Identity.id)
    for each in await session.scalars(known):
        identities.setdefault(each.customer_id, []).append((each.channel, each.external_id))
    tags: dict[UUID, list[str]] = {}
    given = (
        select(CustomerTag).where(CustomerTag.customer_id.in_(ids)).order_by(CustomerTag.at, CustomerTag.key)
    )
    for tag in await session.scalars(given):
        tags.setdefault(tag.customer_id, []).append(tag.tag)
    open_ones = func.count().filter(Ticket.state.in_(OPEN_STATES))
    counted = (
        select(Ticket.customer_id, func.count(), open_ones)
        .where(Ticket.customer_id.in_(ids))
        .group_by(Ticket.customer_id)
    )
    counts = {row[0]: (row[1], row[2]) for row in await session.execute(counted)}
    return [
        CustomerLine(
            **row,
            identities=identities.get(row["id"], []),
            tags=tags.get(row["id"], []),
            tickets=counts.get(row["id"], (0, 0))[0],
            open_tickets=counts.get(row["id"], (0, 0))[1],
        )
        for row in found
    ]
