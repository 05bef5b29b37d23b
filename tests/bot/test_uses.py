"""How entries are used is read from the figures: answered, rejected, and handed over after."""

from collections.abc import AsyncIterator, Mapping
from datetime import timedelta

import pytest

from core.database import Database
from handoff.reporting.figures import Period
from handoff.reporting.keeper import Keeper
from handoff.reporting.uses import Use, read_uses
from tests.shop import Shop, open_shop


@pytest.fixture
async def shop(database: Database) -> AsyncIterator[Shop]:
    async with open_shop(database) as shop:
        yield shop


async def uses_of(shop: Shop, *, days: int = 30) -> Mapping[str, Use]:
    zone = shop.cases.settings.calendar.zone
    await Keeper(shop.database, zone=zone).count()
    today = shop.now.astimezone(zone).date()
    async with shop.database.read() as session:
        return await read_uses(session, Period(start=today - timedelta(days=days), end=today))


async def test_an_answer_counts_and_what_the_customer_says_next_tells_whether_it_was_no_help(
    shop: Shop,
) -> None:
    for customer, next_words in (
        ("c1", "ok"),  # which is another question, and no word on the answer
        ("c2", "不是这个"),
        ("c3", "我要人工"),
        ("c4", "你们太差劲了"),
        ("c5", "插座冒烟了"),  # an emergency is not the answer's fault
        ("c6", "我的订单到哪了"),
    ):
        await shop.customer_says("运费多少", customer=customer)
        await shop.customer_says(next_words, customer=customer)
    assert await uses_of(shop) == {
        "delivery_fee": Use(answered=6, rejected=1, handed_over=2),
        "order_status": Use(answered=1, rejected=0, handed_over=0),
    }


async def test_who_comes_back_another_day_for_a_person_does_not_count_against_the_answer(shop: Shop) -> None:
    await shop.customer_says("运费多少")
    shop.time_passes(days=1)
    await shop.customer_says("我要人工")
    assert await uses_of(shop) == {"delivery_fee": Use(answered=1, rejected=0, handed_over=0)}
    assert await uses_of(shop, days=0) == {}


async def test_a_person_who_is_got_without_a_word_on_the_answer_does_not_count_against_it(shop: Shop) -> None:
    """The bot understood another question twice in vain."""
    await shop.customer_says("那个东西怎么弄")
    await shop.customer_says("运费多少")
    for _ in range(2):
        await shop.customer_says("那个东西怎么弄")
    assert len(await shop.tickets()) == 1
    assert await uses_of(shop) == {"delivery_fee": Use(answered=1, rejected=0, handed_over=0)}


def test_success_is_the_share_of_answers_that_nothing_was_said_against() -> None:
    assert Use(answered=6, rejected=3, handed_over=0).success == 0.5
    assert Use(answered=3, rejected=0, handed_over=0).success == 1.0
    assert Use(answered=0, rejected=1, handed_over=0).success is None
