"""The main job in a real browser, on the real server with the real engine: one person plays both sides."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, FrameLocator, Page, expect

from tests.e2e.home import make_home, train_models

pytestmark = pytest.mark.browser

DESKTOP: dict[str, Any] = {"viewport": {"width": 1280, "height": 800}, "locale": "zh-CN"}
PHONE: dict[str, Any] = {
    "viewport": {"width": 375, "height": 740},
    "locale": "en-GB",
    "is_mobile": True,
    "has_touch": True,
}

expect.set_options(timeout=15_000)


@dataclass(frozen=True)
class Words:
    """What one person says on both sides, and what they see, in their language."""

    complaint: str
    agent_tab: str
    demo_sign_in: str
    answer: str
    joined: str
    resolved: str


CHINESE = Words(
    complaint="等了一周还没到，你们的服务太差了，我要投诉",
    agent_tab="我是坐席",
    demo_sign_in="以演示坐席进入",
    answer="非常抱歉，我马上为您催仓库。",
    joined="已接入",
    resolved="标记为已解决",
)
ENGLISH = Words(
    complaint="A week late and nobody cares. I want to make a complaint!",
    agent_tab="I am the agent",
    demo_sign_in="Enter as the demo agent",
    answer="I am very sorry. I will call the warehouse now.",
    joined="has joined",
    resolved="as resolved",
)


@pytest.fixture
def url(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The service on a fresh SQLite database."""
    with make_home(tmp_path, models=train_models(tmp_path_factory)).serving() as url:
        yield url


class Player:
    """One person at the home page, who shows the side that they play where only one fits."""

    def __init__(self, page: Page, words: Words) -> None:
        self.page = page
        self.words = words
        self.chat = page.frame_locator("#pane-customer iframe")
        self.desk = page.frame_locator("#pane-agent iframe")

    async def customer(self) -> FrameLocator:
        await self._show("#tab-customer")
        return self.chat

    async def agent(self) -> FrameLocator:
        await self._show("#tab-agent")
        return self.desk

    async def asks(self, text: str) -> None:
        chat = await self.customer()
        await chat.locator("textarea").fill(text)
        await chat.locator("textarea").press("Enter")

    async def is_told(self, author: str, text: str) -> None:
        """The last thing said by that author holds the text."""
        await expect(self.chat.locator(f".row.{author} .bubble").last).to_contain_text(text)

    async def talk(self) -> list[str]:
        """All that stands in the chat, when the record has confirmed it."""
        await expect(self.chat.locator(".row.local")).to_have_count(0)
        return await self.chat.locator(".row .bubble").all_inner_texts()

    async def _show(self, tab: str) -> None:
        if await self.page.locator(tab).is_visible():
            await self.page.locator(tab).click()


@pytest.mark.parametrize(
    ("device", "words"),
    [pytest.param(DESKTOP, CHINESE, id="desktop"), pytest.param(PHONE, ENGLISH, id="phone")],
)
async def test_from_the_first_question_to_the_resolved_complaint(
    url: str, chromium: Browser, device: dict[str, Any], words: Words
) -> None:
    context = await chromium.new_context(**device)
    page = await context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda line: complaints.append(line.text) if line.type == "error" else None)
    await page.goto(url)
    player = Player(page, words)

    # The bot answers in the language of the question.
    await player.asks("我的订单到哪了")
    await player.is_told("bot", "查看物流")
    await player.asks("Where is my order?")
    await player.is_told("bot", "Track parcel")
    await player.asks(words.complaint)
    await player.is_told("bot", "-0001")

    # An agent takes the complaint and answers it.
    desk = await player.agent()
    await desk.get_by_role("button", name=words.demo_sign_in).click()
    await desk.locator("#queue a.row").click()
    await expect(desk.locator(".item.customer .said").last).to_have_text(words.complaint)
    await desk.locator("[data-act=take] button").click()
    await expect(desk.locator("[name=to][value=customer]")).to_be_checked()
    await desk.locator("[data-composer] textarea").fill(words.answer)
    await desk.locator("button.send").click()
    await expect(desk.locator(".item.agent .said")).to_have_text(words.answer)

    # The customer reads it, and goes on with the agent; the bot keeps quiet.
    await player.customer()
    await player.is_told("agent", words.answer)
    await expect(player.chat.locator(".row.system .bubble")).to_contain_text([words.joined])
    await player.asks("谢谢 / thanks")
    await expect(desk.locator(".item.customer .said").last).to_have_text("谢谢 / thanks")
    before = await player.talk()
    assert len(before) == 10  # a greeting, three questions with answers, joined, the agent's answer, thanks

    # Nothing is missing after a reload, on either side.
    await page.reload()
    await expect(player.chat.locator(".row .bubble")).to_have_text(before, use_inner_text=True)
    desk = await player.agent()
    await desk.locator("#queue a.row").click()
    await expect(desk.locator(".item.agent .said")).to_have_text(words.answer)
    await expect(desk.locator(".item.customer .said")).to_have_count(4)

    # A complaint is not over before it has an answer, a cause and a corrective action.
    await desk.locator(".complaint summary").first.click()
    await desk.locator("[data-act=investigate] button").click()
    await desk.locator("[data-act=answer] select").select_option("withdrawn")
    await desk.locator("[data-act=answer] [name=note]").fill("电话里说不用了")
    await desk.locator("[data-act=cause] [name=finding]").fill("仓库漏单")
    await desk.locator("[data-act=action] [name=measure]").fill("每晚核对")
    await desk.locator("[data-act=action] [name=due]").fill("2099-01-01")
    for act in ("answer", "cause", "action"):
        await desk.locator(f"[data-act={act}] button").click()
    await expect(desk.locator(".complaint .missing")).to_have_count(0)

    # Resolved: the customer is told, and the bot answers again.
    await desk.locator("[popovertarget=dialog-resolve]").first.click()
    await desk.locator("[data-act=resolve] button.primary").click()
    await player.customer()
    await player.is_told("system", words.resolved)
    await player.asks("我的订单到哪了")
    await player.is_told("bot", "查看物流")
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert complaints == []
    await context.close()


async def test_the_desk_is_not_open_to_strangers(url: str, chromium: Browser) -> None:
    """What looks as if it came through a proxy gets no demo sign-in."""
    context = await chromium.new_context(
        locale="en-GB", extra_http_headers={"X-Forwarded-For": "203.0.113.7"}
    )
    page = await context.new_page()
    await page.goto(f"{url}/console/desk")
    await page.wait_for_url(re.compile("/console/sign-in"))
    await expect(page.locator("[name=password]")).to_be_visible()
    await expect(page.get_by_role("button", name=ENGLISH.demo_sign_in)).to_have_count(0)
    await context.close()
