"""The home page: the chat and the desk side by side, so that one person can play both."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from console.pages import page
from console.sessions import Sessions


def routes(sessions: Sessions) -> APIRouter:
    """GET /."""
    router = APIRouter(include_in_schema=False)

    @router.get("/")
    async def home(request: Request) -> Response:
        return page(request, "home.html", {"demo": sessions.allows_demo(request)})

    return router
