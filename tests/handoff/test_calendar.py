"""Working hours: what customers are promised must be a moment at which somebody is there."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handoff.hours import Window, WorkingHours

SHANGHAI = ZoneInfo("Asia/Shanghai")
WEEK = timedelta(days=7)
# Clocks change at night: people who begin at five or later are not touched by it.
ZONES = [SHANGHAI, ZoneInfo("UTC"), ZoneInfo("America/New_York"), ZoneInfo("Australia/Lord_Howe")]
EARLIEST = 5 * 60  # minutes after midnight

begin, end = datetime(2024, 1, 1), datetime(2029, 1, 1)  # noqa: DTZ001 - hypothesis adds the zone
moments = st.datetimes(begin, end, timezones=st.just(UTC))


@st.composite
def windows(draw: st.DrawFn) -> Window:
    start = draw(st.integers(EARLIEST, 24 * 60 - 1))
    end = draw(st.integers(start + 1, 24 * 60))
    return Window(start=_time(start), end=_time(end))


def _time(minutes: int) -> time:
    return time.max if minutes == 24 * 60 else time(minutes // 60, minutes % 60)


@st.composite
def working_hours(draw: st.DrawFn) -> WorkingHours:
    days = st.dictionaries(st.integers(0, 6), st.lists(windows(), max_size=3))
    return WorkingHours(zone=draw(st.sampled_from(ZONES)), days=draw(days))


@given(working_hours(), moments)
def test_the_next_opening_is_open_and_nothing_opens_before_it(hours: WorkingHours, at: datetime) -> None:
    opening = hours.next_opening(at)
    if opening is None:
        assert not any(hours.days.values())
        return
    assert opening.tzinfo is hours.zone
    assert hours.is_open(opening)
    assert at <= opening.astimezone(UTC) <= at + WEEK + timedelta(hours=1)
    if opening != at:
        assert not hours.is_open(at)
        assert not hours.is_open(opening.astimezone(UTC) - timedelta(microseconds=1))
        starts = {(day, w.start) for day, some in hours.days.items() for w in some}
        assert (opening.weekday(), opening.time()) in starts


@given(working_hours(), moments)
def test_while_people_are_there_the_next_opening_is_now(hours: WorkingHours, at: datetime) -> None:
    assert (hours.next_opening(at) == at) == hours.is_open(at)


@given(working_hours(), moments, moments)
def test_later_is_never_sooner(hours: WorkingHours, one: datetime, other: datetime) -> None:
    first, second = (hours.next_opening(at) for at in sorted((one, other)))
    assert (first is None) == (second is None)
    assert first is None or second is None or first.astimezone(UTC) <= second.astimezone(UTC)


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
    hours = WorkingHours(
        zone=SHANGHAI,
        days={
            0: [Window(start=time(13, 30), end=time(18)), Window(start=time(9), end=time(12))],
            1: [Window(start=time(20), end=time.max)],
        },
    )
    at = datetime.fromisoformat(local).replace(tzinfo=SHANGHAI)
    expected = at if opens is None else datetime.fromisoformat(opens).replace(tzinfo=SHANGHAI)
    assert hours.is_open(at) == (opens is None)
    assert hours.next_opening(at) == expected
