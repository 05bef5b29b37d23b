"""A Rasa server of our own, as a child process: for evaluation and tests, and for `make rasa-run`.

    python -m nlu.rasa.server --port 5005

runs it in the foreground, in the environment that `make rasa` has made.
"""

import argparse
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType

from core.errors import ConfigError, ShouwenError
from nlu.rasa.client import MODELS, RasaClient, RasaError

ENVIRONMENT = Path(".venv-rasa")
START_SECONDS = 90.0
STOP_SECONDS = 10.0
KEEP_MODELS = 20  # in its folder; older ones are deleted when it starts

QUIET = {
    "RASA_TELEMETRY_ENABLED": "false",
    "TF_CPP_MIN_LOG_LEVEL": "2",
    "LOG_LEVEL": "WARNING",
    "LOG_LEVEL_LIBRARIES": "ERROR",
    "TQDM_DISABLE": "1",
    "PYTHONWARNINGS": "ignore",
    "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
}


class RasaNotStarted(ShouwenError):
    """The server ended, or did not answer in time; `output` is the end of its log."""

    def __init__(self, problem: str, output: str) -> None:
        super().__init__(f"the Rasa server {problem}: {output.strip()[-2000:] or 'it said nothing'}")
        self.output = output


def find_rasa(environment: Path = ENVIRONMENT) -> Path:
    """The `rasa` program of an environment. Raises `ConfigError` when it is not there."""
    program = environment / "bin" / "rasa"
    if not program.exists():
        raise ConfigError(str(environment), "Rasa is not installed here", "Run: make rasa")
    return program.absolute()


def command(program: Path, *, host: str, port: int) -> list[str]:
    """What starts a server; to be run in the folder that holds its models."""
    return [str(program), "run", "--enable-api", "--model", MODELS, "--interface", host, "--port", str(port)]


def prepare(folder: Path) -> None:
    """Make the server's folder, and delete all but the newest models in it."""
    models = folder / MODELS
    models.mkdir(parents=True, exist_ok=True)
    newest_first = sorted(models.glob("*.tar.gz"), key=lambda path: path.stat().st_mtime, reverse=True)
    for old in newest_first[KEEP_MODELS:]:
        old.unlink()


class RasaServer:
    """A server on this machine, from `with` to its end; it keeps its models and its log in `folder`."""

    def __init__(self, program: Path, folder: Path, port: int) -> None:
        self._program = program
        self._folder = folder
        self._port = port
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def __enter__(self) -> "RasaServer":
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Start it and wait until it answers. Raises `RasaNotStarted`."""
        prepare(self._folder)
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                command(self._program, host="127.0.0.1", port=self._port),
                cwd=self._folder,
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                env={**os.environ, **QUIET},
            )
        client = RasaClient(self.url)
        until = time.monotonic() + START_SECONDS
        try:
            while True:
                try:
                    client.loaded_model()
                    return
                except RasaError:
                    if self._process.poll() is not None:
                        raise RasaNotStarted("ended at once", self._log()) from None
                    if time.monotonic() > until:
                        self.stop()
                        raise RasaNotStarted(
                            f"is not ready after {START_SECONDS:.0f} s", self._log()
                        ) from None
                time.sleep(0.2)
        finally:
            client.close()

    def stop(self, number: signal.Signals = signal.SIGTERM) -> None:
        """End it; with SIGKILL at once."""
        if self._process is None:
            return
        self._process.send_signal(number)
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None

    def _log(self) -> str:
        return (self._folder / "log").read_text("utf-8", errors="replace")


def main() -> None:
    """Become the server: the process that was started is the one that serves."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--environment", type=Path, default=ENVIRONMENT)
    parser.add_argument("--folder", type=Path, default=Path("data/rasa"))
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=5005)
    options = parser.parse_args()
    try:
        program = find_rasa(options.environment)
    except ConfigError as error:
        sys.exit(str(error))
    prepare(options.folder)
    os.chdir(options.folder)
    os.environ.update(QUIET)
    os.execv(program, command(program, host=options.host, port=options.port))


if __name__ == "__main__":
    main()
