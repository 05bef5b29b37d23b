"""“What has become of my request?”: customer asks, time passes, agents act."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from core.customers import Identity
from core.ids import new_id
from core.languages import ReplyLanguage
from handoff.numbers import find_number, format_number
from handoff.progress import describe_ticket
from tests.shop import OPEN, Shop

ASK = "我的投诉怎么样了"


async def asks(shop: Shop, text: str = ASK, **where: str) -> str:
    (reply,) = await shop.customer_says(text, **where)
    return reply.text


async def told(shop: Shop, language: ReplyLanguage = "zh") -> str:
    """What a colleague would read out of the newest ticket."""
    ticket = await shop.ticket()
    async with shop.database.read() as session:
        return await describe_ticket(
            session,
            ticket,
            language,
            settings=shop.cases.settings,
            now=shop.now,
        )


async def test_a_ticket_is_told_from_its_beginning_to_its_end(shop: Shop) -> None:
    lin = await shop.agent("小林")
    await shop.on_duty("小林")
    await shop.customer_says("我要人工")
    assert "您今天 10:00 提交的工单 SW-2611-0001 正在排队，还没有同事接手" in await told(shop)
    assert "is in the queue; nobody has taken it yet. Colleagues are on duty" in await told(shop, "en")
    await shop.clocks_run(seconds=1)
    assert "已交给 小林，马上接手。最晚今天 10:15 前给您答复" in await told(shop)
    ticket = await shop.ticket()
    await shop.work.take(ticket.id, lin)
    assert "由 小林 负责，正在处理。最晚今天 10:15 前给您答复，争取周三 10:00 前办完。" in await told(shop)
    assert "You will have an answer here today 10:15 (UTC+8) at the latest" in await told(shop, "en")
    for _ in range(4):
        await shop.stays_awake("小林")
        await shop.clocks_run(minutes=5)
    assert "已经比答应您的时间晚了，主管已收到提醒" in await told(shop)
    assert "later than we promised" in await told(shop, "en")
    await shop.work.reply(ticket.id, lin, "请问订单号？")
    assert "最晚今天 18:20 前给您答复" in await told(shop)
    await shop.work.wait(ticket.id, lin)
    assert "正在等您回复，直接写在这里就行。到周四 10:20 还没等到的话会先结掉" in await told(shop)
    assert "waiting for your answer. Just write it here. It is set aside on Thursday 10:20" in await told(
        shop, "en"
    )
    await shop.work.resolve(ticket.id, lin)
    assert "已由 小林 处理完。周四 10:20 前没有异议就会结案。还没解决就说「转人工」" in await asks(shop)
    assert "is resolved by 小林. We close it on Thursday 10:20" in await told(shop, "en")
    await shop.work.reopen(ticket.id, lin, "还没好")
    assert "已重新打开，已交给 小林" in await told(shop)
    assert "is open again and with 小林, who is about to take it" in await told(shop, "en")
    await shop.work.take(ticket.id, lin)
    await shop.work.resolve(ticket.id, lin)
    await shop.work.confirm(ticket.id, lin)
    shop.time_passes(days=9)
    assert "您11 月 23 日（周一） 10:00 提交的工单 SW-2611-0001 已由 小林 处理完并结案" in await asks(shop)


async def test_tickets_of_all_channels_are_told_open_ones_first_and_nobody_elses(shop: Shop) -> None:
    await shop.customer_says("我要人工", customer="wang")
    async with shop.database.write() as session:
        customer_id = await session.scalar(select(Identity.customer_id).where(Identity.external_id == "wang"))
        assert customer_id is not None
        session.add(Identity(id=new_id(), customer_id=customer_id, channel="pushy", external_id="w-1"))
    lin = await shop.agent("小林")
    for minute in range(1, 5):
        shop.time_passes(minutes=minute)
        await shop.customer_says("我要人工", customer="w-1", channel="pushy")
        ticket = await shop.ticket()
        await shop.work.take(ticket.id, lin)
        await shop.work.resolve(ticket.id, lin)
    lines = (await asks(shop, customer="w-1", channel="pushy")).splitlines()
    assert [number for line in lines for number in [find_number(line)]] == [
        "SW-2611-0001",
        "SW-2611-0005",
        "SW-2611-0004",
    ]
    assert await asks(shop, customer="li") == "进度：答案"


@pytest.mark.parametrize(
    "typed", ["SW-2611-0001", "sw 2611 1", "ＳＷ－２６１１－０００１", "2611-0001", "SW-2611-0001 到哪一步了"]
)
async def test_a_ticket_is_named_as_people_type_it(shop: Shop, typed: str) -> None:
    lin = await shop.agent("小林")
    await shop.customer_says("我要人工", customer="wang")
    ticket = await shop.ticket()
    await shop.work.take(ticket.id, lin)
    await shop.work.resolve(ticket.id, lin)
    assert "提交的工单 SW-2611-0001 已由 小林 处理完" in await asks(shop, typed, customer="wang")
    await shop.customer_says("运费多少", customer="li")
    reply = await asks(shop, typed, customer="li")
    if "sw" in typed.lower() or "ｗ" in typed.lower():
        assert "您名下没有查到工单 SW-2611-0001" in reply and "小林" not in reply
    else:
        assert "这句我没太明白" in reply  # may be a telephone number


@given(
    st.integers(min_value=1, max_value=10**6),
    st.dates(),
    st.sampled_from(["", "查一下 ", "ticket ", "订单A1，"]),
)
def test_a_number_is_found_among_other_words(number: int, day: object, before: str) -> None:
    written = format_number(number, OPEN.date() + timedelta(days=number % 900))
    assert find_number(f"{before}{written}怎么样了") == written
    assert find_number(f"{before}{written[3:]}") is None
