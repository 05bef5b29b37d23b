"""Signing in by way of an OpenID provider: there, and back with a code."""

from dataclasses import asdict
from datetime import timedelta
from typing import Any

import structlog
from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from itsdangerous import BadSignature, URLSafeTimedSerializer

from console.openid import Attempt, Failure, Provider, ProviderFailed, begin_attempt
from console.pages import page, texts_for
from console.sessions import SIGN_IN, Sessions, safe_target
from console.ways import Ways
from core.clock import Clock, utc_now
from core.database import Database
from handoff.invitations import PATH
from handoff.provider_people import Admission, NotComeIn, let_in

log = structlog.get_logger(__name__)

BACK = SIGN_IN + "/oidc"  # where the provider sends browsers, as it is registered there
START = BACK + "/start"
COOKIE = "shouwen_openid"
PATIENCE = timedelta(minutes=15)  # that somebody may take to sign in there
MAX_SECRET = 100  # characters of an invitation's


def routes(
    database: Database,
    sessions: Sessions,
    provider: Provider,
    *,
    secret_key: str,
    ways: Ways,
    admission: Admission | None = None,
    clock: Clock = utc_now,
) -> APIRouter:
    """GET /console/sign-in/oidc/start and /console/sign-in/oidc."""
    router = APIRouter(include_in_schema=False)
    signer = URLSafeTimedSerializer(secret_key, salt="console.openid")

    def redirect_of(request: Request) -> str:
        return ways.address(request) + BACK

    def fail(request: Request, why: str, *, again: str = START, status: int = 400, **facts: str) -> Response:
        t = texts_for(request)
        facts["provider"] = (ways.provider or {})[t.language]
        context: dict[str, object] = {"told": t(f"openid_{why}", **facts), "again": again}
        response = page(request, "openid_failed.html", context, here=SIGN_IN, status=status)
        response.delete_cookie(COOKIE, path=BACK)
        return response

    def fail_for(request: Request, error: ProviderFailed) -> Response:
        log.warning("openid.failed", failure=error.failure, detail=error.detail)
        status = 503 if error.failure is Failure.DOWN else 502
        return fail(request, str(error.failure), status=status)

    def read_cookie(request: Request) -> dict[str, Any] | None:
        """What this browser set out with, if it did, lately."""
        try:
            found = signer.loads(request.cookies.get(COOKIE, ""), max_age=int(PATIENCE.total_seconds()))
        except BadSignature:
            return None
        return found if isinstance(found, dict) else None

    @router.get(START)
    async def start(request: Request, next: str = "", invitation: str = "") -> Response:
        attempt = begin_attempt()
        try:
            address = await provider.address(attempt, redirect=redirect_of(request))
        except ProviderFailed as error:
            return fail_for(request, error)
        response = RedirectResponse(address, status_code=303)
        kept = {"attempt": asdict(attempt), "next": safe_target(next), "invitation": invitation[:MAX_SECRET]}
        response.set_cookie(
            COOKIE,
            str(signer.dumps(kept)),
            max_age=int(PATIENCE.total_seconds()),
            path=BACK,
            httponly=True,
            samesite="lax",  # the way back begins at the provider's page
            secure=redirect_of(request).startswith("https://"),
        )
        return response

    @router.get(BACK)
    async def back(request: Request, state: str = "", code: str = "", error: str = "") -> Response:
        kept = read_cookie(request)
        # Who has not set out here, or not in this browser, may be led here by somebody else.
        if kept is None or not state or state != kept["attempt"]["state"]:
            return fail(request, "stale")
        if error or not code:
            log.info("openid.declined", error=error[:200])
            return fail(request, "declined" if error == "access_denied" else "refused")
        invitation = str(kept["invitation"])
        try:
            proven = await provider.finish(Attempt(**kept["attempt"]), code, redirect=redirect_of(request))
            async with database.write() as session:
                agent = await let_in(session, proven, invitation=invitation, admission=admission, now=clock())
        except ProviderFailed as failed:
            return fail_for(request, failed)
        except NotComeIn as closed:
            log.warning("openid.not_come_in", why=closed.why, email=closed.email)
            again = f"{PATH}/{invitation}" if invitation else START
            return fail(request, str(closed.why), again=again, status=403, email=closed.email or "")
        response = RedirectResponse(safe_target(str(kept["next"])), status_code=303)
        response.delete_cookie(COOKIE, path=BACK)
        await sessions.start(request, response, agent)
        log.info("sign_in.done", agent=agent.username, way="openid")
        return response

    return router
