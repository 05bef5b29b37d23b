"""Deadlines and what follows when they are not kept: customer says, agent does, time passes."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, update

from core.customers import Customer
from core.errors import BadInput, NotAllowed
from handoff.cases import Cases
from handoff.deadlines import Course, Deadline
from handoff.kinds import IncidentClass, TicketKind
from handoff.life import EventKind, TicketState
from handoff.standards import Promise, Standards, Term
from handoff.timekeeper import Timekeeper
from tests.shop import DESK, OPEN, Shop


async def running(shop: Shop) -> dict[str, datetime | None]:
    """The deadlines of all tickets that run now."""
    async with shop.database.read() as session:
        rows = await session.scalars(select(Deadline).where(Deadline.ended_at.is_(None)))
        return {row.promise: row.due_at for row in rows}


async def courses(shop: Shop, promise: Promise) -> list[str]:
    async with shop.database.read() as session:
        query = select(Deadline.course).where(Deadline.promise == promise).order_by(Deadline.since)
        return list(await session.scalars(query))


def after(**duration: float) -> datetime:
    return OPEN + timedelta(**duration)


async def test_a_ticket_has_its_deadlines_from_the_first_moment_and_keeps_them_one_by_one(shop: Shop) -> None:
    lin = await shop.agent("小林")
    await shop.customer_says("我要人工")
    ticket = await shop.ticket()
    assert await running(shop) == {
        "take": after(minutes=10),
        "first_response": after(minutes=15),
        "resolution": after(days=2),  # 24 working hours: 11 today, 12 tomorrow, one the day after
    }
    shop.time_passes(minutes=5)
    await shop.work.take(ticket.id, lin)
    assert "take" not in await running(shop)
    shop.time_passes(minutes=12)
    await shop.work.reply(ticket.id, lin, "您好")
    assert await courses(shop, Promise.TAKE) == [Course.KEPT]
    assert await courses(shop, Promise.FIRST_RESPONSE) == [Course.MISSED]
    assert (await running(shop))["update"] == after(minutes=17, hours=8)
    shop.time_passes(minutes=3)
    await shop.customer_says("12345")
    shop.time_passes(minutes=3)
    await shop.customer_says("急")  # the clock runs since the first unanswered message
    assert (await running(shop))["next_response"] == after(minutes=20 + 30)
    await shop.work.reply(ticket.id, lin, "查到了")
    assert "next_response" not in await running(shop)
    await shop.work.resolve(ticket.id, lin)
    assert await running(shop) == {"confirm": shop.now + timedelta(days=3)}


async def test_while_it_is_the_customers_turn_our_clocks_stand_still(shop: Shop) -> None:
    lin = await shop.agent("小林")
    await shop.customer_says("我要人工")
    ticket = await shop.ticket()
    await shop.work.take(ticket.id, lin)
    await shop.work.reply(ticket.id, lin, "请问订单号是多少？")
    before = (await running(shop))["resolution"]
    await shop.work.wait(ticket.id, lin)
    assert await running(shop) == {"update": None, "resolution": None, "answer": after(days=3)}
    shop.time_passes(hours=2)
    await shop.customer_says("12345")
    now = await running(shop)
    assert before is not None and now["resolution"] == before + timedelta(hours=2)
    assert "answer" not in now


async def test_a_customer_who_does_not_answer_is_reminded_and_then_set_aside(shop: Shop) -> None:
    lin = await shop.agent("小林")
    await shop.customer_says("agent please")
    ticket = await shop.ticket()
    await shop.work.take(ticket.id, lin)
    await shop.work.wait(ticket.id, lin)
    await shop.clocks_run(days=1.6)
    assert "小林 is still waiting for your answer" in (await shop.told(ticket))[-1]
    await shop.clocks_run(days=1.5)
    assert (await shop.ticket()).state == TicketState.RESOLVED
    assert "As we have not heard from you" in (await shop.told(ticket))[-1]
    assert await shop.customer_says("where is my order") != []  # the bot answers again


async def test_the_assignee_is_warned_then_the_supervisor_then_the_manager_each_once(shop: Shop) -> None:
    lin, _, _ = [await shop.agent(name) for name in ("小林", "班长", "经理")]
    await shop.customer_says("我要人工")
    await shop.work.take((await shop.ticket()).id, lin)
    await shop.clocks_run(minutes=12)  # of fifteen for the first response
    assert await shop.alerts() == [("warning", "first_response", {"小林"})]
    await shop.clocks_run(minutes=60)
    assert await shop.alerts() == [
        ("warning", "first_response", {"小林"}),
        ("return", None, {"小林"}),  # silent for so long, they count as gone
        ("breach", "first_response", {"班长"}),
        ("warning", "take", {"班长"}),  # the queue names no owner, but a supervisor
        ("escalation", "first_response", {"经理"}),
        ("breach", "take", {"班长"}),
        ("escalation", "take", {"经理"}),
    ]


async def test_a_grave_incident_pages_the_managers_and_wants_a_report_in_two_hours(shop: Shop) -> None:
    lin, _, _ = [await shop.agent(name) for name in ("小林", "班长", "经理")]
    shop.now = OPEN.replace(hour=17)  # one o'clock at night
    await shop.customer_says("插座冒烟了")
    ticket = await shop.ticket()
    assert (ticket.kind, ticket.incident) == (TicketKind.INCIDENT, IncidentClass.GRAVE)
    assert await shop.alerts() == [("page", None, {"经理"})]
    assert (await running(shop))["report"] == shop.now + timedelta(hours=2)  # nobody waits for the morning
    await shop.work.report(ticket.id, lin, "一户插座冒烟，已请断电，无人受伤")
    assert "report" not in await running(shop)
    assert await courses(shop, Promise.REPORT) == [Course.KEPT]


async def test_what_becomes_urgent_gets_the_strict_deadlines_with_a_trail(shop: Shop) -> None:
    await shop.agent("经理")
    await shop.customer_says("我要人工")
    shop.time_passes(minutes=1)
    await shop.customer_says("插座冒烟了")
    ticket = await shop.ticket()
    assert (await running(shop))["take"] == after(minutes=5)
    raised = next(event for event in await shop.events(ticket) if event.kind == EventKind.RAISED)
    assert raised.data["moved"]["take"] == [after(minutes=10).isoformat(), after(minutes=5).isoformat()]
    assert [kind for kind, _, _ in await shop.alerts()] == ["page"]


async def test_a_minor_incident_is_recorded_and_nobody_is_paged(shop: Shop) -> None:
    lin = await shop.agent("小林")
    await shop.customer_says("我要人工")
    ticket = await shop.ticket()
    with pytest.raises(NotAllowed, match="no incident"):
        await shop.work.report(ticket.id, lin, "跳闸")
    with pytest.raises(BadInput, match="class"):
        await shop.work.sort(ticket.id, lin, TicketKind.INCIDENT)
    await shop.work.sort(ticket.id, lin, TicketKind.INCIDENT, incident=IncidentClass.MINOR)
    assert ((await shop.ticket()).incident, await shop.alerts()) == (2, [])
    assert "report" not in await running(shop)
    await shop.work.report(ticket.id, lin, "一处跳闸，已恢复")


async def test_the_strictest_standard_that_applies_wins_and_says_which_it_is(shop: Shop) -> None:
    standards = Standards(
        value_added={Promise.TAKE: Term(duration=timedelta(minutes=3))}, customer_tiers=("vip",)
    )
    settings = replace(DESK, standards=standards)
    shop.turns = type(shop.turns)(
        shop.database,
        shop.wakeups,
        brain=shop.turns.brain,
        settings=replace(shop.turns._settings, desk=settings),
        clock=lambda: shop.now,
    )
    await shop.customer_says("我要人工")
    assert (await running(shop))["take"] == after(minutes=10)
    async with shop.database.write() as session:
        await session.execute(update(Customer).values(tier="vip"))
    await shop.customer_says("在吗")  # the channel says meanwhile that they are
    assert (await running(shop))["take"] == after(minutes=3)
    async with shop.database.read() as session:
        tiers = dict((await session.execute(select(Deadline.promise, Deadline.tier))).all())
    assert (tiers["take"], tiers["first_response"]) == ("value_added", "basic")
    retiered = next(e for e in await shop.events(await shop.ticket()) if e.kind == EventKind.RETIERED)
    assert set(retiered.data["moved"]) == {"take"}


async def test_when_the_calendar_changes_deadlines_move_and_the_ticket_says_so(shop: Shop) -> None:
    await shop.customer_says("我要人工")
    before = await running(shop)
    shop.close(OPEN.date() + timedelta(days=1))
    timekeeper = Timekeeper(
        Cases(
            shop.database,
            shop.wakeups,
            pushed=(),
            settings=replace(DESK, calendar=replace(DESK.calendar, exceptions=shop.closed)),
            clock=lambda: shop.now,
        )
    )
    for _ in range(2):
        await timekeeper.recalculate()
    now = await running(shop)
    assert before["resolution"] is not None and now["resolution"] == before["resolution"] + timedelta(days=1)
    trail = [
        event for event in await shop.events(await shop.ticket()) if event.kind == EventKind.RECALCULATED
    ]
    assert [set(event.data["moved"]) for event in trail] == [{"resolution"}]
