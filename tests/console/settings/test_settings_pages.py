"""The settings' pages: what holds and where it comes from, changed by an admin, refused beside the field, given back."""

import re
from datetime import date
from typing import Any

import httpx
import pytest

from core.database import Database
from handoff.adjusting.changes import SettingChange
from handoff.adjusting.live import LiveSettings
from handoff.agents import Role
from handoff.kinds import Reason
from handoff.standards import Basis, Promise
from tests.console.knowledge.study import Study
from tests.console.settings.bureau import BASE

HOME = "/console/settings"
NEW_QUEUE = {"form": "new", "id": "repair", "zh": "维修", "en": "Repairs"}


@pytest.fixture
async def live(database: Database) -> LiveSettings:
    """Another process, which polls."""
    return LiveSettings(database, BASE)


async def send(browser: httpx.AsyncClient, part: str, key: str, **changes: Any) -> httpx.Response:
    """Open the page, change some fields of a form, and send it as a browser does."""
    fields = read_form((await browser.get(f"{HOME}/{part}")).text, key)
    return await browser.post(
        f"{HOME}/{part}", data=fields | {k.replace("__", "."): v for k, v in changes.items()}
    )


def read_form(page: str, key: str) -> dict[str, Any]:
    """The fields of a form as they stand."""
    part = next(each for each in page.split("<form ") if f'name="form" value="{key}"' in each)
    fields: dict[str, Any] = dict(re.findall(r'<input[^>]* name="([^"]+)" value="([^"]*)"', part))
    fields |= dict(re.findall(r'<input (?:type="hidden" )?name="(seen|form)" value="([^"]*)"', part))
    for name, text in re.findall(r'<textarea[^>]* name="([^"]+)"[^>]*>([^<]*)<', part):
        fields[name] = text
    for name, options in re.findall(r'<select[^>]*name="([^"]+)"[^>]*>(.*?)</select>', part, re.DOTALL):
        fields[name] = next(iter(re.findall(r'value="([^"]*)" selected', options)), "")
    boxes = re.findall(r'<input type="checkbox" name="([^"]+)" value="([^"]*)"( checked)?', part)
    for name in {name for name, _, _ in boxes}:
        fields[name] = [value for each, value, checked in boxes if each == name and checked]
    return fields


async def test_a_queue_is_added_used_and_removed(study: Study, live: LiveSettings) -> None:
    async with study.signed_in() as browser:
        added = await send(browser, "queues", "new", id="repair", zh="维修", en="Repairs", members="Lin, wei")
        assert added.status_code == 303, added.text
        assert (await send(browser, "queues", "routes", routes__fault="repair")).status_code == 303
        await live.load()
        assert live.now.queue_for(Reason.FAULT) == "repair"
        assert live.now.queues["repair"].members == ["lin", "wei"]

        page = (await browser.get(f"{HOME}/queues")).text
        assert (
            "lin has no account" in page
            and "changed here by admin" in page
            and "config.yml says: nothing" in page
        )
        used = await send(browser, "queues", "queues.repair", remove="1")
        assert used.status_code == 422 and "routes.fault: There is no queue" in used.text
        await send(browser, "queues", "routes", routes__fault="")
        assert (await send(browser, "queues", "queues.repair", remove="1")).status_code == 303
        await live.load()
        assert list(live.now.queues) == ["service", "care"]


async def test_a_queue_with_open_tickets_offers_to_see_them_instead_of_going(study: Study) -> None:
    await study.world.ticket()
    async with study.signed_in() as browser:
        await send(browser, "queues", "new", id="repair", zh="维修", en="Repairs")
        await send(browser, "queues", "routes", default_queue="repair")
        page = (await browser.get(f"{HOME}/queues")).text
        assert "Open tickets in it: 1" in page and "what=open&amp;queue=service" in page
        refused = await send(browser, "queues", "queues.service", remove="1")
        assert refused.status_code == 422 and "transfer them to another queue" in refused.text


async def test_what_config_has_is_removed_here_and_restored(study: Study, live: LiveSettings) -> None:
    async with study.signed_in() as browser:
        await send(browser, "categories", "categories.orders", remove="1")
        await live.load()
        assert live.now.categories == {}
        page = (await browser.get(f"{HOME}/categories")).text
        assert "Removed here" in page and 'name="back" value="categories.orders"' in page
        back = await browser.post(f"{HOME}/categories", data={"back": "categories.orders"})
        assert back.status_code == 303
    await live.load()
    assert list(live.now.categories) == ["orders"]


async def test_hours_holidays_and_exceptions_stand_in_the_calendar(study: Study, live: LiveSettings) -> None:
    async with study.signed_in() as browser:
        assert (
            await send(browser, "hours", "hours", hours__sat="09:00-12:00，13:00-15:00")
        ).status_code == 303
        added = await send(browser, "hours", "new", id="2026-10-02", exceptions__="10:00-16:00")
        assert added.status_code == 303, added.text
        month = (await browser.get(f"{HOME}/hours?month=2026-10")).text
        assert "National Day" in month and "10:00-16:00" in month
        assert re.search(r'is-made_up">\s*<b>10</b> <span class="why">make-up day', month)  # 2026-10-10
        year = (await browser.get(f"{HOME}/hours?month=2027-02")).text
        assert "2027-02-05" in year and "<b>exception · " in year
        assert (await send(browser, "hours", "exceptions.2027-02-05", remove="1")).status_code == 303
    await live.load()
    calendar = live.now.calendar
    assert len(calendar.windows_on(date(2026, 12, 5))) == 2
    assert [f"{each.start:%H}" for each in calendar.windows_on(date(2026, 10, 2))] == ["10"]
    assert date(2027, 2, 5) not in calendar.exceptions


async def test_people_have_skills_room_and_shifts(study: Study, live: LiveSettings) -> None:
    async with study.signed_in() as browser:
        page = (await browser.get(f"{HOME}/people")).text
        assert '<b dir="auto">admin</b>' in page  # everybody with an account
        sent = await send(
            browser, "people", "agents.lin", capacity="7", languages=["en"], shifts__mon="09:00-13:00"
        )
        assert sent.status_code == 303, sent.text
        assert (await send(browser, "people", "leaders", supervisors="Admin")).status_code == 303
    await live.load()
    lin = live.now.agent("lin")
    assert (lin.skills, lin.capacity, lin.languages) == (["electrics"], 7, ["en"])
    assert lin.shifts is not None and len(lin.shifts.windows_on(date(2026, 11, 30))) == 1
    assert live.now.supervisors_of("service") == ["admin"]


async def test_standards_surveys_and_plans(study: Study, live: LiveSettings) -> None:
    async with study.signed_in() as browser:
        page = (await browser.get(f"{HOME}/standards")).text
        assert (
            "shipped: 10 minutes · working" in page
            and "Deadlines of all open tickets follow a change at once" in page
        )
        changes = {"standards.basic.take": "2", "standards.basic.take.unit": "h"}
        assert (await send(browser, "standards", "basic", **changes)).status_code == 303
        changes = {"complaints.follow_up": "5", "complaints.follow_up.unit": "d"}
        assert (await send(browser, "standards", "basic", **changes)).status_code == 303
        assert (
            await send(browser, "care", "surveys", surveys__skip=[], surveys__nps_share="0.5")
        ).status_code == 303
        plan = {"before_days": "14, 3", "zh": "{name}您好", "en": "Hi {name}"}
        assert (await send(browser, "care", "care.plans.renewal", **plan)).status_code == 303
    await live.load()
    settings = live.now
    assert settings.standards.basic[Promise.TAKE].duration.total_seconds() == 7200
    assert (
        settings.standards.follow_up.basis is Basis.CALENDAR
        and settings.standards.follow_up.duration.days == 5
    )
    assert settings.surveys.skip == [] and settings.surveys.nps_share == 0.5
    assert settings.care.plans["renewal"].before_days == [14, 3]


@pytest.mark.parametrize(
    ("part", "key", "fields", "told"),
    [
        ("queues", "new", {"id": "", "zh": "甲", "en": "A"}, "Fill in the id"),
        ("queues", "new", {"id": "Tür", "zh": "甲", "en": "A"}, "is no id"),
        ("queues", "new", {"id": "care", "zh": "甲", "en": "A"}, "care exists already"),
        ("queues", "new", {"id": "new", "zh": "甲", "en": ""}, "Fill this in"),
        (
            "queues",
            "new",
            {"id": "new", "zh": "甲", "en": "A", "hours.mon": "9-5"},
            "is no stretch of the day",
        ),
        ("queues", "routes", {"default_queue": "<b>"}, "There is no queue “&lt;b&gt;”"),
        ("hours", "hours", {"holidays": "XX"}, "The holidays of “XX” are not known"),
        ("hours", "new", {"id": "2027-02-30", "exceptions.": ""}, "There is no day “2027-02-30”"),
        ("people", "agents.lin", {"capacity": "many"}, "This has to be a number, not “many”"),
        ("people", "agents.lin", {"capacity": "500"}, "At most 100"),
        ("standards", "basic", {"standards.basic.take": "1.5"}, "give a whole number"),
        ("standards", "basic", {"standards.basic.take.unit": "d"}, "Working days differ"),
        ("care", "files", {"files.kinds": []}, "There has to be at least one"),
        ("care", "care.plans.birthday", {"zh": "{x}", "en": "y"}, "{x} is not filled in; only {name} is"),
        ("categories", "categories.orders", {"en": " "}, "Fill this in"),
    ],
)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_mistakes_stand_beside_their_fields_and_nothing_is_saved(
    study: Study, part: str, key: str, fields: dict[str, Any], told: str
) -> None:
    async with study.signed_in() as browser:
        refused = await send(browser, part, key, **fields)
    assert refused.status_code == 422 and told in refused.text, refused.text
    assert (await study.adjusting.read()).rows == {}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_form_that_is_sent_as_it_was_changes_nothing(study: Study) -> None:
    async with study.signed_in() as browser:
        for part in ("queues", "people", "hours", "standards", "care", "categories"):
            page = (await browser.get(f"{HOME}/{part}")).text
            for key in re.findall(r'name="form" value="([^"]+)"', page):
                if key != "new":
                    assert (await send(browser, part, key)).status_code == 303, key
    assert (await study.adjusting.read()).rows == {}


async def test_the_second_of_two_sees_both_and_chooses(study: Study, live: LiveSettings) -> None:
    async with study.signed_in() as browser:
        fields = read_form((await browser.get(f"{HOME}/queues")).text, "queues.care")
        theirs = await browser.post(f"{HOME}/queues", data=fields | {"en": "Theirs"})
        assert theirs.status_code == 303
        late = await browser.post(f"{HOME}/queues", data=fields | {"en": "Mine"})
        assert late.status_code == 409
        assert "They saved: Theirs" in late.text and 'value="Mine"' in late.text
        await live.load()
        assert live.now.queues["care"].titles["en"] == "Theirs"
        again = await browser.post(f"{HOME}/queues", data=read_form(late.text, "queues.care"))
        assert again.status_code == 303
    await live.load()
    assert live.now.queues["care"].titles["en"] == "Mine"


async def test_a_supervisor_looks_and_changes_nothing(study: Study) -> None:
    async with study.signed_in(Role.SUPERVISOR) as browser:
        page = (await browser.get(f"{HOME}/queues")).text
        assert '<fieldset class="settings-form" disabled>' in page and "an admin makes changes" in page
        assert 'class="save-line"' not in page and 'name="back"' not in page
        assert (await browser.post(f"{HOME}/queues", data=NEW_QUEUE)).status_code == 403
        assert f'href="{HOME}"' in (await browser.get("/console/desk")).text
        assert (await browser.get(f"{HOME}/nothing")).status_code == 404
    async with study.signed_in(Role.AGENT) as browser:
        assert f'href="{HOME}"' not in (await browser.get("/console/desk")).text


async def test_what_others_lean_on_is_not_undone(study: Study) -> None:
    async with study.signed_in() as browser:
        await send(browser, "queues", "new", id="repair", zh="维修", en="Repairs")
        await send(browser, "queues", "routes", default_queue="repair")
        refused = await browser.post(f"{HOME}/queues", data={"back": "queues.repair"})
        assert refused.status_code == 422 and "default_queue: There is no queue “repair”" in refused.text
    assert (await study.adjusting.read()).laid.settings.default_queue == "repair"


async def test_hostile_names_are_shown_as_they_are(study: Study) -> None:
    hostile = "<img src=x onerror=alert(1)>\" '{name}{0}\x00"
    async with study.signed_in() as browser:
        sent = await send(browser, "queues", "new", id="evil", zh=hostile, en=hostile, members=hostile)
        assert sent.status_code == 303, sent.text
        for path in ("", "/queues", "/people"):
            page = await browser.get(f"{HOME}{path}")
            assert page.status_code == 200 and "<img src=x" not in page.text
        assert "&lt;img src=x" in (await browser.get(f"{HOME}/queues")).text
        assert (await browser.get("/console/audit")).status_code == 200


async def test_what_is_left_out_is_told_with_its_mend(study: Study) -> None:
    await study.adjusting.save({"queues.night": {"zh": "夜", "en": "Night"}}, seen=None, who="ma")
    await study.adjusting.save({"routes.fault": "night"}, seen=None, who="ma")
    async with study.database.write() as session:
        row = await session.get_one(SettingChange, "queues.night")
        row.value = {"is": {"zh": "夜"}}  # as if another version had asked for less
    async with study.signed_in(language="zh") as browser:
        page = (await browser.get(HOME)).text
        assert (
            "没有生效的改动" in page
            and "queues.night" in page
            and "routes.fault" in page
            and "请填写" in page
        )
        for place in ("routes.fault", "queues.night"):
            assert (await browser.post(f"{HOME}/queues", data={"back": place})).status_code == 303
        assert "没有生效的改动" not in (await browser.get(HOME)).text
