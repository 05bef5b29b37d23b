"""What is kept of a person: the rows of every table that lead to a customer by foreign keys, tables of later versions too."""

import asyncio
import uuid
from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Table, or_, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from core.conversations import Conversation
from core.customers import Customer, Identity
from core.database import Base, table_of
from core.errors import NotFound

Rows = list[dict[str, Any]]

TRIES, PAUSE = 200, 0.02  # seconds between two: for who is busy with one of them
_IS_LOCKED = "55P03"  # PostgreSQL's lock_not_available


def tables_of_persons() -> Mapping[Table, Collection[tuple[str, Table, str]]]:
    """The tables that lead to customers, customers first; of each its ways there: column, table, and column there."""
    found: dict[Table, list[tuple[str, Table, str]]] = {table_of(Customer): []}
    for table in Base.metadata.sorted_tables:
        ways = [(key.parent.name, key.column.table, key.column.name) for key in table.foreign_keys]
        if ways := sorted((way for way in ways if way[1] in found), key=lambda way: way[0]):
            found[table] = ways
    return found


def belongs_to(table: Table, customer_ids: Collection[UUID]) -> ColumnElement[bool]:
    """That a row of one of these tables is of one of these customers."""
    ways = tables_of_persons()[table]
    if not ways:
        return table.c.id.in_(customer_ids)
    return or_(
        *(table.c[name].in_(_of_parent(parent, column, customer_ids)) for name, parent, column in ways)
    )


def _of_parent(parent: Table, column: str, customer_ids: Collection[UUID]) -> Select[Any]:
    return select(parent.c[column]).where(belongs_to(parent, customer_ids))


async def read_person(session: AsyncSession, customer_ids: Collection[UUID]) -> Mapping[str, Rows]:
    """All rows of a person, by table, oldest first: of all customers that they are."""
    found: dict[str, Rows] = {}
    for table in tables_of_persons():
        query = select(table).where(belongs_to(table, customer_ids)).order_by(*table.primary_key.columns)
        rows = (await session.execute(query)).mappings()
        found[str(table.name)] = [{str(name): value for name, value in row.items()} for row in rows]
    return found


async def lock_persons(session: AsyncSession, customer_ids: Collection[UUID]) -> None:
    """Nobody handles, sends or receives anything of theirs until the transaction ends. Conversations first, as turns do.

    Who takes messages in locks customers before conversations: so we never hold the ones while we wait for the others.
    """
    if session.get_bind().dialect.name == "sqlite":
        return  # there is one writer at a time
    conversations = (
        select(Conversation.id).where(Conversation.customer_id.in_(customer_ids)).order_by(Conversation.id)
    )
    customers = select(Customer.id).where(Customer.id.in_(customer_ids)).order_by(Customer.id)
    for left in reversed(range(TRIES)):
        try:
            async with session.begin_nested():
                await session.execute(conversations.with_for_update())
                await session.execute(customers.with_for_update(nowait=True))
                # Those that were begun before that.
                await session.execute(conversations.with_for_update(nowait=True))
            return
        except DBAPIError as error:
            if left == 0 or getattr(error.orig, "sqlstate", None) != _IS_LOCKED:
                raise
        await asyncio.sleep(PAUSE)


async def get_customer_id(session: AsyncSession, who: str) -> UUID:
    """The customer with this id, or with this identity, as CHANNEL:EXTERNAL_ID. Raises `NotFound`."""
    channel, colon, external_id = who.strip().partition(":")
    found = await session.scalar(
        select(Identity.customer_id).where(Identity.channel == channel, Identity.external_id == external_id)
        if colon
        else select(Customer.id).where(Customer.id == _uuid(who))
    )
    if found is None:
        raise NotFound("customer", who)
    return found


def _uuid(who: str) -> UUID:
    try:
        return uuid.UUID(who.strip())
    except ValueError as error:
        raise NotFound("customer", f"{who}; write an id, or CHANNEL:ID such as telegram:123") from error
