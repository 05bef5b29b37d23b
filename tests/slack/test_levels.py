"""The levels of deadlines on cards change when their time comes, though nothing happens."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from core.database import Database
from handoff.desk.threads import SlackThread
from handoff.life import EventKind
from handoff.lists import RunningDeadline
from handoff.standards import Promise, Standards, Term
from handoff.wording.clocks import full_clocks, next_level_at
from tests.slack.cases import OPEN, SETTINGS, Case, reader
from tests.slack.office import Office, open_office, read
from tests.slack.workspace import Workspace


@pytest.fixture
async def office(database: Database, workspace: Workspace) -> AsyncIterator[Office]:
    async with open_office(database, workspace) as office:
        yield office


async def looks_at(office: Office) -> list[object]:
    async with office.shop.database.read() as session:
        return list(await session.scalars(select(SlackThread.due_at)))


async def test_a_card_turns_by_itself_and_is_left_alone_in_between(office: Office) -> None:
    """Nobody keeps time here, so no event is recorded. The ticket is to be taken within ten minutes."""
    await office.shop.customer_says("我要人工")
    await office.settle()
    assert "🟢 来得及 · *接手*" in read(await office.card())
    updates = len(await office.workspace.calls("chat.update"))
    office.shop.time_passes(minutes=5)
    await office.settle()
    assert len(await office.workspace.calls("chat.update")) == updates
    office.shop.time_passes(minutes=2.5)
    await office.settle()
    assert "🟡 快到时限 · *接手*" in read(await office.card())
    office.shop.time_passes(minutes=2.5)
    await office.settle()
    assert "🔴 已超时 · *接手*" in read(await office.card())


async def test_a_card_turns_in_the_night_too_where_no_warning_comes(office: Office) -> None:
    """Of 24 working hours three quarters are over on the second afternoon; of the time on the wall, that night."""
    await office.shop.customer_says("我要人工")
    await office.settle()
    await office.shop.clocks_run(hours=35)
    await office.settle()
    events = await office.shop.events(await office.shop.ticket())
    warned = {event.data["promise"] for event in events if event.kind == EventKind.WARNED}
    assert Promise.RESOLUTION in warned
    assert "🟢 来得及 · *解决*" in read(await office.card())
    office.shop.time_passes(hours=1)
    await office.settle()
    assert "🟡 快到时限 · *解决*" in read(await office.card())


async def test_a_card_that_time_does_not_change_any_more_is_not_looked_at(office: Office) -> None:
    await office.shop.customer_says("我要人工")
    await office.settle()
    assert None not in await looks_at(office)
    lin = await office.shop.agent("小林")
    ticket = await office.shop.ticket()
    await office.shop.work.take(ticket.id, lin)
    await office.shop.work.resolve(ticket.id, lin)
    await office.shop.work.confirm(ticket.id, lin)
    await office.settle()
    assert await looks_at(office) == [None]


def test_the_next_level_is_the_nearest_of_all_deadlines() -> None:
    def running(since: int, due: int | None) -> RunningDeadline:
        due_at = None if due is None else OPEN + timedelta(minutes=due)
        since_at = OPEN + timedelta(minutes=since)
        return RunningDeadline("take", "basic", "running", False, since_at, due_at)

    both = [running(0, 40), running(0, 100), running(0, None)]
    expected = {0: 30, 29: 30, 30: 40, 39: 40, 40: 75, 75: 100}
    for now, then in expected.items():
        assert next_level_at(both, OPEN + timedelta(minutes=now)) == OPEN + timedelta(minutes=then)
    assert next_level_at(both, OPEN + timedelta(minutes=100)) is None
    assert next_level_at([], OPEN) is None


TERMS = {Promise.TAKE: 40, Promise.FIRST_RESPONSE: 100, Promise.RESOLUTION: 200}  # minutes
SHORT = Standards(
    basic={promise: Term(duration=timedelta(minutes=count)) for promise, count in TERMS.items()}
)


def test_a_card_is_looked_at_when_a_level_changes_and_at_no_other_time() -> None:
    case = Case(settings=replace(SETTINGS, standards=SHORT))

    def levels(minute: int) -> list[str]:
        read = reader(later=timedelta(minutes=minute), settings=case.settings)
        return [clock.level for clock in full_clocks(case.view.ticket, case.view.deadlines, read)]

    turns = [minute for minute in range(1, 240) if levels(minute) != levels(minute - 1)]
    now, found = OPEN, []
    while (at := next_level_at(case.view.deadlines, now)) is not None:
        found.append(round((at - OPEN) / timedelta(minutes=1)))
        now = at
    assert found == turns == [30, 40, 75, 100, 150, 200]
