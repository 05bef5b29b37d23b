"""Run a command beside a PostgreSQL and a Redis of its own, on free ports, in a temporary folder.

    python scripts/with_services.py pytest -n 2
    python scripts/with_services.py --durable python -m bench.all

The command finds them in TEST_POSTGRES_URL and TEST_REDIS_URL; a service whose programs are not installed
is left out, which is said on stderr (with REQUIRE_SERVICES=1 it is an error). They end with the command.

PostgreSQL does not wait for the disk, and where memory is plenty its data and what tests write lie there: nobody reads it after
this run, and tests that kill processes of ours need no more. With --durable, as first argument, they are on the disk, as an
operator's are: for measurements.
"""

import contextlib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

START_SECONDS = 30.0
MEMORY = Path("/dev/shm")  # Linux has it; containers give it 64 MB
NEEDED = 8e9  # bytes free: trained models are among what tests write


def main(command: list[str]) -> int:
    durable = command[:1] == ["--durable"]
    if durable:
        command = command[1:]
    environment = dict(os.environ)
    with contextlib.ExitStack() as stack:
        memory = None if durable or not has_room(MEMORY) else MEMORY
        folder = Path(
            stack.enter_context(tempfile.TemporaryDirectory(prefix="shouwen-services-", dir=memory))
        )
        folder.chmod(0o755)
        if memory is not None and "PYTEST_DEBUG_TEMPROOT" not in environment:  # where pytest makes tmp_path
            tests = folder / "tests"
            tests.mkdir()
            environment["PYTEST_DEBUG_TEMPROOT"] = str(tests)
        for name, url in (
            ("TEST_POSTGRES_URL", stack.enter_context(postgres(folder / "postgres", durable=durable))),
            ("TEST_REDIS_URL", stack.enter_context(redis(folder / "redis"))),
        ):
            if url is not None:
                environment[name] = url
            elif os.environ.get("REQUIRE_SERVICES"):
                sys.exit(f"{name}: the server's programs are not installed, and REQUIRE_SERVICES is set")
            else:
                print(f"{name}: not installed here, so what needs it is skipped", file=sys.stderr)
        return subprocess.call(command, env=environment)


def has_room(folder: Path) -> bool:
    """Whether it is there, with all that is needed."""
    return folder.is_dir() and shutil.disk_usage(folder).free > NEEDED


@contextlib.contextmanager
def postgres(folder: Path, *, durable: bool) -> Iterator[str | None]:
    """A fresh cluster that trusts local connections; yields its address without a database name."""
    programs = find_postgres()
    if programs is None:
        yield None
        return
    folder.mkdir()
    as_user = become_postgres(folder)
    initdb = [
        str(programs / "initdb"),
        "-D",
        str(folder / "data"),
        "-U",
        "shouwen",
        "--auth=trust",
        "-E",
        "UTF8",
    ]
    subprocess.run([*as_user, *initdb, "--locale=C.UTF-8"], check=True, stdout=subprocess.DEVNULL, cwd=folder)
    port = free_port()
    options = [
        "-p",
        str(port),
        "-k",
        str(folder),
        "-c",
        "listen_addresses=127.0.0.1",
        "-c",
        "max_connections=200",
    ]
    if not durable:
        options += ["-c", "fsync=off", "-c", "full_page_writes=off"]
    with running([*as_user, str(programs / "postgres"), "-D", str(folder / "data"), *options], folder):
        wait_for(port)
        yield f"postgresql://shouwen@127.0.0.1:{port}"


@contextlib.contextmanager
def redis(folder: Path) -> Iterator[str | None]:
    """A fresh Redis without persistence."""
    program = shutil.which("redis-server")
    if program is None:
        yield None
        return
    folder.mkdir()
    port = free_port()
    with running(
        [program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)], folder
    ):
        wait_for(port)
        yield f"redis://127.0.0.1:{port}/0"


def find_postgres() -> Path | None:
    """The folder of PostgreSQL's programs: on the path, or where Debian and Homebrew keep them."""
    found = shutil.which("postgres")
    if found:
        return Path(found).parent
    places = [*Path("/usr/lib/postgresql").glob("*/bin"), *Path("/opt/homebrew/opt").glob("postgresql*/bin")]
    return next((p for p in sorted(places, reverse=True) if (p / "postgres").exists()), None)


def become_postgres(folder: Path) -> list[str]:
    """PostgreSQL refuses to run as root: hand the folder to its own user and say how to become it."""
    if os.geteuid() != 0:
        return []
    user = pwd.getpwnam("postgres")
    os.chown(folder, user.pw_uid, user.pw_gid)
    return ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]


@contextlib.contextmanager
def running(command: list[str], folder: Path) -> Iterator[None]:
    with open(folder / "log", "wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, cwd=folder)
    try:
        yield
    finally:
        process.send_signal(signal.SIGINT)  # PostgreSQL: fast shutdown
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def wait_for(port: int) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1):
                return
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
