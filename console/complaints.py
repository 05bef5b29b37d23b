"""Complaints at the browser desk: the acts of a ticket's panel, and the page with all of them, visits and corrective actions."""

from collections.abc import Awaitable, Sequence
from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response

from console.asked import address, read_asked
from console.complaint_view import ComplaintsView
from console.desk_acts import find_colleague
from console.desk_pages import DeskPages
from console.filter_form import FilterForm
from console.pages import page, texts_for
from console.saved_filters import TOLD, read_bar
from console.sessions import Sessions
from console.ticket_files import action_rows, answer_file, note_export
from console.ticket_rows import RowWords, tell_number
from console.tickets import MORE, TYPED, asker_of, export_found, files, form_context
from core.errors import BadInput, NotAllowed, NotFound
from handoff.agents import Agent, Role
from handoff.complaints.acts import Complaints
from handoff.complaints.life import Answer, Outcome, RootCause
from handoff.complaints.register import Register
from handoff.complaints.views import read_visits
from handoff.finding.actions import PARTS as ACTION_PARTS
from handoff.finding.actions import export_actions, find_actions, read_action_filter
from handoff.finding.addresses import Pair
from handoff.finding.complaints import Tab, fit, read_tab
from handoff.finding.filters import PARTS, Sort, TicketFilter, read_filter
from handoff.finding.people import read_people
from handoff.finding.reads import EXPORTED, find_tickets
from handoff.finding.saved import ListName
from handoff.refusals import Objection, Unfit
from handoff.wording.explaining import explain
from handoff.work import Insistence

PAGE = "/console/complaints"
FIRST = ("queue", "assignee", "deadline")
PANEL = "/console/desk/tickets/{ticket_id}/complaint"


def routes(pages: DeskPages, sessions: Sessions, complaints: Complaints, register: Register) -> APIRouter:
    """What is under /console/complaints, and under each ticket's `complaint`."""
    router = APIRouter(include_in_schema=False)
    Reader = Annotated[Agent, Depends(sessions.agent)]
    Supervisor = Annotated[Agent, Depends(sessions.at_least(Role.SUPERVISOR))]
    act = pages.act

    async def find(value: str) -> Agent:
        """The colleague of a form. Raises `Unfit`."""
        return await find_colleague(pages.database, value, Unfit("person", Objection.NO_PERSON))

    async def show(request: Request, agent: Agent, *, error: str = "", status: int = 200) -> Response:
        """The page, at the tab that is asked for; where an act on an action was refused, at the register."""
        tab = Tab.ACTIONS if error else read_tab(request.query_params.get("tab", ""))
        done = request.query_params.get("done", "")
        show_tab = show_actions if tab is Tab.ACTIONS else show_tickets
        shown = await show_tab(request, agent, tab)
        if isinstance(shown, Response):
            return shown
        context: dict[str, object] = {
            "agent": agent,
            "error": error,
            "home": PAGE,
            "tab": tab,
            "tabs": {each: _address(each) for each in Tab},
            "done": done if done in TOLD else "",
            **shown,
        }
        return page(request, "complaints.html", context, here=PAGE if error else None, status=status)

    async def show_tickets(request: Request, agent: Agent, tab: Tab) -> Response | dict[str, object]:
        asked = read_asked(request, read_filter)
        kept = [("tab", str(tab))]
        if asked.is_loose:
            return RedirectResponse(address(PAGE, [*kept, *asked.wanted.pairs]), 303)
        reader, asker = pages.reader(request), asker_of(pages, agent)
        async with pages.database.read() as session:
            found = await find_tickets(
                session, fit(tab, asked.wanted), asker, place=asked.place, back=asked.back
            )
            people = await read_people(session)
            ids = [each.line.id for each in found.tickets] if tab is Tab.VISITS else []
            visits = await read_visits(session, ids, settings=pages.settings)
            query = address("", [*kept, *asked.wanted.pairs]).removeprefix("?")
            saved = await read_bar(
                session,
                ListName.COMPLAINTS,
                agent,
                query,
                reader=reader,
                people=people,
                asker=asker,
                fit=_fit,
            )
        form = FilterForm(reader, asked.wanted, PARTS, people, home=PAGE, kept=kept)
        words, view = RowWords(reader, people.names), ComplaintsView(reader, agent)
        rows = [words.row(each) for each in found.tickets]
        return {
            "rows": rows,
            "visits": view.visits(visits, {row.id: row for row in rows}, people.names),
            "number": tell_number(reader, found.number),
            "pager": asked.pager(PAGE, kept, found.earlier, found.later),
            **form_context(form, asked, FIRST, MORE, TYPED, hidden=("sort", "kind")),
            "saved": saved,
            "files": files(agent, PAGE, query),
        }

    async def show_actions(request: Request, agent: Agent, tab: Tab) -> Response | dict[str, object]:
        asked = read_asked(request, read_action_filter)
        kept = [("tab", str(tab))]
        if asked.is_loose:
            return RedirectResponse(address(PAGE, [*kept, *asked.wanted.pairs]), 303)
        reader, asker = pages.reader(request), asker_of(pages, agent)
        async with pages.database.read() as session:
            found = await find_actions(
                session, asked.wanted, asker, settings=pages.settings, place=asked.place, back=asked.back
            )
            people = await read_people(session)
            query = address("", [*kept, *asked.wanted.pairs]).removeprefix("?")
            saved = await read_bar(
                session, ListName.ACTIONS, agent, query, reader=reader, people=people, asker=asker
            )
        form = FilterForm(
            reader,
            asked.wanted,
            ACTION_PARTS,
            people,
            home=PAGE,
            kept=kept,
            named={"state": "actions"},
            labels={"owner": "action_owner"},
        )
        view = ComplaintsView(reader, agent)
        return {
            "actions": view.actions(found.lines),
            "today": view.today(),
            "number": tell_number(reader, found.number),
            "pager": asked.pager(PAGE, kept, found.earlier, found.later),
            "form": form,
            "picks": form.picks(("state", "owner", "queue")),
            "chips": form.chips(),
            "mistakes": form.mistakes(asked.mistakes),
            "most_rows": f"{EXPORTED:,}",
            "saved": saved,
            "files": files(agent, PAGE, query),
        }

    async def act_on_action(request: Request, agent: Agent, doing: Awaitable[object]) -> Response:
        try:
            await doing
        except NotFound:
            return await show(request, agent, error=texts_for(request)("not_found"), status=404)
        except (NotAllowed, BadInput) as error:
            status = 422 if isinstance(error, BadInput) else 409
            return await show(request, agent, error=explain(error, pages.reader(request)), status=status)
        return RedirectResponse(f"{PAGE}?tab={Tab.ACTIONS}", 303)

    @router.post(PANEL + "/about")
    async def about(
        request: Request, ticket_id: UUID, agent: Reader, person: Annotated[str, Form()] = ""
    ) -> Response:
        async def do() -> None:
            await complaints.set_about(ticket_id, agent, await find(person) if person else None)

        return await act(request, agent, ticket_id, do())

    @router.post(PANEL + "/investigate")
    async def investigate(
        request: Request, ticket_id: UUID, agent: Reader, person: Annotated[str, Form()] = ""
    ) -> Response:
        async def do() -> None:
            await complaints.investigate(ticket_id, agent, await find(person))

        return await act(request, agent, ticket_id, do())

    @router.post(PANEL + "/propose")
    async def propose(
        request: Request,
        ticket_id: UUID,
        agent: Reader,
        proposal: Annotated[str, Form()] = "",
        insist: Annotated[str, Form()] = "",
    ) -> Response:
        insists = Insistence(reason=insist) if insist.strip() else None
        doing = complaints.propose(ticket_id, agent, proposal, insists=insists)
        return await act(request, agent, ticket_id, doing)

    @router.post(PANEL + "/answer")
    async def answer(
        request: Request,
        ticket_id: UUID,
        agent: Reader,
        answer: Annotated[Answer, Form()],
        note: Annotated[str, Form()] = "",
    ) -> Response:
        return await act(request, agent, ticket_id, complaints.record_answer(ticket_id, agent, answer, note))

    @router.post(PANEL + "/cause")
    async def cause(
        request: Request,
        ticket_id: UUID,
        agent: Reader,
        cause: Annotated[RootCause, Form()],
        finding: Annotated[str, Form()] = "",
    ) -> Response:
        return await act(request, agent, ticket_id, complaints.find_cause(ticket_id, agent, cause, finding))

    @router.post(PANEL + "/action")
    async def add_action(
        request: Request,
        ticket_id: UUID,
        agent: Reader,
        measure: Annotated[str, Form()] = "",
        owner: Annotated[str, Form()] = "",
        due: Annotated[str, Form()] = "",
    ) -> Response:
        async def do() -> None:
            person = await find(owner)
            await complaints.add_action(ticket_id, agent, text=measure, owner=person, due=_day(due))

        return await act(request, agent, ticket_id, do())

    @router.post(PANEL + "/visit")
    async def visit(
        request: Request,
        ticket_id: UUID,
        agent: Reader,
        outcome: Annotated[Outcome, Form()],
        note: Annotated[str, Form()] = "",
    ) -> Response:
        return await act(request, agent, ticket_id, complaints.record_visit(ticket_id, agent, outcome, note))

    @router.get(PAGE)
    async def show_page(request: Request, agent: Reader) -> Response:
        return await show(request, agent)

    @router.get(PAGE + "/found.{kind}")
    async def export(request: Request, agent: Supervisor, kind: str) -> Response:
        tab = read_tab(request.query_params.get("tab", ""))
        if tab is not Tab.ACTIONS:
            wanted = fit(tab, read_asked(request, read_filter).wanted)
            return await export_found(pages, request, agent, wanted, kind, name="complaints")
        reader, asker = pages.reader(request), asker_of(pages, agent)
        found = read_asked(request, read_action_filter).wanted
        async with pages.database.read() as session:
            lines = await export_actions(session, found, asker, settings=pages.settings)
        rows = action_rows(reader.t, ComplaintsView(reader, agent).actions(lines))
        await note_export(pages.database, agent, "actions", found.pairs, len(lines), now=asker.now)
        at = asker.now.astimezone(asker.zone)
        return await answer_file(rows, kind, name="actions", title=reader.t("actions"), at=at)

    @router.post(PAGE + "/actions/{action_id}/finish")
    async def finish(
        request: Request, action_id: UUID, agent: Reader, note: Annotated[str, Form()] = ""
    ) -> Response:
        return await act_on_action(request, agent, register.finish(action_id, agent, note))

    @router.post(PAGE + "/actions/{action_id}/verify")
    async def verify(
        request: Request, action_id: UUID, agent: Reader, note: Annotated[str, Form()] = ""
    ) -> Response:
        return await act_on_action(request, agent, register.verify(action_id, agent, note))

    @router.post(PAGE + "/actions/{action_id}/fail")
    async def fail(
        request: Request,
        action_id: UUID,
        agent: Reader,
        note: Annotated[str, Form()] = "",
        due: Annotated[str, Form()] = "",
    ) -> Response:
        async def do() -> None:
            await register.fail(action_id, agent, note, due=_day(due))

        return await act_on_action(request, agent, do())

    return router


def _address(tab: Tab) -> str:
    """Where a tab begins: what is running by the deadline that comes next."""
    sort = [] if tab in (Tab.CLOSED, Tab.ACTIONS) else [("sort", str(Sort.DUE))]
    return address(PAGE, [("tab", str(tab)), *sort])


def _fit(pairs: Sequence[Pair]) -> TicketFilter:
    """What an address of the page looks for."""
    return fit(read_tab(dict(pairs).get("tab", "")), read_filter(pairs)[0])


def _day(value: str) -> date:
    try:
        return date.fromisoformat(value)
    except ValueError as error:
        raise Unfit("due", Objection.PAST_DAY, day=value) from error
