"""A shop without its channels: a bot with a small knowledge base that knows some texts by heart, agents, and a clock to move."""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

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
from handoff.alerts import Alert, AlertRecipient
from handoff.calendar import Window, WorkingCalendar
from handoff.cases import Cases
from handoff.complaints.acts import Complaints
from handoff.complaints.corrective_actions import CorrectiveAction
from handoff.complaints.register import Register
from handoff.contacts.acts import Contacts
from handoff.deadlines import Deadline
from handoff.guard import Guard, load_guard
from handoff.kinds import Reason
from handoff.presence import Duty, note_sign, set_duty
from handoff.settings import AgentSettings, DeskSettings, QueueSettings, SurveySettings
from handoff.tickets import Ticket, TicketEvent
from handoff.timekeeper import Timekeeper
from handoff.transfers import Transfers
from handoff.work import Work
from tests.doubles import BY_HEART, KNOWLEDGE, ByHeart
from tests.factories import inbound

OPEN = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)  # Monday 10:00 in Shanghai

_ZONE = ZoneInfo("Asia/Shanghai")
NIGHT = WorkingCalendar(zone=_ZONE, days={day: [Window(start=time(9), end=time.max)] for day in range(7)})
DESK = DeskSettings(
    calendar=WorkingCalendar(
        zone=_ZONE,
        days={day: [Window(start=time(9), end=time(21))] for day in range(7)},
    ),
    queues={
        "service": QueueSettings(titles={"zh": "客服", "en": "Service"}),
        "care": QueueSettings(
            titles={"zh": "投诉", "en": "Complaints"},
            members=("小林", "小魏", "班长"),
            owner="小魏",
            supervisor="班长",
        ),
    },
    routes={Reason.COMPLAINT: "care", Reason.EMERGENCY: "care"},
    default_queue="service",
    agents={
        "小林": AgentSettings(capacity=2),
        "ann": AgentSettings(languages=("en",)),
        "夜班": AgentSettings(shifts=NIGHT),
    },
    supervisors=("班长",),
    managers=("经理",),
    surveys=SurveySettings(nps_share=0),
)


@dataclass
class Shop:
    """Everything between a customer and an agent, on a clock that tests move."""

    database: Database
    inbox: Inbox
    turns: Turns
    cases: Cases
    work: Work
    transfers: Transfers
    complaints: Complaints
    register: Register
    contacts: Contacts
    timekeeper: Timekeeper
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
            return list(await session.scalars(select(Ticket).order_by(Ticket.opened_at, Ticket.id)))

    async def agent(self, name: str) -> Agent:
        if name not in self.agents:
            async with self.database.write() as session:
                self.agents[name] = await add_agent(
                    session, username=name, name=name, password=None, now=self.now
                )
        return self.agents[name]

    def change_desk(self, **changes: Any) -> None:
        """The desk works by other settings from now on."""
        self.cases.settings = replace(self.cases.settings, **changes)
        self.turns = Turns(
            self.database,
            self.wakeups,
            brain=self.turns.brain,
            settings=replace(self.turns._settings, desk=self.cases.settings),
            clock=lambda: self.now,
        )

    def close(self, *days: date) -> None:
        """Nobody is there on these days."""
        self.closed |= {day: [] for day in days}

    def time_passes(self, **duration: float) -> None:
        self.now += timedelta(**duration)

    async def clocks_run(self, **duration: float) -> None:
        """Time passes, and whatever falls due in it comes about at its time."""
        end = self.now + timedelta(**duration)
        while True:
            while await self.timekeeper.step():
                pass
            async with self.database.read() as session:
                nexts = [
                    await session.scalar(select(func.min(next_at)).where(next_at <= end))
                    for next_at in (Deadline.next_at, CorrectiveAction.next_at)
                ]
            due = min((each for each in nexts if each is not None), default=None)
            if due is None or due <= self.now:
                break
            self.now = due
        self.now = end
        while await self.timekeeper.step():
            pass

    async def on_duty(self, *names: str, duty: Duty = Duty.ON) -> None:
        for name in names:
            agent = await self.agent(name)
            async with self.database.write() as session:
                await set_duty(session, agent.id, duty, now=self.now)

    async def stays_awake(self, *names: str) -> None:
        """Gives a sign of life."""
        for name in names:
            agent = await self.agent(name)
            async with self.database.write() as session:
                await note_sign(session, agent.id, now=self.now)

    async def ticket(self) -> Ticket:
        """The newest."""
        return (await self.tickets())[-1]

    async def alerts(self) -> list[tuple[str, str | None, set[str]]]:
        """Every alert so far: its kind, its promise, and whom it is for."""
        query = (
            select(Alert, Agent.username)
            .outerjoin(AlertRecipient, AlertRecipient.alert_id == Alert.id)
            .outerjoin(Agent, Agent.id == AlertRecipient.agent_id)
            .order_by(Alert.id)
        )
        found: dict[UUID, tuple[str, str | None, set[str]]] = {}
        async with self.database.read() as session:
            for alert, username in await session.execute(query):
                entry = found.setdefault(alert.id, (alert.kind, alert.promise, set()))
                if username:
                    entry[2].add(username)
        return list(found.values())

    async def reasons(self) -> list[tuple[str, str, set[str]]]:
        """Every alert so far: its kind, why it was raised, and whom it is for."""
        async with self.database.read() as session:
            whys = [
                data.get("why", "") for data in await session.scalars(select(Alert.data).order_by(Alert.id))
            ]
        return [(kind, why, whom) for (kind, _, whom), why in zip(await self.alerts(), whys, strict=True)]

    async def events(self, ticket: Ticket) -> list[TicketEvent]:
        query = select(TicketEvent).where(TicketEvent.ticket_id == ticket.id).order_by(TicketEvent.position)
        async with self.database.read() as session:
            return list(await session.scalars(query))

    async def told(self, ticket: Ticket) -> list[str]:
        """The notices to the ticket's customer so far."""
        record = await self.record(ticket.conversation_id)
        return [message.text for message in record if message.author == Author.SYSTEM]


@contextlib.asynccontextmanager
async def open_shop(database: Database, *, settings: DeskSettings = DESK) -> AsyncIterator[Shop]:
    """On a Monday morning in working hours; its bot answers on channels that are read, pushes "pushy" and "slack"."""
    wakeups = LocalWakeups()
    pushed = {"pushy", "slack"}
    closed: dict[date, list[Window]] = {}
    desk = replace(settings, calendar=replace(settings.calendar, exceptions=closed))
    brain = Brain(interpreter=ByHeart(BY_HEART), knowledge=KNOWLEDGE, policy=Policy(answer_at=0.6))

    def clock() -> datetime:
        return made.now

    inbox = Inbox(database, wakeups, clock=clock)
    cases = Cases(database, wakeups, pushed=pushed, settings=desk, clock=clock)
    made = Shop(
        database=database,
        inbox=inbox,
        turns=Turns(
            database, wakeups, brain=brain, settings=TurnSettings(desk=desk, pushed=pushed), clock=clock
        ),
        cases=cases,
        work=Work(cases, guard=Guard({})),
        transfers=Transfers(cases),
        complaints=Complaints(cases, guard=load_guard()),
        register=Register(cases),
        contacts=Contacts(cases, region="CN"),
        timekeeper=Timekeeper(cases),
        feed=Feed(database, wakeups),
        wakeups=wakeups,
        now=OPEN,
        closed=closed,
    )
    async with inbox.running(), made.feed.running():
        yield made
