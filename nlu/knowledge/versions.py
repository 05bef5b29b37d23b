"""Versions: what was published, the models made of it, and which one was live when.

What was published and what was live is never changed; models come and go.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Integer, LargeBinary, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, defer, mapped_column

from core.database import Base, table_of
from core.errors import NotFound
from nlu.knowledge.documents import fingerprint, to_data
from nlu.knowledge.entries import KnowledgeBase

KEPT_MODELS = 10  # of the newest versions; older ones are trained again when they are wanted
MOST = 2**31 - 1  # what the column of versions’ numbers holds

_BigId = BigInteger().with_variant(Integer(), "sqlite")


class Version(Base):
    """A published knowledge base; `snapshot` as `nlu.knowledge.documents.to_data` writes it."""

    __tablename__ = "knowledge_versions"

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    snapshot: Mapped[dict[str, Any]]
    fingerprint: Mapped[str]
    figures: Mapped[dict[str, Any]] = mapped_column(default=dict)  # measured at training
    made_by: Mapped[str]
    note: Mapped[str]
    created_at: Mapped[datetime]


class Model(Base):
    """What an engine has learned from a version. `key` tells which engine, and with which settings."""

    __tablename__ = "knowledge_models"

    version: Mapped[int] = mapped_column(
        ForeignKey("knowledge_versions.number"), primary_key=True, autoincrement=False
    )
    key: Mapped[str]
    data: Mapped[bytes] = mapped_column(LargeBinary)
    made_at: Mapped[datetime]


class Live(Base):
    """A version went live; the last row tells which one is. Rows are only added."""

    __tablename__ = "knowledge_live"

    position: Mapped[int] = mapped_column(_BigId, primary_key=True, autoincrement=True)
    version: Mapped[int] = mapped_column(ForeignKey("knowledge_versions.number"))
    since: Mapped[datetime]
    made_by: Mapped[str]
    note: Mapped[str]


@dataclass(frozen=True, kw_only=True)
class Mark:
    """Which version is live, and which model of it (None: it has to be trained); another one when either changes."""

    position: int
    version: int
    key: str | None  # of the model
    made_at: datetime | None  # the model


# Made once: every process asks this several times a second.
_LIVE = (
    select(Live.position, Live.version, Model.key, Model.made_at)
    .outerjoin(Model, Model.version == Live.version)
    .order_by(Live.position.desc())
    .limit(1)
)


async def find_live(session: AsyncSession) -> Mark | None:
    """What is live now; None before the first version."""
    row = (await session.execute(_LIVE)).one_or_none()
    return None if row is None else Mark(**row._mapping)


async def get_version(session: AsyncSession, number: int) -> Version:
    """A version with its snapshot. Raises `NotFound`."""
    version = await session.get(Version, number) if 0 < number <= MOST else None
    if version is None:
        raise NotFound("version", number)
    return version


async def find_model(session: AsyncSession, number: int) -> bytes | None:
    """The model of a version; None where it is not kept any more."""
    return await session.scalar(select(Model.data).where(Model.version == number))


async def find_key(session: AsyncSession, number: int) -> str | None:
    """The key of the model that is kept of a version."""
    return await session.scalar(select(Model.key).where(Model.version == number))


async def list_versions(session: AsyncSession, *, limit: int) -> Sequence[Version]:
    """The newest versions, newest first; their snapshots are not loaded."""
    query = select(Version).options(defer(Version.snapshot, raiseload=True))
    return (await session.scalars(query.order_by(Version.number.desc()).limit(limit))).all()


async def list_live(session: AsyncSession, *, limit: int) -> Sequence[Live]:
    """What went live when, newest first."""
    return (await session.scalars(select(Live).order_by(Live.position.desc()).limit(limit))).all()


async def add_version(
    session: AsyncSession, knowledge: KnowledgeBase, *, by: str, note: str, now: datetime
) -> int:
    """Store a version; returns its number. The caller holds the draft locked, so that no number is given twice."""
    number = (await session.scalar(select(func.max(Version.number))) or 0) + 1
    row = {"number": number, "snapshot": to_data(knowledge), "fingerprint": fingerprint(knowledge)}
    row |= {"figures": {}, "made_by": by, "note": note, "created_at": now}
    await session.execute(insert(table_of(Version)), row)
    return number


async def store_model(
    session: AsyncSession, number: int, *, key: str, data: bytes, figures: dict[str, Any], now: datetime
) -> None:
    """Keep this model of a version, and what was measured of it, in the place of another."""
    await session.execute(update(Version).where(Version.number == number).values(figures=figures))
    await session.execute(delete(Model).where(Model.version == number))
    row = {"version": number, "key": key, "data": data, "made_at": now}
    await session.execute(insert(table_of(Model)), row)


async def make_live(session: AsyncSession, number: int, *, by: str, note: str, now: datetime) -> None:
    """From the commit on this version is live. Models of old versions are dropped."""
    row = {"version": number, "since": now, "made_by": by, "note": note}
    await session.execute(insert(table_of(Live)), row)
    newest = await session.scalar(select(func.max(Version.number))) or number
    await session.execute(delete(Model).where(Model.version <= newest - KEPT_MODELS, Model.version != number))
