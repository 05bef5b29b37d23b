"""The pages about gaps in a real browser: on a phone and on a screen, to a new entry, and what axe-core finds wrong."""

from typing import Any

import pytest
from playwright.async_api import Browser, expect

from handoff.agents import Role
from tests.console.knowledge.study import Study
from tests.console.knowledge.test_gaps import ASKED, GAPS, is_missed
from tests.console.knowledge.test_in_browser import AXE, PHONE, console

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)]


@pytest.mark.parametrize("options", [PHONE, {"color_scheme": "dark"}], ids=["phone", "screen"])
async def test_from_the_list_to_a_new_entry(study: Study, chromium: Browser, options: dict[str, Any]) -> None:
    await is_missed(study, *ASKED, "新疆能送吗，我的电话是13800138000", answer="新疆可以送，运费 20 元。")
    await study.account("lin", Role.SUPERVISOR)
    axe, violations = AXE.read_text("utf-8"), []
    async with study.world.served() as url, console(chromium, url, "lin", GAPS, **options) as page:
        for step in ("list", "gap"):
            if step == "gap":
                await page.get_by_role("link", name="新疆").click()
                await expect(page.get_by_role("button", name="Make an entry")).to_be_visible()
            assert await page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
            await page.evaluate(axe)
            found = await page.evaluate("axe.run()")
            violations += [
                (step, each["id"], each["nodes"][0]["html"][:200])
                for each in found["violations"]
                if each["impact"] in ("serious", "critical")
            ]
        await page.get_by_label(ASKED[1]).first.uncheck()
        await page.get_by_role("button", name="Make an entry").click()
        await expect(page.locator("#phrasings_zh")).to_have_value(ASKED[0])
        await expect(page.locator("#answers_zh")).to_have_value("新疆可以送，运费 20 元。")
    assert violations == []
