"""Customers from Slack: the form that shows one, and what is carried out of it."""

from handoff.agents import Agent
from handoff.customers import read_customer, tiers_for
from handoff.desk.customer_forms import customer, read_customer_form
from handoff.desk.fields import View
from handoff.desk.floor import Floor
from handoff.desk.sent import Handler, Mended, Sent
from handoff.desk.threads import link_to, read_cards
from handoff.views import TicketView
from handoff.wording.reader import Reader
from handoff.wording.tickets import Sheet


class Knowing:
    """What is known of customers, on the floor. `handlers` are as `handoff.desk.submitting` has them."""

    def __init__(self, floor: Floor) -> None:
        self._floor = floor
        self.handlers: dict[str, Handler] = {"customer": self._save}

    async def form(self, view: TicketView, sheet: Sheet, agent: Agent, reader: Reader) -> View:
        """Who the ticket's customer is."""
        async with self._floor.database.read() as session:
            known = await read_customer(session, view.ticket)
            cards = await read_cards(session, [each.id for each in known.earlier])
        workspace = (await self._floor.slack.identity()).url if cards else ""
        links = {ticket_id: link_to(card, workspace) for ticket_id, card in cards.items()}
        tiers = tiers_for(agent, known.queues, known.tier, self._floor.cases.settings)
        return customer(known, sheet, reader, tiers=tiers, links=links)

    async def _save(self, sent: Sent) -> Mended:
        form, acts = read_customer_form(sent.view), self._floor.customer_acts
        if form.add or form.remove:
            await acts.tag(form.ticket_id, sent.agent, add=form.add, remove=form.remove)
        if form.sets_tier:
            await acts.set_tier(form.ticket_id, sent.agent, form.tier)
        return {}
