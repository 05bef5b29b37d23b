"""The command /shouwen: what can be asked for from anywhere in Slack. Its answers are private, in the reader's language."""

from collections.abc import Mapping
from typing import Any

from channels.slack.markup import escape
from core.languages import to_reply_language
from handoff.agents import Agent
from handoff.desk import contact_forms
from handoff.desk.blocks import line
from handoff.desk.fields import View
from handoff.desk.floor import Floor, Spot
from handoff.desk.homing import renew_home
from handoff.desk.people import Barred
from handoff.desk.registering import Registering
from handoff.desk.threads import link_to, read_cards
from handoff.lists import get_ticket_line, list_queue
from handoff.numbers import parse_number
from handoff.presence import Duty, set_duty
from handoff.progress import describe_ticket
from handoff.tickets import find_ticket
from handoff.wording.reader import Reader
from handoff.wording.tickets import DeskView

DUTIES = {
    "on": Duty.ON,
    "away": Duty.AWAY,
    "off": Duty.OFF,
    "上班": Duty.ON,
    "离开": Duty.AWAY,
    "下班": Duty.OFF,
}
FIND = {"find", "open", "找", "打开"}
PROGRESS = {"progress", "进度"}
MINE = {"mine", "我的"}
LOG = {"log", "登记"}
ACTIONS = {"actions", "整改"}
NAME = 40  # characters of a customer's name in a line


class Commanding:
    """Answers the command."""

    def __init__(self, floor: Floor) -> None:
        self._floor = floor
        self._registering = Registering(floor)

    async def answer(self, body: Mapping[str, Any]) -> str:
        """What the person who typed it reads; nothing where a form or a list has opened instead."""
        spot = Spot(user=body["user_id"], channel=body["channel_id"])
        reader = await self._floor.whisper.reader(spot.user)
        agent = await self._floor.actor(spot.user)
        if isinstance(agent, Barred):
            return reader.t(agent)
        word, _, rest = body.get("text", "").strip().partition(" ")
        word = word.lower()
        if word in DUTIES:
            return await self._set_duty(agent, DUTIES[word], spot, reader)
        if word in LOG:
            return await self._open(body["trigger_id"], contact_forms.contact(reader), reader)
        if word in MINE:
            return await self._mine(agent, reader)
        if word in ACTIONS:
            view = await self._registering.overview(agent, reader)
            return await self._open(body["trigger_id"], view, reader)
        number = parse_number(rest if word in FIND | PROGRESS else f"{word} {rest}".strip())
        if number is not None:
            return await self._find(number, reader, agent, as_told=word in PROGRESS)
        return reader.t("slack_help")

    async def _set_duty(self, agent: Agent, duty: Duty, spot: Spot, reader: Reader) -> str:
        async with self._floor.database.write() as session:
            await set_duty(session, agent.id, duty, now=self._floor.cases.clock())
        await renew_home(self._floor, spot.user)
        return reader.t(f"duty_{duty}_hint")

    async def _mine(self, agent: Agent, reader: Reader) -> str:
        async with self._floor.database.read() as session:
            lines = (await list_queue(session, agent.id)).mine
        view = DeskView(reader, agent)
        said = []
        for row in map(view.row, lines):
            parts = (row.number, escape(line(row.customer, NAME)), row.clock.text if row.clock else "")
            said.append(" · ".join(filter(None, parts)))
        return "\n".join(said) or reader.t("nothing_mine_slack")

    async def _open(self, trigger_id: str, view: View, reader: Reader) -> str:
        is_open = await self._floor.show("views.open", trigger_id=trigger_id, view=view)
        return "" if is_open else reader.t("slack_away")

    async def _find(self, number: str, reader: Reader, agent: Agent, *, as_told: bool) -> str:
        settings = self._floor.cases.settings
        async with self._floor.database.read() as session:
            ticket = await find_ticket(session, number)
            if ticket is None:
                return reader.t("slack_no_such_number", number=number)
            if as_told:
                language = to_reply_language(ticket.language) or reader.t.language
                return escape(
                    await describe_ticket(session, ticket, language, settings=settings, now=reader.now)
                )
            row = DeskView(reader, agent).row(await get_ticket_line(session, ticket.id))
            card = (await read_cards(session, [ticket.id])).get(ticket.id)
        link = link_to(card, (await self._floor.slack.identity()).url) if card else ""
        said = [row.number, escape(line(row.customer, NAME)), row.reason, row.holder, link]
        return " · ".join(filter(None, said))
