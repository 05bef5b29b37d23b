"""What needs an agent's attention: the alerts for them that they have not seen."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Update, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from handoff.agents import Agent
from handoff.alerts import Alert, AlertRecipient
from handoff.tickets import Ticket

SHOWN = 50  # of an agent's unseen alerts, newest


@dataclass(frozen=True, kw_only=True)
class UnseenAlert:
    """An alert, its ticket if it is about one, and who has the ticket now."""

    alert: Alert
    ticket: Ticket | None
    assignee: Agent | None


async def list_unseen(session: AsyncSession, agent_id: UUID) -> list[UnseenAlert]:
    """The newest first; one more than `SHOWN` where there are so many."""
    query = (
        select(Alert, Ticket, Agent)
        .join(AlertRecipient, AlertRecipient.alert_id == Alert.id)
        .outerjoin(Ticket, Ticket.id == Alert.ticket_id)
        .outerjoin(Agent, Agent.id == Ticket.assignee_id)
        .where(Alert.id.in_(await read_unseen(session, agent_id)), AlertRecipient.agent_id == agent_id)
        .order_by(Alert.id.desc())
    )
    return [
        UnseenAlert(alert=alert, ticket=ticket, assignee=assignee)
        for alert, ticket, assignee in await session.execute(query)
    ]


async def read_unseen(session: AsyncSession, agent_id: UUID) -> Sequence[UUID]:
    """The ids of the newest; a cheap look, for those who poll."""
    query = (
        select(AlertRecipient.alert_id)
        .where(AlertRecipient.agent_id == agent_id, AlertRecipient.seen_at.is_(None))
        .order_by(AlertRecipient.alert_id.desc())
        .limit(SHOWN + 1)
    )
    return list(await session.scalars(query))


async def see_alert(session: AsyncSession, agent_id: UUID, alert_id: UUID, *, now: datetime) -> None:
    """The agent has seen one."""
    await session.execute(_see(agent_id, now).where(AlertRecipient.alert_id == alert_id))


async def see_all(session: AsyncSession, agent_id: UUID, *, until: UUID, now: datetime) -> None:
    """The agent has seen this one and all before it; what was raised meanwhile stays."""
    await session.execute(_see(agent_id, now).where(AlertRecipient.alert_id <= until))


async def see_alerts_of(
    session: AsyncSession, agent_id: UUID, ticket_id: UUID, *, before: datetime, now: datetime
) -> None:
    """Who acts on a ticket has seen what was raised about it before."""
    of_ticket = select(Alert.id).where(Alert.ticket_id == ticket_id, Alert.at < before)
    await session.execute(_see(agent_id, now).where(AlertRecipient.alert_id.in_(of_ticket)))


def _see(agent_id: UUID, now: datetime) -> Update:
    unseen = AlertRecipient.agent_id == agent_id, AlertRecipient.seen_at.is_(None)
    return update(AlertRecipient).where(*unseen).values(seen_at=now)
