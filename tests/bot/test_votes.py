"""Customers say of answers whether they helped: one press, one vote, and what follows from it."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.turns import Turns
from core.conversations import Conversation, Message
from core.database import Database
from core.messages import Kind
from core.persons import read_person
from handoff.gaps.tables import GapMessage
from handoff.privacy.erasure import erase_customers
from handoff.reporting.cells import Figure
from handoff.reporting.figures import Period
from handoff.reporting.keeper import Keeper
from handoff.reporting.reads import read_cells
from handoff.reporting.uses import Use, read_uses
from handoff.votes import AnswerVote
from tests.handoff.reporting.counting import assert_equals_recount
from tests.shop import Shop, open_shop

YES, NO = "👍 有帮助", "👎 没帮上忙"


@pytest.fixture
async def shop(database: Database) -> AsyncIterator[Shop]:
    async with open_shop(database) as shop:
        shop.turns = Turns(
            database,
            shop.wakeups,
            brain=replace(shop.turns.brain, version=7),
            settings=replace(shop.turns._settings, ask_helpful=True),
            clock=lambda: shop.now,
        )
        yield shop


async def vote(shop: Shop, answer: Message, label: str, *, customer: str = "c1") -> list[Message]:
    action = next(button["action"] for button in answer.buttons if button["label"] == label)
    return await shop.customer_says(label, kind=Kind.PRESS, press=action, customer=customer)


async def kept(shop: Shop) -> list[tuple[str, int | None, bool]]:
    query = select(AnswerVote).order_by(AnswerVote.at, AnswerVote.message_id)
    async with shop.database.read() as session:
        return [(each.entry, each.version, each.helpful) for each in await session.scalars(query)]


async def noted(shop: Shop) -> Sequence[tuple[str, str, str | None]]:
    query = select(Message.text, GapMessage.why, GapMessage.answered).join(
        Message, Message.id == GapMessage.message_id
    )
    async with shop.database.read() as session:
        return [(text, why, answered) for text, why, answered in await session.execute(query)]


async def test_an_answer_has_the_two_buttons_last_and_nothing_else_has(shop: Shop) -> None:
    (answer,) = await shop.customer_says("运费多少")
    assert [button["label"] for button in answer.buttons][-2:] == [YES, NO]
    (question,) = await shop.customer_says("那个东西怎么弄")
    (notice,) = await shop.customer_says("我要人工")
    for other in (question, notice):
        assert not {YES, NO} & {button["label"] for button in other.buttons}
    (english,) = await shop.customer_says("where is my order", customer="ann")
    assert [button["label"] for button in english.buttons][-2:] == ["👍 Helpful", "👎 Not helpful"]


async def test_where_it_is_turned_off_answers_have_none(database: Database) -> None:
    async with open_shop(database) as shop:
        (answer,) = await shop.customer_says("运费多少")
        assert not {YES, NO} & {button["label"] for button in answer.buttons}


async def test_a_vote_for_an_answer_is_kept_and_thanked_for_once(shop: Shop) -> None:
    (answer,) = await shop.customer_says("运费多少")
    (thanks,) = await vote(shop, answer, YES)
    assert (thanks.text, thanks.buttons) == ("能帮上就好 😊", [])
    assert await vote(shop, answer, YES) == []
    assert await kept(shop) == [("delivery_fee", 7, True)]
    assert await noted(shop) == []


async def test_an_answer_that_did_not_help_is_a_rejected_one(shop: Shop) -> None:
    (answer,) = await shop.customer_says("运费多少")
    (regret,) = await vote(shop, answer, NO)
    assert regret.text.startswith("抱歉没帮上忙，谢谢您告诉我")
    assert regret.buttons[-1]["action"] == "human"
    assert await kept(shop) == [("delivery_fee", 7, False)]
    assert await noted(shop) == [("运费多少", "unhelpful", "delivery_fee")]
    await shop.customer_says("那个东西怎么弄")  # the second miss
    assert len(await shop.tickets()) == 1


async def test_where_one_miss_is_enough_an_answer_that_did_not_help_gets_a_person(shop: Shop) -> None:
    shop.turns.brain = replace(
        shop.turns.brain, policy=replace(shop.turns.brain.policy, misses_before_handoff=1)
    )
    (answer,) = await shop.customer_says("运费多少")
    await vote(shop, answer, NO)
    assert len(await shop.tickets()) == 1


async def test_a_vote_may_be_changed_and_counts_once(shop: Shop) -> None:
    (answer,) = await shop.customer_says("运费多少")
    await vote(shop, answer, NO)
    (thanks,) = await vote(shop, answer, YES)
    assert thanks.text == "能帮上就好 😊"
    assert await kept(shop) == [("delivery_fee", 7, True)]
    zone = shop.cases.settings.calendar.zone
    await assert_equals_recount(shop.database, zone)
    async with shop.database.read() as session:
        cells = await read_cells(session, _lately(shop), (Figure.VOTES,))
    votes = cells.by(Figure.VOTES, 0, 1)
    assert (votes["delivery_fee", "yes"], votes["delivery_fee", "no"]) == (1, 0)


async def test_a_vote_on_an_older_answer_is_thanked_for_and_nothing_is_asked(shop: Shop) -> None:
    (older,) = await shop.customer_says("运费多少")
    await shop.customer_says("我的订单到哪了")
    (regret,) = await vote(shop, older, NO)
    assert regret.text.startswith("抱歉没帮上忙，谢谢您告诉我们")
    assert [button["action"] for button in regret.buttons] == ["human"]
    assert await noted(shop) == [("运费多少", "unhelpful", "delivery_fee")]


async def test_while_a_person_has_the_word_a_vote_is_kept_and_nothing_is_said(shop: Shop) -> None:
    (answer,) = await shop.customer_says("运费多少")
    await shop.customer_says("我要人工")
    ticket = await shop.ticket()
    before = len(await shop.events(ticket))
    assert await vote(shop, answer, NO) == []
    assert await kept(shop) == [("delivery_fee", 7, False)]
    assert len(await shop.events(ticket)) == before  # no agent is called to it


async def test_only_answers_of_the_own_conversation_can_be_voted_on(shop: Shop) -> None:
    (answer,) = await shop.customer_says("运费多少")
    await shop.customer_says("运费多少", customer="c2")
    assert await vote(shop, answer, NO, customer="c2") == []
    for action in ("helpful:", "helpful:x:yes", f"helpful:{answer.id}", f"helpful:{answer.id}:maybe"):
        assert await shop.customer_says("x", kind=Kind.PRESS, press=action) == []
    assert await kept(shop) == []


async def test_votes_and_what_was_only_said_are_counted_in_the_success_of_an_entry(shop: Shop) -> None:
    for customer, label in (("c1", YES), ("c2", NO), ("c3", ""), ("c4", "")):
        (answer,) = await shop.customer_says("运费多少", customer=customer)
        if label:
            await vote(shop, answer, label, customer=customer)
    await shop.customer_says("不是这个", customer="c4")
    await Keeper(shop.database, zone=shop.cases.settings.calendar.zone).count()
    async with shop.database.read() as session:
        use = (await read_uses(session, _lately(shop)))["delivery_fee"]
    assert use == Use(answered=4, rejected=1, handed_over=0, liked=1, disliked=1)
    assert use.success == 0.5


async def test_a_vote_is_exported_and_an_erasure_leaves_what_it_counts(shop: Shop) -> None:
    (answer,) = await shop.customer_says("运费多少")
    await vote(shop, answer, YES)
    before = await assert_equals_recount(shop.database, shop.cases.settings.calendar.zone)
    async with shop.database.read() as session:
        customer_id = (await session.get_one(Conversation, answer.conversation_id)).customer_id
        person = await read_person(session, [customer_id])
    assert [row["helpful"] for row in person["answer_votes"]] == [True]
    async with shop.database.write() as session:
        await erase_customers(session, [customer_id])
    after = await assert_equals_recount(shop.database, shop.cases.settings.calendar.zone)
    assert after["days"] == before["days"]
    assert await kept(shop) == [("delivery_fee", 7, True)]


def _lately(shop: Shop) -> Period:
    today = shop.now.astimezone(shop.cases.settings.calendar.zone).date()
    return Period(start=today - timedelta(days=30), end=today)
