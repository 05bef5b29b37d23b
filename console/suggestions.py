"""Suggested replies at the browser desk, and saving an agent's answer as FAQ: pages that work without a script, too."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import Response

from console.desk_pages import HOME, DeskPages, wants_page
from console.pages import fragment, page, texts_for
from console.sessions import Sessions
from core.errors import BadInput, NotAllowed, NotFound
from core.languages import ReplyLanguage
from handoff.agents import Agent
from handoff.faq import MOST_ANSWER, MOST_QUESTION, MOST_TITLE, Faq, FaqText, find_exchange, save_faq
from handoff.lists import get_ticket_line
from handoff.suggesting import Suggesting
from handoff.wording.explaining import explain

Typed = Annotated[str, Form()]
NOTHING = FaqText(title="", question="", answer="")


def routes(pages: DeskPages, sessions: Sessions, suggesting: Suggesting) -> APIRouter:
    """GET /console/desk/tickets/{ticket_id}/suggestions, and the form at …/faq/{message_id}."""
    router = APIRouter(prefix=HOME + "/tickets/{ticket_id}")
    signed_in = Depends(sessions.agent)

    @router.get("/suggestions")
    async def suggest(request: Request, ticket_id: UUID, agent: Annotated[Agent, signed_in]) -> Response:
        try:
            suggestions = await suggesting.suggest(ticket_id, agent)
        except NotFound:
            return await pages.refuse(request, agent, None, texts_for(request)("not_found"), 404)
        except NotAllowed as error:
            async with pages.database.read() as session:
                line = await get_ticket_line(session, ticket_id)
            told = explain(error, pages.reader(request), line)
            return await pages.refuse(request, agent, ticket_id, told, 409)
        context: dict[str, object] = {"suggestions": suggestions, "ticket_id": ticket_id, "agent": agent}
        if wants_page(request):
            return page(request, "suggestions.html", {**context, "insertable": False})
        return fragment(request, "desk_suggestions.html", {**context, "insertable": True})

    def form(
        request: Request,
        ticket_id: UUID,
        agent: Agent,
        faq: Faq,
        *,
        error: str = "",
        saved: str = "",
        status: int = 200,
    ) -> Response:
        context: dict[str, object] = {
            "ticket_id": ticket_id,
            "agent": agent,
            "faq": faq,
            "error": error,
            "saved": saved,
            "most": {"title": MOST_TITLE, "question": MOST_QUESTION, "answer": MOST_ANSWER},
        }
        return page(request, "faq.html", context, status=status)

    @router.get("/faq/{message_id}")
    async def begin(
        request: Request, ticket_id: UUID, message_id: UUID, agent: Annotated[Agent, signed_in]
    ) -> Response:
        try:
            async with pages.database.read() as session:
                found = await find_exchange(session, ticket_id, message_id, region=pages.region)
        except NotFound:
            return await pages.refuse(request, agent, None, texts_for(request)("faq_only_answers"), 404)
        said = FaqText(title="", question=found.question, answer=found.answer)
        return form(request, ticket_id, agent, Faq(language=found.language, said=said, other=NOTHING))

    @router.post("/faq/{message_id}")
    async def save(
        request: Request,
        ticket_id: UUID,
        agent: Annotated[Agent, signed_in],
        language: Annotated[ReplyLanguage, Form()],
        title: Typed = "",
        question: Typed = "",
        answer: Typed = "",
        other_title: Typed = "",
        other_question: Typed = "",
        other_answer: Typed = "",
    ) -> Response:
        faq = Faq(
            language=language,
            said=FaqText(title=title, question=question, answer=answer),
            other=FaqText(title=other_title, question=other_question, answer=other_answer),
        )
        t = texts_for(request)
        try:
            entry_id = await save_faq(pages.database, faq, by=agent.username, now=pages.clock())
        except BadInput as error:
            told = explain(error, pages.reader(request))
            return form(request, ticket_id, agent, faq, error=told, status=422)
        except NotAllowed:
            return form(request, ticket_id, agent, faq, error=t("faq_no_draft"), status=409)
        told = t("faq_saved", title=title.strip(), id=entry_id)
        return form(request, ticket_id, agent, faq, saved=told)

    return router
