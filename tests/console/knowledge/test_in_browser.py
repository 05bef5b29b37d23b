"""The knowledge base's pages in a real browser: two admins, a phone, and what axe-core finds wrong with a page."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Page, expect

from handoff.agents import Role
from tests.console.knowledge.study import ENTRIES, HOME, Study
from tests.console.knowledge.test_publishing import HOURS
from tests.console.world import PASSWORD

# Nothing here depends on the kind of database.
pytestmark = [pytest.mark.browser, pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)]

AXE = Path(__file__).parents[2] / "vendored" / "axe.min.js"
PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}
PAGES = (
    HOME,
    f"{HOME}/entries/new",
    f"{HOME}/entries/late",
    f"{HOME}/lists/synonyms",
    f"{HOME}/lists/out_of_scope",
    f"{HOME}/lists/banned?q=refund&said=calm down",
    f"{HOME}/golden",
    f"{HOME}/try?q=when do you open",
    f"{HOME}/publish",
    f"{HOME}/history",
    f"{HOME}/history/compare?old=1",
    f"{HOME}/transfer",
    "/console/audit",
)


@asynccontextmanager
async def console(
    chromium: Browser, url: str, username: str, path: str = HOME, **options: Any
) -> AsyncIterator[Page]:
    """A signed-in admin's page; what the browser complains about fails the test."""
    context = await chromium.new_context(**{"locale": "en-GB", **options})
    page = await context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda line: complaints.append(line.text) if "Content Security" in line.text else None)
    page.on("dialog", lambda dialog: dialog.accept())
    await page.goto(f"{url}/console/sign-in?next={path}")
    await page.fill("[name=username]", username)
    await page.fill("[name=password]", PASSWORD)
    await page.press("[name=password]", "Enter")
    await page.wait_for_url(f"**{path}")
    yield page
    await context.close()
    assert complaints == []


async def test_two_admins_edit_one_entry_and_the_second_chooses(study: Study, chromium: Browser) -> None:
    for username in ("lin", "wei"):
        await study.account(username, Role.ADMIN)
    late = f"{HOME}/entries/late"
    async with (
        study.world.served() as url,
        console(chromium, url, "lin", late) as lin,
        console(chromium, url, "wei", late) as wei,
    ):
        await lin.fill("#answers_en", "Two days.")
        await wei.fill("#answers_en", "Four days.")
        await lin.click("text=Save to the draft")
        await expect(lin.locator(".fine")).to_contain_text("Saved to the draft")
        await wei.click("text=Save to the draft")
        await expect(wei.locator("[role=alert]")).to_contain_text("Somebody else changed this")
        await expect(wei.locator(".conflict del")).to_contain_text("Two days.")
        await expect(wei.locator(".conflict ins")).to_contain_text("Four days.")
        await expect(wei.locator("#answers_en")).to_have_value("Four days.")
        await wei.click("text=Take theirs")
        await expect(wei.locator("#answers_en")).to_have_value("Two days.")


async def test_faults_appear_while_typing_and_the_bench_answers(study: Study, chromium: Browser) -> None:
    await study.account("lin", Role.ADMIN)
    async with (
        study.world.served() as url,
        console(chromium, url, "lin", f"{HOME}/entries/late", locale="zh-CN") as page,
    ):
        await page.fill("#phrasings_zh", "快递怎么还没到\n我要发票")
        told = page.locator("[data-for=phrasings_zh] .grave")
        await expect(told).to_contain_text("「我要发票」也是「开发票」的问法")
        await page.fill("#answers_zh", "明天就到。")
        await expect(page.locator("[data-preview]")).to_contain_text("明天就到。")
        buttons = page.locator("[name=button_id]")
        before = await buttons.count()
        await page.locator("fieldset:has([name=button_id]) > [data-add]").last.click()
        await expect(buttons).to_have_count(before + 1)
        await expect(buttons.last).to_be_focused()
        await page.fill("#phrasings_zh", "快递怎么还没到")
        await page.keyboard.press("Control+End")
        await page.click("text=保存到草稿")
        await expect(page.locator(".fine")).to_contain_text("已保存到草稿")
        study.engine.go.clear()
        await page.fill("#try-q", "快递怎么还没到呀")
        await page.keyboard.press("Enter")
        await expect(page.locator(".tried .learning")).to_contain_text("正在学习草稿")
        study.engine.go.set()
        await expect(page.locator(".tried .verdict").first).to_contain_text("物流太慢")


@pytest.mark.parametrize(
    "options", [{"locale": "zh-CN", **PHONE}, {"locale": "en-GB"}], ids=["phone", "desktop"]
)
async def test_pages_fit_and_have_no_serious_violation(
    study: Study, chromium: Browser, options: dict[str, Any]
) -> None:
    await study.drafts(*ENTRIES, HOURS)
    await study.account("lin", Role.ADMIN)
    axe, violations = AXE.read_text("utf-8"), []
    async with study.world.served() as url, console(chromium, url, "lin", **options) as page:
        for path in PAGES:
            await page.goto(url + path)
            if "publish" in path:
                await expect(page.locator("[data-figures] table").first).to_be_visible()
            wide = await page.evaluate("document.documentElement.scrollWidth - innerWidth")
            assert wide <= 0, path
            await page.evaluate(axe)
            found = await page.evaluate("axe.run()")
            violations += [
                (path, each["id"], each["nodes"][0]["html"][:200], each["nodes"][0]["failureSummary"][:200])
                for each in found["violations"]
                if each["impact"] in ("serious", "critical")
            ]
    assert violations == []
