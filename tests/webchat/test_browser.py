"""The widget and the page /chat in a real browser: Chromium, driven by Playwright."""

import json
import re
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, BrowserContext, Page, WebSocketRoute, expect
from sqlalchemy import select

from core.clock import utc_now
from core.conversations import Conversation, Draft, Message, lock_conversation
from core.database import Database
from core.files import Upload
from core.messages import Attachment, Author
from core.posting import Posting
from core.typing_signs import Side, TypingSign
from handoff.agents import Agent, add_agent
from handoff.tickets import Ticket
from tests.telegram.support import eventually
from tests.uploads import PDF, png
from tests.webchat.server import ORDER_ANSWER, ChatServer

pytestmark = pytest.mark.browser

PHONE: dict[str, Any] = {"viewport": {"width": 360, "height": 640}, "is_mobile": True, "has_touch": True}
SLOW_ANSWER = 30_000  # ms: the widget's own waiting before it connects again is part of some tests

expect.set_options(timeout=10_000)


@pytest.fixture
async def database(sqlite_template: Path, tmp_path: Path) -> AsyncIterator[Database]:
    """SQLite is enough here: the protocol's own tests run on both databases."""
    shutil.copy(sqlite_template, tmp_path / "shouwen.db")
    database = Database(f"sqlite:///{tmp_path / 'shouwen.db'}")
    yield database
    await database.close()


@pytest.fixture
async def context(chromium: Browser) -> BrowserContext:
    """A Chinese visitor's browser."""
    return await chromium.new_context(locale="zh-CN", timezone_id="Asia/Shanghai")


@pytest.fixture
async def page(context: BrowserContext) -> Page:
    return await context.new_page()


async def write(page: Page, text: str) -> None:
    await page.locator("textarea").fill(text)
    await page.locator("textarea").press("Enter")


async def expect_talk(page: Page, *texts: str | re.Pattern[str], timeout: float = 10_000) -> None:
    """Exactly these bubbles behind the greeting, all of them confirmed by the record."""
    await expect(page.locator(".row .bubble")).to_have_text([re.compile(".+"), *texts], timeout=timeout)
    await expect(page.locator(".row.local")).to_have_count(0, timeout=timeout)


async def recorded(database: Database) -> list[tuple[str, str]]:
    async with database.read() as session:
        rows = await session.execute(
            select(Message.author, Message.text)
            .where(Message.author == Author.CUSTOMER)
            .order_by(Message.seq)
        )
        return [(author, text) for author, text in rows]


async def take_ticket(server: ChatServer, name: str = "李晓") -> tuple[Any, Agent]:
    async with server.database.write() as session:
        agent = await add_agent(session, username="li", name=name, password=None, now=utc_now())
        ticket_id = (await session.scalars(select(Ticket.id))).one()
    await server.work.take(ticket_id, agent)
    return ticket_id, agent


async def test_a_question_is_answered_and_a_reload_keeps_everything(server: ChatServer, page: Page) -> None:
    trouble: list[str] = []
    page.on("console", lambda message: trouble.append(message.text))
    page.on("pageerror", lambda error: trouble.append(str(error)))
    await page.goto(f"{server.url}/chat")
    await expect(page.locator("textarea")).to_be_focused()
    await write(page, "我的订单到哪了？")
    await expect_talk(page, "我的订单到哪了？", ORDER_ANSWER["zh"])
    await page.locator("textarea").fill("还没写完")
    await page.reload()
    await expect_talk(page, "我的订单到哪了？", ORDER_ANSWER["zh"])
    await expect(page.locator("textarea")).to_have_value("还没写完")
    assert trouble == []  # the strict policy of the page is kept, too


async def test_a_vote_is_a_mark_on_its_answer_that_can_be_changed_and_stays(
    database: Database, page: Page
) -> None:
    server = ChatServer(database=database, ask_helpful=True)
    await server.start()
    try:
        await page.goto(f"{server.url}/chat")
        await write(page, "我的订单到哪了？")
        yes, no = page.get_by_role("button", name="👍 有帮助"), page.get_by_role("button", name="👎 没帮上忙")
        await yes.click()
        await expect_talk(page, "我的订单到哪了？", ORDER_ANSWER["zh"], "能帮上就好 😊")
        await expect(yes).to_have_attribute("aria-pressed", "true")
        await no.focus()
        await page.keyboard.press("Enter")
        regret = re.compile("抱歉没帮上忙")
        await expect_talk(page, "我的订单到哪了？", ORDER_ANSWER["zh"], "能帮上就好 😊", regret)
        await expect(no).to_be_focused()
        await page.reload()
        await expect_talk(page, "我的订单到哪了？", ORDER_ANSWER["zh"], "能帮上就好 😊", regret)
        await expect(no).to_have_attribute("aria-pressed", "true")
        await expect(yes).to_have_attribute("aria-pressed", "false")
        assert [text for _, text in await recorded(database)][1:] == ["👍 有帮助", "👎 没帮上忙"]
    finally:
        await server.stop()


async def test_a_suggested_question_asks_it(server: ChatServer, page: Page) -> None:
    await page.goto(f"{server.url}/chat")
    await page.get_by_role("button", name="我的订单到哪了").click()
    await expect_talk(page, "我的订单到哪了", ORDER_ANSWER["zh"])
    await expect(page.locator(".chips")).to_be_hidden()


async def test_what_is_written_while_the_server_is_away_arrives_once_and_in_order(
    server: ChatServer, page: Page, database: Database
) -> None:
    await page.goto(f"{server.url}/chat")
    await write(page, "order 1")
    await expect_talk(page, "order 1", ORDER_ANSWER["en"])
    await server.stop()
    await expect(page.locator(".state")).to_contain_text("正在重新连上")
    for number in (2, 3, 4):
        await write(page, f"order {number}")
    await expect(page.locator(".row.local .meta")).to_have_text(["等待连接，连上后自动发送"] * 3)
    await server.start()
    talk = [text for number in (1, 2, 3, 4) for text in (f"order {number}", ORDER_ANSWER["en"])]
    await expect(page.locator(".row.customer .bubble")).to_have_text(talk[::2], timeout=SLOW_ANSWER)
    await expect_talk(page, *talk, timeout=SLOW_ANSWER)
    await expect(page.locator(".state")).to_be_empty()
    await page.reload()
    await expect_talk(page, *talk)
    assert await recorded(database) == [("customer", text) for text in talk[::2]]


async def test_a_lost_acknowledgement_doubles_nothing(
    server: ChatServer, page: Page, database: Database
) -> None:
    lost: list[str | bytes] = []

    def pass_on(socket: WebSocketRoute) -> None:
        upstream = socket.connect_to_server()

        async def from_server(frame: str | bytes) -> None:
            if json.loads(frame)["type"] == "ack" and not lost:
                lost.append(frame)
                await socket.close()
                return
            socket.send(frame)

        upstream.on_message(from_server)

    await page.route_web_socket(re.compile("/webchat/socket"), pass_on)
    await page.goto(f"{server.url}/chat")
    await write(page, "我的订单")
    await expect_talk(page, "我的订单", ORDER_ANSWER["zh"], timeout=SLOW_ANSWER)
    assert lost
    assert await recorded(database) == [("customer", "我的订单")]


async def test_a_message_that_waits_for_its_turn_survives_a_reload(database: Database, page: Page) -> None:
    server = ChatServer(database=database, answering=False)
    await server.start()
    try:
        await page.goto(f"{server.url}/chat")
        await write(page, "我的订单")
        await expect(page.locator(".row.local .meta")).to_have_text("已送达")
        await page.reload()
        await expect(page.locator(".row.customer .bubble")).to_have_text(["我的订单"])
        await expect(page.locator(".row.local .meta")).to_have_text("已送达")
        await server.stop()
        server.answering = True
        await server.start()
        await expect_talk(page, "我的订单", ORDER_ANSWER["zh"], timeout=SLOW_ANSWER)
    finally:
        await server.stop()


async def test_a_refused_message_says_why_and_can_be_edited(server: ChatServer, page: Page) -> None:
    def refuse(socket: WebSocketRoute) -> None:
        def from_page(frame: str | bytes) -> None:
            asked = json.loads(frame)
            if asked["type"] == "hello":
                socket.send(json.dumps({"type": "welcome", "conversation_id": None}))
            else:
                error = {"type": "error", "code": "text_too_long", "message": "too long", "id": asked["id"]}
                socket.send(json.dumps(error))

        socket.on_message(from_page)

    await page.route_web_socket(re.compile("/webchat/socket"), refuse)
    await page.goto(f"{server.url}/chat")
    await write(page, "很长的话")
    await expect(page.locator(".row.refused .meta")).to_contain_text("没有发出：超过 4,000 字了")
    await page.get_by_role("button", name="放回输入框").click()
    await expect(page.locator(".row.customer")).to_have_count(0)
    await expect(page.locator("textarea")).to_have_value("很长的话")


async def test_a_text_that_is_too_long_is_not_sent_and_not_cut(server: ChatServer, page: Page) -> None:
    await page.goto(f"{server.url}/chat")
    await page.locator("textarea").fill("字" * 4_001)
    await expect(page.locator(".count")).to_have_text("多了 1 字，请删短一些或分几条发")
    await expect(page.get_by_role("button", name="发送")).to_be_disabled()
    await page.locator("textarea").press("Enter")
    await expect(page.locator("textarea")).to_have_value("字" * 4_001)
    await page.locator("textarea").press("Backspace")
    await page.locator("textarea").press("Enter")
    await expect(page.locator(".row.customer:not(.local) .bubble")).to_have_text(["字" * 4_000])


async def test_the_widget_fills_a_phone_and_closes_again(server: ChatServer, chromium: Browser) -> None:
    page = await chromium.new_page(locale="zh-CN", **PHONE)
    await page.goto(f"{server.url}/shop")
    await page.get_by_role("button", name="打开在线客服").tap()
    panel = page.get_by_role("dialog", name="在线客服")
    box = await panel.bounding_box()
    assert box == {"x": 0, "y": 0, "width": 360, "height": 640}
    await write(page, "我的订单 " + "没有空格的长串" * 20 + "x" * 200)
    await expect(page.locator(".row.bot .bubble")).to_have_count(2)
    for part in (".bubble", "textarea", ".send", ".close", ".language"):
        for index in range(await page.locator(part).count()):
            inside = await page.locator(part).nth(index).bounding_box()
            assert inside is not None
            assert inside["x"] >= 0
            assert inside["x"] + inside["width"] <= 360
    assert await page.evaluate("document.documentElement.scrollWidth") <= 360
    await page.get_by_role("button", name="关闭").tap()
    await expect(panel).to_be_hidden()
    await expect(page.get_by_role("link", name="购物车")).to_be_visible()
    await page.close()


async def test_the_keyboard_is_enough(server: ChatServer, page: Page) -> None:
    await page.goto(f"{server.url}/shop")
    launcher = page.get_by_role("button", name="打开在线客服")
    await expect(launcher).to_be_visible()
    await page.keyboard.press("Tab")  # the shop's own link
    await page.keyboard.press("Tab")
    await expect(launcher).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.locator("textarea")).to_be_focused()
    await page.keyboard.type("嗯")
    await page.keyboard.press("Shift+Enter")
    await page.keyboard.type("那个")
    await page.keyboard.press("Enter")
    await expect(page.locator(".row.customer .bubble")).to_have_text(["嗯\n那个"], use_inner_text=True)
    choice = page.locator(".choice").first
    await expect(choice).to_be_enabled()
    await page.locator(".scroller").focus()
    await page.keyboard.press("Tab")
    await expect(choice).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.locator(".row.bot .bubble").last).to_have_text(ORDER_ANSWER["zh"])
    await expect(choice).to_be_disabled()
    await expect(choice).to_contain_text("已选择")
    await expect(page.locator("textarea")).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("dialog")).to_be_hidden()
    await expect(launcher).to_be_focused()


async def test_enter_that_ends_a_composition_sends_nothing(server: ChatServer, page: Page) -> None:
    await page.goto(f"{server.url}/chat")
    field = page.locator("textarea")
    await field.fill("ding dan")
    await field.dispatch_event(
        "keydown", {"key": "Enter", "isComposing": True, "bubbles": True, "cancelable": True}
    )
    await field.dispatch_event(
        "keydown", {"key": "Enter", "keyCode": 229, "bubbles": True, "cancelable": True}
    )
    await expect(field).to_have_value("ding dan")
    await field.dispatch_event("keydown", {"key": "Enter", "bubbles": True, "cancelable": True})
    await expect(field).to_have_value("")


async def test_the_address_chooses_the_language_and_the_header_changes_it(
    server: ChatServer, page: Page
) -> None:
    await page.goto(f"{server.url}/chat?lang=en")
    await expect(page.get_by_role("heading", name="Customer care")).to_be_visible()
    await expect(page.locator("html")).to_have_attribute("lang", "en")
    await write(page, "Where is my order?")
    await expect_talk(page, "Where is my order?", ORDER_ANSWER["en"])
    await page.get_by_role("button", name="切换到中文").click()
    await expect(page.get_by_role("heading", name="在线客服")).to_be_visible()
    await expect(page.locator("textarea")).to_have_attribute("placeholder", "输入您的问题…")
    await expect(page.locator(".row.bot .who").first).to_have_text("智能助手")
    await page.reload()
    await expect(page.get_by_role("heading", name="在线客服")).to_be_visible()
    await page.goto(f"{server.url}/chat?lang=zh")
    await expect(page.get_by_role("heading", name="在线客服")).to_be_visible()


async def test_an_english_browser_is_greeted_in_english(server: ChatServer, chromium: Browser) -> None:
    page = await chromium.new_page(locale="en-GB")
    await page.goto(f"{server.url}/shop")
    await page.get_by_role("button", name="Open customer care chat").click()
    await expect(page.get_by_role("button", name="Talk to a person")).to_be_visible()
    await page.close()


HOSTILE = '<img src=x onerror="window.pwned=1"><script>window.pwned=1</script><b>bold</b> javascript:alert(1)'


async def test_hostile_text_is_shown_as_text(server: ChatServer, page: Page) -> None:
    await page.goto(f"{server.url}/chat")
    await write(page, HOSTILE)
    await expect(page.locator(".row.customer:not(.local) .bubble")).to_have_text([HOSTILE])
    await write(page, "人工")
    await expect(page.locator(".row.bot .bubble")).to_have_count(3)
    ticket, agent = await take_ticket(server, name="<i onclick=alert(1)>李</i>")
    await server.work.reply(ticket, agent, HOSTILE)
    await expect(page.locator(".row.agent .bubble")).to_have_text([HOSTILE])
    await expect(page.locator(".row.agent .who")).to_have_text(["<i onclick=alert(1)>李</i>"])
    assert await page.locator(".bubble *, .who *").count() == 0
    assert await page.evaluate("window.pwned") is None


async def test_only_web_addresses_become_links(server: ChatServer, page: Page) -> None:
    await page.goto(f"{server.url}/chat")
    await write(
        page,
        "看 https://example.com/a?b=1&c=2。还有（http://example.org/x）, javascript:alert(1) 和 ftp://e.org",
    )
    links = page.locator(".row.customer:not(.local) .bubble a")
    await expect(links).to_have_text(["https://example.com/a?b=1&c=2", "http://example.org/x"])
    await expect(links.first).to_have_attribute("rel", re.compile("noopener"))
    await expect(links.first).to_have_attribute("target", "_blank")


async def test_who_closed_the_panel_sees_how_much_is_new(server: ChatServer, page: Page) -> None:
    await page.goto(f"{server.url}/shop")
    await page.get_by_role("button", name="打开在线客服").click()
    await write(page, "人工")
    await expect(page.locator(".row.bot .bubble")).to_have_count(2)
    await page.get_by_role("button", name="关闭").click()
    await expect(page.locator(".badge")).to_be_hidden()
    ticket, agent = await take_ticket(server)
    await server.work.reply(ticket, agent, "您好")
    await expect(page.locator(".badge")).to_have_text("2")
    await page.reload()
    await expect(page.get_by_role("button", name="打开在线客服，2 条新消息")).to_be_visible()
    await page.locator(".launcher").click()
    await expect(page.locator(".row.agent .bubble")).to_be_in_viewport()
    await expect(page.locator(".row.agent .who")).to_have_text("李晓")
    await page.get_by_role("button", name="关闭").click()
    await expect(page.locator(".badge")).to_be_hidden()


async def test_who_reads_further_up_is_not_dragged_down(server: ChatServer, page: Page) -> None:
    await page.set_viewport_size({"width": 360, "height": 500})
    await page.goto(f"{server.url}/chat")
    await write(page, "人工")
    await expect(page.locator(".row.bot .bubble")).to_have_count(2)
    ticket, agent = await take_ticket(server)
    await server.work.reply(ticket, agent, "说明\n" * 40)
    await expect(page.locator(".row.agent")).to_have_count(1)
    await page.locator(".scroller").evaluate("element => { element.scrollTop = 0 }")
    await expect(page.get_by_role("button", name="回到最新")).to_be_visible()
    await server.work.reply(ticket, agent, "还有一句")
    await expect(page.get_by_role("button", name="1 条新消息")).to_be_visible()
    assert await page.locator(".scroller").evaluate("element => element.scrollTop") == 0
    await page.get_by_role("button", name="1 条新消息").click()
    await expect(page.locator(".row.agent .bubble").last).to_be_in_viewport()
    await expect(page.locator(".pill")).to_be_hidden()


async def test_two_tabs_show_the_same_talk(server: ChatServer, context: BrowserContext) -> None:
    one, other = await context.new_page(), await context.new_page()
    await one.goto(f"{server.url}/chat")
    await other.goto(f"{server.url}/chat")
    await expect(other.locator(".chip").first).to_be_visible()
    await write(one, "我的订单")
    await expect_talk(other, "我的订单", ORDER_ANSWER["zh"])
    await write(other, "order")
    await expect_talk(one, "我的订单", ORDER_ANSWER["zh"], "order", ORDER_ANSWER["en"])


@pytest.mark.parametrize("allowed", [True, False])
async def test_a_shop_on_another_host_must_be_allowed(database: Database, page: Page, allowed: bool) -> None:
    shop = ChatServer(database=database)
    await shop.start()
    chat = ChatServer(database=database, allowed_origins=[f"{shop.url}/"] if allowed else [])
    await chat.start()
    shop.widget_from = chat.url
    await page.goto(f"{shop.url}/shop")
    await page.get_by_role("button", name="打开在线客服").click()
    if allowed:
        await write(page, "我的订单")
        await expect_talk(page, "我的订单", ORDER_ANSWER["zh"])
    else:
        await expect(page.locator(".state")).to_contain_text("请联系网站管理员")
    await chat.stop()
    await shop.stop()


async def test_pictures_are_shown_and_other_files_linked_and_what_cannot_be_shown_is_linked_too(
    server: ChatServer, page: Page
) -> None:
    picture = (
        '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="30"><rect width="40" height="30"/></svg>'
    )
    await page.route(
        "https://shop.example/ok.png", lambda route: route.fulfill(body=picture, content_type="image/svg+xml")
    )
    await page.route("https://shop.example/gone.png", lambda route: route.fulfill(status=404))
    await page.goto(f"{server.url}/shop")  # a page of the shop's own, without a policy that bars pictures
    await page.locator(".launcher").click()
    await write(page, "我的订单到哪了？")
    await expect_talk(page, "我的订单到哪了？", ORDER_ANSWER["zh"])
    files = [
        Attachment(ref="https://shop.example/ok.png", name="ok", mime="image/png"),
        Attachment(ref="https://shop.example/gone.png", name="<b>gone</b>", mime="image/png"),
        Attachment(ref="https://shop.example/a.pdf", name="a.pdf", mime="application/pdf"),
    ]
    posting = Posting(pushed=())
    async with server.database.write() as session:
        conversation = await lock_conversation(
            session, (await session.scalars(select(Conversation.id))).one()
        )
        draft = Draft(
            author=Author.BOT, text="看这里", at=utc_now(), attachments=[file.to_json() for file in files]
        )
        posting.add(conversation, [draft], now=utc_now())
        await posting.write(session)
    await page.reload()
    await expect(page.locator(".file")).to_have_count(3)
    await page.locator(".file").first.scroll_into_view_if_needed()
    await expect(page.locator(".file").nth(0).locator("img")).to_have_attribute("alt", "ok")
    await expect(page.locator(".file").nth(1)).to_have_text("<b>gone</b>")
    await expect(page.locator(".file").nth(2)).to_have_attribute("href", "https://shop.example/a.pdf")


async def test_what_an_agent_sends_is_shown_or_saved_also_on_another_sites_page(
    database: Database, page: Page
) -> None:
    shop = ChatServer(database=database)
    await shop.start()
    chat = ChatServer(database=database, allowed_origins=[shop.url])
    await chat.start()
    shop.widget_from = chat.url
    await page.goto(f"{shop.url}/shop")
    await page.get_by_role("button", name="打开在线客服").click()
    await write(page, "我要人工")
    await expect(page.locator(".row.system, .row.bot").nth(1)).to_be_visible()
    async with database.write() as session:
        ticket = (await session.scalars(select(Ticket))).one()
        lin = await add_agent(session, username="lin", name="小林", password=None, now=utc_now())
    await chat.work.take(ticket.id, lin)
    files = [
        Upload(name="屏幕.png", content=png(300, 200)),
        Upload(name="发票.pdf", content=PDF + bytes(1_234_000)),
    ]
    await chat.work.reply(ticket.id, lin, "给您", files=files)
    last = page.locator(".row.agent").last
    await expect(last.locator("img")).to_have_js_property("naturalWidth", 300)
    await expect(last.locator(".file.named")).to_have_text("发票.pdf1.2 MB")
    address = await last.locator(".file.named").get_attribute("href")
    assert address is not None and address.startswith(f"{chat.url}/files/")
    saved = await page.request.get(address)
    assert "attachment" in saved.headers["content-disposition"]
    await chat.stop()
    await shop.stop()


async def test_an_agent_who_types_is_seen_until_they_have_said_it_and_so_is_the_visitor(
    server: ChatServer, page: Page
) -> None:
    await page.goto(f"{server.url}/chat")
    with server.signs.watch(Side.CUSTOMER) as visitors:
        await page.locator("textarea").press_sequentially("转人")  # nobody listens yet
        await write(page, "转人工")
        await expect(page.locator(".row.system, .row.bot")).not_to_have_count(1)
        ticket_id, agent = await take_ticket(server, "小林")
        await expect(page.locator(".row.system .bubble").last).to_contain_text("小林")
        assert await visitors.next(0.01) == []
        await page.locator("textarea").press_sequentially("还在")
        (sign,) = await visitors.next(10)
    typist = page.get_by_role("status").get_by_text("小林正在输入…")
    server.signs.give(Side.AGENT, TypingSign(conversation_id=sign.conversation_id, name="小林"))
    await expect(typist).to_be_visible()
    await server.work.reply(ticket_id, agent, "在的")
    await expect(page.locator(".row.agent .bubble")).to_have_text("在的")
    await expect(typist).to_be_hidden()


async def test_what_an_agent_changes_changes_here_and_what_was_seen_is_told(
    server: ChatServer, page: Page, database: Database
) -> None:
    async def read_up_to() -> str | None:
        query = select(Message.text).join(
            Conversation,
            (Conversation.id == Message.conversation_id) & (Conversation.read_seq == Message.seq),
        )
        async with database.read() as session:
            return await session.scalar(query)

    await page.goto(f"{server.url}/chat")
    await write(page, "转人工")
    await expect(page.locator(".row.bot")).to_have_count(2)
    ticket_id, agent = await take_ticket(server)
    first = await server.work.reply(ticket_id, agent, "星期三到 https://shop.example/a")
    second = await server.work.reply(ticket_id, agent, "不该说的")
    bubbles = page.locator(".row.agent .bubble")
    await expect(bubbles).to_have_text(["星期三到 https://shop.example/a", "不该说的"])

    async def has_read_all() -> bool:
        return await read_up_to() == "不该说的"

    await eventually(has_read_all)
    await server.work.correct(ticket_id, agent, first, "星期四到")
    await server.work.withdraw(ticket_id, agent, second)
    for _ in range(2):  # at once, and again after a reload
        await expect(bubbles).to_have_text([re.compile("^星期四到 ?已更正$"), "这条消息已撤回"])
        await expect(page.locator("body")).not_to_contain_text("不该说的")
        await page.reload()
    await page.locator(".language").click()
    await expect(bubbles).to_have_text([re.compile("^星期四到 ?edited$"), "This message was taken back"])
    # What comes while nobody looks is not read.
    await page.evaluate(
        "Object.defineProperty(document, 'visibilityState', { value: 'hidden', writable: true })"
    )
    await server.work.reply(ticket_id, agent, "还在吗？")
    await expect(bubbles).to_have_count(3)
    assert await read_up_to() != "还在吗？"
