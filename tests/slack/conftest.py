"""Fixtures: the third-party emulator of Slack, and a workspace in it."""

import json
import shutil
import subprocess
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest

from tests.slack.support import Workspace

PEERS = Path(__file__).parent.parent / "peers"


@pytest.fixture(scope="session")
def slack_emulator() -> Iterator[str]:
    """The address of emulate, shimmed as tests/peers/slack.mjs says."""
    node = shutil.which("node")
    if node is None or not (PEERS / "node_modules" / "emulate").exists():
        pytest.skip("the Slack emulator is not installed; run `npm ci` in tests/peers")
    command = [node, "slack.mjs"]
    with subprocess.Popen(command, cwd=PEERS, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None and process.stdout is not None
        port = json.loads(process.stdout.readline())["port"]
        yield f"http://127.0.0.1:{port}"
        process.stdin.close()  # which ends it


@pytest.fixture
async def workspace(slack_emulator: str) -> AsyncIterator[Workspace]:
    """A workspace that no other test has."""
    async with httpx.AsyncClient(base_url=slack_emulator) as http:
        workspace = await Workspace.begin(http)
        yield workspace
        await workspace.deliver_events_to(None)
