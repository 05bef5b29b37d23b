"""Each role walks through all parts of the console that it may see, where everybody wrote what would run if it could."""

from typing import Any

import pytest
from playwright.async_api import Browser, Page

from console.nav import PLACES
from handoff.agents import Role
from tests.console.knowledge.study import Study
from tests.console.knowledge.test_hostile import hostile
from tests.console.knowledge.test_in_browser import AXE, PHONE, console

# Nothing here depends on the kind of database.
pytestmark = [pytest.mark.browser, pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)]

# Each role in one language on the screen, and in the other on the phone.
LANGUAGES = {Role.ADMIN: "zh-CN", Role.SUPERVISOR: "en-GB", Role.AGENT: "zh-CN", Role.VIEWER: "en-GB"}
OTHER = {"zh-CN": "en-GB", "en-GB": "zh-CN"}


async def faults_of(page: Page, *, axe: str) -> list[str]:
    """What sticks out, and what axe finds that is serious."""
    wide = await page.evaluate("document.documentElement.scrollWidth - innerWidth")
    faults = [f"{wide} px too wide"] if wide > 0 else []
    if axe:
        await page.evaluate(axe)
        found = await page.evaluate("axe.run()")
        faults += [
            f"{each['id']}: {each['nodes'][0]['html'][:200]}"
            for each in found["violations"]
            if each["impact"] in ("serious", "critical")
        ]
    return faults


@pytest.mark.parametrize("on_phone", [False, True], ids=["desktop", "phone"])
async def test_each_role_walks_through_all_that_it_may_see(
    study: Study, chromium: Browser, on_phone: bool
) -> None:
    known = await hostile(study)
    beside = [
        f"/console/tickets/{known['ticket_id']}",
        f"/console/desk/tickets/{known['ticket_id']}",
        f"/console/customers/{known['customer_id']}",
        "/console/knowledge/entries/nasty",
        "/console/account",
    ]
    axe, faults = AXE.read_text("utf-8"), {}
    async with study.world.served() as url:
        for role, spoken in LANGUAGES.items():
            await study.account(f"the-{role}", role)
            options: dict[str, Any] = {"locale": OTHER[spoken], **PHONE} if on_phone else {"locale": spoken}
            async with console(chromium, url, f"the-{role}", "/console/desk", **options) as page:
                links = page.locator(".menu-items .narrow" if on_phone else ".nav a")
                paths = [await link.get_attribute("href") or "" for link in await links.all()]
                assert paths == [each.path for each in PLACES if role.is_at_least(each.least)]
                for path in [*paths, *beside]:
                    answer = await page.goto(url + path)
                    assert answer is not None
                    assert answer.status == 200, (role, path)
                    # What a page looks like does not hang on the role: once is enough.
                    faults[role, path] = await faults_of(page, axe=axe if role is Role.ADMIN else "")
                if on_phone:
                    await page.locator("header .menu > summary").last.click()
                    await page.locator(f".menu-items .narrow[href='{paths[1]}']").click()
                else:
                    await page.locator(f".nav a[href='{paths[1]}']").click()
                await page.wait_for_url(f"**{paths[1]}")
    assert {place: found for place, found in faults.items() if found} == {}
