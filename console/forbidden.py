"""What somebody is told whose role does not allow what they ask for."""

from fastapi import Request
from fastapi.exception_handlers import http_exception_handler
from fastapi.responses import Response

from console.pages import page
from console.sessions import Forbidden


async def answer_forbidden(request: Request, error: Exception) -> Response:
    """A page for a browser, JSON for a script."""
    assert isinstance(error, Forbidden)
    if "text/html" not in request.headers.get("accept", ""):
        return await http_exception_handler(request, error)
    return page(request, "forbidden.html", {"agent": error.agent, "told": error.detail}, status=403)
