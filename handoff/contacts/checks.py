"""What an agent fills in of a contact, and what is wrong with it. Pure."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from core.messages import Spoken, storable
from handoff.agents import Agent
from handoff.contacts.reach import read_reach
from handoff.kinds import TicketKind
from handoff.refusals import Objection, Unfit
from handoff.settings import DeskSettings
from handoff.work import check_text

MAX_NAME = 80  # characters
OLDEST = timedelta(days=30)  # what is said to be longer ago is a slip of the pen
AHEAD = timedelta(minutes=2)  # by so much an agent's clock may be ahead of ours
KINDS = tuple(kind for kind in TicketKind if kind is not TicketKind.INCIDENT)  # what a contact may be about


class Then(StrEnum):
    """What is done about a contact."""

    ANSWERED = "answered"  # nothing more: the customer has the answer
    MINE = "mine"  # who logs it follows it up
    QUEUE = "queue"  # whoever of a queue takes it does


@dataclass(frozen=True, kw_only=True)
class NewContact:
    """What an agent fills in. `reach` is a telephone number, an e-mail address, or empty; `at` is now unless given."""

    how: Spoken
    name: str
    reach: str
    kind: TicketKind
    text: str
    then: Then
    queue: str | None = None  # where it goes, if it goes to a queue
    answer: str = ""  # what the agent said
    at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Checked:
    """A contact as it is kept, and who logs it."""

    agent: Agent
    contact: NewContact
    reach: str | None
    at: datetime
    now: datetime
    origin: str | None


def check_contact(
    agent: Agent,
    contact: NewContact,
    *,
    settings: DeskSettings,
    region: str,
    now: datetime,
    origin: str | None,
) -> Checked:
    """The contact as it is kept. Raises `BadInput`."""
    name = " ".join(storable(contact.name).split())[:MAX_NAME]
    reach = read_reach(contact.reach, region=region)
    if not name and reach is None:
        raise Unfit("name", Objection.NO_NAME)
    if contact.then is Then.QUEUE and contact.queue not in settings.queues:
        raise Unfit("then", Objection.NO_QUEUE, queue=contact.queue, queues=", ".join(settings.queues))
    is_answered = contact.then is Then.ANSWERED
    if is_answered and contact.kind is TicketKind.COMPLAINT:
        raise Unfit("then", Objection.ANSWERED_COMPLAINT)
    must_answer = is_answered or contact.answer.strip()
    cleaned = replace(
        contact,
        name=name,
        text=check_text(contact.text),
        answer=check_text(contact.answer, field="answer") if must_answer else "",
    )
    at = check_time(contact.at, now)
    return Checked(agent=agent, contact=cleaned, reach=reach, at=at, now=now, origin=origin)


def check_time(at: datetime | None, now: datetime) -> datetime:
    """When something was; now unless it is given. Raises `BadInput`."""
    if at is None:
        return now
    if at > now + AHEAD:
        raise Unfit("at", Objection.FUTURE)
    if at < now - OLDEST:
        raise Unfit("at", Objection.LONG_AGO, days=OLDEST.days)
    return min(at, now)
