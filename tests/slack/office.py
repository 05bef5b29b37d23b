"""An office whose desk is in Slack: a shop with its real parts, and a workspace of the third-party emulator."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import httpx
import uvicorn
from fastapi import FastAPI
from sqlalchemy import select

from channels.base import PushChannel
from channels.slack.client import Pace, Slack
from channels.slack.connection import SlackCustomers
from channels.slack.mapping import Places
from core.database import Database
from handoff.desk.connection import SlackDesk
from handoff.desk.events import SlackEvent, is_said
from handoff.desk.people import link_person
from handoff.guard import load_guard
from handoff.settings import SlackSettings
from handoff.suggesting import Suggesting
from handoff.work import Work
from nlu.knowledge.live import LiveKnowledge
from tests.shop import DESK, Shop, open_shop
from tests.slack.blocks import buttons
from tests.slack.support import PATIENCE, FakePace, Json, Post
from tests.slack.workspace import Workspace


@dataclass
class Office:
    """What happens on both sides: the customer's, and the agents' in Slack."""

    shop: Shop
    workspace: Workspace
    desk: SlackDesk
    http: httpx.AsyncClient
    customers: SlackCustomers
    channels: dict[str, PushChannel]  # that fetch what customers send

    @property
    def channel(self) -> str:
        return self.workspace.channels["service"]

    @property
    def care(self) -> str:
        return self.workspace.channels["care"]

    async def link(self, user: str, name: str) -> str:
        """The Slack user is that agent from now on."""
        agent = await self.shop.agent(name)
        user_id = self.workspace.users[user]
        async with self.shop.database.write() as session:
            await link_person(session, user_id, agent, now=self.shop.now)
        return user_id

    async def settle(self) -> None:
        """Until everything that came in is handled, and Slack shows all there is."""
        busy = True
        while busy:
            busy = await self.desk.listener.step()
            await self.desk.listener.fetched()
            for channel in (self.channel, self.care):
                busy |= await self.desk.mirror.step(channel)
                busy |= await self.desk.sharing.step(channel)

    async def hear(self, user: str, text: str, *, thread: str, channel: str | None = None) -> str:
        """Somebody writes in a thread, and it is handled; the ts."""
        ts = await self.workspace.say(
            self.workspace.users[user], channel or self.channel, text, thread_ts=thread
        )
        await self.arrived(ts)
        await self.settle()
        return ts

    async def arrived(self, ts: str, subtype: str | None = None) -> None:
        """Wait until Slack has told us of it, as it does a moment later."""
        async with asyncio.timeout(PATIENCE):
            while True:
                async with self.shop.database.read() as session:
                    pending = select(SlackEvent.event).where(SlackEvent.handled_at.is_(None))
                    events = list(await session.scalars(pending))
                if any(ts in _stamps(event) and event.get("subtype") == subtype for event in events):
                    return
                await asyncio.sleep(0.01)

    async def waiting_is(self, texts: list[str]) -> None:
        """Wait until this is what people wrote and still waits to be said."""
        async with asyncio.timeout(PATIENCE):
            while True:
                async with self.shop.database.read() as session:
                    pending = select(SlackEvent.event).where(SlackEvent.handled_at.is_(None))
                    events = list(await session.scalars(pending))
                if [event["text"] for event in events if is_said(event)] == texts:
                    return
                await asyncio.sleep(0.01)

    async def card(self, channel: str | None = None, *, number: int = -1) -> Json:
        """A card, the newest unless another is meant."""
        history = await self.workspace.history(channel or self.channel)
        return [each for each in history if not each.get("subtype") and each.get("blocks")][number]

    async def thread(self, ts: str, channel: str | None = None) -> list[str]:
        """What is read in a thread, without the card."""
        replies = (await self.workspace.replies(channel or self.channel, ts))[1:]
        return [read(each) for each in replies]

    async def press(self, user: str, ts: str, action: str, *, channel: str | None = None) -> httpx.Response:
        """Somebody presses a button of a card or a whisper."""
        user_id = self.workspace.users[user]
        return await self.post(await self.workspace.press(user_id, channel or self.channel, ts, action))

    async def choose(self, user: str, ts: str, entry: str, *, channel: str | None = None) -> httpx.Response:
        """Somebody chooses an entry of a card's menu."""
        where, user_id = channel or self.channel, self.workspace.users[user]
        ticket_id = buttons((await self.workspace.replies(where, ts))[0]["blocks"])["note"]["value"]
        return await self.post(await self.workspace.press(user_id, where, ts, "more", f"{entry}:{ticket_id}"))

    async def submit(self, user: str, values: dict[str, Any]) -> httpx.Response:
        """Fill in the form that was opened last, and send it off."""
        view = (await self.workspace.views())[-1]
        return await self.post(await self.workspace.submit(self.workspace.users[user], view, values))

    async def post(self, post: Post) -> httpx.Response:
        """Slack calls us."""
        headers, body = post
        answer = await self.http.post("/slack/events", content=body, headers=headers)
        await self.settle()
        return answer

    async def whispers(self, user: str) -> list[str]:
        """What only that person has read so far."""
        return [
            read(each)
            for each in await self.workspace.ephemerals()
            if each["user"] == self.workspace.users[user]
        ]


def _stamps(event: Json) -> set[str]:
    message, before = event.get("message") or {}, event.get("previous_message") or {}
    return {str(each.get("ts")) for each in (event, message, before)}


def read(message: Json) -> str:
    """All words of a message, as they stand in its blocks."""
    found: list[str] = []

    def walk(part: Any) -> None:
        if isinstance(part, dict):
            if isinstance(part.get("text"), str) and part.get("type") in ("plain_text", "mrkdwn", "text"):
                found.append(part["text"])
            else:
                for value in part.values():
                    walk(value)
        elif isinstance(part, list):
            for each in part:
                walk(each)

    walk(message.get("blocks") or [])
    return "\n".join(found) or str(message.get("text", ""))


@contextlib.asynccontextmanager
async def open_office(
    database: Database,
    workspace: Workspace,
    *,
    sending_delay: float = 0,
    pace: Pace | None = None,
    places: Places | None = None,
) -> AsyncIterator[Office]:
    """With 小林 (lin) and 小魏 (wei) linked, and events coming in over real HTTP. At `places` people are customers."""
    slack = SlackSettings(
        channels={"service": workspace.channels["service"], "care": workspace.channels["care"]},
        sending_delay=timedelta(seconds=sending_delay),
    )
    async with (
        open_shop(database, settings=replace(DESK, slack=slack)) as shop,
        contextlib.AsyncExitStack() as stack,
    ):
        pace = pace or FakePace().pace()  # tests do not wait for Slack's limits
        client = Slack(workspace.token, api_url=workspace.api_url, pace=pace)
        customers = SlackCustomers(client, shop.inbox, places or Places(), clock=lambda: shop.now)
        stack.push_async_callback(client.close)
        channels: dict[str, PushChannel] = {}
        desk = SlackDesk(
            client,
            shop.cases,
            shop.wakeups,
            Work(shop.cases, guard=load_guard()),
            shop.transfers,
            shop.complaints,
            suggesting=Suggesting(
                shop.cases, LiveKnowledge(database), shop={"zh": "好物商城", "en": "Good Things"}
            ),
            channels=channels,
            signing_secret=workspace.signing_secret,
            app_token=workspace.app_token,
            titles={},
            zone=DESK.calendar.zone,
            region="CN",
            customers=customers,
        )
        app = FastAPI()
        app.include_router(desk.routes())
        url = await stack.enter_async_context(serve(app))
        await workspace.deliver_events_to(f"{url}/slack/events")
        http = await stack.enter_async_context(httpx.AsyncClient(base_url=url))
        office = Office(
            shop=shop, workspace=workspace, desk=desk, http=http, customers=customers, channels=channels
        )
        for user, name in (("lin", "小林"), ("wei", "小魏")):
            await office.link(user, name)
        yield office
        await workspace.deliver_events_to(None)


@contextlib.asynccontextmanager
async def serve(app: FastAPI) -> AsyncIterator[str]:
    """An app on a real server; yields its address."""
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="off", ws="none"))
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        serving = asyncio.create_task(server.serve(sockets=[listening]))
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        server.should_exit = True
        await serving
