"""What is known of a customer beside their tickets, and what agents do with it: tags and the tier."""

import contextlib
from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from core.conversations import lock_conversation
from core.customers import Customer, Identity, lock_customer
from core.errors import NotFound
from handoff.agents import Agent, Role
from handoff.cases import Cases
from handoff.desk.threads import keep_thread
from handoff.life import OPEN_STATES, EventKind, TicketState
from handoff.presence import note_sign
from handoff.refusals import Objection, Refused, Unfit
from handoff.settings import DeskSettings
from handoff.tags import change_tags, list_tags
from handoff.tickets import Ticket, record

EARLIER = 10  # tickets that are shown


@dataclass(frozen=True, kw_only=True)
class EarlierTicket:
    """Another ticket of a customer."""

    id: UUID
    number: str
    opened_at: datetime
    reason: str
    state: str


@dataclass(frozen=True, kw_only=True)
class CustomerView:
    """A ticket's customer. `identities` are channels, and how they know the person; `earlier` begins with the newest.

    `queues` are those of all their tickets.
    """

    identities: Sequence[tuple[str, str]]
    tier: str | None
    language: str
    tags: Sequence[str]
    earlier: Sequence[EarlierTicket]
    queues: Collection[str] = ()


async def read_customer(session: AsyncSession, ticket: Ticket) -> CustomerView:
    """Who the ticket's customer is, and what else they came with."""
    customer = await session.get_one(Customer, ticket.customer_id)
    identities = await session.execute(
        select(Identity.channel, Identity.external_id)
        .where(Identity.customer_id == customer.id)
        .order_by(Identity.id)
    )
    others = await session.scalars(
        select(Ticket)
        .where(Ticket.customer_id == customer.id, Ticket.id != ticket.id)
        .order_by(Ticket.opened_at.desc())
        .limit(EARLIER)
    )
    return CustomerView(
        identities=[(channel, known_as) for channel, known_as in identities],
        tier=customer.tier,
        language=ticket.language,
        tags=await list_tags(session, customer.id),
        earlier=[
            EarlierTicket(
                id=each.id,
                number=each.number,
                opened_at=each.opened_at,
                reason=each.reason,
                state=each.state,
            )
            for each in others
        ],
        queues=await read_queues(session, customer.id),
    )


async def read_queues(session: AsyncSession, customer_id: UUID) -> set[str]:
    """The queues in which a customer's tickets are, or were at last."""
    query = select(Ticket.queue).where(Ticket.customer_id == customer_id).distinct()
    return set(await session.scalars(query))


def sets_tier(agent: Agent, queues: Collection[str], settings: DeskSettings) -> bool:
    """Whether the agent sets tiers of customers whose tickets are in these queues."""
    is_supervisor = Role(agent.role).is_at_least(Role.SUPERVISOR)
    return is_supervisor or any(settings.supervises(agent.username, each) for each in queues)


def tiers_for(agent: Agent, queues: Collection[str], tier: str | None, settings: DeskSettings) -> list[str]:
    """The tiers that the agent may give a customer who has this one, and tickets in these queues; none for most agents."""
    return known_tiers(tier, settings) if sets_tier(agent, queues, settings) else []


def known_tiers(tier: str | None, settings: DeskSettings) -> list[str]:
    """The configured tiers, and the one that a customer has."""
    tiers = list(settings.standards.customer_tiers)
    return tiers if tier is None or tier in tiers else [*tiers, tier]


class CustomerActs:
    """The acts on customers, by one of their tickets or by themselves; all tickets that are not closed follow."""

    def __init__(self, cases: Cases) -> None:
        self.cases = cases

    async def tag(
        self, ticket_id: UUID, agent: Agent, *, add: Collection[str] = (), remove: Collection[str] = ()
    ) -> None:
        """Give the customer tags, and take some: see `handoff.tags.read_tags`. Any agent may. Raises `BadInput`."""
        await self.tag_customer(await self._customer_of(ticket_id), agent, add=add, remove=remove)

    async def tag_customer(
        self, customer_id: UUID, agent: Agent, *, add: Collection[str] = (), remove: Collection[str] = ()
    ) -> None:
        """The same for a customer, with or without a ticket. Raises `NotFound`, `BadInput`."""
        async with self._customer(customer_id, agent) as (session, customer, tickets):
            now = self.cases.clock()
            if not await change_tags(session, customer.id, add=add, remove=remove, by=agent.id, now=now):
                return
            for ticket in tickets:
                await keep_thread(session, ticket.id, ticket.queue, settings=self.cases.settings, at=now)

    async def set_tier(self, ticket_id: UUID, agent: Agent, tier: str | None) -> None:
        """Say of which tier the customer is; deadlines of open tickets follow. Raises `NotAllowed`, `BadInput`."""
        await self.set_customer_tier(await self._customer_of(ticket_id), agent, tier)

    async def set_customer_tier(self, customer_id: UUID, agent: Agent, tier: str | None) -> None:
        """The same for a customer, with or without a ticket. Raises `NotFound`, `NotAllowed`, `BadInput`."""
        async with self._customer(customer_id, agent) as (session, customer, tickets):
            queues = await read_queues(session, customer.id)
            if not sets_tier(agent, queues, self.cases.settings):
                raise Refused(Objection.NOT_TIER_SETTER)
            tiers = known_tiers(customer.tier, self.cases.settings)
            if tier is not None and tier not in tiers:
                raise Unfit("tier", Objection.NO_TIER, tier=tier, tiers=", ".join(tiers))
            await self._retier(session, customer, tickets, agent, tier)

    async def _retier(
        self,
        session: AsyncSession,
        customer: Customer,
        tickets: Sequence[Ticket],
        agent: Agent,
        tier: str | None,
    ) -> None:
        customer.tier = tier
        for each in tickets:
            if each.state in OPEN_STATES and each.tier != tier:
                await record(
                    session,
                    each,
                    EventKind.RETIERED,
                    settings=self.cases.settings,
                    at=self.cases.clock(),
                    agent_id=agent.id,
                    tier=tier,
                )

    async def _customer_of(self, ticket_id: UUID) -> UUID:
        async with self.cases.database.read() as session:
            customer_id = await session.scalar(select(Ticket.customer_id).where(Ticket.id == ticket_id))
        if customer_id is None:
            raise NotFound("ticket", ticket_id)
        return customer_id

    @contextlib.asynccontextmanager
    async def _customer(
        self, customer_id: UUID, agent: Agent
    ) -> AsyncIterator[tuple[AsyncSession, Customer, Sequence[Ticket]]]:
        """The customer, and their tickets that are not closed, all locked. Raises `NotFound`."""
        async with self.cases.posting() as (session, _):
            theirs = select(Ticket).where(
                Ticket.customer_id == customer_id, Ticket.state != TicketState.CLOSED
            )
            conversations = await session.scalars(
                theirs.with_only_columns(Ticket.conversation_id).distinct().order_by(Ticket.conversation_id)
            )
            for conversation_id in list(conversations):
                await lock_conversation(session, conversation_id)
            customer = await lock_customer(session, customer_id)
            if customer is None:
                raise NotFound("customer", customer_id)
            await note_sign(session, agent.id, now=self.cases.clock())
            tickets = await session.scalars(theirs.execution_options(populate_existing=True))
            yield session, customer, list(tickets)
