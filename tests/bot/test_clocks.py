"""Clocks that are right: what was kept and what was missed, who counts as there, and nobody who holds up the others."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import select, update

from handoff.alerts import Alert
from handoff.deadlines import Course, Deadline
from handoff.life import TicketState
from handoff.routing import LOOKED_AT
from handoff.standards import LADDERS, Promise
from handoff.tickets import Ticket
from tests.shop import Shop


async def course(shop: Shop, promise: Promise) -> Course:
    """How it stands with the newest ticket's last promise of that name."""
    ticket = await shop.ticket()
    query = (
        select(Deadline.course)
        .where(Deadline.ticket_id == ticket.id, Deadline.promise == promise)
        .order_by(Deadline.since.desc())
    )
    async with shop.database.read() as session:
        return Course((await session.scalars(query)).first() or "")


async def given(shop: Shop, name: str = "小林") -> UUID:
    """A ticket that a rule gave to somebody, who has not taken it."""
    await shop.on_duty(name)
    await shop.customer_says("我要人工")
    await shop.clocks_run(seconds=1)
    return (await shop.ticket()).id


async def test_what_a_rule_ended_at_its_time_was_missed(shop: Shop) -> None:
    await given(shop)
    await shop.clocks_run(minutes=3)
    assert await course(shop, Promise.PICK_UP) is Course.MISSED
    lin, wei = await shop.agent("小林"), await shop.agent("小魏")
    ticket = await shop.ticket()
    await shop.work.take(ticket.id, lin)
    await shop.work.reply(ticket.id, lin, "您好")
    await shop.transfers.offer(ticket.id, lin, to=wei, reason="要查财务系统")
    await shop.clocks_run(minutes=15)
    assert await course(shop, Promise.HOP) is Course.MISSED


async def test_a_promise_that_was_broken_stays_so_when_its_ticket_ends_while_its_clock_stands_still(
    shop: Shop,
) -> None:
    lin = await shop.agent("小林")
    await shop.on_duty("小林")
    await shop.customer_says("我要人工")
    ticket = await shop.ticket()
    await shop.work.take(ticket.id, lin)
    await shop.clocks_run(minutes=8)
    await shop.stays_awake("小林")
    await shop.clocks_run(minutes=8)  # sixteen, of fifteen for the first response
    await shop.work.wait(ticket.id, lin)
    await shop.work.resolve(ticket.id, lin)
    assert await course(shop, Promise.FIRST_RESPONSE) is Course.MISSED
    assert await course(shop, Promise.RESOLUTION) is Course.KEPT


async def test_who_has_the_customer_do_something_has_taken_the_ticket(shop: Shop) -> None:
    ticket_id = await given(shop)
    await shop.work.wait(ticket_id, await shop.agent("小林"))
    await shop.clocks_run(minutes=5)
    ticket = await shop.ticket()
    assert (ticket.state, ticket.assignee_id) == (TicketState.WAITING, (await shop.agent("小林")).id)


async def test_who_accepts_a_ticket_has_taken_it(shop: Shop) -> None:
    ticket_id = await given(shop)
    lin, wei = await shop.agent("小林"), await shop.agent("小魏")
    await shop.transfers.offer(ticket_id, lin, to=wei, reason="要查财务系统")
    await shop.transfers.accept(ticket_id, wei)
    await shop.clocks_run(minutes=5)
    assert (await shop.ticket()).assignee_id == wei.id
    assert await course(shop, Promise.TAKE) is Course.KEPT


async def test_who_comes_on_duty_again_after_a_shift_without_having_gone_off_is_there(shop: Shop) -> None:
    await shop.on_duty("夜班")  # until midnight
    shop.time_passes(days=1)
    await given(shop, "夜班")
    assert (await shop.ticket()).assignee_id == (await shop.agent("夜班")).id


async def test_a_ticket_that_nobody_can_work_on_does_not_stop_the_clocks_of_others(shop: Shop) -> None:
    await shop.customer_says("我要人工", customer="a")
    broken = await shop.ticket()
    await shop.customer_says("我要人工", customer="b")
    async with shop.database.write() as session:
        await session.execute(
            update(Deadline).where(Deadline.ticket_id == broken.id).values(promise="of another version")
        )
    shop.time_passes(minutes=40)
    for _ in LADDERS[Promise.TAKE]:
        await shop.timekeeper.step()
    async with shop.database.read() as session:
        alerts = list(await session.scalars(select(Alert.ticket_id)))
    assert set(alerts) == {(await shop.ticket()).id}
    await shop.on_duty("小张")  # nor does it stop routing
    shop.time_passes(minutes=1)
    await shop.timekeeper.step()
    assert (await shop.ticket()).assignee_id == (await shop.agent("小张")).id


async def test_many_whom_nobody_can_serve_do_not_keep_others_from_being_served(shop: Shop) -> None:
    for number in range(LOOKED_AT):
        await shop.customer_sends("我要人工", customer=f"zh{number}")
    await shop.handle()
    shop.time_passes(minutes=1)
    await shop.customer_says("agent please", customer="en")
    ticket = max(await shop.tickets(), key=lambda each: each.opened_at)
    await shop.on_duty("ann")  # who speaks no Chinese
    shop.now += timedelta(seconds=1)
    await shop.timekeeper.step()
    async with shop.database.read() as session:
        holder = await session.scalar(select(Ticket.assignee_id).where(Ticket.id == ticket.id))
    assert holder == (await shop.agent("ann")).id
