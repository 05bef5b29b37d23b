"""How long the desk in Slack takes: a complaint on Telegram until its card, an agent's answer until it is read, and back.

    python -m bench.slack_desk [--rounds 20] [--pause 5]

The service is a process of its own; Telegram and Slack are the third-party emulators of tests/peers (`npm ci` there). In each
round a new customer complains; lin takes the ticket and answers in its thread; the customer answers. Between rounds it is quiet
for `--pause` seconds: to a channel that is busy Slack takes a message a second. Prints JSON, in seconds: median and longest.
"""

import argparse
import asyncio
import contextlib
import json
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TypeVar

import httpx
import yaml

from bench.machine import machine
from bench.servers import make_home, run_command, running, wait_until_ready
from tests.peer_process import running_peer
from tests.slack.workspace import Workspace
from tests.telegram.support import Customer

T = TypeVar("T")

TOKEN = "100:BENCH"
COMPLAINT = "等了一周还没到，你们的服务太差了，我要投诉"
LOOK = 0.01  # seconds between looks
GIVE_UP = 30.0  # seconds


@dataclass
class Round:
    """The seconds of each."""

    card: list[float] = field(default_factory=list)  # from the complaint to its card
    reply: list[float] = field(default_factory=list)  # from the thread to the customer
    answer: list[float] = field(default_factory=list)  # from the customer to the thread


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--pause", type=float, default=5.0)
    chosen = parser.parse_args()
    measured = asyncio.run(measure(chosen.rounds, chosen.pause))
    figures = {name: _sum_up(seconds) for name, seconds in vars(measured).items()}
    print(json.dumps({"machine": machine(), "rounds": chosen.rounds, **figures}))


async def measure(rounds: int, pause: float) -> Round:
    """Play the rounds, one after the other."""
    measured = Round()
    async with _stage() as (workspace, service, telegram):
        lin, channel = workspace.users["lin"], workspace.channels["care"]
        for number in range(rounds):
            customer, begun = Customer(telegram, TOKEN, id=2000 + number), time.monotonic()
            await customer.says(COMPLAINT)
            ts = await _until(partial(_card, workspace, channel, number))
            measured.card.append(time.monotonic() - begun)
            headers, body = await workspace.press(lin, channel, ts, "take")
            (await service.post("/slack/events", content=body, headers=headers)).raise_for_status()
            await asyncio.sleep(pause)
            read = len(await customer.reads(2))  # the ticket, and that lin is there
            begun = time.monotonic()
            await workspace.say(lin, channel, "马上为您催仓库。", thread_ts=ts)
            await customer.reads(read + 1)
            measured.reply.append(time.monotonic() - begun)
            await asyncio.sleep(pause)
            begun = time.monotonic()
            await customer.says(f"好的，等您消息 {number}")
            await _until(partial(_said, workspace, channel, ts, f"等您消息 {number}"))
            measured.answer.append(time.monotonic() - begun)
            await asyncio.sleep(pause)
    return measured


@contextlib.asynccontextmanager
async def _stage() -> AsyncIterator[tuple[Workspace, httpx.AsyncClient, httpx.AsyncClient]]:
    """The emulators, and the service between them."""
    with (
        tempfile.TemporaryDirectory() as name,
        running_peer("slack.mjs", "emulate") as slack_url,
        running_peer("telegram.mjs", "telegram-test-api") as telegram_url,
    ):
        async with (
            httpx.AsyncClient(base_url=slack_url) as slack,
            httpx.AsyncClient(base_url=telegram_url) as telegram,
        ):
            workspace, folder = await Workspace.begin(slack), Path(name)
            variables = make_home(
                folder,
                {
                    "TELEGRAM_BOT_TOKEN": TOKEN,
                    "TELEGRAM_API_URL": telegram_url,
                    "SLACK_BOT_TOKEN": workspace.token,
                    "SLACK_SIGNING_SECRET": workspace.signing_secret,
                    "SLACK_API_URL": workspace.api_url,
                },
            )
            config = yaml.safe_load((folder / "config.yml").read_text("utf-8"))
            config["desk"]["slack"] = {
                "channels": {queue: workspace.channels[queue] for queue in ("service", "care")}
            }
            (folder / "config.yml").write_text(yaml.safe_dump(config, allow_unicode=True), "utf-8")
            run_command(["db", "upgrade"], folder, variables)
            run_command(
                ["user", "add", "lin", "--name", "小林"], folder, variables, given="a long password\n"
            )
            run_command(["slack", "link", workspace.users["lin"], "lin"], folder, variables)
            url = f"http://127.0.0.1:{variables['PORT']}"
            with running((), folder, variables) as process:
                await asyncio.to_thread(wait_until_ready, url, [process])
                await workspace.deliver_events_to(f"{url}/slack/events")
                async with httpx.AsyncClient(base_url=url) as service:
                    yield workspace, service, telegram
                await workspace.deliver_events_to(None)


async def _card(workspace: Workspace, channel: str, number: int) -> str | None:
    """The ts of the card with that number in the channel, as soon as it is there."""
    cards = [each for each in await workspace.history(channel) if each.get("blocks")]
    return str(cards[number]["ts"]) if len(cards) > number else None


async def _said(workspace: Workspace, channel: str, ts: str, text: str) -> bool:
    return any(text in json.dumps(each, ensure_ascii=False) for each in await workspace.replies(channel, ts))


async def _until(look: Callable[[], Awaitable[T | None]]) -> T:
    """What there is to see, as soon as there is something."""
    async with asyncio.timeout(GIVE_UP):
        while True:
            if found := await look():
                return found
            await asyncio.sleep(LOOK)


def _sum_up(seconds: Sequence[float]) -> dict[str, float]:
    return {"median": round(statistics.median(seconds), 3), "longest": round(max(seconds), 3)}


if __name__ == "__main__":
    main()
