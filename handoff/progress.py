"""What has become of a customer's requests, told from their own tickets."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from core.languages import ReplyLanguage
from handoff import notices
from handoff.agents import Agent
from handoff.calendar import WorkingCalendar
from handoff.life import TicketState
from handoff.tickets import Ticket

TOLD = 3  # tickets named at most, newest first


async def describe_progress(
    session: AsyncSession,
    customer_id: UUID,
    language: ReplyLanguage,
    *,
    calendar: WorkingCalendar,
    now: datetime,
) -> str | None:
    """A paragraph for each of the customer's newest tickets; None when there is none."""
    query = (
        select(Ticket, Agent.name)
        .outerjoin(Agent, Agent.id == Ticket.assignee_id)
        .where(Ticket.customer_id == customer_id)
        .order_by(Ticket.opened_at.desc())
        .limit(TOLD)
    )
    lines = [
        notices.progress(
            language,
            number=ticket.number,
            state=TicketState(ticket.state),
            opened_at=ticket.opened_at,
            assignee=agent,
            calendar=calendar,
            now=now,
        )
        for ticket, agent in await session.execute(query)
    ]
    return "\n".join(lines) or None
