"""Complaints at the browser desk: the acts of a ticket's panel, and the page with visits and corrective actions."""

from collections.abc import Awaitable
from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response

from console.complaint_view import ComplaintsView
from console.desk_acts import find_colleague
from console.desk_pages import DeskPages
from console.pages import page, texts_for
from console.sessions import Sessions
from core.errors import BadInput, NotAllowed, NotFound
from handoff.agents import Agent
from handoff.complaints.acts import Complaints
from handoff.complaints.life import Answer, Outcome, RootCause
from handoff.complaints.register import Register
from handoff.complaints.views import list_actions, list_visits
from handoff.refusals import Objection, Unfit
from handoff.wording.explaining import explain
from handoff.work import Insistence

PAGE = "/console/complaints"
PANEL = "/console/desk/tickets/{ticket_id}/complaint"


def routes(pages: DeskPages, sessions: Sessions, complaints: Complaints, register: Register) -> APIRouter:
    """What is under /console/complaints, and under each ticket's `complaint`."""
    router = APIRouter(include_in_schema=False)
    Reader = Annotated[Agent, Depends(sessions.agent)]
    act = pages.act

    async def find(value: str) -> Agent:
        """The colleague of a form. Raises `Unfit`."""
        return await find_colleague(pages.database, value, Unfit("person", Objection.NO_PERSON))

    async def show(request: Request, agent: Agent, *, error: str = "", status: int = 200) -> Response:
        view = ComplaintsView(pages.reader(request), agent)
        async with pages.database.read() as session:
            actions = view.actions(await list_actions(session, settings=pages.settings))
            visits = view.visits(await list_visits(session, settings=pages.settings))
        context: dict[str, object] = {
            "agent": agent,
            "error": error,
            "actions": actions,
            "visits": visits,
            "today": view.today(),
        }
        return page(request, "complaints.html", context, here=PAGE, status=status)

    async def act_on_action(request: Request, agent: Agent, doing: Awaitable[object]) -> Response:
        try:
            await doing
        except NotFound:
            return await show(request, agent, error=texts_for(request)("not_found"), status=404)
        except (NotAllowed, BadInput) as error:
            status = 422 if isinstance(error, BadInput) else 409
            return await show(request, agent, error=explain(error, pages.reader(request)), status=status)
        return RedirectResponse(PAGE, 303)

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


def _day(value: str) -> date:
    try:
        return date.fromisoformat(value)
    except ValueError as error:
        raise Unfit("due", Objection.PAST_DAY, day=value) from error
