"""What the home tab shows, read from the database."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from handoff.agents import Agent
from handoff.desk.home import MyDay, MyDesk, MyQueue, MyTicket
from handoff.desk.threads import link_to, read_cards
from handoff.life import EventKind, TicketState
from handoff.lists import list_queue
from handoff.presence import Duty, presence_of
from handoff.tickets import Ticket, TicketEvent
from handoff.wording.reader import Reader
from handoff.wording.tickets import DeskView


async def read_my_desk(session: AsyncSession, agent: Agent, reader: Reader, *, workspace: str) -> MyDesk:
    """What the agent's home tab shows now. `workspace` is the address of it all, for links."""
    settings, now = reader.settings, reader.now
    queues = [name for name in settings.queues if settings.is_member(agent.username, name)]
    mine = (await list_queue(session, agent.id, queues=queues)).mine
    cards = await read_cards(session, [line.id for line in mine])
    view = DeskView(reader, agent)
    midnight = now.astimezone(reader.zone).replace(hour=0, minute=0, second=0, microsecond=0)
    return MyDesk(
        duty=Duty(agent.duty),
        presence=presence_of(agent, settings, now=now),
        mine=[
            MyTicket(
                row=view.row(line),
                next=line.next,
                permalink=link_to(cards[line.id], workspace) if line.id in cards else "",
            )
            for line in mine
        ],
        queues=await _read_queues(session, queues),
        day=await _read_day(session, agent, since=max(midnight, now - timedelta(days=1))),
    )


async def _read_queues(session: AsyncSession, names: Collection[str]) -> Sequence[MyQueue]:
    query = (
        select(Ticket.queue, func.count(), func.min(Ticket.queued_at))
        .where(Ticket.state == TicketState.NEW)
        .group_by(Ticket.queue)
    )
    waiting = {queue: (count, oldest) for queue, count, oldest in await session.execute(query)}
    found = []
    for name in names:
        count, oldest = waiting.get(name, (0, None))
        found.append(MyQueue(name=name, waiting=count, oldest_at=oldest))
    return found


async def _read_day(session: AsyncSession, agent: Agent, *, since: datetime) -> MyDay:
    """Counted from the newest events: there is an index on their positions, and none on their times."""
    kinds = (EventKind.TAKEN, EventKind.REPLIED, EventKind.RESOLVED)
    query = (
        select(TicketEvent.kind, func.count())
        .where(TicketEvent.agent_id == agent.id, TicketEvent.at >= since, TicketEvent.kind.in_(kinds))
        .group_by(TicketEvent.kind)
    )
    counts = {kind: count for kind, count in await session.execute(query)}
    return MyDay(
        taken=counts.get(EventKind.TAKEN, 0),
        replied=counts.get(EventKind.REPLIED, 0),
        resolved=counts.get(EventKind.RESOLVED, 0),
    )
