"""A small world to test the desk in: a database, agents, customers who write, and the app around it."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import httpx
import uvicorn
from argon2 import PasswordHasher
from fastapi import FastAPI
from sqlalchemy import func, select

from channels.base import OpenedAttachment, PushChannel, TemporaryFailure
from console import account, accounts, assets, channels, chat_page, desk, home, invitations, sign_in
from console.channels_view import Setup, Wire
from console.problems import answer_forbidden
from console.sessions import Forbidden, Sessions
from console.ways import Ways
from core.conversations import Conversation, Draft, lock_conversation
from core.customers import Customer, Identity
from core.database import Database
from core.errors import NotFound
from core.feed import Feed
from core.findings import Finding
from core.ids import new_id
from core.languages import ReplyLanguage
from core.messages import Attachment, Author, Kind, OutgoingMessage
from core.posting import Posting
from core.wakeups import DESK, LocalWakeups
from handoff.agents import Agent, Role, add_agent
from handoff.calendar import WorkingCalendar
from handoff.cases import Cases
from handoff.complaints.acts import Complaints
from handoff.complaints.register import Register
from handoff.contacts.acts import Contacts
from handoff.customers import CustomerActs
from handoff.deadlines import Deadline
from handoff.guard import load_guard
from handoff.handover import customer_wrote, find_open_ticket, hand_over
from handoff.kinds import Reason
from handoff.settings import DeskSettings, QueueSettings
from handoff.suggesting import Suggesting
from handoff.tickets import Ticket
from handoff.timekeeper import Timekeeper
from handoff.transfers import Transfers
from handoff.work import Work
from nlu.knowledge.live import LiveKnowledge

PASSWORD = "correct horse battery"
QUICK_HASH = PasswordHasher(time_cost=1, memory_cost=32).hash(PASSWORD)  # a real one is slow on purpose
CALENDAR = WorkingCalendar(zone=ZoneInfo("Asia/Shanghai"), days={})
SETTINGS = DeskSettings(
    calendar=CALENDAR,
    queues={"service": QueueSettings(titles={"zh": "客服", "en": "Service"})},
    routes={},
    default_queue="service",
)
TITLES: Mapping[str, Mapping[ReplyLanguage, str]] = {"late": {"zh": "物流太慢", "en": "Delivery is late"}}


@dataclass
class Clock:
    """Real time, moved ahead by hand."""

    ahead: timedelta = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead


class FilePhone:
    """A push channel that keeps its customers' files in a dictionary."""

    name = "pager"
    parallel = 1

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}

    def split(self, message: OutgoingMessage) -> Sequence[OutgoingMessage]:
        return [message]

    async def send(self, part: OutgoingMessage) -> str:
        return "sent"

    @contextlib.asynccontextmanager
    async def open_attachment(self, attachment: Attachment) -> AsyncIterator[OpenedAttachment]:
        if attachment.ref not in self.files:
            raise TemporaryFailure("the phone is off")

        async def content() -> AsyncIterator[bytes]:
            yield self.files[attachment.ref]

        yield OpenedAttachment(name=attachment.name, mime=attachment.mime, content=content())


class Checks:
    """Channels, some of them configured; a test finds what it is told, or what it says is in the way of it."""

    setups: Sequence[Setup] = (
        Setup(name="webchat", is_on=True),
        Setup(name="api", is_on=True),
        Setup(
            name="telegram",
            is_on=True,
            way="polling",
            wires=(Wire(name="telegram.receive", ticks=True), Wire(name="telegram.send", ticks=True)),
        ),
        Setup(name="slack_desk", is_on=False, wants=["SLACK_BOT_TOKEN", "desk.slack.channels"]),
    )

    def __init__(self) -> None:
        self.found: Mapping[str, Sequence[Finding]] = {}

    async def look(self, name: str) -> Sequence[Finding]:
        if name not in self.found:
            raise NotFound("channel", name)
        return self.found[name]


class StoppingServer(uvicorn.Server):
    """A server that tells its streams to end before it waits for them."""

    def __init__(self, config: uvicorn.Config, stopping: asyncio.Event) -> None:
        super().__init__(config)
        self._stopping = stopping
        self.up = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.up.set()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._stopping.set()
        await super().shutdown(sockets)


@dataclass
class World:
    """Everything wired together; use inside `async with world.running()`."""

    database: Database
    demo: bool = True
    secure: bool = False
    ways: Ways = field(default_factory=Ways)
    settings: DeskSettings = SETTINGS
    clock: Clock = field(default_factory=Clock)
    phone: FilePhone = field(default_factory=FilePhone)

    def __post_init__(self) -> None:
        self.wakeups = LocalWakeups()
        self.stopping = asyncio.Event()
        self.feed = Feed(self.database, self.wakeups)
        self.cases = Cases(
            self.database, self.wakeups, pushed={"pager"}, settings=self.settings, clock=self.clock
        )
        self.work = Work(self.cases, guard=load_guard())
        self.complaints = Complaints(self.cases, guard=load_guard())
        self.register = Register(self.cases)
        self.contacts = Contacts(self.cases, region="CN")
        self.transfers = Transfers(self.cases)
        self.timekeeper = Timekeeper(self.cases)
        fetching: Mapping[str, PushChannel] = {"pager": self.phone}
        self.sessions = sessions = Sessions(
            self.database, secret_key="secret", demo=self.demo, secure=self.secure, clock=self.clock
        )
        self.app = FastAPI()
        self.app.add_exception_handler(Forbidden, answer_forbidden)
        self.app.include_router(assets.routes())
        self.app.include_router(sign_in.routes(self.database, sessions, ways=self.ways, clock=self.clock))
        self.app.include_router(account.routes(self.database, sessions, ways=self.ways, clock=self.clock))
        self.app.include_router(
            accounts.routes(
                self.database,
                sessions,
                ways=self.ways,
                settings=self.settings,
                zone=CALENDAR.zone,
                clock=self.clock,
            )
        )
        self.app.include_router(
            invitations.routes(self.database, sessions, ways=self.ways, zone=CALENDAR.zone, clock=self.clock)
        )
        self.app.include_router(home.routes(sessions))
        self.checks = Checks()
        self.app.include_router(
            channels.routes(self.database, sessions, self.checks, zone=CALENDAR.zone, clock=self.clock)
        )
        self.app.include_router(chat_page.routes())
        self.app.include_router(
            desk.routes(
                self.database,
                self.wakeups,
                self.feed,
                self.work,
                self.transfers,
                sessions,
                self.complaints,
                self.register,
                CustomerActs(self.cases),
                suggesting=Suggesting(
                    self.cases, LiveKnowledge(self.database), shop={"zh": "好物", "en": "Goods"}
                ),
                contacts=self.contacts,
                settings=self.settings,
                titles=TITLES,
                channels=fetching,
                zone=CALENDAR.zone,
                stopping=self.stopping,
                clock=self.clock,
            )
        )

    def browser(self, *, address: str = "127.0.0.1", host: str = "localhost:8080") -> httpx.AsyncClient:
        """A client that behaves as a browser on a page of ours does."""
        return httpx.AsyncClient(
            transport=httpx.ASGITransport(self.app, client=(address, 50000)),
            base_url=f"http://{host}",
            headers={"Accept": "text/html,application/xhtml+xml", "Sec-Fetch-Site": "same-origin"},
        )

    @contextlib.asynccontextmanager
    async def served(self) -> AsyncIterator[str]:
        """The app on a real server; yields its address."""
        config = uvicorn.Config(self.app, port=0, log_level="warning", ws="none", lifespan="off")
        server = StoppingServer(config, self.stopping)
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            async with self.feed.running():
                task = asyncio.create_task(server.serve([listener]))
                await server.up.wait()
                yield f"http://localhost:{listener.getsockname()[1]}"
                server.should_exit = True
                await task

    async def agent(self, username: str = "lin", name: str = "小林", *, role: Role = Role.AGENT) -> Agent:
        async with self.database.write() as session:
            agent = await add_agent(
                session, username=username, name=name, password=None, now=self.clock(), role=role
            )
            agent.password_hash = QUICK_HASH
        return agent

    async def ticket(
        self,
        text: str = "等了一周还没到，我要投诉",
        *,
        customer: str | None = "王小姐",
        channel: str = "webchat",
        reason: Reason = Reason.WANTS_HUMAN,
        language: ReplyLanguage = "zh",
        tier: str | None = None,
        tried: str | None = None,
        collected: Mapping[str, str] | None = None,
        attachments: Sequence[Attachment] = (),
    ) -> Ticket:
        """A customer writes, the bot hands over."""
        now = self.clock()
        person = Customer(id=new_id(), name=customer, tier=tier, created_at=now)
        conversation = Conversation(
            id=new_id(),
            customer_id=person.id,
            channel=channel,
            chat=str(person.id),
            language=language,
            owner="bot",
            epoch=0,
            last_seq=0,
            state={},
            created_at=now,
        )
        said = Draft(
            author=Author.CUSTOMER,
            kind=Kind.FILE if attachments else Kind.TEXT,
            text=text,
            at=now,
            attachments=[attachment.to_json() for attachment in attachments],
        )
        drafts = [said]
        if tried:
            drafts.append(Draft(author=Author.BOT, text="一般三天内送到。", at=now, entry=tried))
        async with self.database.write() as session:
            session.add(person)
            await session.flush()
            session.add(conversation)
            session.add(
                Identity(id=new_id(), customer_id=person.id, channel=channel, external_id=conversation.chat)
            )
            await session.flush()
            ticket = await hand_over(
                session,
                conversation,
                reason,
                settings=self.settings,
                language=language,
                unwritten=drafts,
                now=now,
                collected=collected,
            )
            await self._post(session, conversation, drafts)
        self.wakeups.publish(DESK)
        return ticket

    async def clocks_run(self, **duration: float) -> None:
        """Time passes, and what is due then is done; what is given to agents is, too."""
        self.clock.ahead += timedelta(**duration)
        due: int | None = 1
        while await self.timekeeper.step() or due:
            async with self.database.read() as session:
                due = await session.scalar(select(func.count()).where(Deadline.next_at <= self.clock()))

    async def customer_says(self, ticket: Ticket, text: str) -> UUID:
        """The customer of a ticket writes again."""
        said = Draft(author=Author.CUSTOMER, text=text, at=self.clock())
        async with self.database.write() as session:
            conversation = await lock_conversation(session, ticket.conversation_id)
            open_ticket = await find_open_ticket(session, conversation)
            posting = await self._post(session, conversation, [said])
            if open_ticket:
                await customer_wrote(
                    session,
                    open_ticket,
                    message_id=said.id,
                    urgent=False,
                    settings=self.settings,
                    now=said.at,
                )
        posting.announce(self.wakeups)
        self.wakeups.publish(DESK)
        return said.id

    async def _post(self, session: Any, conversation: Conversation, drafts: Sequence[Draft]) -> Posting:
        posting = Posting({"pager"})
        posting.add(conversation, drafts, now=self.clock())
        await posting.write(session)
        return posting
