"""Alerts on their way out of the house, by the ports that are configured.

Where a port wants it, a burst comes as one: many deadlines pass together when a shift begins or a vendor fails.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol
from uuid import UUID

import structlog
from sqlalchemy import select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncSession

from core.backoff import Backoff
from core.clock import Clock, utc_now
from core.database import Database
from handoff.agents import Agent
from handoff.alerts import Alert, AlertDelivery, AlertKind, AlertRecipient
from handoff.tickets import Ticket

log = structlog.get_logger(__name__)

LEASE = timedelta(minutes=1)
RETRY = Backoff(first=5.0, factor=3.0, longest=900.0)
MAX_ATTEMPTS = 8  # within about an hour
BURST = 4  # so many of one kind, in one queue, that are due at once
MOST = 100  # that come as one
# The others ask one person to do one thing, or cannot be counted among others.
_GATHERED = {AlertKind.WARNING, AlertKind.BREACH, AlertKind.ESCALATION, AlertKind.DELIVERY}


@dataclass(frozen=True, kw_only=True)
class AlertNotice:
    """An alert as a port gets it. `id` is the same when it is sent again."""

    id: UUID
    kind: AlertKind
    promise: str | None
    at: datetime
    ticket: str  # its number; this and the following are empty where it is about no ticket
    queue: str
    priority: str
    ticket_kind: str
    recipients: tuple[str, ...]  # user names
    data: dict[str, Any]


class AlertPort(Protocol):
    """A way by which alerts go out. `gathers`: it takes a burst, of one kind in one queue, as one."""

    @property
    def name(self) -> str: ...

    @property
    def gathers(self) -> bool: ...

    async def send(self, notices: Sequence[AlertNotice]) -> None:
        """Send them; one, unless the port gathers. Whatever is raised counts as a failed attempt."""
        ...


class LogPort:
    """Writes alerts to the log."""

    name = "log"
    gathers = False

    async def send(self, notices: Sequence[AlertNotice]) -> None:
        for notice in notices:
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
        """Send one alert that is due, or a burst; False when there is none."""
        now = self._clock()
        async with self._database.write() as session:
            due = await self._claim(session, now)
            if not due:
                return False
            for delivery in due:
                delivery.due_at = now + LEASE
                delivery.attempts += 1
            notices = [await _notice(session, delivery.alert_id) for delivery in due]
        port = self._ports[due[0].port]
        error: str | None = None
        try:
            await port.send(notices)
        except Exception as caught:
            error = str(caught) or type(caught).__name__
            log.warning(
                "alert.not_sent", port=port.name, alerts=[str(each.id) for each in notices], error=error
            )
        # Once for all: a burst stays together.
        again_at = self._clock() + timedelta(seconds=RETRY.delay(due[0].attempts))
        async with self._database.write() as session:
            for delivery in due:
                is_over = error is None or delivery.attempts >= MAX_ATTEMPTS
                await session.execute(
                    update(AlertDelivery)
                    .where(AlertDelivery.alert_id == delivery.alert_id, AlertDelivery.port == delivery.port)
                    .values(due_at=None if is_over else again_at, error=error)
                )
        return True

    async def _claim(self, session: AsyncSession, now: datetime) -> Sequence[AlertDelivery]:
        """The one that has been due for longest, and with it the burst that it belongs to."""
        query = (
            select(AlertDelivery, Alert.kind, Ticket.queue)
            .join(Alert, Alert.id == AlertDelivery.alert_id)
            .outerjoin(Ticket, Ticket.id == Alert.ticket_id)
            .where(AlertDelivery.due_at <= now)
            .order_by(AlertDelivery.due_at, AlertDelivery.alert_id)
            .with_for_update(of=AlertDelivery, skip_locked=True)
        )
        first = (await session.execute(query.where(AlertDelivery.port.in_(self._ports)).limit(1))).first()
        if first is None:
            return ()
        oldest, kind, queue = first
        if kind not in _GATHERED or not self._ports[oldest.port].gathers:
            return (oldest,)
        alike = tuple_(AlertDelivery.port, Alert.kind, Ticket.queue) == (oldest.port, kind, queue)
        peers = (await session.scalars(query.where(alike).limit(MOST))).all()
        return peers if len(peers) >= BURST else (oldest,)


async def _notice(session: AsyncSession, alert_id: UUID) -> AlertNotice:
    alert = await session.get_one(Alert, alert_id)
    ticket = await session.get_one(Ticket, alert.ticket_id) if alert.ticket_id else None
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
        ticket=ticket.number if ticket else "",
        queue=ticket.queue if ticket else "",
        priority=ticket.priority if ticket else "",
        ticket_kind=ticket.kind if ticket else "",
        recipients=tuple(recipients),
        data=alert.data,
    )
