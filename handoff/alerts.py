"""Alerts: what colleagues are told when a promise is in danger. Each is raised once, in the transaction of its cause.

An alert is shown at the desk to whom it is for, until they have seen it, and goes out by every port that is configured:
see `handoff.alert_sender`.
"""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, insert, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base, table_of
from core.ids import new_id
from handoff.agents import Agent
from handoff.settings import DeskSettings
from handoff.tickets import Ticket


class AlertKind(StrEnum):
    """What is the matter."""

    WARNING = "warning"  # a deadline is near
    BREACH = "breach"  # it has passed
    ESCALATION = "escalation"  # and has passed for long
    PAGE = "page"  # a grave incident
    TRANSFER = "transfer"  # a colleague offers a ticket, or did not accept one
    RETURN = "return"  # a ticket was taken from its assignee, or handed back twice
    COMPLAINT = "complaint"  # a complaint has somebody do something, or goes wrong
    ACTION = "action"  # a corrective action was given, is due, late, done or not verified
    SURVEY = "survey"  # a customer was not content
    DELIVERY = "delivery"  # a message did not reach the customer
    MENTION = "mention"  # a colleague's note names somebody
    REPORT = "report"  # a report could not be sent; it is about no ticket


class Alert(Base):
    """One alert. `cause` is unique: what was alerted once is not alerted again."""

    __tablename__ = "alerts"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    cause: Mapped[str] = mapped_column(unique=True)
    ticket_id: Mapped[UUID | None] = mapped_column(ForeignKey("tickets.id"), index=True)
    kind: Mapped[str]
    promise: Mapped[str | None]
    at: Mapped[datetime]
    data: Mapped[dict[str, Any]] = mapped_column(default=dict)


class AlertRecipient(Base):
    """Whom an alert is for."""

    __tablename__ = "alert_recipients"
    __table_args__ = (
        Index(
            "ix_alert_recipients_unseen",
            "agent_id",
            "alert_id",
            postgresql_where=text("seen_at IS NULL"),
            sqlite_where=text("seen_at IS NULL"),
        ),
    )

    alert_id: Mapped[UUID] = mapped_column(ForeignKey("alerts.id"), primary_key=True)
    agent_id: Mapped[UUID] = mapped_column(ForeignKey("agents.id"), primary_key=True)
    seen_at: Mapped[datetime | None]


class AlertDelivery(Base):
    """An alert's way out by one port."""

    __tablename__ = "alert_deliveries"
    __table_args__ = (
        Index(
            "ix_alert_deliveries_due_at",
            "due_at",
            postgresql_where=text("due_at IS NOT NULL"),
            sqlite_where=text("due_at IS NOT NULL"),
        ),
    )

    alert_id: Mapped[UUID] = mapped_column(ForeignKey("alerts.id"), primary_key=True)
    port: Mapped[str] = mapped_column(primary_key=True)
    due_at: Mapped[datetime | None]  # None once it is sent or given up
    attempts: Mapped[int] = mapped_column(default=0)
    error: Mapped[str | None]


async def raise_alert(
    session: AsyncSession,
    ticket: Ticket | None,
    kind: AlertKind,
    *,
    settings: DeskSettings,
    at: datetime,
    cause: str | None = None,
    usernames: Iterable[str] = (),
    agents: Iterable[UUID] = (),
    promise: str | None = None,
    **data: Any,
) -> None:
    """Alert these people, or the queue's members where none of them exists. A `cause` is alerted once.

    Without a ticket it is about the house, and the queue is the default one.
    """
    if cause is not None and await session.scalar(select(Alert.id).where(Alert.cause == cause)):
        return
    key = new_id()
    alert = Alert(
        id=key,
        cause=cause or str(key),
        ticket_id=ticket.id if ticket else None,
        kind=kind,
        promise=promise,
        at=at,
        data=data,
    )
    session.add(alert)
    await session.flush()
    everybody = list(await session.scalars(select(Agent).where(Agent.left_at.is_(None))))
    wanted, ids = set(usernames), set(agents)
    chosen = [each for each in everybody if each.username in wanted or each.id in ids]
    queue = ticket.queue if ticket else settings.default_queue
    chosen = chosen or [each for each in everybody if settings.is_member(each.username, queue)]
    if chosen:
        rows = [{"alert_id": alert.id, "agent_id": each.id} for each in chosen]
        await session.execute(insert(table_of(AlertRecipient)), rows)
    if settings.alert_ports:
        out: list[dict[str, Any]] = [
            {"alert_id": alert.id, "port": port, "due_at": at, "attempts": 0} for port in settings.alert_ports
        ]
        await session.execute(insert(table_of(AlertDelivery)), out)


async def page_managers(
    session: AsyncSession, ticket: Ticket, *, settings: DeskSettings, now: datetime
) -> None:
    """A grave incident is not waited with: managers learn of it at once."""
    await raise_alert(
        session,
        ticket,
        AlertKind.PAGE,
        settings=settings,
        cause=f"{ticket.id}:{ticket.episode}:page",
        at=now,
        usernames=settings.managers_of(ticket.queue),
    )
