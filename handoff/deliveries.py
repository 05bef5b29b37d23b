"""A message that could not be delivered: its ticket says so, where the conversation has one."""

from sqlalchemy.ext.asyncio import AsyncSession

from core.clock import Clock, utc_now
from core.conversations import lock_conversation
from core.outbox import Parcel
from core.wakeups import DESK, Wakeups
from handoff.handover import find_open_ticket
from handoff.tickets import EventKind, add_event


class Deliveries:
    """Brings failed deliveries to the desk."""

    def __init__(self, wakeups: Wakeups, *, clock: Clock = utc_now) -> None:
        self._wakeups = wakeups
        self._clock = clock

    async def report_burial(self, session: AsyncSession, parcel: Parcel, error: str) -> None:
        """Put a message, in the transaction that buries it, on the conversation's open ticket."""
        conversation = await lock_conversation(session, parcel.conversation_id)
        ticket = await find_open_ticket(session, conversation)
        if ticket is not None:
            await add_event(
                session,
                ticket.id,
                EventKind.DELIVERY_FAILED,
                at=self._clock(),
                message_id=str(parcel.message_id),
                error=error,
            )
            self._wakeups.publish(DESK)  # a desk that looks before the commit looks again at its next poll
