"""Who is there: what agents say of themselves, their shifts, and whether they give a sign of life."""

from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from sqlalchemy import or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from handoff.agents import Agent
from handoff.calendar import WorkingCalendar
from handoff.settings import DeskSettings

SIGN_EVERY = timedelta(seconds=30)  # a sign of life is not written down more often


class Duty(StrEnum):
    """What an agent says."""

    ON = "on"  # give me tickets
    AWAY = "away"  # back soon
    OFF = "off"


class Presence(StrEnum):
    """What is believed."""

    ONLINE = "online"
    AWAY = "away"
    OFFLINE = "offline"


def presence(
    agent: Agent, *, shifts: WorkingCalendar | None, away_after: timedelta, now: datetime
) -> Presence:
    """Whether an agent is there. Who went on duty goes off with the end of the shift, and is away when silent.

    Who has left is never there.
    """
    if agent.left_at is not None or agent.duty == Duty.OFF or agent.duty_since is None:
        return Presence.OFFLINE
    if shifts is not None:
        shift = next(shifts.spans(agent.duty_since), None)
        if shift is None or now >= shift.end:
            return Presence.OFFLINE
    if agent.duty == Duty.AWAY or is_silent(agent, away_after=away_after, now=now):
        return Presence.AWAY
    return Presence.ONLINE


def is_silent(agent: Agent, *, away_after: timedelta, now: datetime) -> bool:
    """Whether there was no sign of life for long."""
    return agent.seen_at is None or now - agent.seen_at > away_after


def is_reachable(agent: Agent, settings: DeskSettings, *, now: datetime) -> bool:
    """Whether tickets may stay with an agent: online, or at work without having said so."""
    if agent.left_at is None and agent.duty == Duty.OFF:
        return not is_silent(agent, away_after=settings.away_after, now=now)
    return presence_of(agent, settings, now=now) is Presence.ONLINE


def presence_of(agent: Agent, settings: DeskSettings, *, now: datetime) -> Presence:
    """Whether an agent is there, by the desk's settings."""
    shifts = settings.agent(agent.username).shifts
    return presence(agent, shifts=shifts, away_after=settings.away_after, now=now)


async def set_duty(session: AsyncSession, agent_id: UUID, duty: Duty, *, now: datetime) -> None:
    """What an agent says of themselves."""
    agent = await session.get_one(Agent, agent_id, populate_existing=True)
    # Also when they said so before: the shift for which they did may be over.
    agent.duty, agent.duty_since = duty, now
    agent.seen_at = now


async def note_sign(session: AsyncSession, agent_id: UUID, *, now: datetime) -> None:
    """A sign of life, written down now and then only."""
    due = or_(Agent.seen_at.is_(None), Agent.seen_at < now - SIGN_EVERY)
    await session.execute(update(Agent).where(Agent.id == agent_id, due).values(seen_at=now))


async def list_agents(session: AsyncSession) -> list[Agent]:
    """Everybody, also who has left: records name them."""
    return list(
        await session.scalars(
            select(Agent).order_by(Agent.username).execution_options(populate_existing=True)
        )
    )
