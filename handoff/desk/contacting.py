"""Contacts from Slack: what is carried out of the forms that a button or the command opens."""

from core.errors import NotAllowed
from handoff.desk import contact_forms
from handoff.desk.contact_forms import CONTACT, SAID
from handoff.desk.fields import Next, View
from handoff.desk.floor import Floor
from handoff.desk.origins import form_origin
from handoff.desk.sent import Handler, Mended, Sent
from handoff.desk.threads import link_to, read_cards
from handoff.permits import Act
from handoff.refusals import Objection, Refused
from handoff.views import TicketView
from handoff.wording.reader import Reader
from handoff.wording.tickets import Sheet


class Contacting:
    """Contacts, on the floor. `handlers` carry out what is sent off, by the forms' callback ids."""

    def __init__(self, floor: Floor) -> None:
        self._floor = floor
        self.handlers: dict[str, Handler] = {CONTACT: self._log, SAID: self._log_said}

    def form_of_said(self, view: TicketView, sheet: Sheet, reader: Reader) -> View:
        """What was said of a ticket. Raises `NotAllowed` where its customer reads what is written, or it is done."""
        if not sheet.may_log:
            objection = Objection.DONE if sheet.is_spoken else Objection.NOT_SPOKEN
            raise Refused(objection, number=sheet.row.number)
        may_tell = Act.REPLY in sheet.acts
        return contact_forms.said(sheet, view.conversation.channel, reader, may_tell=may_tell)

    async def _log(self, sent: Sent) -> Next:
        """Log the contact; then the form tells what became of it."""
        contact = contact_forms.read_contact(sent.view)
        logged = await self._floor.contacts.log(sent.agent, contact, origin=form_origin(sent.view))
        async with self._floor.database.read() as session:
            card = (await read_cards(session, [logged.ticket_id])).get(logged.ticket_id)
        link = link_to(card, (await self._floor.slack.identity()).url) if card else ""
        return Next(view=contact_forms.done(logged, sent.reader, link=link))

    async def _log_said(self, sent: Sent) -> Mended:
        """What was said of a ticket; what is not allowed is told beside what was written."""
        form = contact_forms.read_said(sent.view)
        try:
            await self._floor.contacts.log_said(
                form.ticket_id,
                sent.agent,
                how=form.how,
                heard=form.heard,
                told=form.told,
                at=form.at,
                origin=form_origin(sent.view),
            )
        except NotAllowed as error:
            told = await self._floor.explain(error, form.ticket_id)
            return {"told" if form.told.strip() else "heard": told(sent.reader)}
        return {}
