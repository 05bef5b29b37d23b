"""Start the service for a measurement: a folder, a database and processes of its own."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parent.parent
START_SECONDS = 120.0


@dataclass(frozen=True, kw_only=True)
class Service:
    """A running service."""

    url: str
    token: str
    folder: Path
    processes: Sequence[subprocess.Popen[bytes]]

    def peak_memory(self) -> float:
        """MB of the largest process at its peak."""
        return max(peak_memory(process.pid) for process in self.processes)


@contextlib.contextmanager
def service(
    folder: Path, *, roles: Sequence[Sequence[str]] = ((),), environment: dict[str, str] | None = None
) -> Iterator[Service]:
    """Run one process for each group of roles (no roles: all in one) until the block ends."""
    variables = make_home(folder, environment or {})
    run_command(["db", "upgrade"], folder, variables)
    token = run_command(["token", "add", "bench"], folder, variables).strip()
    with contextlib.ExitStack() as stack:
        processes = [stack.enter_context(running(group, folder, variables)) for group in roles]
        url = f"http://127.0.0.1:{variables['PORT']}"
        wait_until_ready(url, processes)
        yield Service(url=url, token=token, folder=folder, processes=processes)


def make_home(
    folder: Path, environment: dict[str, str], *, data_folder: Path = ROOT / "data"
) -> dict[str, str]:
    """A folder with a configuration and a database of its own; returns the variables to run in it."""
    config = yaml.safe_load((ROOT / "config.yml").read_text("utf-8"))
    config["bot"]["knowledge"] = str(ROOT / config["bot"]["knowledge"])
    config["data_folder"] = str(data_folder)  # by default models are trained once and used by all
    (folder / "config.yml").write_text(yaml.safe_dump(config, allow_unicode=True), "utf-8")
    kept = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG")}
    database = {"DATABASE_URL": f"sqlite:///{folder / 'shouwen.db'}"}
    return {**kept, "PORT": str(free_port()), **database, **environment}


def run_command(arguments: list[str], folder: Path, environment: dict[str, str], *, given: str = "") -> str:
    """Run `shouwen` once, with what it is given to read, and return what it printed."""
    done = subprocess.run(
        [sys.executable, "-m", "bot", *arguments],
        cwd=folder,
        env={**environment, "PYTHONPATH": str(ROOT)},
        check=True,
        input=given,
        stdout=subprocess.PIPE,
        text=True,
    )
    return done.stdout


@contextlib.contextmanager
def running(
    roles: Sequence[str], folder: Path, environment: dict[str, str]
) -> Iterator[subprocess.Popen[bytes]]:
    """One process of the service; its output is appended to `log` in the folder."""
    process = start(roles, folder, environment)
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def start(roles: Sequence[str], folder: Path, environment: dict[str, str]) -> subprocess.Popen[bytes]:
    """Start `shouwen run`; the caller ends it."""
    options = [option for role in roles for option in ("--role", role)]
    with open(folder / "log", "ab") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "bot", "run", *options],
            cwd=folder,
            env={**environment, "PYTHONPATH": str(ROOT)},
            stdout=log,
            stderr=log,
        )


def wait_until_ready(url: str, processes: Sequence[subprocess.Popen[bytes]] = ()) -> float:
    """Wait until the service answers; returns the seconds that it took."""
    begin = time.monotonic()
    while True:
        with contextlib.suppress(OSError), urllib.request.urlopen(f"{url}/readyz", timeout=5):
            return time.monotonic() - begin
        if any(process.poll() is not None for process in processes):
            raise RuntimeError("the service ended while it started; see its log")
        if time.monotonic() - begin > START_SECONDS:
            raise TimeoutError(f"{url} is not ready after {START_SECONDS:.0f} s")
        time.sleep(0.02)


def peak_memory(pid: int) -> float:
    """MB of resident memory at its peak (Linux)."""
    status = Path(f"/proc/{pid}/status").read_text()
    line = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1024


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
