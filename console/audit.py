"""The audit log as a page: who changed what, newest first."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from console.knowledge.differences import data_differences
from console.knowledge.library import Library
from console.pages import page
from console.sessions import Sessions
from core.audit import list_acts
from handoff.agents import Agent, Role

AUDIT = "/console/audit"
PAGE = 50  # rows


def routes(library: Library, sessions: Sessions) -> APIRouter:
    """GET /console/audit."""
    router = APIRouter(include_in_schema=False)

    @router.get(AUDIT)
    async def show(
        request: Request,
        agent: Annotated[Agent, Depends(sessions.at_least(Role.ADMIN))],
        q: str = "",
        before: str = "",
    ) -> Response:
        position = int(before) if before.isdecimal() and len(before) < 19 else None
        async with library.database.read() as session:
            acts = await list_acts(session, words=q[:200], before=position, limit=PAGE + 1)
        rows = [
            {
                "when": library.when(act.at),
                "who": act.who,
                "what": act.what,
                "object": act.object,
                "differences": data_differences(act.before, act.after),
            }
            for act in acts[:PAGE]
        ]
        older = acts[PAGE - 1].position if len(acts) > PAGE else None
        context = {"agent": agent, "rows": rows, "words": q, "older": older, "paged": position is not None}
        return page(request, "audit.html", context)

    return router
