"""What agents press on cards and on the home tab. An act is done before Slack is told that it was pressed."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from uuid import UUID

from handoff.agents import Agent
from handoff.desk import contact_forms, modals
from handoff.desk.action_forms import FORMS
from handoff.desk.blocks import read_press
from handoff.desk.complaining import Complaining
from handoff.desk.contact_forms import LOG
from handoff.desk.contacting import Contacting
from handoff.desk.fields import View
from handoff.desk.floor import Floor, Spot
from handoff.desk.held import find_held
from handoff.desk.homing import renew_home
from handoff.desk.knowing import Knowing
from handoff.desk.registering import Registering
from handoff.desk.sorting import Sorting
from handoff.desk.suggest_forms import USE
from handoff.desk.suggested import Suggested
from handoff.presence import Duty, set_duty

DUTIES = {"duty_on": Duty.ON, "duty_away": Duty.AWAY, "duty_off": Duty.OFF}


class Pressing:
    """Carries out what is pressed. Whoever is no agent, and whatever is not legal any more, is told so privately."""

    def __init__(self, floor: Floor) -> None:
        self._floor = floor
        self._contacting = Contacting(floor)
        self._complaining = Complaining(floor)
        self._sorting = Sorting(floor)
        self._knowing = Knowing(floor)
        self._registering = Registering(floor)
        self._suggested = Suggested(floor)
        work, transfers = floor.work, floor.transfers
        self._acts: Mapping[str, Callable[[UUID, Agent], Awaitable[None]]] = {
            "take": work.take,
            "wait": work.wait,
            "confirm": work.confirm,
            "accept": transfers.accept,
        }

    async def press(self, body: Mapping[str, Any]) -> None:
        """A button of ours."""
        (action,) = body["actions"]
        name, value = read_press(action)
        spot = spot_of(body)
        agent = await self._floor.agent(spot)
        if agent is None:
            return
        if name in DUTIES:
            await self._set_duty(spot, agent, DUTIES[name])
        elif name == LOG:
            reader = await self._floor.whisper.reader(spot.user)
            await self._open(body, contact_forms.contact(reader))
        elif name == "send_anyway":
            await self._open(body, await self._insist(spot, value))
        elif name in FORMS:
            await self._open(body, await self._registering.form(body, name, value, agent))
        elif name == USE:
            await self._suggested.choose(body, value, agent, await self._floor.whisper.reader(spot.user))
        elif name == "send_again":
            ticket_id, message_id = map(UUID, value.split(":"))
            async with self._floor.answering(spot, ticket_id):
                await self._floor.work.send_again(ticket_id, agent, message_id)
        elif value and not action.get("url"):
            ticket_id = UUID(value)
            async with self._floor.answering(spot, ticket_id):
                if name in self._acts:
                    await self._acts[name](ticket_id, agent)
                else:
                    await self._open(body, await self._form(name, ticket_id, agent, spot))

    async def _form(self, name: str, ticket_id: UUID, agent: Agent, spot: Spot) -> View | None:
        """The form that a button opens. Raises `NotFound`, `NotAllowed`."""
        reader = await self._floor.whisper.reader(spot.user)
        if name == "suggest":
            return await self._suggested.form(ticket_id, agent, reader)
        view, sheet = await self._floor.look(ticket_id, agent, reader)
        match name:
            case "transfer":
                return modals.transfer(sheet, reader)
            case "resolve":
                if await self._complaining.lacks_something(view):
                    return await self._complaining.form(view, sheet, agent, reader)
                return modals.resolve(sheet, reader)
            case "complaint":
                return await self._complaining.form(view, sheet, agent, reader)
            case "visit":
                return await self._complaining.form_of_visit(view, agent, reader)
            case "said":
                return self._contacting.form_of_said(view, sheet, reader)
            case "note":
                return modals.note(reader, ticket_id, sheet.row.number)
            case "decline":
                return modals.decline(sheet, reader)
            case "reopen":
                return modals.reopen(sheet, reader)
            case "customer":
                return await self._knowing.form(view, sheet, agent, reader)
            case "actions":
                return await self._registering.overview(agent, reader, ticket_id=ticket_id)
            case _:
                return self._sorting.form(name, view.ticket, sheet, agent, reader)

    async def _insist(self, spot: Spot, held_id: str) -> View | None:
        """The form in which a held reply is insisted on; None when it is done with, which is told."""
        async with self._floor.database.read() as session:
            reply = await find_held(session, held_id, user=spot.user)
        if reply is None:
            await self._floor.whisper.say(spot, "slack_held_gone")
            return None
        guard = await self._floor.work.guard()
        phrases = [each.phrase for each in guard.check(reply.text)]
        return modals.send_anyway(await self._floor.whisper.reader(spot.user), held_id, phrases)

    async def _open(self, body: Mapping[str, Any], view: View | None) -> None:
        if view is None:
            return
        # Over a form that is open another one is laid; Slack takes three.
        method = "views.push" if (body.get("view") or {}).get("type") == "modal" else "views.open"
        if not await self._floor.show(method, trigger_id=body["trigger_id"], view=view):
            await self._floor.whisper.say(spot_of(body), "slack_away")

    async def _set_duty(self, spot: Spot, agent: Agent, duty: Duty) -> None:
        async with self._floor.database.write() as session:
            await set_duty(session, agent.id, duty, now=self._floor.cases.clock())
        await renew_home(self._floor, spot.user)


def spot_of(body: Mapping[str, Any]) -> Spot:
    """Where something was pressed: on a card, in its thread, or on the home tab."""
    message = body.get("message") or {}
    container = body.get("container") or {}
    return Spot(
        user=body["user"]["id"],
        channel=(body.get("channel") or {}).get("id", ""),
        thread=message.get("thread_ts") or container.get("thread_ts") or message.get("ts") or "",
    )
