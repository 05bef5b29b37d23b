"""What says that two customers are one: the same number or address, or, weaker, the same name on two channels."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Self
from uuid import UUID

from sqlalchemy import ColumnElement, func, or_, select, union
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from core.customers import Customer, Identity
from core.database import table_of
from core.errors import BadInput
from core.messages import Spoken
from handoff.contacts.reach import read_reach
from handoff.persons.records import CustomerMerge, CustomerReach, MergeState, find_family

NEAR = timedelta(days=7)  # between two who first came under one name
SHORTEST = 2  # characters of a name that says anything
MOST = 200  # suggestions, from which on no more are looked for


class Kind(StrEnum):
    """What two have in common."""

    REACH = "reach"
    NAME = "name"


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """One thing that they have in common."""

    kind: Kind
    value: str

    def to_data(self) -> dict[str, str]:
        return {"kind": self.kind, "value": self.value}

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Self:
        return cls(kind=Kind(data["kind"]), value=data["value"])


@dataclass(frozen=True, kw_only=True)
class Suggested:
    """Two who may be one; the first came first."""

    one_id: UUID
    other_id: UUID
    evidence: Sequence[Evidence]


async def keep_reaches(
    session: AsyncSession, customer_id: UUID, collected: Mapping[str, str], *, region: str, now: datetime
) -> None:
    """Remember the numbers and addresses among what a customer has given."""
    reaches = {reach for text in collected.values() if (reach := _read(text, region))}
    if not reaches:
        return
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    rows = [{"customer_id": customer_id, "reach": reach, "at": now} for reach in sorted(reaches)]
    given = insert(table_of(CustomerReach))
    again = {"at": given.excluded.at}  # kept from then on: see `handoff.privacy.retention`
    statement = given.on_conflict_do_update(index_elements=["customer_id", "reach"], set_=again)
    await session.execute(statement, rows)


def _read(text: str, region: str) -> str | None:
    try:
        return read_reach(text, region=region)
    except BadInput:
        return None


async def find_evidence(session: AsyncSession, one: Customer, other: Customer) -> list[Evidence]:
    """What these two have in common."""
    mine, theirs = await _reaches(session, [one.id]), await _reaches(session, [other.id])
    found = [Evidence(kind=Kind.REACH, value=each) for each in sorted(mine & theirs)]
    if _is_name(one.name) and one.name == other.name:
        found.append(Evidence(kind=Kind.NAME, value=one.name or ""))
    return found


async def suggest_for(
    session: AsyncSession, customer: Customer, *, family: Collection[UUID] | None = None
) -> list[Suggested]:
    """Who may be the same person as this customer, who was not merged into another; the strongest first.

    Who looks at all of their `family` anyway gives it.
    """
    family = set(family or await find_family(session, [customer.id]))
    reaches = await _reaches(session, [customer.id])
    found: dict[UUID, list[Evidence]] = {}
    if reaches:
        by_identity = select(Identity.customer_id, Identity.external_id).where(
            Identity.external_id.in_(reaches)
        )
        by_reach = select(CustomerReach.customer_id, CustomerReach.reach).where(
            CustomerReach.reach.in_(reaches)
        )
        for customer_id, reach in await session.execute(union(by_identity, by_reach)):
            found.setdefault(customer_id, []).append(Evidence(kind=Kind.REACH, value=reach))
    if _is_name(customer.name):
        for customer_id in await _namesakes(session, customer):
            found.setdefault(customer_id, []).append(Evidence(kind=Kind.NAME, value=customer.name or ""))
    if not found.keys() - family:
        return []
    settled = await _settled(session, family)
    gone = set(
        await session.scalars(
            select(CustomerMerge.merged_id).where(
                CustomerMerge.merged_id.in_(found), CustomerMerge.state == MergeState.MERGED
            )
        )
    )
    return [
        Suggested(one_id=min(customer.id, each), other_id=max(customer.id, each), evidence=evidence)
        for each, evidence in sorted(found.items(), key=lambda item: (item[1][0].kind != Kind.REACH, item[0]))
        if each not in family | settled | gone
    ]


async def suggest_all(session: AsyncSession) -> list[Suggested]:
    """Pairs who share a number or an address, anywhere. Names alone are only looked at where somebody looks."""
    known = select(Identity.external_id.label("reach"), Identity.customer_id).where(_is_reach())
    given = select(CustomerReach.reach, CustomerReach.customer_id)
    every = union(known, given).subquery()
    shared = select(every.c.reach).group_by(every.c.reach).having(func.count() > 1)
    query = (
        select(every.c.reach, every.c.customer_id)
        .where(every.c.reach.in_(shared))
        .order_by(every.c.reach, every.c.customer_id)
    )
    kept = await _read_kept(session)
    two = {frozenset(kept.get(each, each) for each in pair) for pair in await _read_dismissed(session)}
    pairs: dict[tuple[UUID, UUID], list[Evidence]] = {}
    sharing: dict[str, set[UUID]] = {}
    for reach, customer_id in await session.execute(query):
        if len(pairs) >= MOST:
            break
        person, people = kept.get(customer_id, customer_id), sharing.setdefault(reach, set())
        for other in sorted(people - {person}):
            pair = (min(person, other), max(person, other))
            if frozenset(pair) not in two:
                pairs.setdefault(pair, []).append(Evidence(kind=Kind.REACH, value=reach))
        people.add(person)
    return [
        Suggested(one_id=one, other_id=other, evidence=found)
        for (one, other), found in list(pairs.items())[:MOST]
    ]


async def _reaches(session: AsyncSession, ids: Collection[UUID]) -> set[str]:
    known = select(Identity.external_id).where(Identity.customer_id.in_(ids), _is_reach())
    given = select(CustomerReach.reach).where(CustomerReach.customer_id.in_(ids))
    return set(await session.scalars(union(known, given)))


def _is_reach() -> ColumnElement[bool]:
    """That an identity is a number or an address: on channels on which nobody delivers, people are known by these."""
    written = or_(Identity.external_id.startswith("+"), Identity.external_id.contains("@"))
    return Identity.channel.in_(list(Spoken)) & written


def _is_name(name: str | None) -> bool:
    return name is not None and len(name.strip()) >= SHORTEST


async def _namesakes(session: AsyncSession, customer: Customer) -> list[UUID]:
    """Who first came under this name at about the same time, on another channel."""
    channels = select(Identity.channel).where(Identity.customer_id == customer.id)
    query = (
        select(Customer.id)
        .where(
            Customer.name == customer.name,
            Customer.id != customer.id,
            Customer.created_at.between(customer.created_at - NEAR, customer.created_at + NEAR),
            select(Identity.id)
            .where(Identity.customer_id == Customer.id, Identity.channel.not_in(channels))
            .exists(),
        )
        .limit(MOST)
    )
    return list(await session.scalars(query))


async def _settled(session: AsyncSession, family: Collection[UUID]) -> set[UUID]:
    """Of whom somebody has said that they are not one of these, with all who are one with them."""
    concerned = or_(CustomerMerge.kept_id.in_(family), CustomerMerge.merged_id.in_(family))
    return await find_family(
        session, {each for pair in await _read_dismissed(session, concerned) for each in pair}
    )


async def _read_dismissed(
    session: AsyncSession, *conditions: ColumnElement[bool]
) -> Sequence[tuple[UUID, UUID]]:
    query = select(CustomerMerge.kept_id, CustomerMerge.merged_id).where(
        CustomerMerge.state == MergeState.DISMISSED, *conditions
    )
    return [(one, other) for one, other in await session.execute(query)]


async def _read_kept(session: AsyncSession) -> Mapping[UUID, UUID]:
    """Of everybody who was merged into somebody, who they are now."""
    query = select(CustomerMerge.merged_id, CustomerMerge.kept_id).where(
        CustomerMerge.state == MergeState.MERGED
    )
    into = {merged: kept for merged, kept in await session.execute(query)}
    found = {}
    for merged, kept in into.items():
        while kept in into:
            kept = into[kept]
        found[merged] = kept
    return found
