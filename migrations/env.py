"""Runs migrations: called by `shouwen db upgrade` and, on SQLite, by `shouwen run`."""

import asyncio

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


async def migrate() -> None:
    database = Database(context.config.attributes["url"])
    try:
        async with database.write() as session:
            await (await session.connection()).run_sync(run)
    finally:
        await database.close()


asyncio.run(migrate())
