"""What agents send off in forms. It is done before the form closes; what is to be mended is shown in it."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from core.errors import BadInput, NotAllowed, NotFound
from handoff.agents import Agent
from handoff.desk import modals
from handoff.desk.complaining import Complaining, origin_of
from handoff.desk.events import end_event
from handoff.desk.fields import ticket_of
from handoff.desk.floor import Floor, Spot
from handoff.desk.held import find_held
from handoff.wording.reader import Reader
from handoff.work import Insistence


class Submitting:
    """Carries out what is sent off."""

    def __init__(self, floor: Floor) -> None:
        self._floor = floor
        self._complaining = Complaining(floor)

    async def submit(self, body: Mapping[str, Any]) -> dict[str, str]:
        """What Slack is to show beside the form's fields; nothing when all is done."""
        view, spot = body["view"], Spot(user=body["user"]["id"])
        reader = await self._floor.whisper.reader(spot.user)
        field = next((block["block_id"] for block in view["blocks"] if block["type"] == "input"), "")
        agent = await self._floor.agent(spot)
        if agent is None:
            return {field: reader.t("slack_stranger")} if field else {}
        try:
            return await self._do(view, agent, spot, reader)
        except BadInput as error:
            return modals.field_errors(error, reader)
        except NotFound:
            return {field: reader.t("slack_no_ticket")}
        except NotAllowed as error:
            ticket_id = await self._ticket_id(view, spot)
            return {field: (await self._floor.explain(error, ticket_id))(reader)} if ticket_id else {}

    async def _ticket_id(self, view: Mapping[str, Any], spot: Spot) -> UUID | None:
        if view["callback_id"] != "send_anyway":
            return ticket_of(view)
        async with self._floor.database.read() as session:
            reply = await find_held(session, modals.read_send_anyway(view).held_id, user=spot.user)
        return reply.ticket_id if reply else None

    async def _do(self, view: Mapping[str, Any], agent: Agent, spot: Spot, reader: Reader) -> dict[str, str]:
        """What was not done, by field; of most forms that is told by what is raised."""
        work, transfers = self._floor.work, self._floor.transfers
        match view["callback_id"]:
            case "transfer":
                form = modals.read_transfer(view)
                to = await self._colleague(form.to) if form.to else None
                await transfers.offer(form.ticket_id, agent, reason=form.reason, to=to, queue=form.queue)
            case "resolve":
                closing = modals.read_resolve(view)
                # Said once, also when the form is sent off again because resolving was refused.
                if closing.text:
                    await work.note(closing.ticket_id, agent, closing.text, origin=origin_of(view))
                await work.resolve(closing.ticket_id, agent)
            case "note":
                note = modals.read_note(view)
                await work.note(note.ticket_id, agent, note.text)
            case "decline":
                declined = modals.read_reason(view)
                await transfers.decline(declined.ticket_id, agent, declined.reason)
            case "reopen":
                reopened = modals.read_reason(view)
                await work.reopen(reopened.ticket_id, agent, reopened.reason)
            case "complaint":
                return await self._complaining.carry_out(view, agent, reader)
            case "visit":
                await self._complaining.record_visit(view, agent)
            case "send_anyway":
                await self._send_anyway(view, agent, spot)
        return {}

    async def _send_anyway(self, view: Mapping[str, Any], agent: Agent, spot: Spot) -> None:
        form = modals.read_send_anyway(view)
        async with self._floor.database.read() as session:
            reply = await find_held(session, form.held_id, user=spot.user)
        if reply is None:
            return
        insists = Insistence(reason=form.reason)
        await self._floor.work.reply(reply.ticket_id, agent, reply.text, insists=insists, origin=reply.origin)
        async with self._floor.database.write() as session:
            await end_event(session, reply.position, now=self._floor.cases.clock())

    async def _colleague(self, agent_id: UUID) -> Agent:
        async with self._floor.database.read() as session:
            return await session.get_one(Agent, agent_id)
