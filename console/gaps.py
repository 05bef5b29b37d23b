"""Gaps in the console: what is asked and not answered rightly, and what is done about it."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from console.knowledge.library import EDITS, HOME, Library
from console.knowledge.shelf import Contents, entry_of
from console.origins import check_same_origin
from console.pages import page, texts_for
from console.paging import make_pager, read_number
from console.sessions import Sessions
from core.errors import BadInput, NotAllowed, NotFound
from core.languages import REPLY_LANGUAGES, ReplyLanguage
from handoff.agents import Agent, Role
from handoff.gaps import acts
from handoff.gaps.reads import WEEKS, View, list_gaps, read_detail
from handoff.gaps.tables import Ended, Gap
from handoff.gaps.wordings import wordings_of
from nlu.knowledge.check import key_of
from nlu.knowledge.documents import entry_to_data
from nlu.knowledge.drafts import lock_draft
from nlu.knowledge.editing import find_entry, find_list, put_entry, put_list

GAPS = "/console/gaps"
MAX_BODY = 100_000  # bytes of a form

Chosen = Annotated[list[UUID] | None, Form()]


class NothingToAdd(BadInput):
    """What was chosen is in the knowledge base already, or must be worded by somebody first."""

    def __init__(self) -> None:
        super().__init__("m", "has nothing that could be added")


class NothingTicked(BadInput):
    """No message was chosen."""

    def __init__(self) -> None:
        super().__init__("m", "is empty; tick what was asked")


def routes(library: Library, sessions: Sessions) -> APIRouter:
    """GET /console/gaps and /console/gaps/{gap_id}, and what is done there."""
    router = APIRouter(
        include_in_schema=False, max_body_size=MAX_BODY, dependencies=[Depends(check_same_origin)]
    )
    reader, writer = sessions.at_least(Role.VIEWER), sessions.at_least(EDITS)

    @router.get(GAPS)
    async def show_list(
        request: Request,
        agent: Annotated[Agent, Depends(reader)],
        view: str = "",
        language: str = "",
        page: str = "1",
    ) -> Response:
        return await list_page(request, agent, view=view, language=language, number=page)

    async def list_page(
        request: Request,
        agent: Agent,
        *,
        view: str = "",
        language: str = "",
        number: str = "1",
        error: str = "",
        status: int = 200,
    ) -> Response:
        wanted = View(view) if view in set(View) else View.OPEN
        chosen = language if language in REPLY_LANGUAGES else None
        async with library.database.read() as session:
            listed = await list_gaps(
                session,
                wanted,
                language=chosen,
                agent_id=agent.id,
                page=read_number(number),
                now=library.clock(),
                zone=library.zone,
                region=library.region,
            )
        context = {
            "agent": agent,
            "listed": listed,
            "pager": make_pager(GAPS, {"view": wanted, "language": chosen}, listed.page, pages=listed.pages),
            "view": wanted,
            "views": list(View),
            "chosen": chosen,
            "languages": REPLY_LANGUAGES,
            "home": GAPS,
            "weeks_shown": WEEKS,
            "error": error,
        }
        return page(request, "gaps.html", context, here=GAPS if error else None, status=status)

    @router.get(GAPS + "/{gap_id}")
    async def show(request: Request, gap_id: UUID, agent: Annotated[Agent, Depends(reader)]) -> Response:
        return await gap_page(request, agent, gap_id)

    async def gap_page(
        request: Request, agent: Agent, gap_id: UUID, *, error: str = "", status: int = 200
    ) -> Response:
        texts = texts_for(request)
        contents = await library.shelf.look()
        may_edit = Role(agent.role).is_at_least(EDITS)
        try:
            async with library.database.read() as session:
                gap = await acts.get_gap(session, gap_id)
                detail = await read_detail(
                    session, gap, now=library.clock(), zone=library.zone, region=library.region
                )
                everybody = await session.scalars(_EVERYBODY) if may_edit else ()
                people = [each for each in everybody if acts.can_see_to(each)]
        except NotFound:
            return await list_page(request, agent, error=texts("gap_none"), status=404)
        context = {
            "agent": agent,
            "gap": gap,
            "detail": detail,
            "people": people,
            "may_edit": may_edit,
            "name_of": lambda entry_id: contents.title(entry_id, texts.language),
            "known": contents.draft.entries,
            "when": library.when,
            "today": library.today.isoformat(),
            "home": GAPS,
            "library": HOME,
            "weeks_shown": WEEKS,
            "error": error,
        }
        return page(request, "gap.html", context, here=f"{GAPS}/{gap_id}", status=status)

    async def chosen_texts(session: AsyncSession, gap: Gap, chosen: Sequence[UUID]) -> list[str]:
        """What was ticked, as far as it can stand in the knowledge base as it is. Raises `NothingToAdd`, `NothingTicked`."""
        if not chosen:
            raise NothingTicked
        detail = await read_detail(
            session, gap, now=library.clock(), zone=library.zone, region=library.region
        )
        texts = [text for text in wordings_of(detail, chosen) if "*" not in text]
        if not texts:
            raise NothingToAdd
        return texts

    async def do(
        request: Request, agent: Agent, gap_id: UUID, act: Callable[[AsyncSession], object]
    ) -> Response | None:
        """Do it in one transaction; the page that says why it cannot be done, if it cannot."""
        texts = texts_for(request)
        try:
            async with library.database.write() as session:
                await act(session)  # type: ignore[misc]
        except NothingTicked:
            return await gap_page(request, agent, gap_id, error=texts("gap_nothing_ticked"), status=422)
        except NothingToAdd:
            return await gap_page(request, agent, gap_id, error=texts("gap_nothing_to_add"), status=422)
        except BadInput as error:
            return await gap_page(request, agent, gap_id, error=texts(f"gap_bad_{error.field}"), status=422)
        except NotFound as error:
            if error.kind == "entry":
                told = texts("gap_no_entry", id=str(error.key))
                return await gap_page(request, agent, gap_id, error=told, status=422)
            return await list_page(request, agent, error=texts("gap_none"), status=404)
        except NotAllowed:
            return await gap_page(request, agent, gap_id, error=texts("gap_no_draft"), status=409)
        return None

    @router.post(GAPS + "/{gap_id}/add")
    async def add(
        request: Request,
        gap_id: UUID,
        agent: Annotated[Agent, Depends(writer)],
        entry: Annotated[str, Form(max_length=100)] = "",
        m: Chosen = None,
    ) -> Response:
        """The messages become phrasings of an entry of the draft."""
        contents, entry_id, now = await library.shelf.look(), entry.strip(), library.clock()

        async def act(session: AsyncSession) -> None:
            await lock_draft(session)
            gap = await acts.get_gap(session, gap_id, lock=True)
            kept = await find_entry(session, entry_id)
            if kept is None:
                raise NotFound("entry", entry_id)
            before = entry_of(kept.data)
            texts = _new(await chosen_texts(session, gap, m or ()), contents)
            language: ReplyLanguage = "en" if gap.language == "en" else "zh"
            phrasings = {**before.phrasings, language: (*before.phrasings.get(language, ()), *texts)}
            after = entry_of(entry_to_data(replace(before, phrasings=phrasings)))
            await put_entry(session, after, seen=kept.revision, by=agent.username, now=now)
            await acts.became(session, gap_id, entry_id, by=agent.username, now=now)

        refused = await do(request, agent, gap_id, act)
        if refused is None:
            library.get_ready()
        return refused or RedirectResponse(f"{HOME}/entries/{entry_id}?saved=1", 303)

    @router.post(GAPS + "/{gap_id}/out-of-scope")
    async def set_out_of_scope(
        request: Request, gap_id: UUID, agent: Annotated[Agent, Depends(writer)], m: Chosen = None
    ) -> Response:
        """The messages are nothing that the bot should answer."""
        contents, now = await library.shelf.look(), library.clock()

        async def act(session: AsyncSession) -> None:
            await lock_draft(session)
            gap = await acts.get_gap(session, gap_id, lock=True)
            kept = await find_list(session, "out_of_scope")
            there = {key_of(text) for each in kept.data.values() for text in each}
            texts = [
                text
                for text in _new(await chosen_texts(session, gap, m or ()), contents)
                if key_of(text) not in there
            ]
            data = {**kept.data, gap.language: [*kept.data.get(gap.language, ()), *texts]}
            await put_list(session, "out_of_scope", data, seen=kept.revision, by=agent.username, now=now)
            await acts.end(session, gap_id, Ended.OUT_OF_SCOPE, by=agent.username, now=now)

        refused = await do(request, agent, gap_id, act)
        return refused or RedirectResponse(f"{GAPS}/{gap_id}", 303)

    @router.post(GAPS + "/{gap_id}/assign")
    async def assign(
        request: Request,
        gap_id: UUID,
        agent: Annotated[Agent, Depends(writer)],
        assignee: Annotated[str, Form(max_length=100)] = "",
        due: Annotated[str, Form(max_length=20)] = "",
    ) -> Response:
        """Somebody sees to it."""

        async def act(session: AsyncSession) -> None:
            day = _read_day(due)
            before = (await acts.get_gap(session, gap_id)).due_on
            if day is not None and day != before and day < library.today:
                raise BadInput("due", "is over")
            await acts.assign(session, gap_id, assignee, day, by=agent.username, now=library.clock())

        refused = await do(request, agent, gap_id, act)
        return refused or RedirectResponse(f"{GAPS}/{gap_id}", 303)

    @router.post(GAPS + "/{gap_id}/dismiss")
    async def dismiss(request: Request, gap_id: UUID, agent: Annotated[Agent, Depends(writer)]) -> Response:
        """It is no gap."""

        async def act(session: AsyncSession) -> None:
            await acts.end(session, gap_id, Ended.DISMISSED, by=agent.username, now=library.clock())

        return await do(request, agent, gap_id, act) or RedirectResponse(f"{GAPS}/{gap_id}", 303)

    @router.post(GAPS + "/{gap_id}/open")
    async def open_again(
        request: Request, gap_id: UUID, agent: Annotated[Agent, Depends(writer)]
    ) -> Response:
        """It is one after all."""

        async def act(session: AsyncSession) -> None:
            await acts.open_again(session, gap_id, by=agent.username, now=library.clock())

        return await do(request, agent, gap_id, act) or RedirectResponse(f"{GAPS}/{gap_id}", 303)

    return router


_EVERYBODY = select(Agent).where(Agent.left_at.is_(None)).order_by(Agent.name, Agent.username)


def _new(texts: Sequence[str], contents: Contents) -> list[str]:
    """Those that no entry has already. Raises `NothingToAdd`."""
    new = [text for text in texts if key_of(text) not in contents.owners]
    if not new:
        raise NothingToAdd
    return new


def _read_day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise BadInput("due", "is no day") from error
