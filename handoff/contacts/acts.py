"""Contacts: an agent writes down that somebody phoned, came or wrote a letter, so that it becomes a ticket as all else does.

Nobody delivers on these channels (`core.messages.Spoken`): what an agent has said is put on record, and never sent.
"""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from core.conversations import Conversation, Draft, Owner
from core.customers import Customer
from core.errors import NotFound
from core.ids import new_id
from core.languages import to_reply_language
from core.messages import Author, Spoken
from core.posting import Posting
from handoff.agents import Agent
from handoff.cases import Case, Cases
from handoff.complaints.checks import check_may_sort
from handoff.contacts.checks import Checked, NewContact, Then, check_contact, check_time
from handoff.contacts.customers import open_conversation
from handoff.contacts.records import Contact, Logged, Result, find_logged, logged
from handoff.handover import customer_wrote, find_open_ticket, summarise
from handoff.kinds import Reason, TicketKind
from handoff.life import DONE_STATES, EventKind, TicketState
from handoff.presence import note_sign
from handoff.refusals import Objection, Refused
from handoff.tickets import Ticket, TicketEvent, open_ticket
from handoff.work import check_assignee, check_text
from nlu.languages import detect_language


class Contacts:
    """Logs contacts. Telephone numbers without a country's code are read as `region`'s.

    `origin` names the form that was filled in: the same is not logged again.
    """

    def __init__(self, cases: Cases, *, region: str) -> None:
        self._cases = cases
        self._region = region

    async def log(self, agent: Agent, contact: NewContact, *, origin: str | None = None) -> Logged:
        """A contact becomes a ticket, or is added to one that is open for the customer. Raises `BadInput`.

        Who logs it is its first owner: they were asked first. What was answered at once is closed at once: the customer
        has heard it, and nobody else confirms it.
        """
        checked = check_contact(
            agent,
            contact,
            settings=self._cases.settings,
            region=self._region,
            now=self._cases.clock(),
            origin=origin,
        )
        try:
            return await self._log(checked)
        except (IntegrityError, NotFound):  # the same customer was made, or erased, at this very moment
            return await self._log(checked)

    async def log_said(
        self,
        ticket_id: UUID,
        agent: Agent,
        *,
        how: Spoken,
        heard: str = "",
        told: str = "",
        at: datetime | None = None,
        origin: str | None = None,
    ) -> None:
        """What was said of a ticket since: by the customer (`heard`), and by its assignee (`told`).

        Raises `NotAllowed`, `BadInput`.
        """
        now = self._cases.clock()
        at = check_time(at, now)
        heard = check_text(heard, field="heard") if heard.strip() else ""
        told = check_text(told, field="told") if told.strip() or not heard else ""
        async with self._cases.open(ticket_id) as case:
            ticket = case.ticket
            await note_sign(case.session, agent.id, now=now)
            if origin and await find_logged(case.session, origin):
                return
            if not case.is_spoken:
                raise Refused(Objection.NOT_SPOKEN, number=ticket.number)
            if ticket.state in DONE_STATES:
                raise Refused(Objection.DONE, number=ticket.number)
            if told:
                check_assignee(ticket, agent)
            since = replace(case, now=await _not_before(case, at))
            heard_id = await _hear(since, how, heard, at) if heard else None
            told_id = await _tell(since, agent, how, told, at) if told else None
            row = Contact(
                id=new_id(),
                ticket_id=ticket.id,
                agent_id=agent.id,
                how=how,
                result=Result.TOLD if told else Result.ADDED,
                name=None,
                at=at,
                logged_at=now,
                heard_id=heard_id,
                told_id=told_id,
                origin=origin,
            )
            await _keep(case.session, case.posting, row)

    async def _log(self, checked: Checked) -> Logged:
        async with self._cases.posting() as (session, posting):
            if checked.origin and (before := await find_logged(session, checked.origin)):
                return before
            conversation = await open_conversation(
                session,
                checked.contact.how,
                reach=checked.reach,
                name=checked.contact.name,
                now=checked.now,
            )
            await note_sign(session, checked.agent.id, now=checked.now)
            ticket = await find_open_ticket(session, conversation)
            if ticket is not None:
                case = self._case(session, posting, conversation, ticket, checked.now)
                row = await _add(case, checked)
            else:
                row = await self._open(session, posting, conversation, checked)
            await _keep(session, posting, row)
            return await logged(session, row)

    async def _open(
        self, session: AsyncSession, posting: Posting, conversation: Conversation, checked: Checked
    ) -> Contact:
        """A ticket of its own. All of it happened when the contact was."""
        agent, contact, at, settings = checked.agent, checked.contact, checked.at, self._cases.settings
        language = to_reply_language(detect_language(contact.text))
        conversation.language = language or conversation.language or "zh"
        words = _words(contact.how, contact.text, at)
        by_kind = Reason.COMPLAINT if contact.kind is TicketKind.COMPLAINT else Reason.CONTACT
        ticket = await open_ticket(
            session,
            conversation_id=conversation.id,
            customer_id=conversation.customer_id,
            queue=settings.queue_for(by_kind, contact.queue if contact.then is Then.QUEUE else None),
            reason=Reason.CONTACT,
            tier=await session.scalar(select(Customer.tier).where(Customer.id == conversation.customer_id)),
            language=conversation.language,
            first_owner_id=agent.id,
            summary=summarise([words]),
            settings=settings,
            now=at,
            agent_id=agent.id,
            ticket_kind=contact.kind,
            how=contact.how,
            message_id=str(words.id),
        )
        case = self._case(session, posting, conversation, ticket, at)
        posting.add(conversation, [words], now=checked.now)
        if contact.then is not Then.QUEUE:
            await case.record(EventKind.TAKEN, agent_id=agent.id)
        told_id = await _tell(case, agent, contact.how, contact.answer, at) if contact.answer else None
        if contact.then is Then.ANSWERED:
            await case.record(EventKind.RESOLVED, agent_id=agent.id)
            await case.record(EventKind.CLOSED, agent_id=agent.id)
        else:
            case.give_to(Owner.HUMAN)
        result = Result.ANSWERED if contact.then is Then.ANSWERED else Result.FOLLOWED_UP
        return _row(checked, ticket, result, words.id, told_id)

    def _case(
        self,
        session: AsyncSession,
        posting: Posting,
        conversation: Conversation,
        ticket: Ticket,
        now: datetime,
    ) -> Case:
        return Case(
            session=session,
            conversation=conversation,
            ticket=ticket,
            posting=posting,
            settings=self._cases.settings,
            now=now,
        )


async def _add(case: Case, checked: Checked) -> Contact:
    """To a ticket that is open. That it is a complaint now is not lost; who wants to follow it up takes it, if it waits."""
    agent, contact, at = checked.agent, checked.contact, checked.at
    case = replace(case, now=await _not_before(case, at))
    ticket = case.ticket
    heard_id = await _hear(case, contact.how, contact.text, at)
    is_new = ticket.kind not in (TicketKind.COMPLAINT, TicketKind.INCIDENT)
    if contact.kind is TicketKind.COMPLAINT and is_new:
        await check_may_sort(case.session, ticket, agent, contact.kind, case.settings)
        await case.record(
            EventKind.SORTED, agent_id=agent.id, ticket_kind=contact.kind, incident=ticket.incident
        )
    if ticket.state == TicketState.NEW and contact.then is Then.MINE:
        await case.record(EventKind.TAKEN, agent_id=agent.id)
        case.give_to(Owner.HUMAN)
    told_id = await _tell(case, agent, contact.how, contact.answer, at) if contact.answer else None
    return _row(checked, ticket, Result.ADDED, heard_id, told_id)


def _row(checked: Checked, ticket: Ticket, result: Result, heard_id: UUID, told_id: UUID | None) -> Contact:
    return Contact(
        id=new_id(),
        ticket_id=ticket.id,
        agent_id=checked.agent.id,
        how=checked.contact.how,
        result=result,
        name=checked.contact.name or None,
        at=checked.at,
        logged_at=checked.now,
        heard_id=heard_id,
        told_id=told_id,
        origin=checked.origin,
    )


def _words(how: Spoken, text: str, at: datetime) -> Draft:
    return Draft(author=Author.CUSTOMER, text=text, at=at, facts={"how": how})


async def _hear(case: Case, how: Spoken, text: str, at: datetime) -> UUID:
    """What the customer has said to an open ticket."""
    words = _words(how, text, at)
    case.posting.add(case.conversation, [words], now=case.now)
    await customer_wrote(
        case.session,
        case.ticket,
        message_id=words.id,
        urgent=False,
        settings=case.settings,
        now=case.now,
        how=how,
    )
    return words.id


async def _tell(case: Case, agent: Agent, how: Spoken, text: str, at: datetime) -> UUID:
    """What an agent has said. From others than its assignee it is on record, but does not answer for the assignee."""
    draft = Draft(author=Author.AGENT, author_name=agent.name, text=text, at=at, facts={"how": how})
    case.posting.add(case.conversation, [draft], now=case.now)
    if case.ticket.assignee_id == agent.id:
        await case.record(EventKind.REPLIED, agent_id=agent.id, message_id=str(draft.id), how=how)
    return draft.id


async def _keep(session: AsyncSession, posting: Posting, row: Contact) -> None:
    await posting.write(session)  # what it refers to
    session.add(row)
    await session.flush()


async def _not_before(case: Case, at: datetime) -> datetime:
    """When it counts in the ticket's history: not before what is on record there, for clocks run forward only."""
    query = select(func.max(TicketEvent.at)).where(TicketEvent.ticket_id == case.ticket.id)
    last = await case.session.scalar(query)
    return max(at, last) if last else at
