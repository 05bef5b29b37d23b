"""Suggestions in Slack: they are shown, one is chosen, changed, and sent as the agent's reply."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from core.errors import NotAllowed, NotFound
from handoff.agents import Agent
from handoff.desk import suggest_forms
from handoff.desk.fields import Next, View, ticket_of
from handoff.desk.floor import Floor
from handoff.desk.origins import form_origin
from handoff.desk.sent import Handler, Mended, Sent
from handoff.wording.reader import Reader
from handoff.work import Held


class Suggested:
    """Suggests replies to who has the ticket. `handlers` carry out what is sent off, by the forms' callback ids."""

    def __init__(self, floor: Floor) -> None:
        self._floor = floor
        self.handlers: dict[str, Handler] = {"suggested": self._send}

    async def form(self, ticket_id: UUID, agent: Agent, reader: Reader) -> View:
        """All suggestions. Raises `NotFound`, and `NotAllowed` for all but the assignee."""
        suggestions = await self._floor.suggesting.suggest(ticket_id, agent)
        return suggest_forms.choose(suggestions, ticket_id, reader)

    async def choose(self, body: Mapping[str, Any], key: str, agent: Agent, reader: Reader) -> None:
        """One was chosen: the form with its text takes the place of the choice."""
        ticket_id = ticket_of(body["view"])
        view = await self._form_of(key, ticket_id, agent, reader)
        await self._floor.show("views.update", view_id=body["view"]["id"], view=view)

    async def _send(self, sent: Sent) -> Mended | Next:
        """Say it to the customer; the form again, if the language guard holds it back."""
        filled = suggest_forms.read_reply(sent.view)
        origin = form_origin(sent.view)
        try:
            await self._floor.work.reply(
                filled.ticket_id, sent.agent, filled.text, insists=filled.insists, origin=origin
            )
        except Held as held:
            return Next(view=suggest_forms.write(filled.text, filled.ticket_id, sent.reader, held=held))
        return {}

    async def _form_of(self, key: str, ticket_id: UUID, agent: Agent, reader: Reader) -> View:
        try:
            suggestions = await self._floor.suggesting.suggest(ticket_id, agent)
        except NotAllowed as error:
            why = (await self._floor.explain(error, ticket_id))(reader)
            return suggest_forms.told(why, ticket_id, reader)
        except NotFound:
            return suggest_forms.told(reader.t("slack_no_ticket"), ticket_id, reader)
        chosen = suggestions.find(key)
        if chosen is None:
            return suggest_forms.told(reader.t("suggest_gone"), ticket_id, reader)
        return suggest_forms.write(chosen.text, ticket_id, reader)
