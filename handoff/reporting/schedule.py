"""When reports go out by themselves, about which period, and to whom. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from handoff.reporting.figures import Period, period_of

LATEST = timedelta(days=3)  # a report that is later than this is not sent any more
LAST_DAY = 28  # of a month on which a report may go out: every month has it


class Way(StrEnum):
    """How a report is carried."""

    EMAIL = "email"
    SLACK = "slack"


class Unit(StrEnum):
    """What a report is about."""

    WEEK = "week"
    MONTH = "month"


@dataclass(frozen=True, kw_only=True, order=True)
class Destination:
    """Where a report goes: an e-mail address, or a channel of Slack by its id."""

    way: Way
    address: str

    def __str__(self) -> str:
        return self.address


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """A weekly or a monthly report. `day` is of the week (0 is Monday) or of the month."""

    unit: Unit
    day: int
    at: time
    to: Sequence[Destination]


@dataclass(frozen=True, kw_only=True)
class Due:
    """A report that is to be sent, and since when."""

    unit: Unit
    period: Period
    to: Destination
    planned_at: datetime


def list_due(schedules: Iterable[Schedule], *, now: datetime, zone: ZoneInfo) -> list[Due]:
    """What has fallen due last of each schedule; what is too late is left out."""
    found = []
    for each in schedules:
        planned_at = _last_moment(each, now.astimezone(zone)).astimezone(UTC)
        if now - planned_at >= LATEST:
            continue
        period = period_of(each.unit, planned_at.astimezone(zone).date()).before()
        found += [Due(unit=each.unit, period=period, to=to, planned_at=planned_at) for to in each.to]
    return found


def _last_moment(schedule: Schedule, local: datetime) -> datetime:
    """The latest one that is not after now. In the hour that summer time skips or repeats, once."""
    today = local.date()
    period = period_of(schedule.unit, today)
    for start in (period.start, period.before().start):
        moment = datetime.combine(_day_in(schedule, start), schedule.at, tzinfo=local.tzinfo)
        if moment.timestamp() <= local.timestamp():
            return moment
    raise AssertionError("the period before has its day behind it")


def _day_in(schedule: Schedule, start: date) -> date:
    offset = schedule.day if schedule.unit is Unit.WEEK else schedule.day - 1
    return start + timedelta(days=offset)
