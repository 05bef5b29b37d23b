"""Votes: what customers say of the bot's answers, whether one helped. One for each answer; it may be changed.

A vote is the press of a button under the answer, whose action names it.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from core.conversations import Message
from core.database import Base, table_of
from core.languages import ReplyLanguage
from core.messages import VOTE, Author, Button
from handoff.gaps.noting import note_message
from handoff.gaps.tables import Why

_CHOICES = {"yes": True, "no": False}
_LABELS: dict[ReplyLanguage, dict[str, str]] = {
    "zh": {"yes": "👍 有帮助", "no": "👎 没帮上忙"},
    "en": {"yes": "👍 Helpful", "no": "👎 Not helpful"},
}


class AnswerVote(Base):
    """What was said last of an answer."""

    __tablename__ = "answer_votes"

    message_id: Mapped[UUID] = mapped_column(ForeignKey("messages.id"), primary_key=True)  # the answer
    entry: Mapped[str]  # that it was taken from; of several the last
    version: Mapped[int | None]  # of the knowledge base that it was taken from
    helpful: Mapped[bool]
    at: Mapped[datetime]


@dataclass(frozen=True, kw_only=True)
class Vote:
    """What a customer says of an answer now, and what they said of it `before`."""

    message_id: UUID
    question_id: UUID | None  # the message that was answered
    entry: str
    version: int | None
    helpful: bool
    before: bool | None

    @property
    def is_new(self) -> bool:
        """Whether it was not said already."""
        return self.before is not self.helpful

    def to_fact(self) -> dict[str, Any]:
        """As the message by which it was given tells it."""
        return {"entry": self.entry, "helpful": self.helpful, "voted_before": self.before}


def vote_buttons(message_id: UUID, language: ReplyLanguage) -> tuple[Button, ...]:
    """The two under an answer."""
    labels = _LABELS[language]
    return tuple(Button(action=f"{VOTE}{message_id}:{choice}", label=labels[choice]) for choice in labels)


async def find_vote(session: AsyncSession, conversation_id: UUID, action: str) -> Vote | None:
    """What the press of that button says; None where it names no answer of this conversation."""
    named, _, choice = action.removeprefix(VOTE).partition(":")
    try:
        message_id = UUID(named)
    except ValueError:
        return None
    if choice not in _CHOICES:
        return None
    query = (
        select(Message, AnswerVote.helpful)
        .outerjoin(AnswerVote, AnswerVote.message_id == Message.id)
        .where(
            Message.id == message_id,
            Message.conversation_id == conversation_id,
            Message.author == Author.BOT,
            Message.entry.is_not(None),
        )
    )
    found = (await session.execute(query)).one_or_none()
    if found is None:
        return None
    answer, before = found
    return Vote(
        message_id=message_id,
        question_id=answer.reply_to,
        entry=[answer.entry, *answer.facts.get("entries", ())][-1],
        version=answer.facts.get("version"),
        helpful=_CHOICES[choice],
        before=before,
    )


async def keep_vote(session: AsyncSession, vote: Vote, *, at: datetime) -> None:
    """Take it down, in the place of what was said before. A question whose answer was no help is one of a gap."""
    make = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    said = {"version": vote.version, "helpful": vote.helpful, "at": at}
    statement = make(table_of(AnswerVote)).values(message_id=vote.message_id, entry=vote.entry, **said)
    await session.execute(statement.on_conflict_do_update(index_elements=["message_id"], set_=said))
    if not vote.helpful and vote.question_id is not None:
        await note_message(session, vote.question_id, Why.UNHELPFUL, at=at, answered=vote.entry)
