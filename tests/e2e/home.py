"""A home for the service: a folder with a configuration of its own, in which `shouwen` runs as a real process."""

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml
from filelock import FileLock

from bench.servers import ROOT, free_port, running, wait_until_ready

COMMAND_SECONDS = 60
TRAINING_SECONDS = 600  # nothing is cached yet, and other tests may keep the machine busy
DATABASE = "shouwen.db"
UNSET = (
    "DATABASE_URL",
    "REDIS_URL",
    "RASA_URL",
    "EMBEDDINGS_KEY",
    "SECRET_KEY",
    "PORT",
    "PUBLIC_URL",
    "SHOUWEN_CONFIG",
)


@dataclass(frozen=True)
class Done:
    """A command that has ended."""

    status: int
    out: str
    err: str

    def check_refused(self, *told: str) -> None:
        """It ended with status 1 and one line that says all of this, and without a traceback."""
        assert self.status == 1, self
        last = self.err.strip().splitlines()[-1]
        assert last.startswith("shouwen: ")
        for part in told:
            assert part in last
        assert "Traceback" not in self.err
        assert self.out == ""


@dataclass(frozen=True)
class Home:
    """Runs `python -m bot` in its folder; `variables` are all that is set of ours in the environment."""

    folder: Path
    variables: dict[str, str] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        kept = {
            name: value
            for name, value in os.environ.items()
            if name not in UNSET and not name.startswith(("TELEGRAM_", "SLACK_"))
        }
        return {**kept, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "error", **self.variables}

    @property
    def database_url(self) -> str:
        return f"sqlite:///{self.folder / 'data' / DATABASE}"

    def configure(self, section: str, **values: Any) -> None:
        """Change a section of its configuration."""
        path = self.folder / "config.yml"
        config = yaml.safe_load(path.read_text("utf-8"))
        config[section] = {**config.get(section, {}), **values}
        path.write_text(yaml.safe_dump(config, allow_unicode=True), "utf-8")

    def run(
        self, *arguments: str, stdin: bytes = b"", seconds: float = COMMAND_SECONDS, **variables: str
    ) -> Done:
        """Run a command to its end."""
        done = subprocess.run(
            [sys.executable, "-m", "bot", *arguments],
            cwd=self.folder,
            env={**self.environment, **variables},
            input=stdin,
            capture_output=True,
            timeout=seconds,
        )
        return Done(done.returncode, done.stdout.decode(), done.stderr.decode())

    @contextlib.contextmanager
    def serving(self) -> Iterator[str]:
        """`shouwen run` in the background, ended at the end of the block; yields its address."""
        port = free_port()
        with running((), self.folder, {**self.environment, "PORT": str(port)}) as process:
            url = f"http://localhost:{port}"
            wait_until_ready(url, [process])
            yield url
        assert process.returncode == 0, (self.folder / "log").read_text()


def make_home(folder: Path, *, models: Path, **variables: str) -> Home:
    """A home with the shipped configuration and knowledge base.

    It shares the encoder and its vectors with others, and begins with the database that lies beside them, if any.
    """
    config = yaml.safe_load((ROOT / "config.yml").read_text("utf-8"))
    config["bot"]["knowledge"] = str(ROOT / config["bot"]["knowledge"])
    (folder / "config.yml").write_text(yaml.safe_dump(config, allow_unicode=True), "utf-8")
    (folder / "data").mkdir()
    (folder / "data" / "models").symlink_to(models)
    if (models.parent / DATABASE).exists():
        shutil.copy(models.parent / DATABASE, folder / "data" / DATABASE)
    return Home(folder, variables)


def make_small_home(folder: Path, factory: pytest.TempPathFactory, **variables: str) -> Home:
    """A home whose knowledge base is kb.yml, which the test writes.

    Homes of this kind share the encoder, its vectors and what signals have learned, which the sample's training made.
    """
    trained = train_models(factory)
    models = trained.parent.parent / "models-of-small-ones"
    with FileLock(models.with_suffix(".lock")):
        if not models.exists():
            shutil.copytree(trained, models)
    made = make_home(folder, models=models, **variables)
    made.configure("bot", knowledge="kb.yml", answer_at=0.9)
    return made


def train_models(factory: pytest.TempPathFactory) -> Path:
    """A folder of models, and beside it a database in which the sample is version 1; made once for all test processes."""
    base = factory.getbasetemp()
    shared = base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base
    with FileLock(shared / "trained.lock"):
        models, done = shared / "trained" / "models", shared / "trained" / DATABASE
        if not done.exists():
            models.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=shared) as first:
                trained = make_home(Path(first), models=models).run("parse", seconds=TRAINING_SECONDS)
                assert trained.status == 0, trained.err
                shutil.move(Path(first) / "data" / DATABASE, done)
    return models
