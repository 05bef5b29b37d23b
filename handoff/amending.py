"""What an agent does to a message after it was sent: correct it, withdraw it, have it tried again. The caller has the case.

Only its author may, and only while they have the ticket. What the bot or a notice said is never changed.
"""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from core.amending import amend_unsent, find_amendment
from core.conversations import Draft, Message
from core.files import delete_files
from core.messages import AMENDMENTS, Attachment, Author, Kind, is_spoken
from core.outbox import DeliveryState, OutboxRow, put_back
from handoff.agents import Agent
from handoff.cases import Case
from handoff.life import HELD_STATES, EventKind
from handoff.refusals import Objection, Refused
from handoff.tickets import Ticket, TicketEvent
from handoff.views import TicketView

AT_ONCE = 5  # of an agent's own messages, newest, those that a desk offers to change


async def find_own(case: Case, agent: Agent, message_id: UUID) -> tuple[Message, Message | None]:
    """A message that the agent wrote for this ticket, and the last amendment of it. Raises `Refused`.

    What was said on a spoken channel was heard: it is never amended.
    """
    if case.is_spoken:
        raise Refused(Objection.SPOKEN, number=case.ticket.number)
    message = await case.session.get(Message, message_id)
    if message is None or await _find_author(case.session, case.ticket, message_id) != agent.id:
        raise Refused(Objection.NOT_AUTHOR, number=case.ticket.number)
    return message, await find_amendment(case.session, message)


async def correct(
    case: Case, agent: Agent, message: Message, text: str, *, origin: str | None = None
) -> None:
    """New words in the place of the old ones, which the customer has or was about to get."""
    await _amend(case, agent, message, Kind.CORRECTION, text, origin=origin)


async def withdraw(case: Case, agent: Agent, message: Message, *, origin: str | None = None) -> None:
    """The message is taken back, and its files are not kept any more, also where the customer's channel cannot take them back."""
    await _amend(case, agent, message, Kind.WITHDRAWAL, None, origin=origin)
    await delete_files(case.session, map(Attachment.from_json, message.attachments))


async def send_again(case: Case, agent: Agent, message_id: UUID) -> None:
    """Have what was given up tried anew. What is under way or there already stays so. Raises `Refused`."""
    session = case.session
    query = (
        select(OutboxRow, Message.kind)
        .join(Message, Message.id == OutboxRow.message_id)
        .where(OutboxRow.message_id == message_id, OutboxRow.conversation_id == case.conversation.id)
    )
    row, kind = (await session.execute(query)).one_or_none() or (None, None)
    if row is None or row.author == Author.BOT or kind in AMENDMENTS:
        raise Refused(Objection.NOT_FAILED, number=case.ticket.number)
    if row.state == DeliveryState.DROPPED or await _is_withdrawn(session, message_id):
        raise Refused(Objection.WITHDRAWN, number=case.ticket.number)
    if await put_back(session, message_id, now=case.now):
        await case.record(EventKind.SENT_AGAIN, agent_id=agent.id, message_id=str(message_id))


def own_messages(view: TicketView, agent: Agent | None) -> Collection[UUID]:
    """The newest of the agent's own messages that may be corrected and withdrawn now. Pure."""
    ticket = view.ticket
    if agent is None or ticket.state not in HELD_STATES or ticket.assignee_id != agent.id:
        return ()
    if is_spoken(view.conversation.channel):
        return ()
    theirs = {
        event.data.get("message_id")
        for event in view.events
        if event.kind == EventKind.REPLIED and event.agent_id == agent.id
    }
    return [message.id for message in view.messages if str(message.id) in theirs][-AT_ONCE:]


async def _amend(
    case: Case,
    agent: Agent,
    message: Message,
    kind: Kind,
    text: str | None,
    *,
    origin: str | None,
) -> None:
    is_settled = await amend_unsent(case.session, case.conversation.id, message.id, text)
    draft = Draft(
        author=Author.AGENT,
        author_name=message.author_name,
        kind=kind,
        text=text or "",
        at=case.now,
        reply_to=message.id,
    )
    case.posting.add(case.conversation, [draft], now=case.now, is_sent=not is_settled)
    facts = {"origin": origin} if origin else {}  # the words are in the record, which is emptied sooner
    event = EventKind.CORRECTED if kind is Kind.CORRECTION else EventKind.WITHDRAWN
    await case.record(event, agent_id=agent.id, message_id=str(message.id), amendment=str(draft.id), **facts)


async def _find_author(session: AsyncSession, ticket: Ticket, message_id: UUID) -> UUID | None:
    query = select(TicketEvent).where(
        TicketEvent.ticket_id == ticket.id, TicketEvent.kind == EventKind.REPLIED
    )
    said = (
        event for event in await session.scalars(query) if event.data.get("message_id") == str(message_id)
    )
    return next((event.agent_id for event in said), None)


async def _is_withdrawn(session: AsyncSession, message_id: UUID) -> bool:
    message = await session.get_one(Message, message_id)
    last = await find_amendment(session, message)
    return last is not None and last.kind == Kind.WITHDRAWAL
