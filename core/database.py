"""The database: SQLite for one process, PostgreSQL for many. One `Base`, two ways in: `read()` and `write()`."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar, cast

import orjson
from sqlalchemy import JSON, ColumnElement, DateTime, Dialect, MetaData, Table, any_, bindparam, event
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, InstrumentedAttribute
from sqlalchemy.types import TypeDecorator

from core.errors import ConfigError

# The database is away or overloaded: nobody's message is at fault, and trying again later may help.
# OSError: a connection that is refused reaches us unwrapped.
UNAVAILABLE = (OperationalError, InterfaceError, PoolTimeout, OSError)

Json = JSON().with_variant(JSONB(), "postgresql")


class UtcDateTime(TypeDecorator[datetime]):
    """Aware UTC in, aware UTC out; SQLite keeps no zone, so it is added when read."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a naive datetime reached the database; use core.clock")
        return value.astimezone(UTC)

    def result_processor(self, dialect: Dialect, coltype: object) -> Any:
        # PostgreSQL's driver gives aware times in UTC: a page of the desk holds thousands of them.
        return None if dialect.name == "postgresql" else super().result_processor(dialect, coltype)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None or value.tzinfo is not None:
            return value
        return value.replace(tzinfo=UTC)


class Base(DeclarativeBase):
    """Every mapped class derives from this one, in the module of its noun."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar = {datetime: UtcDateTime(), dict[str, Any]: Json, list[Any]: Json}


def table_of(mapped: type[Base]) -> Table:
    """The table of a mapped class, for statements whose rows are not wanted back as objects: they cost far less."""
    return cast(Table, mapped.__table__)


def async_url(url: str) -> URL:
    """The SQLAlchemy address with the driver that we use for its database.

    Raises `ConfigError` for anything but an SQLite file and PostgreSQL.
    """
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError) as error:  # ValueError: the port is no number
        raise ConfigError(
            "DATABASE_URL",
            "this is not a database address",
            "Use sqlite:///data/shouwen.db or postgresql://user:password@host/name",
        ) from error
    match parsed.get_backend_name():
        case "sqlite" if parsed.database in (None, "", ":memory:"):
            raise ConfigError("DATABASE_URL", "it names no file", "Use for example sqlite:///data/shouwen.db")
        case "sqlite":
            return parsed.set(drivername="sqlite+aiosqlite")
        case "postgresql" | "postgres":
            # What libpq calls sslmode, asyncpg calls ssl; hosts hand out addresses for libpq.
            query = {"ssl" if name == "sslmode" else name: value for name, value in parsed.query.items()}
            return parsed.set(drivername="postgresql+asyncpg", query=query)
        case other:
            raise ConfigError("DATABASE_URL", f"{other} is not supported", "Use sqlite:/// or postgresql://")


class Database:
    """Sessions on one engine.

    On SQLite there is one writer at a time anyway: writers of this process queue on a lock here,
    which is faster and fairer than SQLite's own busy waiting.
    """

    def __init__(self, url: str, *, pool_size: int = 10) -> None:
        parsed = async_url(url)
        self.is_sqlite = parsed.get_backend_name() == "sqlite"
        self.engine = _sqlite_engine(parsed) if self.is_sqlite else _postgres_engine(parsed, pool_size)
        self._sessions = async_sessionmaker(self.engine, expire_on_commit=False)
        # Reading needs no transaction: this saves a BEGIN and a ROLLBACK, each a round trip.
        reading = {"shouwen_reads": True} if self.is_sqlite else {"isolation_level": "AUTOCOMMIT"}
        self._readers = async_sessionmaker(self.engine.execution_options(**reading), expire_on_commit=False)
        self._writing = asyncio.Lock()

    @contextlib.asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncSession]:
        """A session for reading; each statement sees what is committed when it begins."""
        async with self._readers() as session:
            yield session

    @contextlib.asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncSession]:
        """A transaction: committed when the block ends, rolled back when it raises."""
        turn = self._writing if self.is_sqlite else contextlib.nullcontext()
        async with turn, self._sessions.begin() as session:
            yield session

    def is_any(self, column: InstrumentedAttribute[Any], name: str) -> ColumnElement[bool]:
        """`column` is one of the list that is passed as parameter `name`.

        On PostgreSQL the list is one array, so that one prepared statement serves lists of every length.
        """
        if self.is_sqlite:
            return column.in_(bindparam(name, expanding=True))
        return column == any_(bindparam(name, type_=ARRAY(column.type)))

    async def close(self) -> None:
        await self.engine.dispose()


def _sqlite_engine(url: URL) -> AsyncEngine:
    if url.database:
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_async_engine(
        url,
        json_serializer=_dump_json,
        json_deserializer=orjson.loads,
        hide_parameters=True,  # an error's text must not hold what customers wrote
        pool_size=5,
        connect_args={"timeout": 30},
    )

    @event.listens_for(engine.sync_engine, "connect")
    def set_pragmas(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves, below
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode=WAL")
        # FULL: a commit survives power loss, not only a crash. Group commit keeps it cheap.
        cursor.execute("PRAGMA synchronous=FULL")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.execute("PRAGMA cache_size=-16000")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def begin(connection: Any) -> None:
        if not connection.get_execution_options().get("shouwen_reads"):
            connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


def _postgres_engine(url: URL, pool_size: int) -> AsyncEngine:
    try:
        return create_async_engine(
            url,
            json_serializer=_dump_json,
            json_deserializer=orjson.loads,
            hide_parameters=True,
            pool_size=pool_size,
            max_overflow=0,
        )
    except ModuleNotFoundError as error:
        problem, mend = (
            f"PostgreSQL's driver {error.name} is not installed",
            "Run: pip install 'shouwen[postgres]'",
        )
        raise ConfigError("DATABASE_URL", problem, mend) from error


def _dump_json(value: Any) -> str:
    return orjson.dumps(value).decode()
