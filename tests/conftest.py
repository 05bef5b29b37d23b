"""Shared fixtures: a fresh database of the real schema, on SQLite and on PostgreSQL; a Redis; a browser."""

import asyncio
import gc
import os
import shutil
import uuid
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import asyncpg
import pytest
import structlog
from filelock import FileLock
from hypothesis import HealthCheck, settings
from playwright.async_api import Browser, async_playwright

from bot.schema import upgrade_schema
from core.database import Database

POSTGRES = os.environ.get("TEST_POSTGRES_URL")
REDIS = os.environ.get("TEST_REDIS_URL")
CHROMIUM_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)

# The machine may be busy, and a first example has more to load.
settings.register_profile("shouwen", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("shouwen")

# Plain tracebacks, as the service writes them: structlog's own default takes seconds to draw one.
_PLAIN = structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
structlog.configure(processors=[*structlog.get_config()["processors"][:-1], _PLAIN])


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    """What collecting imports stays until the end, and is a lot: the garbage collector leaves it alone."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file with the schema, to copy from."""
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    upgrade_schema(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def postgres_template(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The name of a PostgreSQL database with the schema, made once for all test processes."""
    shared = tmp_path_factory.getbasetemp().parent if os.environ.get("PYTEST_XDIST_WORKER") else None
    folder = shared or tmp_path_factory.getbasetemp()
    done = folder / "postgres_template"
    with FileLock(folder / "postgres_template.lock"):
        if not done.exists():
            run_on_postgres('CREATE DATABASE "template_shouwen"')
            upgrade_schema(f"{POSTGRES}/template_shouwen")
            done.touch()
    return "template_shouwen"


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a fresh database with the schema; every test that uses it runs on both."""
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("sqlite_template"), tmp_path / "shouwen.db")
        yield f"sqlite:///{tmp_path / 'shouwen.db'}"
        return
    if POSTGRES is None:
        pytest.skip("PostgreSQL is not installed here; `make test` starts it where it is")
    template = request.getfixturevalue("postgres_template")
    name = f"test_{uuid.uuid4().hex}"
    # Nothing is written to the template: to copy its files takes half the time of logging every page of them.
    run_on_postgres(f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY file_copy')
    yield f"{POSTGRES}/{name}"
    run_on_postgres(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """A fresh database with the schema."""
    database = Database(database_url)
    yield database
    await database.close()


@pytest.fixture
def redis_url() -> str:
    """The address of a Redis."""
    if REDIS is None:
        pytest.skip("Redis is not installed here; `make test` starts it where it is")
    return REDIS


@pytest.fixture
async def chromium() -> AsyncIterator[Browser]:
    """A headless Chromium: the system's, or else the one that Playwright has brought."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=CHROMIUM_FLAGS
        )
        yield browser
        await browser.close()


def run_on_postgres(statement: str) -> None:
    """Run one statement outside any transaction, on the cluster's own database."""

    async def run() -> None:
        connection = await asyncpg.connect(f"{POSTGRES}/postgres")
        try:
            await connection.execute(statement)
        finally:
            await connection.close()

    asyncio.run(run())
