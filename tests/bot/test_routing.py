"""Who gets a ticket: customer says, agent does, time passes."""

import asyncio

import pytest

from core.errors import NotAllowed
from core.wakeups import DESK
from handoff.life import EventKind, TicketState
from handoff.presence import Duty
from tests.shop import Shop


async def holder(shop: Shop) -> str | None:
    """Who has the newest ticket."""
    ticket = await shop.ticket()
    return next((name for name, agent in shop.agents.items() if agent.id == ticket.assignee_id), None)


async def test_whoever_comes_on_duty_gets_what_waits_oldest_first_urgent_before_all(shop: Shop) -> None:
    for minute, (customer, text) in enumerate((("a", "我要人工"), ("b", "我要人工"), ("c", "插座冒烟了"))):
        shop.now = shop.now.replace(minute=minute)
        await shop.customer_says(text, customer=customer)
    a, b, c = await shop.tickets()
    await shop.on_duty("小林")  # has room for two
    await shop.clocks_run(seconds=1)
    a, b, c = await shop.tickets()
    assert [each.state for each in (a, b, c)] == [TicketState.ASSIGNED, TicketState.NEW, TicketState.ASSIGNED]
    lin = await shop.agent("小林")
    await shop.work.take(c.id, lin)
    await shop.work.resolve(c.id, lin)
    await shop.clocks_run(seconds=1)
    assert (await shop.tickets())[1].assignee_id == lin.id


async def test_a_ticket_goes_to_who_has_the_least_and_says_why(shop: Shop) -> None:
    await shop.on_duty("小林", "小魏")
    for customer in "abc":
        await shop.customer_says("我要人工", customer=customer)
        await shop.clocks_run(seconds=1)
    tickets = await shop.tickets()
    names = {agent.id: name for name, agent in shop.agents.items()}
    assert [names[each.assignee_id] for each in tickets if each.assignee_id] == ["小林", "小魏", "小魏"]
    whys = [
        event.data["why"]
        for each in tickets
        for event in await shop.events(each)
        if event.kind == EventKind.ASSIGNED
    ]
    assert whys == ["longest_free", "least_loaded", "least_loaded"]


async def test_a_customer_who_comes_back_gets_who_knows_them_unless_that_one_is_full_or_gone(
    shop: Shop,
) -> None:
    await shop.on_duty("小林", "小魏")
    wei = await shop.agent("小魏")
    await shop.customer_says("我要人工", customer="a")
    ticket = await shop.ticket()
    await shop.work.take(ticket.id, wei)
    await shop.work.reply(ticket.id, wei, "您好")
    await shop.work.resolve(ticket.id, wei)
    await shop.customer_says("我要人工", customer="a")
    await shop.clocks_run(seconds=1)
    assert await holder(shop) == "小魏"
    await shop.work.take((await shop.ticket()).id, wei)
    await shop.work.resolve((await shop.ticket()).id, wei)
    await shop.on_duty("小魏", duty=Duty.OFF)
    await shop.customer_says("我要人工", customer="a")
    await shop.clocks_run(seconds=1)
    assert await holder(shop) == "小林"


async def test_languages_and_members_are_respected(shop: Shop) -> None:
    await shop.on_duty("ann")
    await shop.customer_says("我要人工", customer="a")
    await shop.clocks_run(seconds=1)
    assert await holder(shop) is None
    await shop.customer_says("agent please", customer="b")
    await shop.clocks_run(seconds=1)
    assert await holder(shop) == "ann"


async def test_a_queue_with_nobody_on_duty_falls_back_to_the_default_queue(shop: Shop) -> None:
    await shop.on_duty("小张")  # no member of the queue for complaints
    await shop.customer_says("你们太差劲了")
    assert (await shop.ticket()).queue == "care"
    await shop.clocks_run(seconds=1)
    ticket = await shop.ticket()
    assert (ticket.queue, await holder(shop)) == ("service", "小张")
    moved = [event for event in await shop.events(ticket) if event.kind == EventKind.MOVED]
    assert [event.data["why"] for event in moved] == ["nobody_on_duty"]


async def test_a_queue_whose_people_are_all_busy_does_not_fall_back(shop: Shop) -> None:
    await shop.on_duty("小林", "小张")
    for customer in "abc":
        await shop.customer_says("你们太差劲了", customer=customer)
    await shop.clocks_run(seconds=1)
    assert [each.queue for each in await shop.tickets()] == ["care"] * 3
    assert (await shop.ticket()).state == TicketState.NEW


async def test_who_does_not_take_what_was_given_loses_it_before_the_deadline_is_lost(shop: Shop) -> None:
    await shop.on_duty("小林")
    await shop.customer_says("我要人工")
    await shop.clocks_run(seconds=1)
    assert await holder(shop) == "小林"
    await shop.on_duty("小魏")
    await shop.clocks_run(minutes=3)
    assert await holder(shop) == "小魏"
    returned = [event for event in await shop.events(await shop.ticket()) if event.kind == EventKind.RETURNED]
    assert [event.data["why"] for event in returned] == ["silent"]
    assert ("return", None, {"小林"}) in await shop.alerts()


async def test_who_goes_off_duty_leaves_what_they_had_not_taken_to_others(shop: Shop) -> None:
    await shop.on_duty("小林")
    await shop.customer_says("我要人工")
    await shop.clocks_run(seconds=1)
    await shop.on_duty("小林", duty=Duty.OFF)
    shop.time_passes(minutes=11)  # no sign of life either
    await shop.on_duty("小魏")
    await shop.clocks_run(seconds=1)
    assert await holder(shop) == "小魏"


async def test_the_customer_hears_when_whoever_had_the_ticket_is_gone(shop: Shop) -> None:
    lin = await shop.agent("小林")
    await shop.on_duty("小林")
    await shop.customer_says("我要人工")
    ticket = await shop.ticket()
    await shop.work.take(ticket.id, lin)
    await shop.work.reply(ticket.id, lin, "请问订单号是多少？")
    await shop.customer_says("12345")
    await shop.on_duty("小林", duty=Duty.AWAY)
    await shop.clocks_run(minutes=28)  # of thirty for the next response
    ticket = await shop.ticket()
    assert ticket.state == TicketState.NEW
    assert ticket.first_owner_id == lin.id  # stays the one who was asked first
    assert "小林 暂时走不开" in (await shop.told(ticket))[-1]


async def test_of_ten_who_take_at_once_one_wins_and_nine_are_told_who(shop: Shop) -> None:
    agents = [await shop.agent(f"坐席{number}") for number in range(10)]
    await shop.customer_says("我要人工")
    ticket = await shop.ticket()
    results = await asyncio.gather(
        *(shop.work.take(ticket.id, agent) for agent in agents), return_exceptions=True
    )
    refused = [result for result in results if isinstance(result, NotAllowed)]
    assert len(refused) == 9
    winner = await holder(shop)
    assert all(f"{winner} has taken" in str(each) for each in refused)


async def test_the_place_in_the_queue_and_the_time_are_told_and_told_again_when_it_gets_much_later(
    shop: Shop,
) -> None:
    told = await shop.customer_says("我要人工", customer="a")
    assert "您排在最前面，预计 10 分钟内有人接手" in told[0].text
    told = await shop.customer_says("agent please", customer="b")
    assert "1 ahead of you, taken within about 20 min" in told[0].text
    first = (await shop.tickets())[0]
    await shop.clocks_run(minutes=11)
    assert await shop.told(first) == []  # later than said, but not by much
    await shop.clocks_run(minutes=16)
    assert "比刚才说的要再久一些" in (await shop.told(first))[-1]
    await shop.clocks_run(minutes=1)
    assert len(await shop.told(first)) == 1  # not every minute


@pytest.mark.parametrize("at_night", [False, True])
async def test_shifts_end_and_with_them_duty(shop: Shop, at_night: bool) -> None:
    await shop.on_duty("夜班")  # from 18:00 until midnight
    shop.time_passes(hours=16 if at_night else 1)
    await shop.stays_awake("夜班")
    await shop.customer_says("我要人工")
    await shop.clocks_run(seconds=1)
    assert await holder(shop) == (None if at_night else "夜班")


async def test_a_look_that_finds_nothing_to_do_wakes_nobody(shop: Shop) -> None:
    await shop.on_duty("小林", duty=Duty.AWAY)
    await shop.customer_says("我要人工")
    shop.time_passes(minutes=12)  # later than was told, but not by much
    await shop.clocks_run(seconds=0)
    with shop.wakeups.listen(DESK) as waiter:
        shop.time_passes(minutes=1)
        assert not await shop.timekeeper.step()
        assert await waiter.wait(0.01) == set()
