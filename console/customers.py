"""A ticket's customer at the browser desk: tags and the tier."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import Response

from console.desk_pages import HOME, DeskPages
from console.sessions import Sessions
from handoff.agents import Agent
from handoff.customers import CustomerActs
from handoff.tags import read_tags

Typed = Annotated[str, Form()]


def routes(pages: DeskPages, sessions: Sessions, customers: CustomerActs) -> APIRouter:
    """POST /console/desk/tickets/{ticket_id}/customer/{act}."""
    router = APIRouter(prefix=HOME + "/tickets/{ticket_id}/customer")
    Reader = Annotated[Agent, Depends(sessions.agent)]

    @router.post("/tag")
    async def tag(request: Request, ticket_id: UUID, agent: Reader, tags: Typed = "") -> Response:
        async def do() -> None:
            await customers.tag(ticket_id, agent, add=read_tags(tags))

        return await pages.act(request, agent, ticket_id, do())

    @router.post("/untag")
    async def untag(request: Request, ticket_id: UUID, agent: Reader, tag: Typed = "") -> Response:
        return await pages.act(request, agent, ticket_id, customers.tag(ticket_id, agent, remove=[tag]))

    @router.post("/tier")
    async def set_tier(request: Request, ticket_id: UUID, agent: Reader, tier: Typed = "") -> Response:
        return await pages.act(request, agent, ticket_id, customers.set_tier(ticket_id, agent, tier or None))

    return router
