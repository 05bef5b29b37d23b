"""Tickets in conversations: customer says, agent does, time passes."""

import contextlib
import random
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from core.errors import NotAllowed
from handoff.agents import Agent
from handoff.history import Party, replay, spent
from handoff.life import TicketState
from handoff.tickets import Ticket, TicketEvent
from tests.shop import Shop


async def only_ticket(shop: Shop) -> Ticket:
    (ticket,) = await shop.tickets()
    return ticket


async def test_a_ticket_waits_for_its_customer_until_they_write(shop: Shop) -> None:
    lin, wei = await shop.agent("小林"), await shop.agent("小魏")
    await shop.customer_says("我要人工")
    ticket = await only_ticket(shop)
    with pytest.raises(NotAllowed, match="take ticket"):
        await shop.work.wait(ticket.id, lin)
    await shop.work.take(ticket.id, lin)
    assert (await only_ticket(shop)).state == TicketState.ASSIGNED
    await shop.work.reply(ticket.id, lin, "请问订单号是多少？")
    assert (await only_ticket(shop)).state == TicketState.IN_PROGRESS
    with pytest.raises(NotAllowed, match="colleague"):
        await shop.work.wait(ticket.id, wei)
    for _ in range(2):  # pressed twice is pressed once
        await shop.work.wait(ticket.id, lin)
    assert (await only_ticket(shop)).state == TicketState.WAITING
    shop.time_passes(hours=3)
    assert await shop.customer_says("12345") == []  # the bot keeps quiet
    assert (await only_ticket(shop)).state == TicketState.IN_PROGRESS
    await shop.work.wait(ticket.id, lin)
    await shop.work.reply(ticket.id, lin, "查到了")  # the agent need not wait
    assert (await only_ticket(shop)).state == TicketState.IN_PROGRESS
    await shop.work.wait(ticket.id, lin)
    await shop.work.resolve(ticket.id, lin)
    with pytest.raises(NotAllowed, match="resolved"):
        await shop.work.wait(ticket.id, lin)


@pytest.mark.parametrize("seed", range(3))
async def test_after_anything_that_happens_the_log_rebuilds_the_ticket(shop: Shop, seed: int) -> None:
    chance = random.Random(seed)
    agents = [await shop.agent(name) for name in ("小林", "小魏")]
    await shop.customer_says("我要人工")
    for _ in range(20):
        shop.time_passes(minutes=chance.randint(0, 90))
        with contextlib.suppress(NotAllowed):
            await _do_something(shop, chance, chance.choice(agents))
    for ticket in await shop.tickets():
        async with shop.database.read() as session:
            query = (
                select(TicketEvent).where(TicketEvent.ticket_id == ticket.id).order_by(TicketEvent.position)
            )
            facts = replay(list(await session.scalars(query)))
        assert facts == ticket.facts


async def test_the_time_that_the_bot_had_is_told_apart(shop: Shop) -> None:
    await shop.customer_says("那个东西怎么弄")
    shop.time_passes(minutes=4)
    await shop.customer_says("那个东西怎么弄")  # the second miss
    events = await shop.events(await shop.ticket())
    assert spent(events, now=shop.now)[Party.BOT] == timedelta(minutes=4)


async def test_over_a_long_holiday_the_notice_names_the_day(shop: Shop) -> None:
    shop.close(*(date(2026, 10, day) for day in range(1, 9)))
    shop.now = datetime(2026, 9, 30, 15, 30, tzinfo=UTC)  # 23:30 in Shanghai
    told = await shop.customer_says("我要人工")
    assert "10 月 9 日（周五） 09:00" in told[0].text
    told = await shop.customer_says("agent please", customer="c2")
    assert "on Friday, 9 October, from 09:00" in told[0].text


async def _newest(shop: Shop) -> Ticket:
    return max(await shop.tickets(), key=lambda ticket: ticket.opened_at)


async def _do_something(shop: Shop, chance: random.Random, agent: Agent) -> None:
    ticket = await _newest(shop)
    match chance.choice(
        ("write", "write", "write", "take", "reply", "reply", "wait", "wait", "note", "resolve")
    ):
        case "write":
            await shop.customer_says(chance.choice(("还在等", "插座冒烟了", "我要人工", "谢谢")))
        case "take":
            await shop.work.take(ticket.id, agent)
        case "reply":
            await shop.work.reply(ticket.id, agent, "您好")
        case "wait":
            await shop.work.wait(ticket.id, agent)
        case "note":
            await shop.work.note(ticket.id, agent, "已催仓库")
        case "resolve":
            await shop.work.resolve(ticket.id, agent)
