"""Filters under names, above the lists: what is shown of them, and keeping, renaming, replacing and removing them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated
from urllib.parse import parse_qsl, urlencode
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy.ext.asyncio import AsyncSession

from console.asked import address
from console.desk_pages import DeskPages
from console.filter_form import gone
from console.sessions import Sessions
from core.errors import NotFound
from handoff.agents import Agent, Role
from handoff.finding.actions import read_action_filter
from handoff.finding.addresses import Pair
from handoff.finding.complaints import read_tab
from handoff.finding.conditions import Asker, is_few
from handoff.finding.filters import TicketFilter, read_filter
from handoff.finding.people import People
from handoff.finding.reads import count_each
from handoff.finding.saved import (
    MAX_NAME,
    ListName,
    NotSaved,
    OthersFilter,
    SavedFilter,
    Unsaved,
    list_saved,
    may_share,
    remove_filter,
    rename_filter,
    replace_filter,
    save_filter,
)
from handoff.wording.reader import Reader

HOME = "/console/filters"
HOMES = {
    ListName.TICKETS: "/console/tickets",
    ListName.COMPLAINTS: "/console/complaints",
    ListName.ACTIONS: "/console/complaints",
}
DONE = ("saved", "renamed", "replaced", "removed")
TOLD = (*DONE, *Unsaved, "others", "gone")
COUNTED_TO = 99
MOST_COUNTED = 8  # of them: each count is a query
MAX_QUERY = 8_000  # characters of an address

Typed = Annotated[str, Form()]
Fit = Callable[[Sequence[Pair]], TicketFilter]


@dataclass(frozen=True, kw_only=True)
class SavedChip:
    """A filter under a name. `note` says what it names that is gone; `count` is empty where it would cost too much."""

    id: UUID
    name: str
    href: str
    query: str
    is_here: bool
    is_shared: bool
    count: str
    note: str
    may_change: bool


@dataclass(frozen=True, kw_only=True)
class SavedBar:
    """What stands above a list. `query` is what would be kept now; empty, if it finds everything."""

    list: str
    chips: Sequence[SavedChip]
    query: str
    is_without_words: bool  # what was searched for in words is left out of it
    may_share: bool
    may_save: bool
    most: int = MAX_NAME


def keep_query(which: ListName, query: str) -> str:
    """A filter's address as it is kept: what cannot be read is left out, and so is what was searched for in words."""
    pairs = parse_qsl(query[:MAX_QUERY], keep_blank_values=False)
    if which is ListName.ACTIONS:
        return urlencode([("tab", "actions"), *read_action_filter(pairs)[0].pairs])
    kept = replace(read_filter(pairs)[0], text="").pairs
    if which is ListName.TICKETS:
        return urlencode(kept)
    return urlencode([("tab", read_tab(dict(pairs).get("tab", ""))), *kept])


async def read_bar(
    session: AsyncSession,
    which: ListName,
    agent: Agent,
    query: str,
    *,
    reader: Reader,
    people: People,
    asker: Asker,
    fit: Fit | None = None,
) -> SavedBar:
    """What an agent sees above a list that shows `query`. `fit` makes of an address what the list looks for, to count it."""
    saved = await list_saved(session, which, agent.id)
    counts = await _count(session, saved, asker, fit) if fit else {}
    here = keep_query(which, query)
    return SavedBar(
        list=which,
        chips=[_chip(each, agent, here, counts.get(each.id, ""), reader, people) for each in saved],
        query=here,
        is_without_words=any(name == "q" for name, _ in parse_qsl(query)),
        may_share=may_share(agent),
        may_save=Role(agent.role).is_at_least(Role.AGENT),
    )


async def _count(
    session: AsyncSession, saved: Sequence[SavedFilter], asker: Asker, fit: Fit
) -> Mapping[UUID, str]:
    wanted = [(each.id, fit(parse_qsl(each.query))) for each in saved]
    cheap = [(key, each) for key, each in wanted if is_few(each)][:MOST_COUNTED]
    numbers = await count_each(session, [each for _, each in cheap], asker, most=COUNTED_TO)
    return {
        key: f"{COUNTED_TO}+" if number > COUNTED_TO else str(number)
        for (key, _), number in zip(cheap, numbers, strict=True)
    }


def _chip(
    saved: SavedFilter, agent: Agent, here: str, count: str, reader: Reader, people: People
) -> SavedChip:
    pairs = parse_qsl(saved.query)
    notes = dict.fromkeys(note for name, value in pairs if (note := gone(reader, people, name, value)))
    return SavedChip(
        id=saved.id,
        name=saved.name,
        href=address(HOMES[ListName(saved.list)], pairs),
        query=saved.query,
        is_here=saved.query == here,
        is_shared=saved.agent_id is None,
        count=count,
        note=reader.listed(list(notes)),
        may_change=may_share(agent) if saved.agent_id is None else saved.agent_id == agent.id,
    )


def routes(pages: DeskPages, sessions: Sessions) -> APIRouter:
    """Under /console/filters; each answers with the list from which it was asked for."""
    router = APIRouter(include_in_schema=False)
    Writer = Annotated[Agent, Depends(sessions.agent)]

    async def answer(
        which: ListName, query: str, act: Callable[[AsyncSession], object], done: str
    ) -> Response:
        try:
            async with pages.database.write() as session:
                await act(session)  # type: ignore[misc]
        except NotSaved as error:
            done = error.why
        except OthersFilter:
            done = "others"
        except NotFound:
            done = "gone"
        back = [each for each in parse_qsl(query[:MAX_QUERY]) if each[0] not in ("done", "after", "before")]
        return RedirectResponse(address(HOMES[which], [*back, ("done", done)]), 303)

    @router.post(HOME)
    async def save(
        request: Request,
        agent: Writer,
        list: Typed = "",
        query: Typed = "",
        name: Typed = "",
        shared: Typed = "",
    ) -> Response:
        which = _list(list)

        async def act(session: AsyncSession) -> None:
            await save_filter(
                session,
                which,
                agent,
                name=name,
                query=keep_query(which, query),
                is_shared=bool(shared),
                now=pages.clock(),
            )

        return await answer(which, query, act, "saved")

    @router.post(HOME + "/{saved_id}/rename")
    async def rename(
        saved_id: UUID, agent: Writer, list: Typed = "", query: Typed = "", name: Typed = ""
    ) -> Response:
        async def act(session: AsyncSession) -> None:
            await rename_filter(session, saved_id, agent, name, now=pages.clock())

        return await answer(_list(list), query, act, "renamed")

    @router.post(HOME + "/{saved_id}/replace")
    async def change(saved_id: UUID, agent: Writer, list: Typed = "", query: Typed = "") -> Response:
        async def act(session: AsyncSession) -> None:
            kept = keep_query(_list(list), query)
            await replace_filter(session, saved_id, agent, kept, now=pages.clock())

        return await answer(_list(list), query, act, "replaced")

    @router.post(HOME + "/{saved_id}/remove")
    async def remove(saved_id: UUID, agent: Writer, list: Typed = "", query: Typed = "") -> Response:
        async def act(session: AsyncSession) -> None:
            await remove_filter(session, saved_id, agent, now=pages.clock())

        return await answer(_list(list), query, act, "removed")

    return router


def _list(name: str) -> ListName:
    return ListName(name) if name in set(ListName) else ListName.TICKETS
