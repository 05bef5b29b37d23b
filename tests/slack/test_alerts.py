"""Alerts in Slack: in the ticket's thread, to whom they are for, once."""

from collections.abc import AsyncIterator

import pytest

from core.database import Database
from handoff.alerts import AlertSender
from tests.slack.office import Office, open_office, read
from tests.slack.support import Workspace


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
