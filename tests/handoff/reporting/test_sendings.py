"""Reports on their way: when each is due, and that it goes out once, late rather than never; on both databases."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from core.cursors import set_cursor
from core.database import Database
from handoff.alert_sender import AlertNotice, AlertSender
from handoff.alerts import Alert
from handoff.attention import list_unseen
from handoff.reporting.figures import Period, period_of
from handoff.reporting.keeper import CURSOR, Keeper
from handoff.reporting.schedule import Destination, Schedule, Unit, Way, list_due
from handoff.reporting.sendings import LEASE, MAX_ATTEMPTS, Note, Parcel, Reports, ReportSending
from handoff.wording.alerts import word_alerts
from tests.shop import DESK, Shop, open_shop
from tests.slack.cases import reader

ZONE = ZoneInfo("Asia/Shanghai")
BOSS = Destination(way=Way.EMAIL, address="boss@example.com")
ROOM = Destination(way=Way.SLACK, address="C012AB3CD")
WEEKLY = Schedule(unit=Unit.WEEK, day=0, at=time(8), to=(BOSS, ROOM))
MONTHLY = Schedule(unit=Unit.MONTH, day=1, at=time(8), to=(BOSS,))
LAST_WEEK = Period(start=date(2026, 11, 16), end=date(2026, 11, 22))


def due(schedule: Schedule, now: str, zone: str = "Asia/Shanghai") -> list[tuple[str, str]]:
    """The first day of each report, and when it was to go out, where the shop is."""
    where = ZoneInfo(zone)
    found = list_due([schedule], now=datetime.fromisoformat(now).replace(tzinfo=where), zone=where)
    return sorted({(f"{each.period.start}", f"{each.planned_at.astimezone(where):%F %R}") for each in found})


def test_a_week_is_due_on_its_day_after_it_and_a_month_likewise() -> None:
    assert due(WEEKLY, "2026-11-23T08:00") == [("2026-11-16", "2026-11-23 08:00")]
    assert due(WEEKLY, "2026-11-23T07:59") == []  # last Monday’s is a week late
    assert due(MONTHLY, "2026-12-01T08:00") == [("2026-11-01", "2026-12-01 08:00")]
    on_sundays = Schedule(unit=Unit.WEEK, day=6, at=time(20), to=(BOSS,))
    assert due(on_sundays, "2026-11-22T20:00") == [("2026-11-09", "2026-11-22 20:00")]
    assert due(on_sundays, "2026-11-23T01:00") == [("2026-11-09", "2026-11-22 20:00")]
    on_28th = Schedule(unit=Unit.MONTH, day=28, at=time(8), to=(BOSS,))
    assert due(on_28th, "2027-03-01T07:00") == [("2027-01-01", "2027-02-28 08:00")]


def test_late_by_hours_is_due_and_late_by_days_is_not() -> None:
    assert due(WEEKLY, "2026-11-25T23:00") == [("2026-11-16", "2026-11-23 08:00")]
    assert due(WEEKLY, "2026-11-26T08:00") == []


def test_an_hour_that_summer_time_skips_or_repeats_comes_once() -> None:
    nightly = Schedule(unit=Unit.WEEK, day=6, at=time(2, 30), to=(BOSS,))
    assert due(nightly, "2026-03-29T03:30", "Europe/Berlin") == [("2026-03-16", "2026-03-29 03:30")]
    assert due(nightly, "2026-10-25T02:30", "Europe/Berlin") == [("2026-10-12", "2026-10-25 02:30")]


@given(
    st.integers(1_577_836_800, 2_208_988_800),
    st.integers(0, 6),
    st.times(),
    st.sampled_from(["Asia/Shanghai", "America/New_York", "Australia/Lord_Howe"]),
)
def test_what_is_due_is_over_and_not_in_the_future(moment: int, day: int, at: time, zone: str) -> None:
    where, now = ZoneInfo(zone), datetime.fromtimestamp(moment, UTC)
    schedules = [
        Schedule(unit=Unit.WEEK, day=day, at=at, to=(BOSS,)),
        Schedule(unit=Unit.MONTH, day=day + 1, at=at, to=(BOSS,)),
    ]
    for each in list_due(schedules, now=now, zone=where):
        assert each.planned_at <= now
        assert each.period.end < each.planned_at.astimezone(where).date()
        assert each.period == period_of(each.unit, each.period.start)


class Killed(BaseException):
    """The process dies."""


@dataclass
class Postman:
    """Carries reports, unless something is wrong with it."""

    carried: list[Parcel] = field(default_factory=list)
    errors: list[BaseException] = field(default_factory=list)
    reaches: str | None = None  # how far it comes before it fails

    async def carry(self, parcel: Parcel, note: Note) -> None:
        self.carried.append(parcel)
        if self.reaches:
            await note(self.reaches)
        if self.errors:
            raise self.errors.pop(0)


@pytest.fixture
async def shop(database: Database) -> AsyncIterator[Shop]:
    async with open_shop(database) as shop:
        shop.time_passes(hours=-3)  # Monday at 7
        yield shop


@pytest.fixture
def postman() -> Postman:
    return Postman()


def office(shop: Shop, postman: Postman, *schedules: Schedule) -> Reports:
    return Reports(
        shop.database,
        schedules or (WEEKLY,),
        {Way.EMAIL: postman, Way.SLACK: postman},
        settings=DESK,
        zone=ZONE,
        clock=lambda: shop.now,
    )


async def work(reports: Reports) -> None:
    while await reports.step():
        pass


async def test_each_destination_gets_it_once_when_it_is_time(shop: Shop, postman: Postman) -> None:
    reports = office(shop, postman)
    await work(reports)
    assert postman.carried == []
    shop.time_passes(hours=1)
    await work(reports)
    await work(office(shop, postman))  # after a restart
    assert [(each.to, each.period) for each in postman.carried] == [(ROOM, LAST_WEEK), (BOSS, LAST_WEEK)]
    shop.time_passes(days=7)
    await work(reports)
    assert len(postman.carried) == 4


async def test_who_was_off_for_hours_sends_it_and_who_was_off_for_weeks_does_not(
    shop: Shop, postman: Postman
) -> None:
    reports = office(shop, postman)
    shop.time_passes(hours=15)
    await work(reports)
    assert len(postman.carried) == 2
    shop.time_passes(days=7)
    postman.errors = [RuntimeError("away"), RuntimeError("away")]
    await work(reports)
    shop.time_passes(days=6)
    await work(reports)
    assert len(postman.carried) == 4


async def test_of_several_clocks_one_sends_it(shop: Shop, postman: Postman) -> None:
    shop.time_passes(hours=1)
    clocks = [office(shop, postman) for _ in range(4)]
    await asyncio.gather(*map(work, clocks))
    assert sorted(each.to for each in postman.carried) == [BOSS, ROOM]


async def test_a_process_that_dies_leaves_it_to_the_next_one(shop: Shop, postman: Postman) -> None:
    shop.time_passes(hours=1)
    postman.errors = [Killed()]
    with pytest.raises(Killed):
        await office(shop, postman).step()
    await work(office(shop, postman))
    assert len(postman.carried) == 2  # the other one; the first may be under way
    shop.time_passes(seconds=LEASE.total_seconds() + 1)
    await work(office(shop, postman))
    assert [each.to for each in postman.carried] == [ROOM, BOSS, ROOM]


async def test_who_does_not_get_to_the_end_goes_on_from_there(shop: Shop, postman: Postman) -> None:
    shop.time_passes(hours=1)
    postman.reaches, postman.errors = "1700.1", [RuntimeError("no room for files")]
    await work(office(shop, postman))
    shop.time_passes(minutes=5)
    await work(office(shop, postman))
    assert [each.reached for each in postman.carried if each.to == ROOM] == [None, "1700.1"]


async def test_after_the_last_try_managers_are_told_and_it_is_over(shop: Shop, postman: Postman) -> None:
    shop.change_desk(alert_ports=("log",))
    boss = await shop.agent("班长")
    reports = Reports(
        shop.database,
        [MONTHLY, Schedule(unit=Unit.WEEK, day=0, at=time(8), to=(BOSS,))],
        {Way.EMAIL: postman},
        settings=shop.cases.settings,
        zone=ZONE,
        clock=lambda: shop.now,
    )
    shop.time_passes(hours=1)
    postman.errors = [RuntimeError("mail.example.com refuses the user")] * (MAX_ATTEMPTS + 1)
    for _ in range(MAX_ATTEMPTS + 2):
        await work(reports)
        shop.time_passes(hours=3)
    assert len(postman.carried) == MAX_ATTEMPTS
    async with shop.database.read() as session:
        (row,) = await session.scalars(select(ReportSending))
        (alert,) = await session.scalars(select(Alert))
        unseen = await list_unseen(session, boss.id)
    assert (row.due_at, row.sent_at, row.error) == (None, None, "mail.example.com refuses the user")
    assert alert.ticket_id is None
    (line,) = word_alerts(unseen, reader())
    assert line.ticket_id is None and "mail.example.com refuses the user" in line.text
    assert "2026-11-16–2026-11-22" in line.text and BOSS.address in line.text
    assert await alerts_sent(shop) == [("", "report")]


async def alerts_sent(shop: Shop) -> list[tuple[str, str]]:
    """What goes out by a port: the ticket's number, and the kind."""
    sent: list[AlertNotice] = []

    class Port:
        name, gathers = "log", False

        async def send(self, notices: list[AlertNotice]) -> None:
            sent.extend(notices)

    sender = AlertSender(shop.database, [Port()], clock=lambda: shop.now)  # type: ignore[list-item]
    while await sender.step():
        pass
    return [(each.ticket, each.kind) for each in sent]


async def test_while_all_is_counted_anew_it_waits_but_not_for_ever(shop: Shop, postman: Postman) -> None:
    keeper = Keeper(shop.database, zone=ZONE)
    await keeper.count()
    async with shop.database.write() as session:
        await set_cursor(session, CURSOR, '{"zone":"Asia/Shanghai","stage":"tickets"}')
    shop.time_passes(hours=1)
    reports = office(shop, postman)
    await work(reports)
    assert postman.carried == []
    shop.time_passes(hours=6)
    await work(reports)
    assert len(postman.carried) == 2


async def test_what_is_not_wanted_any_more_is_not_sent(shop: Shop, postman: Postman) -> None:
    shop.time_passes(hours=1)
    postman.errors = [RuntimeError("away")] * 2
    await work(office(shop, postman))
    shop.time_passes(minutes=30)
    only_boss = Schedule(unit=Unit.WEEK, day=0, at=time(8), to=(BOSS,))
    await work(office(shop, postman, only_boss))
    assert [each.to for each in postman.carried[2:]] == [BOSS]


def test_the_longest_wait_is_over_long_before_it_is_too_late() -> None:
    assert timedelta(seconds=7200 * 1.2 * MAX_ATTEMPTS) < timedelta(days=3)
