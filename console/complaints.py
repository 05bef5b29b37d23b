"""Complaints at the browser desk: the acts of a ticket's panel, and the page with visits and corrective actions."""

from collections.abc import Awaitable, Callable
from datetime import date
from typing import Annotated
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response

from console.complaint_view import ComplaintsView
from console.pages import page, texts_for
from console.sessions import Sessions
from console.texts import Texts
from core.clock import Clock
from core.database import Database
from core.errors import BadInput, NotAllowed, NotFound, ShouwenError
from handoff.agents import Agent
from handoff.complaints.acts import Complaints
from handoff.complaints.checks import Concerned
from handoff.complaints.life import Answer, IllegalStep, Outcome, RootCause
from handoff.complaints.register import Register
from handoff.complaints.views import list_actions, list_visits
from handoff.settings import DeskSettings
from handoff.work import Held, Insistence

PAGE = "/console/complaints"
PANEL = "/console/desk/tickets/{ticket_id}/complaint"

# How the desk tells why something was not done: request, agent, ticket, what to tell, status.
Refuse = Callable[[Request, Agent, UUID | None, str, int], Awaitable[Response]]


def routes(
    database: Database,
    sessions: Sessions,
    complaints: Complaints,
    register: Register,
    *,
    settings: DeskSettings,
    refuse: Refuse,
    zone: ZoneInfo,
    clock: Clock,
) -> APIRouter:
    """What is under /console/complaints, and under each ticket's `complaint`."""
    router = APIRouter(include_in_schema=False)
    Reader = Annotated[Agent, Depends(sessions.agent)]

    async def act(request: Request, agent: Agent, ticket_id: UUID, doing: Awaitable[object]) -> Response:
        try:
            await doing
        except (NotFound, NotAllowed, BadInput, Held) as error:
            told, status = explain(texts_for(request), error)
            return await refuse(request, agent, ticket_id, told, status)
        if "text/html" in request.headers.get("accept", ""):
            return RedirectResponse(f"/console/desk/tickets/{ticket_id}", 303)
        return Response(status_code=204)

    async def find(agent_id: UUID) -> Agent:
        async with database.read() as session:
            found = await session.get(Agent, agent_id)
        if found is None:
            raise BadInput("person", "there is nobody with this id")
        return found

    async def show(request: Request, agent: Agent, *, error: str = "", status: int = 200) -> Response:
        view = ComplaintsView(texts_for(request), agent, now=clock(), zone=zone)
        async with database.read() as session:
            actions = view.actions(await list_actions(session, settings=settings))
            visits = view.visits(await list_visits(session, settings=settings))
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
        except (NotFound, NotAllowed, BadInput) as error:
            told, status = explain(texts_for(request), error)
            return await show(request, agent, error=told, status=status)
        return RedirectResponse(PAGE, 303)

    @router.post(PANEL + "/about")
    async def about(
        request: Request, ticket_id: UUID, agent: Reader, person: Annotated[str, Form()] = ""
    ) -> Response:
        async def do() -> None:
            await complaints.set_about(ticket_id, agent, await find(_id(person)) if person else None)

        return await act(request, agent, ticket_id, do())

    @router.post(PANEL + "/investigate")
    async def investigate(
        request: Request, ticket_id: UUID, agent: Reader, person: Annotated[str, Form()] = ""
    ) -> Response:
        async def do() -> None:
            await complaints.investigate(ticket_id, agent, await find(_id(person)))

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
            person = await find(_id(owner))
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


def explain(texts: Texts, error: ShouwenError) -> tuple[str, int]:
    """Why something was not done, in the reader's words, and the status that says so."""
    match error:
        case NotFound():
            return texts("not_found"), 404
        case BadInput(field="person"):
            return texts("complaint_person_gone"), 422
        case BadInput(field="due"):
            return texts("complaint_field_due"), 422
        case BadInput():
            return texts("complaint_field_empty"), 422
        case Held(offences=offences):
            worst = offences[0]
            told = texts("complaint_held", phrase=worst.phrase, why=worst.rule.why, better=worst.rule.better)
            return told, 409
        case Concerned(handled=True, name=name):
            return texts("complaint_handled", agent=name), 409
        case Concerned(name=name):
            return texts("complaint_concerned", agent=name), 409
        case IllegalStep(stage=stage):
            told = texts.named("stage", stage) if stage else texts("complaint_not_taken")
            return texts("complaint_step_refused", stage=told), 409
        case _:
            return texts("complaint_refused", reason=str(error)), 409


def _id(value: str) -> UUID:
    try:
        return UUID(value)
    except ValueError as error:
        raise BadInput("person", "is no id") from error


def _day(value: str) -> date:
    try:
        return date.fromisoformat(value)
    except ValueError as error:
        raise BadInput("due", "is no date") from error
