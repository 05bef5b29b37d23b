"""Settings in a real browser: changed and given back by keyboard and press, on a desktop and on a phone, in both languages."""

from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from handoff.agents import Role
from tests.console.knowledge.study import Study
from tests.console.knowledge.test_in_browser import PHONE, console

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)]

AXE = Path(__file__).parents[2] / "vendored" / "axe.min.js"
HOME = "/console/settings"
PAGES = ("", "/queues", "/people", "/hours?month=2026-10", "/standards", "/care", "/categories")


async def test_an_admin_changes_settings_on_a_desktop_and_on_a_phone(study: Study, chromium: Browser) -> None:
    await study.account("lin", Role.ADMIN)
    hostile = {"zh": "W" * 80, "en": "<b>W</b>" * 9, "members": ["w" * 60]}
    await study.adjusting.save({"queues.wide": hostile}, seen=None, who="lin")
    async with study.world.served() as url:
        async with console(chromium, url, "lin", HOME) as page:
            await page.click("text=Standards")
            take = page.locator("[name='standards.basic.take']")
            await take.fill("2")
            await page.select_option("[name='standards.basic.take.unit']", "d")
            await take.press("Enter")
            await expect(page.locator(".grave")).to_contain_text("Working days differ in length")
            await expect(take).to_have_value("2")
            await page.select_option("[name='standards.basic.take.basis']", "calendar")
            await take.press("Enter")
            await expect(page.locator(".fine")).to_contain_text("in force everywhere")
            await expect(page.locator("#basic .is-here")).to_contain_text(
                "config.yml says: 5 minutes · working"
            )
            await take.fill("3")
            await take.press("Enter")  # saves: it does not give back, whatever button is the first
            await expect(take).to_have_value("3")
            await expect(page.locator("#basic .is-here")).to_have_count(1)
            await page.click("#basic >> text=Back to config.yml")
            await expect(page.locator(".is-here")).to_have_count(0)
            await expect(take).to_have_value("5")
        async with console(chromium, url, "lin", HOME, locale="zh-CN", **PHONE) as phone:
            for path in PAGES:
                await phone.goto(f"{url}{HOME}{path}")
                await phone.evaluate(
                    "document.querySelectorAll('details').forEach((each) => each.open = true)"
                )
                assert await phone.evaluate("document.documentElement.scrollWidth") == 390, path
                await phone.evaluate(AXE.read_text())
                found = await phone.evaluate("axe.run().then((result) => result.violations.map((v) => v.id))")
                assert found == [], path
