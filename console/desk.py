"""The browser desk: an agent sees the lists, opens a ticket, and is kept up to date; what they do is in `console.desk_acts`."""

import asyncio
from collections.abc import Mapping
from typing import Annotated
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import Response, StreamingResponse

from channels.base import PushChannel
from console import (
    attachments,
    desk_acts,
    open_tickets,
    overview,
    people,
    saved_filters,
    status,
    suggestions,
    tickets,
)
from console import complaints as complaints_desk
from console import contacts as contacts_desk
from console import customers as customers_desk
from console.desk_pages import HOME, DeskPages
from console.live import HEADERS, DeskHints
from console.origins import check_same_origin
from console.pages import fragment, texts_for
from console.sessions import Sessions
from core.clock import Clock, utc_now
from core.database import Database
from core.errors import NotFound
from core.feed import Feed
from core.masking import HOME_REGION
from core.typing_signs import TypingSigns
from core.wakeups import Wakeups
from handoff.agents import Agent
from handoff.complaints.acts import Complaints
from handoff.complaints.register import Register
from handoff.contacts.acts import Contacts
from handoff.customers import CustomerActs
from handoff.marks import read_ticket_marks
from handoff.seen import mark_seen
from handoff.settings import SettingsInForce
from handoff.suggesting import Suggesting
from handoff.transfers import Transfers
from handoff.wording.reader import TitlesById
from handoff.work import Work


def routes(
    database: Database,
    wakeups: Wakeups,
    feed: Feed,
    work: Work,
    transfers: Transfers,
    sessions: Sessions,
    complaints: Complaints,
    register: Register,
    customers: CustomerActs,
    *,
    suggesting: Suggesting,
    contacts: Contacts,
    settings: SettingsInForce,
    titles: TitlesById,
    channels: Mapping[str, PushChannel],
    zone: ZoneInfo,
    region: str = HOME_REGION,
    stopping: asyncio.Event,
    clock: Clock = utc_now,
) -> APIRouter:
    """The desk's pages, their live stream and their acts, under /console/desk, and customers' attachments.

    `titles` names the knowledge base's entries; `channels` fetch attachments; times are shown in `zone`; telephone
    numbers without a country's code are read as `region`'s; `stopping` is set when the server is about to stop.
    """
    router = APIRouter(include_in_schema=False, dependencies=[Depends(check_same_origin)])
    hints = DeskHints(database, wakeups, feed, settings=settings, stopping=stopping, clock=clock)
    pages = DeskPages(
        database=database,
        wakeups=wakeups,
        in_force=settings,
        titles=titles,
        zone=zone,
        region=region,
        clock=clock,
    )

    @router.get(HOME)
    async def show_desk(request: Request, agent: Annotated[Agent, Depends(sessions.agent)]) -> Response:
        return await pages.page(request, agent, None)

    @router.get(HOME + "/queue")
    async def show_queue(
        request: Request, agent: Annotated[Agent, Depends(sessions.agent)], open: UUID | None = None
    ) -> Response:
        return fragment(request, "desk_queue.html", await pages.queue(request, agent, open))

    @router.get(HOME + "/events")
    async def stream_hints(
        request: Request,
        agent: Annotated[Agent, Depends(sessions.agent)],
        ticket: open_tickets.OpenTickets = None,
        looking: bool = True,
    ) -> Response:
        if ticket:
            async with database.read() as session:
                if not await read_ticket_marks(session, ticket):
                    raise HTTPException(404, texts_for(request)("not_found"))
        stream = hints.stream(agent.id, ticket or [], looking=looking)
        return StreamingResponse(stream, media_type="text/event-stream", headers=HEADERS)

    @router.get(HOME + "/tickets/{ticket_id}")
    async def show_ticket(
        request: Request,
        ticket_id: UUID,
        agent: Annotated[Agent, Depends(sessions.agent)],
        part: bool = False,
        logged: str = "",
    ) -> Response:
        try:
            if part:
                plain = {"draft": "", "error": "", "held": None}
                return fragment(
                    request, "desk_ticket.html", plain | await pages.ticket(request, agent, ticket_id)
                )
            await mark_seen(database, agent.id, ticket_id, now=clock())
            return await pages.page(request, agent, ticket_id, logged=logged)
        except NotFound:
            return await pages.refuse(request, agent, None, texts_for(request)("not_found"), 404)

    router.include_router(desk_acts.routes(pages, work, transfers, sessions))
    router.include_router(open_tickets.routes(pages, work, sessions, TypingSigns(wakeups)))
    router.include_router(suggestions.routes(pages, sessions, suggesting))
    router.include_router(status.routes(pages, sessions))
    router.include_router(attachments.routes(database, sessions, channels=channels))
    router.include_router(contacts_desk.routes(pages, sessions, contacts, work))
    router.include_router(complaints_desk.routes(pages, sessions, complaints, register))
    router.include_router(customers_desk.routes(pages, sessions, customers))
    router.include_router(people.routes(pages, sessions, customers))
    router.include_router(tickets.routes(pages, sessions))
    router.include_router(saved_filters.routes(pages, sessions))
    router.include_router(overview.routes(pages, hints, sessions))
    return router
