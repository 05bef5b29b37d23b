"""Customers in the console: the list, one person as a whole, who may be one, and what is exported and erased."""

from collections.abc import Awaitable
from typing import Annotated
from uuid import UUID

import orjson
from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response

from console.desk_pages import DeskPages
from console.pages import page as render_page
from console.pages import texts_for
from console.paging import make_pager, read_number
from console.people_view import PersonView
from console.sessions import Forbidden, Sessions
from core.errors import BadInput, NotAllowed, NotFound
from core.locks import exclusive
from handoff.agents import Agent, Role
from handoff.customers import CustomerActs, known_tiers, tiers_for
from handoff.persons.evidence import suggest_all
from handoff.persons.merging import Merging
from handoff.persons.records import find_kept
from handoff.persons.search import MAX_SEARCH, Wanted, find_customers
from handoff.persons.whole import (
    Person,
    add_note,
    read_history,
    read_names,
    read_said,
    read_whole,
    withdraw_consent,
)
from handoff.privacy.acts import erase_person, export_person
from handoff.privacy.erasure import Erased, StillOpen
from handoff.refusals import Objection, Refused
from handoff.tags import read_tags
from handoff.wording.explaining import explain
from nlu.knowledge.publishing import LOCK

HOME = "/console/customers"
PERSON = HOME + "/{customer_id}"
Typed = Annotated[str, Form()]


def routes(pages: DeskPages, sessions: Sessions, customers: CustomerActs) -> APIRouter:
    """All under /console/customers."""
    router = APIRouter(include_in_schema=False)
    cases, merging = customers.cases, Merging(customers.cases)
    Reader = Annotated[Agent, Depends(sessions.agent)]  # who only looks on may read
    Supervisor = Annotated[Agent, Depends(sessions.at_least(Role.SUPERVISOR))]
    Admin = Annotated[Agent, Depends(sessions.at_least(Role.ADMIN))]

    def may(agent: Agent, role: Role) -> bool:
        return Role(agent.role).is_at_least(role)

    async def list_page(
        request: Request, agent: Agent, wanted: Wanted, number: int, *, erased: Erased | None = None
    ) -> Response:
        view = PersonView(pages.reader(request))
        async with pages.database.read() as session:
            lines, has_more = await find_customers(session, wanted, region=pages.region, page=number)
        asked = {"q": wanted.text, "tag": wanted.tag, "tier": wanted.tier}
        context: dict[str, object] = {
            "agent": agent,
            "home": HOME,
            "rows": [view.row(each) for each in lines],
            "asked": asked,
            "is_asked": any(asked.values()),
            "tiers": known_tiers(wanted.tier or None, pages.settings),
            "pager": make_pager(HOME, asked, number, has_more=has_more),
            "may_merge": may(agent, Role.SUPERVISOR),
            "erased": erased,
            "most": MAX_SEARCH,
        }
        here = HOME if request.method == "POST" else None
        return render_page(request, "people.html", context, here=here)

    @router.get(HOME)
    async def show_list(
        request: Request, agent: Reader, q: str = "", tag: str = "", tier: str = "", page: str = "1"
    ) -> Response:
        wanted = Wanted(text=q[:MAX_SEARCH], tag=tag[:MAX_SEARCH], tier=tier[:MAX_SEARCH])
        return await list_page(request, agent, wanted, read_number(page))

    @router.get(HOME + "/merges")
    async def show_suggested(request: Request, agent: Supervisor) -> Response:
        view = PersonView(pages.reader(request))
        async with pages.database.read() as session:
            found = await suggest_all(session)
            ids = {each for pair in found for each in (pair.one_id, pair.other_id)}
            names = await read_names(session, ids)
        pairs = [view.pair(each, names) for each in found]
        return render_page(request, "people_merges.html", {"agent": agent, "home": HOME, "pairs": pairs})

    async def person_page(
        request: Request,
        agent: Agent,
        customer_id: UUID,
        *,
        number: int = 1,
        done: str = "",
        error: str = "",
        note: str = "",
        status: int = 200,
    ) -> Response:
        view = PersonView(pages.reader(request))
        try:
            async with pages.database.read() as session:
                person = await read_whole(session, customer_id)
                history, has_more = await read_history(session, person.family, page=number)
        except NotFound:
            told = {"agent": agent, "home": HOME, "told": texts_for(request)("person_gone")}
            return render_page(request, "people_gone.html", told, here=HOME, status=404)
        path = f"{HOME}/{person.id}"
        if request.method == "GET" and person.id != customer_id:
            return RedirectResponse(path, 303)  # was merged
        context: dict[str, object] = {
            "agent": agent,
            "home": HOME,
            "path": path,
            "person": person,
            "view": view,
            "history": [view.happening(each) for each in history],
            "pager": make_pager(path, {}, number, has_more=has_more),
            "tiers": tiers_for(agent, person.queues, person.tier, pages.settings),
            "confirm": view.confirm(person),
            "may_act": may(agent, Role.AGENT),
            "may_merge": may(agent, Role.SUPERVISOR),
            "may_erase": may(agent, Role.ADMIN),
            "note": note,
            "done": done,
            "error": error,
        }
        return render_page(request, "person.html", context, here=path, status=status)

    @router.get(PERSON)
    async def show_person(
        request: Request, customer_id: UUID, agent: Reader, page: str = "1", done: str = ""
    ) -> Response:
        told = done if done in ("person_saved", "merge_done", "merge_undone") else ""
        return await person_page(request, agent, customer_id, number=read_number(page), done=told)

    @router.get(PERSON + "/conversations/{conversation_id}")
    async def show_said(
        request: Request, customer_id: UUID, conversation_id: UUID, agent: Reader, page: str = "1"
    ) -> Response:
        number, view = read_number(page), PersonView(pages.reader(request))
        try:
            async with pages.database.read() as session:
                found = await read_said(session, customer_id, conversation_id, page=number)
                names = await read_names(session, [customer_id])
        except NotFound:
            return await person_page(request, agent, customer_id, status=404)
        conversation, messages, has_more = found
        path = f"{HOME}/{customer_id}"
        here = f"{path}/conversations/{conversation_id}"
        context: dict[str, object] = {
            "agent": agent,
            "path": path,
            "called": view.called(names.get(customer_id), customer_id),
            "channel": texts_for(request).named("channel", conversation.channel),
            "messages": messages,
            "view": view,
            "pager": make_pager(here, {}, number, has_more=has_more).upwards(),
        }
        return render_page(request, "person_said.html", context)

    async def act(
        request: Request,
        agent: Agent,
        customer_id: UUID,
        doing: Awaitable[object],
        *,
        done: str = "person_saved",
        note: str = "",
    ) -> Response:
        """Do it, and show the customer; a refusal is explained there."""
        try:
            await doing
        except NotFound:
            return await person_page(request, agent, customer_id, status=404)
        except (NotAllowed, BadInput) as error:
            status = 422 if isinstance(error, BadInput) else 409
            told = explain(error, pages.reader(request))
            return await person_page(request, agent, customer_id, error=told, note=note, status=status)
        return RedirectResponse(f"{HOME}/{customer_id}?done={done}", 303)

    @router.post(PERSON + "/note")
    async def note(request: Request, customer_id: UUID, agent: Reader, text: Typed = "") -> Response:
        return await act(request, agent, customer_id, add_note(cases, customer_id, agent, text), note=text)

    @router.post(PERSON + "/tag")
    async def tag(request: Request, customer_id: UUID, agent: Reader, tags: Typed = "") -> Response:
        async def do() -> None:
            await customers.tag_customer(await kept(customer_id), agent, add=read_tags(tags))

        return await act(request, agent, customer_id, do())

    @router.post(PERSON + "/untag")
    async def untag(request: Request, customer_id: UUID, agent: Reader, tag: Typed = "") -> Response:
        async def do() -> None:
            await customers.tag_customer(await kept(customer_id), agent, remove=[tag])

        return await act(request, agent, customer_id, do())

    @router.post(PERSON + "/tier")
    async def set_tier(request: Request, customer_id: UUID, agent: Reader, tier: Typed = "") -> Response:
        async def do() -> None:
            try:
                await customers.set_customer_tier(await kept(customer_id), agent, tier or None)
            except Refused as error:
                if error.objection is Objection.NOT_TIER_SETTER:
                    raise Forbidden(request, agent, Role.SUPERVISOR) from error
                raise

        return await act(request, agent, customer_id, do())

    @router.post(PERSON + "/withdraw")
    async def withdraw(request: Request, customer_id: UUID, agent: Reader) -> Response:
        return await act(request, agent, customer_id, withdraw_consent(cases, customer_id, agent))

    @router.post(PERSON + "/merge")
    async def merge(
        request: Request, customer_id: UUID, agent: Supervisor, other: Annotated[UUID, Form()]
    ) -> Response:
        doing = merging.merge(customer_id, other, agent)
        return await act(request, agent, customer_id, doing, done="merge_done")

    @router.post(PERSON + "/dismiss")
    async def dismiss(
        request: Request,
        customer_id: UUID,
        agent: Supervisor,
        other: Annotated[UUID, Form()],
        back: Typed = "",
    ) -> Response:
        answer = await act(request, agent, customer_id, merging.dismiss(customer_id, other, agent))
        return RedirectResponse(f"{HOME}/merges", 303) if back and answer.status_code == 303 else answer

    @router.post(PERSON + "/unmerge")
    async def unmerge(
        request: Request, customer_id: UUID, agent: Supervisor, merge: Annotated[UUID, Form()]
    ) -> Response:
        return await act(request, agent, customer_id, merging.undo(merge, agent), done="merge_undone")

    @router.post(PERSON + "/export")
    async def export(request: Request, customer_id: UUID, agent: Supervisor) -> Response:
        try:
            async with cases.database.write() as session:
                document = await export_person(session, customer_id, who=agent.username, now=cases.clock())
        except NotFound:
            return await person_page(request, agent, customer_id, status=404)
        content = orjson.dumps(document, default=str, option=orjson.OPT_INDENT_2)
        headers = {
            "Content-Disposition": f'attachment; filename="customer-{customer_id}.json"',
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
        }
        return Response(content, media_type="application/json", headers=headers)

    @router.post(PERSON + "/erase")
    async def erase(request: Request, customer_id: UUID, agent: Admin, confirm: Typed = "") -> Response:
        texts, view = texts_for(request), PersonView(pages.reader(request))
        try:
            async with pages.database.read() as session:
                person: Person = await read_whole(session, customer_id)
            if " ".join(confirm.split()) != view.confirm(person):
                told = texts("person_erase_wrong")
                return await person_page(request, agent, customer_id, error=told, status=422)
            async with exclusive(cases.database, LOCK), cases.posting() as (session, _):
                erased = await erase_person(session, customer_id, who=agent.username, now=cases.clock())
        except NotFound:
            return await person_page(request, agent, customer_id, status=404)
        except StillOpen as error:
            told = texts("person_erase_open", number=error.number)
            return await person_page(request, agent, customer_id, error=told, status=409)
        return await list_page(request, agent, Wanted(), 1, erased=erased)

    async def kept(customer_id: UUID) -> UUID:
        async with pages.database.read() as session:
            return await find_kept(session, customer_id)

    return router
