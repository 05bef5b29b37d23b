"""Agents: the people at the desk."""

import re
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError
from sqlalchemy import ColumnElement, UniqueConstraint, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base
from core.ids import new_id
from core.messages import storable
from handoff.refusals import Objection, Unfit

MIN_PASSWORD = 10  # characters
DEMO_USERNAME = "demo"  # whom the demo sign-in makes, without a password

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
    """A human who answers customers.

    They sign in with a password, or as who they are to an OpenID provider (`issuer` and `subject`); who has
    neither is invited and has not come yet, or is the demo agent, who signs in on loopback only.
    """

    __tablename__ = "agents"
    __table_args__ = (UniqueConstraint("issuer", "subject", name="uq_agents_identity"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    username: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]  # as customers see it
    password_hash: Mapped[str | None]
    created_at: Mapped[datetime]
    duty: Mapped[str] = mapped_column(default="off")  # what they said last: see `handoff.presence`
    duty_since: Mapped[datetime | None]
    seen_at: Mapped[datetime | None]  # the last sign of life at the desk
    role: Mapped[str] = mapped_column(default=Role.AGENT)
    email: Mapped[str | None] = mapped_column(unique=True)  # lower case
    issuer: Mapped[str | None]
    subject: Mapped[str | None]
    sign_ins: Mapped[int] = mapped_column(default=0)  # raised, it ends every session that was begun before
    signed_in_at: Mapped[datetime | None]
    left_at: Mapped[datetime | None]  # deactivated: what they did stays, and they do nothing more

    @property
    def can_sign_in(self) -> bool:
        return self.left_at is None and (self.password_hash is not None or self.subject is not None)


def may_sign_in() -> ColumnElement[bool]:
    """`Agent.can_sign_in`, asked of the database."""
    has_a_way = or_(Agent.password_hash.is_not(None), Agent.subject.is_not(None))
    return Agent.left_at.is_(None) & has_a_way


async def add_agent(
    session: AsyncSession,
    *,
    username: str,
    name: str,
    password: str | None,
    now: datetime,
    role: Role = Role.AGENT,
) -> Agent:
    """A new agent. Raises `Unfit` when the user name is taken or the password too weak."""
    username = username.strip().lower()
    if not username:
        raise Unfit("username", Objection.NO_USERNAME)
    if password is not None:
        check_password(password, username)
    if await session.scalar(select(Agent.id).where(Agent.username == username)):
        raise Unfit("username", Objection.USERNAME_TAKEN, username=username)
    agent = Agent(
        id=new_id(),
        username=username,
        name=name.strip() or username,
        password_hash=None if password is None else hash_password(password),
        created_at=now,
        role=role,
    )
    session.add(agent)
    await session.flush()
    return agent


async def find_agent(session: AsyncSession, username: str) -> Agent | None:
    """The agent of that user name, if there is one."""
    return await session.scalar(select(Agent).where(Agent.username == storable(username).strip().lower()))


async def note_sign_in(session: AsyncSession, agent_id: UUID, *, now: datetime) -> None:
    """When somebody has signed in last."""
    await session.execute(update(Agent).where(Agent.id == agent_id).values(signed_in_at=now))


def check_here(agent: Agent, *, field: str) -> None:
    """Raises `Unfit`: who has left is given nothing."""
    if agent.left_at is not None:
        raise Unfit(field, Objection.LEFT, agent=agent.name)


def check_username(username: str) -> str:
    """As it is kept. Raises `Unfit` for what nobody could type or tell apart, and for the demo's."""
    username = username.strip().lower()
    if not re.fullmatch(r"[\w.@+-]{1,64}", username):
        raise Unfit("username", Objection.NO_USERNAME)
    if username == DEMO_USERNAME:  # who takes this account needs no password
        raise Unfit("username", Objection.USERNAME_TAKEN, username=username)
    return username


def check_password(password: str, username: str) -> None:
    """Raises `Unfit` when a password is too easily guessed."""
    if len(password) < MIN_PASSWORD:
        raise Unfit("password", Objection.SHORT_PASSWORD, least=MIN_PASSWORD)
    rest = password.lower().replace(username.lower(), "")
    if rest != password.lower() and not any(each.isalpha() for each in rest):
        raise Unfit("password", Objection.NAMED_PASSWORD)


def hash_password(password: str) -> str:
    """Slow on purpose: not to be called in the event loop of a service."""
    return _hasher.hash(password)


def verify_password(agent: Agent | None, password: str) -> bool:
    """Whether the password is the agent's. Takes as long for an agent that does not exist."""
    if agent is None or agent.password_hash is None:
        _hasher.hash(password)
        return False
    try:
        return _hasher.verify(agent.password_hash, password)
    except (Argon2Error, InvalidHashError):
        return False
