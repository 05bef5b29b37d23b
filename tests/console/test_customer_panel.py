"""A ticket's customer at the browser desk, and the category of what is resolved."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import pytest
from playwright.async_api import Browser, expect
from sqlalchemy import select

from core.customers import Customer
from core.database import Database
from core.languages import ReplyLanguage
from handoff.life import EventKind, TicketState
from handoff.marks import read_ticket_mark
from handoff.standards import Promise, Standards, Term
from handoff.tags import list_tags, read_tags
from handoff.tickets import Ticket, TicketEvent
from tests.console.test_desk import SCRIPT, address, at_desk
from tests.console.test_desk_acts import ENGLISH, says
from tests.console.test_desk_in_browser import desk, open_ticket
from tests.console.world import SETTINGS, World

CATEGORIES: Mapping[str, Mapping[ReplyLanguage, str]] = {
    "delivery": {"zh": "物流", "en": "Delivery"},
    "other": {"zh": "其他", "en": "Other"},
}
STANDARDS = Standards(
    value_added={Promise.TAKE: Term(duration=timedelta(minutes=3))}, customer_tiers=("金卡", "银卡")
)
DESK = replace(SETTINGS, categories=CATEGORIES, standards=STANDARDS, managers=("boss",))


@pytest.fixture
async def world(database: Database) -> World:
    return World(database, settings=DESK)


async def tags(world: World, ticket: Ticket) -> list[str]:
    async with world.database.read() as session:
        return await list_tags(session, ticket.customer_id)


async def now(world: World, ticket: Ticket) -> Ticket:
    async with world.database.read() as session:
        return await session.get_one(Ticket, ticket.id)


async def test_tags_are_added_shown_and_taken_away(world: World) -> None:
    await world.agent()
    ticket = await world.ticket()
    async with at_desk(world) as browser:
        added = {"tags": "老顾客，要发票、 VIP ,vip"}
        assert (await browser.post(address(ticket, "/customer/tag"), data=added)).status_code == 303
        assert sorted(await tags(world, ticket)) == sorted(["老顾客", "要发票", "VIP"])
        page = (await browser.get(address(ticket))).text
        assert says(page, "顾客资料", "去掉标签 VIP", "最近的工单", "还没有别的工单")
        gone = {"tag": "vip"}
        assert (
            await browser.post(address(ticket, "/customer/untag"), data=gone, headers=SCRIPT)
        ).status_code == 204
        assert sorted(await tags(world, ticket)) == sorted(["老顾客", "要发票"])
        long = await browser.post(
            address(ticket, "/customer/tag"), data={"tags": "长" * 31}, headers={**SCRIPT, **ENGLISH}
        )
        assert (long.status_code, long.json()["detail"]) == (
            422,
            "A tag has 30 characters at most; write a note for what is longer.",
        )
        many = {"tags": ",".join(str(number) for number in range(19))}
        refused = await browser.post(address(ticket, "/customer/tag"), data=many, headers=SCRIPT)
        assert refused.status_code == 422 and "最多 20 个标签" in refused.json()["detail"]
        assert len(await tags(world, ticket)) == 2


async def test_a_tag_is_a_change_of_the_ticket_for_all_who_look_at_it(world: World) -> None:
    await world.agent()
    ticket = await world.ticket()
    async with world.database.read() as session:
        before = await read_ticket_mark(session, ticket.id)
    async with at_desk(world) as browser:
        await browser.post(address(ticket, "/customer/tag"), data={"tags": "急"})
    async with world.database.read() as session:
        assert await read_ticket_mark(session, ticket.id) != before


async def test_a_supervisor_sets_the_tier_and_open_tickets_follow(world: World) -> None:
    await world.agent()
    boss, ticket = await world.agent("boss", "经理"), await world.ticket()
    async with at_desk(world) as agent, at_desk(world, "boss") as supervisor:
        assert "/customer/tier" not in (await agent.get(address(ticket))).text
        assert says(
            (await supervisor.get(address(ticket))).text, "/customer/tier", "没有等级", "金卡", "银卡"
        )
        gold = {"tier": "金卡"}
        refused = await agent.post(address(ticket, "/customer/tier"), data=gold, headers=SCRIPT)
        assert refused.status_code == 409 and "主管来改" in refused.json()["detail"]
        unknown = await supervisor.post(
            address(ticket, "/customer/tier"), data={"tier": "钻石"}, headers=SCRIPT
        )
        assert unknown.status_code == 422
        assert (await supervisor.post(address(ticket, "/customer/tier"), data=gold)).status_code == 303
        assert says((await agent.get(address(ticket))).text, "等级 金卡")
    assert (await now(world, ticket)).tier == "金卡"
    async with world.database.read() as session:
        assert await session.scalar(select(Customer.tier).where(Customer.id == ticket.customer_id)) == "金卡"
        kinds = select(TicketEvent).where(TicketEvent.kind == EventKind.RETIERED)
        (event,) = await session.scalars(kinds)
    assert event.agent_id == boss.id and Promise.TAKE in event.data["moved"]


async def test_resolved_with_a_category_and_a_note(world: World) -> None:
    lin = await world.agent()
    ticket = await world.ticket()
    await world.work.take(ticket.id, lin)
    async with at_desk(world) as browser:
        assert says((await browser.get(address(ticket))).text, "dialog-resolve", "物流", "其他", "收尾备注")
        unknown = await browser.post(
            address(ticket, "/resolve"), data={"category": "weather", "text": "已补发"}, headers=SCRIPT
        )
        assert unknown.status_code == 422
        resolved = {"category": "delivery", "text": "已补发"}
        assert (await browser.post(address(ticket, "/resolve"), data=resolved)).status_code == 303
        page = (await browser.get(address(ticket))).text
    assert says(page, "物流", "标记为已解决，归为“物流”", "已补发", "已解决 · 物流")
    after = await now(world, ticket)
    assert (after.state, after.category) == (TicketState.RESOLVED, "delivery")
    async with world.database.read() as session:
        notes = select(TicketEvent).where(TicketEvent.kind == EventKind.NOTED)
        assert len(list(await session.scalars(notes))) == 1  # of what was refused nothing is left
    await world.work.reopen(ticket.id, lin, "还有一件")
    assert (await now(world, ticket)).category is None


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", []),
        (" ,，、;；\n ", []),
        ("a, A ,ａ", ["a"]),
        ("要  发票、 老顾客", ["要 发票", "老顾客"]),
        ("straße, STRASSE", ["straße"]),
        ("\u200b,\u202e", []),
    ],
)
def test_tags_are_read_from_a_line(text: str, found: list[str]) -> None:
    assert read_tags(text) == found


@pytest.mark.browser
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_customer_is_tagged_with_the_keyboard_and_the_field_is_free_again(
    world: World, chromium: Browser
) -> None:
    lin = await world.agent()
    ticket = await world.ticket(customer="王小姐")
    await world.work.take(ticket.id, lin)
    async with world.served() as url, desk(chromium, url) as page:
        await open_ticket(page, url, ticket)
        await page.get_by_text("顾客资料").click()
        field = page.get_by_label("标签", exact=True)
        await field.fill("老顾客")
        await field.press("Enter")
        await expect(page.locator(".customer-tags")).to_contain_text("老顾客")
        await expect(page.get_by_label("标签", exact=True)).to_have_value("")
        await page.get_by_label("标签", exact=True).fill("长" * 31)
        await page.get_by_label("标签", exact=True).press("Enter")
        await expect(page.locator(".customer-card [data-error]")).to_contain_text("最多 30 个字")
        await expect(page.get_by_label("标签", exact=True)).to_have_value("长" * 31)
        await page.get_by_label("去掉标签 老顾客").click()
        await expect(page.locator(".customer-tags li")).to_have_count(0)
        await page.get_by_role("button", name="解决", exact=True).click()
        await page.get_by_label("归类").select_option("delivery")
        await page.locator("#dialog-resolve").get_by_role("button", name="解决", exact=True).click()
        await expect(page.locator(".state").first).to_contain_text("已解决")
