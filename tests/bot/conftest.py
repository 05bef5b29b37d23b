"""A bot with a small knowledge base and an interpreter that knows some texts by heart."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from bot.decisions import Policy
from bot.turn import Brain, TurnSettings
from bot.turns import Turns
from core.conversations import Message
from core.database import Database
from core.feed import Feed
from core.inbox import Inbox, Receipt
from core.messages import Author
from core.wakeups import LocalWakeups
from handoff.agents import Agent, add_agent
from handoff.calendar import Window, WorkingCalendar
from handoff.guard import Guard
from handoff.handover import DeskSettings
from handoff.tickets import Reason, Ticket
from handoff.work import Work
from tests.doubles import BY_HEART, KNOWLEDGE, ByHeart
from tests.factories import inbound

OPEN = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)  # Monday 10:00 in Shanghai

DESK = DeskSettings(
    calendar=WorkingCalendar(
        zone=ZoneInfo("Asia/Shanghai"),
        days={day: [Window(start=time(9), end=time(21))] for day in range(7)},
    ),
    queues={"service": {"zh": "客服", "en": "Service"}, "care": {"zh": "投诉", "en": "Complaints"}},
    routes={Reason.COMPLAINT: "care", Reason.EMERGENCY: "care"},
    default_queue="service",
)


@dataclass
class Shop:
    """Everything between a customer and an agent, on a clock that tests move."""

    database: Database
    inbox: Inbox
    turns: Turns
    work: Work
    feed: Feed
    wakeups: LocalWakeups
    now: datetime
    closed: dict[date, list[Window]]
    agents: dict[str, Agent] = field(default_factory=dict)

    async def customer_says(self, text: str = "", **changes: Any) -> list[Message]:
        """What is said to the customer after this, when every turn is done."""
        receipt = await self.customer_sends(text, **changes)
        await self.handle()
        record = await self.record(receipt.conversation_id)
        said = next(n for n, message in enumerate(record) if message.id == receipt.message_id)
        return [message for message in record[said + 1 :] if message.author != Author.CUSTOMER]

    async def customer_sends(self, text: str = "", **changes: Any) -> Receipt:
        """Only sends: nothing is handled yet."""
        return await self.inbox.record(inbound(text, **changes))

    async def handle(self) -> None:
        while await self.turns.step():
            pass

    async def record(self, conversation_id: UUID) -> list[Message]:
        async with self.database.read() as session:
            query = select(Message).where(Message.conversation_id == conversation_id).order_by(Message.seq)
            return list(await session.scalars(query))

    async def tickets(self) -> list[Ticket]:
        async with self.database.read() as session:
            return list(await session.scalars(select(Ticket).order_by(Ticket.number)))

    async def agent(self, name: str) -> Agent:
        if name not in self.agents:
            async with self.database.write() as session:
                self.agents[name] = await add_agent(
                    session, username=name, name=name, password=None, now=self.now
                )
        return self.agents[name]

    def close(self, *days: date) -> None:
        """Nobody is there on these days."""
        self.closed |= {day: [] for day in days}

    def time_passes(self, **duration: float) -> None:
        self.now += timedelta(**duration)


@pytest.fixture
async def shop(database: Database) -> AsyncIterator[Shop]:
    """A shop on a Monday morning in working hours; its bot answers on channels that are read, and pushes "pushy"."""
    wakeups = LocalWakeups()
    pushed = {"pushy"}
    closed: dict[date, list[Window]] = {}
    desk = replace(DESK, calendar=replace(DESK.calendar, exceptions=closed))
    brain = Brain(interpreter=ByHeart(BY_HEART), knowledge=KNOWLEDGE, policy=Policy(answer_at=0.6))

    def clock() -> datetime:
        return made.now

    inbox = Inbox(database, wakeups, clock=clock)
    made = Shop(
        database=database,
        inbox=inbox,
        turns=Turns(
            database, wakeups, brain=brain, settings=TurnSettings(desk=desk, pushed=pushed), clock=clock
        ),
        work=Work(database, wakeups, pushed=pushed, guard=Guard({}), clock=clock),
        feed=Feed(database, wakeups),
        wakeups=wakeups,
        now=OPEN,
        closed=closed,
    )
    async with inbox.running(), made.feed.running():
        yield made
