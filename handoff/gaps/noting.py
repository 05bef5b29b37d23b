"""Note that a customer's message was served badly, in the transaction that finds it out: so none is missed."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from core.conversations import Message
from core.database import table_of
from core.messages import Author, Kind
from handoff.gaps.tables import GapMessage, Why
from handoff.kinds import TicketKind
from handoff.tickets import Ticket

LOOKED_BACK = 20  # messages before a ticket was opened, among which is what it was opened about


async def note_message(
    session: AsyncSession, message_id: UUID, why: Why, *, at: datetime, answered: str | None = None
) -> None:
    """This message, which is written already; what was noted of it before stays. `answered` is the entry that was no help."""
    make = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    row = {"message_id": message_id, "why": why, "at": at, "answered": answered}
    await session.execute(make(table_of(GapMessage)).values(**row).on_conflict_do_nothing())


async def note_answered_before(session: AsyncSession, message_id: UUID, why: Why, *, at: datetime) -> None:
    """The question that the bot has answered last before this message."""
    message = await session.get_one(Message, message_id)
    answer = (
        await session.execute(
            select(Message.reply_to, Message.entry)
            .where(
                Message.conversation_id == message.conversation_id,
                Message.seq < message.seq,
                Message.author == Author.BOT,
                Message.entry.is_not(None),
            )
            .order_by(Message.seq.desc())
            .limit(1)
        )
    ).one_or_none()
    if answer is not None and answer.reply_to is not None:
        await note_message(session, answer.reply_to, why, at=at, answered=answer.entry)


async def note_ticket_question(session: AsyncSession, ticket: Ticket, why: Why, *, at: datetime) -> None:
    """The question that an enquiry was opened about; other tickets are no matter of knowledge."""
    if ticket.kind != TicketKind.ENQUIRY:
        return
    before = (
        select(Message)
        .where(Message.conversation_id == ticket.conversation_id, Message.at <= ticket.opened_at)
        .order_by(Message.seq.desc())
        .limit(LOOKED_BACK)
    )
    said = list(await session.scalars(before))
    asked = [each for each in said if each.author == Author.CUSTOMER and each.kind == Kind.TEXT]
    # The last words may only have wished for a person: what the ticket is about was said with its topic.
    about = [each for each in asked if ticket.topic and each.facts.get("intent") == ticket.topic]
    for question in (about or asked)[:1]:
        answers = (each.entry for each in said if each.reply_to == question.id and each.entry)
        await note_message(session, question.id, why, at=at, answered=next(answers, None))
