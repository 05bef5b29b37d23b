"""The keeper of figures: what it keeps is what a recount makes, whatever happens in between; on both databases."""

from collections.abc import AsyncIterator
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, update
from structlog.testing import capture_logs

from core.conversations import Conversation, Draft, lock_conversation
from core.customers import Customer
from core.database import Database
from core.messages import Author, Kind, Spoken
from core.posting import Posting
from handoff.aftercare.surveys import Survey
from handoff.contacts.checks import NewContact, Then
from handoff.kinds import TicketKind
from handoff.life import EventKind
from handoff.persons.merging import Merging
from handoff.privacy.erasure import erase_customers
from handoff.privacy.retention import Retention, enforce_retention
from handoff.reporting.cells import Value
from handoff.reporting.figures import Period
from handoff.reporting.keeper import Keeper
from handoff.reporting.reads import DAILY, read_days, read_several
from handoff.tickets import Ticket, TicketEvent
from tests.handoff.reporting.counting import (
    Died,
    DyingDatabase,
    assert_equals_recount,
    count_of,
    read_kept,
)
from tests.shop import Shop, open_shop

ZONE = ZoneInfo("Asia/Shanghai")


@pytest.fixture
async def shop(database: Database) -> AsyncIterator[Shop]:
    async with open_shop(database) as shop:
        yield shop


async def press(shop: Shop, action: str) -> None:
    await shop.customer_says("x", kind=Kind.PRESS, press=action)


async def solve(shop: Shop, agent: str = "小林") -> Ticket:
    """The newest ticket: taken, answered after five minutes, resolved after ten."""
    lin, ticket = await shop.agent(agent), await shop.ticket()
    await shop.work.take(ticket.id, lin)
    shop.time_passes(minutes=5)
    await shop.work.reply(ticket.id, lin, "您好")
    shop.time_passes(minutes=5)
    await shop.work.resolve(ticket.id, lin)
    return await shop.ticket()


async def test_a_day_is_counted_as_it_happened(shop: Shop) -> None:
    await shop.customer_says("运费多少")
    await shop.customer_says("我要人工")
    await solve(shop)
    kept = await assert_equals_recount(shop.database, ZONE)
    assert count_of(kept, "conversations", "api|zh|people") == 1
    assert count_of(kept, "messages", "customer|api|zh") == 2
    assert count_of(kept, "answers", "delivery_fee") == 1
    assert count_of(kept, "topics", "delivery_fee") == 1
    assert count_of(kept, "opened", "wants_human|enquiry|api") == 1
    assert count_of(kept, "first_response", "5") == 1
    assert count_of(kept, "resolution", "10") == 1
    lin = (await shop.agent("小林")).id
    assert count_of(kept, "resolved", f"{lin}|at_once") == 1
    assert count_of(kept, "promises", "take|kept") == count_of(kept, "promises", "first_response|kept") == 1
    assert count_of(kept, "csat", "unanswered") == 1


async def test_answers_to_surveys_and_a_reopening_change_the_day_they_are_about(shop: Shop) -> None:
    await shop.customer_says("我要人工")
    await solve(shop)
    keeper = Keeper(shop.database, zone=ZONE)
    await keeper.count()
    async with shop.database.read() as session:
        survey = (await session.scalars(select(Survey))).one()
    shop.time_passes(days=2)
    await press(shop, f"survey:{survey.id}:not_solved")
    kept = await assert_equals_recount(shop.database, ZONE)
    lin = (await shop.agent("小林")).id
    assert count_of(kept, "resolved", f"{lin}|reopened") == 1
    assert count_of(kept, "resolved", f"{lin}|at_once") == 0
    assert (count_of(kept, "csat", "unscored"), count_of(kept, "csat", "unanswered")) == (1, 0)


async def test_who_comes_back_on_another_channel_was_not_helped(shop: Shop) -> None:
    await shop.customer_says("运费多少", channel="api", customer="c1")
    keeper = Keeper(shop.database, zone=ZONE)
    await keeper.count()
    assert count_of(await read_kept(shop.database), "conversations", "api|zh|solved") == 1
    shop.time_passes(days=2)
    await shop.customer_says("运费多少", channel="web", customer="c1")
    async with shop.database.write() as session:  # we know that they are the same person
        conversations = list(await session.scalars(select(Conversation)))
        await session.execute(update(Conversation).values(customer_id=conversations[0].customer_id))
    kept = await assert_equals_recount(shop.database, ZONE)
    assert count_of(kept, "conversations", "api|zh|solved") == 0
    assert count_of(kept, "conversations", "api|zh|returned") == 1
    assert count_of(kept, "conversations", "web|zh|solved") == 1


async def test_two_who_become_one_and_two_again_are_counted_as_such(shop: Shop) -> None:
    boss = await shop.agent("班长")
    for channel, days in (("api", 2), ("web", 2), ("api", 30), ("web", 0)):
        await shop.customer_says("运费多少", channel=channel, customer=channel)
        shop.time_passes(days=days)
    apart = await assert_equals_recount(shop.database, ZONE)
    assert count_of(apart, "conversations", "web|zh|returned") == 0
    async with shop.database.read() as session:
        one, other = list(await session.scalars(select(Customer.id).order_by(Customer.id)))
    merging = Merging(shop.cases)
    merge_id = await merging.merge(one, other, boss)
    together = await assert_equals_recount(shop.database, ZONE)
    assert count_of(together, "conversations", "web|zh|returned") == 1
    await merging.undo(merge_id, boss)
    assert (await assert_equals_recount(shop.database, ZONE))["days"] == apart["days"]


async def test_figures_of_a_period_are_the_sum_of_its_days(shop: Shop) -> None:
    """However they are put together of months and days."""
    for pause in (5, 12, 19, 27, 40, 3, 30, 0):
        await shop.customer_says("运费多少", customer=f"c{pause}")
        shop.time_passes(days=pause)
    kept = await assert_equals_recount(shop.database, ZONE)
    days = sorted({row[0] for row in kept["days"]})
    first, last = days[0], days[-1]
    periods = [Period(start=first, end=last), Period(start=days[1], end=days[-2])]
    periods += [
        Period(start=first + timedelta(days=3), end=first + timedelta(days=length))
        for length in range(3, 60, 7)
    ]
    async with shop.database.read() as session:
        found = await read_several(session, periods)
        for period, cells in zip(periods, found, strict=True):
            expected: dict[str, dict[str, Value]] = {}
            for day, figure, key, count, amount in kept["days"]:
                if period.start <= day <= period.end:
                    one = expected.setdefault(figure, {})
                    before = one.get(key, Value(0, 0))
                    one[key] = Value(before.times + count, before.amount + amount)
            assert cells.values == expected
            daily = await read_days(session, period)
            assert (daily[0][0].start, daily[-1][0].end) == (period.start, period.end)
            for each in DAILY:
                assert sum(numbers.get(each, 0) for _, numbers in daily) == cells.number(each)


async def test_who_phones_has_a_person_and_was_not_left_without_an_answer(shop: Shop) -> None:
    lin = await shop.agent("小林")
    call = NewContact(
        how=Spoken.PHONE,
        reach="",
        name="王",
        kind=TicketKind.ENQUIRY,
        text="运费多少",
        then=Then.QUEUE,
        queue="care",
    )
    await shop.contacts.log(lin, call)
    kept = await assert_equals_recount(shop.database, ZONE)
    assert count_of(kept, "conversations") == count_of(kept, "conversations", "phone||people") == 1


async def test_a_keeper_that_dies_has_done_nothing(shop: Shop) -> None:
    mortal = DyingDatabase(shop.database, seed=1, share=1)
    await Keeper(shop.database, zone=ZONE).count()
    before = await read_kept(shop.database)
    await shop.customer_says("我要人工")
    for _ in range(3):
        with pytest.raises(Died):
            await Keeper(mortal, zone=ZONE).step()
    assert await read_kept(shop.database) == before
    kept = await assert_equals_recount(shop.database, ZONE)
    assert count_of(kept, "opened") == 1


async def test_a_recount_that_is_ended_goes_on_where_it_was(shop: Shop) -> None:
    for customer in ("c1", "c2", "c3"):
        await shop.customer_says("我要人工", customer=customer)
    keeper = Keeper(shop.database, zone=ZONE)
    await keeper.count()
    kept = await read_kept(shop.database)
    await keeper.start_anew()
    await keeper.step()  # everything is gone
    assert not (await read_kept(shop.database))["days"]
    await Keeper(shop.database, zone=ZONE).count()
    assert await read_kept(shop.database) == kept


@pytest.mark.parametrize(
    "database_url", [pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True
)
async def test_what_is_committed_late_is_counted_then(shop: Shop) -> None:
    """Its position is lower than that of what was counted before it."""
    first = await shop.customer_sends("运费多少", customer="slow")
    await shop.handle()
    keeper = Keeper(shop.database, zone=ZONE)
    await keeper.count()
    async with shop.database.write() as session:
        conversation = await lock_conversation(session, first.conversation_id)
        posting = Posting(())
        draft = Draft(author=Author.AGENT, text="来了", at=shop.now)
        posting.add(conversation, [draft], now=shop.now)
        await posting.write(session)
        await session.flush()
        await shop.customer_says("我要人工", customer="quick")
        await keeper.count()
        assert count_of(await read_kept(shop.database), "messages", "agent|api|zh") == 0
    kept = await assert_equals_recount(shop.database, ZONE)
    assert count_of(kept, "messages", "agent|api|zh") == 1


async def test_an_erasure_and_the_end_of_retention_leave_all_figures_as_they_were(shop: Shop) -> None:
    await shop.customer_says("运费多少")
    await shop.customer_says("我要人工")
    ticket = await solve(shop)
    kept = await assert_equals_recount(shop.database, ZONE)
    shop.time_passes(days=40)
    week = timedelta(days=7)
    await enforce_retention(shop.database, Retention(messages=week, tickets=week), now=shop.now)
    async with shop.database.write() as session:
        await erase_customers(session, [ticket.customer_id])
    after = await assert_equals_recount(shop.database, ZONE)
    assert after["days"] == kept["days"]


async def test_who_is_erased_before_they_were_counted_is_counted(shop: Shop) -> None:
    await shop.customer_says("运费多少")
    async with shop.database.write() as session:
        await erase_customers(session, list(await session.scalars(select(Customer.id))))
    kept = await assert_equals_recount(shop.database, ZONE)
    assert count_of(kept, "messages", "customer|api|zh") == 1
    async with shop.database.read() as session:
        assert list(await session.scalars(select(Ticket.id))) == []


async def test_another_time_zone_has_other_days(shop: Shop) -> None:
    await shop.customer_says("运费多少")
    await Keeper(shop.database, zone=ZONE).count()
    elsewhere = ZoneInfo("Pacific/Honolulu")
    await Keeper(shop.database, zone=elsewhere).count()
    days = {row[0].isoformat() for row in (await read_kept(shop.database))["days"]}
    assert days == {"2026-11-22"}
    await assert_equals_recount(shop.database, elsewhere)


@pytest.mark.parametrize("kind", [EventKind.CLOSED, "of_a_later_version"])
async def test_a_ticket_that_cannot_be_read_does_not_stop_the_others(shop: Shop, kind: str) -> None:
    await shop.customer_says("我要人工", customer="c1")
    broken = await shop.ticket()
    await shop.customer_says("我要人工", customer="c2")
    async with shop.database.write() as session:
        session.add(TicketEvent(ticket_id=broken.id, kind=kind, at=shop.now, agent_id=None, data={}))
    with capture_logs() as logs:
        kept = await assert_equals_recount(shop.database, ZONE)
    assert count_of(kept, "opened") == 1
    assert {entry["ticket"] for entry in logs if entry["event"] == "reports.ticket_unreadable"} == {
        str(broken.id)
    }
