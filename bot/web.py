"""The web application: routers of the channels and the console, health, metrics, and errors as JSON."""

import functools
from collections.abc import Iterable
from typing import Any

import structlog
from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.exception_handlers import http_exception_handler
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi_offline import FastAPIOffline
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from starlette.exceptions import HTTPException

from channels.http_api.models import TooLarge, Unauthorised
from channels.http_api.tokens import SECURITY_SCHEME
from console.problems import FAULT, UNAVAILABLE, UNKNOWN, UNREADABLE, answer_forbidden, page_for
from console.sessions import Forbidden
from core.database import Database
from core.errors import BadInput, NotAllowed, NotFound, ShouwenError

log = structlog.get_logger(__name__)

MAX_BODY = 2_000_000  # bytes of any request

STATUS: dict[type[ShouwenError], tuple[int, str]] = {
    Unauthorised: (401, "unauthorised"),
    NotFound: (404, "not_found"),
    NotAllowed: (409, "not_allowed"),
    TooLarge: (413, "too_large"),
    BadInput: (422, "bad_input"),
}


def create_app(*, database: Database, routers: Iterable[APIRouter]) -> FastAPI:
    """The application with the given routers."""
    app: FastAPI = FastAPIOffline(
        title="Shouwen 首问",
        version="1",
        redoc_url=None,
        max_body_size=MAX_BODY,
        telemetry={"tracing": False, "metrics": False, "logs": False},  # we have our own, at less cost
    )
    app.openapi = functools.partial(_describe, app)  # type: ignore[method-assign]
    app.add_exception_handler(ShouwenError, _answer_error)
    app.add_exception_handler(NotFound, page_for(UNKNOWN, _answer_error))
    app.add_exception_handler(BadInput, page_for(UNREADABLE, _answer_error))
    app.add_exception_handler(Forbidden, answer_forbidden)
    app.add_exception_handler(404, page_for(UNKNOWN, _answer_unknown))
    app.add_exception_handler(RequestValidationError, page_for(UNREADABLE, _answer_validation))
    app.add_exception_handler(Exception, page_for(FAULT, _answer_fault))
    for kind in (SQLAlchemyError, OSError):  # OSError: a refused connection reaches us unwrapped
        app.add_exception_handler(kind, page_for(UNAVAILABLE, _answer_database))
    for router in routers:
        app.include_router(router)
    app.include_router(_operations(database))
    return app


def _describe(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI description, with the token that the HTTP API asks for."""
    schema = FastAPI.openapi(app)
    components = schema.setdefault("components", {})
    components["securitySchemes"] = {SECURITY_SCHEME: {"type": "http", "scheme": "bearer"}}
    return schema


def _operations(database: Database) -> APIRouter:
    router = APIRouter(include_in_schema=False)

    @router.get("/healthz")
    async def healthz() -> dict[str, str]:
        """The process is alive."""
        return {"status": "ok"}

    @router.get("/readyz")
    async def readyz() -> JSONResponse:
        """The process can do its work: the database answers."""
        try:
            async with database.read() as session:
                await session.execute(text("SELECT 1"))
        except (SQLAlchemyError, OSError) as error:
            log.warning("readyz.database", error=type(error).__name__)
            return JSONResponse({"status": "database does not answer"}, status_code=503)
        return JSONResponse({"status": "ok"})

    @router.get("/metrics")
    async def metrics() -> Response:
        """Prometheus metrics of this process."""
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    return router


async def _answer_error(_request: Request, error: Exception) -> Response:
    status, code = next(
        (answer for kind, answer in STATUS.items() if isinstance(error, kind)), (500, "internal")
    )
    if status == 500:
        log.error("web.error", exc_info=error)
    body = {"code": code, "message": str(error)}
    if isinstance(error, BadInput):
        body["field"] = error.field
    headers = {"WWW-Authenticate": "Bearer"} if status == 401 else None
    return JSONResponse({"error": body}, status_code=status, headers=headers)


async def _answer_unknown(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if not request.url.path.startswith("/api/"):
        return await http_exception_handler(request, error)
    body = {"code": "not_found", "message": "there is no such address; see /docs for those that are"}
    return JSONResponse({"error": body}, status_code=404)


async def _answer_validation(_request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    field = ".".join(str(part) for part in first["loc"][1:]) or "body"
    message = f"{field}: {first['msg'][:1].lower()}{first['msg'][1:]}"
    return JSONResponse({"error": {"code": "bad_input", "message": message, "field": field}}, status_code=422)


async def _answer_fault(_request: Request, _error: Exception) -> Response:
    """What nobody foresaw; the server logs it."""
    body = {"code": "internal", "message": "something went wrong on our side; it is in the log"}
    return JSONResponse({"error": body}, status_code=500)


async def _answer_database(_request: Request, error: Exception) -> Response:
    log.error("web.database", exc_info=error)
    body = {"code": "unavailable", "message": "nothing was stored; please send it again in a moment"}
    return JSONResponse({"error": body}, status_code=503, headers={"Retry-After": "1"})
