"""A month, and a year, as the working calendar has them: what is open when, and why a day is not like others. Pure."""

import calendar
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta
from enum import StrEnum

from console.texts import PageTexts
from handoff.calendar import Window, WorkingCalendar
from handoff.public_holidays import PublicHolidays

DAY = timedelta(days=1)


class Why(StrEnum):
    """Why a day is as it is."""

    USUAL = "usual"
    HOLIDAY = "holiday"
    MADE_UP = "made_up"  # worked in exchange for another day (调休)
    EXCEPTION = "exception"


@dataclass(frozen=True, kw_only=True)
class Day:
    """One day, worded. `name` says why it is not like others."""

    day: date
    hours: Sequence[str]  # none: closed
    why: Why
    name: str
    is_today: bool


class Days:
    """Words days of a working calendar for a reader."""

    def __init__(self, working: WorkingCalendar, t: PageTexts, *, today: date) -> None:
        self._working = working
        self._t = t
        self._today = today

    def day(self, day: date) -> Day:
        """One day."""
        why, name = self._why(day)
        windows = sorted(self._working.windows_on(day), key=lambda each: each.start)
        return Day(
            day=day,
            hours=[spell_window(each) for each in windows],
            why=why,
            name=name,
            is_today=day == self._today,
        )

    def month(self, first: date) -> list[list[Day | None]]:
        """A month's weeks from Monday on; None for days of other months."""
        return [
            [self.day(day) if day.month == first.month else None for day in week]
            for week in calendar.Calendar().monthdatescalendar(first.year, first.month)
        ]

    def year(self, year: int) -> list[Day]:
        """The days of a year that are not like others of their weekday."""
        first, last = date(year, 1, 1), date(year, 12, 31)
        days = (first + number * DAY for number in range((last - first).days + 1))
        return [self.day(day) for day in days if self._why(day)[0] is not Why.USUAL]

    def _why(self, day: date) -> tuple[Why, str]:
        holidays = self._working.holidays
        is_off = holidays is not None and holidays.is_day_off(day)
        made_up = holidays is not None and holidays.is_made_up(day)
        name = holidays.find_name(day, self._t.language) if isinstance(holidays, PublicHolidays) else None
        told = self._t("settings_made_up") if made_up else name or ""
        if day in self._working.exceptions:
            exception = self._t("settings_exception")
            return Why.EXCEPTION, f"{exception} · {told}" if told else exception
        if made_up:
            return Why.MADE_UP, told
        return (Why.HOLIDAY, told) if is_off else (Why.USUAL, "")


def spell_window(window: Window) -> str:
    """As it is typed: 09:00-24:00."""
    end = "24:00" if window.end == time.max else f"{window.end:%H:%M}"
    return f"{window.start:%H:%M}-{end}"


def parse_month(text: str, today: date) -> date:
    """The first day of a month such as 2027-02; of today's for whatever else."""
    try:
        found = date.fromisoformat(f"{text}-01")
    except ValueError:
        return today.replace(day=1)
    return found if 2000 <= found.year <= 2100 else today.replace(day=1)


def step_month(first: date, months: int) -> str:
    """The month so many later, as `parse_month` reads it."""
    year, month = divmod(first.year * 12 + first.month - 1 + months, 12)
    return f"{year:04}-{month + 1:02}"
