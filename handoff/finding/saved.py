"""Filters that are kept under a name: an agent's own, and those that everybody sees.

What was searched for in words is not kept: it names a customer, and would stay when they are erased.
"""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ForeignKey, Index, func, or_, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from core.audit import note_act
from core.database import Base
from core.errors import BadInput, NotAllowed, NotFound
from core.ids import new_id
from core.messages import storable
from handoff.agents import Agent, Role
from handoff.tags import key_of

MAX_NAME = 40  # characters
MOST_SAVED = 50  # of an agent, and of all, for one list

_IS_SHARED = text("agent_id IS NULL")
_IS_OWN = text("agent_id IS NOT NULL")


class ListName(StrEnum):
    """Which list a filter is of."""

    TICKETS = "tickets"
    COMPLAINTS = "complaints"
    ACTIONS = "actions"


class SavedFilter(Base):
    """A filter with a name; `query` is its address. `key` tells names apart."""

    __tablename__ = "saved_filters"
    __table_args__ = (
        Index(
            "uq_saved_filters_shared",
            "list",
            "key",
            unique=True,
            postgresql_where=_IS_SHARED,
            sqlite_where=_IS_SHARED,
        ),
        Index(
            "uq_saved_filters_own",
            "agent_id",
            "list",
            "key",
            unique=True,
            postgresql_where=_IS_OWN,
            sqlite_where=_IS_OWN,
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    list: Mapped[str]
    name: Mapped[str]
    key: Mapped[str]
    query: Mapped[str]
    agent_id: Mapped[UUID | None] = mapped_column(ForeignKey("agents.id"))  # None: everybody's
    made_by_id: Mapped[UUID] = mapped_column(ForeignKey("agents.id"))
    at: Mapped[datetime]


class Unsaved(StrEnum):
    """Why a filter was not kept under a name."""

    NO_NAME = "no_name"
    LONG_NAME = "long_name"
    NAME_TAKEN = "name_taken"
    MANY = "many"
    EMPTY = "empty"  # it finds everything


class NotSaved(BadInput):
    """A filter cannot be kept so."""

    def __init__(self, why: Unsaved) -> None:
        super().__init__("name", why)
        self.why = why


class OthersFilter(NotAllowed):
    """What everybody sees supervisors change, and an agent's own nobody else."""


def may_share(agent: Agent) -> bool:
    """Whether an agent makes filters for everybody."""
    return Role(agent.role).is_at_least(Role.SUPERVISOR)


async def list_saved(session: AsyncSession, which: ListName, agent_id: UUID) -> Sequence[SavedFilter]:
    """Those that an agent sees: everybody's, then their own, by name."""
    query = (
        select(SavedFilter)
        .where(
            SavedFilter.list == which,
            or_(SavedFilter.agent_id == agent_id, SavedFilter.agent_id.is_(None)),
        )
        .order_by(SavedFilter.agent_id.is_not(None), SavedFilter.key)
    )
    return (await session.scalars(query)).all()


async def save_filter(
    session: AsyncSession,
    which: ListName,
    agent: Agent,
    *,
    name: str,
    query: str,
    is_shared: bool,
    now: datetime,
) -> SavedFilter:
    """Keep a filter. Raises `NotSaved`, `OthersFilter`."""
    name = check_name(name)
    if is_shared and not may_share(agent):
        raise OthersFilter
    if not query:
        raise NotSaved(Unsaved.EMPTY)
    owner = None if is_shared else agent.id
    there = await session.scalar(
        select(func.count())
        .select_from(SavedFilter)
        .where(SavedFilter.list == which, SavedFilter.agent_id == owner)
    )
    if (there or 0) >= MOST_SAVED:
        raise NotSaved(Unsaved.MANY)
    saved = SavedFilter(
        id=new_id(),
        list=which,
        name=name,
        key=key_of(name),
        query=query,
        agent_id=owner,
        made_by_id=agent.id,
        at=now,
    )
    session.add(saved)
    await _flush(session)
    await _note(session, saved, agent, "saved_filter.add", now=now, after=_told(saved))
    return saved


async def rename_filter(
    session: AsyncSession, saved_id: UUID, agent: Agent, name: str, *, now: datetime
) -> SavedFilter:
    """Give it another name. Raises `NotFound`, `NotSaved`, `OthersFilter`."""
    name = check_name(name)
    saved = await _get(session, saved_id, agent)
    before = _told(saved)
    saved.name, saved.key = name, key_of(name)
    await _flush(session)
    await _note(session, saved, agent, "saved_filter.change", now=now, before=before, after=_told(saved))
    return saved


async def replace_filter(
    session: AsyncSession, saved_id: UUID, agent: Agent, query: str, *, now: datetime
) -> SavedFilter:
    """Put another filter under its name. Raises `NotFound`, `NotSaved`, `OthersFilter`."""
    if not query:
        raise NotSaved(Unsaved.EMPTY)
    saved = await _get(session, saved_id, agent)
    before = _told(saved)
    saved.query = query
    await session.flush()
    await _note(session, saved, agent, "saved_filter.change", now=now, before=before, after=_told(saved))
    return saved


async def remove_filter(session: AsyncSession, saved_id: UUID, agent: Agent, *, now: datetime) -> SavedFilter:
    """Keep it no longer. Raises `NotFound`, `OthersFilter`."""
    saved = await _get(session, saved_id, agent)
    await session.delete(saved)
    await session.flush()
    await _note(session, saved, agent, "saved_filter.remove", now=now, before=_told(saved))
    return saved


def check_name(text: str) -> str:
    """A name as it is kept. Raises `NotSaved`."""
    name = " ".join(storable(text).split())
    if not any(each.isprintable() and each != " " for each in name):
        raise NotSaved(Unsaved.NO_NAME)
    if len(name) > MAX_NAME:
        raise NotSaved(Unsaved.LONG_NAME)
    return name


async def _get(session: AsyncSession, saved_id: UUID, agent: Agent) -> SavedFilter:
    saved = await session.get(SavedFilter, saved_id, with_for_update=True)
    if saved is None or saved.agent_id not in (None, agent.id):
        raise NotFound("saved filter", saved_id)
    if saved.agent_id is None and not may_share(agent):
        raise OthersFilter
    return saved


async def _flush(session: AsyncSession) -> None:
    try:
        await session.flush()
    except IntegrityError as error:
        raise NotSaved(Unsaved.NAME_TAKEN) from error


def _told(saved: SavedFilter) -> dict[str, str]:
    return {"name": saved.name, "query": saved.query}


async def _note(
    session: AsyncSession,
    saved: SavedFilter,
    agent: Agent,
    what: str,
    *,
    now: datetime,
    before: dict[str, str] | None = None,
    after: dict[str, str] | None = None,
) -> None:
    """What everybody sees is in the audit log; an agent's own is nobody's business."""
    if saved.agent_id is None:
        await note_act(
            session, who=agent.username, what=what, object=saved.list, before=before, after=after, now=now
        )
