"""Whether our own chat lets visitors in: a socket to ourselves, as their browsers open it. Leaves nothing behind."""

import asyncio
import secrets

import orjson
from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException

from core.findings import Finding, Grade

GREETING_SECONDS = 5.0  # until a visitor is welcomed


async def examine_webchat(address: str) -> list[Finding]:
    """Say hello at `address`, such as ws://127.0.0.1:8080; who has never written is welcomed, and nothing is kept of them."""
    hello = orjson.dumps({"type": "hello", "visitor": secrets.token_urlsafe(24)}).decode()
    try:
        async with (
            asyncio.timeout(GREETING_SECONDS),
            connect(f"{address}/webchat/socket", proxy=None) as socket,
        ):
            await socket.send(hello)
            answer = orjson.loads(await socket.recv())
    except (WebSocketException, OSError, ValueError) as error:  # a TimeoutError is an OSError
        return [Finding(code="webchat_away", facts={"error": str(error) or type(error).__name__})]
    if answer.get("type") != "welcome":
        return [Finding(code="webchat_away", facts={"error": str(answer.get("message"))})]
    return [Finding(code="webchat_fine", grade=Grade.FINE)]


def address_of(host: str, port: int) -> str:
    """Where a server that listens on `host` is reached from its own machine."""
    everywhere = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}
    local = everywhere.get(host, host)
    return f"ws://[{local}]:{port}" if ":" in local else f"ws://{local}:{port}"
