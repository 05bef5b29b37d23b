"""History: every version with its figures, what differs between two, and back to one with a press."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response

from console.knowledge.differences import differences
from console.knowledge.library import HOME, PUBLISHES, Library, log
from console.knowledge.publishing import MAX_NOTE
from console.pages import texts_for
from console.sessions import Sessions
from core.errors import NotAllowed, NotFound, ShouwenError
from handoff.agents import Agent, Role
from nlu.knowledge.documents import from_data
from nlu.knowledge.entries import KnowledgeBase
from nlu.knowledge.versions import find_live, get_version, list_live, list_versions

HISTORY = HOME + "/history"
SHOWN = 100  # versions


def routes(library: Library, sessions: Sessions) -> APIRouter:
    """GET /console/knowledge/history, and POST …/{number}/roll-back."""
    router = APIRouter()
    reader = sessions.at_least(Role.VIEWER)

    async def history_page(
        request: Request, agent: Agent, *, error: str = "", done: int | None = None, status: int = 200
    ) -> Response:
        async with library.database.read() as session:
            live = await find_live(session)
            versions = await list_versions(session, limit=SHOWN)
            changes = await list_live(session, limit=SHOWN)
        context = {
            "versions": versions,
            "live": live.version if live else None,
            "went_live": changes,
            "error": error,
            "done": done,
        }
        contents = await library.shelf.look()
        return library.page(
            request,
            agent,
            contents,
            "knowledge_history.html",
            context,
            tab="history",
            status=status,
            here=HISTORY,
        )

    @router.get(HISTORY)
    async def show(
        request: Request, agent: Annotated[Agent, Depends(reader)], done: int | None = None
    ) -> Response:
        return await history_page(request, agent, done=done)

    @router.get(HISTORY + "/compare")
    async def show_differences(
        request: Request, agent: Annotated[Agent, Depends(reader)], old: str = "", new: str = ""
    ) -> Response:
        """Between two versions; `new` may be left out: the draft."""
        contents = await library.shelf.look()
        try:
            before = await read(old)
            after = contents.draft if new in ("", "draft") else await read(new)
        except NotFound:
            error = texts_for(request)("kb_no_version")
            return await history_page(request, agent, error=error, status=404)
        changes = await asyncio.to_thread(differences, before, after)
        context = {"old": old, "new": new or "draft", "changes": changes}
        return library.page(request, agent, contents, "knowledge_compare.html", context, tab="history")

    async def read(number: str) -> KnowledgeBase:
        if not number.isdecimal() or len(number) > 9:
            raise NotFound("version", number)
        async with library.database.read() as session:
            version = await get_version(session, int(number))
        return await asyncio.to_thread(from_data, version.snapshot)

    @router.post(HISTORY + "/{number}/roll-back")
    async def roll_back(
        request: Request,
        number: int,
        agent: Annotated[Agent, Depends(sessions.at_least(PUBLISHES))],
        note: Annotated[str, Form(max_length=MAX_NOTE)] = "",
    ) -> Response:
        texts = texts_for(request)
        try:
            await library.publisher.roll_back(number, by=agent.username, note=" ".join(note.split()))
        except NotFound:
            return await history_page(request, agent, error=texts("kb_no_version"), status=404)
        except NotAllowed:
            return await history_page(
                request, agent, error=texts("kb_live_already", number=number), status=409
            )
        except ShouwenError as error:
            log.error("console.not_rolled_back", error=str(error))
            told = texts("kb_not_published", reason=error)
            return await history_page(request, agent, error=told, status=500)
        return RedirectResponse(f"{HISTORY}?done={number}", 303)

    return router
