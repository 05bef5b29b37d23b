"""Export and erase as acts of somebody: both leave a trace in the audit log, without what was in them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from core.audit import note_act
from core.customers import Customer
from core.errors import NotFound
from handoff.persons.records import find_kept
from handoff.privacy.erasure import Erased, erase_customers
from handoff.privacy.export import export_customer


async def export_person(
    session: AsyncSession, customer_id: UUID, *, who: str, now: datetime
) -> Mapping[str, Any]:
    """All that is kept of a person: see `export_customer`. Raises `NotFound`."""
    kept_id = await _get_kept(session, customer_id)
    await note_act(session, who=who, what="customer.export", object=str(kept_id), now=now)
    return await export_customer(session, kept_id, now=now)


async def erase_person(session: AsyncSession, customer_id: UUID, *, who: str, now: datetime) -> Erased:
    """Erase a person for good: see `erase_customers`. Raises `NotFound`, `StillOpen`.

    The caller sees to it that nobody publishes meanwhile: the version would have what the draft has no longer.
    """
    erased = await erase_customers(session, [await _get_kept(session, customer_id)])
    after = {"customers": erased.customers, "messages": erased.messages, "tickets": erased.tickets}
    what = "customer.erase"  # the id leads nowhere any more
    await note_act(session, who=who, what=what, object=str(customer_id), after=after, now=now)
    return erased


async def _get_kept(session: AsyncSession, customer_id: UUID) -> UUID:
    kept_id = await find_kept(session, customer_id)
    if await session.get(Customer, kept_id) is None:
        raise NotFound("customer", customer_id)
    return kept_id
