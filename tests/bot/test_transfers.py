"""Passing tickets on: the first one asked stays responsible, and nothing bounces in silence."""

import pytest

from core.errors import BadInput, NotAllowed
from handoff.history import chain
from handoff.life import EventKind, TicketState
from handoff.tickets import Ticket
from tests.shop import Shop


async def taken(shop: Shop, name: str = "小林", *, says: str = "我要人工") -> Ticket:
    """A ticket that somebody has taken."""
    await shop.customer_says(says)
    ticket = await shop.ticket()
    await shop.work.take(ticket.id, await shop.agent(name))
    return ticket


async def test_a_transfer_stays_with_its_sender_until_it_is_accepted(shop: Shop) -> None:
    lin, wei = await shop.agent("小林"), await shop.agent("小魏")
    ticket = await taken(shop)
    with pytest.raises(BadInput, match="say why"):
        await shop.transfers.offer(ticket.id, lin, to=wei, reason="  ")
    await shop.transfers.offer(ticket.id, lin, to=wei, reason="要查财务系统")
    assert (await shop.ticket()).assignee_id == lin.id
    await shop.work.reply(ticket.id, lin, "正在请同事看")  # still the sender's to answer
    with pytest.raises(NotAllowed, match="offered to 小魏"):
        await shop.transfers.accept(ticket.id, await shop.agent("小张"))
    assert ("transfer", None, {"小魏"}) in await shop.alerts()
    await shop.transfers.accept(ticket.id, wei)
    after = await shop.ticket()
    assert (after.assignee_id, after.first_owner_id, after.sender_id) == (wei.id, lin.id, lin.id)
    assert "小林 已请 小魏 接手" in (await shop.told(ticket))[-1]
    with pytest.raises(NotAllowed, match="colleague"):
        await shop.work.reply(ticket.id, lin, "还在吗")


async def test_a_transfer_that_nobody_accepts_in_time_is_off_and_the_sender_knows(shop: Shop) -> None:
    lin, wei = await shop.agent("小林"), await shop.agent("小魏")
    ticket = await taken(shop)
    await shop.work.reply(ticket.id, lin, "您好")
    await shop.transfers.offer(ticket.id, lin, to=wei, reason="要查财务系统")
    await shop.clocks_run(minutes=15)
    after = await shop.ticket()
    assert (after.assignee_id, after.offered_at) == (lin.id, None)
    assert ("transfer", "hop", {"小林"}) in await shop.alerts()
    with pytest.raises(NotAllowed, match="not offered"):
        await shop.transfers.accept(ticket.id, wei)


async def test_who_hands_back_says_why_and_the_sender_has_it_again(shop: Shop) -> None:
    lin, wei = await shop.agent("小林"), await shop.agent("小魏")
    ticket = await taken(shop)
    await shop.transfers.offer(ticket.id, lin, to=wei, reason="要查财务系统")
    await shop.transfers.accept(ticket.id, wei)
    with pytest.raises(BadInput):
        await shop.transfers.hand_back(ticket.id, wei, "")
    await shop.transfers.hand_back(ticket.id, wei, "财务说归客服")
    after = await shop.ticket()
    assert (after.assignee_id, after.hand_backs) == (lin.id, 1)
    assert ("transfer", None, {"小林"}) in await shop.alerts()


async def test_the_second_hand_back_goes_to_the_supervisor(shop: Shop) -> None:
    lin, wei, boss = await shop.agent("小林"), await shop.agent("小魏"), await shop.agent("班长")
    ticket = await taken(shop)
    await shop.transfers.offer(ticket.id, lin, to=wei, reason="要查财务系统")
    await shop.transfers.decline(ticket.id, wei, "不归我管")
    assert (await shop.ticket()).assignee_id == lin.id
    await shop.transfers.hand_back(ticket.id, lin, "我也不会")
    after = await shop.ticket()
    assert (after.assignee_id, after.state) == (boss.id, TicketState.ASSIGNED)
    assert ("return", None, {"班长"}) in await shop.alerts()
    assert after.first_owner_id == lin.id


async def test_a_queue_can_be_asked_and_whoever_of_it_accepts_gets_the_ticket(shop: Shop) -> None:
    lin, wei, zhang = await shop.agent("小林"), await shop.agent("小魏"), await shop.agent("小张")
    ticket = await taken(shop)
    with pytest.raises(BadInput, match="no queue"):
        await shop.transfers.offer(ticket.id, lin, queue="nowhere", reason="投诉")
    await shop.transfers.offer(ticket.id, lin, queue="care", reason="其实是投诉")
    with pytest.raises(NotAllowed, match="queue care"):
        await shop.transfers.accept(ticket.id, zhang)  # no member
    await shop.transfers.accept(ticket.id, wei)
    after = await shop.ticket()
    assert (after.queue, after.assignee_id) == ("care", wei.id)


async def test_the_first_owner_confirms_the_outcome_or_else_time_does(shop: Shop) -> None:
    lin, wei = await shop.agent("小林"), await shop.agent("小魏")
    ticket = await taken(shop)
    await shop.transfers.offer(ticket.id, lin, to=wei, reason="要查财务系统")
    await shop.transfers.accept(ticket.id, wei)
    await shop.work.resolve(ticket.id, wei)
    with pytest.raises(NotAllowed, match="小林 is the first owner"):
        await shop.work.confirm(ticket.id, wei)
    await shop.work.confirm(ticket.id, lin)
    assert (await shop.ticket()).state == TicketState.CLOSED

    second = await taken(shop, "小魏")
    await shop.work.resolve(second.id, wei)
    await shop.clocks_run(days=2.9)
    assert (await shop.ticket()).state == TicketState.RESOLVED
    await shop.clocks_run(days=0.2)
    assert (await shop.ticket()).state == TicketState.CLOSED


async def test_the_duty_owner_of_the_queue_answers_for_what_nobody_was_asked_yet(shop: Shop) -> None:
    wei = await shop.agent("小魏")
    await shop.customer_says("你们太差劲了")
    assert (await shop.ticket()).first_owner_id == wei.id
    await shop.work.take((await shop.ticket()).id, await shop.agent("小林"))
    assert (await shop.ticket()).first_owner_id == wei.id


async def test_the_chain_tells_who_had_it_how_long_and_why_it_moved(shop: Shop) -> None:
    lin, wei = await shop.agent("小林"), await shop.agent("小魏")
    await shop.customer_says("我要人工")
    shop.time_passes(minutes=3)
    ticket = await shop.ticket()
    await shop.work.take(ticket.id, lin)
    shop.time_passes(minutes=4)
    await shop.transfers.offer(ticket.id, lin, to=wei, reason="要查财务系统")
    shop.time_passes(minutes=5)
    await shop.transfers.accept(ticket.id, wei)
    shop.time_passes(minutes=6)
    await shop.transfers.hand_back(ticket.id, wei, "归客服")
    shop.time_passes(minutes=7)
    await shop.work.resolve(ticket.id, lin)
    links = chain(await shop.events(ticket))
    assert [(each.agent_id, each.how, each.reason) for each in links] == [
        (None, EventKind.OPENED, "wants_human"),
        (lin.id, EventKind.TAKEN, ""),
        (wei.id, EventKind.ACCEPTED, "要查财务系统"),
        (lin.id, EventKind.HANDED_BACK, "归客服"),
    ]
    minutes = [(each.until - each.since).total_seconds() / 60 for each in links if each.until]
    assert minutes == [3, 9, 6, 7]


async def test_reopening_is_a_new_episode_for_the_same_owner(shop: Shop) -> None:
    lin = await shop.agent("小林")
    ticket = await taken(shop)
    await shop.work.reply(ticket.id, lin, "好了")
    await shop.work.resolve(ticket.id, lin)
    with pytest.raises(BadInput, match="say why"):
        await shop.work.reopen(ticket.id, lin, "")
    shop.time_passes(days=1)
    await shop.work.reopen(ticket.id, lin, "顾客来电说还没好")
    after = await shop.ticket()
    assert (after.state, after.episode, after.assignee_id) == (TicketState.ASSIGNED, 2, lin.id)
    assert (after.episode_at, after.first_replied_at, after.taken_at) == (shop.now, None, None)
    assert after.opened_at == ticket.opened_at
    assert "已重新打开，请 小林 接着跟进" in (await shop.told(ticket))[-1]
    assert await shop.customer_says("还在吗") == []  # the bot keeps quiet again
    with pytest.raises(NotAllowed, match="is open"):
        await shop.work.reopen(ticket.id, lin, "再开一次")


async def test_what_cannot_be_reopened_while_another_ticket_of_the_customer_is_open(shop: Shop) -> None:
    lin = await shop.agent("小林")
    first = await taken(shop)
    await shop.work.resolve(first.id, lin)
    shop.time_passes(minutes=1)
    await shop.customer_says("我要人工")
    with pytest.raises(NotAllowed, match="is open already"):
        await shop.work.reopen(first.id, lin, "还没好")
