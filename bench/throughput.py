"""A load generator over the HTTP API: customers who ask, wait for the answer, and ask again.

    python -m bench.throughput --url http://127.0.0.1:8080 --token sw_… --customers 200 --messages 20000

Each of `--customers` places is taken by one customer after the other; a customer writes `TURNS` messages, each
after the answer to the one before. Afterwards every conversation is read again from the start and checked: each
accepted message stands in it once, in the order it was sent, with one reply. Prints JSON.
"""

import argparse
import asyncio
import itertools
import json
import statistics
import sys
import time
import uuid
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import orjson
import uvloop

from bench.servers import peak_memory

TURNS = 8  # messages of one customer: fewer than the bot takes for a flood
WAIT = 30  # seconds until a reply counts as lost
TEXTS = [line for line in (Path(__file__).parent / "questions.txt").read_text("utf-8").splitlines() if line]


@dataclass
class Conversation:
    """What was sent in one conversation, and when."""

    sent: list[str] = field(default_factory=list)  # ids of accepted messages, in order
    replied: list[str] = field(default_factory=list)  # of which a reply was read
    id: str = ""


@dataclass
class Figures:
    """What one run measured."""

    latencies: list[float] = field(default_factory=list)  # seconds from the start of the post to the reply
    accepts: list[float] = field(default_factory=list)  # seconds of the post
    conversations: list[Conversation] = field(default_factory=list)
    errors: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0


class Connection:
    """One kept-alive HTTP/1.1 connection; just enough to cost the load generator little."""

    def __init__(self, url: str, token: str) -> None:
        parts = urlsplit(url)
        self._host, self._port = parts.hostname or "127.0.0.1", parts.port or 80
        self._head = f"Host: {self._host}:{self._port}\r\nAuthorization: Bearer {token}\r\n"
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def post(self, path: str, body: Any) -> tuple[int, Any]:
        data = orjson.dumps(body)
        head = f"POST {path} HTTP/1.1\r\n{self._head}Content-Type: application/json\r\nContent-Length: {len(data)}\r\n\r\n"
        return await self._send(head.encode() + data)

    async def get(self, path: str) -> tuple[int, Any]:
        return await self._send(f"GET {path} HTTP/1.1\r\n{self._head}\r\n".encode())

    async def _send(self, request: bytes) -> tuple[int, Any]:
        if self._streams is None:
            self._streams = await asyncio.open_connection(self._host, self._port, limit=2**22)
        reader, writer = self._streams
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        status = int(head[9:12])
        lower = head.lower()
        start = lower.index(b"content-length:") + 15
        length = int(lower[start : lower.index(b"\r\n", start)])
        return status, orjson.loads(await reader.readexactly(length))

    def close(self) -> None:
        if self._streams is not None:
            self._streams[1].close()


async def play(url: str, token: str, *, customers: int, messages: int) -> Figures:
    """Have so many customers at once send so many messages in all."""
    figures = Figures()
    remaining = itertools.count()
    run = uuid.uuid4().hex[:8]
    people = itertools.count()

    async def place(number: int) -> None:
        connection = Connection(url, token)
        texts = itertools.cycle(TEXTS[number % len(TEXTS) :] + TEXTS[: number % len(TEXTS)])
        try:
            while True:
                conversation = Conversation()
                customer = f"{run}-{next(people)}"
                figures.conversations.append(conversation)
                for _ in range(TURNS):
                    if next(remaining) >= messages:
                        return
                    await ask(connection, customer, next(texts), conversation, figures)
        finally:
            connection.close()

    begin = time.perf_counter()
    await asyncio.gather(*(place(number) for number in range(customers)))
    figures.seconds = time.perf_counter() - begin
    return figures


async def ask(
    connection: Connection, customer: str, text: str, conversation: Conversation, figures: Figures
) -> None:
    """One message, and its reply."""
    start = time.perf_counter()
    status, answer = await connection.post(
        "/api/v1/messages", {"id": uuid.uuid4().hex, "customer": {"id": customer}, "text": text}
    )
    if status != 202:
        figures.errors[f"post answered {status}"] += 1
        return
    figures.accepts.append(time.perf_counter() - start)
    message_id, conversation.id = answer["message_id"], answer["conversation_id"]
    conversation.sent.append(message_id)
    path = f"/api/v1/conversations/{conversation.id}/messages?after={message_id}&wait={WAIT}"
    status, answer = await connection.get(path)
    if status != 200:
        figures.errors[f"get answered {status}"] += 1
    elif any(message.get("reply_to") == message_id for message in answer["messages"]):
        figures.latencies.append(time.perf_counter() - start)
        conversation.replied.append(message_id)
    else:
        figures.errors["no reply in time"] += 1


async def audit(url: str, token: str, conversations: list[Conversation]) -> dict[str, int]:
    """Read every conversation again and count what is handled, lost, doubled or out of order."""
    found = Counter(
        handled_messages=0,
        lost_messages=0,
        doubled_messages=0,
        lost_replies=0,
        doubled_replies=0,
        out_of_order=0,
    )
    waiting = [conversation for conversation in conversations if conversation.sent]

    async def check(connection: Connection, conversation: Conversation) -> None:
        record: list[dict[str, Any]] = []
        while True:
            after = f"?after={record[-1]['id']}" if record else ""
            _, answer = await connection.get(f"/api/v1/conversations/{conversation.id}/messages{after}")
            if not answer["messages"]:
                break
            record += answer["messages"]
        said = [message["id"] for message in record if message["author"] == "customer"]
        replies = [message["reply_to"] for message in record if message.get("reply_to")]
        for ids, lost, doubled in (
            (said, "lost_messages", "doubled_messages"),
            (replies, "lost_replies", "doubled_replies"),
        ):
            times = Counter(ids)
            found[lost] += sum(times[one] == 0 for one in conversation.sent)
            found[doubled] += sum(times[one] > 1 for one in conversation.sent)
        found["handled_messages"] += sum(message_id in said for message_id in conversation.sent)
        found["out_of_order"] += said != conversation.sent or replies != conversation.sent

    async def reader() -> None:
        connection = Connection(url, token)
        while waiting:
            await check(connection, waiting.pop())
        connection.close()

    await asyncio.gather(*(reader() for _ in range(8)))
    return dict(found)


def report(figures: Figures, checked: dict[str, int]) -> dict[str, Any]:
    """The figures as JSON: rates over the whole run, times in milliseconds."""
    return {
        "messages": sum(len(conversation.sent) for conversation in figures.conversations),
        "seconds": round(figures.seconds, 2),
        "accepted_per_second": round(len(figures.accepts) / figures.seconds, 1),
        "handled_per_second": round(checked["handled_messages"] / figures.seconds, 1),
        "delivered_per_second": round(len(figures.latencies) / figures.seconds, 1),
        "accept_ms": percentiles(figures.accepts),
        "reply_ms": percentiles(figures.latencies),
        **checked,
        "errors": dict(figures.errors),
    }


def percentiles(seconds: list[float]) -> dict[str, float]:
    if len(seconds) < 2:
        return {}
    cuts = statistics.quantiles(seconds, n=100)
    return {name: round(cuts[at] * 1000, 2) for name, at in (("p50", 49), ("p95", 94), ("p99", 98))}


async def measure(url: str, token: str, *, customers: int, messages: int) -> dict[str, Any]:
    """Play, then audit. One question first, so that a worker that is still starting is not measured."""
    await play(url, token, customers=1, messages=1)
    figures = await play(url, token, customers=customers, messages=messages)
    return report(figures, await audit(url, token, figures.conversations))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--url", required=True)
    parser.add_argument("--token", required=True)
    parser.add_argument("--customers", type=int, default=200)
    parser.add_argument("--messages", type=int, default=20_000)
    parser.add_argument(
        "--pid", type=int, nargs="*", help="server processes on this machine, for their memory"
    )
    chosen = parser.parse_args()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        result = runner.run(
            measure(chosen.url, chosen.token, customers=chosen.customers, messages=chosen.messages)
        )
    if chosen.pid:
        result["peak_memory_mb"] = round(max(peak_memory(pid) for pid in chosen.pid))
    json.dump(result, sys.stdout, indent=2)
    print()


if __name__ == "__main__":
    main()
