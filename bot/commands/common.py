"""What the commands share: configuration, the database, and lines of standard input."""

import asyncio
import getpass
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
import uvloop

from bot.config import Config, Environment, load_config, load_environment
from bot.schema import check_schema, upgrade_schema
from core.database import Database, async_url

T = TypeVar("T")

ConfigOption = Annotated[
    Path, typer.Option("--config", "-c", help="The configuration file.", envvar="SHOUWEN_CONFIG")
]
CONFIG = Path("config.yml")


def load(config_path: Path) -> tuple[Config, Environment]:
    """Configuration and environment, with `.env` read from beside the configuration."""
    config = load_config(config_path)
    return config, load_environment(config, dotenv=config_path.resolve().parent / ".env")


def in_loop(main: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Run a coroutine on uvloop's event loop."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(main())


def with_database(environment: Environment, act: Callable[[Database], Coroutine[Any, Any, T]]) -> T:
    """Run `act` on the configured database, its schema brought up to date first where that is ours to do."""
    prepare(environment)

    async def go() -> T:
        database = Database(environment.database_url)
        try:
            await check_schema(database)
            return await act(database)
        finally:
            await database.close()

    return in_loop(go)


def prepare(environment: Environment) -> None:
    """SQLite is brought to this version's schema by itself; PostgreSQL when the operator says so."""
    if async_url(environment.database_url).get_backend_name() == "sqlite":
        upgrade_schema(environment.database_url)


def read_text(line: bytes) -> str:
    """A line of stdin, read as UTF-8 whatever the locale; what is not UTF-8 becomes U+FFFD."""
    return line.decode("utf-8", "replace").rstrip("\r\n")


def tell(text: str) -> None:
    """A line for the person at the terminal, beside what the command puts out."""
    typer.echo(text, err=True)


def me() -> str:
    """Who gives the command, for records."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container may run as a number without a name
        return "command line"
