"""Who is who in Slack: which of its users is which agent. Only an admin says so."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ForeignKey, delete, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base
from handoff.agents import Agent, Role


class SlackPerson(Base):
    """A Slack user who is an agent."""

    __tablename__ = "slack_people"

    user_id: Mapped[str] = mapped_column(primary_key=True)
    agent_id: Mapped[UUID] = mapped_column(ForeignKey("agents.id"), unique=True)
    linked_at: Mapped[datetime]
    home: Mapped[str | None]  # a digest of the home tab as Slack shows it; None: they have never opened it


class Barred(StrEnum):
    """Why a Slack user can do nothing at the desk; the value is the text that tells them so."""

    STRANGER = "slack_stranger"
    VIEWER = "slack_viewer"


async def find_actor(session: AsyncSession, user_id: str) -> Agent | Barred:
    """The agent who acts as that Slack user, or why nobody does: whatever is done from Slack asks here first."""
    query = select(Agent).join(SlackPerson, SlackPerson.agent_id == Agent.id)
    agent = await session.scalar(query.where(SlackPerson.user_id == user_id, Agent.left_at.is_(None)))
    if agent is None:
        return Barred.STRANGER
    return agent if Role(agent.role).is_at_least(Role.AGENT) else Barred.VIEWER


async def list_people(session: AsyncSession) -> dict[str, Agent]:
    """Agents by their Slack user ids, without those who have left."""
    query = select(SlackPerson.user_id, Agent).join(Agent, SlackPerson.agent_id == Agent.id)
    query = query.where(Agent.left_at.is_(None))
    return {user_id: agent for user_id, agent in await session.execute(query)}


async def link_person(session: AsyncSession, user_id: str, agent: Agent, *, now: datetime) -> None:
    """From now on that Slack user is that agent, and neither is anybody else."""
    either = (SlackPerson.user_id == user_id) | (SlackPerson.agent_id == agent.id)
    await session.execute(delete(SlackPerson).where(either))
    session.add(SlackPerson(user_id=user_id, agent_id=agent.id, linked_at=now))


async def unlink_person(session: AsyncSession, agent: Agent) -> bool:
    """The agent has no Slack user any more; False if there was none."""
    gone = await session.execute(
        delete(SlackPerson).where(SlackPerson.agent_id == agent.id).returning(SlackPerson.user_id)
    )
    return gone.scalar() is not None
