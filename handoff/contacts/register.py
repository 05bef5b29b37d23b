"""The register of contacts: read-only queries."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute, aliased

from core.conversations import Conversation, Message
from core.customers import Customer
from core.errors import BadInput
from handoff.agents import Agent
from handoff.contacts.reach import read_reach, show_reach
from handoff.contacts.records import Contact
from handoff.numbers import parse_number
from handoff.tickets import Ticket

PAGE = 50  # contacts
MAX_SEARCH = 200  # characters


@dataclass(frozen=True, kw_only=True)
class Search:
    """What is looked for: `text` is words, a number, an address or a ticket; `since` and `until` are moments."""

    text: str = ""
    since: datetime | None = None
    until: datetime | None = None  # and not at it


@dataclass(frozen=True, kw_only=True)
class ContactLine:
    """A contact in the register. `heard` is what the customer said, `told` what they were told."""

    id: UUID
    at: datetime
    how: str
    name: str
    reach: str
    heard: str
    told: str
    by: str
    result: str
    kind: str
    incident: int | None
    ticket_id: UUID
    number: str


async def list_contacts(
    session: AsyncSession, search: Search, *, region: str, page: int = 1, size: int = PAGE
) -> tuple[Sequence[ContactLine], bool]:
    """One page, the newest first, and whether there is another. Telephone numbers are read as `region`'s."""
    heard, told = aliased(Message), aliased(Message)
    query = (
        select(
            Contact.id,
            Contact.at,
            Contact.how,
            Contact.result,
            func.coalesce(Contact.name, Customer.name, "").label("name"),
            Conversation.chat.label("reach"),
            func.coalesce(heard.text, "").label("heard"),
            func.coalesce(told.text, "").label("told"),
            Agent.name.label("by"),
            Ticket.kind,
            Ticket.incident,
            Ticket.id.label("ticket_id"),
            Ticket.number,
        )
        .join(Ticket, Ticket.id == Contact.ticket_id)
        .join(Conversation, Conversation.id == Ticket.conversation_id)
        .join(Customer, Customer.id == Ticket.customer_id)
        .join(Agent, Agent.id == Contact.agent_id)
        .outerjoin(heard, heard.id == Contact.heard_id)
        .outerjoin(told, told.id == Contact.told_id)
        .order_by(Contact.at.desc(), Contact.id.desc())
        .offset((page - 1) * size)
        .limit(size + 1)
    )
    texts = (heard.text, told.text, Contact.name, Customer.name, Agent.name)
    rows = (await session.execute(_restricted(query, search, texts, region))).mappings().all()
    lines = [ContactLine(**{**row, "reach": show_reach(row["reach"])}) for row in rows[:size]]
    return lines, len(rows) > size


def _restricted(
    query: Select[*tuple[object, ...]],
    search: Search,
    texts: Sequence[InstrumentedAttribute[Any]],
    region: str,
) -> Select[*tuple[object, ...]]:
    if search.since is not None:
        query = query.where(Contact.at >= search.since)
    if search.until is not None:
        query = query.where(Contact.at < search.until)
    text = search.text.strip()[:MAX_SEARCH]
    if not text:
        return query
    if number := parse_number(text):
        return query.where(Ticket.number == number)
    digits = "".join(filter(str.isalnum, text))
    is_known = or_(Conversation.chat.startswith("+"), Conversation.chat.contains("@"))
    reached = [
        and_(is_known, Conversation.chat.icontains(digits if digits.isdecimal() else text, autoescape=True))
    ]
    if reach := _reach(text, region):
        reached.append(Conversation.chat == reach)
    return query.where(or_(*(each.icontains(text, autoescape=True) for each in texts), *reached))


def _reach(text: str, region: str) -> str | None:
    try:
        return read_reach(text, region=region)
    except BadInput:
        return None
