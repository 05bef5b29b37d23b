"""Lists of tickets and a ticket's way in a real browser: found, kept under a name, looked at; on a phone nothing sticks out."""

import os
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from handoff.agents import Agent, Role
from handoff.complaints.life import Answer, RootCause
from handoff.kinds import Reason
from handoff.tickets import Ticket
from tests.console.knowledge.test_in_browser import PHONE, console
from tests.console.world import World

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)]

AXE = Path(__file__).parents[1] / "vendored" / "axe.min.js"
SHOTS = os.environ.get("SCREENSHOTS")


async def busy_day(world: World) -> Ticket:
    """A complaint that went through several hands, was reopened and waits for its visit; and some other tickets."""
    lin, chen, boss = (
        await world.agent(),
        await world.agent("chen", "陈工"),
        await world.agent("boss", "班长"),
    )
    async with world.database.write() as session:
        (await session.merge(lin)).role = Role.SUPERVISOR
    ticket = await world.ticket(
        "等了一周还没到，我要投诉", customer="王芳", reason=Reason.COMPLAINT, tier="gold"
    )
    await world.ticket("我要退货", customer="W" * 60)
    pass_time(world, 25)
    await world.work.take(ticket.id, lin)
    await world.transfers.offer(ticket.id, lin, to=chen, reason="要查财务")
    pass_time(world, 7)
    await world.transfers.decline(ticket.id, chen, "在开会，请找班长")
    await world.transfers.offer(ticket.id, lin, to=boss, reason="陈工在开会")
    pass_time(world, 4)
    await world.transfers.accept(ticket.id, boss)
    await settle(world, ticket, boss, chen)
    pass_time(world, 60)
    await world.work.reopen(ticket.id, boss, "顾客说还没收到")
    await world.work.take(ticket.id, boss)
    await settle(world, ticket, boss, chen)
    urgent = await world.ticket("燃气泄漏", customer="李先生", reason=Reason.EMERGENCY)
    await world.work.take(urgent.id, chen)
    await world.ticket("Where is my parcel?", customer="Li Lei", language="en", channel="telegram")
    pass_time(world, 12)
    return ticket


async def settle(world: World, ticket: Ticket, boss: Agent, chen: Agent) -> None:
    await world.complaints.investigate(ticket.id, boss, chen)
    await world.complaints.propose(ticket.id, boss, "今天补发，明天到")
    pass_time(world, 35)
    await world.complaints.record_answer(ticket.id, boss, Answer.ACCEPTED)
    await world.complaints.find_cause(ticket.id, boss, RootCause.PROCESS, "没复核")
    due = (world.clock() + timedelta(days=2)).date()
    await world.complaints.add_action(ticket.id, boss, text="每晚核对漏单", owner=chen, due=due)
    await world.work.resolve(ticket.id, boss)


def pass_time(world: World, minutes: int) -> None:
    world.clock.ahead += timedelta(minutes=minutes)


async def look(page: Page, name: str) -> None:
    """No serious violation, nothing wider than the screen; a picture, if somebody wants one."""
    width = page.viewport_size and page.viewport_size["width"]
    assert await page.evaluate("document.documentElement.scrollWidth") <= (width or 0), name
    await page.evaluate(AXE.read_text())
    found = await page.evaluate("axe.run().then((result) => result.violations.map((v) => v.id))")
    assert found == [], name
    if SHOTS:
        await page.screenshot(path=f"{SHOTS}/{name}.png", full_page=True)


async def test_a_supervisor_finds_keeps_and_looks_on_a_desktop_and_on_a_phone(
    world: World, chromium: Browser
) -> None:
    ticket = await busy_day(world)
    async with world.served() as url:
        async with console(chromium, url, "lin", "/console/tickets") as page:
            await expect(page.locator(".table.found-tickets tbody tr")).to_have_count(4)
            await look(page, "tickets-en")
            await page.click("summary:has-text('Kind')")
            await page.check("input[name=kind][value=complaint]")
            await page.click("button:has-text('Find')")
            await page.wait_for_url("**/console/tickets?kind=complaint")
            await expect(page.locator(".table.found-tickets tbody tr")).to_have_count(1)
            await page.click("summary:has-text('Save and manage')")
            await page.fill(".saved-new [name=name]", "Complaints")
            await page.check("[name=shared]")
            await page.click("text=Save this filter")
            await expect(page.locator(".saved-chip[aria-current]")).to_contain_text("Complaints")
            await page.click("summary:has-text('Save and manage')")
            await look(page, "tickets-saved-en")
            await page.click(f"text={ticket.number}")
            await expect(page.locator(".way-offer")).to_have_count(2)
            await expect(page.locator(".way-episode")).to_have_count(1)
            await look(page, "ticket-en")
            await page.goto(f"{url}/console/complaints?tab=actions")
            await look(page, "complaints-actions-en")
            await page.set_viewport_size({"width": 880, "height": 700})  # where the bar is at its fullest
            await look(page, "complaints-actions-en-narrow")
        async with console(chromium, url, "lin", "/console/tickets?lang=zh", **PHONE) as phone:
            await look(phone, "tickets-zh-phone")
            await phone.click("summary:has-text('状态')")
            await look(phone, "tickets-zh-phone-pick")
            await phone.goto(f"{url}/console/tickets/{ticket.id}")
            await look(phone, "ticket-zh-phone")
            for tab in ("running", "visits", "actions"):
                await phone.goto(f"{url}/console/complaints?tab={tab}")
                await look(phone, f"complaints-{tab}-zh-phone")
