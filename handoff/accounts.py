"""Accounts: what admins do with them, and everybody with their own. Every change is in the audit log."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from core.audit import note_act
from core.errors import NotFound
from handoff.agents import (
    DEMO_USERNAME,
    Agent,
    Role,
    add_agent,
    check_password,
    check_username,
    find_agent,
    verify_password,
)
from handoff.alerts import AlertKind, raise_alert
from handoff.invitations import Invitation, make_invitation, remove_invitation
from handoff.life import HELD_STATES, OPEN_STATES
from handoff.presence import Duty
from handoff.refusals import Objection, Refused, Unfit
from handoff.settings import DeskSettings
from handoff.tickets import Ticket

MAX_NAME = 100  # characters of any name
MAX_EMAIL = 254


class AccountState(StrEnum):
    """How an account stands."""

    ACTIVE = "active"
    INVITED = "invited"  # and has not come yet
    LAPSED = "lapsed"  # did not come in time
    DEMO = "demo"
    LEFT = "left"


@dataclass(frozen=True, kw_only=True)
class Account:
    """An agent, with what an admin wants to know of them."""

    agent: Agent
    state: AccountState
    invited_until: datetime | None  # the end of a link that still works
    holds: Sequence[Ticket]  # open tickets

    @property
    def seen_at(self) -> datetime | None:
        """At the desk, or signing in."""
        return max((at for at in (self.agent.seen_at, self.agent.signed_in_at) if at), default=None)


async def list_accounts(session: AsyncSession, *, now: datetime) -> list[Account]:
    """Everybody, those who have left last."""
    agents = await session.scalars(select(Agent).order_by(Agent.left_at.is_not(None), Agent.username))
    query = select(Invitation.agent_id, Invitation.ends_at).where(Invitation.ends_at > now)
    invited = {agent_id: ends_at for agent_id, ends_at in await session.execute(query)}
    held: dict[UUID, list[Ticket]] = {}
    holding = select(Ticket).where(Ticket.state.in_(OPEN_STATES), Ticket.assignee_id.is_not(None))
    for ticket in await session.scalars(holding.order_by(Ticket.opened_at)):
        if ticket.assignee_id is not None:
            held.setdefault(ticket.assignee_id, []).append(ticket)
    return [
        Account(
            agent=each,
            state=_state(each, invited.get(each.id)),
            invited_until=invited.get(each.id),
            holds=held.get(each.id, ()),
        )
        for each in agents
    ]


def _state(agent: Agent, invited_until: datetime | None) -> AccountState:
    if agent.left_at is not None:
        return AccountState.LEFT
    if agent.can_sign_in:
        return AccountState.ACTIVE
    if invited_until is not None:
        return AccountState.INVITED
    return AccountState.DEMO if agent.username == DEMO_USERNAME else AccountState.LAPSED


async def invite(
    session: AsyncSession,
    *,
    username: str,
    name: str = "",
    email: str = "",
    role: Role,
    by: str,
    now: datetime,
) -> tuple[Agent, str]:
    """A new account, and the secret of the link with which its owner comes in. Raises `Unfit`."""
    username = check_username(username)
    address = await _check_email(session, email, of=None)
    agent = await add_agent(
        session, username=username, name=name.strip()[:MAX_NAME], password=None, now=now, role=role
    )
    agent.email = address
    return agent, await make_invitation(session, agent, by=by, now=now)


async def invite_again(session: AsyncSession, agent_id: UUID, *, by: str, now: datetime) -> tuple[Agent, str]:
    """A new link for somebody: who has forgotten their password sets another. Raises `NotFound`, `Refused`."""
    agent = await _get(session, agent_id)
    if agent.left_at is not None:
        raise Refused(Objection.LEFT, agent=agent.name)
    return agent, await make_invitation(session, agent, by=by, now=now)


async def revoke(session: AsyncSession, agent_id: UUID, *, by: str, now: datetime) -> None:
    """The link of somebody works no more. Raises `NotFound`."""
    agent = await _get(session, agent_id)
    if await remove_invitation(session, agent_id):
        await note_act(session, who=by, what="user.revoke", object=agent.username, now=now)


async def change_account(
    session: AsyncSession,
    agent_id: UUID,
    *,
    name: str,
    email: str,
    role: Role,
    by: str,
    now: datetime,
) -> None:
    """Another name, e-mail address or role. Raises `NotFound`, `Unfit`, and `Refused` for the last admin."""
    admins = await _lock_admins(session)
    agent = await _get(session, agent_id)
    address = await _check_email(session, email, of=agent)
    if role is not Role.ADMIN:
        _check_not_last(agent, admins)
    before = _facts(agent)
    agent.name = name.strip()[:MAX_NAME] or agent.username
    agent.email, agent.role = address, role
    if (after := _facts(agent)) != before:
        what = "user.role" if before["role"] != after["role"] else "user.change"
        await note_act(session, who=by, what=what, object=agent.username, before=before, after=after, now=now)


async def set_role(session: AsyncSession, username: str, role: Role, *, by: str, now: datetime) -> Agent:
    """Give an agent another role. Raises `NotFound`, and `Refused` for the last admin."""
    admins = await _lock_admins(session)
    agent = await find_agent(session, username)
    if agent is None:
        raise NotFound("user", username)
    if role is not Role.ADMIN:
        _check_not_last(agent, admins)
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


async def deactivate(
    session: AsyncSession, agent_id: UUID, *, settings: DeskSettings, by: str, now: datetime
) -> None:
    """Somebody leaves: no way in, no new tickets; of those they have, which stay theirs, supervisors are told.

    Raises `NotFound`, `Refused`.
    """
    admins = await _lock_admins(session)
    agent = await _get(session, agent_id)
    _check_not_last(agent, admins)
    if agent.left_at is not None:
        return
    agent.left_at = now
    agent.sign_ins += 1
    agent.duty, agent.duty_since = Duty.OFF, now
    await remove_invitation(session, agent_id)
    await note_act(session, who=by, what="user.deactivate", object=agent.username, now=now)
    # What they have not taken yet goes back to its queue by itself: `handoff.timekeeper`.
    held = select(Ticket).where(
        Ticket.assignee_id == agent_id, Ticket.state.in_(HELD_STATES), Ticket.taken_at.is_not(None)
    )
    for ticket in await session.scalars(held):
        await raise_alert(
            session,
            ticket,
            AlertKind.RETURN,
            settings=settings,
            at=now,
            usernames=settings.supervisors_of(ticket.queue),
            why="left_behind",
        )


async def reactivate(session: AsyncSession, agent_id: UUID, *, by: str, now: datetime) -> None:
    """They are back, and sign in as before. Raises `NotFound`."""
    agent = await _get(session, agent_id)
    if agent.left_at is None:
        return
    agent.left_at = None
    await note_act(session, who=by, what="user.reactivate", object=agent.username, now=now)


async def sign_out_everywhere(session: AsyncSession, agent_id: UUID, *, by: str, now: datetime) -> None:
    """All sessions of somebody end. Raises `NotFound`."""
    agent = await _get(session, agent_id)
    agent.sign_ins += 1
    await note_act(session, who=by, what="user.sign_out", object=agent.username, now=now)


async def change_password(
    session: AsyncSession, agent_id: UUID, password: str, password_hash: str, *, now: datetime
) -> Agent:
    """Somebody's own; all sessions end. Raises `Unfit`."""
    agent = await _get(session, agent_id)
    check_password(password, agent.username)
    agent.password_hash = password_hash
    agent.sign_ins += 1
    await note_act(session, who=agent.username, what="user.password", object=agent.username, now=now)
    return agent


def check_old_password(agent: Agent, password: str) -> None:
    """Raises `Unfit` when it is not the agent's password. Slow, as `verify_password`."""
    if not verify_password(agent, password):
        raise Unfit("old", Objection.WRONG_PASSWORD)


async def _get(session: AsyncSession, agent_id: UUID) -> Agent:
    agent = await session.get(Agent, agent_id, populate_existing=True, with_for_update=True)
    if agent is None:
        raise NotFound("user", agent_id)
    return agent


async def _lock_admins(session: AsyncSession) -> Sequence[Agent]:
    """Two who demote each other at once wait for each other. Before any other lock, and always in one order."""
    query = select(Agent).where(Agent.role == Role.ADMIN).order_by(Agent.id)
    locked = query.with_for_update().execution_options(populate_existing=True)
    return (await session.scalars(locked)).all()


def _check_not_last(agent: Agent, admins: Sequence[Agent]) -> None:
    """Raises `Refused` when nobody could admit anybody any more."""
    if agent.role != Role.ADMIN or not agent.can_sign_in:
        return
    if not any(each.can_sign_in for each in admins if each.id != agent.id):
        raise Refused(Objection.LAST_ADMIN, agent=agent.name)


async def _check_email(session: AsyncSession, email: str, *, of: Agent | None) -> str | None:
    """As it is kept. Raises `Unfit` when it is none, or somebody else's."""
    address = email.strip().lower()
    if not address:
        return None
    if len(address) > MAX_EMAIL or not re.fullmatch(r"[^@\s<>]+@[^@\s<>]+\.[^@\s<>]+", address):
        raise Unfit("email", Objection.NO_EMAIL)
    other = await session.scalar(select(Agent).where(func.lower(Agent.email) == address))
    if other is not None and (of is None or other.id != of.id):
        raise Unfit("email", Objection.EMAIL_TAKEN, email=address, agent=other.name)
    return address


def _facts(agent: Agent) -> dict[str, str | None]:
    return {"name": agent.name, "email": agent.email, "role": agent.role}
