"""Erase a customer: what they said, and who they are, is removed from every table; rows stay, so that counts do.

`ticket_events` are append-only, and versions of the knowledge base never change: this is the one exception. See
docs/decisions/0008.
"""

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Table, bindparam, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from core.changes import ConversationChange
from core.conversations import Conversation, Message
from core.customers import Customer, Identity
from core.database import table_of
from core.errors import NotAllowed
from core.files import File
from core.ids import new_id
from core.inbox import InboxRow
from core.messages import Author, Kind
from core.outbox import DeliveryState, OutboxRow
from core.persons import belongs_to, lock_persons, tables_of_persons
from handoff.aftercare.care import CareVisit
from handoff.aftercare.customer_dates import CustomerDate
from handoff.aftercare.surveys import Survey
from handoff.alerts import Alert, AlertDelivery, AlertRecipient
from handoff.complaints.corrective_actions import CorrectiveAction
from handoff.complaints.records import Complaint
from handoff.contacts.records import Contact
from handoff.deadlines import Deadline
from handoff.desk.threads import SlackThread
from handoff.gaps.tables import GapMessage
from handoff.life import OPEN_STATES
from handoff.persons.records import CustomerMerge, CustomerNote, CustomerReach, find_family
from handoff.reporting.tables import ReportSession, SessionFact, TicketChange, TicketFact
from handoff.seen import SeenMark
from handoff.tags import CustomerTag
from handoff.tickets import Ticket, TicketEvent
from handoff.votes import AnswerVote
from nlu.knowledge.forgetting import Forgotten, forget

GONE = "erased:"  # how an address or an external id begins whose person was erased

# Of an event's data and a message's facts: what says nothing of the person. All else goes, of kinds to come too.
NAMES = {"category", "entry", "entries", "queue", "intent", "standard", "deadline", "channel", "language"}
CODES = {
    *(
        "reason",
        "kind",
        "ticket_kind",
        "why",
        "promise",
        "incident",
        "state",
        "cause",
        "party",
        "outcome",
        "how",
        "solved",
        "survey",
        "level",
        "family",
        "guard",
        "episode",
        "near",
        "probability",
        "no_help",
        "votes",
        "helpful",
        "voted_before",
        "version",
    ),
    *(
        "message_id",
        "amendment",
        "ticket_id",
        "to",
        "left",
        "from",
        "by",
        "sender",
        "assignee",
        "first_owner",
        "owner",
        "clock",
        "action",
    ),
    *(
        "due",
        "due_at",
        "asked_at",
        "at",
        "since",
        "until",
        "decision",
        "confidence",
        "score",
        "answer_at",
        "seconds",
        "tried",
    ),
}
_CODE = re.compile(
    r"[a-z]{1,40}(?:_[a-z]{1,40})*"
    r"|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
    r"|\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)?)?"
)

Change = Callable[[Any], Any]


@dataclass(frozen=True, kw_only=True)
class Erased:
    """What was erased, and where the knowledge base had the person's words."""

    customers: int
    conversations: int
    messages: int
    tickets: int
    forgotten: Forgotten


class StillOpen(NotAllowed):
    """A ticket of theirs is open."""

    def __init__(self, number: str) -> None:
        super().__init__(
            f"ticket {number} is open: an agent needs it to answer. Resolve it at the desk, then erase again"
        )
        self.number = number


def keep_codes(data: Mapping[str, Any]) -> dict[str, Any]:
    """What of an event's data, or of a message's facts, says nothing of a person."""
    free = {"reason"} if "guard" in data else set()  # why an agent insisted, in the agent's own words
    kept: dict[str, Any] = {}
    for key, value in data.items():
        if key in NAMES | CODES and key not in free and _is_harmless(key, value):
            kept[key] = (
                [keep_codes(each) if isinstance(each, dict) else each for each in value]
                if isinstance(value, list)
                else value
            )
    return kept


def _is_harmless(key: str, value: Any) -> bool:
    match value:
        case None | bool() | int() | float():
            return True
        case str():
            return key in NAMES or _CODE.fullmatch(value) is not None
        case list():
            return all(isinstance(each, dict) or _is_harmless(key, each) for each in value)
        case _:
            return False


def _always(value: Any) -> Change:
    return lambda _: value


_LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


def _something_else(_: Any) -> str:
    return f"{GONE}{new_id()}"


# What is erased of a row. A table that leads to customers and is not here stops the erasure (and a test).
CHANGES: Mapping[Table, Mapping[str, Change]] = {
    table_of(Customer): {"name": _always(None), "tier": _always(None)},
    table_of(Identity): {"external_id": _something_else},
    table_of(Conversation): {
        "chat": _something_else,
        "state": _always({}),
        "read_seq": _always(0),
        "read_at": _always(None),
    },
    table_of(Message): {
        "text": _always(""),
        "buttons": _always([]),
        "attachments": _always([]),
        "facts": keep_codes,
    },
    table_of(InboxRow): {},
    table_of(File): {},
    table_of(OutboxRow): {
        "chat": _always(GONE),
        "text": _always(""),
        "buttons": _always([]),
        "last_error": _always(None),
        "vendor_ids": _always([]),
        "state": lambda state: DeliveryState.DROPPED if state == DeliveryState.WAITING else state,
    },
    table_of(Ticket): {"summary": _always({}), "told": _always({}), "tier": _always(None)},
    table_of(Deadline): {},
    table_of(Complaint): {"proposal": _always(""), "finding": _always("")},
    table_of(CorrectiveAction): {"text": _always("")},
    table_of(Alert): {"data": keep_codes},
    table_of(AlertRecipient): {},
    table_of(AlertDelivery): {"error": _always(None)},
    table_of(TicketEvent): {"data": keep_codes},
    table_of(Survey): {"comment": _always(None)},
    table_of(CustomerTag): {},
    table_of(CustomerNote): {},
    table_of(CustomerReach): {},
    table_of(CustomerMerge): {},
    table_of(Contact): {"name": _always(None)},
    table_of(CustomerDate): {"day": _always(None), "consent_at": _always(None)},
    table_of(CareVisit): {"occasion": _something_else},
    # Figures hold codes and counts, and stay: see handoff.reporting.
    table_of(ConversationChange): {},
    table_of(TicketChange): {},
    table_of(ReportSession): {},
    table_of(SessionFact): {},
    table_of(TicketFact): {},
    # A gap has no words of its own: see handoff.gaps.
    table_of(GapMessage): {},
    table_of(AnswerVote): {},
    # Of the agents, not of the person.
    table_of(SeenMark): {},
    # Slack is made to forget by the mirror, which this wakes.
    table_of(SlackThread): {
        "erase": _always(True),
        "due_at": _always(_LONG_AGO),
        "awaiting": _always([]),
        "uploads": _always([]),
        "error": _always(None),
    },
}
# Whose rows go as a whole: what the inbox holds is in the messages, and of a tag, a note or a file nothing is left.
DELETED = (
    table_of(InboxRow),
    table_of(CustomerTag),
    table_of(CustomerNote),
    table_of(CustomerReach),
    table_of(CustomerMerge),
    table_of(File),
)
# Texts and JSON that stay. Each of these tables' other ones must be in `CHANGES`: a test asks for a decision.
KEPT: Mapping[Table, Collection[str]] = {
    table_of(Identity): {"channel"},
    table_of(Conversation): {"channel", "language", "owner"},
    table_of(Message): {"author", "author_name", "kind", "entry"},
    table_of(OutboxRow): {"channel", "author"},
    table_of(Ticket): {
        "number",
        "queue",
        "offered_queue",
        "reason",
        "kind",
        "priority",
        "state",
        "language",
        "topic",
        "pauses",
        "stage",
        "category",
    },
    table_of(Complaint): {"stage", "answer", "cause", "outcome"},
    table_of(CorrectiveAction): {"state"},
    table_of(Deadline): {"promise", "tier", "course"},
    table_of(Alert): {"cause", "kind", "promise"},
    table_of(AlertDelivery): {"port"},
    table_of(TicketEvent): {"kind"},
    table_of(Survey): {"kind"},
    table_of(Contact): {"how", "result", "origin"},
    table_of(SlackThread): {"channel", "ts", "card"},
    table_of(CustomerDate): {"kind"},
    table_of(CareVisit): {"plan"},
    table_of(ReportSession): {"channel", "language", "outcome"},
    table_of(SessionFact): {"figure", "key"},
    table_of(TicketFact): {"figure", "key"},
    table_of(GapMessage): {"why", "answered"},
    table_of(AnswerVote): {"entry"},
}


async def erase_customers(session: AsyncSession, customer_ids: Collection[UUID]) -> Erased:
    """Erase them, and whoever was merged with them, in the caller's transaction. Raises `StillOpen`.

    They get new ids, and so do their conversations: what is remembered of the old ones, in a process, in an app or
    in a log, leads nowhere. Who writes again is a new customer. What was still to be sent to them is dropped.
    """
    customer_ids = await _lock(session, customer_ids)
    open_ticket = await session.scalar(
        select(Ticket.number)
        .where(Ticket.customer_id.in_(customer_ids), Ticket.state.in_(OPEN_STATES))
        .order_by(Ticket.opened_at)
    )
    if open_ticket is not None:
        raise StillOpen(open_ticket)
    forgotten = await forget(session, await read_said(session, customer_ids))
    for table in DELETED:
        await session.execute(delete(table).where(belongs_to(table, customer_ids)))
    counts = {
        table.name: await erase_rows(session, table, belongs_to(table, customer_ids))
        for table in tables_of_persons()
    }
    for table in (table_of(Conversation), table_of(Customer)):
        await _renew_ids(session, table, belongs_to(table, customer_ids))
    return Erased(
        customers=counts["customers"],
        conversations=counts["conversations"],
        messages=counts["messages"],
        tickets=counts["tickets"],
        forgotten=forgotten,
    )


async def read_said(session: AsyncSession, customer_ids: Collection[UUID]) -> list[str]:
    """What they wrote, each text once."""
    query = (
        select(Message.text)
        .where(
            belongs_to(table_of(Message), customer_ids),
            Message.author == Author.CUSTOMER,
            Message.kind != Kind.PRESS,
            Message.text != "",
        )
        .distinct()
    )
    return list(await session.scalars(query))


async def erase_rows(session: AsyncSession, table: Table, condition: ColumnElement[bool]) -> int:
    """Erase what `CHANGES` names of these rows; returns how many they are."""
    changes = CHANGES[table]
    keys = [column.name for column in table.primary_key.columns]
    rows = (
        await session.execute(select(*(table.c[name] for name in (*keys, *changes))).where(condition))
    ).all()
    if rows and changes:
        statement = (
            update(table)
            .where(*(table.c[key] == bindparam(f"_{key}") for key in keys))
            .values({name: bindparam(f"new_{name}", type_=table.c[name].type) for name in changes})
        )
        erased = [
            {f"_{key}": row._mapping[key] for key in keys}
            | {f"new_{name}": change(row._mapping[name]) for name, change in changes.items()}
            for row in rows
        ]
        connection = await session.connection()
        await connection.execute(statement, erased)
    return len(rows)


async def _lock(session: AsyncSession, customer_ids: Collection[UUID]) -> set[UUID]:
    """Lock them and all with whom they were merged, whom it returns: nobody is merged with them meanwhile."""
    family = await find_family(session, customer_ids)
    while True:
        await lock_persons(session, family)
        found = await find_family(session, family)
        if found == family:
            return family
        family = found  # somebody was merged before we had the locks


async def _renew_ids(session: AsyncSession, table: Table, condition: ColumnElement[bool]) -> None:
    """Give rows new ids, and have all that refers to them follow."""
    references = [
        key.parent for other in tables_of_persons() for key in other.foreign_keys if key.column is table.c.id
    ]
    for row in (await session.execute(select(table).where(condition))).all():
        old, new = row._mapping["id"], new_id()
        unique = {name: change(row._mapping[name]) for name, change in CHANGES[table].items()}
        await session.execute(insert(table).values({**row._mapping, **unique, "id": new}))
        for reference in references:
            await session.execute(
                update(reference.table).where(reference == old).values({reference.name: new})
            )
        await session.execute(delete(table).where(table.c.id == old))
