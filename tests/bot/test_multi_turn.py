"""More than one turn: follow-ups, corrections, two questions at once, another language, choices in words."""

from collections.abc import AsyncIterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.decisions import Policy
from bot.phrases import (
    LAST,
    find_choice,
    find_correction,
    find_language,
    is_cancel,
    is_question,
    is_unknown,
    may_follow,
    refers_back,
    split_questions,
)
from bot.readings import among, readings
from bot.turn import Brain
from core.conversations import Message
from handoff.kinds import Reason
from nlu.knowledge.entries import KnowledgeBase
from tests.doubles import BY_HEART, KNOWLEDGE, ByHeart, understood
from tests.shop import Shop

KNOWN = {
    **BY_HEART,
    # "那新疆呢" says little by itself; after the fee it asks for the fee again, after the order for a delay.
    "那新疆呢": understood("order_status", 0.3),
    "运费多少 那新疆呢": understood("delivery_fee", 0.97),
    "我的订单到哪了 那新疆呢": understood("delivery_delay", 0.9),
    "我的订单到哪了 那新疆呢 再晚呢": understood("ticket_progress", 0.9),
    "再晚呢": understood("order_status", 0.3),
    # Clear by itself, and another thing clearly together with what came before.
    "多久": understood("delivery_delay", 0.7),
    "运费多少 多久": understood("ticket_progress", 0.9),
    "我的订单到哪了 多久": understood("ticket_progress", 0.7),
    "那晚到呢": understood("delivery_delay", 0.55),
    "运费多少 那晚到呢": understood("delivery_fee", 0.97, alternatives={"ticket_progress": 0.02}),
    "乱七八糟": understood("delivery_delay", 0.03),
    "运费多少 乱七八糟": understood("delivery_fee", 0.98),
    "我问的是运费": understood("order_status", 0.9),
    "不是，我问的是运费": understood("order_status", 0.9),
    "运费": understood("order_status", 0.5, alternatives={"delivery_fee": 0.45}),
    "不是，我问的是那个": understood("order_status", 0.9),
    "那个": understood("order_status", 0.5, alternatives={"delivery_fee": 0.1}),
    "运费多少？晚到怎么办": understood("delivery_fee", 0.7),
    "运费多少?": understood("delivery_fee", 0.9),
    "晚到怎么办": understood("delivery_delay", 0.9),
    "运费多少？怎么弄": understood("delivery_fee", 0.4),
    "怎么弄": understood("order_status", 0.3),
    "怎么弄？多久？": understood("order_status", 0.2),
    "怎么弄?": understood("order_status", 0.3),
    "多久?": understood("delivery_fee", 0.3, alternatives={"delivery_delay": 0.2}),
    "运费多少？怎么算": understood("delivery_fee", 0.97),
    "怎么算": understood("order_status", 0.8),
    "怎么退，你们太差劲了？": understood("order_status", 0.9, complaint=True),
    "iPhone": understood("order_status", 0.02, language="en"),
    "QH20261122": understood("order_status", 0.02, language="en"),
    "请用英文": understood("order_status", 0.1),
    "in Chinese please": understood("order_status", 0.1, language="en"),
    "in English please": understood("order_status", 0.1, language="en"),
    "运费多少，请用英文回答": understood("order_status", 0.2),
}
KNOWN["运费多少"] = understood("delivery_fee", 0.95, alternatives={"order_status": 0.2})


@pytest.fixture
async def talk(shop: Shop) -> AsyncIterator[Shop]:
    """The shop, with an interpreter that knows these dialogues by heart."""
    shop.turns.brain = Brain(interpreter=ByHeart(KNOWN), knowledge=KNOWLEDGE, policy=Policy(answer_at=0.6))
    yield shop


async def says(shop: Shop, *texts: str) -> Message:
    """The one reply to the last of these."""
    for text in texts:
        (reply,) = await shop.customer_says(text)
        shop.time_passes(seconds=20)
    return reply


# --- Follow-ups ---------------------------------------------------------------------------------------------


async def test_a_follow_up_is_understood_with_what_came_before(talk: Shop) -> None:
    assert (await says(talk, "我的订单到哪了", "那新疆呢")).text == "晚到：答案"


async def test_it_may_mean_the_same_entry_again_where_its_form_says_so(talk: Shop) -> None:
    assert (await says(talk, "运费多少", "那新疆呢")).text == "运费：答案"


async def test_it_does_not_where_it_means_something_else_more_likely_than_not(talk: Shop) -> None:
    reply = await says(talk, "运费多少", "那晚到呢")
    assert [button["action"] for button in reply.buttons] == ["entry:delivery_delay", "human"]


async def test_what_was_talked_about_and_is_gone_draws_nothing_to_another_entry(talk: Shop) -> None:
    await says(talk, "运费多少")
    rest = {key: entry for key, entry in KNOWLEDGE.entries.items() if key != "delivery_fee"}
    known = KNOWN | {"运费多少 那新疆呢": understood("delivery_delay", 0.97)}
    talk.turns.brain = Brain(
        interpreter=ByHeart(known), knowledge=KnowledgeBase(rest), policy=Policy(answer_at=0.6)
    )
    assert (await says(talk, "那新疆呢")).entry is None


async def test_words_that_say_nothing_do_not_get_the_last_answer_again(talk: Shop) -> None:
    assert (await says(talk, "运费多少", "乱七八糟")).entry is None


async def test_a_clear_message_yields_only_to_much_certainty(talk: Shop) -> None:
    assert (await says(talk, "运费多少", "多久")).text == "进度：答案"
    assert (await says(talk, "我的订单到哪了", "多久")).text == "晚到：答案"


async def test_follow_ups_follow_each_other(talk: Shop) -> None:
    assert (await says(talk, "我的订单到哪了", "那新疆呢", "再晚呢")).text == "进度：答案"


async def test_a_follow_up_survives_a_misunderstanding_between(talk: Shop) -> None:
    assert (await says(talk, "我的订单到哪了", "啥也不是", "那新疆呢")).text == "晚到：答案"


async def test_what_was_said_an_hour_ago_is_no_topic_any_more(talk: Shop) -> None:
    await says(talk, "我的订单到哪了")
    talk.time_passes(hours=1)
    assert (await says(talk, "那新疆呢")).entry is None


async def test_messages_of_one_turn_follow_each_other_too_in_one_call(talk: Shop) -> None:
    interpreter = talk.turns.brain.interpreter
    assert isinstance(interpreter, ByHeart)
    receipt = await talk.customer_sends("我的订单到哪了")
    await talk.customer_sends("那新疆呢")
    await talk.customer_sends("运费多少", customer="other")
    await talk.handle()
    replies = [
        message.text for message in await talk.record(receipt.conversation_id) if message.author == "bot"
    ]
    assert replies == ["订单到哪了：答案", "晚到：答案"]
    assert len(interpreter.calls) == 1


async def test_a_conversation_owned_by_a_person_costs_one_reading_a_message(talk: Shop) -> None:
    interpreter = talk.turns.brain.interpreter
    assert isinstance(interpreter, ByHeart)
    await says(talk, "我的订单到哪了", "我要人工")
    await talk.customer_says("那运费多少？晚到怎么办")
    assert interpreter.calls[-1] == ["那运费多少？晚到怎么办"]


# --- Corrections --------------------------------------------------------------------------------------------


async def test_a_correction_is_understood_without_what_was_rejected(talk: Shop) -> None:
    assert (await says(talk, "我的订单到哪了", "不是，我问的是运费")).text == "运费：答案"


async def test_a_correction_that_stays_unclear_is_a_rejection(talk: Shop) -> None:
    reply = await says(talk, "我的订单到哪了", "不是，我问的是那个")
    assert reply.text.startswith("没答到点上")
    assert [button["action"] for button in reply.buttons] == ["entry:delivery_fee", "human"]


async def test_a_correction_with_nothing_left_is_a_rejection(talk: Shop) -> None:
    assert (await says(talk, "我的订单到哪了", "不是这个")).text.startswith("没答到点上")


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("no, I meant the exchange", "exchange"),
        ("不是，我问的是换货", "换货"),
        ("不是 我問的是換貨", "换货"),
        ("I said refund not return", "refund"),
        ("不是退货，是换货", "换货"),
        ("我问的是退款，不是退货", "退款"),
        ("no, the exchange", "exchange"),
        ("not the return, the exchange", "exchange"),
        ("wrong, I was asking about the refund", "refund"),
        ("no, not that. I mean the invoice", "invoice"),
        ("你理解错了，我想问发票", "发票"),
    ],
)
def test_the_opening_of_a_correction_is_taken_off(text: str, rest: str) -> None:
    assert find_correction(text) == rest


@pytest.mark.parametrize(
    "text",
    [
        "不是说好三天到吗",
        "no problem",
        "not working, please help",
        "不是",
        "no thanks",
        "我问的不是这个",
        "是不是正品",
    ],
)
def test_what_only_looks_like_a_correction_is_left_alone(text: str) -> None:
    assert find_correction(text) is None


# --- Several questions --------------------------------------------------------------------------------------


async def test_two_clear_questions_are_answered_in_one_reply_in_their_order(talk: Shop) -> None:
    reply = await says(talk, "运费多少？晚到怎么办")
    assert reply.text == "运费：答案\n\n晚到：答案"
    assert reply.facts == {"entries": ["delivery_fee", "delivery_delay"]}
    await says(talk, "我要人工")
    (ticket,) = await talk.tickets()
    assert ticket.summary["tried"] == ["delivery_fee", "delivery_delay"]


async def test_of_two_questions_the_clear_one_is_answered_and_the_other_offered(talk: Shop) -> None:
    reply = await says(talk, "运费多少？怎么弄")
    assert reply.text == "运费：答案"
    assert [button["action"] for button in reply.buttons] == ["entry:order_status"]


async def test_of_two_unclear_questions_both_are_offered(talk: Shop) -> None:
    reply = await says(talk, "怎么弄？多久？")
    assert [button["action"] for button in reply.buttons] == [
        "entry:order_status",
        "entry:delivery_fee",
        "entry:delivery_delay",
        "human",
    ]


async def test_one_clear_question_is_not_torn_apart(talk: Shop) -> None:
    assert (await says(talk, "运费多少？怎么算")).text == "运费：答案"


async def test_a_complaint_among_questions_is_heard(talk: Shop) -> None:
    await says(talk, "怎么退，你们太差劲了？")
    (ticket,) = await talk.tickets()
    assert ticket.reason == Reason.COMPLAINT


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("运费多少？几天能到", ("运费多少?", "几天能到")),
        ("运费多少，几天能到", ("运费多少", "几天能到")),
        ("how do I return it and when do I get the money", ("how do i return it", "when do i get the money")),
        ("cancel my order, also reset my password", ("cancel my order", "reset my password")),
        ("我要退货。还有发票怎么开", ("我要退货", "发票怎么开")),
        ("东西坏了，怎么退货？多久退款？", ("东西坏了 怎么退货?", "多久退款?")),
    ],
)
def test_questions_are_told_apart(text: str, parts: tuple[str, ...]) -> None:
    assert split_questions(text) == parts


@pytest.mark.parametrize(
    "text",
    [
        "东西坏了，怎么退货",
        "怎么退货？急急急",
        "这件还有货吗",
        "在吗？怎么退货？",
        "return and exchange policy",
        "退货",
        "？？",
    ],
)
def test_one_question_stays_one(text: str) -> None:
    assert split_questions(text) == ()


# --- Another language ---------------------------------------------------------------------------------------


async def test_the_last_answer_is_repeated_in_the_language_that_is_asked_for(talk: Shop) -> None:
    assert (await says(talk, "运费多少", "in English please")).text == "Delivery fee: the answer"
    assert (await says(talk, "in Chinese please")).text == "运费：答案"
    assert (
        await says(talk, "请用英文", "那新疆呢")
    ).text == "运费：答案"  # the customer writes Chinese again


async def test_the_last_offer_is_repeated_too_and_is_no_miss(talk: Shop) -> None:
    reply = await says(talk, "那个东西怎么弄", "请用英文")
    assert reply.text.startswith("Let me make sure")
    assert [button["label"] for button in reply.buttons] == [
        "Where is my order",
        "Delivery fee",
        "Progress",
        "Talk to a person",
    ]
    assert await talk.tickets() == []


async def test_a_language_asked_for_at_the_beginning_is_kept(talk: Shop) -> None:
    assert (await says(talk, "请用英文")).text.startswith("Sure, in English from now on")
    assert (await says(talk, "QH20261122")).text.startswith("I did not quite get that")


async def test_a_language_is_asked_for_beside_a_question(talk: Shop) -> None:
    assert (await says(talk, "运费多少，请用英文回答")).text == "Delivery fee: the answer"


@pytest.mark.parametrize("text", ["iPhone", "QH20261122"])
async def test_a_name_or_a_number_is_no_other_language(talk: Shop, text: str) -> None:
    assert (await says(talk, "我的订单到哪了", text)).text.startswith("这句我没太明白")


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("in English please", "en"),
        ("English please!", "en"),
        ("说中文", "zh"),
        ("请用中文回答，谢谢", "zh"),
        ("Can you speak Chinese?", "zh"),
        ("能說英文嗎", "en"),
    ],
)
def test_requests_for_a_language(text: str, language: str) -> None:
    assert find_language(text) == (language, "")


@pytest.mark.parametrize(
    "text", ["有英文说明书吗", "do you have an english manual", "英文发票怎么开", "运费"]
)
def test_a_language_that_is_only_mentioned_is_not_asked_for(text: str) -> None:
    assert find_language(text) is None


# --- Choices in words ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["第二个", "the second one", "2", "选2", "option 2", "2号"])
async def test_an_offer_is_chosen_in_words(talk: Shop, text: str) -> None:
    assert (await says(talk, "那个东西怎么弄", text)).text == "运费：答案"


@pytest.mark.parametrize(("text", "answer"), [("前面那个", "订单到哪了：答案"), ("最后一个", "进度：答案")])
async def test_an_offer_is_chosen_by_its_place(talk: Shop, text: str, answer: str) -> None:
    assert (await says(talk, "那个东西怎么弄", text)).text == answer


async def test_without_an_offer_a_place_chooses_nothing(talk: Shop) -> None:
    assert (await says(talk, "我的订单到哪了", "第二个")).entry is None


@pytest.mark.parametrize(
    ("text", "choice"),
    [
        ("第一个吧", 1),
        ("the last one", LAST),
        ("No. 3", 3),
        ("两个", None),
        ("第二天到", None),
        ("one", None),
    ],
)
def test_places_in_words(text: str, choice: int | None) -> None:
    assert find_choice(text) == choice


# --- Readings -----------------------------------------------------------------------------------------------


def test_a_message_without_anything_special_is_read_once() -> None:
    assert readings("怎么申请退货", None).texts == ["怎么申请退货"]
    assert readings("我上个星期在你们这里买的那台洗衣机一直没有送到家里来", "运费多少").texts == [
        "我上个星期在你们这里买的那台洗衣机一直没有送到家里来"
    ]
    assert readings("那新疆呢", "运费多少").texts == ["那新疆呢", "运费多少 那新疆呢"]


def test_what_is_excluded_leaves_its_chances_to_its_siblings_only() -> None:
    sibling = among(understood("gone", 0.5, alternatives={"here": 0.45, "there": 0.01}), {"here", "there"})
    assert sibling.intent == "here"
    assert sibling.confidence == pytest.approx(0.9)
    stranger = among(understood("gone", 0.95, alternatives={"here": 0.03}), {"here"})
    assert stranger.confidence == pytest.approx(0.06)
    assert among(understood("gone", 0.95), {"here"}).confidence == 0


WORDS = (
    "不是 我 问的是 no not i meant , ， ？ ? and 还有 那 呢 怎么 the in english please 用 中文 第 二 个 1 。 了 啊 退货 "
    "how 没有 算了 cancel also"
)
words = st.sampled_from(WORDS.split())


@given(st.lists(words, max_size=60).map("".join) | st.lists(words, max_size=60).map(" ".join) | st.text())
def test_any_text_has_readings(text: str) -> None:
    for context in (None, "运费多少"):
        read = readings(text, context)
        assert all(each.strip() for each in read.parts)
        assert len(read.texts) <= 6
        assert not text or text in read.texts
    for check in (is_question, is_cancel, is_unknown, refers_back, may_follow, find_choice):
        check(text)
