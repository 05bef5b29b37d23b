"""The tables of gaps: questions that the bot has no right answer to, and the customers' messages that asked them.

No text stands here: what a gap is called is read from its messages, so that what is erased there is gone here, too.
"""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base


class GapState(StrEnum):
    """Whether somebody has to look at it."""

    OPEN = "open"
    DONE = "done"


class Ended(StrEnum):
    """Why a gap is done."""

    ANSWERED = (
        "answered"  # the live version answers its messages: it is open again when more are served badly
    )
    OUT_OF_SCOPE = "out_of_scope"  # the bot shall not answer them; more of them change nothing
    DISMISSED = "dismissed"  # there is no gap; more of them change nothing


class Why(StrEnum):
    """How a message was served badly."""

    MISSED = "missed"  # the bot was not sure enough: it asked back, or got a person
    REJECTED = "rejected"  # the customer said that the answer was not what they asked for
    UNHELPFUL = "unhelpful"  # the customer's vote on the answer: it did not help
    HANDED_OVER = "handed_over"  # after the answer the customer wanted a person, or complained
    REOPENED = "reopened"  # its ticket was opened again
    DISLIKED = "disliked"  # its ticket's survey: not solved, or a low score


class Gap(Base):
    """A kind of question. `due_on` is in the shop's time zone."""

    __tablename__ = "gaps"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    language: Mapped[str]
    state: Mapped[str] = mapped_column(default=GapState.OPEN)
    created_at: Mapped[datetime]
    last_at: Mapped[datetime]  # of its newest message
    assignee_id: Mapped[UUID | None] = mapped_column(ForeignKey("agents.id"))
    due_on: Mapped[date | None]
    entry: Mapped[str | None]  # that somebody has made of it, or added it to
    ended: Mapped[str | None]
    ended_at: Mapped[datetime | None]
    version: Mapped[int | None]  # of the knowledge base, that answers it
    reopened_at: Mapped[datetime | None]


class GapMessage(Base):
    """A customer's message that was served badly; without a gap until it is sorted."""

    __tablename__ = "gap_messages"
    __table_args__ = (Index("ix_gap_messages_gap_id_at", "gap_id", "at"),)

    message_id: Mapped[UUID] = mapped_column(ForeignKey("messages.id"), primary_key=True)
    gap_id: Mapped[UUID | None] = mapped_column(ForeignKey("gaps.id"))
    why: Mapped[str]
    at: Mapped[datetime]  # when it was found out
    answered: Mapped[str | None]  # the entry that was no help
