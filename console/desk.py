"""The browser desk: an agent sees the queue, takes a ticket, reads, answers, notes, resolves."""

import asyncio
from collections.abc import Awaitable, Mapping
from typing import Annotated, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Form, HTTPException, Request
from fastapi.responses import RedirectResponse, Response, StreamingResponse

from channels.base import PushChannel
from console import attachments
from console import complaints as complaints_desk
from console.complaint_view import ComplaintsView
from console.desk_view import DeskView, TitlesById
from console.live import HEADERS, DeskHints
from console.origins import check_same_origin
from console.pages import fragment, page, texts_for
from console.sessions import Sessions
from console.texts import Texts
from core.clock import Clock, utc_now
from core.database import Database
from core.errors import BadInput, NotAllowed, NotFound
from core.feed import Feed
from core.masking import HOME_REGION
from core.wakeups import Wakeups
from handoff.agents import Agent
from handoff.complaint_checks import Incomplete
from handoff.complaint_views import find_complaint_view
from handoff.complaints import Complaints
from handoff.life import TicketState
from handoff.register import Register
from handoff.settings import DeskSettings
from handoff.views import TicketLine, get_ticket_line, get_ticket_view, list_queue
from handoff.work import MAX_REPLY, Held, Insistence, Work

DESK = "/console/desk"


def routes(
    database: Database,
    wakeups: Wakeups,
    feed: Feed,
    work: Work,
    sessions: Sessions,
    complaints: Complaints,
    register: Register,
    *,
    settings: DeskSettings,
    titles: TitlesById,
    queues: TitlesById,
    channels: Mapping[str, PushChannel],
    zone: ZoneInfo,
    region: str = HOME_REGION,
    stopping: asyncio.Event,
    clock: Clock = utc_now,
) -> APIRouter:
    """The desk's pages, their live stream and their acts, under /console/desk, and customers' attachments.

    `titles` names the knowledge base's entries, `queues` the queues; `channels` fetch attachments; times are
    shown in `zone`; telephone numbers without a country's code are read as `region`'s; `stopping` is set when the
    server is about to stop.
    """
    router = APIRouter(include_in_schema=False, dependencies=[Depends(check_same_origin)])
    hints = DeskHints(database, wakeups, feed, stopping=stopping)

    def view_for(texts: Texts) -> DeskView:
        return DeskView(texts, now=clock(), zone=zone, titles=titles, queues=queues, region=region)

    async def queue_context(request: Request, agent: Agent, open_id: UUID | None) -> dict[str, object]:
        view = view_for(texts_for(request))
        async with database.read() as session:
            queue = await list_queue(session, agent.id)
        lists = {
            "waiting": [view.row(line) for line in queue.waiting],
            "mine": [view.row(line) for line in queue.mine],
            "colleagues": [view.row(line) for line in queue.colleagues],
        }
        unlisted = queue.waiting_count - len(queue.waiting)
        return {
            "lists": lists,
            "waiting_count": queue.waiting_count,
            "unlisted": unlisted,
            "open_id": open_id,
        }

    async def ticket_context(request: Request, agent: Agent, ticket_id: UUID) -> dict[str, object]:
        texts = texts_for(request)
        async with database.read() as session:
            ticket = await get_ticket_view(session, ticket_id)
            found = await find_complaint_view(session, ticket.line.ticket, settings=settings)
        panel = ComplaintsView(texts, agent, now=clock(), zone=zone).panel(found) if found else None
        return {"sheet": view_for(texts).sheet(ticket, agent), "complaint": panel, "most": MAX_REPLY}

    async def desk_page(
        request: Request,
        agent: Agent,
        ticket_id: UUID | None,
        *,
        error: str = "",
        draft: str = "",
        held: Held | None = None,
        status: int = 200,
    ) -> Response:
        here = f"{DESK}/tickets/{ticket_id}" if ticket_id else DESK
        context: dict[str, object] = {
            "agent": agent,
            "error": error,
            "draft": draft,
            "held": held,
            "sheet": None,
            **await queue_context(request, agent, ticket_id),
            **(await ticket_context(request, agent, ticket_id) if ticket_id else {}),
        }
        return page(request, "desk.html", context, here=here, status=status)

    async def refuse(
        request: Request, agent: Agent, ticket_id: UUID | None, told: str, status: int, *, draft: str = ""
    ) -> Response:
        """Why something was not done: to a script as an error, to a browser as the page with it."""
        if not _wants_page(request):
            raise HTTPException(status, told)
        return await desk_page(request, agent, ticket_id, error=told, draft=draft, status=status)

    async def act(
        request: Request, agent: Agent, ticket_id: UUID, doing: Awaitable[object], *, text: str = ""
    ) -> Response:
        """Do it, and answer: a script gets 204, a browser the ticket."""
        texts = texts_for(request)
        try:
            await doing
        except NotFound:
            return await refuse(request, agent, None, texts("not_found"), 404)
        except BadInput:
            return await refuse(request, agent, ticket_id, _explain_text(texts, text), 422, draft=text)
        except Held as held:
            if _wants_page(request):
                return await desk_page(request, agent, ticket_id, draft=text, held=held, status=409)
            return fragment(request, "desk_held.html", {"held": held}, status=409)
        except Incomplete as error:
            missing = ComplaintsView(texts, agent, now=clock(), zone=zone).missing(error.missing)
            told = texts("complaint_incomplete", number=error.number, missing=missing)
            return await refuse(request, agent, ticket_id, told, 409, draft=text)
        except NotAllowed:
            async with database.read() as session:
                line = await get_ticket_line(session, ticket_id)
            if told := _explain_state(texts, line, agent):
                return await refuse(request, agent, ticket_id, told, 409, draft=text)
        if _wants_page(request):
            return RedirectResponse(f"{DESK}/tickets/{ticket_id}", 303)
        return Response(status_code=204)

    @router.get(DESK)
    async def show_desk(request: Request, agent: Annotated[Agent, Depends(sessions.agent)]) -> Response:
        return await desk_page(request, agent, None)

    @router.get(DESK + "/queue")
    async def show_queue(
        request: Request, agent: Annotated[Agent, Depends(sessions.agent)], open: UUID | None = None
    ) -> Response:
        return fragment(request, "desk_queue.html", await queue_context(request, agent, open))

    @router.get(DESK + "/events", dependencies=[Depends(sessions.agent)])
    async def stream_hints(request: Request, ticket: UUID | None = None) -> Response:
        if ticket is not None:
            async with database.read() as session:
                try:
                    await get_ticket_line(session, ticket)
                except NotFound as error:
                    raise HTTPException(404, texts_for(request)("not_found")) from error
        return StreamingResponse(hints.stream(ticket), media_type="text/event-stream", headers=HEADERS)

    @router.get(DESK + "/tickets/{ticket_id}")
    async def show_ticket(
        request: Request,
        ticket_id: UUID,
        agent: Annotated[Agent, Depends(sessions.agent)],
        part: bool = False,
    ) -> Response:
        try:
            if part:
                context = {
                    "draft": "",
                    "error": "",
                    "held": None,
                    **await ticket_context(request, agent, ticket_id),
                }
                return fragment(request, "desk_ticket.html", context)
            return await desk_page(request, agent, ticket_id)
        except NotFound:
            return await refuse(request, agent, None, texts_for(request)("not_found"), 404)

    @router.post(DESK + "/tickets/{ticket_id}/take")
    async def take(
        request: Request, ticket_id: UUID, agent: Annotated[Agent, Depends(sessions.agent)]
    ) -> Response:
        return await act(request, agent, ticket_id, work.take(ticket_id, agent))

    @router.post(DESK + "/tickets/{ticket_id}/say")
    async def say(
        request: Request,
        ticket_id: UUID,
        agent: Annotated[Agent, Depends(sessions.agent)],
        to: Annotated[Literal["customer", "colleagues"], Form()],
        text: Annotated[str, Form()] = "",
        anyway: Annotated[bool, Form()] = False,
        reason: Annotated[str, Form()] = "",
    ) -> Response:
        if to == "colleagues":
            return await act(request, agent, ticket_id, work.note(ticket_id, agent, text), text=text)
        insists = Insistence(reason=reason) if anyway else None
        reply = work.reply(ticket_id, agent, text, insists=insists)
        return await act(request, agent, ticket_id, reply, text=text)

    @router.post(DESK + "/tickets/{ticket_id}/wait")
    async def wait(
        request: Request, ticket_id: UUID, agent: Annotated[Agent, Depends(sessions.agent)]
    ) -> Response:
        return await act(request, agent, ticket_id, work.wait(ticket_id, agent))

    @router.post(DESK + "/tickets/{ticket_id}/resolve")
    async def resolve(
        request: Request, ticket_id: UUID, agent: Annotated[Agent, Depends(sessions.agent)]
    ) -> Response:
        return await act(request, agent, ticket_id, work.resolve(ticket_id, agent))

    router.include_router(attachments.routes(database, sessions, channels=channels))
    router.include_router(
        complaints_desk.routes(
            database,
            sessions,
            complaints,
            register,
            settings=settings,
            refuse=refuse,
            zone=zone,
            clock=clock,
        )
    )
    return router


def _wants_page(request: Request) -> bool:
    return "text/html" in request.headers.get("accept", "")


def _explain_text(texts: Texts, text: str) -> str:
    count = len(text.strip())
    return texts("text_too_long", count=f"{count:,}", most=f"{MAX_REPLY:,}") if count else texts("text_empty")


def _explain_state(texts: Texts, line: TicketLine, agent: Agent) -> str:
    """Why an act was not allowed; empty when it was done already (a second press on Take)."""
    number, holder = line.ticket.number, line.assignee
    if line.ticket.state == TicketState.RESOLVED:
        return texts("resolved_already", number=number)
    if holder is None:
        return texts("take_first", number=number)
    return texts("taken_by", agent=holder.name, number=number) if holder.id != agent.id else ""
