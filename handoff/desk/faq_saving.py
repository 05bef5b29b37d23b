"""Save as FAQ, in Slack's menu of a message: an agent's answer in a ticket's thread becomes an entry of the draft."""

import html
from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import case, select
from sqlalchemy.ext.asyncio import AsyncSession

from channels.slack.markup import to_plain
from core.amending import find_standing
from core.conversations import Message
from core.errors import NotAllowed
from core.messages import AMENDMENTS, Author
from handoff.desk import faq_forms
from handoff.desk.blocks import UNSEEN
from handoff.desk.floor import Floor, Spot
from handoff.desk.origins import origin_of
from handoff.desk.people import list_people
from handoff.desk.said import NOTE
from handoff.desk.sent import Handler, Mended, Sent
from handoff.desk.threads import find_thread
from handoff.faq import Exchange, make_exchange, save_faq
from handoff.life import EventKind
from handoff.tickets import Ticket
from handoff.work import find_origin

log = structlog.get_logger(__name__)

RECENT = 300  # messages of a conversation among which one from Slack is looked for


class FaqSaving:
    """Opens the form, and saves what was filled in: any agent may. `handlers` do that, by the forms' callback ids."""

    def __init__(self, floor: Floor) -> None:
        self._floor = floor
        self.handlers: dict[str, Handler] = {faq_forms.CALLBACK: self._save}

    async def open(self, body: Mapping[str, Any]) -> None:
        """The shortcut was used on a message."""
        message = body["message"]
        thread = str(message.get("thread_ts") or message["ts"])
        spot = Spot(user=body["user"]["id"], channel=body["channel"]["id"], thread=thread)
        agent = await self._floor.agent(spot)
        if agent is None:
            return
        reader = await self._floor.whisper.reader(spot.user)
        async with self._floor.database.read() as session:
            found = await _find(session, message, spot, region=reader.region)
        if found is None:
            await self._floor.whisper.say(spot, "faq_only_answers")
            return
        ticket_id, exchange = found
        view = faq_forms.save(exchange, ticket_id, reader, channel=spot.channel, thread=thread)
        if not await self._floor.show("views.open", trigger_id=body["trigger_id"], view=view):
            await self._floor.whisper.say(spot, "slack_away")

    async def _save(self, sent: Sent) -> Mended:
        """Save it, and say where it is; what has to be mended, by field."""
        faq = faq_forms.read(sent.view)
        try:
            entry_id = await save_faq(
                self._floor.database, faq, by=sent.agent.username, now=self._floor.cases.clock()
            )
        except NotAllowed:
            return {"title": sent.reader.t("faq_no_draft")}
        log.info("knowledge.faq_saved", entry=entry_id, agent=sent.agent.username)
        channel, thread = faq_forms.where_of(sent.view)
        spot = Spot(user=sent.spot.user, channel=channel, thread=thread)
        await self._floor.whisper.say(spot, "faq_saved", title=faq.said.title.strip(), id=entry_id)
        return {}


async def _find(
    session: AsyncSession, message: Mapping[str, Any], spot: Spot, *, region: str
) -> tuple[UUID, Exchange] | None:
    """The ticket, and the answer in that message with its question; None where it is none."""
    thread = await find_thread(session, spot.channel, spot.thread)
    if thread is None or message["ts"] == spot.thread:
        return None
    ticket = await session.get_one(Ticket, thread.ticket_id)
    said = await _find_said(session, ticket, message, spot)
    if said is None:
        return None
    text, seq = said
    return ticket.id, await make_exchange(session, ticket, text, before=seq, region=region)


async def _find_said(
    session: AsyncSession, ticket: Ticket, message: Mapping[str, Any], spot: Spot
) -> tuple[str, int | None] | None:
    """What an agent said, as it stands, and its place in the conversation, if it has one; None where there is nothing."""
    origin = origin_of(spot.channel, str(message["ts"]))
    event = await find_origin(session, ticket.id, origin, kinds=(EventKind.REPLIED,))
    if event is not None:
        return await _as_it_stands(session, UUID(event.data["message_id"]))
    if message.get("bot_id"):
        return await _find_posted(session, ticket, message)
    people = {user_id: agent.name for user_id, agent in (await list_people(session)).items()}
    if message.get("user") not in people:
        return None
    text = to_plain(str(message.get("text") or ""), people=people).strip()
    return text.removeprefix(NOTE).strip(), None


async def _find_posted(
    session: AsyncSession, ticket: Ticket, message: Mapping[str, Any]
) -> tuple[str, int] | None:
    """What an agent said or corrected elsewhere and we have shown here: of several in one post the last."""
    shown = "".join(_squeezed(text) for text in _texts(message))
    recent = (
        select(Message.text, case((Message.kind.in_(AMENDMENTS), Message.reply_to), else_=Message.id))
        .where(Message.conversation_id == ticket.conversation_id, Message.author == Author.AGENT)
        .order_by(Message.seq.desc())
        .limit(RECENT)
    )
    for text, message_id in await session.execute(recent):
        if (said := _squeezed(text)) and said in shown:
            return await _as_it_stands(session, message_id)
    return None


async def _as_it_stands(session: AsyncSession, message_id: UUID) -> tuple[str, int] | None:
    said = await session.get_one(Message, message_id)
    stands = (await find_standing(session, [said]))[message_id]
    return None if stands.is_withdrawn else (stands.text, said.seq)


def _texts(message: Mapping[str, Any]) -> Iterator[str]:
    """What stands in the paragraphs of a post."""
    for block in message.get("blocks") or ():
        if block.get("type") == "section" and (block.get("text") or {}).get("type") == "plain_text":
            yield html.unescape(str(block["text"].get("text", "")))


def _squeezed(text: str) -> str:
    return "".join(UNSEEN.sub("", text).split())
