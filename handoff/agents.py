"""Agents: the people at the desk."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from core.audit import note_act
from core.database import Base
from core.errors import BadInput, NotFound
from core.ids import new_id
from core.messages import storable

MIN_PASSWORD = 10  # characters

_hasher = PasswordHasher()


class Role(StrEnum):
    """What an agent may do in the console: each what those after it may, and more."""

    ADMIN = "admin"  # publishes, changes what the bot says, reads the audit log
    SUPERVISOR = "supervisor"  # edits the draft
    AGENT = "agent"  # answers customers
    VIEWER = "viewer"  # looks on

    def is_at_least(self, other: "Role") -> bool:
        """Whether this role may do what the other may."""
        roles = list(Role)
        return roles.index(self) <= roles.index(other)


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
    role: Mapped[str] = mapped_column(default=Role.AGENT)


async def add_agent(
    session: AsyncSession,
    *,
    username: str,
    name: str,
    password: str | None,
    now: datetime,
    role: Role = Role.AGENT,
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
        role=role,
    )
    session.add(agent)
    await session.flush()
    return agent


async def find_agent(session: AsyncSession, username: str) -> Agent | None:
    """The agent of that user name, if there is one."""
    return await session.scalar(select(Agent).where(Agent.username == storable(username).strip().lower()))


async def set_role(session: AsyncSession, username: str, role: Role, *, by: str, now: datetime) -> Agent:
    """Give an agent another role. Raises `NotFound`."""
    agent = await find_agent(session, username)
    if agent is None:
        raise NotFound("user", username)
    before, agent.role = agent.role, role
    await note_act(
        session,
        who=by,
        what="user.role",
        object=agent.username,
        before={"role": before},
        after={"role": role},
        now=now,
    )
    return agent


def verify_password(agent: Agent | None, password: str) -> bool:
    """Whether the password is the agent's. Takes as long for an agent that does not exist."""
    if agent is None or agent.password_hash is None:
        _hasher.hash(password)
        return False
    try:
        return _hasher.verify(agent.password_hash, password)
    except (Argon2Error, InvalidHashError):
        return False
