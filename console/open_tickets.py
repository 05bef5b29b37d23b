"""What open tickets need while somebody works on them: their tabs, what was seen, what is being written."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import Response

from console.desk_pages import HOME, DeskPages
from console.pages import fragment
from console.sessions import Sessions
from core.typing_signs import Side, TypingSign, TypingSigns
from handoff.agents import Agent
from handoff.seen import mark_seen
from handoff.views import find_written_to
from handoff.work import MAX_REPLY, Work

MOST_OPEN = 20  # tickets at one desk; the page knows it too

OpenTickets = Annotated[list[UUID] | None, Query(max_length=MOST_OPEN)]


def routes(pages: DeskPages, work: Work, sessions: Sessions, signs: TypingSigns) -> APIRouter:
    """GET /console/desk/tabs; POST /console/desk/tickets/{ticket_id}/seen, …/typing and …/check."""
    router = APIRouter(prefix=HOME)
    signed_in = Depends(sessions.agent)

    @router.get("/tabs")
    async def show_tabs(
        request: Request,
        agent: Annotated[Agent, signed_in],
        ticket: OpenTickets = None,
        open: UUID | None = None,
    ) -> Response:
        return fragment(request, "desk_tabs.html", await pages.tabs(request, agent, ticket or [], open))

    @router.post("/tickets/{ticket_id}/seen", status_code=204)
    async def see(
        ticket_id: UUID, agent: Annotated[Agent, signed_in], through: Annotated[int, Form(ge=0, le=2**31 - 1)]
    ) -> None:
        # The agent's other pages learn of it when they look next: nobody else is concerned.
        await mark_seen(pages.database, agent.id, ticket_id, through=through, now=pages.clock())

    @router.post("/tickets/{ticket_id}/typing", status_code=204)
    async def show_typing(ticket_id: UUID, agent: Annotated[Agent, signed_in]) -> None:
        """A reply is being written. Says nothing to the customer of a ticket that the agent has not taken."""
        async with pages.database.read() as session:
            found = await find_written_to(session, ticket_id, agent.id)
        if found is not None:
            conversation_id, place = found
            sign = TypingSign(conversation_id=conversation_id, name=agent.name, address=place)
            signs.give(Side.AGENT, sign)

    @router.post("/tickets/{ticket_id}/check")
    async def check(
        request: Request,
        ticket_id: UUID,
        agent: Annotated[Agent, signed_in],
        text: Annotated[str, Form(max_length=2 * MAX_REPLY)] = "",
    ) -> Response:
        """What the language guard has against a reply that is not sent yet; 204 if nothing."""
        offences = (await work.guard()).check(text)
        if not offences:
            return Response(status_code=204)
        return fragment(request, "desk_check.html", {"offences": offences})

    return router
