"""Contacts at the browser desk: the form in which one is logged, what was said of a ticket since, and the register."""

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from typing import Annotated, Literal
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Depends, Form, HTTPException, Request
from fastapi.responses import RedirectResponse, Response

from console.contact_view import contact_form, contact_row, day
from console.desk_pages import HOME, DeskPages, wants_page
from console.pages import fragment, page
from console.paging import make_pager, read_number
from console.sessions import Sessions
from core.errors import BadInput
from core.messages import Spoken
from handoff.agents import Agent
from handoff.contacts.acts import Contacts
from handoff.contacts.checks import NewContact
from handoff.contacts.records import Logged
from handoff.contacts.register import Search, list_contacts
from handoff.kinds import TicketKind
from handoff.refusals import Objection, Unfit
from handoff.wording.contacts import split_then
from handoff.wording.explaining import explain
from handoff.work import Work

REGISTER = HOME + "/contacts"
Typed = Annotated[str, Form()]


def routes(pages: DeskPages, sessions: Sessions, contacts: Contacts, work: Work) -> APIRouter:
    """What is under /console/desk/contacts, and each ticket's `said`."""
    router = APIRouter(include_in_schema=False)
    Reader = Annotated[Agent, Depends(sessions.agent)]

    async def show(
        request: Request,
        agent: Agent,
        *,
        asked: Mapping[str, str],
        number: int = 1,
        typed: Mapping[str, str] | None = None,
        error: str = "",
        status: int = 200,
    ) -> Response:
        reader = pages.reader(request)
        since, until = (day(asked.get(name, "")) for name in ("since", "until"))
        search = Search(
            text=asked.get("q", ""),
            since=datetime.combine(since, time.min, pages.zone) if since else None,
            until=datetime.combine(until, time.min, pages.zone) + timedelta(days=1) if until else None,
        )
        async with pages.database.read() as session:
            lines, has_more = await list_contacts(session, search, region=pages.region, page=number)
        kept = {name: asked[name] for name in ("q", "since", "until") if asked.get(name)}

        context: dict[str, object] = {
            "agent": agent,
            "error": error,
            "contact": contact_form(reader, typed),
            "is_logging": bool(error) or "log" in request.query_params,
            "rows": [contact_row(line, reader) for line in lines],
            "asked": {"q": "", "since": "", "until": "", **kept},
            "pager": make_pager(REGISTER, kept, number, has_more=has_more),
        }
        here = REGISTER if request.method == "POST" else None
        return page(request, "contacts.html", context, here=here, status=status)

    @router.get(REGISTER)
    async def show_register(
        request: Request, agent: Reader, q: str = "", since: str = "", until: str = "", page: str = "1"
    ) -> Response:
        asked = {"q": q, "since": since, "until": until}
        return await show(request, agent, asked=asked, number=read_number(page))

    @router.get(REGISTER + "/form")
    async def show_form(request: Request, agent: Reader) -> Response:
        return fragment(request, "desk_contact.html", {"contact": contact_form(pages.reader(request))})

    @router.post(REGISTER)
    async def log(
        request: Request,
        agent: Reader,
        form: Typed = "",
        how: Typed = "",
        name: Typed = "",
        reach: Typed = "",
        kind: Typed = "",
        text: Typed = "",
        then: Typed = "",
        answer: Typed = "",
        at: Typed = "",
    ) -> Response:
        typed = {
            **{"form": form, "how": how, "name": name, "reach": reach, "kind": kind, "text": text},
            **{"then": then, "answer": answer, "at": at},
        }
        try:
            logged = await contacts.log(agent, _read(typed, pages), origin=_origin(form))
        except BadInput as error:
            told = explain(error, pages.reader(request))
            if not wants_page(request):
                raise HTTPException(422, told) from error
            return await show(request, agent, asked={}, typed=typed, error=told, status=422)
        address = f"{HOME}/tickets/{logged.ticket_id}?{urlencode({'logged': _code(logged)})}"
        if wants_page(request):
            return RedirectResponse(address, 303)
        return Response(status_code=204, headers={"Location": address})

    @router.post(HOME + "/tickets/{ticket_id}/said")
    async def said(
        request: Request,
        ticket_id: UUID,
        agent: Reader,
        to: Annotated[Literal["heard", "customer", "colleagues"], Form()],
        how: Annotated[Spoken, Form()] = Spoken.PHONE,
        text: Typed = "",
    ) -> Response:
        """`to` is whose words they are: the customer's (`heard`), ours to them (`customer`), or a note's."""
        if to == "colleagues":
            doing = work.note(ticket_id, agent, text)
        else:
            heard, told = (text, "") if to == "heard" else ("", text)
            doing = contacts.log_said(ticket_id, agent, how=how, heard=heard, told=told)
        return await pages.act(request, agent, ticket_id, doing, text=text)

    return router


def _read(typed: Mapping[str, str], pages: DeskPages) -> NewContact:
    """Raises `BadInput`."""
    then, queue = split_then(typed["then"])
    try:
        how, kind = Spoken(typed["how"]), TicketKind(typed["kind"])
    except ValueError as error:
        raise Unfit("how", Objection.NO_CHOICE) from error
    return NewContact(
        how=how,
        name=typed["name"],
        reach=typed["reach"],
        kind=kind,
        text=typed["text"],
        then=then,
        queue=queue,
        answer=typed["answer"],
        at=_moment(typed["at"], pages),
    )


def _moment(value: str, pages: DeskPages) -> datetime | None:
    """What a field for date and time holds, on the desk's clock."""
    if not value:
        return None
    try:
        return datetime.fromisoformat(value).replace(tzinfo=pages.zone)
    except ValueError as error:
        raise Unfit("at", Objection.NO_MOMENT) from error


def _origin(form: str) -> str | None:
    """The form, if it says which it is."""
    try:
        return f"page:{UUID(form)}"
    except ValueError:
        return None


def _code(logged: Logged) -> str:
    """What became of it, for the page that is shown next."""
    return "queued" if not logged.holder else str(logged.result)
