"""Save as FAQ: what an agent answered becomes an entry in the draft of the knowledge base. An admin publishes it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from core.amending import find_standing
from core.conversations import Message
from core.database import Database
from core.errors import NotFound
from core.languages import ReplyLanguage
from core.masking import HOME_REGION
from core.messages import Author, Kind, storable
from handoff.impersonal import make_impersonal
from handoff.persons.records import read_all_names
from handoff.refusals import Objection, Unfit
from handoff.tickets import Ticket
from nlu.knowledge.editing import add_entry

MOST_TITLE = 60  # characters; it stands on buttons
MOST_QUESTION = 300
MOST_ANSWER = 3_000


@dataclass(frozen=True, kw_only=True)
class FaqText:
    """A question in one language: its title, how it is asked, what is answered."""

    title: str
    question: str
    answer: str


@dataclass(frozen=True, kw_only=True)
class Faq:
    """What is to be saved. `other` is the same in the other language, as far as somebody has written it."""

    language: ReplyLanguage
    said: FaqText
    other: FaqText


@dataclass(frozen=True, kw_only=True)
class Exchange:
    """A question and an answer from a ticket, without whom they were about; to be looked at before they are saved."""

    language: ReplyLanguage
    question: str
    answer: str


async def find_exchange(
    session: AsyncSession, ticket_id: UUID, message_id: UUID, *, region: str = HOME_REGION
) -> Exchange:
    """An agent's message, as it stands, and what the customer had asked last before it. Raises `NotFound`."""
    message = await session.get(Message, message_id)
    ticket = await session.get(Ticket, ticket_id)
    if message is None or ticket is None or message.conversation_id != ticket.conversation_id:
        raise NotFound("message", message_id)
    stands = (await find_standing(session, [message])).get(message_id)
    if message.author != Author.AGENT or stands is None or stands.is_withdrawn:
        raise NotFound("answer of an agent", message_id)
    return await make_exchange(session, ticket, stands.text, before=message.seq, region=region)


async def make_exchange(
    session: AsyncSession,
    ticket: Ticket,
    answer: str,
    *,
    before: int | None = None,
    region: str = HOME_REGION,
) -> Exchange:
    """An answer, and what the customer of the ticket had asked last before it; without `before` before now."""
    asked = (
        select(Message.text)
        .where(
            Message.conversation_id == ticket.conversation_id,
            Message.author == Author.CUSTOMER,
            Message.kind.in_((Kind.TEXT, Kind.EDIT)),
            *([Message.seq < before] if before is not None else []),
        )
        .order_by(Message.seq.desc())
        .limit(1)
    )
    names = await read_all_names(session, [ticket.customer_id])
    question, said = (
        make_impersonal(text.strip(), names=names.get(ticket.customer_id, ()), region=region)
        for text in (await session.scalar(asked) or "", answer)
    )
    return Exchange(
        language="en" if ticket.language == "en" else "zh",
        question=" ".join(question.split())[:MOST_QUESTION],
        answer=said[:MOST_ANSWER],
    )


async def save_faq(database: Database, faq: Faq, *, by: str, now: datetime) -> str:
    """Add it to the draft; the new entry's id. Raises `BadInput`, and `NotAllowed` where there is no draft.

    What is not written in the other language is taken over as it is: `shouwen kb check` tells an admin to translate it.
    """
    said = FaqText(
        title=_check("title", faq.said.title, most=MOST_TITLE),
        question=_check("question", faq.said.question, most=MOST_QUESTION),
        answer=_check("answer", faq.said.answer, most=MOST_ANSWER),
    )
    other = FaqText(
        title=clean(faq.other.title)[:MOST_TITLE] or said.title,
        question=clean(faq.other.question)[:MOST_QUESTION] or said.question,
        answer=clean(faq.other.answer)[:MOST_ANSWER] or said.answer,
    )
    both = {"zh": said, "en": other} if faq.language == "zh" else {"zh": other, "en": said}
    async with database.write() as session:
        return await add_entry(
            session,
            title={language: each.title for language, each in both.items()},
            phrasings={language: [each.question] for language, each in both.items()},
            answers={language: each.answer for language, each in both.items()},
            named=said.title,
            by=by,
            now=now,
        )


def _check(field: str, text: str, *, most: int) -> str:
    text = clean(text)
    if not text:
        raise Unfit(field, Objection.NO_TEXT)
    if len(text) > most:
        raise Unfit(field, Objection.LONG_TEXT, count=len(text), most=most)
    return text


def clean(text: str) -> str:
    """Without what a knowledge base refuses, since nobody sees it: control characters and the like."""
    kept = (
        character
        for character in storable(text)
        if character in "\n\t" or character.isprintable() or character == "\u3000"
    )
    return "".join(kept).strip()
