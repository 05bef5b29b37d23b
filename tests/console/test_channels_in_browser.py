"""Channels in a real browser: a token is made, copied and revoked, a channel tested; on a phone nothing sticks out."""

import re
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from core.connections import Signs
from core.findings import Finding, Grade
from handoff.agents import Role
from tests.console.knowledge.test_in_browser import PHONE, console
from tests.console.world import World

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)]

AXE = Path(__file__).parents[1] / "vendored" / "axe.min.js"
HOME = "/console/channels"


async def test_an_admin_makes_copies_and_revokes_a_token_and_tests_a_channel(
    world: World, chromium: Browser
) -> None:
    admin = await world.agent()
    async with world.database.write() as session:
        (await session.merge(admin)).role = Role.ADMIN
    signs = Signs(world.database)
    signs.trouble("telegram.receive", f"Conflict: terminated by other getUpdates request {'x' * 90}")
    signs.fine("telegram.send")
    await signs.write()
    world.checks.found = {
        "telegram": [
            Finding(code="telegram_name", grade=Grade.FINE, facts={"name": "shop_bot"}),
            Finding(
                code="telegram_webhook", grade=Grade.WARNING, facts={"url": f"https://{'o' * 80}.example"}
            ),
        ]
    }
    async with world.served() as url:
        options = {
            "permissions": ["clipboard-read", "clipboard-write"],
            "viewport": {"width": 1280, "height": 900},
        }
        async with console(chromium, url, "lin", HOME, **options) as page:
            await page.fill("#token-name", "web-shop")
            await page.press("#token-name", "Enter")
            secret = await page.input_value("#secret")
            await page.click("[data-copy]")
            await expect(page.locator("[data-copy]")).to_have_text("Copied")
            assert await page.evaluate("navigator.clipboard.readText()") == secret
            assert re.fullmatch(r"sw_[\w-]{43}", secret)
            await page.click("#telegram form button")
            await expect(page.locator("#telegram .tested")).to_contain_text("@shop_bot")
            await expect(page.locator("#secret")).to_have_count(0)
            await page.click("#tokens summary")
            await page.click("text=Revoke it")
            await expect(page.locator("#tokens .fine")).to_contain_text("web-shop is revoked")
        for language in ("zh", "en"):
            for width, more in ((1280, {"viewport": {"width": 1280, "height": 900}}), (390, PHONE)):
                async with console(chromium, url, "lin", HOME, **more) as page:
                    await page.goto(f"{url}{HOME}?lang={language}")
                    await page.fill("#token-name", f"shop-{language}-{width}")
                    await page.press("#token-name", "Enter")
                    await page.locator("#secret").wait_for()
                    await look(page, width)
                    await page.locator("#telegram form button").click()
                    await page.locator(".tested").wait_for()
                    await look(page, width)


async def look(page: Page, width: int) -> None:
    """Nothing sticks out, and nobody is kept out."""
    assert await page.evaluate("document.documentElement.scrollWidth") == width
    await page.evaluate(AXE.read_text())
    assert await page.evaluate("axe.run().then((result) => result.violations.map((v) => v.id))") == []
