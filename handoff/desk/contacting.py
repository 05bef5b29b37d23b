"""Contacts from Slack: the form that a button or the command opens, and what is carried out of one that was sent off."""

from collections.abc import Mapping
from typing import Any

import structlog

from channels.slack.client import SlackAway, SlackBusy, SlackRefusal
from core.errors import BadInput, NotAllowed, NotFound
from handoff.agents import Agent
from handoff.contacts.acts import Contacts
from handoff.desk import contact_forms
from handoff.desk.complaining import origin_of
from handoff.desk.fields import View
from handoff.desk.floor import Floor, Spot
from handoff.desk.modals import field_errors
from handoff.desk.threads import link_to, read_cards
from handoff.permits import Act
from handoff.refusals import Objection, Refused
from handoff.views import TicketView
from handoff.wording.reader import Reader
from handoff.wording.tickets import Sheet

log = structlog.get_logger(__name__)

WORDS = frozenset({"log", "登记"})  # behind /shouwen


class Contacting:
    """Contacts, on the floor."""

    def __init__(self, floor: Floor, contacts: Contacts) -> None:
        self._floor = floor
        self._contacts = contacts

    async def open(self, body: Mapping[str, Any], user: str) -> str:
        """Open the form; what its reader is told instead, where there is none."""
        reader = await self._floor.whisper.reader(user)
        try:
            await self._floor.slack.call(
                "views.open", trigger_id=body["trigger_id"], view=contact_forms.contact(reader)
            )
        except (SlackAway, SlackBusy, SlackRefusal) as error:
            log.warning("slack.no_form", error=str(error))
            return reader.t("slack_away")
        return ""

    async def submit(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Log the contact; how Slack is answered: with what is to be mended, or with what became of it."""
        view, spot = body["view"], Spot(user=body["user"]["id"])
        reader = await self._floor.whisper.reader(spot.user)
        agent = await self._floor.agent(spot)
        if agent is None:
            return _errors({"how": reader.t("slack_stranger")})
        try:
            contact = contact_forms.read_contact(view)
            logged = await self._contacts.log(agent, contact, origin=origin_of(view))
        except BadInput as error:
            return _errors(field_errors(error, reader))
        async with self._floor.database.read() as session:
            card = (await read_cards(session, [logged.ticket_id])).get(logged.ticket_id)
        link = link_to(card, (await self._floor.slack.identity()).url) if card else ""
        return {"response_action": "update", "view": contact_forms.done(logged, reader, link=link)}

    def form_of_said(self, view: TicketView, sheet: Sheet, reader: Reader) -> View:
        """What was said of a ticket. Raises `NotAllowed` where its customer reads what is written, or it is done."""
        if not sheet.may_log:
            objection = Objection.DONE if sheet.is_spoken else Objection.NOT_SPOKEN
            raise Refused(objection, number=sheet.row.number)
        may_tell = Act.REPLY in sheet.acts
        return contact_forms.said(sheet, view.conversation.channel, reader, may_tell=may_tell)

    async def log_said(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """What was said of a ticket; how Slack is answered."""
        view, spot = body["view"], Spot(user=body["user"]["id"])
        reader = await self._floor.whisper.reader(spot.user)
        agent = await self._floor.agent(spot)
        if agent is None:
            return _errors({"how": reader.t("slack_stranger")})
        try:
            return await self._log_said(view, agent, reader)
        except BadInput as error:
            return _errors(field_errors(error, reader))
        except NotFound:
            return _errors({"how": reader.t("slack_no_ticket")})

    async def _log_said(self, view: Mapping[str, Any], agent: Agent, reader: Reader) -> dict[str, Any]:
        form = contact_forms.read_said(view)
        try:
            await self._contacts.log_said(
                form.ticket_id,
                agent,
                how=form.how,
                heard=form.heard,
                told=form.told,
                at=form.at,
                origin=origin_of(view),
            )
        except NotAllowed as error:
            told = await self._floor.explain(error, form.ticket_id)
            return _errors({"told" if form.told.strip() else "heard": told(reader)})
        return {}


def _errors(errors: Mapping[str, str]) -> dict[str, Any]:
    return {"response_action": "errors", "errors": dict(errors)}
