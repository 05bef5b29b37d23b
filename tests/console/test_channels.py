"""Channels in the console: how each does and how to mend it, a test of each, and the tokens of the HTTP API."""

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from html import unescape
from pathlib import Path

import httpx
import pytest
from sqlalchemy import select, update

from console import channels
from console.channel_texts import CHANNELS
from core.audit import AuditRow
from core.connections import SILENT, Signs
from core.conversations import Conversation
from core.findings import Finding, Grade
from core.outbox import DeliveryState, OutboxRow
from core.tokens import ApiToken, add_token, find_token
from handoff.agents import Role
from tests.console.world import PASSWORD, World

HOME = "/console/channels"
ROOT = Path(__file__).parents[2]


@contextlib.asynccontextmanager
async def signed_in(
    world: World, role: Role = Role.ADMIN, *, language: str = "zh"
) -> AsyncIterator[httpx.AsyncClient]:
    agent = await world.agent(str(role), "王管理")
    async with world.database.write() as session:
        (await session.merge(agent)).role = role
    async with world.browser() as browser:
        browser.headers["accept-language"] = language
        await browser.post("/console/sign-in", data={"username": str(role), "password": PASSWORD})
        yield browser


def panel(page: str, name: str) -> str:
    """What stands in the panel of a channel, without its markup."""
    found = re.search(rf'<section class="panel[^"]*" id="{name}".*?</section>', page, re.S)
    assert found, name
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", found[0])).split())


async def shown(browser: httpx.AsyncClient, name: str) -> str:
    return panel((await browser.get(HOME)).text, name)


async def test_each_channel_says_how_it_does_since_when_and_what_to_do(world: World) -> None:
    signs = Signs(world.database, clock=world.clock)
    async with signed_in(world) as browser:
        assert "没有消息" in await shown(browser, "telegram")  # nobody has told of it
        for name in ("telegram.receive", "telegram.send"):
            signs.fine(name)
        await signs.write()
        world.clock.ahead += timedelta(minutes=2)
        fine = await shown(browser, "telegram")
        assert "Telegram 正常 轮询" in fine and "接收 正常 2 分钟前起" in fine and "点“测试”" not in fine
        signs.trouble("telegram.receive", "Conflict: <b>other</b> getUpdates")
        signs.alive("telegram.send")
        await signs.write()
        world.clock.ahead += timedelta(minutes=1)
        trouble = await shown(browser, "telegram")
        assert "Telegram 出问题了" in trouble and "发送 正常 3 分钟前起" in trouble
        assert "最近一次错误，1 分钟前：Conflict: <b>other</b> getUpdates 点“测试”看原因" in trouble
        assert "<b>other" not in (await browser.get(HOME)).text
        signs.fine("telegram.receive")
        await signs.write()
        world.clock.ahead += SILENT + timedelta(minutes=1)
        silent = await shown(browser, "telegram")
        assert "Telegram 没有消息" in silent and "最后一次有动静：4 分钟前" in silent and "sender" in silent


async def test_what_is_off_says_what_to_set_and_what_we_serve_needs_nobody(world: World) -> None:
    async with signed_in(world, language="en") as browser:
        off = await shown(browser, "slack_desk")
        assert "The desk in Slack Off" in off and "SLACK_BOT_TOKEN desk.slack.channels" in off
        assert "Web chat Fine" in await shown(browser, "webchat")
        api = await shown(browser, "api")
        assert "HTTP API Off" in api and "Make a token below" in api
        async with world.database.write() as session:
            await add_token(session, "web-shop", by="lin", now=world.clock())
        assert "HTTP API Fine" in await shown(browser, "api")


async def test_traffic_is_told_and_what_was_given_up_leads_to_its_conversation(world: World) -> None:
    lin = await world.agent()
    ticket = await world.ticket(channel="pager")
    await world.work.take(ticket.id, lin)
    said = await world.work.reply(ticket.id, lin, "明天到")
    await world.work.reply(ticket.id, lin, "后天到")
    buried = {"state": DeliveryState.BURIED, "last_error": "blocked <i>"}
    async with world.database.write() as session:
        await session.execute(update(OutboxRow).values(channel="telegram"))
        await session.execute(update(Conversation).values(channel="telegram"))
        await session.execute(update(OutboxRow).where(OutboxRow.message_id == said).values(buried))
    async with signed_in(world) as browser:
        page = (await browser.get(HOME)).text
        told = panel(page, "telegram")
        assert (
            "最近收到 最近没有 最近发出 最近没有 等待发送 2 一天内放弃的 1" in told and "blocked <i>" in told
        )
        path = f"/console/customers/{ticket.customer_id}/conversations/{ticket.conversation_id}"
        assert path in page and (await browser.get(path)).status_code == 200
        async with world.database.write() as session:
            await session.execute(update(OutboxRow).values(due_at=world.clock() - timedelta(days=1)))
        assert "一天内放弃的 0" in await shown(browser, "telegram")


async def test_a_test_says_what_it_found_the_worst_first(world: World) -> None:
    world.checks.found = {
        "telegram": [
            Finding(code="telegram_name", grade=Grade.FINE, facts={"name": "shop_bot"}),
            Finding(code="telegram_no_webhook", facts={"url": "https://<x>", "wanted": "https://we"}),
        ]
    }
    async with signed_in(world, language="en") as browser:
        answer = await browser.post(f"{HOME}/telegram/test")
        assert answer.status_code == 200 and "<x>" not in answer.text
        told = panel(answer.text, "telegram")
        assert "The test failed. To mend Telegram hands over to https://<x> instead of https://we." in told
        assert told.index("To mend") < told.index("@shop_bot")
        assert f"{HOME}?lang=zh" in answer.text  # the language switch does not test again
        gone = await browser.post(f"{HOME}/pigeons/test")
        assert (gone.status_code, gone.headers["location"]) == (303, HOME)


async def test_a_test_that_gets_no_answer_ends(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    async def hangs(name: str) -> Sequence[Finding]:
        await asyncio.Event().wait()
        return []

    monkeypatch.setattr(channels, "TEST_SECONDS", 0.01)
    monkeypatch.setattr(world.checks, "look", hangs)
    async with signed_in(world) as browser:
        answer = await browser.post(f"{HOME}/telegram/test")
    assert "没有回答" in panel(answer.text, "telegram")


async def test_a_token_is_shown_once_listed_and_revoked_and_all_of_it_is_on_record(world: World) -> None:
    async with signed_in(world) as browser:
        made = await browser.post(f"{HOME}/tokens", data={"name": " web-shop "})
        found = re.search(r'value="(sw_[^"]+)"', made.text)
        assert found and made.headers["cache-control"] == "no-store"
        async with world.database.read() as session:
            token = await find_token(session, found[1])
            assert token is not None and (token.name, token.made_by) == ("web-shop", "admin")
            assert found[1] not in str(vars(token))
        page = (await browser.get(HOME)).text
        assert found[1] not in page
        assert re.search(r"web-shop \d{4}-\d\d-\d\d，admin 从未用过", panel(page, "tokens"))
        taken = await browser.post(f"{HOME}/tokens", data={"name": "web-shop"})
        assert taken.status_code == 422 and "已经有叫 web-shop 的令牌" in taken.text
        for name in ("", "a b", "<b>", "x" * 61):
            refused = await browser.post(f"{HOME}/tokens", data={"name": name})
            assert (
                refused.status_code == 422
                and "名字只能用字母" in refused.text
                and "<b>" not in refused.text[:50]
            )
        revoked = await browser.post(
            f"{HOME}/tokens/revoke", data={"name": "web-shop"}, follow_redirects=True
        )
        assert "已撤销 web-shop" in revoked.text and "还没有令牌" in revoked.text
        again = await browser.post(f"{HOME}/tokens/revoke", data={"name": "web-shop"})
        assert again.status_code == 404 and "没有叫 web-shop 的令牌" in again.text
    async with world.database.read() as session:
        assert list(await session.scalars(select(ApiToken))) == []
        acted = [
            (act.who, act.what, act.object)
            for act in await session.scalars(select(AuditRow).order_by(AuditRow.position))
        ]
    assert acted == [("admin", "token.add", "web-shop"), ("admin", "token.revoke", "web-shop")]


async def test_a_supervisor_looks_on(world: World) -> None:
    async with world.database.write() as session:
        await add_token(session, "web-shop", by="lin", now=world.clock())
    async with signed_in(world, Role.SUPERVISOR) as browser:
        page = (await browser.get(HOME)).text
    assert "web-shop" in page and "由管理员来做" in page
    assert "/test" not in page and f'action="{HOME}' not in page


async def test_another_site_can_neither_make_nor_revoke(world: World) -> None:
    async with signed_in(world) as browser:
        for path in ("tokens", "tokens/revoke", "telegram/test"):
            headers = {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"}
            assert (
                await browser.post(f"{HOME}/{path}", data={"name": "x"}, headers=headers)
            ).status_code == 403


def test_whatever_is_found_is_told_in_both_languages() -> None:
    sources = (
        "bot/checks.py",
        "channels/telegram/examining.py",
        "channels/webchat/examining.py",
        "handoff/desk/examining.py",
        "console/channels.py",
    )
    codes = {
        code for path in sources for code in re.findall(r'code="(\w+)"', (ROOT / path).read_text("utf-8"))
    }
    codes |= {"telegram_no_webhook", "telegram_webhook"}  # chosen in between
    whose = {"found_of_queue", "found_for_customers", "found_for_reports"}
    assert {f"found_{code}" for code in codes} == {
        key for key in CHANNELS if key.startswith("found_") and key not in whose
    }
