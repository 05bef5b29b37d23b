"""The working calendar: a moment that is promised is one at which somebody is there, whatever the day and the clocks."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handoff.calendar import CalendarEnds, Window, WorkingCalendar
from handoff.public_holidays import PublicHolidays

SHANGHAI = ZoneInfo("Asia/Shanghai")
# Clocks change at night in all but the first two, in the last by half an hour.
ZONES = [SHANGHAI, ZoneInfo("UTC"), ZoneInfo("America/New_York"), ZoneInfo("Australia/Lord_Howe")]
HOLIDAYS = [None, *(PublicHolidays(code) for code in ("CN", "US", "DE-BY"))]
OFFICE = {
    day: [Window(start=time(9), end=time(12)), Window(start=time(13), end=time(18))] for day in range(5)
}

begin, end = datetime(2024, 1, 1), datetime(2027, 6, 1)  # noqa: DTZ001 - hypothesis adds the zone
moments = st.datetimes(begin, end, timezones=st.just(UTC))
durations = st.timedeltas(timedelta(), timedelta(hours=60))


@st.composite
def windows(draw: st.DrawFn) -> Window:
    start = draw(st.integers(0, 24 * 60 - 1))
    end = draw(st.integers(start + 1, 24 * 60))
    return Window(start=_time(start), end=_time(end))


def _time(minutes: int) -> time:
    return time.max if minutes == 24 * 60 else time(minutes // 60, minutes % 60)


@st.composite
def calendars(draw: st.DrawFn) -> WorkingCalendar:
    some = st.lists(windows(), max_size=3)
    return WorkingCalendar(
        zone=draw(st.sampled_from(ZONES)),
        days=draw(st.dictionaries(st.integers(0, 6), some)),
        holidays=draw(st.sampled_from(HOLIDAYS)),
        exceptions=draw(st.dictionaries(st.dates(begin.date(), end.date()), some, max_size=3)),
    )


def _is_worked(calendar: WorkingCalendar, at: datetime) -> bool:
    """Said anew: whether the moment is in a window of its day, or just at the end of one."""
    local = at.astimezone(calendar.zone)
    midnight = local.time() == time() and any(
        window.end == time.max for window in calendar.windows_on(local.date() - timedelta(days=1))
    )
    return midnight or any(
        window.start <= local.time() <= window.end for window in calendar.windows_on(local.date())
    )


@given(calendars(), moments)
def test_nothing_opens_before_the_next_opening(calendar: WorkingCalendar, at: datetime) -> None:
    opening = calendar.next_opening(at)
    if opening is None:
        assert not any(calendar.days.values())
        return
    assert opening.tzinfo is calendar.zone
    assert opening >= at
    assert calendar.is_open(opening)
    assert (opening == at) == calendar.is_open(at)
    if opening > at:
        assert not calendar.is_open(opening.astimezone(UTC) - timedelta(microseconds=1))


@given(calendars(), moments, durations)
def test_a_deadline_is_in_working_time_and_leaves_the_time_that_was_promised(
    calendar: WorkingCalendar, at: datetime, duration: timedelta
) -> None:
    try:
        deadline = calendar.after(at, duration)
    except CalendarEnds:
        assert not any(calendar.days.values())
        return
    assert deadline >= at
    assert calendar.between(at, deadline) == duration
    assert calendar.is_open(deadline) or calendar.is_open(deadline - timedelta(microseconds=1))


@given(calendars(), moments, moments, durations, durations)
def test_who_starts_later_or_has_longer_is_never_due_sooner(
    calendar: WorkingCalendar, one: datetime, other: datetime, short: timedelta, long: timedelta
) -> None:
    if not any(calendar.days.values()):
        return
    (first, second), (short, long) = sorted((one, other)), sorted((short, long))
    assert calendar.after(first, short) <= calendar.after(second, short)
    assert calendar.after(first, short) <= calendar.after(first, long)


@given(calendars(), moments, durations)
def test_the_zone_of_a_moment_does_not_matter(
    calendar: WorkingCalendar, at: datetime, duration: timedelta
) -> None:
    if not any(calendar.days.values()):
        return
    elsewhere = at.astimezone(ZoneInfo("America/Santiago"))
    assert calendar.after(elsewhere, duration) == calendar.after(at, duration)
    assert calendar.next_opening(elsewhere) == calendar.next_opening(at)


@given(st.sampled_from([ZONES[0], ZONES[1]]), st.sampled_from(HOLIDAYS), moments, durations)
def test_where_clocks_do_not_change_a_deadline_is_within_its_days_windows(
    zone: ZoneInfo, holidays: PublicHolidays | None, at: datetime, duration: timedelta
) -> None:
    calendar = WorkingCalendar(zone=zone, days=OFFICE, holidays=holidays)
    assert _is_worked(calendar, calendar.after(at, duration))


@pytest.mark.parametrize(
    ("since", "hours", "due"),
    [
        ("2026-03-27 17:00", 2, "2026-03-30 10:00"),  # over a weekend
        ("2026-09-30 17:30", 1, "2026-10-08 09:30"),  # National Day: eight days off
        ("2026-10-09 17:00", 2, "2026-10-10 10:00"),  # a Saturday that makes up for one of them
        ("2026-02-13 17:00", 10, "2026-02-24 10:00"),  # to the 14th, made up, then Spring Festival
        ("2026-12-24 12:00", 0, "2026-12-24 13:00"),  # nothing is due during lunch
    ],
)
def test_mainland_china(since: str, hours: int, due: str) -> None:
    calendar = WorkingCalendar(zone=SHANGHAI, days=OFFICE, holidays=PublicHolidays("CN"))
    moment = datetime.fromisoformat(since).replace(tzinfo=SHANGHAI)
    assert calendar.after(moment, timedelta(hours=hours)).astimezone(SHANGHAI) == datetime.fromisoformat(
        due
    ).replace(tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("night", "length"),
    [("2026-03-07", 7), ("2026-10-31", 9), ("2026-06-06", 8)],  # clocks forward, back, and as usual
)
def test_a_night_shift_is_as_long_as_it_is(night: str, length: int) -> None:
    zone = ZoneInfo("America/New_York")
    late, early = Window(start=time(22), end=time.max), Window(start=time(0), end=time(6))
    calendar = WorkingCalendar(zone=zone, days={5: [late], 6: [early]})
    evening = datetime.fromisoformat(night).replace(hour=22, tzinfo=zone)
    morning = (evening + timedelta(days=1)).replace(hour=6)
    assert calendar.between(evening, morning) == timedelta(hours=length)
    assert calendar.after(evening, timedelta(hours=length)) == morning


def test_an_exception_goes_before_holidays_and_make_up_days() -> None:
    exceptions: Mapping[date, list[Window]] = {
        date(2026, 10, 10): [],  # a make-up day
        date(2026, 10, 1): [Window(start=time(10), end=time(16))],  # a holiday
    }
    calendar = WorkingCalendar(
        zone=SHANGHAI, days=OFFICE, holidays=PublicHolidays("CN"), exceptions=exceptions
    )
    assert calendar.is_open(datetime(2026, 10, 1, 15, tzinfo=SHANGHAI))
    assert not calendar.is_open(datetime(2026, 10, 10, 15, tzinfo=SHANGHAI))


@pytest.mark.parametrize(
    ("code", "year", "guessed"),
    [
        ("CN", 2026, False),
        ("CN", 2012, False),
        ("CN", 2035, True),
        ("US", 2035, False),
        ("DE-BY", 2035, False),
    ],
)
def test_a_year_whose_exchanged_days_are_not_decreed_yet_is_a_guess(
    code: str, year: int, guessed: bool
) -> None:
    calendar = WorkingCalendar(zone=SHANGHAI, days=OFFICE, holidays=PublicHolidays(code))
    day = datetime(year, 5, 1, tzinfo=SHANGHAI)
    assert calendar.is_guessed(day, day + timedelta(days=1)) == guessed


def test_who_is_never_there_promises_nothing() -> None:
    calendar = WorkingCalendar(zone=SHANGHAI, days={})
    at = datetime(2026, 5, 1, tzinfo=SHANGHAI)
    assert calendar.next_opening(at) is None
    assert calendar.between(at, at + timedelta(days=9)) == timedelta()
    with pytest.raises(CalendarEnds, match="2026-05-01"):
        calendar.after(at, timedelta(minutes=1))


@pytest.mark.parametrize(
    ("local", "opens"),
    [
        ("2026-11-23 08:59:59.999999", "2026-11-23 09:00"),
        ("2026-11-23 09:00", None),
        ("2026-11-23 11:59:59.999999", None),
        ("2026-11-23 12:00", "2026-11-23 13:30"),  # lunch
        ("2026-11-23 18:00", "2026-11-24 20:00"),  # Tuesday works the late shift
        ("2026-11-24 23:59:59", None),  # until midnight
        ("2026-11-25 00:00", "2026-11-30 09:00"),  # nobody until Monday
    ],
)
def test_a_week_of_a_shop(local: str, opens: str | None) -> None:
    calendar = WorkingCalendar(
        zone=SHANGHAI,
        days={
            0: [Window(start=time(13, 30), end=time(18)), Window(start=time(9), end=time(12))],
            1: [Window(start=time(20), end=time.max)],
        },
    )
    at = datetime.fromisoformat(local).replace(tzinfo=SHANGHAI)
    expected = at if opens is None else datetime.fromisoformat(opens).replace(tzinfo=SHANGHAI)
    assert calendar.is_open(at) == (opens is None)
    assert calendar.next_opening(at) == expected
