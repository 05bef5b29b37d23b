"""What supervisors do about gaps; each act is in the audit log."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from core.audit import note_act
from core.errors import BadInput, NotFound
from handoff.agents import Agent, Role, find_agent
from handoff.gaps.tables import Ended, Gap, GapState


async def get_gap(session: AsyncSession, gap_id: UUID, *, lock: bool = False) -> Gap:
    """The gap. Raises `NotFound`."""
    query = select(Gap).where(Gap.id == gap_id).execution_options(populate_existing=True)
    gap = await session.scalar(query.with_for_update() if lock else query)
    if gap is None:
        raise NotFound("gap", gap_id)
    return gap


def can_see_to(agent: Agent) -> bool:
    """Whether an agent may do anything about gaps: that takes who edits the draft."""
    return Role(agent.role).is_at_least(Role.SUPERVISOR)


async def assign(
    session: AsyncSession, gap_id: UUID, username: str, due_on: date | None, *, by: str, now: datetime
) -> None:
    """Somebody sees to it by then; nobody, without a name. Raises `NotFound`, and `BadInput` for who cannot."""
    gap = await get_gap(session, gap_id, lock=True)
    agent = await find_agent(session, username) if username else None
    if username and (agent is None or agent.left_at is not None or not can_see_to(agent)):
        raise BadInput("assignee", "is nobody who could see to it")
    before = {"assignee": await _name(session, gap.assignee_id), "due": _day(gap.due_on)}
    gap.assignee_id, gap.due_on = (agent.id, due_on) if agent else (None, None)
    after = {"assignee": agent.username if agent else None, "due": _day(gap.due_on)}
    if before != after:
        await _note(session, gap, "gap.assign", before, after, by=by, now=now)


async def became(session: AsyncSession, gap_id: UUID, entry: str, *, by: str, now: datetime) -> None:
    """An entry was made of it, or its messages were added to one. It stays open until that is live and answers them."""
    gap = await get_gap(session, gap_id, lock=True)
    before, gap.entry = gap.entry, entry
    await _note(session, gap, "gap.entry", {"entry": before}, {"entry": entry}, by=by, now=now)


async def end(session: AsyncSession, gap_id: UUID, why: Ended, *, by: str, now: datetime) -> None:
    """Nothing more has to be done about it."""
    gap = await get_gap(session, gap_id, lock=True)
    before = {"state": gap.state, "ended": gap.ended}
    gap.state, gap.ended, gap.ended_at, gap.version = GapState.DONE, why, now, None
    await _note(session, gap, "gap.end", before, {"state": gap.state, "ended": why}, by=by, now=now)


async def open_again(session: AsyncSession, gap_id: UUID, *, by: str, now: datetime) -> None:
    """It was no end."""
    gap = await get_gap(session, gap_id, lock=True)
    if gap.state == GapState.OPEN:
        return
    before = {"state": gap.state, "ended": gap.ended}
    gap.state, gap.ended, gap.ended_at, gap.version = GapState.OPEN, None, None, None
    gap.reopened_at = now
    await _note(session, gap, "gap.open", before, {"state": gap.state, "ended": None}, by=by, now=now)


async def _note(
    session: AsyncSession,
    gap: Gap,
    what: str,
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    *,
    by: str,
    now: datetime,
) -> None:
    await note_act(session, who=by, what=what, object=str(gap.id), before=before, after=after, now=now)


async def _name(session: AsyncSession, agent_id: UUID | None) -> str | None:
    agent = await session.get(Agent, agent_id) if agent_id else None
    return agent.username if agent else None


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None
