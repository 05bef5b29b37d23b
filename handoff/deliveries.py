"""A message that could not be delivered: its ticket says so, where the conversation has one."""

from sqlalchemy.ext.asyncio import AsyncSession

from core.clock import utc_now
from core.conversations import lock_conversation
from core.outbox import Parcel
from handoff.handover import find_open_ticket
from handoff.life import EventKind
from handoff.settings import DeskSettings
from handoff.tickets import record


async def report_burial(session: AsyncSession, parcel: Parcel, error: str, *, settings: DeskSettings) -> None:
    """Put a message, in the transaction that buries it, on the conversation's open ticket."""
    conversation = await lock_conversation(session, parcel.conversation_id)
    ticket = await find_open_ticket(session, conversation)
    if ticket is not None:
        await record(
            session,
            ticket,
            EventKind.DELIVERY_FAILED,
            settings=settings,
            at=utc_now(),
            message_id=str(parcel.message_id),
            error=error,
        )
