"""The overview: how it stands now, figures of a period, what is behind each of them, and reports to print and to take away."""

import asyncio
from dataclasses import dataclass
from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response, StreamingResponse

from console import overview_files
from console.desk_pages import DeskPages
from console.live import HEADERS, DeskHints
from console.overview_lists import ListView, SessionPage
from console.overview_now import NowView
from console.overview_view import HOME, OverviewView, Table, Tile, selection_of
from console.pages import fragment, page, texts_for
from console.paging import read_number
from console.periods import Chosen, choose, last_complete, name_of, parse_named
from console.sessions import Sessions
from core.database import Database
from core.errors import NotFound
from handoff.agents import Agent
from handoff.reporting.cells import Figure
from handoff.reporting.figures import Period
from handoff.reporting.keeper import read_progress
from handoff.reporting.reads import (
    MOST_DAYS,
    get_session,
    list_behind,
    read_agent_names,
    read_days,
    read_several,
)
from handoff.reporting.today import read_today
from handoff.wording.reader import Reader


@dataclass(frozen=True, kw_only=True)
class Figures:
    """A period, worded."""

    view: OverviewView
    tiles: list[Tile]
    tiles_before: list[Tile]  # of the period before
    tables: list[Table]
    is_empty: bool
    is_counting: bool


async def read_figures(database: Database, reader: Reader, period: Period) -> Figures:
    """All figures of a period, worded for a reader."""
    async with database.read() as session:
        cells, before = await read_several(session, [period, period.before()])
        days = await read_days(session, period)
        agents = await read_agent_names(session)
        progress = await read_progress(session)
    view = OverviewView(reader=reader, period=period, agents=agents)
    return Figures(
        view=view,
        tiles=view.tiles(cells, before),
        tiles_before=view.tiles(before, before),
        tables=view.tables(cells, days),
        is_empty=not cells.values,
        is_counting=progress is not None and progress.is_recount,
    )


def routes(pages: DeskPages, hints: DeskHints, sessions: Sessions) -> APIRouter:
    """What is under /console/overview; `hints` are the desk's."""
    router = APIRouter(include_in_schema=False)
    Viewer = Annotated[Agent, Depends(sessions.agent)]
    Page = Annotated[str, Query(alias="page")]
    database = pages.database

    def today() -> date:
        return pages.clock().astimezone(pages.zone).date()

    async def now_of(request: Request) -> NowView:
        reader = pages.reader(request)
        async with database.read() as session:
            return NowView(reader, await read_today(session, reader.settings, now=reader.now))

    def asked(unit: str, on: str, start: str, end: str) -> Chosen:
        return choose(unit=unit, on=on, start=start, end=end, today=today())

    @router.get(HOME)
    async def show(
        request: Request,
        agent: Viewer,
        unit: str = "",
        on: str = "",
        start: Annotated[str, Query(alias="from")] = "",
        end: Annotated[str, Query(alias="to")] = "",
    ) -> Response:
        chosen = asked(unit, on, start, end)
        figures = await read_figures(database, pages.reader(request), chosen.period)
        context: dict[str, object] = {
            "agent": agent,
            "chosen": chosen,
            "name": name_of(chosen),
            "figures": figures,
            "now": await now_of(request),
            "home": HOME,
            "on": min(max(chosen.period.start, today()), chosen.period.end),
            "most_days": MOST_DAYS,
        }
        return page(request, "overview.html", context)

    @router.get(HOME + "/now")
    async def show_now(request: Request, agent: Viewer) -> Response:
        return fragment(request, "overview_now.html", {"now": await now_of(request), "home": HOME})

    @router.get(HOME + "/events")
    async def stream_hints(request: Request, agent: Viewer) -> Response:
        stream = hints.stream(agent.id, (), looking=False)
        return StreamingResponse(stream, media_type="text/event-stream", headers=HEADERS)

    @router.get(HOME + "/list")
    async def show_list(
        request: Request,
        agent: Viewer,
        figure: Figure,
        key: str = "",
        which: Page = "1",
        start: Annotated[str, Query(alias="from")] = "",
        end: Annotated[str, Query(alias="to")] = "",
    ) -> Response:
        chosen, number = asked("", "", start, end), read_number(which)
        async with database.read() as session:
            listed = await list_behind(session, selection_of(figure, key), chosen.period, page=number)
            agents = await read_agent_names(session)
        view = OverviewView(reader=pages.reader(request), period=chosen.period, agents=agents)
        shown = ListView(view, listed, number=number, figure=figure, key=key)
        context: dict[str, object] = {"agent": agent, "shown": shown, "home": f"{HOME}?{chosen.query}"}
        return page(request, "overview_list.html", context)

    @router.get(HOME + "/sessions/{session_id}")
    async def show_session(request: Request, agent: Viewer, session_id: UUID) -> Response:
        try:
            async with database.read() as session:
                found = await get_session(session, session_id)
        except NotFound:
            context: dict[str, object] = {"agent": agent, "shown": None, "home": HOME}
            return page(request, "overview_session.html", context, status=404)
        shown = SessionPage(pages.reader(request), found)
        return page(request, "overview_session.html", {"agent": agent, "shown": shown, "home": HOME})

    @router.get(HOME + "/report")
    async def show_report(request: Request, agent: Viewer, week: str = "", month: str = "") -> Response:
        chosen = parse_named(week or month) or last_complete("month" if month else "week", today())
        figures = await read_figures(database, pages.reader(request), chosen.period)
        unit = chosen.unit or "week"
        context: dict[str, object] = {
            "figures": figures,
            "chosen": chosen,
            "title": texts_for(request)(f"report_{unit}", name=name_of(chosen)),
            "home": f"{HOME}?{chosen.query}",
        }
        return page(request, "overview_report.html", context)

    @router.get(HOME + "/figures.{kind}")
    async def download(
        request: Request,
        agent: Viewer,
        kind: str,
        start: Annotated[str, Query(alias="from")] = "",
        end: Annotated[str, Query(alias="to")] = "",
    ) -> Response:
        chosen = asked("", "", start, end)
        figures = await read_figures(database, pages.reader(request), chosen.period)
        t = texts_for(request)
        headers = [t(f"column_{name}") for name in ("table", "name", "column", "number")]
        rows = overview_files.make_rows(figures.tiles, figures.tables, headers=headers)
        name = f"shouwen-{chosen.period.start}-{chosen.period.end}.{'xlsx' if kind == 'xlsx' else 'csv'}"
        if kind == "xlsx":
            content = await asyncio.to_thread(overview_files.write_xlsx, rows, title=t("overview_title"))
            media = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
        else:
            content, media = overview_files.write_csv(rows), "text/csv; charset=utf-8"
        disposition = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
        return Response(content, media_type=media, headers=disposition)

    return router
