"""The third-party emulators of tests/peers, as processes."""

import contextlib
import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

PEERS = Path(__file__).parent / "peers"


@contextlib.contextmanager
def running_peer(script: str, package: str) -> Iterator[str]:
    """Run a script that serves an npm package; yields its address. Skips the test where the package is not installed."""
    node = shutil.which("node")
    if node is None or not (PEERS / "node_modules" / package).exists():
        pytest.skip(f"the emulator {package} is not installed; run `npm ci` in tests/peers")
    command = [node, script]
    with subprocess.Popen(command, cwd=PEERS, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None and process.stdout is not None
        port = json.loads(process.stdout.readline())["port"]
        yield f"http://127.0.0.1:{port}"
        process.stdin.close()  # which ends it
