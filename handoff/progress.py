"""What has become of a customer's requests, told from their own tickets."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from core.languages import ReplyLanguage
from handoff import notices
from handoff.agents import Agent
from handoff.expectation import expect
from handoff.life import TicketState
from handoff.settings import DeskSettings
from handoff.tickets import Ticket

TOLD = 3  # tickets named at most, newest first


async def describe_progress(
    session: AsyncSession,
    customer_id: UUID,
    language: ReplyLanguage,
    *,
    settings: DeskSettings,
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
    lines = []
    for ticket, agent in await session.execute(query):
        state = TicketState(ticket.state)
        waits = state is TicketState.NEW
        lines.append(
            notices.progress(
                language,
                number=ticket.number,
                state=state,
                opened_at=ticket.opened_at,
                assignee=agent,
                expected=await expect(session, ticket, settings=settings, now=now) if waits else None,
                calendar=settings.calendar_of(ticket.queue),
            )
        )
    return "\n".join(lines) or None
