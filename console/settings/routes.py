"""The desk's settings in the console: an admin changes them, a supervisor looks; what config.yml says is shown beside it."""

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated
from urllib.parse import quote, urlencode
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy import select
from starlette.datastructures import FormData

from console.origins import check_same_origin
from console.pages import page, texts_for
from console.sessions import Sessions
from console.settings.forms import PARTS, Form, Making, Part
from console.settings.month import Days, parse_month, step_month
from console.settings.view import Attempt, Viewing
from handoff.adjusting.acts import Adjusting, Overtaken, count_open
from handoff.adjusting.layers import Misfit
from handoff.agents import Agent, Role

HOME = "/console/settings"
SEES = Role.SUPERVISOR
CHANGES = Role.ADMIN
ID = r"[a-z][a-z0-9_-]{0,39}"
DAY = r"\d{4}-\d\d-\d\d"


def routes(adjusting: Adjusting, sessions: Sessions) -> APIRouter:
    """What is under /console/settings."""
    router = APIRouter(include_in_schema=False, dependencies=[Depends(check_same_origin)])
    Viewer = Annotated[Agent, Depends(sessions.at_least(SEES))]
    Changer = Annotated[Agent, Depends(sessions.at_least(CHANGES))]

    async def look(request: Request) -> tuple[Making, Viewing]:
        standing = await adjusting.read()
        async with adjusting.database.read() as session:
            accounts = set(await session.scalars(select(Agent.username)))
            tickets = await count_open(session)
        t, zone = texts_for(request), standing.laid.settings.calendar.zone

        def when(at: datetime) -> str:
            return f"{at.astimezone(zone):%Y-%m-%d %H:%M}"

        viewing = Viewing(t=t, standing=standing, accounts=accounts, when=when, tickets=tickets)
        return Making(t=t, standing=standing, accounts=accounts, today=today(zone)), viewing

    def today(zone: ZoneInfo) -> date:
        return adjusting.clock().astimezone(zone).date()

    async def show_part(
        request: Request, agent: Agent, part: Part, attempt: Attempt | None = None, *, status: int = 200
    ) -> Response:
        making, viewing = await look(request)
        forms = [viewing.form(form, attempt) for form in part.make(making)]
        context: dict[str, object] = {
            **_common(agent, part.name),
            "forms": forms,
            "gone": _list_gone(viewing, part),
            "accounts": sorted(viewing.accounts),
            "left_out": [each for each in _list_left_out(viewing) if part.has(each["place"])],
            "saved": request.query_params.get("saved"),
            "attempt": attempt,
        }
        if part.name == "hours":
            context |= _calendar(making, request.query_params)
        return page(request, "settings_part.html", context, here=request.url.path, status=status)

    @router.get(HOME)
    async def show(request: Request, agent: Viewer) -> Response:
        _, viewing = await look(request)
        standing = viewing.standing
        changed = [(place, row) for place, row in standing.rows.items() if row.is_laid]
        rows = [
            {
                "part": part.name,
                "changes": [
                    {"place": place, "by": viewing.by(row)}
                    for place, row in changed
                    if _part_of(place) is part
                ],
            }
            for part in PARTS.values()
        ]
        strangers = sorted(standing.laid.settings.named_people() - set(viewing.accounts))
        context = {
            **_common(agent, ""),
            "rows": rows,
            "left_out": _list_left_out(viewing),
            "strangers": strangers,
        }
        return page(request, "settings.html", context)

    @router.get(HOME + "/{name}")
    async def show_one(request: Request, name: str, agent: Viewer) -> Response:
        if name not in PARTS:
            raise HTTPException(404, texts_for(request)("settings_none"))
        return await show_part(request, agent, PARTS[name])

    @router.post(HOME + "/{name}")
    async def save(request: Request, name: str, agent: Changer) -> Response:
        if name not in PARTS:
            raise HTTPException(404, texts_for(request)("settings_none"))
        part, sent = PARTS[name], await request.form()
        if back := _text(sent, "back"):
            return await give_back(request, agent, part, back)
        making, _ = await look(request)
        key = _text(sent, "form")
        form = next((each for each in part.make(making) if each.key == key), None)
        if form is None:  # it was removed meanwhile
            return RedirectResponse(f"{HOME}/{name}", 303)
        return await save_form(request, agent, part, form, sent, making)

    async def give_back(request: Request, agent: Agent, part: Part, back: str) -> Response:
        places = [place for place in (await adjusting.read()).rows if place == back and part.has(place)]
        try:
            await adjusting.give_back(places, who=agent.username)
        except Misfit as misfit:
            _, viewing = await look(request)
            told = viewing.tell_elsewhere(misfit)
            return await show_part(request, agent, part, Attempt(key="").with_told(told), status=422)
        return _back_to(part, back)

    async def save_form(
        request: Request, agent: Agent, part: Part, form: Form, sent: FormData, making: Making
    ) -> Response:
        name, typed = _text(sent, "id"), form.type_in(sent)
        seen = int(found) if (found := _text(sent, "seen")).isdecimal() and len(found) < 10 else 0
        wanted: dict[str, object] = form.wanted(typed, name)
        if "remove" in sent and form.may_remove:
            wanted = dict.fromkeys(wanted)
        attempt = Attempt(key=form.key, name=name, typed=typed)
        if form.prefix and (told := _check_name(making, form, name)):
            return await show_part(request, agent, part, attempt.with_told(told), status=422)
        try:
            await adjusting.save(wanted, seen=None if form.prefix else seen, who=agent.username)
        except Overtaken:
            return await show_part(request, agent, part, attempt.overtaken(), status=409)
        except Misfit as misfit:
            return await show_part(request, agent, part, attempt.refused(misfit), status=422)
        return _back_to(part, next(iter(wanted)) if form.prefix else form.key)

    return router


def _check_name(making: Making, form: Form, name: str) -> str:
    """What is wrong with the name of a new one; nothing, if it may be added."""
    t, is_day = making.t, form.prefix == "exceptions"
    if not name:
        return t("settings_bad_name")
    if not re.fullmatch(DAY if is_day else ID, name):
        return t("settings_bad_no_day" if is_day else "settings_bad_no_id", given=name)
    is_taken = making.standing.value(f"{form.prefix}.{name}") is not None
    return t("settings_bad_taken", given=name) if is_taken else ""


def _common(agent: Agent, part: str) -> dict[str, object]:
    return {
        "agent": agent,
        "home": HOME,
        "part": part,
        "parts": list(PARTS),
        "may_change": Role(agent.role).is_at_least(CHANGES),
    }


def _calendar(making: Making, query: Mapping[str, str]) -> dict[str, object]:
    first = parse_month(query.get("month", ""), making.today)
    days = Days(making.standing.laid.settings.calendar, making.t, today=making.today)
    return {
        "month": f"{first:%Y-%m}",
        "year": first.year,
        "weeks": days.month(first),
        "special": days.year(first.year),
        "earlier": step_month(first, -1),
        "later": step_month(first, 1),
    }


def _list_left_out(viewing: Viewing) -> list[dict[str, str]]:
    """Changes that do not fit what config.yml says by now."""
    found = []
    for place, misfit in viewing.standing.laid.left_out:
        row = viewing.standing.rows[place]
        part = _part_of(place)
        found.append(
            {
                "place": place,
                "part": part.name if part else "",
                "by": viewing.by(row),
                "wanted": viewing.word(row.value["is"]),
                "problem": viewing.tell(misfit),
            }
        )
    return found


def _list_gone(viewing: Viewing, part: Part) -> list[dict[str, str]]:
    """What config.yml has and somebody removed here."""
    return [
        {"place": place, "by": viewing.by(row)}
        for place, row in viewing.standing.rows.items()
        if row.is_laid
        and row.value["is"] is None
        and any(place.startswith(f"{named}.") for named in part.named)
        and viewing.standing.is_said(place)
    ]


def _part_of(place: str) -> Part | None:
    return next((part for part in PARTS.values() if part.has(place)), None)


def _text(sent: FormData, name: str) -> str:
    value = sent.get(name, "")
    return value.strip() if isinstance(value, str) else ""


def _back_to(part: Part, key: str) -> Response:
    return RedirectResponse(f"{HOME}/{part.name}?{urlencode({'saved': key})}#{quote(key)}", 303)
