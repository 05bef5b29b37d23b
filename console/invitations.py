"""Invitation links, as the invited see them. Opening one changes nothing: mail scanners and previews do that."""

import asyncio
import math
from typing import Annotated
from zoneinfo import ZoneInfo

import structlog
from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response

from console.origins import check_same_origin
from console.pages import page, texts_for
from console.sessions import Sessions, safe_target
from console.throttle import Throttle
from console.ways import Ways, limit_address, word_objection
from core.clock import Clock, utc_now
from core.database import Database
from core.tokens import hash_secret
from handoff.accounts import MAX_NAME
from handoff.agents import MIN_PASSWORD, Role, check_password, hash_password
from handoff.invitations import (
    PATH,
    Invited,
    accept_once,
    accept_with_password,
    find_invitation,
)
from handoff.refusals import Unfit
from handoff.wording.reader import to_moment

log = structlog.get_logger(__name__)

LINK = PATH + "/{secret}"
MAX_BODY = 20_000  # bytes of a form
PARALLEL_HASHES = 2  # each takes 64 MB for a moment
TRIES = 20  # of one link, within the throttle's window


def routes(
    database: Database,
    sessions: Sessions,
    *,
    ways: Ways | None = None,
    zone: ZoneInfo,
    clock: Clock = utc_now,
) -> APIRouter:
    """GET and POST /console/invitation/{secret}."""
    router = APIRouter(
        include_in_schema=False, max_body_size=MAX_BODY, dependencies=[Depends(check_same_origin)]
    )
    throttle, hashing = Throttle(clock=clock), asyncio.Semaphore(PARALLEL_HASHES)
    offered = ways or Ways()

    def lets_in_once(invited: Invited) -> bool:
        """Where there are no passwords, an admin's link is the way in when the provider is not."""
        return not offered.passwords and invited.role is Role.ADMIN

    async def find(secret: str) -> Invited | None:
        async with database.read() as session:
            return await find_invitation(session, secret, now=clock())

    def gone(request: Request) -> Response:
        return page(request, "invitation.html", {"invited": None}, here=request.url.path, status=404)

    def show_page(
        request: Request,
        secret: str,
        invited: Invited,
        *,
        typed: dict[str, str] | None = None,
        error: str = "",
        status: int = 200,
    ) -> Response:
        context: dict[str, object] = {
            "invited": invited,
            "path": f"{PATH}/{secret}",
            "secret": secret,
            "until": to_moment(invited.ends_at, zone),
            "ways": offered,
            "lets_in_once": lets_in_once(invited),
            "sets_password": offered.passwords,
            "typed": {"username": "", "name": "", **(typed or {})},
            "error": error,
            "least": MIN_PASSWORD,
            "longest": MAX_NAME,
        }
        return page(request, "invitation.html", context, here=request.url.path, status=status)

    @router.get(LINK)
    async def show(request: Request, secret: str) -> Response:
        invited = await find(secret)
        return show_page(request, secret, invited) if invited else gone(request)

    @router.post(LINK)
    async def accept(
        request: Request,
        secret: str,
        username: Annotated[str, Form(max_length=200)] = "",
        name: Annotated[str, Form(max_length=200)] = "",
        password: Annotated[str, Form(max_length=1000)] = "",
    ) -> Response:
        t, limits = texts_for(request), {hash_secret(secret): TRIES, **limit_address(request)}
        typed = {"username": username, "name": name}
        wait = throttle.attempt(limits)
        invited = await find(secret)
        if invited is None:
            return gone(request)
        if wait is not None:
            told = t("sign_in_throttled", minutes=math.ceil(wait.total_seconds() / 60))
            return show_page(request, secret, invited, typed=typed, error=told, status=429)
        try:
            if offered.passwords:
                check_password(password, invited.agent.username if invited.agent else username.strip())
                async with hashing:
                    hashed = await asyncio.to_thread(hash_password, password)
                async with database.write() as session:
                    agent = await accept_with_password(
                        session, secret, password, hashed, username=username, name=name, now=clock()
                    )
            elif lets_in_once(invited):
                async with database.write() as session:
                    agent = await accept_once(session, secret, username=username, name=name, now=clock())
            else:
                told = t("sign_in_openid_only")
                return show_page(request, secret, invited, error=told, status=409)
        except Unfit as error:
            told = word_objection(error, t)
            return show_page(request, secret, invited, typed=typed, error=told, status=422)
        if agent is None:  # somebody was faster
            return gone(request)
        response = RedirectResponse(safe_target(""), status_code=303)
        await sessions.start(request, response, agent)
        log.info("invitation.accepted", agent=agent.username)
        return response

    return router
