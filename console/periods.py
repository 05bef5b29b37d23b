"""Which days a page is about: a day, a week, a month, or from one day to another. Pure."""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from urllib.parse import urlencode

from handoff.reporting.figures import Period, period_of
from handoff.reporting.reads import MOST_DAYS

UNITS = ("day", "week", "month")
_WEEK = re.compile(r"(\d{4})-W(\d\d)")
_MONTH = re.compile(r"(\d{4})-(\d\d)")


@dataclass(frozen=True, kw_only=True)
class Chosen:
    """A period, and the unit that it is one of; None: from one day to another."""

    period: Period
    unit: str | None
    was_wrong: bool = False  # what was asked for could not be read

    @property
    def query(self) -> str:
        """Asks for it again."""
        if self.unit:
            return urlencode({"unit": self.unit, "on": self.period.start.isoformat()})
        return urlencode({"from": self.period.start.isoformat(), "to": self.period.end.isoformat()})

    def beside(self, steps: int) -> "Chosen":
        """The one before (-1) or after it (1)."""
        if self.unit == "month":
            day = self.period.end + timedelta(days=1) if steps > 0 else self.period.start - timedelta(days=1)
            return Chosen(period=period_of("month", day), unit="month")
        shift = timedelta(days=steps * self.period.days)
        return Chosen(
            period=Period(start=self.period.start + shift, end=self.period.end + shift), unit=self.unit
        )


def choose(*, unit: str, on: str, start: str, end: str, today: date) -> Chosen:
    """What a page's address asks for; this week where it says nothing, or nothing that can be read."""
    usual = Chosen(period=period_of("week", today), unit="week")
    wrong = Chosen(period=usual.period, unit="week", was_wrong=True)
    try:
        if start or end:
            first, last = date.fromisoformat(start), date.fromisoformat(end)
            period = Period(start=first, end=last)
            return Chosen(period=period, unit=None) if 1 <= period.days <= MOST_DAYS else wrong
        if not unit and not on:
            return usual
        day = date.fromisoformat(on) if on else today
        if unit not in UNITS or not 2000 <= day.year <= 2200:
            return wrong
        return Chosen(period=period_of(unit, day), unit=unit)
    except ValueError:
        return wrong


def parse_named(name: str) -> Chosen | None:
    """A week such as 2026-W47, or a month such as 2026-11; None where it is neither."""
    try:
        if found := _WEEK.fullmatch(name):
            day = date.fromisocalendar(int(found[1]), int(found[2]), 1)
            return Chosen(period=period_of("week", day), unit="week")
        if found := _MONTH.fullmatch(name):
            return Chosen(period=period_of("month", date(int(found[1]), int(found[2]), 1)), unit="month")
    except ValueError:
        pass
    return None


def name_of(chosen: Chosen) -> str:
    """As `parse_named` reads it."""
    start = chosen.period.start
    if chosen.unit == "month":
        return f"{start:%Y-%m}"
    year, week, _ = start.isocalendar()
    return f"{year}-W{week:02}"


def last_complete(unit: str, today: date) -> Chosen:
    """The week or month that was over last."""
    return Chosen(period=period_of(unit, period_of(unit, today).start - timedelta(days=1)), unit=unit)
