"""Databases of a measurement's own, on the PostgreSQL that `scripts/with_services.py` has started."""

import asyncio
import contextlib
import os
import uuid
from collections.abc import Iterator

import asyncpg

POSTGRES = os.environ.get("TEST_POSTGRES_URL")


@contextlib.contextmanager
def fresh_database() -> Iterator[str]:
    """The address of an empty database, which goes with the measurement."""
    name = f"bench_{uuid.uuid4().hex}"
    asyncio.run(_run(f"CREATE DATABASE {name}"))
    try:
        yield f"{POSTGRES}/{name}"
    finally:
        asyncio.run(_run(f"DROP DATABASE {name} WITH (FORCE)"))


async def _run(statement: str) -> None:
    connection = await asyncpg.connect(f"{POSTGRES}/postgres")
    try:
        await connection.execute(statement)
    finally:
        await connection.close()
