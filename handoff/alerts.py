"""Alerts: what colleagues are told when a promise is in danger. Each is raised once, in the transaction of its cause.

An alert is shown at the desk to whom it is for, until they have seen it, and goes out by every port that is configured.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Protocol
from uuid import UUID

import structlog
from sqlalchemy import ForeignKey, Index, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from core.backoff import Backoff
from core.clock import Clock, utc_now
from core.database import Base, Database, table_of
from core.ids import new_id
from handoff.agents import Agent
from handoff.settings import DeskSettings
from handoff.tickets import Ticket

log = structlog.get_logger(__name__)

LEASE = timedelta(minutes=1)
RETRY = Backoff(first=5.0, factor=3.0, longest=900.0)
MAX_ATTEMPTS = 8  # within about an hour


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


class Alert(Base):
    """One alert. `cause` is unique: what was alerted once is not alerted again."""

    __tablename__ = "alerts"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    cause: Mapped[str] = mapped_column(unique=True)
    ticket_id: Mapped[UUID] = mapped_column(ForeignKey("tickets.id"), index=True)
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
    ticket: Ticket,
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
    """Alert these people, or the queue's members where none of them exists. A `cause` is alerted once."""
    if cause is not None and await session.scalar(select(Alert.id).where(Alert.cause == cause)):
        return
    key = new_id()
    alert = Alert(
        id=key,
        cause=cause or str(key),
        ticket_id=ticket.id,
        kind=kind,
        promise=promise,
        at=at,
        data=data,
    )
    session.add(alert)
    await session.flush()
    everybody = list(await session.scalars(select(Agent)))
    wanted, ids = set(usernames), set(agents)
    chosen = [each for each in everybody if each.username in wanted or each.id in ids]
    chosen = chosen or [each for each in everybody if settings.is_member(each.username, ticket.queue)]
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


@dataclass(frozen=True, kw_only=True)
class AlertNotice:
    """An alert as a port gets it. `id` is the same when it is sent again."""

    id: UUID
    kind: AlertKind
    promise: str | None
    at: datetime
    ticket: str  # its number
    queue: str
    priority: str
    ticket_kind: str
    recipients: tuple[str, ...]  # user names
    data: dict[str, Any]


class AlertPort(Protocol):
    """A way by which alerts go out."""

    @property
    def name(self) -> str: ...

    async def send(self, notice: AlertNotice) -> None:
        """Send it; whatever is raised counts as a failed attempt."""
        ...


class LogPort:
    """Writes alerts to the log."""

    name = "log"

    async def send(self, notice: AlertNotice) -> None:
        log.warning(
            f"alert.{notice.kind}",
            ticket=notice.ticket,
            promise=notice.promise,
            queue=notice.queue,
            priority=notice.priority,
            recipients=list(notice.recipients),
        )


class AlertSender:
    """Sends alerts by their ports, at least once. `step()` sends what is due."""

    def __init__(self, database: Database, ports: Collection[AlertPort], *, clock: Clock = utc_now) -> None:
        self._database = database
        self._ports = {port.name: port for port in ports}
        self._clock = clock

    async def step(self) -> bool:
        """Send one alert that is due; False when there is none."""
        now = self._clock()
        async with self._database.write() as session:
            query = (
                select(AlertDelivery)
                .where(AlertDelivery.due_at <= now, AlertDelivery.port.in_(self._ports))
                .order_by(AlertDelivery.due_at)
                .limit(1)
                .with_for_update(skip_locked=True)
            )
            delivery = await session.scalar(query)
            if delivery is None:
                return False
            delivery.due_at = now + LEASE
            delivery.attempts += 1
            notice = await _notice(session, delivery.alert_id)
        try:
            await self._ports[delivery.port].send(notice)
            done: dict[str, Any] = {"due_at": None, "error": None}
        except Exception as error:
            log.warning("alert.not_sent", port=delivery.port, alert=str(notice.id), error=str(error))
            again = self._clock() + timedelta(seconds=RETRY.delay(delivery.attempts))
            given_up = delivery.attempts >= MAX_ATTEMPTS
            done = {"due_at": None if given_up else again, "error": str(error) or type(error).__name__}
        async with self._database.write() as session:
            await session.execute(
                update(AlertDelivery)
                .where(AlertDelivery.alert_id == delivery.alert_id, AlertDelivery.port == delivery.port)
                .values(**done)
            )
        return True


async def _notice(session: AsyncSession, alert_id: UUID) -> AlertNotice:
    alert = await session.get_one(Alert, alert_id)
    ticket = await session.get_one(Ticket, alert.ticket_id)
    recipients = await session.scalars(
        select(Agent.username)
        .join(AlertRecipient, AlertRecipient.agent_id == Agent.id)
        .where(AlertRecipient.alert_id == alert_id)
        .order_by(Agent.username)
    )
    return AlertNotice(
        id=alert.id,
        kind=AlertKind(alert.kind),
        promise=alert.promise,
        at=alert.at,
        ticket=ticket.number,
        queue=ticket.queue,
        priority=ticket.priority,
        ticket_kind=ticket.kind,
        recipients=tuple(recipients),
        data=alert.data,
    )
