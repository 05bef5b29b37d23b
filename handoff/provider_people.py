"""Who comes by way of an OpenID provider: who they are here, and whether they are anybody.

Known by issuer and subject, which never change; the first time by an invitation, or by an e-mail address that the
provider has verified. Nobody else comes in, but new people of the domains that are admitted.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from core.audit import note_act
from core.errors import NotAllowed
from handoff.agents import DEMO_USERNAME, Agent, Role, add_agent, find_agent
from handoff.invitations import remove_invitation, use_invitation

MAX_NAME = 100  # characters


@dataclass(frozen=True, kw_only=True)
class Proven:
    """What the provider vouches for. `email` is one that it has verified."""

    issuer: str
    subject: str
    email: str | None = None
    name: str = ""


@dataclass(frozen=True, kw_only=True)
class Admission:
    """New people with an address in one of these domains get this role."""

    domains: frozenset[str]
    role: Role


class Closed(StrEnum):
    """Why somebody does not come in."""

    STRANGER = "stranger"
    NO_EMAIL = "no_email"  # and so it cannot be said whether they are a stranger
    LEFT = "left"
    OTHER = "other"  # the account is known to be somebody else's at the provider
    TAKEN = "taken"  # the invitation is for somebody else than who they are here already
    NO_INVITATION = "no_invitation"


class NotComeIn(NotAllowed):
    """The provider knows them, and we do not."""

    def __init__(self, why: Closed, proven: Proven) -> None:
        super().__init__(f"{proven.email or proven.subject} of {proven.issuer} may not come in: {why}")
        self.why = why
        self.email = proven.email


async def let_in(
    session: AsyncSession,
    proven: Proven,
    *,
    invitation: str | None = None,
    admission: Admission | None = None,
    now: datetime,
) -> Agent:
    """The agent who they are. An invitation's secret is used up. Raises `NotComeIn`."""
    same = (Agent.issuer == proven.issuer) & (Agent.subject == proven.subject)
    known = await session.scalar(select(Agent).where(same).with_for_update())
    if invitation:
        return await _accept(session, proven, invitation, known, now=now)
    if known is None:
        known = await _find_by_email(session, proven) or await _admit(session, proven, admission, now=now)
        if known is None:
            raise NotComeIn(Closed.STRANGER if proven.email else Closed.NO_EMAIL, proven)
        await _bind(session, known, proven, now=now)
    if known.left_at is not None:
        raise NotComeIn(Closed.LEFT, proven)
    return known


async def _accept(
    session: AsyncSession, proven: Proven, secret: str, known: Agent | None, *, now: datetime
) -> Agent:
    """Whoever has the link is who is invited, whatever they are called at the provider."""
    invited = await use_invitation(session, secret, now=now)
    if invited is None:
        raise NotComeIn(Closed.NO_INVITATION, proven)
    agent = invited.agent or await _add(session, proven, Role.ADMIN, now=now)
    if known is not None and known.id != agent.id:
        raise NotComeIn(Closed.TAKEN, proven)
    await _bind(session, agent, proven, now=now)
    return agent


async def _find_by_email(session: AsyncSession, proven: Proven) -> Agent | None:
    if proven.email is None:
        return None
    query = select(Agent).where(func.lower(Agent.email) == proven.email.lower())
    agent = await session.scalar(query.with_for_update())
    if agent is not None and agent.left_at is not None:
        raise NotComeIn(Closed.LEFT, proven)
    if agent is not None and agent.issuer == proven.issuer and agent.subject != proven.subject:
        # The address has been given to somebody else, as happens when people leave: they are not who had it.
        raise NotComeIn(Closed.OTHER, proven)
    return agent


async def _admit(
    session: AsyncSession, proven: Proven, admission: Admission | None, *, now: datetime
) -> Agent | None:
    if proven.email is None or admission is None:
        return None
    domain = proven.email.rpartition("@")[2].lower()
    return await _add(session, proven, admission.role, now=now) if domain in admission.domains else None


async def _add(session: AsyncSession, proven: Proven, role: Role, *, now: datetime) -> Agent:
    """Somebody new; their user name is what their address begins with, where it is free."""
    local = (proven.email or proven.subject).partition("@")[0].lower()
    wanted = re.sub(r"[^\w.-]", "", local)[:40] or "user"
    username, number = wanted, 1
    while username == DEMO_USERNAME or await find_agent(session, username):
        number += 1
        username = f"{wanted}-{number}"
    agent = await add_agent(
        session, username=username, name=proven.name.strip()[:MAX_NAME], password=None, now=now, role=role
    )
    agent.email = proven.email.lower() if proven.email else None
    return agent


async def _bind(session: AsyncSession, agent: Agent, proven: Proven, *, now: datetime) -> None:
    """From now on they are known by issuer and subject."""
    if (agent.issuer, agent.subject) == (proven.issuer, proven.subject):
        return
    agent.issuer, agent.subject = proven.issuer, proven.subject
    await remove_invitation(session, agent.id)
    await note_act(
        session,
        who=agent.username,
        what="user.openid",
        object=agent.username,
        after={"issuer": proven.issuer, "subject": proven.subject, "role": agent.role},
        now=now,
    )
