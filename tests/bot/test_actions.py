"""What entries can do beside answering: files, buttons, dates, handing over, collecting."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from bot.decisions import Policy
from bot.turn import Brain
from bot.turns import Turns
from channels.files import public_files
from core.conversations import Conversation, Message, Owner
from core.messages import Attachment, Kind
from core.outbox import claim
from handoff.kinds import Reason
from handoff.life import EventKind
from handoff.tickets import Ticket, TicketEvent
from tests.doubles import ACTIONS, ACTIONS_BY_HEART, ByHeart
from tests.factories import LINKS
from tests.shop import Shop


@pytest.fixture
async def desk(shop: Shop) -> AsyncIterator[Shop]:
    """The shop, with entries that do more than answer."""
    shop.turns.brain = Brain(
        interpreter=ByHeart(ACTIONS_BY_HEART), knowledge=ACTIONS, policy=Policy(answer_at=0.6)
    )
    yield shop


def restart(shop: Shop) -> None:
    """Another worker goes on, with nothing in its memory."""
    shop.turns = Turns(
        shop.database,
        shop.wakeups,
        brain=shop.turns.brain,
        settings=shop.turns._settings,
        clock=lambda: shop.now,
    )


async def says(shop: Shop, text: str, **changes: object) -> str:
    """The one reply to what a customer says."""
    (reply,) = await shop.customer_says(text, **changes)
    return reply.text


def actions(message: Message) -> list[str]:
    return [button["action"] for button in message.buttons]


async def opened(shop: Shop) -> tuple[Ticket, dict[str, object]]:
    """The only ticket, and the facts of its opening."""
    (ticket,) = await shop.tickets()
    async with shop.database.read() as session:
        query = select(TicketEvent).where(TicketEvent.kind == EventKind.OPENED)
        return ticket, (await session.scalars(query)).one().data


async def test_a_channel_has_its_own_answer_and_others_the_common_one(desk: Shop) -> None:
    assert await says(desk, "说明书") == "说明书：答案"
    assert await says(desk, "说明书", channel="pushy") == "说明书：短答案"


async def test_files_and_buttons_come_with_the_answer(desk: Shop) -> None:
    (answer,) = await desk.customer_says("说明书", channel="pushy")
    assert actions(answer) == ["entry:repair", "entry:delivery_fee", "human"]  # "old_sale" is over
    assert [file["ref"] for file in answer.attachments] == [
        "https://shop.example/m.pdf",
        "https://shop.example/m.png",
    ]
    async with desk.database.write() as session:
        (parcel,) = await claim(session, "pushy", now=desk.now, limit=5)
    assert [file.name for file in parcel.attachments] == ["说明书.pdf", "图.png"]


async def test_the_buttons_of_an_answer_are_pressed_typed_and_named(desk: Shop) -> None:
    await desk.customer_says("说明书")
    assert await says(desk, "2") == "运费：答案"
    await desk.customer_says("说明书")
    assert await says(desk, "第二个") == "运费：答案"
    await desk.customer_says("说明书")
    assert await says(desk, "the last one") == "运费：答案"  # the last entry; a person is asked for by name
    await desk.customer_says("说明书")
    assert await says(desk, "运费", kind=Kind.PRESS, press="entry:delivery_fee") == "运费：答案"


async def test_an_entry_is_answered_on_its_days_only(desk: Shop) -> None:
    assert await says(desk, "大促") == "大促：答案"
    desk.now = datetime(2026, 11, 23, 16, 30, tzinfo=UTC)  # 00:30 of the 24th in Shanghai
    (reply,) = await desk.customer_says("大促")
    assert "entry:sale" not in actions(reply)
    assert reply.entry is None


async def test_an_entry_that_is_over_leaves_its_questions_to_a_sibling_but_not_to_a_stranger(
    desk: Shop,
) -> None:
    assert await says(desk, "促销") == "大促：答案"  # both were as likely
    (reply,) = await desk.customer_says("旧大促")  # clearly about the one that is over
    assert reply.entry is None


async def test_an_entry_hands_over_to_its_queue_after_its_answer(desk: Shop) -> None:
    (reply,) = await desk.customer_says("给我回电")
    ticket, facts = await opened(desk)
    assert reply.text.startswith("回电：答案\n\n这件事由同事来办")
    assert (ticket.reason, ticket.queue) == (Reason.ENTRY, "care")
    assert facts["entry"] == reply.entry == "callback"
    async with desk.database.read() as session:
        assert (await session.scalars(select(Conversation.owner))).one() == Owner.HUMAN


async def test_a_queue_that_is_not_there_gives_way_to_the_default_one(desk: Shop) -> None:
    await desk.customer_says("卡丢了")
    ticket, _ = await opened(desk)
    assert ticket.queue == "service"


async def test_fields_are_asked_for_one_by_one_and_are_on_the_ticket(desk: Shop) -> None:
    (first,) = await desk.customer_says("洗衣机坏了")
    assert first.text == "报修：答案\n\n订单号？"
    assert actions(first) == ["skip", "human"]
    assert await says(desk, " QH123456 ") == "故障？"
    restart(desk)
    (last,) = await desk.customer_says("转一会儿就停了")
    assert last.text.startswith("这件事由同事来办")
    ticket, facts = await opened(desk)
    given = {"order": "QH123456", "fault": "转一会儿就停了"}
    assert (ticket.queue, ticket.reason) == ("care", Reason.ENTRY)
    assert ticket.summary["collected"] == facts["collected"] == given
    assert facts["entry"] == "repair"


async def test_a_value_is_found_among_other_words_and_in_full_width(desk: Shop) -> None:
    await desk.customer_says("洗衣机坏了")
    assert await says(desk, "我的单号是QH123456，谢谢") == "故障？"
    await desk.customer_says("洗衣机坏了", customer="other")
    assert await says(desk, "ＱＨ６５４３２１", customer="other") == "故障？"


async def test_a_wrong_reply_gets_the_hint_and_two_are_enough(desk: Shop) -> None:
    await desk.customer_says("洗衣机坏了")
    assert await says(desk, "一二三") == "这不像订单号"
    assert await says(desk, "", kind=Kind.VOICE) == "没关系，先跳过这一项。故障？"
    await desk.customer_says("不转")
    ticket, _ = await opened(desk)
    assert ticket.summary["collected"] == {"fault": "不转"}


@pytest.mark.parametrize("reply", ["没有", "不知道单号", "I don't know", "1", "跳过"])
async def test_what_a_customer_does_not_have_is_left_out(desk: Shop, reply: str) -> None:
    await desk.customer_says("洗衣机坏了")
    assert (await says(desk, reply)).endswith("故障？")


async def test_a_press_of_skip_goes_on_too_and_leaves_nothing_behind(desk: Shop) -> None:
    await desk.customer_says("洗衣机坏了")
    assert await says(desk, "跳过", kind=Kind.PRESS, press="skip") == "没关系，先跳过这一项。故障？"
    await desk.customer_says("不知道")
    ticket, _ = await opened(desk)
    assert "collected" not in ticket.summary


@pytest.mark.parametrize("reply", ["算了", "取消", "never mind"])
async def test_a_customer_may_leave(desk: Shop, reply: str) -> None:
    await desk.customer_says("洗衣机坏了")
    await desk.customer_says(reply)
    assert await desk.tickets() == []
    assert await says(desk, "我的订单到哪了") == "订单到哪了：答案"


@pytest.mark.parametrize(
    ("text", "reason"),
    [("我要人工", Reason.WANTS_HUMAN), ("插座冒烟了", Reason.EMERGENCY), ("你们太差劲了", Reason.COMPLAINT)],
)
async def test_what_needs_a_person_breaks_out_with_what_was_given(
    desk: Shop, text: str, reason: Reason
) -> None:
    await desk.customer_says("洗衣机坏了")
    await desk.customer_says("QH123456")
    await desk.customer_says(text)
    ticket, facts = await opened(desk)
    assert (ticket.reason, ticket.summary["collected"]) == (reason, {"order": "QH123456"})
    assert facts["entry"] == "repair"


async def test_another_question_is_answered_and_the_field_asked_for_once_more(desk: Shop) -> None:
    await desk.customer_says("洗衣机坏了")
    assert await says(desk, "运费多少") == "运费：答案\n\n接着刚才的：订单号？"
    (left,) = await desk.customer_says("我的订单到哪了")
    assert left.text == "订单到哪了：答案"
    assert actions(left) == ["entry:repair", "human"]
    assert await says(desk, "报修", kind=Kind.PRESS, press="entry:repair") == "报修：答案\n\n订单号？"


@pytest.mark.parametrize("reply", ["不是这个", "不是，我问的是运费"])
async def test_who_did_not_mean_it_is_not_asked_for_fields(desk: Shop, reply: str) -> None:
    await desk.customer_says("洗衣机坏了")
    (answer,) = await desk.customer_says(reply)
    assert "订单号" not in answer.text
    assert "skip" not in actions(answer)


async def test_an_old_button_to_skip_does_nothing(desk: Shop) -> None:
    await desk.customer_says("我的订单到哪了")
    assert await desk.customer_says("跳过", kind=Kind.PRESS, press="skip") == []


async def test_a_description_is_a_value_and_a_question_is_not(desk: Shop) -> None:
    await desk.customer_says("洗衣机坏了")
    await desk.customer_says("QH123456")
    assert await says(desk, "运费多少?") == "运费：答案\n\n接着刚才的：故障？"
    await desk.customer_says("说明书")  # sure of an entry, but no question
    ticket, _ = await opened(desk)
    assert ticket.summary["collected"]["fault"] == "说明书"


async def test_very_long_replies_do_no_harm(desk: Shop) -> None:
    await desk.customer_says("洗衣机坏了")
    await desk.customer_says("1" * 100_000)
    await desk.customer_says("QH123456")
    await desk.customer_says("长" * 100_000)
    ticket, _ = await opened(desk)
    assert len(ticket.summary["collected"]["fault"]) == 200


async def test_collecting_ends_where_its_entry_is_changed_meanwhile(desk: Shop) -> None:
    await desk.customer_says("洗衣机坏了")
    brain = desk.turns.brain
    entries = {key: entry for key, entry in ACTIONS.entries.items() if key != "repair"}
    changed = type(ACTIONS)(entries=entries)
    desk.turns.brain = Brain(interpreter=brain.interpreter, knowledge=changed, policy=brain.policy)
    assert await says(desk, "我的订单到哪了") == "订单到哪了：答案"


async def test_fields_are_asked_for_in_the_language_of_the_customer(desk: Shop) -> None:
    assert await says(desk, "my washer broke") == "Repair: the answer\n\norder number?"
    assert await says(desk, "QH12") == "That is no order number"
    assert await says(desk, "QH123456") == "fault?"
    assert await says(desk, "请用中文") == "故障？"


async def test_attachments_that_a_customer_cannot_open_are_not_shown_as_files(desk: Shop) -> None:
    mine = Attachment(ref="https://shop.example/a.pdf", name="a.pdf", mime="application/pdf")
    secret = Attachment(ref="telegram-file-id", name="b.pdf")
    assert public_files([mine.to_json(), secret.to_json()], LINKS) == [mine]
