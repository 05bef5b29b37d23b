"""What is suggested to an agent: from the knowledge base, from colleagues, and canned; whom each is for, and what is left out."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import date
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text, update
from sqlalchemy.dialects import postgresql, sqlite

from core.customers import Customer
from core.database import Database
from core.errors import NotAllowed, NotFound
from handoff.history import replay
from handoff.impersonal import make_impersonal
from handoff.likeness import likeness, profile
from handoff.privacy.erasure import erase_customers
from handoff.similar import SIMILAR_TICKETS, Said, choose_said
from handoff.suggesting import Suggesting, Suggestions, answers_of
from handoff.tickets import Ticket
from handoff.topics import Near
from nlu.knowledge.entries import CannedReply, File, KnowledgeBase
from nlu.knowledge.live import LiveKnowledge
from nlu.knowledge.versions import add_version, make_live
from tests.doubles import ACTIONS, KNOWLEDGE
from tests.shop import Shop, open_shop

REPLIES = {
    reply.id: reply
    for reply in (
        CannedReply(
            id="hi",
            title={"zh": "问候", "en": "Greeting"},
            text={
                "zh": "您好[，{customer}]！我是{shop}{queue}的{agent}，工单{number}。",
                "en": "Hello[ {customer}], {agent} here.",
            },
        ),
        CannedReply(
            id="sorry",
            title={"zh": "道歉", "en": "Sorry"},
            text={"zh": "对不起", "en": "Sorry"},
            queues=("care",),
        ),
    )
}


async def publish(shop: Shop, knowledge: KnowledgeBase) -> None:
    async with shop.database.write() as session:
        number = await add_version(session, knowledge, by="li", note="", now=shop.now)
        await make_live(session, number, by="li", note="", now=shop.now)


@pytest.fixture
async def shop(database: Database) -> AsyncIterator[Shop]:
    async with open_shop(database) as shop:
        await publish(shop, replace(KNOWLEDGE, replies=REPLIES))
        yield shop


async def opened(shop: Shop, *said: str, customer: str = "c1", name: str | None = None) -> Ticket:
    """What a customer says ends with a person; 小林 takes it."""
    for each in said:
        await shop.customer_says(each, customer=customer)
    ticket = await shop.ticket()
    if name:
        async with shop.database.write() as session:
            query = update(Customer).where(Customer.id == ticket.customer_id)
            await session.execute(query.values(name=name))
    await shop.work.take(ticket.id, await shop.agent("小林"))
    return ticket


async def suggested(shop: Shop, ticket: Ticket, name: str = "小林") -> Suggestions:
    suggesting = Suggesting(shop.cases, LiveKnowledge(shop.database), shop={"zh": "好物", "en": "Goods"})
    return await suggesting.suggest(ticket.id, await shop.agent(name))


async def answered(
    shop: Shop, customer: str, *replies: str, asked: Sequence[str] = ("我的订单到哪了", "我要人工")
) -> Ticket:
    """An earlier ticket: asked, answered, resolved."""
    ticket = await opened(shop, *asked, customer=customer)
    for reply in replies:
        await shop.work.reply(ticket.id, await shop.agent("小林"), reply)
    await shop.work.resolve(ticket.id, await shop.agent("小林"))
    return ticket


async def topic(shop: Shop) -> str | None:
    return (await shop.ticket()).topic


async def near(shop: Shop, number: int = -1) -> list[str]:
    events = await shop.events(await shop.ticket())
    found = [event.data["near"] for event in events if "near" in event.data]
    return [each["entry"] for each in found[number]] if found else []


async def test_the_topic_is_what_was_asked_before_the_customer_wished_for_a_person(shop: Shop) -> None:
    await opened(shop, "我的订单到哪了", "我要人工")
    assert await topic(shop) == "order_status" and await near(shop) == ["order_status"]


async def test_the_topic_follows_what_the_customer_writes_to_people_but_not_small_talk(shop: Shop) -> None:
    ticket = await opened(shop, "我要人工")
    assert await topic(shop) is None and await near(shop) == []
    await shop.customer_says("那个东西怎么弄")
    assert await topic(shop) == "order_status" and await near(shop) == ["order_status", "delivery_fee"]
    await shop.customer_says("运费多少")  # short
    await shop.customer_says("我不知道你在说什么呢")  # near to nothing
    assert await topic(shop) == "order_status"
    async with shop.database.read() as session:
        now = await session.get_one(Ticket, ticket.id)
        assert replay(await shop.events(now)) == now.facts


async def test_the_answers_of_the_knowledge_base_come_in_the_customers_language(shop: Shop) -> None:
    chinese = await opened(shop, "我的订单到哪了", "我要人工")
    assert [(each.key, each.text) for each in (await suggested(shop, chinese)).answers] == [
        ("answer:order_status", "订单到哪了：答案")
    ]
    english = await opened(shop, "where is my order", "agent please", customer="c2")
    found = await suggested(shop, english)
    assert [each.text for each in found.answers] == ["Where is my order: the answer"]
    assert found.canned[0].text == "Hello, 小林 here."


async def test_what_is_live_now_is_suggested(shop: Shop) -> None:
    ticket = await opened(shop, "我的订单到哪了", "我要人工")
    live = LiveKnowledge(shop.database)
    first, *others = await asyncio.gather(*(live.find() for _ in range(8)))
    assert all(each is first for each in others)  # parsed once, also for those who come at the same time
    entry = replace(KNOWLEDGE.entries["order_status"], answers={"zh": "新答案", "en": "new"})
    await publish(shop, KnowledgeBase({"order_status": entry}))
    suggesting = Suggesting(shop.cases, live, shop={})
    found = await suggesting.suggest(ticket.id, await shop.agent("小林"))
    assert [each.text for each in found.answers] == ["新答案"] and found.canned == []


async def test_canned_replies_are_filled_in_and_of_the_tickets_queue(shop: Shop) -> None:
    ticket = await opened(shop, "我要人工")
    (hi,) = (await suggested(shop, ticket)).canned
    assert hi.text == f"您好！我是好物客服的小林，工单{ticket.number}。"
    named = await opened(shop, "你们太差劲了", customer="c2", name="王芳")
    assert [each.text for each in (await suggested(shop, named)).canned] == [
        f"您好，王芳！我是好物投诉的小林，工单{named.number}。",
        "对不起",
    ]


async def test_colleagues_answers_to_the_like_come_best_first_and_without_whom_they_were_about(
    shop: Shop,
) -> None:
    await answered(shop, "c1", "稍等", "您的包裹在路上，预计明天送到，电话 13812345678")
    await answered(shop, "c2", "运费满八十八元就免了，王先生", asked=("运费多少", "我要人工"))
    english = ("where is my order", "agent please")
    await answered(shop, "c3", "It is on its way to you", asked=english)
    ticket = await opened(shop, "我的订单到哪了", "我要人工", customer="c9")
    found = (await suggested(shop, ticket)).colleagues
    assert [(each.text, each.by) for each in found] == [
        ("您的包裹在路上，预计明天送到，电话 138****5678", "小林")
    ]
    assert "我的订单到哪了" in found[0].title["zh"]


async def test_an_answer_is_an_example_in_its_last_wording_and_none_when_it_was_taken_back(
    shop: Shop,
) -> None:
    lin = await shop.agent("小林")
    for customer in ("c1", "c2", "c3"):
        ticket = await opened(shop, "我的订单到哪了", "我要人工", customer=customer)
        said = await shop.work.reply(ticket.id, lin, f"您的包裹在路上，预计后天会送到 {customer} 家里")
        if customer == "c1":
            await shop.work.reply(ticket.id, lin, "系统显示正在中转的路上")
            await shop.work.withdraw(ticket.id, lin, said)
        elif customer == "c2":
            await shop.work.correct(ticket.id, lin, said, "包裹卡在了海关那里")
        else:
            await shop.work.withdraw(ticket.id, lin, said)
        await shop.work.resolve(ticket.id, lin)
    ticket = await opened(shop, "我的订单到哪了", "我要人工", customer="c9")
    found = (await suggested(shop, ticket)).colleagues
    assert {each.text for each in found} == {"系统显示正在中转的路上", "包裹卡在了海关那里"}


async def test_of_several_tickets_the_one_whose_customer_was_content_goes_first(shop: Shop) -> None:
    for customer, reply in (("c1", "今天之内会派送到您家里"), ("c2", "包裹卡在了海关那里")):
        await answered(shop, customer, reply)
        await shop.customer_says("已解决", customer=customer)
        await shop.customer_says("1" if customer == "c2" else "5", customer=customer)
    await answered(shop, "c3", "系统显示正在中转的路上")
    ticket = await opened(shop, "我的订单到哪了", "我要人工", customer="c9")
    found = (await suggested(shop, ticket)).colleagues
    assert [each.text for each in found] == [
        "今天之内会派送到您家里",
        "系统显示正在中转的路上",
        "包裹卡在了海关那里",
    ]
    assert [each.liked for each in found] == [True, False, False]


async def test_what_is_open_again_or_never_was_resolved_is_nobodys_example(shop: Shop) -> None:
    again = await answered(shop, "c1", "您的包裹明天会送到的")
    await shop.work.reopen(again.id, await shop.agent("小林"), "还没好")
    ticket = await opened(shop, "我的订单到哪了", "我要人工", customer="c9")
    assert (await suggested(shop, ticket)).colleagues == []


async def test_of_an_erased_customer_nothing_is_an_example_and_the_topic_stays(shop: Shop) -> None:
    erased = await answered(shop, "c1", "您的包裹明天会送到的")
    async with shop.database.write() as session:
        await erase_customers(session, [erased.customer_id])
    ticket = await opened(shop, "我的订单到哪了", "我要人工", customer="c9")
    assert (await suggested(shop, ticket)).colleagues == []
    async with shop.database.read() as session:
        now = await session.get_one(Ticket, erased.id)
        assert replay(await shop.events(now)).topic == now.topic == "order_status"


async def test_only_who_holds_the_ticket_is_suggested_anything(shop: Shop) -> None:
    ticket = await opened(shop, "我要人工")
    with pytest.raises(NotAllowed):
        await suggested(shop, ticket, "小魏")
    await shop.work.resolve(ticket.id, await shop.agent("小林"))
    with pytest.raises(NotAllowed):
        await suggested(shop, ticket)
    suggesting = Suggesting(shop.cases, LiveKnowledge(shop.database), shop={})
    with pytest.raises(NotFound):
        await suggesting.suggest(uuid4(), await shop.agent("小林"))


async def test_before_anything_is_published_there_is_nothing_to_suggest(database: Database) -> None:
    async with open_shop(database) as shop:
        ticket = await opened(shop, "我的订单到哪了", "我要人工")
        assert await suggested(shop, ticket) == Suggestions(answers=[], colleagues=[], canned=[])


async def test_the_newest_of_a_topic_are_found_by_an_index(database: Database) -> None:
    dialect: Any = sqlite.dialect() if database.is_sqlite else postgresql.dialect()  # type: ignore[no-untyped-call]
    values = {"topic": "a", "language": "zh", "ticket": uuid4()}
    compiled = SIMILAR_TICKETS.params(**values).compile(
        dialect=dialect, compile_kwargs={"literal_binds": True}
    )
    explain = "EXPLAIN QUERY PLAN" if database.is_sqlite else "EXPLAIN"
    async with database.read() as session:
        if not database.is_sqlite:  # an empty table is read as a whole otherwise
            for way in ("seqscan", "bitmapscan"):
                await session.execute(text(f"SET LOCAL enable_{way} = off"))
        plan = str([tuple(row) for row in await session.execute(text(f"{explain} {compiled}"))])
    assert "ix_tickets_topic" in plan and "sort" not in plan.lower() and "b-tree" not in plan.lower(), plan


def test_entries_that_say_nothing_today_are_left_out_and_files_come_as_addresses() -> None:
    near = [Near(entry=each, probability=0.9) for each in ("old_sale", "ticket_progress", "gone", "manual")]
    (found,) = answers_of(ACTIONS, near, "zh", "pushy", today=date(2026, 11, 23))
    assert found.text.splitlines() == [
        "说明书：短答案",
        "说明书.pdf: https://shop.example/m.pdf",
        "图.png: https://shop.example/m.png",
    ]
    assert isinstance(ACTIONS.entries["manual"].attachments[0], File)


def said(text: str, question: str = "包裹到哪了", **changes: Any) -> Said:
    facts: dict[str, Any] = {"message_id": uuid4(), "by": "小林", "liked": None, "of_the_topic": True}
    return Said(text=text, question=question, **{**facts, **changes})


def test_the_same_answer_is_suggested_once_and_not_beside_the_knowledge_base() -> None:
    texts = ["您的包裹明天会送到", "您的包裹，明天会送到！", "包裹在海关，请您再等三天", "好的"]
    chosen = choose_said([said(each) for each in texts], "包裹到哪了", ["包裹在海关，请您再等三天。"])
    assert [each.text for each in chosen] == ["您的包裹明天会送到"]


def test_what_answers_the_same_question_goes_before_what_is_only_of_the_same_topic() -> None:
    chosen = choose_said(
        [
            said("这是另外一件事的答案", "收件人的名字写错了"),
            said("这是同一件事的答案", "我的包裹到哪里了呀"),
        ],
        "包裹到哪了呢",
        [],
    )
    assert [each.text for each in chosen] == ["这是同一件事的答案", "这是另外一件事的答案"]


@pytest.mark.parametrize(
    ("text", "name", "plain"),
    [
        ("王先生您好，欧阳女士也在", None, "*先生您好，*女士也在"),
        ("王芳您好，尾号请看 QH20261122 和 SF1234567890", "王芳", "***您好，尾号请看 *** 和 ***"),
        ("Dear Peter, Ms. Mary Smith called", None, "Dear ***, Ms *** called"),
        ("寄到 li@example.com", None, "寄到 l***@example.com"),
        ("下单后1到5个工作日，3.5折，2026-11-23 前", None, "下单后1到5个工作日，3.5折，2026-11-23 前"),
        ("Hi there, the fee is 88 yuan", None, "Hi there, the fee is 88 yuan"),
    ],
)
def test_another_customers_name_and_numbers_are_taken_out(text: str, name: str | None, plain: str) -> None:
    assert make_impersonal(text, names=[name] if name else []) == plain


def test_likeness_goes_from_nothing_to_the_same() -> None:
    one = profile("退款什么时候到账")
    assert likeness(one, profile("退款 什么时候到账？")) == pytest.approx(1)
    assert likeness(one, profile("where is it")) == 0 == likeness(profile(""), profile(""))
    assert likeness(one, profile("退款多久能到账")) > likeness(one, profile("怎么开发票"))
