"""Hand a conversation over from the bot to people, and keep its ticket informed. Callers hold the conversation's lock."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from core.conversations import Conversation, Draft, Message, Owner
from core.languages import ReplyLanguage
from core.messages import Author, Kind
from handoff.calendar import WorkingCalendar
from handoff.life import OPEN_STATES, EventKind, TicketState
from handoff.tickets import Reason, Ticket, open_ticket, raise_ticket, record

SUMMARY_MESSAGES = 40  # how far back the summary looks
QUESTIONS = 5  # the last ones are named
PREVIEW = 300  # characters of each


Said = Message | Draft  # an entry of the record, or one that is about to be


@dataclass(frozen=True, kw_only=True)
class DeskSettings:
    """How tickets find their queue, and when people are there."""

    calendar: WorkingCalendar
    queues: Mapping[str, Mapping[ReplyLanguage, str]]  # id and title of each queue
    routes: Mapping[Reason, str]  # queue by reason; others go to the default queue
    default_queue: str

    def queue_for(self, reason: Reason, named: str | None = None) -> str:
        """The queue that an entry names, if there is such a one; else the one for the reason."""
        if named is not None and named in self.queues:
            return named
        return self.routes.get(reason, self.default_queue)


async def hand_over(
    session: AsyncSession,
    conversation: Conversation,
    reason: Reason,
    *,
    settings: DeskSettings,
    language: ReplyLanguage,
    unwritten: Sequence[Draft],
    now: datetime,
    queue: str | None = None,
    entry: str | None = None,
    collected: Mapping[str, str] | None = None,
) -> Ticket:
    """Open a ticket and give the conversation to people: what the bot had queued is not sent any more.

    `unwritten` are the messages of this turn so far: they are not in the record yet. `entry` is the one for which
    people are needed, `collected` what the customer has given for it, and `queue` where it wants them.
    """
    summary = summarise([*await _recent(session, conversation), *unwritten])
    facts: dict[str, Any] = {"entry": entry} if entry else {}
    if collected:
        summary["collected"] = facts["collected"] = dict(collected)
    ticket = await open_ticket(
        session,
        conversation_id=conversation.id,
        customer_id=conversation.customer_id,
        queue=settings.queue_for(reason, queue),
        reason=reason,
        language=language,
        summary=summary,
        now=now,
        **facts,
    )
    conversation.owner = Owner.HUMAN
    conversation.epoch += 1
    return ticket


async def find_open_ticket(session: AsyncSession, conversation: Conversation) -> Ticket | None:
    """The conversation's open ticket, if there is one."""
    return await session.scalar(
        select(Ticket).where(Ticket.conversation_id == conversation.id, Ticket.state.in_(OPEN_STATES))
    )


async def customer_wrote(
    session: AsyncSession, ticket: Ticket, *, message_id: Any, urgent: bool, now: datetime
) -> bool:
    """Record that the customer wrote to an open ticket; True if nobody has taken it yet."""
    await record(session, ticket, EventKind.CUSTOMER_WROTE, at=now, message_id=str(message_id))
    if urgent:
        await raise_ticket(session, ticket, now=now)
    return ticket.state == TicketState.NEW


def summarise(messages: Iterable[Said]) -> dict[str, Any]:
    """What was asked and what the bot tried, oldest first: `{"asked": [text], "tried": [entry id]}`.

    A notice of the desk (a ticket was resolved) ends the story before it: only what came after counts.
    """
    asked: list[str] = []
    tried: list[str] = []
    for message in messages:
        if message.author == Author.SYSTEM:
            asked, tried = [], []
        elif message.author == Author.CUSTOMER and message.kind != Kind.PRESS:
            asked.append(message.text[:PREVIEW] or f"[{message.kind}]")
        elif message.entry:
            answered = message.facts.get("entries", [message.entry])
            tried += [entry for entry in answered if entry not in tried]
    return {"asked": asked[-QUESTIONS:], "tried": tried}


async def _recent(session: AsyncSession, conversation: Conversation) -> list[Message]:
    query = (
        select(Message)
        .where(Message.conversation_id == conversation.id)
        .order_by(Message.seq.desc())
        .limit(SUMMARY_MESSAGES)
    )
    return list(await session.scalars(query))[::-1]
