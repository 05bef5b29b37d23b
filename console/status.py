"""An agent's own status at the desk: on duty or not, and alerts that are seen one by one or all at once."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import Response

from console.desk_pages import HOME, DeskPages, back
from console.pages import fragment
from console.sessions import Sessions
from core.wakeups import DESK
from handoff.agents import Agent
from handoff.attention import see_alert, see_all
from handoff.presence import Duty, set_duty


def routes(pages: DeskPages, sessions: Sessions) -> APIRouter:
    """GET and POST /console/desk/duty and /console/desk/alerts."""
    router = APIRouter()

    @router.get(HOME + "/duty")
    async def show_duty(request: Request, agent: Annotated[Agent, Depends(sessions.agent)]) -> Response:
        return fragment(request, "desk_duty.html", pages.duty(request, agent))

    @router.post(HOME + "/duty")
    async def change_duty(
        request: Request,
        agent: Annotated[Agent, Depends(sessions.agent)],
        duty: Annotated[Literal["on", "away", "off"], Form()],
    ) -> Response:
        async with pages.database.write() as session:
            await set_duty(session, agent.id, Duty(duty), now=pages.clock())
        pages.wakeups.publish(DESK)  # what waits is given at once
        return back(request)

    @router.get(HOME + "/alerts")
    async def show_alerts(request: Request, agent: Annotated[Agent, Depends(sessions.agent)]) -> Response:
        return fragment(request, "desk_alerts.html", await pages.alerts(request, agent))

    @router.post(HOME + "/alerts/seen")
    async def see_until(
        request: Request,
        agent: Annotated[Agent, Depends(sessions.agent)],
        until: Annotated[UUID, Form()],
    ) -> Response:
        async with pages.database.write() as session:
            await see_all(session, agent.id, until=until, now=pages.clock())
        pages.wakeups.publish(DESK)
        return back(request)

    @router.post(HOME + "/alerts/{alert_id}/seen")
    async def see(
        request: Request, alert_id: UUID, agent: Annotated[Agent, Depends(sessions.agent)]
    ) -> Response:
        async with pages.database.write() as session:
            await see_alert(session, agent.id, alert_id, now=pages.clock())
        pages.wakeups.publish(DESK)
        return back(request)

    return router
