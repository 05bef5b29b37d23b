"""Fixtures: the third-party emulator of Telegram, a server that fails on demand, a clock to move."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Iterator

import httpx
import pytest

from core.database import Database
from core.inbox import Inbox
from core.wakeups import LocalWakeups
from tests.peer_process import running_peer
from tests.telegram.support import Customer, FakeBotApi, MovingClock

_bots = itertools.count(100)


@pytest.fixture(scope="session")
def emulator_url() -> Iterator[str]:
    """The address of telegram-test-api, shimmed as tests/peers/telegram.mjs says."""
    with running_peer("telegram.mjs", "telegram-test-api") as url:
        yield url


@pytest.fixture
def token() -> str:
    """The token of a bot that no other test has."""
    return f"{next(_bots)}:TEST"


@pytest.fixture
async def customer(emulator_url: str, token: str) -> AsyncIterator[Customer]:
    """A customer of that bot."""
    async with httpx.AsyncClient(base_url=emulator_url) as client:
        yield Customer(client, token)


@pytest.fixture
async def bot_api() -> AsyncIterator[FakeBotApi]:
    """A Bot API server that fails on demand."""
    async with FakeBotApi().running() as server:
        yield server


@pytest.fixture
def clock() -> MovingClock:
    return MovingClock()


@pytest.fixture
def wakeups() -> LocalWakeups:
    return LocalWakeups()


@pytest.fixture
async def inbox(database: Database, wakeups: LocalWakeups) -> AsyncIterator[Inbox]:
    """An inbox that commits."""
    inbox = Inbox(database, wakeups)
    async with inbox.running():
        yield inbox
        await asyncio.sleep(0)  # let waiters of the last commit see it
