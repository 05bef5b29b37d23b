"""Reports on their way: each goes out once to each of its destinations, and late rather than never.

What is due gets a row, which is claimed for a while before it is carried, and ended afterwards: a process that dies in
between leaves it to the next one. So a report may come twice, and is never lost.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Protocol
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import Index, String, Update, select, text, tuple_, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from core.backoff import Backoff
from core.clock import Clock, utc_now
from core.database import UNAVAILABLE, Base, Database, table_of
from core.wakeups import Wakeups
from core.workers import work_forever
from handoff.alerts import AlertKind, raise_alert
from handoff.reporting.figures import Period, period_of
from handoff.reporting.keeper import read_progress
from handoff.reporting.schedule import LATEST, Destination, Schedule, Unit, Way, list_due
from handoff.settings import DeskSettings, SettingsInForce

log = structlog.get_logger(__name__)

LEASE = timedelta(minutes=10)  # longer than the slowest carrier takes
RETRY = Backoff(first=60.0, factor=3.0, longest=7200.0)
MAX_ATTEMPTS = 8  # within about six hours
COUNTING = timedelta(hours=6)  # so long a report waits until all is counted anew
LOOK_AGAIN = timedelta(minutes=1)
TOPIC = "reports"  # nobody wakes it: what is due is due by time
POLL = 20.0  # seconds between looks


class ReportSending(Base):
    """A report's way to one destination. `due_at` is None once it is sent, or given up."""

    __tablename__ = "report_sendings"
    __table_args__ = (
        Index(
            "ix_report_sendings_due_at",
            "due_at",
            postgresql_where=text("due_at IS NOT NULL"),
            sqlite_where=text("due_at IS NOT NULL"),
        ),
    )

    unit: Mapped[str] = mapped_column(String, primary_key=True)
    start: Mapped[date] = mapped_column(primary_key=True)  # of the period
    way: Mapped[str] = mapped_column(String, primary_key=True)
    address: Mapped[str] = mapped_column(String, primary_key=True)
    planned_at: Mapped[datetime]
    due_at: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    reached: Mapped[str | None]  # how far a carrier came that carries in more than one step
    sent_at: Mapped[datetime | None]
    error: Mapped[str | None]


@dataclass(frozen=True, kw_only=True)
class Parcel:
    """A report to be carried. `reached` is what the carrier noted when it did not get to the end."""

    unit: Unit
    period: Period
    to: Destination
    reached: str | None = None


Note = Callable[[str], Awaitable[None]]  # keeps how far a carrier has come


class Carrier(Protocol):
    """Carries reports by one way."""

    async def carry(self, parcel: Parcel, note: Note) -> None:
        """Whatever is raised counts as a failed attempt; its text is told to managers after the last one."""
        ...


class Reports:
    """Sends what is due. `step()` sends one; any number of processes may do it."""

    def __init__(
        self,
        database: Database,
        schedules: Sequence[Schedule],
        carriers: Mapping[Way, Carrier],
        *,
        settings: SettingsInForce,
        zone: ZoneInfo,
        clock: Clock = utc_now,
    ) -> None:
        self._database = database
        self._schedules = schedules
        self._carriers = carriers
        self._settings = settings
        self._zone = zone
        self._clock = clock

    async def run(self, wakeups: Wakeups) -> None:
        await work_forever("reports", self.step, wakeups=wakeups, topic=TOPIC, poll=POLL)

    async def step(self) -> bool:
        """Send the report that has been due for longest; False when none is."""
        await self._plan()
        claimed = await self._claim()
        if claimed is None:
            return False
        row, parcel = claimed
        if await self._is_counting(row):
            await self._end(row, due_at=self._clock() + LOOK_AGAIN, attempts=row.attempts - 1)
            return True

        async def note(reached: str) -> None:
            await self._end(row, reached=reached)

        try:
            await self._carriers[parcel.to.way].carry(parcel, note)
        except UNAVAILABLE:
            raise
        except Exception as error:
            await self._failed(row, parcel, error)
        else:
            log.info("report.sent", unit=row.unit, start=str(row.start), way=row.way, to=row.address)
            await self._end(row, due_at=None, sent_at=self._clock(), error=None)
        return True

    async def _plan(self) -> None:
        """Note what has fallen due."""
        now = self._clock()
        rows: list[dict[str, Any]] = [
            {
                "unit": each.unit,
                "start": each.period.start,
                "way": each.to.way,
                "address": each.to.address,
                "planned_at": each.planned_at,
                "due_at": each.planned_at,
                "attempts": 0,
            }
            for each in list_due(self._schedules, now=now, zone=self._zone)
        ]
        table = table_of(ReportSending)
        async with self._database.read() as session:
            known = await session.execute(
                select(table.c.unit, table.c.start, table.c.way, table.c.address).where(
                    table.c.planned_at > now - LATEST
                )
            )
            seen = {tuple(each) for each in known}
        if new := [
            row for row in rows if (row["unit"], row["start"], row["way"], row["address"]) not in seen
        ]:
            make = sqlite.insert if self._database.is_sqlite else postgresql.insert
            async with self._database.write() as session:
                await session.execute(make(table).values(new).on_conflict_do_nothing())

    async def _claim(self) -> tuple[ReportSending, Parcel] | None:
        now = self._clock()
        wanted = {(each.unit, to.way, to.address) for each in self._schedules for to in each.to}
        query = (
            select(ReportSending)
            .where(
                ReportSending.due_at <= now,
                ReportSending.planned_at > now - LATEST,
                tuple_(ReportSending.unit, ReportSending.way, ReportSending.address).in_(wanted),
            )
            .order_by(ReportSending.due_at, ReportSending.start, ReportSending.address)
            .limit(1)
        )
        async with self._database.read() as session:  # it is seldom that there is anything
            if await session.scalar(query) is None:
                return None
        async with self._database.write() as session:
            row = await session.scalar(query.with_for_update(skip_locked=True))
            if row is None:
                return None
            row.due_at = now + LEASE
            row.attempts += 1
        unit = Unit(row.unit)
        parcel = Parcel(
            unit=unit,
            period=period_of(unit, row.start),
            to=Destination(way=Way(row.way), address=row.address),
            reached=row.reached,
        )
        return row, parcel

    async def _is_counting(self, row: ReportSending) -> bool:
        """Whether it is worth waiting: the figures are being counted anew."""
        async with self._database.read() as session:
            progress = await read_progress(session)
        is_recount = progress is not None and progress.is_recount
        return is_recount and self._clock() - row.planned_at < COUNTING

    async def _failed(self, row: ReportSending, parcel: Parcel, error: Exception) -> None:
        now, told = self._clock(), str(error) or type(error).__name__
        is_over = row.attempts >= MAX_ATTEMPTS
        about = {"unit": row.unit, "start": str(row.start), "way": row.way, "to": row.address}
        log.warning("report.not_sent", **about, attempt=row.attempts, error=told, is_over=is_over)
        again_at = now + timedelta(seconds=RETRY.delay(row.attempts))
        async with self._database.write() as session:
            await session.execute(_change(row, due_at=None if is_over else again_at, error=told))
            if is_over:
                await alert_managers(session, parcel, told, settings=self._settings.now, now=now)

    async def _end(self, row: ReportSending, **values: Any) -> None:
        async with self._database.write() as session:
            await session.execute(_change(row, **values))


def _change(row: ReportSending, **values: Any) -> Update:
    which = (
        ReportSending.unit == row.unit,
        ReportSending.start == row.start,
        ReportSending.way == row.way,
        ReportSending.address == row.address,
    )
    return update(ReportSending).where(*which).values(values)


async def alert_managers(
    session: AsyncSession, parcel: Parcel, because: str, *, settings: DeskSettings, now: datetime
) -> None:
    """A report will not come."""
    name = f"{parcel.period.start}–{parcel.period.end}"
    await raise_alert(
        session,
        None,
        AlertKind.REPORT,
        settings=settings,
        cause=f"report:{parcel.unit}:{parcel.period.start}:{parcel.to.way}:{parcel.to.address}",
        at=now,
        usernames=settings.managers_of(settings.default_queue),
        report=name,
        to=parcel.to.address,
        because=because,
    )
