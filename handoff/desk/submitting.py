"""What agents send off in forms. It is done before the form closes; what is to be mended is shown in it."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from core.errors import BadInput, NotAllowed, NotFound
from core.wakeups import DESK
from handoff.agents import Agent
from handoff.desk import modals
from handoff.desk.complaining import Complaining
from handoff.desk.contacting import Contacting
from handoff.desk.events import insist_on
from handoff.desk.faq_saving import FaqSaving
from handoff.desk.fields import Next, ticket_of
from handoff.desk.floor import Floor, Spot
from handoff.desk.held import find_held
from handoff.desk.knowing import Knowing
from handoff.desk.people import Barred
from handoff.desk.registering import Registering
from handoff.desk.sent import Handler, Mended, Sent
from handoff.desk.sorting import Sorting
from handoff.desk.suggested import Suggested


class Submitting:
    """Carries out what is sent off: each form has a handler, by its callback id."""

    def __init__(self, floor: Floor) -> None:
        self._floor = floor
        self._complaining = Complaining(floor)
        self._handlers: Mapping[str, Handler] = {
            "transfer": self._transfer,
            "resolve": self._resolve,
            "note": self._note,
            "decline": self._decline,
            "reopen": self._reopen,
            "complaint": self._complain,
            "visit": self._visit,
            "send_anyway": self._send_anyway,
            **Sorting(floor).handlers,
            **Knowing(floor).handlers,
            **Registering(floor).handlers,
            **Suggested(floor).handlers,
            **FaqSaving(floor).handlers,
            **Contacting(floor).handlers,
        }

    async def submit(self, body: Mapping[str, Any]) -> Mended | Next:
        """What Slack is to show beside the form's fields, or the next form; nothing when all is done."""
        view, spot = body["view"], Spot(user=body["user"]["id"])
        reader = await self._floor.whisper.reader(spot.user)
        agent = await self._floor.actor(spot.user)
        if isinstance(agent, Barred):
            return _beside(view, {"": reader.t(agent)})
        handler = self._handlers.get(view["callback_id"])
        if handler is None:  # of a version before or after this one
            return {}
        try:
            answer = await handler(Sent(view=view, agent=agent, spot=spot, reader=reader))
            return answer if isinstance(answer, Next) else _beside(view, answer)
        except BadInput as error:
            return _beside(view, modals.field_errors(error, reader))
        except NotFound:
            return _beside(view, {"": reader.t("slack_no_ticket")})
        except NotAllowed as error:
            return _beside(view, {"": (await self._floor.explain(error, ticket_of(view)))(reader)})

    async def _transfer(self, sent: Sent) -> Mended:
        form = modals.read_transfer(sent.view)
        to = await self._colleague(form.to) if form.to else None
        await self._floor.transfers.offer(
            form.ticket_id, sent.agent, reason=form.reason, to=to, queue=form.queue
        )
        return {}

    async def _resolve(self, sent: Sent) -> Mended:
        form = modals.read_resolve(sent.view)
        await self._floor.work.resolve(form.ticket_id, sent.agent, category=form.category, note=form.text)
        return {}

    async def _note(self, sent: Sent) -> Mended:
        form = modals.read_note(sent.view)
        await self._floor.work.note(form.ticket_id, sent.agent, form.text)
        return {}

    async def _decline(self, sent: Sent) -> Mended:
        form = modals.read_reason(sent.view)
        await self._floor.transfers.decline(form.ticket_id, sent.agent, form.reason)
        return {}

    async def _reopen(self, sent: Sent) -> Mended:
        form = modals.read_reason(sent.view)
        await self._floor.work.reopen(form.ticket_id, sent.agent, form.reason)
        return {}

    async def _complain(self, sent: Sent) -> Mended:
        return await self._complaining.carry_out(sent.view, sent.agent, sent.reader)

    async def _visit(self, sent: Sent) -> Mended:
        await self._complaining.record_visit(sent.view, sent.agent)
        return {}

    async def _send_anyway(self, sent: Sent) -> Mended:
        form = modals.read_send_anyway(sent.view)
        async with self._floor.database.read() as session:
            reply = await find_held(session, form.held_id, user=sent.spot.user)
        if reply is None:
            return {"reason": sent.reader.t("slack_held_gone")}
        # It is said in its turn among what its author does in the thread, who may be editing it just now.
        async with self._floor.database.write() as session:
            await insist_on(session, reply.position, reason=form.reason, now=self._floor.cases.clock())
        self._floor.wakeups.publish(DESK)
        return {}

    async def _colleague(self, agent_id: UUID) -> Agent:
        async with self._floor.database.read() as session:
            return await session.get_one(Agent, agent_id)


def _beside(view: Mapping[str, Any], told: Mapping[str, str]) -> Mended:
    """By the form's own fields: Slack shows nothing of what names another, and the form just stays. Pure."""
    fields = [block["block_id"] for block in view["blocks"] if block["type"] == "input"]
    found: dict[str, str] = {}
    for name, text in told.items() if fields else ():
        field = name if name in fields else fields[0]
        found[field] = f"{found[field]}\n{text}" if field in found else text
    return found
