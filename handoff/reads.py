"""A customer has read what agents wrote: the threads of their ticket are to show it."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from core.amending import holds
from core.conversations import Message
from core.messages import AMENDMENTS, Author, Kind
from handoff.desk.threads import wake_threads
from handoff.life import OPEN_STATES
from handoff.tickets import Ticket
from handoff.views import TicketView


async def report_read(session: AsyncSession, conversation_id: UUID, at: datetime) -> None:
    """Have the open ticket's threads look again, in the transaction that moves the mark."""
    query = select(Ticket.id).where(Ticket.conversation_id == conversation_id, Ticket.state.in_(OPEN_STATES))
    for ticket_id in await session.scalars(query):
        await wake_threads(session, ticket_id, at=at)


def last_read(view: TicketView) -> Message | None:
    """The newest of the agents' messages that the customer has read, in its last wording. Pure."""
    read_seq = view.conversation.read_seq
    worded = {
        message.reply_to: message
        for message in view.messages
        if message.kind in AMENDMENTS and holds(view.deliveries.get(message.id))
    }
    for message in reversed(view.messages):
        if message.author != Author.AGENT or message.kind in AMENDMENTS:
            continue
        last = worded.get(message.id, message)
        if last.seq <= read_seq and last.kind != Kind.WITHDRAWAL:
            return message
    return None
