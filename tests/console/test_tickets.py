"""All tickets in the console: found by an address, paged without end, kept under names, taken away; and one to look at."""

import csv
import html
import io
import re
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import httpx
import openpyxl
import pytest
from sqlalchemy import select, update

from core.audit import AuditRow
from core.customers import Customer, Identity
from core.ids import new_id
from handoff.agents import Role
from handoff.finding import reads
from handoff.finding.saved import SavedFilter
from handoff.kinds import Reason
from handoff.settings import QueueSettings
from handoff.tickets import Ticket
from tests.console.test_customers_page import signed_in
from tests.console.test_desk import NASTY, at_desk
from tests.console.world import SETTINGS, World

HOME = "/console/tickets"
FORMULA = '=HYPERLINK("http://evil","x")'


def numbers(page: str) -> list[str]:
    """Of the tickets that a page lists, in their order."""
    return re.findall(r'href="/console/tickets/[0-9a-f-]{36}">(SW-[^<]+)</a>', page)


async def get(browser: httpx.AsyncClient, query: str = "", path: str = HOME) -> str:
    answer = await browser.get(f"{path}?{query}" if query else path)
    assert answer.status_code == 200, query
    return answer.text


async def change(world: World, ticket: Ticket, **values: object) -> None:
    async with world.database.write() as session:
        await session.execute(update(Ticket).where(Ticket.id == ticket.id).values(**values))


@pytest.fixture
async def busy(world: World) -> dict[str, Ticket]:
    """Three tickets, each an hour after the other: 小林 answers 王芳; Li Lei's is resolved and reopened; a complaint waits."""
    lin, chen = await world.agent(), await world.agent("chen", "陈工")
    wang = await world.ticket("我的包裹呢", customer="王芳", tier="gold", collected={"phone": "13800138000"})
    await world.work.take(wang.id, lin)
    world.clock.ahead += timedelta(hours=1)
    await world.work.reply(wang.id, lin, "您好，电话 13912345678 打给我")
    li = await world.ticket("Where is it", customer="Li Lei", channel="telegram", language="en")
    await world.work.take(li.id, chen)
    await world.work.resolve(li.id, chen)
    await world.work.reopen(li.id, chen, "还没好")
    world.clock.ahead += timedelta(hours=1)
    bad = await world.ticket("我要投诉", customer="=1+1", reason=Reason.COMPLAINT)
    async with world.database.write() as session:
        session.add(
            Identity(id=new_id(), customer_id=wang.customer_id, channel="telegram", external_id="4711")
        )
    return {"wang": wang, "li": li, "bad": bad}


async def test_filters_combine_and_find(world: World, busy: dict[str, Ticket]) -> None:
    async with world.database.read() as session:
        lin = (await session.get_one(Ticket, busy["wang"].id)).assignee_id
    by_customer = {ticket.number: name for name, ticket in busy.items()}
    today = world.clock().astimezone(world.settings.calendar.zone).date()
    async with at_desk(world) as browser:
        for query, wanted in (
            ("", "bad li wang"),
            ("sort=oldest", "wang li bad"),
            ("sort=said", "bad li wang"),
            (f"q={busy['li'].number}", "li"),
            (f"q={busy['li'].number.lower().replace('-', ' ')}", "li"),
            ("q=王", "wang"),
            ("q=4711", "wang"),
            ("q=telegram:4711", "wang"),
            ("q=nobody", ""),
            ("state=new", "bad"),
            ("state=assigned", "li"),
            ("state=open", "bad li wang"),
            ("state=new&kind=complaint", "bad"),
            ("reason=complaint&reason=wants_human", "bad li wang"),
            ("queue=service", "bad li wang"),
            ("queue=gone", ""),
            (f"assignee={lin}", "wang"),
            (f"owner={lin}", "wang"),
            ("mine=1", "wang"),
            ("without=assignee", "bad"),
            ("without=first_owner", "bad"),
            ("channel=telegram", "li"),
            ("language=en", "li"),
            ("tier=gold", "wang"),
            ("tag=vip", ""),
            ("reopened=1", "li"),
            ("urgent=1", ""),
            (f"opened_from={today - timedelta(days=1)}&opened_to={today}", "bad li wang"),
            (f"opened_to={today - timedelta(days=2)}", ""),
            (f"resolved_from={today - timedelta(days=1)}", ""),
            ("deadline=late&promise=take", "li"),
            ("deadline=missed", "li wang"),
            ("deadline=at_risk", "li"),
            ("promise=proposal", ""),
        ):
            page = await get(browser, query)
            assert [by_customer[each] for each in numbers(page)] == wanted.split(), query


async def test_a_row_says_what_it_is_about_and_masks_what_was_said(
    world: World, busy: dict[str, Ticket]
) -> None:
    async with at_desk(world) as browser:
        page = await get(browser, "q=王芳")
        assert "王芳" in page and "小林" in page and "处理中" in page and "gold" in page
        assert "13912345678" not in page and "打给我" in page
        english = await get(browser, "lang=en&reopened=1")
        assert "reopened 1×" in english and "1 in all" in english


async def test_what_a_customer_wrote_stays_text(world: World) -> None:
    await world.agent()
    ticket = await world.ticket(NASTY, customer=NASTY, tier=NASTY)
    async with at_desk(world) as browser:
        for path in (
            HOME,
            f"{HOME}?q={NASTY}&tier={NASTY}&nonsense={NASTY}&state={NASTY}",
            f"{HOME}/{ticket.id}",
        ):
            page = (await browser.get(path)).text
            assert "<script>alert" not in page and "<img src=x" not in page, path
            assert html.escape(NASTY)[:20] in page


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("state=neww", "It can be: new, assigned"),
        ("stat=new", "is no filter and was left out"),
        ("opened_from=2026-13-01", "Write it like 2026-11-26"),
        ("assignee=lin", "Choose the person"),
        ("after=x", "so this is the first one"),
        ("before=9.1." + "0" * 32, ""),
        ("sort=up&q=%00%FF%ED%A0%80", "It can be: newest"),
        ("queue=" + "x" * 300, "too long"),
    ],
)
async def test_a_broken_address_shows_the_list_and_says_how_to_mend_it(
    world: World, busy: dict[str, Ticket], query: str, told: str
) -> None:
    async with at_desk(world) as browser:
        browser.headers["accept-language"] = "en"
        page = await get(browser, query)
        assert told in html.unescape(page)
        if "q=" not in query:
            assert len(numbers(page)) == 3


async def test_a_form_s_empty_fields_do_not_stay_in_the_address(world: World) -> None:
    await world.agent()
    async with at_desk(world) as browser:
        answer = await browser.get(f"{HOME}?q=&state=new&tag=&sort=newest")
        assert (answer.status_code, answer.headers["location"]) == (303, f"{HOME}?state=new")


@pytest.mark.parametrize("query", ["", "sort=oldest", "sort=due", "sort=said"])
async def test_pages_go_to_the_end_and_back_without_losing_one(
    world: World, monkeypatch: pytest.MonkeyPatch, query: str
) -> None:
    monkeypatch.setattr(reads, "PAGE", 3)
    monkeypatch.setattr(reads, "COUNTED", 5)
    monkeypatch.setattr("console.ticket_rows.COUNTED", 5)
    lin = await world.agent()
    at = world.clock()
    made = [await world.ticket(customer=str(number)) for number in range(10)]
    for ticket in made:
        await change(world, ticket, opened_at=at, said_at=at)  # only their ids differ
    for ticket in made[:4]:
        await world.work.take(ticket.id, lin)
        await world.work.wait(ticket.id, lin)  # whose clocks stand still
    async with at_desk(world) as browser:
        pages, link = [], query
        while True:
            page = await get(browser, link)
            pages.append(numbers(page))
            assert "共 5+" in page
            found = re.search(r'rel="next" href="[^?]+\?([^"]+)"', page)
            if found is None:
                break
            link = html.unescape(found[1])
        assert [len(each) for each in pages] == [3, 3, 3, 1]
        whole = [number for each in pages for number in each]
        assert sorted(whole) == sorted(ticket.number for ticket in made)
        back = [pages[-1]]
        while found := re.search(r'rel="prev" href="[^?]+\?([^"]+)"', page):
            page = await get(browser, html.unescape(found[1]))
            back.insert(0, numbers(page))
        assert back == pages
        if query == "sort=due":
            assert set(whole[6:]) == {ticket.number for ticket in made[:4]}


async def test_what_was_found_is_taken_away_with_formulas_defused(
    world: World, busy: dict[str, Ticket]
) -> None:
    async with world.database.write() as session:
        await session.execute(
            update(Customer).where(Customer.id == busy["bad"].customer_id).values(name=FORMULA)
        )
    async with signed_in(world, Role.SUPERVISOR) as browser:
        page = await get(browser, "kind=complaint")
        links = [html.unescape(each) for each in re.findall(r'href="(/console/tickets/found[^"]+)"', page)]
        assert len(links) == 2
        plain, book = [await browser.get(each) for each in links]
    rows = list(csv.reader(io.StringIO(plain.content.decode("utf-8-sig"))))
    assert [len(rows), rows[1][1]] == [2, f"'{FORMULA}"]
    sheet = openpyxl.load_workbook(io.BytesIO(book.content)).worksheets[0]
    assert (sheet.cell(2, 2).value, sheet.cell(2, 2).data_type) == (FORMULA, "s")
    async with world.database.read() as session:
        acts = (await session.scalars(select(AuditRow).where(AuditRow.what == "tickets.export"))).all()
    assert [act.after for act in acts] == [{"filter": "kind=complaint", "rows": 1}] * 2


async def test_a_file_has_so_many_rows_and_says_so(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reads, "EXPORTED", 2)
    monkeypatch.setattr("console.ticket_files.EXPORTED", 2)
    for _ in range(4):
        await world.ticket()
    async with signed_in(world, Role.SUPERVISOR) as browser:
        plain = await browser.get(f"{HOME}/found.csv?q=王小姐")
        rows = list(csv.reader(io.StringIO(plain.content.decode("utf-8-sig"))))
        assert len(rows) == 4 and "first 2 rows" in rows[-1][0]
    async with world.database.read() as session:
        (act,) = await session.scalars(select(AuditRow).where(AuditRow.what == "tickets.export"))
    assert act.after == {"filter": "", "rows": 2}  # and not whom was searched for


async def test_who_only_answers_takes_nothing_away(world: World) -> None:
    async with signed_in(world, Role.AGENT) as browser:
        assert "found.csv" not in await get(browser)
        assert (await browser.get(f"{HOME}/found.csv")).status_code == 403


async def test_filters_are_kept_renamed_replaced_and_removed(world: World, busy: dict[str, Ticket]) -> None:
    async with at_desk(world) as browser:
        browser.headers["accept-language"] = "en"
        kept = {"list": "tickets", "query": "state=new&q=王芳&nonsense=1", "name": "  Waiting   now "}
        answer = await browser.post("/console/filters", data=kept)
        page = (await browser.get(answer.headers["location"])).text
        assert "Saved." in page and "Waiting now" in page
        (saved,) = await saved_filters(world)
        assert (saved.query, saved.name) == ("state=new", "Waiting now")  # and not the customer
        assert ">1</b>" in await get(browser)  # how many there are
        twice = await browser.post("/console/filters", data=kept)
        assert "there is one of that name" in (await browser.get(twice.headers["location"])).text
        path = f"/console/filters/{saved.id}"
        await browser.post(f"{path}/rename", data={"list": "tickets", "name": "Late"})
        await browser.post(f"{path}/replace", data={"list": "tickets", "query": "deadline=late&sort=due"})
        (saved,) = await saved_filters(world)
        assert (saved.name, saved.query) == ("Late", "deadline=late&sort=due")
        assert 'aria-current="page"' in (await get(browser, saved.query)).split("saved-chip", 1)[1][:400]
        empty = await browser.post("/console/filters", data={**kept, "query": "", "name": "All"})
        assert "choose some filters first" in (await browser.get(empty.headers["location"])).text
        await browser.post(f"{path}/remove", data={"list": "tickets"})
        assert await saved_filters(world) == []
        gone = await browser.post(f"{path}/remove", data={"list": "tickets"})
        assert "removed meanwhile" in (await browser.get(gone.headers["location"])).text


async def test_everybody_sees_what_a_supervisor_keeps_for_all_and_nobody_what_one_keeps_for_oneself(
    world: World,
) -> None:
    await world.agent()
    data = {"list": "tickets", "query": "kind=complaint"}
    async with signed_in(world, Role.SUPERVISOR) as boss:
        await boss.post("/console/filters", data={**data, "name": "For all", "shared": "1"})
        await boss.post("/console/filters", data={**data, "name": "For me"})
    shared = next(each for each in await saved_filters(world) if each.agent_id is None)
    mine = next(each for each in await saved_filters(world) if each.agent_id)
    async with at_desk(world) as lin:
        page = await get(lin)
        assert "For all" in page and "For me" not in page
        for path in (f"/console/filters/{shared.id}/rename", f"/console/filters/{mine.id}/rename"):
            await lin.post(path, data={"list": "tickets", "name": "Taken"})
        refused = await lin.post("/console/filters", data={**data, "name": "X", "shared": "1"})
        assert "done=others" in refused.headers["location"]
    assert {each.name for each in await saved_filters(world)} == {"For all", "For me"}
    async with world.database.read() as session:
        acts = (await session.scalars(select(AuditRow).where(AuditRow.what == "saved_filter.add"))).all()
    assert [(act.who, act.after) for act in acts] == [
        ("supervisor", {"name": "For all", "query": "kind=complaint"})
    ]


async def test_a_filter_whose_queue_or_agent_is_gone_says_so(world: World) -> None:
    await world.agent()
    queries = {"Old": "queue=repairs", "Somebody": f"assignee={UUID(int=7)}", "Fine": "queue=service"}
    async with at_desk(world) as browser:
        browser.headers["accept-language"] = "en"
        for name, query in queries.items():
            await browser.post("/console/filters", data={"list": "tickets", "query": query, "name": name})
        page = html.unescape(await get(browser))
        assert page.count("saved-chip broken") == 2
        assert "the queue “repairs” is gone" in page and "somebody whom it names is gone" in page
        assert "⚠ the queue “repairs” is gone" in html.unescape(await get(browser, "queue=repairs"))


async def test_who_only_looks_sees_tickets_and_keeps_nothing(world: World, busy: dict[str, Ticket]) -> None:
    async with signed_in(world, Role.VIEWER) as browser:
        page = await get(browser)
        assert len(numbers(page)) == 3 and "Save and manage" not in page
        assert "SW-" in await get(browser, path=f"{HOME}/{busy['wang'].id}")
        refused = await browser.post("/console/filters", data={"list": "tickets", "query": "state=new"})
        assert refused.status_code == 403


async def test_a_ticket_s_page_shows_its_way_from_hand_to_hand(world: World) -> None:
    settings = replace(
        SETTINGS, queues={**SETTINGS.queues, "repair": QueueSettings(titles={"zh": "维修", "en": "Repair"})}
    )
    world = World(world.database, settings=settings)
    lin, chen = await world.agent(), await world.agent("chen", "陈工")
    ticket = await world.ticket("我的洗衣机坏了", customer="王芳")
    world.clock.ahead += timedelta(minutes=30)
    await world.work.take(ticket.id, lin)
    world.clock.ahead += timedelta(minutes=5)
    await world.transfers.offer(ticket.id, lin, to=chen, reason="要查财务")
    world.clock.ahead += timedelta(minutes=2)
    await world.transfers.decline(ticket.id, chen, "在开会")
    await world.transfers.offer(ticket.id, lin, to=chen, reason="会开完了吧")
    world.clock.ahead += timedelta(minutes=3)
    await world.transfers.accept(ticket.id, chen)
    await world.work.reply(ticket.id, chen, "马上来")
    await world.work.wait(ticket.id, chen)
    world.clock.ahead += timedelta(minutes=40)
    await world.customer_says(ticket, "好的")
    await world.work.resolve(ticket.id, chen)
    await world.work.reopen(ticket.id, chen, "还没好")
    async with at_desk(world) as browser:
        page = html.unescape(
            re.sub(r"\s+", " ", (await browser.get(f"{HOME}/{ticket.id}", params={"lang": "en"})).text)
        )
        assert "Episode 2 (reopened)" in page
        hops = page.split('class="way-hop ')[1:]
        kinds = [each.split('"')[0].split()[0] for each in hops]
        assert kinds == ["of-queue", "of-agent", "of-agent", "of-end", "of-agent"]
        own = next(each for each in hops if "first owner" in each)
        assert "小林" in own and "要查财务" in own and "在开会" in own and "会开完了吧" in own
        assert "after 2 min" in own and "after 3 min" in own
        assert "way-offer is-declined" in own and "way-offer is-accepted" in own
        theirs = next(each for each in hops if '<b dir="auto">陈工' in each and "of-agent" in each)
        assert "waiting for the customer 40 min" in theirs and 'class="party-customer"' in theirs
        queue = next(each for each in hops if each.startswith("of-queue"))
        assert "is-missed" in queue and "Take" in queue  # ten minutes are promised
        assert 'role="img" aria-label="' in page and "style=" not in page
        unknown = await browser.get(f"{HOME}/{UUID(int=7)}")
        assert unknown.status_code == 404 and "There is no such ticket" in unknown.text
        assert (await browser.get(f"{HOME}/nonsense")).status_code == 404


async def saved_filters(world: World) -> list[SavedFilter]:
    async with world.database.read() as session:
        return list(await session.scalars(select(SavedFilter)))
