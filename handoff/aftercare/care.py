"""Planned care visits (回访计划): with consent, in working hours, seldom, and each once; who has enough says so, for good."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

import structlog
from sqlalchemy import ForeignKey, Index, Select, UniqueConstraint, and_, exists, extract, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from core.conversations import Conversation, Draft, Message, lock_conversation
from core.customers import Customer, lock_customer
from core.database import Base
from core.errors import NotFound
from core.ids import new_id
from core.languages import ReplyLanguage
from core.messages import Author, Button, Spoken
from handoff.aftercare import texts as aftercare
from handoff.aftercare.customer_dates import CustomerDate, opt_out
from handoff.aftercare.occasions import LATE, DateKind, Plan, find_occasion, list_birthdays, list_days
from handoff.cases import Cases
from handoff.life import OPEN_STATES
from handoff.questions import Answered, Pressed, Question, put_question
from handoff.settings import DeskSettings
from handoff.tickets import Ticket
from nlu.knowledge.entries import HUMAN

log = structlog.get_logger(__name__)

PREFIX = "care"
STOP = f"{PREFIX}:stop"  # the action of the button against more visits
LOOK = timedelta(minutes=5)  # between looks for whom to visit
QUIET = timedelta(minutes=30)  # who has just talked with us is not interrupted
MAX_NAME = 50  # characters of a name in a text


class CareVisit(Base):
    """A visit that was made. Unique, so that none is made twice, by whichever of several clocks."""

    __tablename__ = "care_visits"
    __table_args__ = (
        UniqueConstraint("customer_id", "plan", "occasion"),
        Index("ix_care_visits_customer_id_sent_at", "customer_id", "sent_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    customer_id: Mapped[UUID] = mapped_column(ForeignKey("customers.id"))
    conversation_id: Mapped[UUID] = mapped_column(ForeignKey("conversations.id"))
    plan: Mapped[str]
    occasion: Mapped[str]  # its day
    sent_at: Mapped[datetime]


@dataclass(frozen=True, kw_only=True)
class _Due:
    """A visit that may be made today."""

    date_id: UUID
    customer_id: UUID
    plan: str
    occasion: str


class Care:
    """Makes the visits that are due. `step()` is one look, for `core.workers.work_forever`."""

    def __init__(self, cases: Cases) -> None:
        self._cases = cases
        self._next_look: datetime | None = None

    async def step(self) -> bool:
        """Look now and then; nothing more to do at once, ever."""
        now = self._cases.clock()
        if self._next_look is None or now >= self._next_look:
            self._next_look = now + LOOK
            await send_due_care(self._cases, now=now)
        return False


async def send_due_care(cases: Cases, *, now: datetime) -> int:
    """Make every visit that may be made now; returns how many."""
    settings = cases.settings
    if not settings.care.plans or not settings.calendar.is_open(now):
        return 0
    async with cases.database.read() as session:
        due = await _list_due(session, settings, now=now)
    made = 0
    for each in due:
        try:
            made += await _visit(cases, each, now=now)
        except NotFound:
            log.info("care.customer_gone", plan=each.plan)  # was erased at this very moment
    return made


async def _list_due(
    session: AsyncSession, settings: DeskSettings, *, now: datetime, date_id: UUID | None = None
) -> list[_Due]:
    """Who may be visited now, for which occasion; with `date_id` only for that date."""
    today = now.astimezone(settings.calendar.zone).date()
    found = []
    for name, plan in settings.care.plans.items():
        query = _may_be_visited(plan, today, settings, now=now)
        if date_id is not None:
            query = query.where(CustomerDate.id == date_id)
        for row_id, customer_id, day in await session.execute(query):
            occasion = find_occasion(plan, day, today) if day else None
            if occasion is not None:
                due = _Due(date_id=row_id, customer_id=customer_id, plan=name, occasion=occasion.isoformat())
                found.append(due)
    made = await _list_made(session, settings.care.plans, since=now - LATE - timedelta(days=2))
    return [each for each in found if (each.customer_id, each.plan, each.occasion) not in made]


def _may_be_visited(
    plan: Plan, today: date, settings: DeskSettings, *, now: datetime
) -> Select[UUID, UUID, date | None]:
    """Dates of customers who consent, have nothing open, and were not visited lately."""
    has_open = exists().where(Ticket.customer_id == CustomerDate.customer_id, Ticket.state.in_(OPEN_STATES))
    visited = exists().where(
        CareVisit.customer_id == CustomerDate.customer_id, CareVisit.sent_at > now - settings.care.every
    )
    if plan.kind is DateKind.BIRTHDAY:
        fits = or_(
            *(
                and_(extract("month", CustomerDate.day) == month, extract("day", CustomerDate.day) == number)
                for month, number in list_birthdays(today)
            )
        )
    else:
        fits = CustomerDate.day.in_(list_days(plan, today))
    return select(CustomerDate.id, CustomerDate.customer_id, CustomerDate.day).where(
        CustomerDate.kind == plan.kind,
        fits,
        CustomerDate.consent_at.is_not(None),
        CustomerDate.opted_out_at.is_(None),
        ~has_open,
        ~visited,
    )


async def _list_made(
    session: AsyncSession, plans: Iterable[str], *, since: datetime
) -> set[tuple[UUID, str, str]]:
    query = select(CareVisit.customer_id, CareVisit.plan, CareVisit.occasion).where(
        CareVisit.plan.in_(list(plans)), CareVisit.sent_at >= since
    )
    return {(customer_id, plan, occasion) for customer_id, plan, occasion in await session.execute(query)}


async def _visit(cases: Cases, due: _Due, *, now: datetime) -> bool:
    """Make a visit, if after a second look under the locks it may still be made."""
    async with cases.posting() as (session, posting):
        conversation_id = await _find_newest(session, due.customer_id, quiet_since=now - QUIET)
        if conversation_id is None:
            return False
        conversation = await lock_conversation(session, conversation_id)
        customer = await lock_customer(session, due.customer_id)
        settings = cases.settings
        still = await _list_due(session, settings, now=now, date_id=due.date_id)
        if customer is None or due not in still:
            return False
        language: ReplyLanguage = "en" if conversation.language == "en" else "zh"
        buttons = (
            Button(action=STOP, label=aftercare.STOP[language]),
            Button(action=HUMAN, label=aftercare.PERSON[language]),
        )
        session.add(
            CareVisit(
                id=new_id(),
                customer_id=due.customer_id,
                conversation_id=conversation.id,
                plan=due.plan,
                occasion=due.occasion,
                sent_at=now,
            )
        )
        await session.flush()
        text = _text(settings.care.plans[due.plan], customer, language)
        draft = Draft(author=Author.SYSTEM, text=text, buttons=buttons, at=now)
        posting.add(conversation, [draft], now=now)
        put_question(conversation, Question(at=now.timestamp(), buttons=buttons))
    return True


async def _find_newest(session: AsyncSession, customer_id: UUID, *, quiet_since: datetime) -> UUID | None:
    """Where the customer and we wrote last; None while they still do, or never have."""
    query = (
        select(Conversation.id, Message.at)
        .join(Message, and_(Message.conversation_id == Conversation.id, Message.seq == Conversation.last_seq))
        .where(Conversation.customer_id == customer_id, Conversation.channel.not_in(list(Spoken)))
        .order_by(Message.at.desc(), Message.id.desc())
        .limit(1)
    )
    newest = (await session.execute(query)).one_or_none()
    return None if newest is None or newest.at > quiet_since else newest.id


def _text(plan: Plan, customer: Customer, language: ReplyLanguage) -> str:
    name = " ".join((customer.name or "").split())[:MAX_NAME]
    return plan.texts[language].replace("{name}", name or aftercare.UNNAMED[language])


async def press(pressed: Pressed) -> Answered | None:
    """The only button is the one against more visits; pressed again, it says the same again."""
    if pressed.action != STOP:
        return None
    await opt_out(pressed.session, pressed.conversation.customer_id, now=pressed.now)
    return Answered(text=aftercare.stopped(pressed.language))
