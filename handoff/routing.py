"""Routing: what waits in queues is given to who is free, oldest first within priority. `handoff.assignment` chooses."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import case as sql_case
from sqlalchemy import func, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import load_only

from handoff.agents import Agent
from handoff.assignment import Candidate, Choice, Need, choose
from handoff.cases import Cases, apart
from handoff.complaints.checks import find_about
from handoff.kinds import Priority, TicketKind
from handoff.life import HELD_STATES, EventKind, TicketState
from handoff.presence import Presence, list_agents, presence_of
from handoff.settings import DeskSettings
from handoff.tickets import Ticket, TicketEvent

LOOKED_AT = 200  # waiting tickets of one look

Sort = tuple[str, str, str]  # queue, language, priority: by these it is decided who could serve a ticket


@dataclass(frozen=True, kw_only=True)
class Load:
    """What an agent has in hand."""

    tickets: int = 0
    latest: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Past:
    """What matters of a ticket's and its customer's history."""

    avoid: frozenset[UUID] = frozenset()
    served: dict[UUID, datetime]


class Router:
    """Gives waiting tickets to agents on duty. Several may run: a ticket is given under its conversation's lock."""

    def __init__(self, cases: Cases) -> None:
        self._cases = cases

    async def step(self) -> bool:
        """Give what can be given now; False when there was nothing to give."""
        settings, now = self._cases.settings, self._cases.clock()
        async with self._cases.database.read() as session:
            waiting = await read_waiting(session)
            if not waiting:
                return False
            agents = await list_agents(session)
            present = {each.id: presence_of(each, settings, now=now) for each in agents}
            if Presence.ONLINE not in present.values():
                return False
            loads = await read_loads(session)
        given = 0
        hopeless: set[Sort] = set()  # needs that nobody can meet now
        while waiting:
            known = len(hopeless)
            for ticket in waiting:
                given += await self._give_one(ticket, agents, present, loads, hopeless, now=now)
            # Behind many whom nobody can serve, others may wait.
            if len(waiting) < LOOKED_AT or len(hopeless) == known:
                break
            async with self._cases.database.read() as session:
                waiting = await read_waiting(session, without=hopeless)
        return given > 0

    async def _give_one(
        self,
        ticket: Ticket,
        agents: Sequence[Agent],
        present: dict[UUID, Presence],
        loads: dict[UUID, Load],
        hopeless: set[Sort],
        *,
        now: datetime,
    ) -> bool:
        sort = (ticket.queue, ticket.language, ticket.priority)
        if sort in hopeless:
            return False
        async with self._cases.database.read() as session:
            past = await read_past(session, ticket, self._cases.settings, now=now)
        queue, choice = self._choose(ticket, past, agents, present, loads)
        if choice.agent_id is None:
            if not past.avoid:
                hopeless.add(sort)
            return False
        given = False
        with apart(ticket.id):
            given = await self._give(ticket.id, queue, choice)
        if not given:
            return False
        load = loads.get(choice.agent_id, Load())
        loads[choice.agent_id] = Load(tickets=load.tickets + 1, latest=now)
        return True

    def _choose(
        self,
        ticket: Ticket,
        past: Past,
        agents: Sequence[Agent],
        present: dict[UUID, Presence],
        loads: dict[UUID, Load],
    ) -> tuple[str, Choice]:
        """Who gets it, and in which queue: one with nobody on duty falls back to the default queue."""
        settings = self._cases.settings

        def ask(queue: str) -> Choice:
            need = Need(
                language=ticket.language,
                skills=frozenset(settings.queue(queue).skills),
                urgent=ticket.priority == Priority.URGENT,
                avoid=past.avoid,
            )
            return choose(need, [self._candidate(each, queue, past, present, loads) for each in agents])

        choice = ask(ticket.queue)
        if choice.on_duty or ticket.queue == settings.default_queue:
            return ticket.queue, choice
        fallback = ask(settings.default_queue)
        return (settings.default_queue, fallback) if fallback.agent_id else (ticket.queue, choice)

    def _candidate(
        self,
        agent: Agent,
        queue: str,
        past: Past,
        present: dict[UUID, Presence],
        loads: dict[UUID, Load],
    ) -> Candidate:
        known = self._cases.settings.agent(agent.username)
        load = loads.get(agent.id, Load())
        return Candidate(
            agent_id=agent.id,
            presence=present[agent.id],
            is_member=self._cases.settings.is_member(agent.username, queue),
            languages=None if known.languages is None else frozenset(known.languages),
            skills=frozenset(known.skills),
            load=load.tickets,
            capacity=known.capacity,
            served_at=past.served.get(agent.id),
            free_since=load.latest,
        )

    async def _give(self, ticket_id: UUID, queue: str, choice: Choice) -> bool:
        async with self._cases.open(ticket_id) as case:
            ticket = case.ticket
            if ticket.state != TicketState.NEW or choice.agent_id is None or choice.why is None:
                return False  # somebody was faster
            if queue != ticket.queue:
                await case.record(EventKind.MOVED, queue=queue, why="nobody_on_duty")
            refused = Counter(str(each) for each in choice.refused.values())
            await case.record(
                EventKind.ASSIGNED, to=str(choice.agent_id), why=choice.why, refused=dict(refused)
            )
            return True


async def read_waiting(session: AsyncSession, *, without: Collection[Sort] = ()) -> list[Ticket]:
    """Whom to serve next, with what routing needs to know of them: not more than `LOOKED_AT`."""
    urgent_first = sql_case((Ticket.priority == Priority.URGENT, 0), else_=1)
    query = (
        select(Ticket)
        .options(load_only(*_NEEDED, raiseload=True))
        .where(Ticket.state == TicketState.NEW)
        .order_by(urgent_first, Ticket.queued_at)
        .limit(LOOKED_AT)
    )
    if without:
        query = query.where(tuple_(Ticket.queue, Ticket.language, Ticket.priority).not_in(list(without)))
    return list(await session.scalars(query))


_NEEDED = (Ticket.queue, Ticket.language, Ticket.priority, Ticket.customer_id, Ticket.episode_at, Ticket.kind)


async def read_loads(session: AsyncSession) -> dict[UUID, Load]:
    """What everybody has in hand."""
    in_hand = func.sum(sql_case((Ticket.state != TicketState.WAITING, 1), else_=0))
    query = (
        select(Ticket.assignee_id, in_hand, func.max(Ticket.queued_at))
        .where(Ticket.state.in_(HELD_STATES), Ticket.assignee_id.is_not(None))
        .group_by(Ticket.assignee_id)
    )
    return {
        agent_id: Load(tickets=int(count or 0), latest=latest)
        for agent_id, count, latest in await session.execute(query)
        if agent_id is not None
    }


async def read_past(session: AsyncSession, ticket: Ticket, settings: DeskSettings, *, now: datetime) -> Past:
    """Who served the customer lately, and who does not get the ticket again."""
    served = await session.execute(
        select(Ticket.assignee_id, func.max(Ticket.replied_at))
        .where(
            Ticket.customer_id == ticket.customer_id,
            Ticket.id != ticket.id,
            Ticket.replied_at > now - settings.known_for,
        )
        .group_by(Ticket.assignee_id)
    )
    past = Past(served={agent_id: at for agent_id, at in served if agent_id is not None and at is not None})
    back = (EventKind.RETURNED, EventKind.DECLINED, EventKind.HANDED_BACK)
    events = await session.scalars(
        select(TicketEvent).where(
            TicketEvent.ticket_id == ticket.id,
            TicketEvent.kind.in_(back),
            TicketEvent.at >= ticket.episode_at,
        )
    )
    # Who has merely gone may have it again when they are back.
    avoid = {each.agent_id or UUID(each.data["left"]) for each in events if each.data.get("why") != "gone"}
    if ticket.kind == TicketKind.COMPLAINT and (about := await find_about(session, ticket.id)):
        avoid.add(about)
    return replace(past, avoid=frozenset(avoid))
