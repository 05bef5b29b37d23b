"""Slack's side of Socket Mode."""

import asyncio
import contextlib
import json
import secrets
from collections.abc import AsyncIterator
from typing import Any, Literal, Self
from urllib.parse import parse_qs

from aiohttp import web
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from tests.slack.emulated import Emulated
from tests.slack.support import PATIENCE, Json, Post


class SocketServer:
    """Slack's side of Socket Mode: https://docs.slack.dev/apis/events-api/using-socket-mode

    While it runs, the workspace's events go over it. What is sent goes to the newest connection.
    """

    def __init__(self, workspace: Emulated) -> None:
        self.connections: list[ServerConnection] = []  # that are open
        self.sent: list[Json] = []
        self.acknowledged: list[Json] = []  # as they came: envelope_id and, if any, payload
        self._workspace = workspace
        self._waiting: dict[str, asyncio.Future[Any]] = {}
        self._changed = asyncio.Condition()

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[Self]:
        app = web.Application()
        app.router.add_post("/", self._take)
        runner = web.AppRunner(app)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        try:
            async with serve(self._serve, "127.0.0.1", 0) as server:
                host, port = next(iter(server.sockets)).getsockname()[:2]
                await self._workspace.connect_sockets_to(f"ws://{host}:{port}/link/?ticket=1")
                host, port = runner.addresses[0][:2]
                await self._workspace.deliver_events_to(f"http://{host}:{port}/")
                yield self
        finally:
            await self._workspace.deliver_events_to(None)
            await runner.cleanup()

    async def connected(self, count: int = 1) -> None:
        """Wait until so many connections are open."""
        async with asyncio.timeout(PATIENCE), self._changed:
            await self._changed.wait_for(lambda: len(self.connections) == count)

    async def send(self, post: Post) -> Any:
        """Send an event, an interaction or a command in an envelope; the payload it is acknowledged with.

        Raises `TimeoutError` when it is not acknowledged in time.
        """
        envelope = _envelope(post)
        self.sent.append(envelope)
        answer = self._waiting[envelope["envelope_id"]] = asyncio.get_running_loop().create_future()
        try:
            await self.connections[-1].send(json.dumps(envelope))
            return await asyncio.wait_for(answer, PATIENCE)
        finally:
            del self._waiting[envelope["envelope_id"]]

    async def disconnect(
        self, reason: Literal["warning", "refresh_requested", "link_disabled"] = "refresh_requested"
    ) -> None:
        """Announce on the newest connection that it ends; closing it is left to the app."""
        message = {"type": "disconnect", "reason": reason, "debug_info": {"host": "applink"}}
        await self.connections[-1].send(json.dumps(message))

    async def _serve(self, connection: ServerConnection) -> None:
        hello = {
            "type": "hello",
            "num_connections": len(self.connections) + 1,
            "connection_info": {"app_id": self._workspace.app_id},
            "debug_info": {"host": "applink", "approximate_connection_time": 18060},
        }
        await connection.send(json.dumps(hello))
        async with self._changed:
            self.connections.append(connection)
            self._changed.notify_all()
        try:
            with contextlib.suppress(ConnectionClosed):
                async for message in connection:
                    self._hear(json.loads(message))
        finally:
            async with self._changed:
                self.connections.remove(connection)
                self._changed.notify_all()

    def _hear(self, answer: Json) -> None:
        self.acknowledged.append(answer)
        waiting = self._waiting.get(answer["envelope_id"])
        if waiting and not waiting.done():
            waiting.set_result(answer.get("payload"))

    async def _take(self, request: web.Request) -> web.Response:
        """An event of the emulator's: it repeats what is not answered with 200."""
        headers = {name.lower(): value for name, value in request.headers.items()}
        try:
            await self.send((headers, await request.read()))
        except (TimeoutError, IndexError):  # not acknowledged, or nobody is connected
            return web.Response(status=503)
        return web.Response()


def _envelope(post: Post) -> Json:
    headers, body = post
    envelope = {"envelope_id": secrets.token_hex(16), "accepts_response_payload": False}
    if headers["content-type"].startswith("application/json"):
        repeats = int(headers.get("x-slack-retry-num", "0"))
        about = {"retry_attempt": repeats, "retry_reason": headers.get("x-slack-retry-reason", "")}
        return {**envelope, "type": "events_api", "payload": json.loads(body), **about}
    form = {key: value for key, (value,) in parse_qs(body.decode(), keep_blank_values=True).items()}
    if "payload" not in form:
        return {**envelope, "type": "slash_commands", "payload": form, "accepts_response_payload": True}
    payload = json.loads(form["payload"])
    accepts = payload["type"] == "view_submission"
    return {**envelope, "type": "interactive", "payload": payload, "accepts_response_payload": accepts}
