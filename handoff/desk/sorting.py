"""The acts in a card's menu, on the floor: who may open which form, and what is carried out of one that was sent off."""

from handoff.agents import Agent
from handoff.desk import sorting_forms
from handoff.desk.fields import View
from handoff.desk.floor import Floor
from handoff.desk.modals import read_reason
from handoff.desk.origins import form_origin
from handoff.desk.sent import Handler, Mended, Sent
from handoff.life import DONE_STATES
from handoff.refusals import Objection, Refused, Unfit
from handoff.tickets import Ticket
from handoff.wording.reader import Reader
from handoff.wording.tickets import Sheet
from handoff.work import check_assignee

_FORMS = {
    "hand_back": sorting_forms.hand_back,
    "give": sorting_forms.give,
    "sort": sorting_forms.sort,
    "report": sorting_forms.report,
}


class Sorting:
    """Hand back, give, sort, report. `handlers` carry out what is sent off, by the forms' callback ids."""

    def __init__(self, floor: Floor) -> None:
        self._floor = floor
        self.handlers: dict[str, Handler] = {
            "hand_back": self._hand_back,
            "give": self._give,
            "sort": self._sort,
            "report": self._report,
        }

    def form(self, name: str, ticket: Ticket, sheet: Sheet, agent: Agent, reader: Reader) -> View | None:
        """The form of that name, if there is one here. Raises `NotAllowed` for who cannot send it off."""
        if name not in _FORMS:
            return None
        match name:
            case "hand_back":
                check_assignee(ticket, agent)
            case "give" if ticket.state in DONE_STATES:
                raise Refused(Objection.DONE, number=ticket.number)
            case "give" if not self._floor.cases.settings.supervises(agent.username, ticket.queue):
                raise Refused(Objection.NOT_SUPERVISOR, queue=ticket.queue)
            case "report" if ticket.incident is None:
                raise Refused(Objection.NO_INCIDENT, number=ticket.number)
        return _FORMS[name](sheet, reader)

    async def _hand_back(self, sent: Sent) -> Mended:
        form = read_reason(sent.view)
        await self._floor.transfers.hand_back(form.ticket_id, sent.agent, form.reason)
        return {}

    async def _give(self, sent: Sent) -> Mended:
        form = sorting_forms.read_give(sent.view)
        async with self._floor.database.read() as session:
            to = await session.get(Agent, form.to)
        if to is None:
            raise Unfit("to", Objection.NO_RECEIVER)
        await self._floor.transfers.give(form.ticket_id, sent.agent, to, form.reason)
        return {}

    async def _sort(self, sent: Sent) -> Mended:
        form = sorting_forms.read_sort(sent.view)
        await self._floor.work.sort(form.ticket_id, sent.agent, form.kind, incident=form.incident)
        return {}

    async def _report(self, sent: Sent) -> Mended:
        form = sorting_forms.read_report(sent.view)
        origin = form_origin(sent.view)
        await self._floor.work.report(form.ticket_id, sent.agent, form.text, origin=origin)
        return {}
