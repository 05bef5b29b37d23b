"""Pages for what cannot be shown: who asks with a browser reads what is wrong and where to go on, not JSON."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from fastapi import Request
from fastapi.exception_handlers import http_exception_handler
from fastapi.responses import Response

from console.pages import page, texts_for
from console.sessions import Forbidden

Handler = Callable[[Request, Exception], Awaitable[Response]]


@dataclass(frozen=True, kw_only=True)
class Problem:
    """What went wrong, by the name of its texts, and the status that goes with it."""

    name: str
    status: int


UNKNOWN = Problem(name="unknown", status=404)
UNREADABLE = Problem(name="unreadable", status=422)
UNAVAILABLE = Problem(name="unavailable", status=503)
FAULT = Problem(name="fault", status=500)


async def answer_forbidden(request: Request, error: Exception) -> Response:
    """Somebody's role does not allow what they ask for: a page for a browser, JSON for a script."""
    assert isinstance(error, Forbidden)
    if not _wants_page(request):
        return await http_exception_handler(request, error)
    title = texts_for(request)("forbidden_title")
    return page(
        request, "problem.html", {"agent": error.agent, "title": title, "told": error.detail}, status=403
    )


def page_for(problem: Problem, otherwise: Handler) -> Handler:
    """A handler of errors: in the console a page for a browser, all else by the other handler."""

    async def answer(request: Request, error: Exception) -> Response:
        if not _wants_page(request):
            return await otherwise(request, error)
        texts = texts_for(request)
        context = {
            "agent": None,  # who it is was not asked, or cannot be known just now
            "title": texts(f"problem_{problem.name}_title"),
            "told": texts(f"problem_{problem.name}"),
        }
        return page(request, "problem.html", context, here="/console/desk", status=problem.status)

    return answer


def _wants_page(request: Request) -> bool:
    return request.url.path.startswith("/console") and "text/html" in request.headers.get("accept", "")
