"""The overview in a real browser: it follows by itself, draws its pictures, and fits a phone; in both languages."""

from typing import Any

import pytest
from playwright.async_api import Browser, expect

from handoff.reporting.keeper import Keeper
from tests.console.test_desk_in_browser import desk
from tests.console.world import CALENDAR, World

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)]

PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}


async def test_a_supervisor_sees_now_and_the_week_on_a_desktop_and_on_a_phone(
    world: World, chromium: Browser
) -> None:
    await world.agent()
    await world.ticket("等了一周还没到", customer="王小姐", tried="order_status")
    await Keeper(world.database, zone=CALENDAR.zone).count()
    async with world.served() as url, desk(chromium, url, locale="zh-CN") as page:
        await page.goto(f"{url}/console/overview")
        await expect(page.locator("#now-waiting .big")).to_have_text("1")
        await world.ticket("我要人工", customer="李先生")
        await expect(page.locator("#now-waiting .big")).to_have_text("2")  # by itself
        await expect(page.locator("#table-days canvas")).to_be_visible()
        assert (
            await page.evaluate(
                "Chart.getChart(document.querySelector('#table-days canvas')).data.labels.length"
            )
            == 7
        )
        await page.click("#tile-opened summary")
        await expect(page.locator("#tile-opened details p")).to_contain_text("记在开单那天")
        await page.click("#tile-opened .big a")
        await page.click("table.found-tickets th a")
        await expect(page.locator("main")).to_contain_text("等了一周还没到")
        options: dict[str, Any] = {"locale": "en-GB", **PHONE}
        async with desk(chromium, url, **options) as phone:
            await phone.goto(f"{url}/console/overview")
            await expect(phone.locator("#tile-opened h3")).to_have_text("Tickets opened")
            assert await phone.evaluate("document.documentElement.scrollWidth") == 390
