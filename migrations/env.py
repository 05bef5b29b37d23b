"""Runs migrations: called by `shouwen db upgrade` and, on SQLite, by `shouwen run`."""

import asyncio
from typing import Any

from alembic import context
from sqlalchemy import text
from sqlalchemy.engine import Connection

import bot.tables  # noqa: F401 - maps every table
from core.database import Base, Database

LOCK = 7_230_119  # an advisory lock, so that two processes do not migrate at once


def run(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"SELECT pg_advisory_xact_lock({LOCK})"))
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=True,
        compare_type=True,
    )
    context.run_migrations()
    if connection.dialect.name == "sqlite":
        broken = connection.execute(text("PRAGMA foreign_key_check")).all()
        if broken:
            raise RuntimeError(f"after the upgrade rows refer to nothing: {broken[:3]}")


async def migrate() -> None:
    database = Database(context.config.attributes["url"])
    try:
        async with database.engine.connect() as connection:
            if database.is_sqlite:
                # To change a table it is made anew, which would break what refers to it: looked at afterwards.
                # https://www.sqlite.org/lang_altertable.html#otheralter
                driver: Any = (await connection.get_raw_connection()).driver_connection
                await driver.execute("PRAGMA foreign_keys=OFF")
            async with connection.begin():
                await connection.run_sync(run)
    finally:
        await database.close()


asyncio.run(migrate())
