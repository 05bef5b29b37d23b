"""Customers, and the identities by which channels know them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, UniqueConstraint, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base


class Customer(Base):
    """A person who writes to us."""

    __tablename__ = "customers"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str | None] = mapped_column(index=True)
    tier: Mapped[str | None] = mapped_column(index=True)
    created_at: Mapped[datetime]


class Identity(Base):
    """How one channel knows a customer."""

    __tablename__ = "identities"
    __table_args__ = (UniqueConstraint("channel", "external_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    customer_id: Mapped[UUID] = mapped_column(ForeignKey("customers.id"), index=True)
    channel: Mapped[str]
    external_id: Mapped[str] = mapped_column(index=True)


async def lock_customer(session: AsyncSession, customer_id: UUID) -> Customer | None:
    """The customer, locked until the transaction ends, for what may happen once on all channels together.

    Conversations are locked first. None: was erased at this very moment.
    """
    query = select(Customer).where(Customer.id == customer_id).with_for_update(key_share=True)
    return await session.scalar(query.execution_options(populate_existing=True))
