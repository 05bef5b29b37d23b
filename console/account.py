"""One's own account: the password, the language, and the end of all one's sessions."""

import asyncio
import math
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response

from console.origins import check_same_origin
from console.pages import page, texts_for
from console.sessions import SIGN_IN, Sessions
from console.throttle import Throttle
from console.ways import Ways, word_objection
from core.clock import Clock, utc_now
from core.database import Database
from handoff.accounts import change_password, check_old_password, sign_out_everywhere
from handoff.agents import MIN_PASSWORD, Agent, Role, check_password, hash_password
from handoff.refusals import Unfit

ACCOUNT = "/console/account"
MAX_BODY = 20_000  # bytes of a form
TRIES = 5  # of the old password, within the throttle's window
PARALLEL_CHECKS = 2  # each takes 64 MB for a moment


def routes(
    database: Database, sessions: Sessions, *, ways: Ways | None = None, clock: Clock = utc_now
) -> APIRouter:
    """What is under /console/account."""
    router = APIRouter(
        include_in_schema=False, max_body_size=MAX_BODY, dependencies=[Depends(check_same_origin)]
    )
    Mine = Annotated[Agent, Depends(sessions.at_least(Role.VIEWER))]
    throttle, checking = Throttle(clock=clock), asyncio.Semaphore(PARALLEL_CHECKS)
    has_passwords = (ways or Ways()).passwords

    def show_page(
        request: Request, agent: Agent, *, error: str = "", done: bool = False, status: int = 200
    ) -> Response:
        context: dict[str, object] = {
            "agent": agent,
            "path": ACCOUNT,
            "error": error,
            "done": done,
            "has_password": has_passwords and agent.password_hash is not None,
            "least": MIN_PASSWORD,
        }
        return page(request, "my_account.html", context, here=ACCOUNT, status=status)

    @router.get(ACCOUNT)
    async def show(request: Request, agent: Mine, done: str = "") -> Response:
        return show_page(request, agent, done=done == "password")

    @router.post(ACCOUNT + "/password")
    async def set_password(
        request: Request,
        agent: Mine,
        old: Annotated[str, Form(max_length=1000)] = "",
        password: Annotated[str, Form(max_length=1000)] = "",
    ) -> Response:
        t, limits = texts_for(request), {str(agent.id): TRIES}
        if not has_passwords:
            return show_page(request, agent, error=t("sign_in_openid_only"), status=409)
        wait = throttle.attempt(limits)
        if wait is not None:
            told = t("sign_in_throttled", minutes=math.ceil(wait.total_seconds() / 60))
            return show_page(request, agent, error=told, status=429)
        try:
            async with checking:
                await asyncio.to_thread(check_old_password, agent, old)
                throttle.forgive(limits)
                check_password(password, agent.username)
                hashed = await asyncio.to_thread(hash_password, password)
            async with database.write() as session:
                changed = await change_password(session, agent.id, password, hashed, now=clock())
        except Unfit as error:
            return show_page(request, agent, error=word_objection(error, t), status=422)
        response = RedirectResponse(f"{ACCOUNT}?done=password", status_code=303)
        await sessions.start(request, response, changed)
        return response

    @router.post(ACCOUNT + "/sign-out")
    async def sign_out(agent: Mine) -> Response:
        async with database.write() as session:
            await sign_out_everywhere(session, agent.id, by=agent.username, now=clock())
        response = RedirectResponse(SIGN_IN, status_code=303)
        sessions.end(response)
        return response

    return router
