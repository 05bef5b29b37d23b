"""Accounts in a real browser: an admin invites, the invited sets a password and is at the desk. On a screen and a phone."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Page, expect

from handoff.agents import Role
from tests.console.world import PASSWORD, World

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)]

AXE = (Path(__file__).parents[1] / "vendored" / "axe.min.js").read_text("utf-8")
SCREEN: Mapping[str, Any] = {"viewport": {"width": 1280, "height": 800}}
PHONE: Mapping[str, Any] = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
NEW = "a new long password"


async def look(page: Page) -> None:
    """Nothing sticks out, and axe finds nothing."""
    width = page.viewport_size["width"] if page.viewport_size else 0
    assert await page.evaluate("document.documentElement.scrollWidth") == width, page.url
    await page.evaluate(AXE)
    found = await page.evaluate(
        "axe.run().then((all) => all.violations.map((each) => each.id + each.nodes[0].html))"
    )
    assert found == [], page.url


@pytest.mark.parametrize(
    ("locale", "device", "copied", "welcome"),
    [("zh-CN", SCREEN, "已复制", "欢迎加入"), ("en-GB", PHONE, "Copied", "Welcome")],
)
async def test_an_admin_invites_and_the_invited_lands_at_the_desk(
    world: World, chromium: Browser, locale: str, device: Mapping[str, Any], copied: str, welcome: str
) -> None:
    await world.agent("boss", "老板", role=Role.ADMIN)
    async with world.served() as url:
        context = await chromium.new_context(
            locale=locale, permissions=["clipboard-read", "clipboard-write"], **device
        )
        admin = await context.new_page()
        await admin.goto(f"{url}/console/sign-in?next=/console/accounts")
        await look(admin)
        await admin.fill("[name=username]", "boss")
        await admin.fill("[name=password]", PASSWORD)
        await admin.press("[name=password]", "Enter")
        await admin.click("details.panel > summary")
        await admin.fill("[name=username]", "wei")
        await admin.fill("[name=name]", "魏" * 40)
        await admin.fill("[name=email]", "wei@example.com")
        await look(admin)
        await admin.click(".account-form .button.primary")
        await admin.click("[data-copy]")
        await expect(admin.locator("[data-copy]")).to_have_text(copied)
        link = await admin.evaluate("navigator.clipboard.readText()")
        await look(admin)
        await admin.click("tbody th a >> nth=1")
        await expect(admin.locator(".account-acts")).to_be_visible()
        await look(admin)
        await admin.goto(f"{url}/console/account")
        await look(admin)

        other = await chromium.new_context(locale=locale, **device)
        invited = await other.new_page()
        await invited.goto(link)
        await expect(invited.locator("h1")).to_have_text(welcome)
        await look(invited)
        await invited.fill("[name=password]", NEW)
        await invited.press("[name=password]", "Enter")
        await expect(invited).to_have_url(f"{url}/console/desk")
        await invited.goto(link)
        await look(invited)
        await context.close()
        await other.close()
