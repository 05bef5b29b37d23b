"""Dates of customers on which they may be visited: what the shop tells of them, their consent, and their opt-out."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import ForeignKey, Index, UniqueConstraint, exists, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from core.customers import lock_customer
from core.database import Base
from core.errors import BadInput, NotAllowed, NotFound
from core.ids import new_id
from handoff.aftercare.occasions import DateKind

FIRST_YEAR = 1900  # what is earlier is a slip of the pen


class CustomerDate(Base):
    """One date of a customer. Without consent, or after an opt-out, it leads to nothing."""

    __tablename__ = "customer_dates"
    __table_args__ = (
        UniqueConstraint("customer_id", "kind"),
        Index("ix_customer_dates_kind_day", "kind", "day"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    customer_id: Mapped[UUID] = mapped_column(ForeignKey("customers.id"))
    kind: Mapped[str]
    day: Mapped[date | None]  # None: was taken away again
    consent_at: Mapped[datetime | None]
    opted_out_at: Mapped[datetime | None]  # on all of a customer's, and for good


async def set_dates(
    session: AsyncSession,
    customer_id: UUID,
    days: Mapping[DateKind, date | None],
    *,
    consents: bool,
    now: datetime,
) -> None:
    """Keep these dates; None takes one away, and what is not named stays. `consents` is to being written to.

    Raises `BadInput`, and `NotAllowed` for a customer who has opted out: nobody consents in their place.
    """
    for kind, day in days.items():
        _check_day(kind, day, now.date())
    if await lock_customer(session, customer_id) is None:
        raise NotFound("customer", customer_id)
    if consents and await has_opted_out(session, customer_id):
        raise NotAllowed(
            "this customer does not want care messages; send the dates without consent, or not at all"
        )
    query = select(CustomerDate).where(CustomerDate.customer_id == customer_id)
    known = {row.kind: row for row in await session.scalars(query.execution_options(populate_existing=True))}
    for kind, day in days.items():
        if kind not in known:
            known[kind] = CustomerDate(id=new_id(), customer_id=customer_id, kind=kind)
            session.add(known[kind])
        known[kind].day = day
    for row in known.values():
        row.consent_at = (row.consent_at or now) if consents else None
    await session.flush()


def _check_day(kind: DateKind, day: date | None, today: date) -> None:
    if day is None:
        return
    if day.year < FIRST_YEAR:
        raise BadInput(kind, f"{day} is before {FIRST_YEAR}; write the year in four digits")
    if kind is not DateKind.RENEWAL and day > today + timedelta(
        days=1
    ):  # it may be tomorrow already elsewhere
        raise BadInput(kind, f"{day} has not come yet; give a day that has")


async def opt_out(session: AsyncSession, customer_id: UUID, *, now: datetime) -> None:
    """The customer wants no care messages any more, of whatever kind. Said again, the last time counts."""
    await lock_customer(session, customer_id)
    await session.execute(
        update(CustomerDate)
        .where(CustomerDate.customer_id == customer_id)
        .values(opted_out_at=now, consent_at=None)
    )


async def has_opted_out(session: AsyncSession, customer_id: UUID) -> bool:
    """Whether the customer has ever opted out."""
    query = select(
        exists().where(CustomerDate.customer_id == customer_id, CustomerDate.opted_out_at.is_not(None))
    )
    return bool(await session.scalar(query))


async def has_dates(session: AsyncSession, customer_id: UUID) -> bool:
    """Whether the customer could be visited, or could have been before they opted out."""
    query = select(exists().where(CustomerDate.customer_id == customer_id))
    return bool(await session.scalar(query))
