"""A real server with the web chat: uvicorn, intake, turns, feed, and an interpreter that tests foresee."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from zoneinfo import ZoneInfo

import uvicorn
from fastapi import FastAPI
from fastapi.responses import HTMLResponse

from bot.decisions import Policy
from bot.turn import Brain, TurnSettings
from bot.turns import Turns
from channels import files
from channels.webchat import socket as webchat
from console import chat_page
from core.database import Database
from core.feed import Feed
from core.inbox import Inbox
from core.read_marks import ReadMarks
from core.typing_signs import TypingSigns
from core.wakeups import INBOX, LocalWakeups
from core.workers import work_forever
from handoff.calendar import WorkingCalendar
from handoff.cases import Cases
from handoff.guard import Guard
from handoff.reads import report_read
from handoff.settings import DeskSettings, QueueSettings
from handoff.work import Work
from nlu.knowledge.documents import load_knowledge
from nlu.understanding import Guess, Language, Signal, Understanding, Urgency
from tests.factories import LINKS

KNOWLEDGE = load_knowledge(Path(__file__).parents[2] / "nlu" / "sample_kb")
ORDER_ANSWER = KNOWLEDGE.entries["order_status"].answers
NO = Signal(probability=0.0, decision=False)
YES = Signal(probability=1.0, decision=True)

DESK = DeskSettings(
    calendar=WorkingCalendar(zone=ZoneInfo("Asia/Shanghai"), days={}),
    queues={"care": QueueSettings(titles={"zh": "客服", "en": "Care"})},
    routes={},
    default_queue="care",
)
SHOP_PAGE = """<!doctype html><html lang="zh-CN"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>青禾商城</title>
<script src="WIDGET_FROM/widget.js" async></script></head>
<body><h1>青禾商城 Qinghe</h1>
<p>今日上新：有机大米、空气炸锅、羽绒服。</p><a href="#cart">购物车</a></body></html>"""


class Foreseeable:
    """An interpreter that is sure about "order" and 订单, hears "person" and 人工, and knows nothing else."""

    def understand(self, texts: Sequence[str]) -> list[Understanding]:
        return [self._understand(text) for text in texts]

    def _understand(self, text: str) -> Understanding:
        known = "order" in text.lower() or "订单" in text
        language: Language = "zh-Hans" if any("一" <= character <= "鿿" for character in text) else "en"
        return Understanding(
            text=text,
            language=language,
            intent="order_status",
            confidence=0.95 if known else 0.2,
            answer_at=0.5,
            offer_at=0.08,
            alternatives=(Guess(intent="refund_time", probability=0.1, offer_at=0.08),)
            if "refund_time" in KNOWLEDGE.entries
            else (),
            complaint=NO,
            wants_human=YES if "person" in text.lower() or "人工" in text else NO,
            urgency=Urgency.NORMAL,
            rejection=False,
        )


@dataclass(kw_only=True)
class ChatServer:
    """Starts, stops and starts again on the same port and database."""

    database: Database
    allowed_origins: Collection[str] = ()
    answering: bool = True  # without, messages are taken in and wait
    ask_helpful: bool = False
    widget_from: str = ""  # another server, whose widget the page /shop holds
    host: str = "127.0.0.1"
    port: int = 0
    _stack: contextlib.AsyncExitStack = field(default_factory=contextlib.AsyncExitStack)

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"

    @property
    def socket_url(self) -> str:
        return f"ws://{self.host}:{self.port}/webchat/socket"

    @property
    def work(self) -> Work:
        """What agents do here."""
        return Work(Cases(self.database, self._wakeups, pushed=(), settings=DESK), guard=Guard({}))

    async def start(self) -> None:
        self._wakeups = LocalWakeups()
        self.signs = TypingSigns(self._wakeups)
        inbox = await self._stack.enter_async_context(Inbox(self.database, self._wakeups).running())
        feed = await self._stack.enter_async_context(Feed(self.database, self._wakeups).running())
        if self.answering:
            await self._stack.enter_async_context(self._turning())
        app = FastAPI()
        app.include_router(
            webchat.routes(
                database=self.database,
                inbox=inbox,
                feed=feed,
                links=LINKS,
                read_marks=ReadMarks(self.database, self._wakeups, on_read=report_read),
                signs=self.signs,
                allowed_origins=self.allowed_origins,
            )
        )
        app.include_router(files.routes(self.database, LINKS))
        app.include_router(chat_page.routes())
        app.add_api_route("/shop", lambda: HTMLResponse(SHOP_PAGE.replace("WIDGET_FROM", self.widget_from)))
        await self._stack.enter_async_context(self._serving(app))

    async def stop(self) -> None:
        await self._stack.aclose()

    @contextlib.asynccontextmanager
    async def _turning(self) -> AsyncIterator[None]:
        turns = Turns(
            self.database,
            self._wakeups,
            brain=Brain(interpreter=Foreseeable(), knowledge=KNOWLEDGE, policy=Policy(answer_at=0.5)),
            settings=TurnSettings(
                desk=DESK,
                pushed=(),
                ask_helpful=self.ask_helpful,
            ),
        )
        task = asyncio.create_task(work_forever("turns", turns.step, wakeups=self._wakeups, topic=INBOX))
        yield
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    @contextlib.asynccontextmanager
    async def _serving(self, app: FastAPI) -> AsyncIterator[None]:
        listening = socket.create_server((self.host, self.port), reuse_port=False)
        self.port = listening.getsockname()[1]
        config = uvicorn.Config(
            app, ws="websockets-sansio", log_level="warning", lifespan="off", timeout_graceful_shutdown=2
        )
        server = uvicorn.Server(config)
        task = asyncio.create_task(server.serve(sockets=[listening]))
        yield
        server.should_exit = True
        await task
