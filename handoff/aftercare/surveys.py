"""Surveys: when a ticket is resolved its customer is asked whether it is, how it was, and why.

What may be asked, and what follows an answer, is pure; `handoff.aftercare.survey_answers` does it.
"""

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ForeignKey, Index, UniqueConstraint, func, select
from sqlalchemy.orm import Mapped, mapped_column

from core.customers import lock_customer
from core.database import Base
from core.ids import new_id
from core.messages import Button
from handoff.aftercare import texts as aftercare
from handoff.cases import Case
from handoff.kinds import TicketKind

PREFIX = "survey"
ANSWERABLE = timedelta(days=30)  # after it was sent
MAX_COMMENT = 2_000  # characters


class SurveyKind(StrEnum):
    """What is asked when it is solved."""

    CSAT = "csat"  # how content, 1 to 5
    NPS = "nps"  # how likely to recommend us, 0 to 10


SCALE = {SurveyKind.CSAT: range(1, 6), SurveyKind.NPS: range(11)}
LOW = {SurveyKind.CSAT: 2, SurveyKind.NPS: 6}  # up to here somebody looks at it


class Survey(Base):
    """A survey of one resolution, and what the customer has answered so far."""

    __tablename__ = "surveys"
    __table_args__ = (
        UniqueConstraint("ticket_id", "episode"),
        Index("ix_surveys_customer_id_sent_at", "customer_id", "sent_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    ticket_id: Mapped[UUID] = mapped_column(ForeignKey("tickets.id"))
    episode: Mapped[int]
    customer_id: Mapped[UUID] = mapped_column(ForeignKey("customers.id"))
    conversation_id: Mapped[UUID] = mapped_column(ForeignKey("conversations.id"))
    kind: Mapped[str]
    sent_at: Mapped[datetime]
    solved: Mapped[bool | None]
    score: Mapped[int | None]
    comment: Mapped[str | None]
    answered_at: Mapped[datetime | None]  # the first time

    @property
    def answers(self) -> "Answers":
        """What was answered so far."""
        return Answers(kind=SurveyKind(self.kind), solved=self.solved, score=self.score, comment=self.comment)


# --- What may be asked, and what follows --------------------------------------------------------------------


def is_due(last_sent_at: datetime | None, *, every: timedelta, now: datetime) -> bool:
    """Whether a customer who was asked last then, on whatever channel, may be asked again."""
    return last_sent_at is None or now - last_sent_at >= every


def choose_kind(ticket_id: UUID, nps_share: float) -> SurveyKind:
    """By the ticket's id alone: nobody chooses whom to ask, and it can be told afterwards."""
    drawn = int.from_bytes(hashlib.sha256(ticket_id.bytes).digest()[:8], "big") / 2**64
    return SurveyKind.NPS if drawn < nps_share else SurveyKind.CSAT


@dataclass(frozen=True, kw_only=True)
class Answers:
    """What a customer has answered so far."""

    kind: SurveyKind
    solved: bool | None = None
    score: int | None = None
    comment: str | None = None


class Next(StrEnum):
    """What follows an answer."""

    SCORE = "score"  # it is asked for
    COMMENT = "comment"
    THANKS = "thanks"
    REOPEN = "reopen"  # the ticket, since it is not solved
    OPEN = "open"  # it is open again already
    KNOWN = "known"  # this was answered before, and stays


def follow(answers: Answers, choice: str, value: str = "", *, is_open: bool) -> tuple[Answers, Next] | None:
    """The answers after this one, and what follows; `is_open` is the ticket. None for what was never offered."""
    match choice:
        case "solved" | "not_solved":
            is_solved = choice == "solved"
            if is_open:
                return (answers if is_solved else replace(answers, solved=False)), Next.OPEN
            if not is_solved:
                return replace(answers, solved=False), Next.REOPEN
            if answers.score is not None:
                return answers, Next.KNOWN
            return replace(answers, solved=True), Next.SCORE
        case "score" if value.isdecimal() and int(value) in SCALE[answers.kind]:
            if is_open:
                return answers, Next.OPEN
            if answers.score is not None or not answers.solved:
                return answers, Next.KNOWN
            return replace(answers, score=int(value)), Next.COMMENT
        case "skip" | "comment" if answers.score is not None:
            if answers.comment is not None:
                return answers, Next.KNOWN
            said = value.strip()[:MAX_COMMENT] if choice == "comment" else ""
            return replace(answers, comment=said or None), Next.THANKS
    return None


def is_low(answers: Answers) -> bool:
    """Whether the score is so low that somebody has to look at it."""
    return answers.score is not None and answers.score <= LOW[answers.kind]


def action(survey: Survey, *choice: object) -> str:
    """The action of a button."""
    return ":".join(map(str, (PREFIX, survey.id, *choice)))


# --- Asking -------------------------------------------------------------------------------------------------


async def ask_if_solved(case: Case, *, agent: str) -> bool:
    """Say that the agent has resolved the ticket, and ask whether it is; False if this customer may not be asked."""
    ticket, settings = case.ticket, case.settings.surveys
    if case.is_spoken or TicketKind(ticket.kind) in settings.skip:
        return False
    await lock_customer(case.session, ticket.customer_id)  # one resolution at a time, of all channels
    last = await case.session.scalar(
        select(func.max(Survey.sent_at)).where(Survey.customer_id == ticket.customer_id)
    )
    if not is_due(last, every=settings.every, now=case.now):
        return False
    survey = Survey(
        id=new_id(),
        ticket_id=ticket.id,
        episode=ticket.episode,
        customer_id=ticket.customer_id,
        conversation_id=ticket.conversation_id,
        kind=choose_kind(ticket.id, settings.nps_share),
        sent_at=case.now,
    )
    case.session.add(survey)
    await case.session.flush()
    labels = aftercare.SOLVED[case.language]
    case.tell(
        aftercare.is_it_solved(case.language, number=ticket.number, agent=agent),
        buttons=tuple(Button(action=action(survey, each), label=labels[each]) for each in labels),
    )
    return True
