"""Settings that are changed in one process are in force in all, with a wake-up and without, and for all that ask for them."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.config import load_config
from bot.desk_base import DeskBase
from core.audit import list_acts
from core.database import Database
from core.wakeups import LocalWakeups
from handoff.adjusting.acts import Adjusting, Overtaken
from handoff.adjusting.changes import SettingChange
from handoff.adjusting.layers import Misfit
from handoff.adjusting.live import LiveSettings
from handoff.cases import Cases
from handoff.deadlines import list_open_deadlines
from handoff.kinds import Reason
from handoff.standards import Promise
from handoff.timekeeper import Timekeeper
from tests.console.world import World
from tests.waiting import until

CONFIG = """\
shop: {name: {zh: 好物, en: Goods}}
desk:
  hours: {mon: ["00:00-24:00"], tue: ["00:00-24:00"], wed: ["00:00-24:00"], thu: ["00:00-24:00"],
    fri: ["00:00-24:00"], sat: ["00:00-24:00"], sun: ["00:00-24:00"]}
  queues:
    service: {zh: 客服, en: Service}
    repair: {zh: 维修, en: Repairs}
  default_queue: service
"""
MONDAY = datetime(2026, 11, 30, 2, 0, tzinfo=UTC)


@pytest.fixture
def base(tmp_path: Path) -> DeskBase:
    path = tmp_path / "config.yml"
    path.write_text(CONFIG, "utf-8")
    return DeskBase(load_config(path))


@pytest.fixture
def adjusting(database: Database, base: DeskBase) -> Adjusting:
    return Adjusting(database, LocalWakeups(), base, clock=lambda: MONDAY)


async def change(adjusting: Adjusting, who: str = "ma", **places: Any) -> list[str]:
    named = {place.replace("__", "."): value for place, value in places.items()}
    return await adjusting.save(named, seen=None, who=who)


async def test_a_change_is_in_force_in_a_process_that_only_polls(
    database: Database, base: DeskBase, adjusting: Adjusting
) -> None:
    live = LiveSettings(database, base)
    await live.load()
    assert live.now.queue_for(Reason.COMPLAINT) == "service"
    await change(adjusting, routes__complaint="repair")
    assert live.now.queue_for(Reason.COMPLAINT) == "service"
    await live.step()
    assert live.now.queue_for(Reason.COMPLAINT) == "repair"
    kept = live.now
    await live.step()
    assert live.now is kept  # nothing new: nothing is read again


async def test_a_wake_up_brings_a_change_at_once(database: Database, base: DeskBase) -> None:
    wakeups = LocalWakeups()
    live = LiveSettings(database, base)
    await live.load()
    running = asyncio.create_task(live.run(wakeups))
    adjusting = Adjusting(database, wakeups, base)
    await change(adjusting, default_queue="repair")
    await asyncio.to_thread(until, lambda: live.now.default_queue == "repair")
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_what_parts_hold_changes_with_it(
    database: Database, base: DeskBase, adjusting: Adjusting
) -> None:
    live = LiveSettings(database, base)
    await live.load()
    cases = Cases(database, LocalWakeups(), pushed=(), settings=live)
    wanted = {"exceptions.2026-12-01": [], "hours.mon": ["09:00-12:00"]}
    await adjusting.save(wanted, seen=None, who="ma")
    await live.step()
    calendar = cases.settings.calendar
    assert calendar.windows_on(date(2026, 12, 1)) == []
    assert not calendar.is_open(datetime(2026, 11, 30, 5, 0, tzinfo=UTC))  # 13:00 in Shanghai


async def test_running_deadlines_follow_a_changed_standard(
    database: Database, base: DeskBase, adjusting: Adjusting
) -> None:
    live = LiveSettings(database, base)
    await live.load()
    world = World(database, settings=live.now)
    ticket = await world.ticket()
    keeper = Timekeeper(Cases(database, LocalWakeups(), pushed=(), settings=live, clock=world.clock))

    async def term() -> timedelta:
        async with database.read() as session:
            found = await list_open_deadlines(session, ticket.id)
        (take,) = [each for each in found if each.promise == Promise.TAKE]
        assert take.due_at is not None
        return take.due_at - take.since

    assert await term() == timedelta(minutes=10)
    await change(adjusting, standards__basic__take="2h")
    await live.step()
    await keeper.step()
    assert await term() == timedelta(hours=2)
    await adjusting.give_back(["standards.basic.take"], who="ma")
    await live.step()
    await keeper.step()
    assert await term() == timedelta(minutes=10)


async def test_what_does_not_fit_any_more_is_left_out_at_the_start(
    database: Database, base: DeskBase, adjusting: Adjusting, tmp_path: Path
) -> None:
    await change(adjusting, routes__complaint="repair", surveys__every="7d")
    path = tmp_path / "config.yml"
    path.write_text(CONFIG.replace("    repair: {zh: 维修, en: Repairs}\n", ""), "utf-8")
    changed = DeskBase(load_config(path))
    live = LiveSettings(database, changed)
    await live.load()
    assert live.now.queue_for(Reason.COMPLAINT) == "service" and live.now.surveys.every == timedelta(days=7)

    after = Adjusting(database, LocalWakeups(), changed)
    assert [place for place, _ in (await after.read()).laid.left_out] == ["routes.complaint"]
    # Others can be changed meanwhile, and nothing is lost, also where a form is sent as it stood.
    await change(after, surveys__every="8d", routes__complaint=None)
    assert [place for place, _ in (await after.read()).laid.left_out] == ["routes.complaint"]
    await after.give_back(["routes.complaint"], who="ma")
    assert (await after.read()).laid.left_out == ()


async def test_every_save_is_in_the_audit_log_with_before_and_after(
    database: Database, adjusting: Adjusting
) -> None:
    await change(adjusting, surveys__every="7d", queues__night={"zh": "夜班", "en": "Night"})
    await change(adjusting, surveys__every="7d")  # the same again is no change
    await adjusting.give_back(["surveys.every"], who="zhang")
    async with database.read() as session:
        acts = await list_acts(session, limit=10)
    assert [(act.who, act.what, act.object, act.before, act.after) for act in acts] == [
        ("zhang", "settings.back", "desk.surveys.every", {"value": "7d"}, {"value": "30d"}),
        ("ma", "settings.change", "desk.queues.night", {}, {"zh": "夜班", "en": "Night"}),
        ("ma", "settings.change", "desk.surveys.every", {"value": "30d"}, {"value": "7d"}),
    ]


async def test_who_was_overtaken_overwrites_nothing(adjusting: Adjusting) -> None:
    seen = (await adjusting.read()).seen(["surveys.every", "holidays"])
    await change(adjusting, default_queue="repair")  # elsewhere: nobody's business here
    await adjusting.save({"surveys.every": "7d"}, seen=seen, who="ma")
    with pytest.raises(Overtaken):
        await adjusting.save({"surveys.every": "9d"}, seen=seen, who="zhang")
    assert (await adjusting.read()).value("surveys.every") == "7d"
    await adjusting.give_back(["surveys.every"], who="ma")
    with pytest.raises(Overtaken):  # back is a change, too
        await adjusting.save({"surveys.every": "9d"}, seen=seen, who="zhang")


async def test_two_at_once_are_one_after_the_other(adjusting: Adjusting) -> None:
    wanted: list[Mapping[str, Any]] = [{"queues.repair": None}, {"default_queue": "repair"}]
    done = await asyncio.gather(
        *(adjusting.save(each, seen=None, who="ma") for each in wanted), return_exceptions=True
    )
    assert [type(each) for each in done if isinstance(each, Exception)] == [Misfit]
    settings = (await adjusting.read()).laid.settings
    assert settings.default_queue in settings.queues


async def test_a_queue_with_open_tickets_stays(database: Database, adjusting: Adjusting) -> None:
    world = World(database, settings=(await adjusting.read()).laid.settings)
    ticket = await world.ticket()
    agent = await world.agent()
    await change(adjusting, default_queue="repair")
    with pytest.raises(Misfit) as refused:
        await change(adjusting, queues__service=None)
    assert refused.value.code == "in_use" and refused.value.values["count"] == "1"
    await world.work.take(ticket.id, agent)
    await world.work.resolve(ticket.id, agent)
    assert await change(adjusting, queues__service=None) == ["queues.service"]


async def test_what_config_says_anyway_is_not_laid_over_it(database: Database, adjusting: Adjusting) -> None:
    await change(adjusting, default_queue="repair", surveys__every="7d")
    await change(adjusting, default_queue="service", surveys__every="30d")
    standing = await adjusting.read()
    assert standing.change("default_queue") is None and standing.laid.data == standing.file.data
    async with database.read() as session:
        row = await session.get_one(SettingChange, "default_queue")
    assert not row.is_laid and row.by == "ma"


async def test_settings_that_were_read_again_are_the_same_unless_changed(
    database: Database, base: DeskBase, adjusting: Adjusting
) -> None:
    """Deadlines of all tickets are looked at when what they hang on has changed, and not for a category."""
    await change(
        adjusting, holidays="CN", queues__repair={"zh": "修", "en": "R", "hours": {"mon": ["09:00-17:00"]}}
    )
    live = LiveSettings(database, base)
    await live.load()
    before = live.now
    await change(adjusting, categories__other={"zh": "其他", "en": "Other"})
    await live.step()
    assert live.now != before and live.now.calendar == before.calendar
    assert live.now.queues == before.queues and live.now.standards == before.standards
    await change(adjusting, holidays="US")
    await live.step()
    assert live.now.calendar != before.calendar
