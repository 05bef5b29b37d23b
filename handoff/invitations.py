"""Invitations: links by which people come in once. Whoever has an agent's sets how that agent signs in from then on.

Of a link only the hash of its secret is kept. There is one for an agent at most: a newer one replaces it, and its
use or its end removes it. The link of the first set-up names nobody, and makes the first admin.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ForeignKey, delete, exists, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from core.audit import note_act
from core.database import Base
from core.tokens import hash_secret
from handoff.agents import Agent, Role, add_agent, check_password, check_username, may_sign_in

GOOD_FOR = timedelta(days=7)
PATH = "/console/invitation"
SET_UP = "set-up"  # who acts where nobody could yet, for the audit log


class Invitation(Base):
    """An open one. Without an agent it is of the first set-up."""

    __tablename__ = "invitations"

    secret_hash: Mapped[str] = mapped_column(primary_key=True)
    agent_id: Mapped[UUID | None] = mapped_column(ForeignKey("agents.id"), unique=True)
    made_at: Mapped[datetime]
    ends_at: Mapped[datetime]


@dataclass(frozen=True, kw_only=True)
class Invited:
    """Whom a link that still works is for: nobody yet, where it is of the first set-up."""

    agent: Agent | None
    ends_at: datetime

    @property
    def role(self) -> Role:
        return Role(self.agent.role) if self.agent else Role.ADMIN


def link_to(secret: str, *, base: str) -> str:
    """The address that is given away; `base` is where browsers reach us."""
    return f"{base}{PATH}/{secret}"


async def make_invitation(session: AsyncSession, agent: Agent, *, by: str, now: datetime) -> str:
    """The secret of a new link for the agent; the one before works no more."""
    await remove_invitation(session, agent.id)
    ends_at = now + GOOD_FOR
    await note_act(
        session,
        who=by,
        what="user.invite",
        object=agent.username,
        after={"role": agent.role, "until": ends_at.isoformat()},
        now=now,
    )
    return _add(session, agent.id, now=now)


async def make_set_up(session: AsyncSession, *, now: datetime) -> str | None:
    """The secret of a link by which the first account is made; None when somebody has one already.

    Those of other processes that start at the same time work as well, until one is used.
    """
    if await anybody_has_an_account(session):
        return None
    await session.execute(delete(Invitation).where(Invitation.ends_at <= now))
    return _add(session, None, now=now)


async def anybody_has_an_account(session: AsyncSession) -> bool:
    """Whether the first set-up is over."""
    return bool(await session.scalar(select(exists().where(may_sign_in()))))


async def find_invitation(session: AsyncSession, secret: str, *, now: datetime) -> Invited | None:
    """Whom a link is for, if it still works. Looking does not use it up."""
    row = await session.get(Invitation, hash_secret(secret))
    if row is None or row.ends_at <= now:
        return None
    if row.agent_id is None:
        return None if await anybody_has_an_account(session) else Invited(agent=None, ends_at=row.ends_at)
    agent = await session.get_one(Agent, row.agent_id)
    return None if agent.left_at is not None else Invited(agent=agent, ends_at=row.ends_at)


async def use_invitation(session: AsyncSession, secret: str, *, now: datetime) -> Invited | None:
    """As `find_invitation`, and the link works no more: of several who use it at once, one gets it."""
    invited = await find_invitation(session, secret, now=now)
    if invited is None:
        return None
    # With the set-up all other links of it end, too.
    mine = Invitation.secret_hash == hash_secret(secret) if invited.agent else Invitation.agent_id.is_(None)
    gone = await session.scalars(delete(Invitation).where(mine).returning(Invitation.secret_hash))
    return invited if hash_secret(secret) in gone.all() else None


async def remove_invitation(session: AsyncSession, agent_id: UUID) -> bool:
    """The agent's link works no more; False if there was none."""
    gone = await session.scalars(
        delete(Invitation).where(Invitation.agent_id == agent_id).returning(Invitation.secret_hash)
    )
    return bool(gone.all())


async def accept_with_password(
    session: AsyncSession,
    secret: str,
    password: str,
    password_hash: str,
    *,
    username: str = "",
    name: str = "",
    now: datetime,
) -> Agent | None:
    """The invited signs in with this password from now on; the names are of who sets up. None: the link works no more.

    Raises `Unfit`.
    """
    agent = await _admit(session, secret, username, name, now=now)
    if agent is None:
        return None
    check_password(password, agent.username)
    agent.password_hash = password_hash
    agent.sign_ins += 1
    await note_accepted(session, agent, "password", now=now)
    return agent


async def accept_once(
    session: AsyncSession, secret: str, *, username: str = "", name: str = "", now: datetime
) -> Agent | None:
    """The invited comes in with the link itself, this once. As `accept_with_password` otherwise."""
    agent = await _admit(session, secret, username, name, now=now)
    if agent is not None:
        await note_accepted(session, agent, "link", now=now)
    return agent


async def _admit(
    session: AsyncSession, secret: str, username: str, name: str, *, now: datetime
) -> Agent | None:
    invited = await use_invitation(session, secret, now=now)
    if invited is None or invited.agent is not None:
        return invited.agent if invited else None
    username = check_username(username)
    return await add_agent(session, username=username, name=name, password=None, now=now, role=Role.ADMIN)


async def note_accepted(session: AsyncSession, agent: Agent, how: str, *, now: datetime) -> None:
    """That an invitation was used, into the audit log."""
    await note_act(
        session, who=agent.username, what="user.accept", object=agent.username, after={"by": how}, now=now
    )


def _add(session: AsyncSession, agent_id: UUID | None, *, now: datetime) -> str:
    secret = secrets.token_urlsafe(32)
    row = Invitation(secret_hash=hash_secret(secret), agent_id=agent_id, made_at=now, ends_at=now + GOOD_FOR)
    session.add(row)
    return secret
