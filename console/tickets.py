"""All tickets in the console: found by filters that are the page's address, taken away as files; and one ticket to look at."""

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy import select

from console.asked import Asked, address, read_asked
from console.complaint_view import ComplaintsView
from console.desk_pages import DeskPages
from console.filter_form import FilterForm
from console.pages import page, texts_for
from console.saved_filters import TOLD, read_bar
from console.sessions import Sessions
from console.ticket_files import answer_file, note_export, ticket_rows
from console.ticket_rows import RowWords, tell_number
from console.timeline_view import TimelineWords
from core.errors import NotFound
from handoff.agents import Agent, Role
from handoff.complaints.views import find_complaint_view
from handoff.deadlines import Deadline
from handoff.finding.addresses import MAX_WORDS
from handoff.finding.conditions import Asker
from handoff.finding.filters import PARTS, TicketFilter, read_filter
from handoff.finding.people import read_people
from handoff.finding.reads import EXPORTED, FoundTicket, export_tickets, find_tickets
from handoff.finding.saved import ListName
from handoff.timeline import make_timeline
from handoff.views import get_ticket_view
from handoff.wording.tickets import DeskView

HOME = "/console/tickets"
FIRST = ("state", "kind", "queue", "assignee", "deadline")
MORE = ("reason", "owner", "without", "channel", "language", "tier", "category", "stage", "promise")
TYPED = ("tag", "opened_from", "opened_to", "resolved_from", "resolved_to", "mine", "urgent", "reopened")


def routes(pages: DeskPages, sessions: Sessions) -> APIRouter:
    """What is under /console/tickets."""
    router = APIRouter(include_in_schema=False)
    Viewer = Annotated[Agent, Depends(sessions.agent)]
    Supervisor = Annotated[Agent, Depends(sessions.at_least(Role.SUPERVISOR))]
    database = pages.database

    @router.get(HOME)
    async def show_list(request: Request, agent: Viewer, done: str = "") -> Response:
        asked = read_asked(request, read_filter)
        if asked.is_loose:
            return RedirectResponse(address(HOME, asked.wanted.pairs), 303)
        reader, asker = pages.reader(request), asker_of(pages, agent)
        async with database.read() as session:
            found = await find_tickets(session, asked.wanted, asker, place=asked.place, back=asked.back)
            people = await read_people(session)
            saved = await read_bar(
                session,
                ListName.TICKETS,
                agent,
                asked.wanted.query,
                reader=reader,
                people=people,
                asker=asker,
                fit=lambda pairs: read_filter(pairs)[0],
            )
        form = FilterForm(reader, asked.wanted, PARTS, people, home=HOME)
        words = RowWords(reader, people.names)
        context: dict[str, object] = {
            "agent": agent,
            "home": HOME,
            "rows": [words.row(each) for each in found.tickets],
            "number": tell_number(reader, found.number),
            "pager": asked.pager(HOME, (), found.earlier, found.later),
            **form_context(form, asked, FIRST, MORE, TYPED),
            "saved": saved,
            "done": done if done in TOLD else "",
            "files": files(agent, HOME, asked.wanted.query),
        }
        return page(request, "tickets.html", context)

    @router.get(HOME + "/found.{kind}")
    async def export(request: Request, agent: Supervisor, kind: str) -> Response:
        asked = read_asked(request, read_filter)
        return await export_found(pages, request, agent, asked.wanted, kind, name="tickets")

    @router.get(HOME + "/{ticket_id}")
    async def show_ticket(request: Request, agent: Viewer, ticket_id: str) -> Response:
        reader = pages.reader(request)
        try:
            async with database.read() as session:
                view = await get_ticket_view(session, _id(ticket_id))
                complaint = await find_complaint_view(session, view.ticket, settings=pages.settings)
                rows = await session.scalars(
                    select(Deadline).where(Deadline.ticket_id == view.ticket.id).order_by(Deadline.id)
                )
                timeline = make_timeline(view.events, list(rows), now=reader.now)
        except NotFound:
            gone: dict[str, object] = {"agent": agent, "home": HOME, "told": texts_for(request)("not_found")}
            return page(request, "ticket_gone.html", gone, here=HOME, status=404)
        context: dict[str, object] = {
            "agent": agent,
            "home": HOME,
            "sheet": DeskView(reader, agent).sheet(view),
            "customer_id": view.ticket.customer_id,
            "complaint": ComplaintsView(reader, agent).panel(complaint) if complaint else None,
            "timeline": TimelineWords(reader, view).timeline(timeline, view.ticket.first_owner_id),
        }
        return page(request, "ticket_page.html", context)

    return router


def asker_of(pages: DeskPages, agent: Agent) -> Asker:
    """Who looks, now."""
    return Asker(agent_id=agent.id, now=pages.clock(), zone=pages.zone, region=pages.region)


def form_context(
    form: FilterForm,
    asked: Asked[TicketFilter],
    first: Sequence[str],
    more: Sequence[str],
    typed: Sequence[str],
    hidden: Sequence[str] = ("sort",),
) -> dict[str, object]:
    """What `filter_parts.html` needs for its form."""
    return {
        "form": form,
        "first": form.picks(first),
        "more": form.picks(more),
        "sorts": form.picks(["sort"]),
        "has_more": form.is_used([*more, *typed]),
        "chips": form.chips(hidden),
        "mistakes": form.mistakes(asked.mistakes),
        "most": MAX_WORDS,
        "most_rows": f"{EXPORTED:,}",
    }


def files(agent: Agent, home: str, query: str) -> str:
    """Where what was found is taken away; empty for who may not."""
    return f"{home}/found.{{}}?{query}" if Role(agent.role).is_at_least(Role.SUPERVISOR) else ""


async def export_found(
    pages: DeskPages, request: Request, agent: Agent, wanted: TicketFilter, kind: str, *, name: str
) -> Response:
    """What was found as a file; that it was taken is in the audit log, without what was searched for in words."""
    reader, asker = pages.reader(request), asker_of(pages, agent)
    found: list[FoundTicket] = []
    async with pages.database.read() as session:
        people = await read_people(session)
        async for batch in export_tickets(session, wanted, asker):
            found += batch
    words = RowWords(reader, people.names)
    rows = ticket_rows(reader.t, [words.row(each) for each in found])
    await note_export(pages.database, agent, name, wanted.pairs, len(found), now=asker.now)
    return await answer_file(
        rows, kind, name=name, title=reader.t(f"nav_{name}"), at=asker.now.astimezone(asker.zone)
    )


def _id(text: str) -> UUID:
    """A ticket's id of an address. Raises `NotFound`."""
    try:
        return UUID(text)
    except ValueError as error:
        raise NotFound("ticket", text) from error
