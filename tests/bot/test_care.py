"""Planned care visits: dates are told, time passes, the customer is written to or left alone."""

import asyncio
import calendar
from collections.abc import AsyncIterator
from datetime import date, timedelta
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select, update

from bot import customer_api
from bot.choices import is_opt_out
from bot.phrases import LONGEST
from bot.web import create_app
from core.conversations import Conversation, Message
from core.customers import Customer
from core.errors import NotAllowed
from core.messages import Author, Kind, Sender
from core.persons import get_customer_id
from core.tokens import add_token
from handoff.aftercare.care import Care, CareVisit, send_due_care
from handoff.aftercare.customer_dates import CustomerDate, set_dates
from handoff.aftercare.occasions import (
    LATE,
    DateKind,
    Plan,
    add_months,
    find_occasion,
    list_birthdays,
    list_days,
)
from handoff.kinds import Reason
from handoff.settings import CareSettings
from tests.shop import Shop

AFTER_PURCHASE = Plan(
    kind=DateKind.PURCHASE,
    texts={"zh": "{name}您好，用得顺手吗？", "en": "Hi {name}, still happy?"},
    after_months=(1, 4, 7, 10),
)
BIRTHDAY = Plan(kind=DateKind.BIRTHDAY, texts={"zh": "{name}，生日快乐！", "en": "Happy birthday, {name}!"})
RENEWAL = Plan(kind=DateKind.RENEWAL, texts={"zh": "该续了", "en": "Time to renew"}, before_days=(14,))
CARE = CareSettings(plans={"after_purchase": AFTER_PURCHASE, "birthday": BIRTHDAY, "renewal": RENEWAL})


@pytest.fixture
async def caring(shop: Shop) -> AsyncIterator[Shop]:
    """A shop that visits, on 23 November 2026."""
    shop.change_desk(care=CARE)
    yield shop


async def writes(shop: Shop, text: str = "运费多少", **where: Any) -> list[Message]:
    return await shop.customer_says(
        text, **{"customer": "wang", "sender": Sender(external_id="wang", name="王小明"), **where}
    )


async def newest(shop: Shop, chat: str) -> Message:
    """What was said last there."""
    async with shop.database.read() as session:
        conversation_id = await session.scalar(select(Conversation.id).where(Conversation.chat == chat))
    assert conversation_id is not None
    return (await shop.record(conversation_id))[-1]


async def knows(shop: Shop, *, consents: bool = True, who: str = "api:wang", **days: date | None) -> None:
    """The shop tells dates of a customer."""
    async with shop.database.write() as session:
        customer_id = await get_customer_id(session, who)
        named = {DateKind(kind): day for kind, day in days.items()}
        await set_dates(session, customer_id, named, consents=consents, now=shop.now)


async def visits(shop: Shop) -> list[str]:
    """What was written to customers by a visit so far."""
    async with shop.database.read() as session:
        query = select(Message.text).where(Message.author == Author.SYSTEM).order_by(Message.at)
        return [
            text
            for text in await session.scalars(query)
            if "顺手" in text or "happy" in text or "生日" in text
        ]


async def days_pass(shop: Shop, days: int) -> list[tuple[date, str]]:
    """Day after day at ten; the visits that were made, and when."""
    made: list[tuple[date, str]] = []
    for _ in range(days):
        shop.time_passes(days=1)
        if count := await send_due_care(shop.cases, now=shop.now):
            made += [(shop.now.date(), text) for text in (await visits(shop))[-count:]]
    return made


async def test_after_a_purchase_a_customer_is_visited_in_the_months_of_the_plan_and_each_time_once(
    caring: Shop,
) -> None:
    await writes(caring)
    await knows(caring, purchase=date(2026, 11, 23))
    made = await days_pass(caring, 40)
    caring.time_passes(days=75)
    made += await days_pass(caring, 10)
    assert [day for day, _ in made] == [date(2026, 12, 23), date(2027, 3, 23)]
    assert {text for _, text in made} == {"王小明您好，用得顺手吗？"}
    assert [button["label"] for button in (await newest(caring, "wang")).buttons] == ["不再接收", "转人工"]


async def test_without_consent_nobody_is_visited(caring: Shop) -> None:
    await writes(caring)
    await knows(caring, purchase=date(2026, 10, 23), consents=False)
    assert await days_pass(caring, 5) == []
    await knows(caring, consents=True)
    assert len(await days_pass(caring, 5)) == 1


async def test_a_visit_waits_for_working_hours_for_open_tickets_and_until_the_talk_is_over(
    caring: Shop,
) -> None:
    await writes(caring, "我要人工")
    await knows(caring, purchase=date(2026, 10, 20))
    caring.time_passes(hours=1)
    assert await send_due_care(caring.cases, now=caring.now) == 0
    lin = await caring.agent("小林")
    ticket = await caring.ticket()
    await caring.work.take(ticket.id, lin)
    await caring.work.resolve(ticket.id, lin)
    assert await send_due_care(caring.cases, now=caring.now) == 0  # they have just talked
    caring.time_passes(hours=11)
    assert await send_due_care(caring.cases, now=caring.now) == 0  # 22:00
    caring.time_passes(hours=11)
    assert await send_due_care(caring.cases, now=caring.now) == 1


async def test_who_could_not_be_visited_for_too_long_is_not_visited_late_nor_twice_in_two_weeks(
    caring: Shop,
) -> None:
    await writes(caring)
    await knows(caring, purchase=date(2026, 9, 1), birthday=date(1990, 11, 30))
    assert await days_pass(caring, 6) == []  # the month of the purchase was over weeks ago
    assert [text for _, text in await days_pass(caring, 2)] == ["王小明，生日快乐！"]
    await knows(caring, purchase=date(2026, 11, 5))
    assert [day for day, _ in await days_pass(caring, 20)] == [date(2026, 12, 14)]  # due on the 5th


async def test_a_visit_comes_in_the_newest_conversation_and_its_language(caring: Shop) -> None:
    await writes(caring)
    await caring.customer_says("where is my order", customer="other", sender=Sender(external_id="wang"))
    await knows(caring, purchase=date(2026, 10, 23))
    async with caring.database.write() as session:
        await session.execute(update(Customer).values(name=None))
    caring.time_passes(hours=1)
    assert await send_due_care(caring.cases, now=caring.now) == 1
    assert (await newest(caring, "other")).text == "Hi there, still happy?"


async def test_several_clocks_at_once_and_one_that_dies_make_a_visit_once(caring: Shop) -> None:
    for name in ("wang", "li", "zhao"):
        await writes(caring, customer=name, sender=Sender(external_id=name, name=name))
        await knows(caring, who=f"api:{name}", purchase=date(2026, 10, 23))
    caring.time_passes(hours=1)
    dying = asyncio.create_task(send_due_care(caring.cases, now=caring.now))
    await asyncio.sleep(0)
    dying.cancel()
    await asyncio.gather(dying, return_exceptions=True)
    await asyncio.gather(*(Care(caring.cases).step() for _ in range(4)))
    async with caring.database.read() as session:
        assert await session.scalar(select(func.count()).select_from(CareVisit)) == 3
    assert sorted(await visits(caring)) == sorted(
        f"{name}您好，用得顺手吗？" for name in ("wang", "li", "zhao")
    )


@pytest.mark.parametrize(
    ("says", "told"),
    [
        ("press", "以后不再给您发"),
        ("1", "以后不再给您发"),
        ("不再接收", "以后不再给您发"),
        ("退订", "以后不再给您发"),
        ("Unsubscribe", "以后不再给您发"),
        ("stop sending me these", "以后不再给您发"),
    ],
)
async def test_who_has_enough_says_so_in_any_way_and_for_good(caring: Shop, says: str, told: str) -> None:
    await writes(caring)
    await knows(caring, purchase=date(2026, 10, 23), birthday=date(1990, 12, 24))
    caring.time_passes(hours=1)
    await send_due_care(caring.cases, now=caring.now)
    sent: dict[str, Any] = {"kind": Kind.PRESS, "press": "care:stop"} if says == "press" else {}
    for _ in range(2):  # pressed twice, it says the same
        (reply,) = await writes(caring, says if not sent else "不再接收", **sent)
        assert told in reply.text
        sent = {"kind": Kind.PRESS, "press": "care:stop"}
    with pytest.raises(NotAllowed, match="does not want"):
        await knows(caring, renewal=date(2026, 12, 1))
    await knows(caring, renewal=date(2026, 12, 1), consents=False)
    assert await days_pass(caring, 40) == []  # over the birthday


async def test_a_visit_offers_a_person_and_who_gets_no_visits_cannot_unsubscribe(caring: Shop) -> None:
    assert "这句我没太明白" in (await writes(caring, "退订"))[0].text  # may mean something else
    await knows(caring, purchase=date(2026, 10, 23))
    caring.time_passes(hours=1)
    await send_due_care(caring.cases, now=caring.now)
    await writes(caring, "2")
    assert (await caring.ticket()).reason == Reason.WANTS_HUMAN


async def test_an_app_tells_dates_of_its_own_customers(caring: Shop) -> None:
    async with caring.database.write() as session:
        token = await add_token(session, "web-shop", by="lin", now=caring.now)
    await writes(caring, customer="web-shop:u/1", sender=Sender(external_id="web-shop:u1"))
    routes = customer_api.routes(database=caring.database, clock=lambda: caring.now)
    transport = httpx.ASGITransport(app=create_app(database=caring.database, routers=[routes]))
    async with httpx.AsyncClient(transport=transport, base_url="http://shop.test") as http:

        async def put(who: str = "u1", **body: Any) -> tuple[int, str]:
            answer = await http.put(
                f"/api/v1/customers/{who}/dates", json=body, headers={"Authorization": f"Bearer {token}"}
            )
            return answer.status_code, answer.text

        assert (await http.put("/api/v1/customers/u1/dates", json={})).status_code == 401
        assert (await put(consent=True, purchase="2026-10-23", birthday="1990-02-29"))[0] == 422
        assert (await put(consent=True, purchase="2026-10-23", birthday="1992-02-29")) == (204, "")
        assert (await put("u2", consent=True))[0] == 404
        for wrong, field in (
            ({"consent": True, "purchase": "2027-01-01"}, "purchase"),
            ({"consent": True, "birthday": "0090-01-01"}, "birthday"),
            ({"purchase": "2026-01-01"}, "consent"),
            ({"consent": True, "wedding": "2026-01-01"}, "wedding"),
        ):
            status, text = await put(**wrong)
            assert (status, f'"field":"{field}"' in text) == (422, True)
        assert (await put(consent=True, purchase=None))[0] == 204
        async with caring.database.read() as session:
            rows = {row.kind: row for row in await session.scalars(select(CustomerDate))}
        assert (rows["purchase"].day, rows["birthday"].day) == (None, date(1992, 2, 29))
        await writes(caring, "退订", customer="web-shop:u/1", sender=Sender(external_id="web-shop:u1"))
        assert (await put(consent=True, renewal="2027-01-01"))[0] == 409


# --- Rules --------------------------------------------------------------------------------------------------

days = st.dates(min_value=date(1900, 1, 1), max_value=date(2100, 1, 1))


def test_a_month_after_the_31st_of_january_is_the_last_of_february() -> None:
    assert add_months(date(2027, 1, 31), 1) == date(2027, 2, 28)
    assert add_months(date(2028, 1, 31), 1) == date(2028, 2, 29)
    assert add_months(date(2026, 11, 30), 4) == date(2027, 3, 30)
    assert add_months(date(2026, 12, 31), -1) == date(2026, 11, 30)


@given(days, st.integers(min_value=1, max_value=120))
def test_months_keep_the_day_where_there_is_one_and_never_skip_a_month(day: date, months: int) -> None:
    later = add_months(day, months)
    assert (later.year - day.year) * 12 + later.month - day.month == months
    assert later.day == min(day.day, calendar.monthrange(later.year, later.month)[1])


@given(days, st.integers(min_value=-5, max_value=330), st.sampled_from([AFTER_PURCHASE, RENEWAL]))
def test_what_is_looked_for_in_the_database_is_exactly_what_is_due(day: date, after: int, plan: Plan) -> None:
    today = day + timedelta(days=after if plan is AFTER_PURCHASE else -after // 10)
    occasion = find_occasion(plan, day, today)
    assert (day in list_days(plan, today)) == (occasion is not None)
    if occasion is not None:
        assert occasion <= today <= max(occasion + LATE, day)


@given(days, st.integers(min_value=1901, max_value=2099))
def test_every_birthday_comes_once_a_year_and_that_of_the_29th_of_february_too(born: date, year: int) -> None:
    first = date(year, 1, 1)
    year_days = [first + timedelta(days=number) for number in range(366 if calendar.isleap(year) else 365)]
    found = [each for each in year_days if find_occasion(BIRTHDAY, born, each)]
    assert len(found) == (year > born.year)
    looked = [each for each in year_days if (born.month, born.day) in list_birthdays(each)]
    assert len(looked) == 1 and found in ([], looked)
    if (born.month, born.day) == (2, 29) and found:
        assert found[0].month == 2 and found[0].day == (29 if calendar.isleap(year) else 28)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("退订", True),
        ("请退订！", True),
        ("TD", True),
        ("以后不要再给我发这些了", True),
        ("别再发消息了", True),
        ("please stop", True),
        ("STOP sending me messages", True),
        ("no more of these please", True),
        ("don't send me these anymore", True),
        ("opt out", True),
        ("怎么退订会员", False),
        ("我要退货", False),
        ("不要发顺丰", False),
        ("别发错了", False),
        ("stop my order", False),
        ("please send it", False),
        ("退" * (LONGEST + 1), False),
    ],
)
def test_only_a_message_that_says_no_more_than_that_opts_out(text: str, wanted: bool) -> None:
    assert is_opt_out(text) == wanted
