"""What Slack shows when Slack fails: nothing is lost, nothing is there twice, and its limits are kept."""

import re
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from core.database import Database
from handoff.views import MESSAGES
from tests.slack.office import Office, open_office, read
from tests.slack.support import FakePace
from tests.slack.workspace import Workspace

TICKETS = 500
NUMBER = re.compile(r"SW-\d{4}-\d{4}")


@pytest.fixture
def pace() -> FakePace:
    return FakePace()


@pytest.fixture
async def office(database: Database, workspace: Workspace, pace: FakePace) -> AsyncIterator[Office]:
    async with open_office(database, workspace, pace=pace.pace()) as office:
        yield office


async def customer_complains(office: Office, *texts: str, customer: str = "1") -> None:
    for text in texts:
        await office.shop.customer_says(text, customer=customer)


async def everything(office: Office) -> list[str]:
    """The card and its thread."""
    card = await office.card()
    return [read(each) for each in await office.workspace.replies(office.channel, card["ts"])]


@pytest.mark.parametrize("status", [500, "internal_error", 429])
async def test_what_slack_does_not_take_is_shown_once_when_it_does(
    office: Office, pace: FakePace, status: int | str
) -> None:
    await office.workspace.fail(3, status, method="chat.postMessage", retry_after=30)
    await customer_complains(office, "我要人工", "在吗？", "有人吗？")
    for _ in range(6):
        await office.settle()
        office.shop.time_passes(seconds=61)
        pace.time += 61
    shown = await everything(office)
    assert len(await office.workspace.history(office.channel)) == 1
    for text in ("在吗？", "有人吗？"):
        assert sum(text in each for each in shown[1:]) == 1, shown


@pytest.mark.parametrize("performed", [False, True])
async def test_what_slack_never_answers_is_tried_again_and_nothing_is_lost(
    database: Database, workspace: Workspace, pace: FakePace, performed: bool
) -> None:
    impatient = replace(pace.pace(), patience=1)
    async with open_office(database, workspace, pace=impatient) as office:
        await customer_complains(office, "我要人工", "在吗？")
        await office.settle()
        await office.workspace.fail(1, "hang", method="chat.postMessage", performed=performed)
        await customer_complains(office, "有人吗？")
        await office.settle()
        office.shop.time_passes(seconds=61)
        await office.settle()
        shown = await everything(office)
        # Of what Slack did and did not say so, one more is all that can be there.
        assert sum("有人吗？" in each for each in shown[1:]) == (2 if performed else 1)
        assert sum("在吗？" in each for each in shown[1:]) == 1


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # many messages
async def test_a_thread_that_lags_far_behind_skips_nothing(office: Office) -> None:
    await customer_complains(office, "我要人工")
    await office.settle()
    for number in range(MESSAGES + 20):
        await office.shop.customer_sends(f"第{number}句", customer="1")
    await office.shop.handle()
    await office.settle()
    shown = "\n".join(await everything(office))
    assert [number for number in range(MESSAGES + 20) if f"第{number}句" not in shown] == []


async def test_while_slack_says_429_the_method_rests_and_others_go_on(office: Office, pace: FakePace) -> None:
    await customer_complains(office, "我要人工")
    await office.settle()
    card = await office.card()
    await office.workspace.fail(1, 429, method="chat.postMessage", retry_after=60)
    await customer_complains(office, "在吗？")
    await office.press("lin", card["ts"], "take")
    before = len(await office.workspace.calls("chat.postMessage"))
    office.shop.time_passes(seconds=30)
    pace.time += 30
    await office.settle()
    assert len(await office.workspace.calls("chat.postMessage")) == before
    office.shop.time_passes(seconds=31)
    pace.time += 31
    await office.settle()
    shown = await everything(office)
    assert sum("在吗？" in each for each in shown[1:]) == 1 and "小林" in shown[0]


async def test_a_card_that_somebody_deleted_comes_again_with_all_that_was_said(office: Office) -> None:
    await customer_complains(office, "我要人工", "在吗？")
    await office.settle()
    card = await office.card()
    for each in reversed(await office.workspace.replies(office.channel, card["ts"])):
        await office.workspace.delete(office.workspace.users["zhang"], office.channel, each["ts"])
    await office.shop.work.take((await office.shop.ticket()).id, await office.shop.agent("小林"))
    await office.settle()
    again = await office.card()
    assert again["ts"] != card["ts"]
    assert any("在吗？" in each for each in await everything(office))


async def test_a_channel_that_we_are_not_in_waits_until_we_are(office: Office, pace: FakePace) -> None:
    await office.workspace.fail(1, "not_in_channel", method="chat.postMessage")
    await customer_complains(office, "我要人工")
    await office.settle()
    assert await office.workspace.history(office.channel) == []
    office.shop.time_passes(minutes=6)
    await office.settle()
    assert len(await office.workspace.history(office.channel)) == 1


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # half a minute
async def test_five_hundred_tickets_of_a_minute_arrive_complete_in_order_and_within_the_limits(
    database: Database, workspace: Workspace
) -> None:
    times: list[tuple[float, str]] = []
    clock = FakePace()
    async with open_office(database, workspace, pace=clock.pace()) as office:
        call = office.desk.slack._call

        async def counted(method: str, values: dict[str, object]) -> object:
            times.append((clock.time, method))
            return await call(method, values)

        office.desk.slack._call = counted  # type: ignore[method-assign]
        for number in range(TICKETS):
            await office.shop.customer_says("我要人工", customer=str(number))
            office.shop.time_passes(seconds=60 / TICKETS)
        office.shop.time_passes(hours=1)
        await office.settle()
        cards = await workspace.history(office.channel)
        numbers = [ticket.number for ticket in await office.shop.tickets()]
        assert [NUMBER.findall(read(card))[0] for card in cards] == numbers
        for card in (cards[0], cards[-1]):
            assert len(await workspace.replies(office.channel, card["ts"])) == 2
    posts = [at for at, method in times if method == "chat.postMessage"]
    assert len(posts) == 2 * TICKETS
    for start in range(0, int(posts[-1] - posts[0]), 60):
        window = [at for at in posts if posts[0] + start <= at < posts[0] + start + 60]
        assert len(window) <= 63  # one a second, and a short burst
    assert Counter(method for _, method in times)["chat.update"] == 0  # nothing changed: nothing is updated
