"""The test bench: type a question, and see what the draft would answer, and why, beside what the live version answers."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from console.knowledge.flips import valid
from console.knowledge.library import HOME, Library, log
from console.knowledge.minds import Mind, Verdict
from console.pages import fragment, texts_for
from console.sessions import Sessions
from core.errors import ShouwenError
from handoff.agents import Agent, Role
from nlu.embedded.explain import Explanation

LONGEST = 1_000  # characters of a question


def routes(library: Library, sessions: Sessions) -> APIRouter:
    """GET /console/knowledge/try."""
    router = APIRouter()

    async def judge(mind: Mind, question: str) -> Verdict:
        entries = valid(mind.knowledge, library.today)
        return (await library.minds.judge(mind, [question], entries))[0]

    @router.get(HOME + "/try")
    async def try_out(
        request: Request,
        agent: Annotated[Agent, Depends(sessions.at_least(Role.VIEWER))],
        q: str = "",
        part: bool = False,
    ) -> Response:
        question = " ".join(q.split())[:LONGEST]
        contents = await library.shelf.look()
        learning, failed = False, ""
        drafted: Verdict | None = None
        live: Verdict | None = None
        why: Explanation | None = None
        if question:
            task = library.minds.draft(contents, await library.mark(contents))
            mind = await library.minds.live(contents)
            live = await judge(mind, question) if mind else None
            learning = not task.done()
            if not learning:
                try:
                    learned = task.result()
                except ShouwenError as error:
                    log.warning("console.not_learned", error=str(error))
                    failed = str(error)
                else:
                    drafted = await judge(learned, question)
                    why = await library.minds.explain(learned, question)
        context = {
            "question": question,
            "drafted": drafted,
            "live": live,
            "why": why,
            "learning": learning,
            "failed": failed,
        }
        if part:
            named = {"name_of": lambda key: contents.title(key, texts_for(request).language), "home": HOME}
            return fragment(request, "knowledge_try_result.html", context | named)
        return library.page(request, agent, contents, "knowledge_try.html", context, tab="try")

    return router
