"""Several tickets open at once, in a real browser: tabs, drafts, unread marks, typing signs, the guard, keys, notifications."""

import re
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from core.typing_signs import Side, TypingSign, TypingSigns
from tests.console.test_desk_in_browser import PHONE, desk
from tests.console.world import PASSWORD, World
from tests.telegram.support import eventually

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)]

AXE = Path(__file__).parents[1] / "vendored" / "axe.min.js"
FIELD = "[data-composer] textarea"
# A page that is not looked at, and notifications that can be read; what the operating system shows is not ours to test.
PRETEND = """
window.told = [];
window.Notification = class extends EventTarget {
  static permission = "default";
  static async requestPermission() { return (this.permission = "granted"); }
  constructor(title, options) { super(); window.told.push({ title, body: options.body, shown: this }); }
  close() {}
};
document.hasFocus = () => !window.away;
"""


async def faults(page: Page) -> list[str]:
    """What axe finds that is serious."""
    await page.evaluate(AXE.read_text())
    found: list[str] = await page.evaluate(
        "axe.run().then((result) => result.violations"
        ".filter((v) => ['serious', 'critical'].includes(v.impact)).map((v) => v.id))"
    )
    return found


async def test_an_agent_works_on_several_tickets_by_mouse_and_by_keys(
    world: World, chromium: Browser
) -> None:
    lin = await world.agent()
    await world.agent("chen", "陈工")
    first, second = await world.ticket(customer="王小姐"), await world.ticket(customer="李先生")
    for ticket in (first, second):
        await world.work.take(ticket.id, lin)
    async with world.served() as url, desk(chromium, url) as page:
        await page.add_init_script(PRETEND)
        await page.reload()
        tabs, box = page.locator("[data-tab]"), page.locator(FIELD)
        await page.click("#queue >> text=王小姐")
        await box.fill("写给王小姐的一半")
        await page.click("#queue >> text=李先生")
        await expect(page.locator("h1")).to_have_text("李先生")
        await expect(box).to_have_value("")
        await page.click("text=内部备注")
        await box.fill("关于李先生的备注")
        await expect(tabs).to_have_count(2)

        # What is new to the ticket that is not looked at, and who is typing there.
        await world.customer_says(first, "还在吗")
        await expect(tabs.nth(0).locator(".unread")).to_contain_text("1")
        await expect(page.locator("#list-mine .unread")).to_have_count(1)
        await expect(page).to_have_title(re.compile("^● "))
        sign = TypingSign(conversation_id=first.conversation_id)
        signs = TypingSigns(world.wakeups, now=iter(range(0, 1000, 10)).__next__)
        signs.give(Side.CUSTOMER, sign)
        await expect(tabs.nth(0).locator(".writes")).to_be_visible()

        await page.keyboard.press("Escape")  # out of the field, in which letters are letters
        await page.keyboard.press("1")
        await expect(page.locator("h1")).to_have_text("王小姐")
        await expect(box).to_have_value("写给王小姐的一半")
        await expect(page.locator(".item.customer").last).to_contain_text("还在吗")
        await expect(page.locator("#list-mine [data-unread]")).to_have_count(0)
        signs.give(Side.CUSTOMER, sign)
        await expect(page.locator(".typing-sign")).to_be_visible()
        await page.go_back()
        await expect(page.locator("h1")).to_have_text("李先生")

        await page.reload()
        await expect(tabs).to_have_count(2)
        await expect(box).to_have_value("关于李先生的备注")
        await expect(page.locator("[data-composer] [value=colleagues]")).to_be_checked()
        assert await faults(page) == []

        # The guard, a moment after the agent stops; nothing of it for a note.
        await page.keyboard.press("[")
        await expect(box).to_have_value("写给王小姐的一半")
        with signs.watch(Side.AGENT, [first.conversation_id]) as watch:
            await page.keyboard.press("r")
            await page.keyboard.press("Control+a")
            await page.keyboard.type("您好。这不归我管！请稍等")
            # The customer has been told seconds ago, perhaps: who goes on writing tells again.
            while not (given := await watch.next(1)):
                await page.keyboard.type(" ")
                await page.keyboard.press("Backspace")
            assert {each.name for each in given} == {"小林"}
        top = await box.bounding_box()
        better = page.locator(".found [data-better]")
        await expect(better).to_be_visible()
        assert await box.bounding_box() == top  # nothing has moved
        words = await better.inner_text()
        await better.click()
        await expect(box).to_have_value(f"您好。{words}请稍等")
        await expect(page.locator(".found")).to_have_count(0)
        await box.press("Enter")
        await expect(page.locator(".item.agent .said")).to_have_text(f"您好。{words}请稍等")

        # Notifications: not before they are switched on, not while the page is looked at, and without numbers.
        await page.evaluate("window.away = true")
        await world.customer_says(second, "没开通知")
        await expect(page.locator("#list-mine .unread")).to_have_count(1)
        await page.click(".menu summary")
        await page.click("text=桌面通知")
        await page.check("[data-notify=on]")
        await page.keyboard.press("Escape")
        await world.customer_says(second, "请打 13812345678")
        await eventually(lambda: page.evaluate("window.told.length"))
        told = await page.evaluate("window.told.map(({ title, body }) => [title, body])")
        assert told == [["李先生 来消息了", "请打 138****5678"]]
        await page.evaluate("window.told[0].shown.dispatchEvent(new Event('click'))")
        await expect(page.locator("h1")).to_have_text("李先生")

        await page.keyboard.press("?")
        await expect(page.get_by_role("dialog", name="键盘快捷键")).to_be_visible()
        assert await faults(page) == []
        await page.uncheck("[data-keys-on]")
        await page.keyboard.press("Escape")
        await page.keyboard.press("x")  # which does nothing any more
        await tabs.nth(0).get_by_role("button", name="关闭 王小姐").click()
        await expect(tabs).to_have_count(1)
        # Another agent at the same browser finds nothing of it, even where the first has not signed out.
        await page.context.clear_cookies(name="shouwen_session")
        await page.goto(f"{url}/console/desk")
        await page.fill("[name=username]", "chen")
        await page.fill("[name=password]", PASSWORD)
        await page.press("[name=password]", "Enter")
        await page.goto(f"{url}/console/desk/tickets/{second.id}")
        await expect(page.locator(FIELD)).to_have_value("")
        await expect(tabs).to_have_count(1)
        assert "备注" not in await page.evaluate(
            "JSON.stringify([{ ...sessionStorage }, { ...localStorage }])"
        )


async def test_on_a_phone_the_tabs_are_a_switcher_in_english(world: World, chromium: Browser) -> None:
    lin = await world.agent()
    first = await world.ticket(customer="Ann", language="en")
    second = await world.ticket(customer="Bartholomew " * 4, language="en")
    for ticket in (first, second):
        await world.work.take(ticket.id, lin)
    async with world.served() as url, desk(chromium, url, locale="en-GB", **PHONE) as page:
        strip, box = page.locator("#tabs"), page.locator(FIELD)
        await page.locator("#queue").get_by_text("Ann").tap()
        await expect(strip).to_be_hidden()  # one alone needs no room
        await box.fill("Half a reply to Ann")
        await page.get_by_role("link", name="Back to the queue").tap()
        await page.locator("#queue").get_by_text("Bartholomew").tap()
        await expect(page.locator("h1")).to_contain_text("Bartholomew")
        await box.fill("That is not my problem")
        await expect(page.locator(".found [data-better]")).to_be_visible()
        assert await page.evaluate("document.documentElement.scrollWidth") == 375
        assert await faults(page) == []
        await strip.get_by_role("link", name="Ann").tap()
        await expect(box).to_have_value("Half a reply to Ann")
        await strip.get_by_role("button", name="Close Ann").tap()
        await expect(page.locator("h1")).to_contain_text("Bartholomew")
        await expect(box).to_have_value("That is not my problem")
