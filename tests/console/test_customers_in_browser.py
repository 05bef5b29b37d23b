"""Customers in a real browser: found, merged, undone and erased by an admin; on a phone nothing sticks out."""

from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from handoff.agents import Role
from tests.console.knowledge.test_in_browser import PHONE, console
from tests.console.world import World

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)]

AXE = Path(__file__).parents[1] / "vendored" / "axe.min.js"
HOME = "/console/customers"


async def test_an_admin_finds_merges_and_undoes_on_a_desktop_and_on_a_phone(
    world: World, chromium: Browser
) -> None:
    admin = await world.agent()
    async with world.database.write() as session:
        (await session.merge(admin)).role = Role.ADMIN
    one = await world.ticket("等了一周还没到", customer="王芳", collected={"phone": "13800138000"})
    other = await world.ticket("W" * 80, customer="W" * 80, collected={"phone": "13800138000"})
    async with world.served() as url:
        async with console(chromium, url, "lin", HOME) as page:
            await page.fill("[name=q]", "138 0013 8000")
            await page.press("[name=q]", "Enter")
            await page.click("text=王芳")
            await expect(page.locator(".conflict")).to_contain_text("+86 138 0013 8000")
            await page.click("text=Merge into this customer")
            await expect(page.locator(".happenings")).to_contain_text(other.number)
            await page.click("text=Undo the merge")
            await expect(page.locator(".fine")).to_contain_text("two customers again")
            await expect(page.locator(".happenings")).not_to_contain_text(other.number)
        paths = (HOME, f"{HOME}/merges", f"{HOME}/{one.customer_id}", f"{HOME}/{other.customer_id}")
        async with console(chromium, url, "lin", HOME, **PHONE) as phone:
            for path in paths:
                await phone.goto(f"{url}{path}")
                assert await phone.evaluate("document.documentElement.scrollWidth") == 390, path
                await phone.evaluate(AXE.read_text())
                found = await phone.evaluate("axe.run().then((result) => result.violations.map((v) => v.id))")
                assert found == [], path
