"""The overview: figures, what is behind each, and what can be taken away; as a browser asks for them."""

import csv
import html
import io
import re
from datetime import timedelta
from html import unescape

import httpx
import openpyxl
import pytest

from core.database import Database
from handoff.kinds import Reason
from handoff.presence import Duty, set_duty
from handoff.reporting.keeper import Keeper
from tests.console.world import CALENDAR, PASSWORD, World

HOME = "/console/overview"


async def sign_in(browser: httpx.AsyncClient) -> None:
    await browser.post("/console/sign-in", data={"username": "lin", "password": PASSWORD})


async def count(database: Database) -> None:
    await Keeper(database, zone=CALENDAR.zone).count()


def tile(page: str, name: str) -> str:
    """What a tile says, without its formula."""
    found = re.search(rf'id="tile-{name}">(.*?)<details>', page, re.S)
    assert found, name
    return " ".join(re.sub(r"<[^>]+>", " ", unescape(found[1])).split())


def table(page: str, name: str) -> list[list[str]]:
    found = re.search(rf'id="table-{name}"(.*?)</section>', page, re.S)
    assert found, name
    rows = re.findall(r"<tr>(.*?)</tr>", found[1], re.S)
    return [
        [
            " ".join(re.sub(r"<[^>]+>", " ", cell).split())
            for cell in re.findall(r"<t[hd].*?</t[hd]>", row, re.S)
        ]
        for row in rows[1:]
    ]


def links(page: str) -> list[str]:
    """Every number's list."""
    return [unescape(each) for each in re.findall(r'href="(/console/overview/list[^"]+)"', page)]


@pytest.fixture
def world(world: World) -> World:
    """On a Wednesday at noon, so that no day, week or month ends in the middle of a test."""
    local = world.clock().astimezone(CALENDAR.zone)
    noon = local.replace(day=1, hour=12, minute=0) + timedelta(days=45)
    world.clock.ahead += noon - timedelta(days=(noon.weekday() - 2) % 7) - local
    return world


@pytest.fixture
async def busy(world: World) -> World:
    """Two tickets: one resolved by Lin, one that waits, and is a complaint."""
    lin = await world.agent()
    first = await world.ticket("我的包裹呢", customer="王小姐", tried="order_status")
    await world.ticket("我要投诉", customer="李先生", channel="telegram", reason=Reason.COMPLAINT)
    await world.work.take(first.id, lin)
    world.clock.ahead += timedelta(minutes=7)
    await world.work.reply(first.id, lin, "您好，我来查")
    world.clock.ahead += timedelta(minutes=20)
    await world.work.resolve(first.id, lin)
    await count(world.database)
    return world


async def test_the_page_says_what_has_happened(busy: World) -> None:
    async with busy.browser() as browser:
        await sign_in(browser)
        page = (await browser.get(HOME, params={"lang": "en"})).text
    assert tile(page, "opened").startswith("Tickets opened 2")
    assert tile(page, "first_response").startswith("First response (median) 7 min 90% within 7 min")
    assert tile(page, "resolution").startswith("Resolution (median) 27 min")
    assert tile(page, "at_once").startswith("First-contact resolution 100% 1 of 1")
    assert tile(page, "complaints").startswith("Complaints of tickets 50% 1 of 2")
    assert table(page, "reasons") == [["Complaint", "1", "50%"], ["Asked for a person", "1", "50%"]]
    assert table(page, "agents") == [["小林", "1", "1", "0", "7 min", "–", "0"]]
    assert ["Take", "1", "0", "100%"] in table(page, "promises")


@pytest.mark.parametrize("days_back", [0, 300])
async def test_every_number_leads_to_as_much_as_it_says(busy: World, days_back: int) -> None:
    """Of a week by its days, of a long time by its months."""
    today = busy.clock().astimezone(CALENDAR.zone).date()
    days = {"from": str(today - timedelta(days=days_back)), "to": str(today)}
    async with busy.browser() as browser:
        await sign_in(browser)
        page = (await browser.get(HOME, params={"lang": "en", **days})).text
        assert len(links(page)) > 20
        for address in links(page):
            listed = await browser.get(address)
            assert listed.status_code == 200
            number = re.search(r"(\d+) in all", listed.text)
            assert number, address
            assert int(number[1]) > 0
            assert re.search(r'href="/console/(tickets|overview/sessions)/', listed.text), address


async def test_a_conversation_behind_a_number_can_be_read(busy: World) -> None:
    async with busy.browser() as browser:
        await sign_in(browser)
        listed = (await browser.get(f"{HOME}/list", params={"figure": "answers", "key": "order_status"})).text
        assert "我的包裹呢" in listed
        [address] = set(re.findall(r'href="(/console/overview/sessions/[^"]+)"', listed))
        page = (await browser.get(address)).text
        assert "我的包裹呢" in page
        assert "一般三天内送到" in page
        gone = await browser.get(f"{HOME}/sessions/{'0' * 8}-0000-7000-8000-{'0' * 12}")
    assert gone.status_code == 404


async def test_what_a_customer_wrote_stays_text(world: World) -> None:
    await world.agent()
    await world.ticket("<script>alert(1)</script>", customer="<b>", tried="<i>")
    await count(world.database)
    async with world.browser() as browser:
        await sign_in(browser)
        page = (await browser.get(HOME)).text
        for address in links(page):
            assert "<script>alert" not in (await browser.get(address)).text
    assert "<i>" not in page


async def test_now_tells_who_waits_and_who_is_there(busy: World) -> None:
    lin = await busy.agent("mei", "小梅")
    async with busy.database.write() as session:
        await set_duty(session, lin.id, Duty.ON, now=busy.clock())
    async with busy.browser() as browser:
        await sign_in(browser)
        part = (await browser.get(f"{HOME}/now", params={"lang": "en"})).text
        waiting, risk, *_ = [
            (await browser.get(html.unescape(each))).text
            for each in re.findall(r'href="(/console/tickets[^"]+)"', part)
        ]
    said = " ".join(re.sub(r"<[^>]+>", " ", part).split())
    assert said.startswith("Waiting 1 oldest for 27 min At risk 1 1 of them late Open tickets 1")
    assert "On duty 1" in said
    assert waiting.count('href="/console/tickets/') == risk.count('href="/console/tickets/') == 1


async def test_an_empty_shop_has_a_page_too(world: World) -> None:
    await world.agent()
    async with world.browser() as browser:
        await sign_in(browser)
        assert "还没有人来过" in (await browser.get(HOME)).text
        report = await browser.get(f"{HOME}/report", params={"week": "2026-W47"})
    assert report.status_code == 200
    assert "2026-11-16 至 2026-11-22" in report.text


@pytest.mark.parametrize(
    "query",
    [
        {"from": "2026-11-30", "to": "2026-11-01"},
        {"from": "yesterday", "to": "2026-11-01"},
        {"from": "2020-01-01", "to": "2026-01-01"},
        {"unit": "week", "on": "2026-02-30"},
        {"unit": "decade"},
    ],
)
async def test_a_range_that_cannot_be_read_is_explained(world: World, query: dict[str, str]) -> None:
    await world.agent()
    async with world.browser() as browser:
        await sign_in(browser)
        page = await browser.get(HOME, params=query)
    assert page.status_code == 200
    assert "已改为本周" in page.text


async def test_a_period_can_be_taken_away_as_csv_and_xlsx(busy: World) -> None:
    today = busy.clock().astimezone(CALENDAR.zone).date().isoformat()
    days = {"from": today, "to": today, "lang": "en"}
    async with busy.browser() as browser:
        await sign_in(browser)
        plain = await browser.get(f"{HOME}/figures.csv", params=days)
        book = await browser.get(f"{HOME}/figures.xlsx", params=days)
    rows = list(csv.reader(io.StringIO(plain.content.decode("utf-8-sig"))))
    assert rows[0] == ["Table", "Item", "Figure", "Number"]
    assert ["", "Tickets opened", "", "2"] in rows
    assert ["Agents", "小林", "Resolved", "1"] in rows
    sheet = openpyxl.load_workbook(io.BytesIO(book.content)).worksheets[0]
    assert ("Agents", "小林", "Resolved", 1) in list(sheet.values)


async def test_a_name_that_looks_like_a_formula_is_not_run(world: World) -> None:
    nasty = await world.agent("nasty", "=1+1")
    ticket = await world.ticket()
    await world.work.take(ticket.id, nasty)
    await count(world.database)
    today = world.clock().astimezone(CALENDAR.zone).date().isoformat()
    async with world.browser() as browser:
        await browser.post("/console/sign-in", data={"username": "nasty", "password": PASSWORD})
        plain = await browser.get(f"{HOME}/figures.csv", params={"from": today, "to": today})
        book = await browser.get(f"{HOME}/figures.xlsx", params={"from": today, "to": today})
    assert ",'=1+1," in plain.text
    sheet = openpyxl.load_workbook(io.BytesIO(book.content)).worksheets[0]
    [cell] = {cell.value: cell for row in sheet.iter_rows() for cell in row if cell.value == "=1+1"}.values()
    assert cell.data_type == "s"


async def test_who_is_not_signed_in_is_sent_to_sign_in(world: World) -> None:
    async with world.browser() as browser:
        for address in ("", "/now", "/events", "/list?figure=opened", "/report", "/figures.csv"):
            answer = await browser.get(HOME + address)
            assert (answer.status_code, answer.headers["location"][:16]) == (303, "/console/sign-in")


async def test_until_earlier_days_are_counted_the_page_says_so(busy: World) -> None:
    keeper = Keeper(busy.database, zone=CALENDAR.zone)
    await keeper.start_anew()
    async with busy.browser() as browser:
        await sign_in(browser)
        assert "正在统计" in (await browser.get(HOME)).text
        await keeper.count()
        assert "正在统计" not in (await browser.get(HOME)).text
