"""Channels in the console: how each does, a test of each, and the tokens of the HTTP API."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Annotated, Protocol
from urllib.parse import quote
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response

from console.channels_view import ChannelsView, Setup
from console.origins import check_same_origin
from console.pages import page, texts_for
from console.sessions import Sessions
from core.clock import Clock, utc_now
from core.connections import read_connections
from core.database import Database
from core.errors import BadInput, NotFound
from core.findings import Finding
from core.tokens import LONGEST_NAME, NameTaken, add_token, list_tokens, revoke_token
from core.traffic import Traffic, list_buried, read_traffic
from handoff.agents import Agent, Role

HOME = "/console/channels"
MAX_BODY = 10_000  # bytes of a form
TEST_SECONDS = 10  # that a test may take
MOST_BURIED = 5  # that are shown of a channel
API = "api"  # is in use once an app has a token
DESK_ONLY = frozenset({"slack_desk"})  # by which no customer writes

Typed = Annotated[str, Form()]


class Checks(Protocol):
    """What is configured, and how it is looked at: the same as `shouwen doctor` says."""

    @property
    def setups(self) -> Sequence[Setup]:
        """Every channel that can be configured."""
        ...

    async def look(self, name: str) -> Sequence[Finding]:
        """Ask the vendor, or our own server, how the channel of that name does. Raises `NotFound`."""
        ...


def routes(
    database: Database, sessions: Sessions, checks: Checks, *, zone: ZoneInfo, clock: Clock = utc_now
) -> APIRouter:
    """GET /console/channels, and what is done there."""
    router = APIRouter(
        include_in_schema=False, max_body_size=MAX_BODY, dependencies=[Depends(check_same_origin)]
    )
    reader, admin = sessions.at_least(Role.SUPERVISOR), sessions.at_least(Role.ADMIN)

    async def show_page(
        request: Request,
        agent: Agent,
        *,
        tested: Mapping[str, Sequence[Finding]] | None = None,
        secret: tuple[str, str] | None = None,
        revoked: str = "",
        typed: str = "",
        error: str = "",
        status: int = 200,
    ) -> Response:
        now, texts = clock(), texts_for(request)
        async with database.read() as session:
            connections, traffic = await read_connections(session), await read_traffic(session, now=now)
            buried = {
                name: await list_buried(session, name, now=now, limit=MOST_BURIED)
                for name, each in traffic.items()
                if each.buried
            }
            tokens = await list_tokens(session)
        view = ChannelsView(texts, connections, now=now)
        setups = [replace(each, is_on=bool(tokens)) if each.name == API else each for each in checks.setups]
        context: dict[str, object] = {
            "agent": agent,
            "home": HOME,
            "rows": [
                view.row(
                    each,
                    None if each.name in DESK_ONLY else traffic.get(each.name, Traffic()),
                    buried.get(each.name, ()),
                    (tested or {}).get(each.name),
                )
                for each in setups
            ],
            "tokens": [
                {
                    "name": each.name,
                    "made": f"{each.created_at.astimezone(zone):%Y-%m-%d}",
                    "by": each.made_by,
                    "used": view.ago(each.last_used_at) if each.last_used_at else "",
                }
                for each in tokens
            ],
            "may_act": Role(agent.role).is_at_least(Role.ADMIN),
            "secret": secret,
            "revoked": revoked,
            "typed": typed,
            "longest": LONGEST_NAME,
            "error": error,
        }
        return page(request, "channels.html", context, here=HOME, status=status)

    @router.get(HOME)
    async def show(request: Request, agent: Annotated[Agent, Depends(reader)], revoked: str = "") -> Response:
        return await show_page(request, agent, revoked=revoked[:LONGEST_NAME])

    @router.post(HOME + "/{name}/test")
    async def test(request: Request, name: str, agent: Annotated[Agent, Depends(admin)]) -> Response:
        try:
            async with asyncio.timeout(TEST_SECONDS):
                found = await checks.look(name)
        except NotFound:
            return RedirectResponse(HOME, 303)
        except TimeoutError:
            found = [Finding(code="slow", facts={"seconds": str(TEST_SECONDS)})]
        return await show_page(request, agent, tested={name: found})

    @router.post(HOME + "/tokens")
    async def make_token(
        request: Request, agent: Annotated[Agent, Depends(admin)], name: Typed = ""
    ) -> Response:
        texts = texts_for(request)
        try:
            async with database.write() as session:
                secret = await add_token(session, name, by=agent.username, now=clock())
        except NameTaken:
            told = texts("tokens_taken", name=name.strip())
        except BadInput:
            told = texts("tokens_bad_name", most=LONGEST_NAME)
        else:
            return await show_page(request, agent, secret=(name.strip(), secret))
        return await show_page(request, agent, typed=name, error=told, status=422)

    @router.post(HOME + "/tokens/revoke")
    async def revoke(request: Request, agent: Annotated[Agent, Depends(admin)], name: Typed = "") -> Response:
        try:
            async with database.write() as session:
                await revoke_token(session, name, by=agent.username, now=clock())
        except NotFound:
            told = texts_for(request)("tokens_gone", name=name[:LONGEST_NAME])
            return await show_page(request, agent, error=told, status=404)
        return RedirectResponse(f"{HOME}?revoked={quote(name)}#tokens", 303)

    return router
