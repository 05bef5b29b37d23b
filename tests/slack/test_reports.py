"""Reports in Slack: a message with the figures, and the file in its thread; Slack is the emulator."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import time

import pytest

from console.reports.in_slack import SlackCarrier, to_post
from console.reports.making import Maker
from core.database import Database
from core.languages import REPLY_LANGUAGES, ReplyLanguage
from handoff.alert_sender import AlertSender
from handoff.alerts import AlertKind, raise_alert
from handoff.desk.board import SlackBoard
from handoff.reporting.keeper import Keeper
from handoff.reporting.schedule import Destination, Schedule, Unit, Way
from handoff.reporting.sendings import Reports
from tests.console.test_reports_sent import report, summary
from tests.shop import DESK
from tests.slack.blocks import check_message, strings
from tests.slack.office import Office, open_office, read
from tests.slack.workspace import Workspace


@pytest.fixture
async def office(database: Database, workspace: Workspace) -> AsyncIterator[Office]:
    async with open_office(database, workspace) as office:
        yield office


@pytest.mark.parametrize("language", REPLY_LANGUAGES)
def test_the_message_is_one_that_slack_takes_and_mentions_nobody(language: ReplyLanguage) -> None:
    post = to_post(report(language))
    check_message(post.text, post.blocks)
    told = "\n".join(strings(post.blocks))
    assert "<!" not in told and "<script" not in told and told.count("alert(1)") == 2  # an entry and a gap
    assert "120" in told and "+20%" in told
    assert "<https://service.example.com/console/overview?unit=week&amp;on=2026-11-16|" in told


def test_an_empty_week_without_links_is_a_message_too() -> None:
    made = replace(report(), summary=summary(gaps=[], base=""))
    post = to_post(made)
    check_message(post.text, post.blocks)
    assert "没有问到待处理的缺口" in "\n".join(strings(post.blocks)) and "http" not in str(post.blocks)


async def test_it_is_posted_once_with_its_file_also_when_the_file_needs_two_tries(office: Office) -> None:
    shop = office.shop
    await shop.customer_says("我要人工")
    await Keeper(shop.database, zone=DESK.calendar.zone).count()

    async def titles() -> dict[str, dict[ReplyLanguage, str]]:
        return {}

    maker = Maker(
        database=shop.database,
        settings=DESK,
        titles=titles,
        shop="青禾生活",
        language="zh",
        zone=DESK.calendar.zone,
        region="CN",
        base="",
        clock=lambda: shop.now,
    )
    channel = office.workspace.channels["care"]
    to = Destination(way=Way.SLACK, address=channel)
    reports = Reports(
        shop.database,
        [Schedule(unit=Unit.WEEK, day=0, at=time(8), to=(to,))],
        {Way.SLACK: SlackCarrier(maker, SlackBoard(office.desk.slack))},
        settings=DESK,
        zone=DESK.calendar.zone,
        clock=lambda: shop.now,
    )
    shop.time_passes(days=7)  # Monday at 10, after the week of the ticket
    await office.workspace.fail(1, "internal_error", method="files.getUploadURLExternal")
    assert await reports.step()
    assert not await reports.step()
    shop.time_passes(minutes=5)
    assert await reports.step() and not await reports.step()
    (message,) = [each for each in await office.workspace.history(channel) if not each.get("subtype")]
    assert "客服周报 2026-W48" in read(message) and "转人工工单\n*1*" in read(message)
    thread = await office.workspace.replies(channel, message["ts"])
    assert [file["name"] for each in thread for file in each.get("files") or ()] == [
        "shouwen-2026-11-23-2026-11-29.xlsx"
    ]


async def test_that_a_report_will_not_come_is_told_in_the_default_queues_channel(office: Office) -> None:
    shop = office.shop
    shop.change_desk(alert_ports=("slack",))
    await office.link("zhang", "班长")
    async with shop.database.write() as session:
        await raise_alert(
            session,
            None,
            AlertKind.REPORT,
            settings=shop.cases.settings,
            at=shop.now,
            usernames=["班长"],
            report="2026-11-16–2026-11-22",
            to="boss@example.com",
            because="no mailbox",
        )
    sender = AlertSender(shop.database, [office.desk.port], clock=lambda: shop.now)
    while await sender.step():
        pass
    (told,) = await office.workspace.history(office.channel)
    assert f"<@{office.workspace.users['zhang']}>" in read(told) and "no mailbox" in read(told)
