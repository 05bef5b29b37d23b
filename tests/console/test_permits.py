"""What a desk offers is what may be done: every act that is open to an agent succeeds, and every other one is refused."""

from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from core.database import Database
from core.errors import NotAllowed
from handoff.agents import Agent
from handoff.kinds import IncidentClass, Reason, TicketKind
from handoff.permits import Act, permitted
from handoff.refusals import Refused
from handoff.tickets import Ticket
from tests.console.world import SETTINGS, World

# The rules are the same on both.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

Story = Callable[[World, Ticket, Agent, Agent], Awaitable[object]]


async def nothing(world: World, ticket: Ticket, lin: Agent, chen: Agent) -> None:
    """It waits in its queue."""


async def taken(world: World, ticket: Ticket, lin: Agent, chen: Agent) -> None:
    await world.work.take(ticket.id, lin)


async def given(world: World, ticket: Ticket, lin: Agent, chen: Agent) -> None:
    await world.transfers.give(ticket.id, chen, lin, "您熟悉")


async def waiting(world: World, ticket: Ticket, lin: Agent, chen: Agent) -> None:
    await taken(world, ticket, lin, chen)
    await world.work.wait(ticket.id, lin)


async def offered(world: World, ticket: Ticket, lin: Agent, chen: Agent) -> None:
    await taken(world, ticket, lin, chen)
    await world.transfers.offer(ticket.id, lin, to=chen, reason="要查财务")


async def offered_to_queue(world: World, ticket: Ticket, lin: Agent, chen: Agent) -> None:
    await taken(world, ticket, lin, chen)
    await world.transfers.offer(ticket.id, lin, queue="service", reason="要查财务")


async def reported(world: World, ticket: Ticket, lin: Agent, chen: Agent) -> None:
    await taken(world, ticket, lin, chen)
    await world.work.report(ticket.id, lin, "已断电，无人受伤")


async def resolved(world: World, ticket: Ticket, lin: Agent, chen: Agent) -> None:
    await taken(world, ticket, lin, chen)
    await world.work.resolve(ticket.id, lin)


async def closed(world: World, ticket: Ticket, lin: Agent, chen: Agent) -> None:
    await resolved(world, ticket, lin, chen)
    await world.work.confirm(ticket.id, lin)


STORIES = (nothing, taken, given, waiting, offered, offered_to_queue, reported, resolved, closed)


@pytest.mark.parametrize("story", STORIES, ids=[story.__name__ for story in STORIES])
async def test_what_is_offered_can_be_done_and_nothing_else(database: Database, story: Story) -> None:
    world = World(database, settings=replace(SETTINGS, managers=("chen",)))
    lin, chen, wei = [await world.agent(name, name) for name in ("lin", "chen", "wei")]

    def doing(act: Act, ticket: Ticket, agent: Agent) -> Awaitable[object]:
        someone_else = wei if agent is not wei else lin
        match act:
            case Act.TAKE:
                return world.work.take(ticket.id, agent)
            case Act.REPLY:
                return world.work.reply(ticket.id, agent, "您好")
            case Act.WAIT:
                return world.work.wait(ticket.id, agent)
            case Act.RESOLVE:
                return world.work.resolve(ticket.id, agent)
            case Act.OFFER:
                return world.transfers.offer(ticket.id, agent, to=someone_else, reason="忙")
            case Act.ANSWER_OFFER:
                return world.transfers.accept(ticket.id, agent)
            case Act.HAND_BACK:
                return world.transfers.hand_back(ticket.id, agent, "忙")
            case Act.GIVE:
                return world.transfers.give(ticket.id, agent, wei, "忙")
            case Act.SORT:
                return world.work.sort(ticket.id, agent, TicketKind.INCIDENT, incident=IncidentClass.MINOR)
            case Act.REPORT:
                return world.work.report(ticket.id, agent, "已断电")
            case Act.CONFIRM:
                return world.work.confirm(ticket.id, agent)
            case Act.REOPEN:
                return world.work.reopen(ticket.id, agent, "还没好")

    async def at_this_point() -> Ticket:
        ticket = await world.ticket(reason=Reason.EMERGENCY)
        await story(world, ticket, lin, chen)
        async with database.read() as session:
            return await session.get_one(Ticket, ticket.id)

    # Pressed twice is pressed once, and a report may be added to: harmless, so not refused.
    harmless = {(taken, Act.TAKE), (offered, Act.TAKE), (offered_to_queue, Act.TAKE)}
    harmless |= {(waiting, Act.TAKE), (waiting, Act.WAIT), (reported, Act.TAKE), (reported, Act.REPORT)}
    refusing = await at_this_point()
    for agent in (lin, chen, wei):
        allowed = permitted(refusing, agent, world.settings)
        for act in Act:
            if act in allowed:
                await doing(act, await at_this_point(), agent)
            elif (story, act) not in harmless:
                with pytest.raises(NotAllowed) as caught:
                    await doing(act, refusing, agent)
                assert isinstance(caught.value, Refused)  # which every desk can word
