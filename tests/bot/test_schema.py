"""The schema: migrations and models agree, and a database that does not fit is refused."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text
from sqlalchemy.engine import Connection

import bot.tables  # noqa: F401 - maps every table
from bot.schema import check_schema, find_revision, known_revisions, upgrade_schema
from core.database import Base, Database
from core.errors import SchemaError

T = TypeVar("T")


def on_database(url: str, act: Callable[[Database], Awaitable[T]]) -> T:
    """Outside of an event loop, as migrations are."""

    async def go() -> T:
        database = Database(url)
        try:
            return await act(database)
        finally:
            await database.close()

    return asyncio.run(go())


def execute(statement: str) -> Callable[[Database], Awaitable[None]]:
    async def act(database: Database) -> None:
        async with database.write() as session:
            await session.execute(text(statement))

    return act


def test_migrations_make_exactly_what_the_models_say(database_url: str) -> None:
    def compare(connection: Connection) -> list[object]:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "compare_server_default": True}
        )
        return list(compare_metadata(context, Base.metadata))

    async def read(database: Database) -> list[object]:
        async with database.engine.connect() as connection:
            return await connection.run_sync(compare)

    assert on_database(database_url, read) == []


def test_migrations_make_the_same_indexes_with_the_same_conditions(database_url: str) -> None:
    """Which `compare_metadata` does not look at."""

    async def read(database: Database) -> set[str]:
        query = (
            "SELECT sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
            if database.is_sqlite
            else "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' AND indexname NOT LIKE 'alembic%'"
        )
        async with database.read() as session:
            return {" ".join(line.split()) for line in await session.scalars(text(query))}

    async def made_by_models(database: Database) -> set[str]:
        async with database.engine.begin() as connection:
            await connection.run_sync(Base.metadata.drop_all)
            await connection.run_sync(Base.metadata.create_all)
        return await read(database)

    made_by_migrations = on_database(database_url, read)
    assert any("handled_at IS NULL" in index for index in made_by_migrations)
    assert made_by_migrations == on_database(database_url, made_by_models)


def test_a_database_of_this_version_fits_and_stays_as_it_is_when_upgraded_again(database_url: str) -> None:
    insert = "INSERT INTO cursors (name, value) VALUES ('kept', '7')"
    on_database(database_url, execute(insert))
    upgrade_schema(database_url)

    async def read(database: Database) -> object:
        await check_schema(database)
        async with database.read() as session:
            return await session.scalar(text("SELECT value FROM cursors"))

    assert on_database(database_url, read) == "7"
    assert on_database(database_url, find_revision) == known_revisions()[-1]


@pytest.mark.parametrize("found", ["9999", "0001a"])
def test_a_database_from_the_future_is_refused_and_left_alone(database_url: str, found: str) -> None:
    on_database(database_url, execute(f"UPDATE alembic_version SET version_num = '{found}'"))
    with pytest.raises(SchemaError, match="newer version") as checked:
        on_database(database_url, check_schema)
    with pytest.raises(SchemaError, match="newer version") as upgraded:
        upgrade_schema(database_url)
    assert checked.value.found == upgraded.value.found == found
    assert on_database(database_url, find_revision) == found


def test_a_database_without_a_revision_is_not_used_before_it_is_upgraded(database_url: str) -> None:
    on_database(database_url, execute("DROP TABLE alembic_version"))
    with pytest.raises(SchemaError, match="Run: shouwen db upgrade"):
        on_database(database_url, check_schema)
