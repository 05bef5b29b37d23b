"""A running web chat, and a visitor who talks its protocol."""

import asyncio
import contextlib
import json
import secrets
import uuid
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect

from core.database import Database
from tests.webchat.server import ChatServer

PATIENCE = 20.0  # seconds for a frame that must come


class Visitor:
    """A browser without the browser: sends frames, and reads those that come back."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection
        self._passed_over: list[dict[str, Any]] = []

    async def send(self, **frame: Any) -> None:
        await self._connection.send(json.dumps(frame))

    async def send_raw(self, raw: str | bytes) -> None:
        await self._connection.send(raw)

    async def receive(self) -> dict[str, Any]:
        """The next frame that comes in."""
        async with asyncio.timeout(PATIENCE):
            frame: dict[str, Any] = json.loads(await self._connection.recv())
        return frame

    async def until(self, kind: str) -> dict[str, Any]:
        """The next frame of that type; others that come before it are kept for later."""
        for index, frame in enumerate(self._passed_over):
            if frame["type"] == kind:
                return self._passed_over.pop(index)
        while True:
            frame = await self.receive()
            if frame["type"] == kind:
                return frame
            self._passed_over.append(frame)

    async def messages(self, count: int) -> list[dict[str, Any]]:
        """The next messages of the record."""
        return [await self.until("message") for _ in range(count)]

    async def say(self, text: str, *, id: str | None = None) -> dict[str, Any]:
        """Send a text; returns its ack."""
        await self.send(type="message", id=id or str(uuid.uuid4()), text=text)
        return await self.until("ack")

    async def closed(self) -> int | None:
        """Wait until the server closes; its code."""
        await self._connection.wait_closed()
        return self._connection.close_code


Visit = Callable[..., contextlib.AbstractAsyncContextManager[Visitor]]


@pytest.fixture
async def server(database: Database) -> AsyncIterator[ChatServer]:
    """A running server on a fresh database."""
    server = ChatServer(database=database, allowed_origins=["https://shop.example"])
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
def secret() -> str:
    """A visitor's secret, as the widget makes it."""
    return secrets.token_urlsafe(32)


@pytest.fixture
def visit(server: ChatServer, secret: str) -> Visit:
    """Open a socket, and say hello unless `greet=False`."""

    @contextlib.asynccontextmanager
    async def open_socket(
        *, greet: bool = True, origin: str | None = None, **hello: Any
    ) -> AsyncIterator[Visitor]:
        async with connect(server.socket_url, origin=origin, max_size=None) as connection:  # type: ignore[arg-type]
            visitor = Visitor(connection)
            if greet:
                await visitor.send(**{"type": "hello", "visitor": secret, "language": "en", **hello})
            yield visitor

    return open_socket
