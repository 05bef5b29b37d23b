"""Tickets for tests that need one, and nothing around it."""

from datetime import datetime

from core.conversations import Conversation
from core.customers import Customer
from core.database import Database
from core.ids import new_id
from handoff.handover import hand_over
from handoff.kinds import Reason
from handoff.settings import DeskSettings
from handoff.tickets import Ticket
from tests.shop import DESK


async def make_ticket(database: Database, *, now: datetime, settings: DeskSettings = DESK) -> Ticket:
    """A new ticket of a new customer."""
    customer = Customer(id=new_id(), name=None, tier=None, created_at=now)
    conversation = Conversation(
        id=new_id(),
        customer_id=customer.id,
        channel="webchat",
        chat=str(customer.id),
        language="zh",
        owner="bot",
        epoch=0,
        last_seq=0,
        state={},
        created_at=now,
    )
    async with database.write() as session:
        session.add(customer)
        await session.flush()
        session.add(conversation)
        await session.flush()
        return await hand_over(
            session,
            conversation,
            Reason.WANTS_HUMAN,
            settings=settings,
            language="zh",
            unwritten=(),
            now=now,
        )
