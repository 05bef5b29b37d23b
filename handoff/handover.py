"""Hand a conversation over from the bot to people, and keep its ticket informed. Callers hold the conversation's lock."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from core.conversations import Conversation, Draft, Message, Owner
from core.customers import Customer
from core.languages import ReplyLanguage
from core.messages import Author, Kind
from handoff.agents import Agent
from handoff.alerts import page_managers
from handoff.kinds import Priority, Reason
from handoff.life import OPEN_STATES, EventKind, TicketState
from handoff.persons.evidence import keep_reaches
from handoff.settings import DeskSettings
from handoff.tickets import Ticket, open_ticket, record
from handoff.topics import Near, near_to_data, nearest

SUMMARY_MESSAGES = 40  # how far back the summary looks
QUESTIONS = 5  # the last ones are named
PREVIEW = 300  # characters of each


Said = Message | Draft  # an entry of the record, or one that is about to be


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
    near: Sequence[Near] = (),
) -> Ticket:
    """Open a ticket and give the conversation to people: what the bot had queued is not sent any more.

    `unwritten` are the messages of this turn so far: they are not in the record yet. `entry` is the one for which
    people are needed, `collected` what the customer has given for it, and `queue` where it wants them. `near` is what the
    last message asks for; without it the messages before it are looked at.
    """
    story = find_story([*await _recent(session, conversation), *unwritten])
    summary = summarise(story)
    began = next((message.at for message in story if message.author == Author.CUSTOMER), now)
    facts: dict[str, Any] = {"asked_at": began.isoformat()}
    if asked := near_to_data(near or _near_before(story)):
        facts["near"] = asked
    if entry:
        facts["entry"] = entry
    if collected:
        summary["collected"] = facts["collected"] = dict(collected)
    chosen = settings.queue_for(reason, queue)
    ticket = await open_ticket(
        session,
        conversation_id=conversation.id,
        customer_id=conversation.customer_id,
        queue=chosen,
        reason=reason,
        tier=await session.scalar(select(Customer.tier).where(Customer.id == conversation.customer_id)),
        language=language,
        first_owner_id=await _find_duty_owner(session, settings.queue(chosen).owner),
        summary=summary,
        settings=settings,
        now=now,
        **facts,
    )
    if collected:
        await keep_reaches(session, ticket.customer_id, collected, region=settings.region, now=now)
    if ticket.priority == Priority.URGENT:
        await page_managers(session, ticket, settings=settings, now=now)
    conversation.owner = Owner.HUMAN
    conversation.epoch += 1
    return ticket


async def find_open_ticket(session: AsyncSession, conversation: Conversation) -> Ticket | None:
    """The conversation's open ticket, if there is one."""
    return await session.scalar(
        select(Ticket).where(Ticket.conversation_id == conversation.id, Ticket.state.in_(OPEN_STATES))
    )


async def customer_wrote(
    session: AsyncSession,
    ticket: Ticket,
    *,
    message_id: Any,
    urgent: bool,
    settings: DeskSettings,
    now: datetime,
    near: Sequence[Near] = (),
    **facts: Any,
) -> bool:
    """Record that the customer wrote to an open ticket; True if nobody has taken it yet. `facts` go into its history."""
    kind, facts = EventKind.CUSTOMER_WROTE, facts | ({"near": near_to_data(near)} if near else {})
    await record(session, ticket, kind, settings=settings, at=now, message_id=str(message_id), **facts)
    tier = await session.scalar(select(Customer.tier).where(Customer.id == ticket.customer_id))
    if tier != ticket.tier:
        await record(session, ticket, EventKind.RETIERED, settings=settings, at=now, tier=tier)
    if urgent and ticket.priority != Priority.URGENT:
        await record(session, ticket, EventKind.RAISED, settings=settings, at=now)
        await page_managers(session, ticket, settings=settings, now=now)
    return ticket.state == TicketState.NEW


async def _find_duty_owner(session: AsyncSession, username: str | None) -> UUID | None:
    """Who answers for what nobody has been asked yet; without one, whoever is asked first does."""
    if username is None:
        return None
    return await session.scalar(select(Agent.id).where(Agent.username == username, Agent.left_at.is_(None)))


def find_story(messages: Sequence[Said]) -> Sequence[Said]:
    """What a ticket is about, oldest first: what came after the last notice of the desk, which ended the story before it."""
    ends = [place for place, message in enumerate(messages, start=1) if message.author == Author.SYSTEM]
    return messages[ends[-1] :] if ends else messages


def _near_before(story: Sequence[Said]) -> Sequence[Near]:
    """What the customer asked for before the last message, the newest that was understood well enough."""
    for message in reversed(story[:-1]):
        guess = message.facts.get("intent", ""), message.facts.get("confidence", 0.0)
        if message.author == Author.CUSTOMER and (near := nearest([guess])):
            return near
    return ()


def summarise(story: Iterable[Said]) -> dict[str, Any]:
    """What was asked and what the bot tried, oldest first: `{"asked": [text], "tried": [entry id]}`."""
    asked: list[str] = []
    tried: list[str] = []
    for message in story:
        if message.author == Author.CUSTOMER and message.kind != Kind.PRESS:
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
