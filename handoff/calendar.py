"""The working calendar: when people are there, and what a promise of so many working hours comes to. Pure.

A day's hours are those of its weekday, unless it is a public holiday, a working day that makes up for one (调休), or
an exception of the shop's own, which goes before all. Moments are compared and counted in UTC, so that a change of clocks
neither lengthens nor shortens a promise.
"""

import functools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

LOOK_AHEAD = 400  # days: whoever closes for longer has no next opening

_DAY = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class Window:
    """A stretch of one day; `end` may be 24:00, given as `time.max`."""

    start: time
    end: time


@dataclass(frozen=True, kw_only=True)
class Span:
    """A stretch of time in which people are there: from `start` until before `end`, both in UTC."""

    start: datetime
    end: datetime


class Holidays(Protocol):
    """Which days a country has off, and on which it works to make up for them."""

    def is_day_off(self, day: date) -> bool: ...

    def is_made_up(self, day: date) -> bool:
        """Whether a day of rest is worked, in exchange for another."""
        ...

    def is_published(self, year: int) -> bool:
        """Whether the year's days are decreed, not guessed."""
        ...


class CalendarEnds(Exception):
    """Nobody is there for so long that a moment cannot be found; `since` is from when it was looked for."""

    def __init__(self, since: datetime) -> None:
        super().__init__(f"no working time in the {LOOK_AHEAD} days from {since:%Y-%m-%d}")
        self.since = since


@dataclass(frozen=True, kw_only=True)
class WorkingCalendar:
    """Windows by weekday (0 is Monday) in a time zone, and what changes them."""

    zone: ZoneInfo
    days: Mapping[int, Sequence[Window]]
    holidays: Holidays | None = None
    exceptions: Mapping[date, Sequence[Window]] = field(default_factory=dict)  # no window: closed

    def windows_on(self, day: date) -> Sequence[Window]:
        """When people are there on a day, in no particular order."""
        if day in self.exceptions:
            return self.exceptions[day]
        usual = self.days.get(day.weekday(), ())
        if self.holidays is None:
            return usual
        if self.holidays.is_made_up(day):  # worked as the week's first working day is
            return usual or next((self.days[each] for each in sorted(self.days) if self.days[each]), ())
        return () if self.holidays.is_day_off(day) else usual

    def spans(self, since: datetime) -> Iterator[Span]:
        """Working time from a moment on, in order, for `LOOK_AHEAD` days; the first begins then or later."""
        done = since.astimezone(UTC)
        day = since.astimezone(self.zone).date() - _DAY
        for _ in range(LOOK_AHEAD + 2):
            for span in _spans_of(day, tuple(self.windows_on(day)), self.zone):
                start = max(span.start, done)  # a change of clocks may make windows overlap
                if start < span.end:
                    yield Span(start=start, end=span.end)
                    done = span.end
            day += _DAY

    def is_open(self, at: datetime) -> bool:
        """Whether people are there at that moment."""
        return self.next_opening(at) == at

    def next_opening(self, at: datetime) -> datetime | None:
        """The next moment from `at` on when people are there (`at` itself when open), in the calendar's zone.

        None when nobody is there for `LOOK_AHEAD` days.
        """
        first = next(self.spans(at), None)
        return None if first is None else first.start.astimezone(self.zone)

    def after(self, since: datetime, duration: timedelta) -> datetime:
        """The moment when so much working time has passed, in UTC; it is working time, or the end of it.

        Raises `CalendarEnds`.
        """
        left = duration
        for span in self._all_spans(since):
            if left <= span.end - span.start:
                return span.start + left
            left -= span.end - span.start
        raise CalendarEnds(since)

    def between(self, start: datetime, end: datetime) -> timedelta:
        """How much working time is between two moments; none when `end` is not later."""
        total = timedelta()
        for span in self._all_spans(start):
            if span.start >= end:
                break
            total += min(span.end, end.astimezone(UTC)) - span.start
        return total

    def is_guessed(self, start: datetime, end: datetime) -> bool:
        """Whether a year between two moments has no decreed holidays yet."""
        if self.holidays is None:
            return False
        years = range(start.astimezone(self.zone).year, end.astimezone(self.zone).year + 1)
        return not all(self.holidays.is_published(year) for year in years)

    def _all_spans(self, since: datetime) -> Iterator[Span]:
        """Working time from a moment on, until nobody is there for `LOOK_AHEAD` days."""
        start: datetime | None = since
        while start is not None:
            last: datetime | None = None
            for span in self.spans(start):
                yield span
                last = span.end
            start = last


@functools.lru_cache(maxsize=4_096)
def _spans_of(day: date, windows: tuple[Window, ...], zone: ZoneInfo) -> list[Span]:
    """A day's windows as spans, in order. Remembered: every deadline of every ticket walks over the same days."""
    return sorted((_span(day, each, zone) for each in windows), key=_start)


def _span(day: date, window: Window, zone: ZoneInfo) -> Span:
    end_day, end = (day + _DAY, time()) if window.end == time.max else (day, window.end)
    return Span(
        start=datetime.combine(day, window.start, zone).astimezone(UTC),
        end=datetime.combine(end_day, end, zone).astimezone(UTC),
    )


def _start(span: Span) -> datetime:
    return span.start
