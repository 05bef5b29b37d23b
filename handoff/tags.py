"""Tags of customers: what colleagues should know of somebody at a glance, in a few words of their own."""

import re
import unicodedata
from collections.abc import Collection, Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, delete, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base
from core.messages import storable
from handoff.refusals import Objection, Unfit

MAX_TAG = 30  # characters
MAX_TAGS = 20  # of a customer
BETWEEN = re.compile(r"[,，、;；\n]")


class CustomerTag(Base):
    """A tag as it was written; `key` tells it from others."""

    __tablename__ = "customer_tags"

    customer_id: Mapped[UUID] = mapped_column(ForeignKey("customers.id"), primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True, index=True)
    tag: Mapped[str]
    added_by_id: Mapped[UUID] = mapped_column(ForeignKey("agents.id"))
    at: Mapped[datetime]


def read_tags(text: str) -> list[str]:
    """The tags of a line, with commas between them, each once. Raises `BadInput`."""
    tags: dict[str, str] = {}
    for part in BETWEEN.split(storable(text)):
        tag = " ".join(part.split())
        if len(tag) > MAX_TAG:
            raise Unfit("tags", Objection.LONG_TAG, most=MAX_TAG)
        if any(each.isprintable() and each != " " for each in tag):
            tags.setdefault(key_of(tag), tag)
    return list(tags.values())


def key_of(tag: str) -> str:
    """The same for tags that differ in case or width only."""
    return unicodedata.normalize("NFKC", tag).casefold()


async def list_tags(session: AsyncSession, customer_id: UUID) -> list[str]:
    """A customer's tags, the first that was given first."""
    query = select(CustomerTag.tag).where(CustomerTag.customer_id == customer_id)
    return list(await session.scalars(query.order_by(CustomerTag.at, CustomerTag.key)))


async def change_tags(
    session: AsyncSession,
    customer_id: UUID,
    *,
    add: Iterable[str],
    remove: Collection[str],
    by: UUID,
    now: datetime,
) -> bool:
    """Give and take tags; what is there already stays as it is. False when nothing changes. Raises `BadInput`.

    The caller holds the customer's lock.
    """
    mine = CustomerTag.customer_id == customer_id
    there = set(await session.scalars(select(CustomerTag.key).where(mine)))
    wanted = {key_of(tag): tag for tag in add}
    gone = there & ({key_of(tag) for tag in remove} - wanted.keys())
    new = {key: tag for key, tag in wanted.items() if key not in there}
    if len(there) - len(gone) + len(new) > MAX_TAGS:
        raise Unfit("tags", Objection.MANY_TAGS, most=MAX_TAGS)
    if gone:
        await session.execute(delete(CustomerTag).where(mine, CustomerTag.key.in_(gone)))
    session.add_all(
        CustomerTag(customer_id=customer_id, key=key, tag=tag, added_by_id=by, at=now)
        for key, tag in new.items()
    )
    await session.flush()
    return bool(gone or new)
