"""One person with all that is theirs: identities, notes, consent, merges, files, and the whole history, page by page."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import String, Uuid, cast, literal, null, select, union_all
from sqlalchemy.ext.asyncio import AsyncSession

from core.amending import Standing, find_standing
from core.audit import note_act
from core.conversations import Conversation, Message
from core.customers import Customer, Identity, lock_customer
from core.errors import NotFound
from core.files import File
from core.ids import new_id
from core.messages import AMENDMENTS, storable
from handoff.aftercare.care import CareVisit
from handoff.aftercare.customer_dates import CustomerDate, opt_out
from handoff.aftercare.surveys import Survey
from handoff.agents import Agent
from handoff.cases import Cases
from handoff.contacts.records import Contact
from handoff.customers import read_queues
from handoff.life import OPEN_STATES
from handoff.persons.evidence import Evidence, Suggested, suggest_for
from handoff.persons.records import (
    CustomerMerge,
    CustomerNote,
    CustomerReach,
    MergeState,
    find_family,
    find_kept,
)
from handoff.presence import note_sign
from handoff.refusals import Objection, Unfit
from handoff.tags import list_tags
from handoff.tickets import Ticket

PAGE = 30  # events of the history
MAX_NOTE = 4_000  # characters
FILES = 50  # the newest
MESSAGES = 100  # of a page


@dataclass(frozen=True, kw_only=True)
class Note:
    """A note, and who wrote it."""

    text: str
    by: str
    at: datetime


@dataclass(frozen=True, kw_only=True)
class Consent:
    """A date of the customer, and whether they have agreed to be written to then."""

    kind: str
    consent_at: datetime | None
    opted_out_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class Merged:
    """A merge in which the customer was kept; `other_id` is who was merged into them."""

    id: UUID
    other_id: UUID
    other: str | None
    evidence: Sequence[Evidence]
    by: str
    at: datetime


@dataclass(frozen=True, kw_only=True)
class Happening:
    """One line of the history. `kind` is conversation, ticket, contact, survey or care."""

    kind: str
    at: datetime
    what: str  # a channel, a reason, a plan
    number: str | None = None  # of the ticket
    link_id: UUID | None = None  # of the conversation, or of the ticket
    state: str | None = None


@dataclass(frozen=True, kw_only=True)
class SentFile:
    """A file that an agent has sent them."""

    name: str
    size: int
    at: datetime


@dataclass(frozen=True, kw_only=True)
class Person:
    """All but the history, which is read page by page."""

    id: UUID
    family: Collection[UUID]  # all customers that they are
    name: str | None
    tier: str | None
    created_at: datetime
    identities: Sequence[tuple[str, str]]
    reaches: Sequence[str]
    tags: Sequence[str]
    notes: Sequence[Note]
    consents: Sequence[Consent]
    merges: Sequence[Merged]
    suggested: Sequence[tuple[Suggested, UUID, str | None]]  # with the other one, and their name
    files: Sequence[SentFile]
    open_ticket: str | None  # its number: while there is one, they are not erased
    queues: Collection[str]  # of all their tickets


async def read_whole(session: AsyncSession, customer_id: UUID) -> Person:
    """The person that this customer is, or was merged into. Raises `NotFound`."""
    kept_id = await find_kept(session, customer_id)
    customer = await session.get(Customer, kept_id)
    if customer is None:
        raise NotFound("customer", customer_id)
    family = await find_family(session, [kept_id])
    identities = await session.execute(
        select(Identity.channel, Identity.external_id)
        .where(Identity.customer_id.in_(family))
        .order_by(Identity.id)
    )
    reaches = select(CustomerReach.reach).where(CustomerReach.customer_id.in_(family)).distinct()
    open_ticket = (
        select(Ticket.number)
        .where(Ticket.customer_id.in_(family), Ticket.state.in_(OPEN_STATES))
        .order_by(Ticket.opened_at)
        .limit(1)
    )
    files = await session.execute(
        select(File.name, File.size, File.created_at)
        .join(Conversation, Conversation.id == File.conversation_id)
        .where(Conversation.customer_id.in_(family))
        .order_by(File.created_at.desc())
        .limit(FILES)
    )
    pairs = [
        (each, each.other_id if each.one_id == kept_id else each.one_id)
        for each in await suggest_for(session, customer, family=family)
    ]
    names = await read_names(session, [other for _, other in pairs])
    return Person(
        id=kept_id,
        family=family,
        name=customer.name,
        tier=customer.tier,
        created_at=customer.created_at,
        identities=[(channel, known_as) for channel, known_as in identities],
        reaches=sorted(await session.scalars(reaches)),
        tags=await list_tags(session, kept_id),
        notes=await _notes(session, family),
        consents=await _consents(session, family),
        merges=await _merges(session, kept_id),
        suggested=[(each, other, names.get(other)) for each, other in pairs],
        files=[SentFile(name=name, size=size, at=at) for name, size, at in files],
        open_ticket=await session.scalar(open_ticket),
        queues=await read_queues(session, kept_id),
    )


async def read_history(
    session: AsyncSession, family: Collection[UUID], *, page: int = 1, size: int = PAGE
) -> tuple[Sequence[Happening], bool]:
    """One page of what has happened with a person who is these customers, the newest first, and whether there is another."""
    nothing, no_id = cast(null(), String), cast(null(), Uuid)
    parts = [
        select(
            literal("conversation").label("kind"),
            Conversation.created_at.label("at"),
            Conversation.channel.label("what"),
            nothing.label("number"),
            Conversation.id.label("link_id"),
            nothing.label("state"),
        ).where(Conversation.customer_id.in_(family)),
        select(
            literal("ticket"), Ticket.opened_at, Ticket.reason, Ticket.number, Ticket.id, Ticket.state
        ).where(Ticket.customer_id.in_(family)),
        select(literal("contact"), Contact.at, Contact.how, Ticket.number, Ticket.id, Contact.result)
        .join(Ticket, Ticket.id == Contact.ticket_id)
        .where(Ticket.customer_id.in_(family)),
        select(
            literal("survey"),
            Survey.answered_at,
            Survey.kind,
            Ticket.number,
            Ticket.id,
            cast(Survey.score, String),
        )
        .join(Ticket, Ticket.id == Survey.ticket_id)
        .where(Survey.customer_id.in_(family), Survey.answered_at.is_not(None)),
        select(literal("care"), CareVisit.sent_at, CareVisit.plan, nothing, no_id, nothing).where(
            CareVisit.customer_id.in_(family)
        ),
    ]
    every = union_all(*parts).subquery()
    query = select(every).order_by(every.c.at.desc(), every.c.kind, every.c.number)
    rows = (await session.execute(query.offset((page - 1) * size).limit(size + 1))).mappings().all()
    return [Happening(**row) for row in rows[:size]], len(rows) > size


async def read_said(
    session: AsyncSession, customer_id: UUID, conversation_id: UUID, *, page: int = 1, size: int = MESSAGES
) -> tuple[Conversation, Sequence[tuple[Message, Standing]], bool]:
    """One page of a person's conversation, the newest messages last, each as it stands, and whether there are older ones.

    Raises `NotFound`.
    """
    conversation = await session.get(Conversation, conversation_id)
    if conversation is None or conversation.customer_id not in await find_family(session, [customer_id]):
        raise NotFound("conversation", conversation_id)
    query = (
        select(Message)
        .where(Message.conversation_id == conversation_id, Message.kind.not_in(AMENDMENTS))
        .order_by(Message.seq.desc())
        .offset((page - 1) * size)
        .limit(size + 1)
    )
    found = (await session.scalars(query)).all()
    shown = found[:size][::-1]
    standing = await find_standing(session, shown)
    return conversation, [(each, standing[each.id]) for each in shown], len(found) > size


async def add_note(cases: Cases, customer_id: UUID, agent: Agent, text: str) -> None:
    """Write something down for colleagues. Raises `NotFound`, `BadInput`."""
    kept = storable(text).strip()
    if not kept:
        raise Unfit("text", Objection.NO_TEXT)
    if len(kept) > MAX_NOTE:
        raise Unfit("text", Objection.LONG_TEXT, count=len(kept), most=MAX_NOTE)
    async with cases.posting() as (session, _):
        customer = await _locked(session, customer_id)
        note = CustomerNote(id=new_id(), customer_id=customer, agent_id=agent.id, text=kept, at=cases.clock())
        session.add(note)
        await note_sign(session, agent.id, now=cases.clock())


async def withdraw_consent(cases: Cases, customer_id: UUID, agent: Agent) -> None:
    """The customer wants no care messages any more. Raises `NotFound`."""
    async with cases.posting() as (session, _):
        customer = await _locked(session, customer_id)
        for each in sorted(await find_family(session, [customer])):
            await opt_out(session, each, now=cases.clock())
        await note_act(
            session, who=agent.username, what="customer.consent", object=str(customer), now=cases.clock()
        )


async def _locked(session: AsyncSession, customer_id: UUID) -> UUID:
    """The person's kept customer, locked."""
    kept_id = await find_kept(session, customer_id)
    if await lock_customer(session, kept_id) is None:
        raise NotFound("customer", customer_id)
    return kept_id


async def read_names(session: AsyncSession, ids: Collection[UUID]) -> dict[UUID, str | None]:
    """What these customers are called."""
    if not ids:
        return {}
    rows = await session.execute(select(Customer.id, Customer.name).where(Customer.id.in_(ids)))
    return {row.id: row.name for row in rows}


async def _notes(session: AsyncSession, family: Collection[UUID]) -> list[Note]:
    query = (
        select(CustomerNote.text, Agent.name, CustomerNote.at)
        .join(Agent, Agent.id == CustomerNote.agent_id)
        .where(CustomerNote.customer_id.in_(family))
        .order_by(CustomerNote.at.desc(), CustomerNote.id.desc())
    )
    return [Note(text=text, by=by, at=at) for text, by, at in await session.execute(query)]


async def _consents(session: AsyncSession, family: Collection[UUID]) -> list[Consent]:
    query = select(CustomerDate).where(CustomerDate.customer_id.in_(family)).order_by(CustomerDate.kind)
    return [
        Consent(kind=row.kind, consent_at=row.consent_at, opted_out_at=row.opted_out_at)
        for row in await session.scalars(query)
    ]


async def _merges(session: AsyncSession, kept_id: UUID) -> list[Merged]:
    query = (
        select(CustomerMerge, Agent.name, Customer.name)
        .join(Agent, Agent.id == CustomerMerge.by_id)
        .join(Customer, Customer.id == CustomerMerge.merged_id)
        .where(CustomerMerge.kept_id == kept_id, CustomerMerge.state == MergeState.MERGED)
        .order_by(CustomerMerge.at.desc())
    )
    return [
        Merged(
            id=merge.id,
            other_id=merge.merged_id,
            other=name,
            evidence=[Evidence.from_data(each) for each in merge.evidence],
            by=by,
            at=merge.at,
        )
        for merge, by, name in await session.execute(query)
    ]
