"""The database's schema: is it the one this version needs, and how to bring it there."""

import asyncio
from pathlib import Path

from alembic import command
from alembic.config import Config as AlembicConfig
from sqlalchemy import inspect, text
from sqlalchemy.engine import Connection

import migrations
from core.database import Database, async_url
from core.errors import SchemaError

FOLDER = Path(migrations.__file__).parent


def known_revisions() -> list[str]:
    """The revisions that this version knows, oldest first: the numbers that the files' names begin with."""
    return sorted(path.name.split("_")[0] for path in (FOLDER / "versions").glob("[0-9]*.py"))


async def check_schema(database: Database) -> None:
    """Raises `SchemaError` unless the database has the schema of this version."""
    found = await find_revision(database)
    if found is None:
        raise SchemaError(None, "the database is empty", "Run: shouwen db upgrade")
    _check_known(found)
    newest = known_revisions()[-1]
    if found != newest:
        raise SchemaError(
            found,
            f"the database is of revision {found}, this version needs {newest}",
            "Run: shouwen db upgrade",
        )


async def find_revision(database: Database) -> str | None:
    """The revision of the database, or None when it has no schema yet."""

    def read(connection: Connection) -> str | None:
        if not inspect(connection).has_table("alembic_version"):
            return None
        found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
        return None if found is None else str(found)

    async with database.engine.connect() as connection:
        return await connection.run_sync(read)


def upgrade_schema(url: str) -> None:
    """Bring the database to this version's schema. Must not run inside an event loop.

    Raises `SchemaError` when a newer version has made it.
    """
    asyncio.run(_refuse_newer(url))
    config = AlembicConfig()
    config.set_main_option("script_location", str(FOLDER))
    config.attributes["url"] = async_url(url).render_as_string(hide_password=False)
    command.upgrade(config, "head")


async def _refuse_newer(url: str) -> None:
    database = Database(url)
    try:
        found = await find_revision(database)
    finally:
        await database.close()
    if found is not None:
        _check_known(found)


def _check_known(revision: str) -> None:
    known = known_revisions()
    if revision not in known:
        raise SchemaError(
            revision,
            f"the database was made by a newer version of Shouwen (its revision is {revision}, "
            f"this version knows up to {known[-1]})",
            "Install that newer version, or restore a backup from before the upgrade",
        )
