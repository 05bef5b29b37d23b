"""A message that could not be delivered: its ticket says so, where the conversation has one."""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from core.clock import Clock, utc_now
from core.conversations import lock_conversation
from core.outbox import Parcel
from handoff.alerts import AlertKind, raise_alert
from handoff.handover import find_open_ticket
from handoff.life import EventKind
from handoff.settings import SettingsInForce
from handoff.tickets import record


async def report_burial(
    session: AsyncSession, parcel: Parcel, error: str, *, settings: SettingsInForce, clock: Clock = utc_now
) -> None:
    """Put a message, in the transaction that buries it, on the conversation's open ticket, and alert who has that."""
    conversation = await lock_conversation(session, parcel.conversation_id)
    ticket = await find_open_ticket(session, conversation)
    if ticket is None:
        return
    now, desk = clock(), settings.now
    amends: dict[str, Any] = {"how": parcel.amends.kind} if parcel.amends else {}
    await record(
        session,
        ticket,
        EventKind.DELIVERY_FAILED,
        settings=desk,
        at=now,
        message_id=str(parcel.message_id),
        error=error,
        **amends,
    )
    if parcel.amends:  # the customer has the original; its author is told
        return
    await raise_alert(
        session,
        ticket,
        AlertKind.DELIVERY,
        settings=desk,
        at=now,
        agents=[ticket.assignee_id] if ticket.assignee_id else [],
        because=error,
        message_id=str(parcel.message_id),
    )
