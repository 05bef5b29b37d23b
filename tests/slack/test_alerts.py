"""Alerts in Slack: in the ticket's thread, to whom they are for, once."""

from collections.abc import AsyncIterator

import pytest

from core.database import Database
from core.outbox import bury, claim
from handoff.alert_sender import AlertSender
from handoff.deliveries import report_burial
from tests.slack.blocks import check_message
from tests.slack.office import Office, open_office, read
from tests.slack.workspace import Workspace


@pytest.fixture
async def office(database: Database, workspace: Workspace) -> AsyncIterator[Office]:
    async with open_office(database, workspace) as office:
        office.shop.change_desk(alert_ports=("slack",))
        await office.link("zhang", "班长")
        yield office


async def deliver(office: Office) -> None:
    """Send the alerts that are due."""
    sender = AlertSender(office.shop.database, [office.desk.port], clock=lambda: office.shop.now)
    while await sender.step():
        pass


async def test_a_warning_is_for_the_assignee_and_a_breach_is_seen_in_the_channel(office: Office) -> None:
    await office.shop.customer_says("我要人工")
    await office.settle()
    ts = (await office.card())["ts"]
    await office.press("lin", ts, "take")
    await office.shop.clocks_run(minutes=12)  # of fifteen for the first response
    await deliver(office)
    warning = (await office.workspace.replies(office.channel, ts))[-1]
    assert read(warning).startswith(f"<@{office.workspace.users['lin']}>") and "首次响应" in read(warning)
    await office.shop.stays_awake("小林")
    await office.shop.clocks_run(minutes=4)
    await deliver(office)
    calls = await office.workspace.calls("chat.postMessage")
    breach = next(call for call in reversed(calls) if call.arguments.get("reply_broadcast"))
    assert office.workspace.users["zhang"] in breach.arguments["text"]
    assert breach.arguments["thread_ts"] == ts
    before = len(calls)
    await deliver(office)
    assert len(await office.workspace.calls("chat.postMessage")) == before


async def test_an_alert_waits_for_its_card(office: Office) -> None:
    await office.shop.customer_says("插座冒烟了")
    await deliver(office)
    assert await office.workspace.calls("chat.postMessage") == []
    await office.settle()
    office.shop.time_passes(minutes=5)
    await deliver(office)
    ticket = await office.shop.ticket()
    channel = office.workspace.channels[ticket.queue]
    (card,) = await office.workspace.history(channel)
    assert "突发事件" in read((await office.workspace.replies(channel, card["ts"]))[-1])


async def test_deadlines_that_pass_together_come_as_one_message_with_links(office: Office) -> None:
    for number in range(6):
        await office.shop.customer_says("我要人工", customer=f"c{number}")
    await office.settle()
    await office.shop.clocks_run(minutes=60)  # nobody takes them
    tickets = await office.shop.tickets()
    before = len(await office.workspace.calls("chat.postMessage"))
    await deliver(office)
    posts = (await office.workspace.calls("chat.postMessage"))[before:]
    together = [post for post in posts if "thread_ts" not in post.arguments]
    late = next(post for post in together if "已超时" in post.arguments["text"])
    assert late.arguments["channel"] == office.channel
    assert office.workspace.users["zhang"] in late.arguments["text"]
    told = str(late.arguments["blocks"])
    for ticket in tickets:
        assert f"|{ticket.number}>" in told
    check_message(late.arguments["text"], late.arguments["blocks"])


async def test_what_does_not_reach_the_customer_is_told_to_who_has_the_ticket(office: Office) -> None:
    await office.shop.customer_says("我要人工", channel="pushy")
    await office.settle()
    ts = (await office.card())["ts"]
    await office.press("lin", ts, "take")
    shop = office.shop
    async with shop.database.write() as session:
        parcel = (await claim(session, "pushy", now=shop.now, limit=1))[0]
        assert await bury(session, parcel, error="blocked by the customer")
        await report_burial(
            session,
            parcel,
            "blocked by the customer",
            settings=shop.cases.settings,
            clock=lambda: shop.now,
        )
    await deliver(office)
    told = (await office.thread(ts))[-1]
    assert told.startswith(f"<@{office.workspace.users['lin']}>") and "blocked by the customer" in told
