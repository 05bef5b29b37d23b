"""Agents: the people at the desk."""

from datetime import datetime
from uuid import UUID

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base
from core.errors import BadInput
from core.ids import new_id
from core.messages import storable

MIN_PASSWORD = 10  # characters

_hasher = PasswordHasher()


class Agent(Base):
    """A human who answers customers. `password_hash` is None for the demo agent, who signs in on loopback only."""

    __tablename__ = "agents"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    username: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]  # as customers see it
    password_hash: Mapped[str | None]
    created_at: Mapped[datetime]
    duty: Mapped[str] = mapped_column(default="off")  # what they said last: see `handoff.presence`
    duty_since: Mapped[datetime | None]
    seen_at: Mapped[datetime | None]  # the last sign of life at the desk


async def add_agent(
    session: AsyncSession, *, username: str, name: str, password: str | None, now: datetime
) -> Agent:
    """A new agent. Raises `BadInput` when the name is taken or the password too short."""
    username = username.strip().lower()
    if not username:
        raise BadInput("username", "is empty")
    if password is not None and len(password) < MIN_PASSWORD:
        raise BadInput("password", f"is shorter than {MIN_PASSWORD} characters")
    if await session.scalar(select(Agent.id).where(Agent.username == username)):
        raise BadInput("username", f"{username} exists already; choose another")
    agent = Agent(
        id=new_id(),
        username=username,
        name=name.strip() or username,
        password_hash=None if password is None else _hasher.hash(password),
        created_at=now,
    )
    session.add(agent)
    await session.flush()
    return agent


async def find_agent(session: AsyncSession, username: str) -> Agent | None:
    """The agent of that user name, if there is one."""
    return await session.scalar(select(Agent).where(Agent.username == storable(username).strip().lower()))


def verify_password(agent: Agent | None, password: str) -> bool:
    """Whether the password is the agent's. Takes as long for an agent that does not exist."""
    if agent is None or agent.password_hash is None:
        _hasher.hash(password)
        return False
    try:
        return _hasher.verify(agent.password_hash, password)
    except (Argon2Error, InvalidHashError):
        return False
