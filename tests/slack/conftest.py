"""Fixtures: the third-party emulator of Slack, and a workspace in it."""

import asyncio
from collections.abc import AsyncIterator, Iterator

import httpx
import pytest

from tests.e2e.home import Home
from tests.peer_process import running_peer
from tests.slack.workspace import Workspace


@pytest.fixture(scope="session")
def slack_emulator() -> Iterator[str]:
    """The address of emulate, shimmed as tests/peers/slack.mjs says."""
    with running_peer("slack.mjs", "emulate") as url:
        yield url


@pytest.fixture
async def workspace(slack_emulator: str) -> AsyncIterator[Workspace]:
    """A workspace that no other test has."""
    async with httpx.AsyncClient(base_url=slack_emulator) as http:
        workspace = await Workspace.begin(http)
        yield workspace
        await workspace.deliver_events_to(None)


@pytest.fixture
async def url(home: Home, workspace: Workspace) -> AsyncIterator[str]:
    """The service as a process, in the `home` that a module makes; Slack's events go there."""

    def serve() -> Iterator[str]:
        with home.serving() as url:
            yield url

    serving = serve()
    url = await asyncio.to_thread(next, serving)
    await workspace.deliver_events_to(f"{url}/slack/events")
    yield url
    await workspace.deliver_events_to(None)
    assert await asyncio.to_thread(next, serving, None) is None
