"""Signing in and out, and the demo sign-in that works on this machine only."""

import asyncio
import math
from typing import Annotated

import structlog
from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response

from console.origins import check_same_origin
from console.pages import page, texts_for
from console.sessions import SIGN_IN, Sessions, safe_target
from console.throttle import Throttle
from console.ways import Ways, limit_address
from core.clock import Clock, utc_now
from core.database import Database
from handoff.agents import DEMO_USERNAME, Agent, Role, add_agent, find_agent, verify_password
from handoff.invitations import anybody_has_an_account

log = structlog.get_logger(__name__)

DEMO_NAME = "小问 Xiaowen"

MAX_BODY = 20_000  # bytes of a form
PARALLEL_CHECKS = 2  # each takes 64 MB for a moment
PER_PERSON = 5  # failed attempts at one account from one address, within the throttle's window
PER_ACCOUNT = 30  # from all addresses together


def routes(
    database: Database, sessions: Sessions, *, ways: Ways | None = None, clock: Clock = utc_now
) -> APIRouter:
    """GET and POST /console/sign-in, POST /console/sign-out, POST /console/demo."""
    router = APIRouter(
        include_in_schema=False, max_body_size=MAX_BODY, dependencies=[Depends(check_same_origin)]
    )
    throttle, ways = Throttle(clock=clock), ways or Ways()
    checking = asyncio.Semaphore(PARALLEL_CHECKS)

    async def sign_in_page(
        request: Request, target: str, *, error: str = "", username: str = "", status: int = 200
    ) -> Response:
        async with database.read() as session:
            is_set_up = await anybody_has_an_account(session)
        context = {
            "ways": ways,
            "is_set_up": is_set_up,
            "target": safe_target(target),
            "error": error,
            "username": username,
            "demo": sessions.allows_demo(request),
        }
        return page(request, "sign_in.html", context, here=SIGN_IN if error else None, status=status)

    async def signed_in(request: Request, agent: Agent, target: str, *, as_demo: bool = False) -> Response:
        response = RedirectResponse(safe_target(target), status_code=303)
        await sessions.start(request, response, agent, as_demo=as_demo)
        log.info("sign_in.done", agent=agent.username)
        return response

    @router.get(SIGN_IN)
    async def show(request: Request, next: str = "") -> Response:
        if await sessions.find(request):
            return RedirectResponse(safe_target(next), status_code=303)
        return await sign_in_page(request, next)

    @router.post(SIGN_IN)
    async def sign_in(
        request: Request,
        username: Annotated[str, Form(max_length=200)] = "",
        password: Annotated[str, Form(max_length=1000)] = "",
        next: Annotated[str, Form()] = "",
    ) -> Response:
        texts = texts_for(request)
        account = username.strip().lower()
        address = request.client.host if request.client else ""
        if not ways.passwords:
            return await sign_in_page(request, next, error=texts("sign_in_openid_only"), status=403)
        limits = {f"{account} {address}": PER_PERSON, f"@{account}": PER_ACCOUNT, **limit_address(request)}
        wait = throttle.attempt(limits)
        if wait is not None:
            error = texts("sign_in_throttled", minutes=math.ceil(wait.total_seconds() / 60))
            return await sign_in_page(request, next, error=error, username=username, status=429)
        async with database.read() as session:
            agent = await find_agent(session, account)
        async with checking:
            fine = await asyncio.to_thread(verify_password, agent, password)
        if agent is None or not fine:
            log.warning("sign_in.refused", username=account, address=address)
            return await sign_in_page(
                request, next, error=texts("wrong_password"), username=username, status=403
            )
        throttle.forgive(limits)
        if agent.left_at is not None:
            log.warning("sign_in.left", username=account, address=address)
            return await sign_in_page(
                request, next, error=texts("sign_in_left"), username=username, status=403
            )
        return await signed_in(request, agent, next)

    @router.post("/console/sign-out")
    async def sign_out() -> Response:
        response = RedirectResponse(SIGN_IN, status_code=303)
        sessions.end(response)
        return response

    @router.post("/console/demo")
    async def demo(request: Request, next: Annotated[str, Form()] = "") -> Response:
        texts = texts_for(request)
        if not sessions.allows_demo(request):
            return await sign_in_page(request, next, error=texts("demo_refused"), status=403)
        async with database.write() as session:
            agent = await find_agent(session, DEMO_USERNAME) or await add_agent(
                session,
                username=DEMO_USERNAME,
                name=DEMO_NAME,
                password=None,
                now=clock(),
                role=Role.ADMIN,
            )
        if agent.can_sign_in:
            return await sign_in_page(request, next, error=texts("demo_name_taken"), status=403)
        if agent.left_at is not None:
            return await sign_in_page(request, next, error=texts("sign_in_left"), status=403)
        return await signed_in(request, agent, next, as_demo=True)

    return router
