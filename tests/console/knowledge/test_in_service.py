"""The whole way, in real processes and a real browser: taught in the console, published, and the widget answers."""

import asyncio
import urllib.request
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from tests.e2e.home import make_home, train_models
from tests.waiting import until

pytestmark = pytest.mark.browser

LEARNED = 120_000  # ms: a training, on a machine on which other tests run
PHRASINGS = "你们的猫粮是自己做的吗\n猫粮在哪里生产\n猫粮是国产的吗\n猫粮的产地是哪里\n猫粮哪个工厂做的\n猫粮是进口的还是国产的"
ENGLISH = "where is your cat food made\nis the cat food made in china\nwho makes your cat food\ncat food country of origin"


def is_used(url: str, version: int) -> bool:
    """Whether the worker answers with this version."""
    with urllib.request.urlopen(f"{url}/metrics", timeout=30) as answer:
        return f"shouwen_knowledge_version {version}.0" in answer.read().decode()


async def test_an_admin_teaches_the_bot_in_a_minute(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, chromium: Browser
) -> None:
    home = make_home(tmp_path, models=train_models(tmp_path_factory))
    with home.serving() as url:
        context = await chromium.new_context(locale="zh-CN")
        page = await context.new_page()
        await page.goto(f"{url}/console/sign-in?next=/console/knowledge/entries/new")
        await page.click("text=以演示坐席进入")
        await page.fill("#title_zh", "猫粮的产地")
        await page.fill("#title_en", "Where our cat food is made")
        await page.fill("#phrasings_zh", PHRASINGS)
        await page.fill("#phrasings_en", ENGLISH)
        await page.fill("#answers_zh", "我们的猫粮在青岛自己的工厂生产。")
        await page.fill("#answers_en", "We make our cat food ourselves, in Qingdao.")
        await page.click("text=保存到草稿")
        await expect(page.locator(".fine")).to_contain_text("已保存到草稿", timeout=LEARNED)
        await page.click("text=去看改动并发布")
        await expect(page.locator("[data-figures] table").first).to_be_visible(timeout=LEARNED)
        await page.fill("#note", "猫粮")
        await page.click(".publish-form button")
        await expect(page.locator(".fine")).to_contain_text("已上线", timeout=LEARNED)
        await asyncio.to_thread(until, lambda: is_used(url, 2))  # its next look at the database
        chat = await context.new_page()
        await chat.goto(f"{url}/chat?lang=zh")
        await chat.locator("textarea").fill("想问下你家猫粮是哪儿产的")
        await chat.locator("textarea").press("Enter")
        await expect(chat.locator(".row .bubble").last).to_contain_text("青岛", timeout=LEARNED)
        await context.close()
