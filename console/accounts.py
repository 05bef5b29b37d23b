"""Everybody's accounts, for admins: who may sign in, with what role; invitations, leaving and coming back."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy.ext.asyncio import AsyncSession

from console.origins import check_same_origin
from console.pages import page, texts_for
from console.sessions import Sessions
from console.texts import PageTexts
from console.ways import Ways, word_objection
from core.clock import Clock, utc_now
from core.database import Database
from core.errors import NotFound
from handoff import accounts
from handoff.accounts import MAX_EMAIL, MAX_NAME, Account, AccountState
from handoff.agents import Agent, Role
from handoff.invitations import GOOD_FOR, link_to
from handoff.refusals import Refused, Unfit
from handoff.settings import SettingsInForce
from handoff.tickets import Ticket
from handoff.wording.reader import to_moment

ACCOUNTS = "/console/accounts"
ACCOUNT = ACCOUNTS + "/{agent_id}"
MAX_BODY = 20_000  # bytes of a form
DONE = frozenset({"saved", "revoked", "signed_out", "deactivated", "reactivated"})  # texts account_done_…

Typed = Annotated[str, Form()]


@dataclass(frozen=True, kw_only=True)
class AccountRow:
    """An account as the pages show it."""

    id: UUID
    username: str
    name: str
    email: str
    role: str
    ways: str
    seen: str
    state: AccountState
    until: str  # the end of a link that still works
    holds: Sequence[Ticket]


@dataclass(frozen=True, kw_only=True)
class ShownLink:
    """An invitation, at the only moment when its link is known."""

    name: str
    link: str
    until: str


def routes(
    database: Database,
    sessions: Sessions,
    *,
    ways: Ways | None = None,
    settings: SettingsInForce,
    zone: ZoneInfo,
    clock: Clock = utc_now,
) -> APIRouter:
    """What is under /console/accounts."""
    router = APIRouter(
        include_in_schema=False, max_body_size=MAX_BODY, dependencies=[Depends(check_same_origin)]
    )
    Admin = Annotated[Agent, Depends(sessions.at_least(Role.ADMIN))]
    offered = ways or Ways()

    def row(account: Account, t: PageTexts) -> AccountRow:
        agent = account.agent
        named = [
            t("way_password") if agent.password_hash is not None else "",
            t("way_openid") if agent.subject is not None else "",
            t("way_demo") if account.state is AccountState.DEMO else "",
        ]
        return AccountRow(
            id=agent.id,
            username=agent.username,
            name=agent.name,
            email=agent.email or "",
            role=agent.role,
            ways=" · ".join(filter(None, named)) or t("way_none"),
            seen=to_moment(account.seen_at, zone) if account.seen_at else t("accounts_never"),
            state=account.state,
            until=to_moment(account.invited_until, zone) if account.invited_until else "",
            holds=account.holds,
        )

    def link(request: Request, agent: Agent, secret: str, now: datetime) -> ShownLink:
        address = link_to(secret, base=offered.address(request))
        return ShownLink(name=agent.name, link=address, until=to_moment(now + GOOD_FOR, zone))

    async def list_page(
        request: Request,
        agent: Agent,
        *,
        typed: dict[str, str] | None = None,
        error: str = "",
        shown: ShownLink | None = None,
        status: int = 200,
    ) -> Response:
        t = texts_for(request)
        async with database.read() as session:
            rows = [row(each, t) for each in await accounts.list_accounts(session, now=clock())]
        context: dict[str, object] = {
            "agent": agent,
            "home": ACCOUNTS,
            "rows": rows,
            "roles": list(Role),
            "typed": {"username": "", "name": "", "email": "", "role": Role.AGENT, **(typed or {})},
            "error": error,
            "shown": shown,
            "most": {"name": MAX_NAME, "email": MAX_EMAIL},
            "provider": (offered.provider or {}).get(t.language, ""),
        }
        return page(request, "accounts.html", context, here=ACCOUNTS, status=status)

    async def one_page(
        request: Request,
        agent: Agent,
        agent_id: UUID,
        *,
        typed: dict[str, str] | None = None,
        error: str = "",
        done: str = "",
        shown: ShownLink | None = None,
        status: int = 200,
    ) -> Response:
        t = texts_for(request)
        async with database.read() as session:
            everybody = await accounts.list_accounts(session, now=clock())
        found = next((row(each, t) for each in everybody if each.agent.id == agent_id), None)
        path = f"{ACCOUNTS}/{agent_id}"
        values = {"name": found.name, "email": found.email, "role": found.role} if found else {}
        context: dict[str, object] = {
            "agent": agent,
            "home": ACCOUNTS,
            "path": path,
            "account": found,
            "roles": list(Role),
            "typed": values | (typed or {}),
            "error": error,
            "done": f"account_done_{done}" if done in DONE else "",
            "shown": shown,
            "most": {"name": MAX_NAME, "email": MAX_EMAIL},
            "provider": (offered.provider or {}).get(t.language, ""),
        }
        return page(request, "account.html", context, here=path, status=status if found else 404)

    async def act(
        request: Request,
        agent: Agent,
        agent_id: UUID,
        done: str,
        change: Callable[[AsyncSession], Awaitable[None]],
        *,
        typed: dict[str, str] | None = None,
    ) -> Response:
        """Carry a change out, and show the account again."""
        try:
            async with database.write() as session:
                await change(session)
        except NotFound:
            return await one_page(request, agent, agent_id)
        except (Refused, Unfit) as error:
            told, status = (
                word_objection(error, texts_for(request)),
                409 if isinstance(error, Refused) else 422,
            )
            return await one_page(request, agent, agent_id, typed=typed, error=told, status=status)
        return RedirectResponse(f"{ACCOUNTS}/{agent_id}?done={done}", status_code=303)

    @router.get(ACCOUNTS)
    async def show_all(request: Request, agent: Admin) -> Response:
        return await list_page(request, agent)

    @router.post(ACCOUNTS)
    async def invite(
        request: Request,
        agent: Admin,
        username: Typed = "",
        name: Typed = "",
        email: Typed = "",
        role: Typed = Role.AGENT,
    ) -> Response:
        typed, now = {"username": username, "name": name, "email": email, "role": role}, clock()
        try:
            async with database.write() as session:
                invited, secret = await accounts.invite(
                    session,
                    username=username,
                    name=name,
                    email=email,
                    role=_role(role),
                    by=agent.username,
                    now=now,
                )
        except Unfit as error:
            told = word_objection(error, texts_for(request))
            return await list_page(request, agent, typed=typed, error=told, status=422)
        return await list_page(request, agent, shown=link(request, invited, secret, now))

    @router.get(ACCOUNT)
    async def show_one(request: Request, agent: Admin, agent_id: UUID, done: str = "") -> Response:
        return await one_page(request, agent, agent_id, done=done)

    @router.post(ACCOUNT)
    async def change(
        request: Request,
        agent: Admin,
        agent_id: UUID,
        name: Typed = "",
        email: Typed = "",
        role: Typed = Role.AGENT,
    ) -> Response:
        async def do(session: AsyncSession) -> None:
            await accounts.change_account(
                session,
                agent_id,
                name=name,
                email=email,
                role=_role(role),
                by=agent.username,
                now=clock(),
            )

        typed = {"name": name, "email": email, "role": role}
        return await act(request, agent, agent_id, "saved", do, typed=typed)

    @router.post(ACCOUNT + "/invite")
    async def invite_again(request: Request, agent: Admin, agent_id: UUID) -> Response:
        now = clock()
        try:
            async with database.write() as session:
                invited, secret = await accounts.invite_again(session, agent_id, by=agent.username, now=now)
        except NotFound:
            return await one_page(request, agent, agent_id)
        except Refused as error:
            told = word_objection(error, texts_for(request))
            return await one_page(request, agent, agent_id, error=told, status=409)
        return await one_page(request, agent, agent_id, shown=link(request, invited, secret, now))

    @router.post(ACCOUNT + "/revoke")
    async def revoke(request: Request, agent: Admin, agent_id: UUID) -> Response:
        async def do(session: AsyncSession) -> None:
            await accounts.revoke(session, agent_id, by=agent.username, now=clock())

        return await act(request, agent, agent_id, "revoked", do)

    @router.post(ACCOUNT + "/sign-out")
    async def sign_out(request: Request, agent: Admin, agent_id: UUID) -> Response:
        async def do(session: AsyncSession) -> None:
            await accounts.sign_out_everywhere(session, agent_id, by=agent.username, now=clock())

        return await act(request, agent, agent_id, "signed_out", do)

    @router.post(ACCOUNT + "/deactivate")
    async def deactivate(request: Request, agent: Admin, agent_id: UUID) -> Response:
        async def do(session: AsyncSession) -> None:
            await accounts.deactivate(
                session, agent_id, settings=settings.now, by=agent.username, now=clock()
            )

        return await act(request, agent, agent_id, "deactivated", do)

    @router.post(ACCOUNT + "/reactivate")
    async def reactivate(request: Request, agent: Admin, agent_id: UUID) -> Response:
        async def do(session: AsyncSession) -> None:
            await accounts.reactivate(session, agent_id, by=agent.username, now=clock())

        return await act(request, agent, agent_id, "reactivated", do)

    return router


def _role(value: str) -> Role:
    """The least is what nobody regrets where a form says something else."""
    return Role(value) if value in set(Role) else Role.VIEWER
