"""Kill -9 of the process that follows tickets in Slack: nothing is lost, and hardly anything is there twice."""

import asyncio
import random
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml
from sqlalchemy import func, select

from bench import servers
from core.database import Database
from handoff.desk.threads import SlackThread
from handoff.settings import SlackSettings
from tests.shop import DESK, Shop, open_shop
from tests.slack.conftest import slack_emulator as slack_emulator
from tests.slack.conftest import workspace as workspace
from tests.slack.office import read
from tests.slack.workspace import Workspace

CUSTOMERS = 3
KILLS = 3
PATIENCE = 120.0  # seconds: the machine may be busy, and Slack takes a message a second


class Sender:
    """The process, which can be killed and started again."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        self._folder, self._environment = folder, environment
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self._process = servers.start(("sender",), self._folder, self._environment)

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()


@pytest.fixture
def sender(tmp_path: Path, database_url: str, workspace: Workspace) -> Iterator[Sender]:
    slack = {
        "SLACK_BOT_TOKEN": workspace.token,
        "SLACK_SIGNING_SECRET": workspace.signing_secret,
        "SLACK_API_URL": workspace.api_url,
    }
    environment = servers.make_home(tmp_path, {"DATABASE_URL": database_url, **slack})
    config = yaml.safe_load((tmp_path / "config.yml").read_text("utf-8"))
    config["desk"]["slack"] = {"channels": {"service": workspace.channels["service"]}}
    (tmp_path / "config.yml").write_text(yaml.safe_dump(config, allow_unicode=True), "utf-8")
    made = Sender(tmp_path, environment)
    made.start()
    yield made
    made.kill()


async def test_after_kills_every_message_is_in_its_thread_and_hardly_any_twice(
    database: Database, sender: Sender, workspace: Workspace
) -> None:
    seed = random.randrange(10**6)
    print(f"seed {seed}")  # noqa: T201 - shown when the test fails
    chance = random.Random(seed)
    channel = workspace.channels["service"]
    slack = SlackSettings(channels={"service": channel})
    said: list[str] = []
    async with open_shop(database, settings=replace(DESK, slack=slack)) as shop:
        for customer in range(CUSTOMERS):
            await shop.customer_says("我要人工", customer=str(customer))
        for round_ in range(KILLS):
            await asyncio.sleep(chance.uniform(1.0, 3.0))
            sender.kill()
            for customer in range(CUSTOMERS):
                said.append(f"第 {round_} 次催 {customer}")
                await shop.customer_says(said[-1], customer=str(customer))
            sender.start()
        async with asyncio.timeout(PATIENCE):
            while True:
                if await nothing_is_due(shop):
                    break
                await asyncio.sleep(0.1)
    history = await workspace.history(channel)
    threads = [await workspace.replies(channel, card["ts"]) for card in history]
    words = [read(message) for thread in threads for message in thread[1:]]
    counts = [sum(text in each for each in words) for text in said]
    assert min(counts) == 1
    assert len(history) - CUSTOMERS + sum(count - 1 for count in counts) <= KILLS


async def nothing_is_due(shop: Shop) -> bool:
    async with shop.database.read() as session:
        query = select(func.count()).where(SlackThread.due_at <= datetime.now(UTC))
        return await session.scalar(query) == 0
