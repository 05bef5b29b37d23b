"""The desk in a real browser: an agent at work, with eyes and a keyboard."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest
from playwright.async_api import Browser, FilePayload, Locator, Page, Route, expect

from core.messages import Attachment
from handoff.kinds import Reason
from handoff.tickets import Ticket
from tests.console.test_suggestions import publish
from tests.console.world import PASSWORD, World
from tests.uploads import PDF, png

# Nothing here depends on the kind of database.
pytestmark = [pytest.mark.browser, pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)]

PHONE: dict[str, Any] = {"viewport": {"width": 375, "height": 667}, "is_mobile": True, "has_touch": True}
TAKE = "[data-act=take] button"
ERROR = "[data-composer] [data-error]"
NASTY = "<img src=x onerror=\"document.title='stolen'\"><script>document.title='stolen'</script>"


@asynccontextmanager
async def desk(chromium: Browser, url: str, username: str = "lin", **options: Any) -> AsyncIterator[Page]:
    """A signed-in agent's page; what the browser complains about fails the test."""
    context = await chromium.new_context(**{"locale": "zh-CN", **options})
    page = await context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda line: complaints.append(line.text) if "Content Security" in line.text else None)
    await page.goto(f"{url}/console/desk")
    await page.fill("[name=username]", username)
    await page.fill("[name=password]", PASSWORD)
    await page.press("[name=password]", "Enter")
    await page.wait_for_url("**/console/desk")
    yield page
    await context.close()
    assert complaints == []


async def open_ticket(page: Page, url: str, ticket: Ticket) -> None:
    await page.goto(f"{url}/console/desk/tickets/{ticket.id}")


async def test_an_agent_takes_replies_notes_and_resolves(world: World, chromium: Browser) -> None:
    await world.agent()
    async with world.served() as url, desk(chromium, url) as page:
        await expect(page.locator("#queue")).to_contain_text("没有人在等")
        await world.ticket("等了一周还没到", customer="王小姐")
        await expect(page).to_have_title(re.compile(r"^\(1\) "))  # by itself, without a reload
        await page.click("text=王小姐")
        await page.click(TAKE)
        box = page.locator("[data-composer] textarea")
        await expect(box).to_be_focused()
        await page.keyboard.type("您好，我来查")
        await page.keyboard.press("Shift+Enter")
        await page.keyboard.type("请稍等")
        await page.keyboard.press("Enter")
        await expect(page.locator(".item.agent .said")).to_have_text("您好，我来查\n请稍等")
        await expect(box).to_have_value("")
        await expect(box).to_be_focused()
        await page.click("text=内部备注")
        await page.fill("textarea", "已催仓库")
        await page.keyboard.press("Control+Enter")
        await expect(page.locator(".item.note .said")).to_have_text("已催仓库")
        await page.click("[data-act=resolve] button")
        await expect(page.locator(".state")).to_have_text("小林 已解决")
        await expect(page.locator("[data-act=resolve]")).to_have_count(0)
        await expect(page).to_have_title(re.compile("^工作台"))


async def test_two_agents_take_at_once(world: World, chromium: Browser) -> None:
    await world.agent()
    await world.agent("chen", "陈工")
    ticket = await world.ticket()
    async with world.served() as url, desk(chromium, url) as lin, desk(chromium, url, "chen") as chen:
        for page in (lin, chen):
            await open_ticket(page, url, ticket)
        # The answers wait until both have asked, so that neither sees the other's success first.
        asked = asyncio.Barrier(2)
        for page in (lin, chen):
            await page.route("**/take", lambda route: _together(route, asked))
        await asyncio.gather(lin.click(TAKE), chen.click(TAKE))
        for page in (lin, chen):
            await expect(page.locator(".state")).not_to_have_text("等待接手")
        states = [await page.locator(".state").inner_text() for page in (lin, chen)]
        winner, loser, name = (lin, chen, "小林") if states[0] == "您在处理" else (chen, lin, "陈工")
        await expect(loser.locator(ERROR)).to_contain_text(f"{name} 已先一步接手")
        await expect(loser.locator(".state")).to_have_text(f"{name} 在处理")
        await expect(loser.locator("[data-composer] [name=to]")).to_have_count(1)
        await expect(winner.locator(ERROR)).to_be_hidden()


async def _together(route: object, barrier: asyncio.Barrier) -> None:
    await barrier.wait()
    await route.continue_()  # type: ignore[attr-defined]  # playwright's handler type is a union


async def test_a_customer_writes_while_the_agent_types(world: World, chromium: Browser) -> None:
    agent = await world.agent()
    ticket = await world.ticket()
    await world.work.take(ticket.id, agent)
    async with world.served() as url, desk(chromium, url) as page:
        await open_ticket(page, url, ticket)
        await page.focus("textarea")
        await page.keyboard.type("我正在写一半")
        await page.keyboard.press("ArrowLeft")
        await world.customer_says(ticket, "还有，颜色也不对")
        await expect(page.locator(".item.customer").last).to_contain_text("还有，颜色也不对")
        await page.keyboard.type("，")
        await expect(page.locator("[data-composer] textarea")).to_have_value("我正在写一，半")
        await page.reload()
        await expect(page.locator("[data-composer] textarea")).to_have_value("我正在写一，半")


async def test_a_note_being_written_stays_a_note_when_the_ticket_is_taken(
    world: World, chromium: Browser
) -> None:
    await world.agent()
    ticket = await world.ticket()
    async with world.served() as url, desk(chromium, url) as page:
        await open_ticket(page, url, ticket)
        await page.fill("textarea", "这位客人上次也投诉过")
        await page.click(TAKE)
        await expect(page.locator("[data-composer] [name=to]")).to_have_count(2)
        await expect(page.locator("[data-composer] textarea")).to_have_value("这位客人上次也投诉过")
        await expect(page.locator("[data-composer] [value=colleagues]")).to_be_checked()


async def test_what_happens_while_the_connection_is_lost_is_read_afterwards(
    world: World, chromium: Browser
) -> None:
    agent = await world.agent()
    ticket = await world.ticket()
    await world.work.take(ticket.id, agent)
    async with world.served() as url, desk(chromium, url) as page:
        await open_ticket(page, url, ticket)
        await expect(page.locator("#offline")).to_be_hidden()
        await page.route("**/console/desk/**", lambda route: route.abort())
        world.stopping.set()  # ends the streams
        await expect(page.locator("#offline")).to_be_visible()
        await page.fill("textarea", "断网时写的")
        await page.keyboard.press("Enter")
        await expect(page.locator(ERROR)).to_contain_text("内容还在")
        await expect(page.locator("[data-composer] textarea")).to_have_value("断网时写的")
        await world.customer_says(ticket, "你们还在吗")
        world.stopping.clear()
        await page.unroute("**/console/desk/**")
        await expect(page.locator(".item.customer").last).to_contain_text("你们还在吗")
        await expect(page.locator("#offline")).to_be_hidden()


async def test_markup_of_customers_is_text(world: World, chromium: Browser) -> None:
    await world.agent()
    ticket = await world.ticket(
        NASTY, customer=NASTY, tier=NASTY, attachments=[Attachment(ref="https://files.example/a", name=NASTY)]
    )
    async with world.served() as url, desk(chromium, url) as page:
        await open_ticket(page, url, ticket)
        await world.customer_says(ticket, NASTY + " again")
        await expect(page.locator(".item.customer .said").last).to_have_text(NASTY + " again")
        await expect(page.locator("h1")).to_have_text(NASTY)
        await expect(page.locator(".links a")).to_have_text(NASTY)
        await expect(page).to_have_title(re.compile("工作台"))
        assert await page.locator("img[src=x], script:not([src])").count() == 0


async def test_a_better_wording_is_a_press_away_and_can_be_undone(world: World, chromium: Browser) -> None:
    agent = await world.agent()
    ticket = await world.ticket()
    await world.work.take(ticket.id, agent)
    async with world.served() as url, desk(chromium, url) as page:
        await open_ticket(page, url, ticket)
        box, held = page.locator("[data-composer] textarea"), page.locator(".held")
        await box.fill("你烦不烦")
        await page.keyboard.press("Enter")
        await expect(held).to_contain_text("你烦不烦")
        await expect(box).to_have_value("你烦不烦")
        better = await held.locator("[data-better]").inner_text()
        await held.locator("[data-better]").click()
        await expect(held).to_have_count(0)
        await expect(box).to_have_value(better)
        await page.keyboard.press("Control+z")
        await expect(box).to_have_value("你烦不烦")
        await page.keyboard.press("Control+y")
        await page.keyboard.press("Enter")
        await expect(page.locator(".item.agent .said")).to_have_text(better)


async def test_a_suggested_reply_is_put_where_the_agent_writes_and_not_sent_yet(
    world: World, chromium: Browser
) -> None:
    await publish(world)
    lin = await world.agent()
    ticket = await world.ticket(customer="王小姐")
    await world.work.take(ticket.id, lin)
    async with world.served() as url, desk(chromium, url) as page:
        await open_ticket(page, url, ticket)
        await page.fill("textarea[name=text]", "在的。")
        await page.click("[data-suggest]")
        await page.click("#suggestions [data-insert]")
        await expect(page.locator("#suggestions")).to_be_hidden()
        box = page.locator("textarea[name=text]")
        await expect(box).to_have_value("在的。您好，王小姐！我是好物的小林。")
        await expect(box).to_be_focused()
        await expect(page.locator(".item.agent")).to_have_count(0)
        await page.keyboard.press("Enter")
        await expect(page.locator(".item.agent .said")).to_have_text("在的。您好，王小姐！我是好物的小林。")


async def test_who_insists_gives_a_reason(world: World, chromium: Browser) -> None:
    agent = await world.agent()
    ticket = await world.ticket(language="en")
    await world.work.take(ticket.id, agent)
    async with world.served() as url, desk(chromium, url, locale="en-GB") as page:
        await open_ticket(page, url, ticket)
        box, held = page.locator("[data-composer] textarea"), page.locator(".held")
        await box.fill("That is not my problem")
        await page.keyboard.press("Enter")
        await held.get_by_text("Send anyway").click()
        await expect(held).to_be_visible()  # still: there is no reason
        await held.locator("[name=reason]").fill("He asked for these words")
        await page.keyboard.press("Enter")
        await expect(page.locator(".item.agent .said")).to_have_text("That is not my problem")
        await expect(held).to_have_count(0)
        await expect(page.locator(".history")).to_contain_text("because: He asked for these words")


async def test_the_desk_can_be_worked_by_keyboard_in_english(world: World, chromium: Browser) -> None:
    await world.agent()
    await world.ticket(customer="Ann", language="en", reason=Reason.WANTS_HUMAN)
    async with world.served() as url, desk(chromium, url, locale="en-GB") as page:
        await expect(page.locator("#queue")).to_contain_text("Asked for a person")
        await page.locator("a.row").focus()
        await page.keyboard.press("Enter")
        await page.wait_for_url("**/tickets/*")
        await page.locator("button", has_text="Take").focus()
        await page.keyboard.press("Enter")
        await expect(page.locator("[data-composer] textarea")).to_be_focused()
        await page.keyboard.type("Hello Ann")
        await page.keyboard.press("Enter")
        await expect(page.locator(".item.agent .said")).to_have_text("Hello Ann")


async def test_on_a_phone_the_conversation_has_the_room_also_beside_the_keyboard(
    world: World, chromium: Browser
) -> None:
    agent = await world.agent()
    ticket = await world.ticket("等了一周还没到", tier="金卡", tried="late")
    await world.work.take(ticket.id, agent)
    for number in range(10):
        last = f"第 {number} 次问：我的包裹呢？"
        await world.customer_says(ticket, last)
    async with world.served() as url, desk(chromium, url, **PHONE) as page:
        await open_ticket(page, url, ticket)
        stream = page.locator("#stream")
        assert await height(stream) > 300
        await page.locator(".summary summary").click()
        await expect(page.locator(".summary")).to_contain_text("物流太慢")
        await page.set_viewport_size({"width": 375, "height": 320})  # the keyboard comes up
        await page.locator("[data-composer] textarea").tap()
        await expect(page.locator(".item.customer").last).to_be_in_viewport(ratio=1)
        await expect(page.locator("button.send")).to_be_in_viewport(ratio=1)
        assert await height(stream) > 130
        await page.set_viewport_size({"width": 375, "height": 667})
        await page.get_by_role("link", name="返回队列").click()
        await expect(page.locator("a.row")).to_be_visible()


async def test_on_a_wide_screen_what_was_asked_is_open(world: World, chromium: Browser) -> None:
    await world.agent()
    ticket = await world.ticket(tried="late")
    async with world.served() as url, desk(chromium, url) as page:
        await open_ticket(page, url, ticket)
        await expect(page.get_by_text("物流太慢").first).to_be_visible()


async def test_a_narrow_queue_leaves_names_whole(world: World, chromium: Browser) -> None:
    await world.agent()
    await world.ticket(customer=None)
    async with world.served() as url:
        size = {"width": 760, "height": 600}
        async with desk(chromium, url, locale="en-GB", viewport=size) as page:
            name = page.locator(".row b")
            await expect(name).to_have_text(re.compile(r"^Customer \w{4}$"))
            assert await name.evaluate(
                "b => b.scrollWidth <= b.clientWidth && b.scrollHeight <= b.clientHeight"
            )


async def height(part: Locator) -> float:
    box = await part.bounding_box()
    assert box is not None
    return box["height"]


async def test_one_person_plays_both_sides_on_the_home_page(world: World, chromium: Browser) -> None:
    async with world.served() as url:
        context = await chromium.new_context(locale="zh-CN")
        page = await context.new_page()
        await page.goto(url)
        right = page.frame_locator("#pane-agent iframe")
        await expect(right.locator("body")).to_contain_text("只在这台机器上有效")
        await right.locator("text=以演示坐席进入").click()
        await world.ticket(customer="王小姐")
        await right.locator("text=王小姐").click()
        await right.locator(TAKE).click()
        await expect(right.locator(".state")).to_have_text("您在处理")
        await page.set_viewport_size({"width": 375, "height": 740})
        await expect(page.locator("#pane-agent")).to_be_hidden()
        await page.click("role=tab[name='我是坐席']")
        await expect(page.locator("#pane-agent")).to_be_visible()
        await expect(page.locator("#pane-customer")).to_be_hidden()
        await context.close()


async def test_a_transfer_is_offered_by_one_and_accepted_by_another_live(
    world: World, chromium: Browser
) -> None:
    lin = await world.agent()
    chen = await world.agent("chen", "陈工")
    ticket = await world.ticket(customer="王小姐")
    await world.work.take(ticket.id, lin)
    async with world.served() as url, desk(chromium, url) as sender, desk(chromium, url, "chen") as receiver:
        await open_ticket(sender, url, ticket)
        await sender.get_by_role("button", name="转派", exact=True).click()
        dialog = sender.get_by_role("dialog", name="请别人接手")
        await expect(dialog.locator("select")).to_be_focused()
        await dialog.locator("select").select_option(f"agent:{chen.id}")
        await dialog.locator("[name=reason]").fill("要查财")
        await world.customer_says(ticket, "还在吗")  # what changes does not touch what is typed
        await expect(sender.locator(".item.customer").last).to_contain_text("还在吗")
        await dialog.locator("[name=reason]").press_sequentially("务系统")
        await sender.keyboard.press("Enter")
        await expect(dialog).to_be_hidden()
        await expect(sender.locator(".banner")).to_contain_text("已请 陈工 接手")
        offer = receiver.locator("#list-offers")
        await expect(offer).to_contain_text("小林 请您接手：要查财务系统")  # by itself
        await expect(receiver.locator("#alerts")).to_contain_text("需要留意（1）")
        await expect(receiver).to_have_title(re.compile("^❗"))
        await offer.get_by_role("button", name="接受").click()
        await receiver.wait_for_url(f"**/tickets/{ticket.id}")
        await expect(receiver.locator(".state")).to_have_text("您在处理")
        await expect(receiver.locator(".chain")).to_contain_text("接受转派：要查财务系统")
        await expect(receiver.locator("#alerts")).not_to_contain_text("需要留意")
        await expect(sender.locator(".state")).to_have_text("陈工 在处理")


async def test_a_dialog_that_is_out_of_date_says_so_on_a_phone_too(world: World, chromium: Browser) -> None:
    lin, chen = await world.agent(), await world.agent("chen", "陈工")
    ticket = await world.ticket(language="en")
    await world.work.take(ticket.id, chen)
    await world.transfers.offer(ticket.id, chen, to=lin, reason="busy")
    async with world.served() as url, desk(chromium, url, locale="en-GB", **PHONE) as page:
        await open_ticket(page, url, ticket)
        await page.locator(".banner").get_by_role("button", name="Decline").click()
        dialog = page.get_by_role("dialog")
        await dialog.locator("[name=reason]").fill("Not mine")
        pressed = asyncio.Event()

        async def hold(route: Route) -> None:
            await pressed.wait()
            await route.continue_()

        await page.route("**/tickets/*part=*", hold)  # the page learns of it only after the press
        await world.work.resolve(ticket.id, chen)  # meanwhile
        await dialog.get_by_role("button", name="Decline").click()
        pressed.set()
        await expect(page.locator("[data-error]").filter(has_text="is over")).to_be_visible()
        await expect(page.locator(".state")).to_have_text("Resolved by 陈工")


async def test_on_duty_off_duty_and_who_looks_is_there(world: World, chromium: Browser) -> None:
    await world.agent()
    async with world.served() as url, desk(chromium, url) as page:
        await (
            page.get_by_role("group", name="上班状态").get_by_role("button", name="上班", exact=True).click()
        )
        await expect(page.locator(".presence")).to_have_text("在线")
        await world.ticket(customer="王小姐")
        await world.clocks_run()
        await expect(page.locator("#list-mine")).to_contain_text("派给您：请接手")
        world.clock.ahead += timedelta(minutes=11)
        await page.reload()  # the page is looked at, which is a sign of life
        await expect(page.locator(".presence")).to_have_text("在线")
        await page.get_by_role("button", name="下班").click()
        await expect(page.locator(".presence")).to_have_text("离线")


async def test_alerts_are_read_and_dismissed_by_keyboard(world: World, chromium: Browser) -> None:
    await world.agent()
    async with world.served() as url, desk(chromium, url) as page:
        for name in ("甲", "乙"):
            await world.ticket(customer=name, reason=Reason.EMERGENCY)
        await expect(page.locator("#alerts")).to_contain_text("需要留意（2）")
        await page.locator(".attention summary").focus()
        await page.keyboard.press("Enter")
        await page.locator(".attention li").first.get_by_role("button", name="知道了").focus()
        await page.keyboard.press("Enter")
        await expect(page.locator(".attention li")).to_have_count(1)
        await expect(page.locator(".attention summary")).to_contain_text("需要留意（1）")
        await page.get_by_role("button", name="全部知道了").click()
        await expect(page.locator(".attention")).to_have_count(0)


async def test_files_are_chosen_dropped_and_sent_with_the_reply(world: World, chromium: Browser) -> None:
    lin = await world.agent()
    ticket = await world.ticket()
    await world.work.take(ticket.id, lin)
    async with world.served() as url, desk(chromium, url) as page:
        await open_ticket(page, url, ticket)
        picked = page.locator("[data-picked] li")
        invoice = FilePayload(name="发票.pdf", mimeType="application/pdf", buffer=PDF)
        screen = FilePayload(name="屏幕.png", mimeType="image/png", buffer=png(300, 200))
        await page.set_input_files("[type=file]", [invoice, screen])
        await expect(picked).to_have_count(2)
        await page.locator("[type=file]").evaluate(DROP, "拖进来.txt")
        await expect(picked).to_have_text([re.compile("发票"), re.compile("屏幕"), re.compile("拖进来")])
        await picked.nth(2).locator("button").click()
        await page.click("text=内部备注")
        await expect(picked.first).to_be_hidden()
        await page.locator("[type=file]").evaluate(DROP, "备注.txt")
        await expect(page.locator(ERROR)).to_contain_text("只能发给顾客")  # and the note stays a note
        await page.locator(".kinds").get_by_text("回复顾客").click()
        huge = FilePayload(name="很大.pdf", mimeType="application/pdf", buffer=PDF + bytes(20_000_000))
        await page.set_input_files("[type=file]", [huge])
        await expect(page.locator(ERROR)).to_contain_text("「很大.pdf」没有加上")
        await expect(picked).to_have_count(2)
        # What is held comes back with its files, and goes out as it is when the agent insists.
        await page.fill("textarea[name=text]", "这不归我管，你自己看着办")
        await page.click(".send")
        await page.fill("[data-held] [name=reason]", "顾客的原话")
        await expect(picked).to_have_count(2)
        await page.click("[data-held] [name=anyway]")
        last = page.locator(".item.agent").last
        await expect(last.locator("a", has_text="发票.pdf")).to_be_visible()
        await expect(last.locator("img")).to_have_js_property("naturalWidth", 300)
        await expect(picked).to_have_count(0)


DROP = """(input, name) => {
  const carried = new DataTransfer();
  carried.items.add(new File(["x"], name, { type: "text/plain" }));
  for (const kind of ["dragover", "drop"]) {
    const options = { bubbles: true, cancelable: true, dataTransfer: carried };
    input.closest("[data-ticket]").querySelector("#stream").dispatchEvent(new DragEvent(kind, options));
  }
}"""
