"""Golden questions: added and deleted here, asked when something is about to be published."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response

from console.knowledge.library import EDITS, HOME, Library
from console.pages import texts_for
from console.sessions import Sessions
from core.errors import BadInput
from core.languages import ReplyLanguage
from handoff.agents import Agent, Role
from nlu.knowledge.cells import read_lines
from nlu.knowledge.golden import add_golden, delete_golden, list_golden

GOLDEN = HOME + "/golden"


def routes(library: Library, sessions: Sessions) -> APIRouter:
    """GET and POST /console/knowledge/golden."""
    router = APIRouter()

    async def golden_page(
        request: Request,
        agent: Agent,
        *,
        error: str = "",
        typed: str = "",
        entry: str = "",
        status: int = 200,
    ) -> Response:
        async with library.database.read() as session:
            questions = await list_golden(session)
        context = {"questions": questions, "error": error, "typed": typed, "entry": entry}
        contents = await library.shelf.look()
        return library.page(
            request,
            agent,
            contents,
            "knowledge_golden.html",
            context,
            tab="golden",
            status=status,
            here=GOLDEN,
        )

    @router.get(GOLDEN)
    async def show(
        request: Request, agent: Annotated[Agent, Depends(sessions.at_least(Role.VIEWER))]
    ) -> Response:
        return await golden_page(request, agent)

    @router.post(GOLDEN)
    async def add(
        request: Request,
        agent: Annotated[Agent, Depends(sessions.at_least(EDITS))],
        questions: Annotated[str, Form()] = "",
        entry: Annotated[str, Form(max_length=100)] = "",
    ) -> Response:
        texts, entry = texts_for(request), entry.strip()
        contents = await library.shelf.look()
        if entry and entry not in contents.draft.entries:
            error = texts("kb_fault_no_entry", id=entry)
            return await golden_page(request, agent, error=error, typed=questions, entry=entry, status=422)
        lines = [line.strip() for line in read_lines(questions)]
        try:
            if not lines:
                raise BadInput("question", "is empty")
            async with library.database.write() as session:
                for line in lines:
                    language: ReplyLanguage = "en" if line.isascii() else "zh"
                    await add_golden(
                        session, line, language, entry or None, by=agent.username, now=library.clock()
                    )
        except BadInput:
            error = texts("kb_fault_golden")
            return await golden_page(request, agent, error=error, typed=questions, entry=entry, status=422)
        return RedirectResponse(GOLDEN, 303)

    @router.post(GOLDEN + "/{golden_id}/delete")
    async def remove(golden_id: UUID, agent: Annotated[Agent, Depends(sessions.at_least(EDITS))]) -> Response:
        async with library.database.write() as session:
            await delete_golden(session, golden_id, by=agent.username, now=library.clock())
        return RedirectResponse(GOLDEN, 303)

    return router
