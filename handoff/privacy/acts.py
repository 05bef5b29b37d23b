"""Export and erase as acts of somebody who is signed in: both leave a trace in the audit log, without what was in them."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from core.audit import note_act
from core.customers import Customer
from core.errors import NotFound
from core.locks import exclusive
from handoff.agents import Agent
from handoff.cases import Cases
from handoff.persons.records import find_kept
from handoff.privacy.erasure import Erased, erase_customers
from handoff.privacy.export import export_customer
from nlu.knowledge.publishing import LOCK


async def export_person(cases: Cases, customer_id: UUID, agent: Agent) -> Mapping[str, Any]:
    """All that is kept of a person: see `export_customer`. Raises `NotFound`."""
    now = cases.clock()
    async with cases.database.write() as session:
        kept_id = await find_kept(session, customer_id)
        if await session.get(Customer, kept_id) is None:
            raise NotFound("customer", customer_id)
        await note_act(session, who=agent.username, what="customer.export", object=str(kept_id), now=now)
        return await export_customer(session, kept_id, now=now)


async def erase_person(cases: Cases, customer_id: UUID, agent: Agent) -> Erased:
    """Erase a person for good: see `erase_customers`. Raises `NotFound`, `StillOpen`."""
    now = cases.clock()
    # Not while somebody publishes: the version would have what the draft has no longer.
    async with exclusive(cases.database, LOCK), cases.posting() as (session, _):
        kept_id = await find_kept(session, customer_id)
        if await session.get(Customer, kept_id) is None:
            raise NotFound("customer", customer_id)
        erased = await erase_customers(session, [kept_id])
        after = {"customers": erased.customers, "messages": erased.messages, "tickets": erased.tickets}
        what = "customer.erase"  # the id leads nowhere any more
        await note_act(session, who=agent.username, what=what, object=str(customer_id), after=after, now=now)
        return erased
