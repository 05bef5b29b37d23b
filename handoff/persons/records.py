"""What is kept of persons beside their tickets: notes, ways to reach them, and which customers turned out to be one."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, or_, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from core.customers import Customer
from core.database import Base

_IS_MERGED = text("state = 'merged'")


class CustomerNote(Base):
    """What an agent has written down about a customer, for colleagues."""

    __tablename__ = "customer_notes"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    customer_id: Mapped[UUID] = mapped_column(ForeignKey("customers.id"), index=True)
    agent_id: Mapped[UUID] = mapped_column(ForeignKey("agents.id"))
    text: Mapped[str]
    at: Mapped[datetime]


class CustomerReach(Base):
    """A number or an address that a customer has given to the bot, always written the same: see `handoff.contacts.reach`."""

    __tablename__ = "customer_reaches"

    customer_id: Mapped[UUID] = mapped_column(ForeignKey("customers.id"), primary_key=True)
    reach: Mapped[str] = mapped_column(primary_key=True, index=True)
    at: Mapped[datetime]


class MergeState(StrEnum):
    """What became of two customers who looked like one."""

    MERGED = "merged"
    UNDONE = "undone"
    DISMISSED = "dismissed"  # they are two


class CustomerMerge(Base):
    """Two customers of whom somebody has said that they are one, or two.

    `moved` holds what undoing takes: the keys of the rows that were moved, by table, and what stood where.
    """

    __tablename__ = "customer_merges"
    __table_args__ = (
        # Nobody is merged into two.
        Index(
            "uq_customer_merges_merged",
            "merged_id",
            unique=True,
            postgresql_where=_IS_MERGED,
            sqlite_where=_IS_MERGED,
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    kept_id: Mapped[UUID] = mapped_column(ForeignKey("customers.id"), index=True)
    merged_id: Mapped[UUID] = mapped_column(ForeignKey("customers.id"), index=True)
    state: Mapped[str]
    evidence: Mapped[list[Any]] = mapped_column(default=list)
    moved: Mapped[dict[str, Any]] = mapped_column(default=dict)
    by_id: Mapped[UUID] = mapped_column(ForeignKey("agents.id"))
    at: Mapped[datetime]
    undone_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("agents.id"))
    undone_at: Mapped[datetime | None]


async def find_kept(session: AsyncSession, customer_id: UUID) -> UUID:
    """Whom this customer was merged into, and they into whom; the customer themselves if into nobody."""
    while True:
        query = select(CustomerMerge.kept_id).where(
            CustomerMerge.merged_id == customer_id, CustomerMerge.state == MergeState.MERGED
        )
        kept = await session.scalar(query)
        if kept is None:
            return customer_id
        customer_id = kept


async def read_all_names(
    session: AsyncSession, customer_ids: Collection[UUID]
) -> Mapping[UUID, Collection[str]]:
    """By customer all that they are called, and that those were who were merged into them."""
    person = {each: each for each in customer_ids}
    found: Collection[UUID] = person.keys()
    while found:
        merges = await session.execute(
            select(CustomerMerge.merged_id, CustomerMerge.kept_id).where(
                CustomerMerge.kept_id.in_(found), CustomerMerge.state == MergeState.MERGED
            )
        )
        merged = {merged_id: person[kept_id] for merged_id, kept_id in merges}
        found = merged.keys() - person.keys()
        person |= merged
    names: dict[UUID, set[str]] = defaultdict(set)
    query = select(Customer.id, Customer.name).where(Customer.id.in_(person), Customer.name.is_not(None))
    for customer_id, name in await session.execute(query):
        names[person[customer_id]].add(name or "")
    return names


async def find_family(session: AsyncSession, customer_ids: Collection[UUID]) -> set[UUID]:
    """These customers, and all who are one person with any of them."""
    family = set(customer_ids)
    while family:
        query = select(CustomerMerge.kept_id, CustomerMerge.merged_id).where(
            CustomerMerge.state == MergeState.MERGED,
            or_(CustomerMerge.kept_id.in_(family), CustomerMerge.merged_id.in_(family)),
        )
        found = {each for row in await session.execute(query) for each in row}
        if found <= family:
            break
        family |= found
    return family
