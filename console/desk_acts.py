"""What agents do with tickets at the desk: a form for each act."""

from collections.abc import Awaitable, Callable
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import Response

from console.desk_pages import HOME, DeskPages
from console.sessions import Sessions
from console.uploads import UNLIMITED, Said, read_said
from core.database import Database
from handoff.agents import Agent
from handoff.kinds import read_kind
from handoff.outgoing_files import FIELD
from handoff.refusals import Objection, Unfit
from handoff.transfers import Transfers
from handoff.work import Work

Typed = Annotated[str, Form()]
Endpoint = Callable[..., Awaitable[Response]]


def routes(pages: DeskPages, work: Work, transfers: Transfers, sessions: Sessions) -> APIRouter:
    """POST /console/desk/tickets/{ticket_id}/{act}."""
    router = APIRouter(prefix=HOME + "/tickets/{ticket_id}")
    signed_in = Depends(sessions.agent)

    def plain(do: Callable[[UUID, Agent], Awaitable[object]]) -> Endpoint:
        async def endpoint(request: Request, ticket_id: UUID, agent: Annotated[Agent, signed_in]) -> Response:
            return await pages.act(request, agent, ticket_id, do(ticket_id, agent))

        return endpoint

    def reasoned(do: Callable[[UUID, Agent, str], Awaitable[object]]) -> Endpoint:
        async def endpoint(
            request: Request, ticket_id: UUID, agent: Annotated[Agent, signed_in], reason: Typed = ""
        ) -> Response:
            return await pages.act(request, agent, ticket_id, do(ticket_id, agent, reason))

        return endpoint

    def directed(do: Callable[[UUID, Agent, str, str], Awaitable[object]]) -> Endpoint:
        async def endpoint(
            request: Request,
            ticket_id: UUID,
            agent: Annotated[Agent, signed_in],
            to: Typed = "",
            reason: Typed = "",
        ) -> Response:
            return await pages.act(request, agent, ticket_id, do(ticket_id, agent, to, reason))

        return endpoint

    def about(do: Callable[[UUID, Agent, UUID], Awaitable[object]]) -> Endpoint:
        async def endpoint(
            request: Request,
            ticket_id: UUID,
            agent: Annotated[Agent, signed_in],
            message: Annotated[UUID, Form()],
        ) -> Response:
            return await pages.act(request, agent, ticket_id, do(ticket_id, agent, message))

        return endpoint

    async def find_receiver(value: str) -> Agent:
        """The colleague of a form. Raises `Unfit`."""
        return await find_colleague(pages.database, value, Unfit("to", Objection.NO_RECEIVER))

    async def transfer(ticket_id: UUID, agent: Agent, to: str, reason: str) -> None:
        """`to` is agent:ID or queue:NAME."""
        what, _, name = to.partition(":")
        if what == "queue":
            await transfers.offer(ticket_id, agent, queue=name, reason=reason)
        else:
            await transfers.offer(ticket_id, agent, to=await find_receiver(name), reason=reason)

    async def give(ticket_id: UUID, agent: Agent, to: str, reason: str) -> None:
        await transfers.give(ticket_id, agent, await find_receiver(to), reason)

    async def sort(ticket_id: UUID, agent: Agent, kind: str) -> None:
        chosen, incident = read_kind(kind)
        await work.sort(ticket_id, agent, chosen, incident=incident)

    router.post("/take")(plain(work.take))
    router.post("/wait")(plain(work.wait))
    router.post("/confirm")(plain(work.confirm))
    router.post("/accept")(plain(transfers.accept))
    router.post("/decline")(reasoned(transfers.decline))
    router.post("/hand-back")(reasoned(transfers.hand_back))
    router.post("/reopen")(reasoned(work.reopen))
    router.post("/transfer")(directed(transfer))
    router.post("/withdraw")(about(work.withdraw))
    router.post("/send-again")(about(work.send_again))
    router.post("/give")(directed(give))

    async def speak(ticket_id: UUID, agent: Agent, said: Said) -> None:
        if said.to == "customer":
            await work.reply(ticket_id, agent, said.text, files=said.files, insists=said.insists)
        elif said.files:
            raise Unfit(FIELD, Objection.NOTE_FILES)
        else:
            await work.note(ticket_id, agent, said.text)

    async def refuse(unfit: Unfit) -> None:
        raise unfit

    # The form is read here, not by FastAPI: only when it is known who sends it, and only as far as its files may go.
    @router.post("/say", max_body_size=UNLIMITED)
    async def say(request: Request, ticket_id: UUID, agent: Annotated[Agent, signed_in]) -> Response:
        try:
            said = await read_said(request, pages.settings.files)
        except Unfit as unfit:
            return await pages.act(request, agent, ticket_id, refuse(unfit), lost_files=True)
        spoken = speak(ticket_id, agent, said)
        return await pages.act(request, agent, ticket_id, spoken, text=said.text, lost_files=bool(said.files))

    @router.post("/resolve")
    async def resolve(
        request: Request,
        ticket_id: UUID,
        agent: Annotated[Agent, signed_in],
        category: Typed = "",
        text: Typed = "",
    ) -> Response:
        doing = work.resolve(ticket_id, agent, category=category or None, note=text)
        return await pages.act(request, agent, ticket_id, doing)

    @router.post("/correct")
    async def correct(
        request: Request,
        ticket_id: UUID,
        agent: Annotated[Agent, signed_in],
        message: Annotated[UUID, Form()],
        text: Typed = "",
    ) -> Response:
        return await pages.act(request, agent, ticket_id, work.correct(ticket_id, agent, message, text))

    @router.post("/sort")
    async def sort_as(
        request: Request, ticket_id: UUID, agent: Annotated[Agent, signed_in], kind: Typed = ""
    ) -> Response:
        return await pages.act(request, agent, ticket_id, sort(ticket_id, agent, kind))

    @router.post("/report")
    async def report(
        request: Request, ticket_id: UUID, agent: Annotated[Agent, signed_in], text: Typed = ""
    ) -> Response:
        return await pages.act(request, agent, ticket_id, work.report(ticket_id, agent, text))

    return router


async def find_colleague(database: Database, value: str, unfit: Unfit) -> Agent:
    """The colleague whose id a form holds. Raises `unfit` when it is none."""
    try:
        agent_id = UUID(value)
    except ValueError as error:
        raise unfit from error
    async with database.read() as session:
        agent = await session.get(Agent, agent_id)
    if agent is None:
        raise unfit
    return agent
