"""Conversations through the real inbox, turns, tickets and desk: customer says / bot says / agent does."""

import asyncio
import threading
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from bot.claims import PENDING, ROWS
from bot.hearing import MAX_ATTEMPTS
from bot.turn import TurnSettings
from bot.turns import Turns
from core.conversations import Conversation, Message, Owner
from core.errors import NotAllowed
from core.inbox import InboxRow
from core.messages import Attachment, Author, Kind
from core.outbox import OutboxRow
from handoff.kinds import Priority, Reason
from handoff.life import EventKind, TicketState
from handoff.tickets import TicketEvent
from nlu.understanding import Understanding
from tests.doubles import BY_HEART, ByHeart
from tests.shop import DESK, Shop


def texts(messages: list[Message]) -> list[str]:
    return [message.text for message in messages]


async def test_a_question_is_answered_in_its_language(shop: Shop) -> None:
    assert texts(await shop.customer_says("我的订单到哪了")) == ["订单到哪了：答案"]
    assert texts(await shop.customer_says("where is my order")) == ["Where is my order: the answer"]
    assert texts(await shop.customer_says("ok"))[0].startswith("I did not quite get that")


async def test_a_short_foreign_word_does_not_change_the_language(shop: Shop) -> None:
    await shop.customer_says("我的订单到哪了")
    assert texts(await shop.customer_says("ok"))[0].startswith("这句我没太明白")


async def test_an_unsure_bot_asks_back_with_buttons_and_a_press_is_answered(shop: Shop) -> None:
    (question,) = await shop.customer_says("那个东西怎么弄")
    assert [b["label"] for b in question.buttons] == ["订单到哪了", "运费", "进度", "转人工"]
    (answer,) = await shop.customer_says("运费", kind=Kind.PRESS, press="entry:delivery_fee")
    assert (answer.text, answer.entry) == ("运费：答案", "delivery_fee")


async def test_two_misses_in_a_row_open_a_ticket_that_says_what_was_asked_and_tried(shop: Shop) -> None:
    await shop.customer_says("我的订单到哪了")
    await shop.customer_says("不是这个")
    (notice,) = await shop.customer_says("啥也不是")
    (ticket,) = await shop.tickets()
    assert ticket.number in notice.text
    assert "现在是人工服务时间" in notice.text
    assert (ticket.reason, ticket.queue, ticket.state) == (Reason.LOW_CONFIDENCE, "service", TicketState.NEW)
    assert ticket.summary == {"asked": ["我的订单到哪了", "不是这个", "啥也不是"], "tried": ["order_status"]}


@pytest.mark.parametrize(
    ("text", "reason", "queue", "priority"),
    [
        ("你们太差劲了", Reason.COMPLAINT, "care", Priority.NORMAL),
        ("插座冒烟了", Reason.EMERGENCY, "care", Priority.URGENT),
        ("我要人工", Reason.WANTS_HUMAN, "service", Priority.NORMAL),
    ],
)
async def test_what_needs_a_person_goes_to_its_queue(
    shop: Shop, text: str, reason: Reason, queue: str, priority: Priority
) -> None:
    await shop.customer_says(text)
    (ticket,) = await shop.tickets()
    assert (ticket.reason, ticket.queue, ticket.priority) == (reason, queue, priority)


async def test_outside_working_hours_the_notice_says_when_people_are_back(shop: Shop) -> None:
    shop.now = datetime(2026, 11, 22, 15, 30, tzinfo=UTC)  # 23:30 in Shanghai
    assert "明天 09:00" in texts(await shop.customer_says("我要人工"))[0]
    shop.now = datetime(2026, 11, 22, 22, 0, tzinfo=UTC)  # 06:00 the next day
    assert "today from 09:00 (UTC+8)" in texts(await shop.customer_says("agent please", customer="c2"))[0]


async def test_a_handoff_from_the_wish_to_the_resolution(shop: Shop) -> None:
    lin, wei = await shop.agent("小林"), await shop.agent("小魏")
    receipt = await shop.customer_sends("我要人工")
    await shop.handle()
    (ticket,) = await shop.tickets()
    assert "已补充到工单" in texts(await shop.customer_says("等了三天"))[0]
    assert await shop.customer_says("还在等") == []  # told once is enough

    with pytest.raises(NotAllowed, match="take ticket"):
        await shop.work.reply(ticket.id, lin, "您好")
    await shop.work.take(ticket.id, lin)
    with pytest.raises(NotAllowed, match="小林"):
        await shop.work.take(ticket.id, wei)
    with pytest.raises(NotAllowed, match="colleague"):
        await shop.work.reply(ticket.id, wei, "插一句")
    await shop.work.note(ticket.id, wei, "上个月也投诉过")
    await shop.work.reply(ticket.id, lin, "马上为您查")
    assert await shop.customer_says("我的订单到哪了") == []  # the bot keeps quiet
    with pytest.raises(NotAllowed, match="colleague"):
        await shop.work.resolve(ticket.id, wei)
    await shop.work.resolve(ticket.id, lin)

    assert texts(await shop.customer_says("我的订单到哪了")) == ["订单到哪了：答案"]
    record = await shop.record(receipt.conversation_id)
    assert [m.seq for m in record] == list(range(1, len(record) + 1))
    assert [m.author for m in record if m.author in (Author.AGENT, Author.SYSTEM)] == [
        "system",
        "agent",
        "system",
    ]
    assert not any("上个月" in m.text for m in record)  # notes are for colleagues
    async with shop.database.read() as session:
        kinds = list(await session.scalars(select(TicketEvent.kind).order_by(TicketEvent.position)))
    assert kinds == [
        EventKind.OPENED,
        EventKind.CUSTOMER_WROTE,
        EventKind.CUSTOMER_WROTE,
        EventKind.TAKEN,
        EventKind.NOTED,
        EventKind.REPLIED,
        EventKind.CUSTOMER_WROTE,
        EventKind.RESOLVED,
    ]


async def test_of_ten_simultaneous_takes_one_wins(shop: Shop) -> None:
    agents = [await shop.agent(f"agent{n}") for n in range(10)]
    await shop.customer_says("我要人工")
    (ticket,) = await shop.tickets()
    results = await asyncio.gather(*(shop.work.take(ticket.id, a) for a in agents), return_exceptions=True)
    assert sum(result is None for result in results) == 1
    assert sum(isinstance(result, NotAllowed) for result in results) == 9


async def test_a_new_ticket_after_a_resolved_one_starts_a_new_story(shop: Shop) -> None:
    lin = await shop.agent("小林")
    await shop.customer_says("我要人工")
    (first,) = await shop.tickets()
    await shop.work.take(first.id, lin)
    await shop.work.resolve(first.id, lin)
    await shop.customer_says("agent please")
    _, second = await shop.tickets()
    assert second.number > first.number
    assert second.summary["asked"] == ["agent please"]


async def test_the_summary_holds_what_was_asked_and_tried_in_the_same_turn(shop: Shop) -> None:
    await shop.customer_sends("我的订单到哪了")
    await shop.customer_says("你们太差劲了")
    (ticket,) = await shop.tickets()
    assert ticket.summary == {"asked": ["我的订单到哪了", "你们太差劲了"], "tried": ["order_status"]}


async def test_one_who_sends_hundreds_holds_up_nobody(shop: Shop) -> None:
    for _ in range(300):
        await shop.customer_sends("我的订单到哪了", customer="flood")
    other = await shop.customer_sends("运费多少", customer="patient")
    await shop.turns.step()
    assert len(await shop.record(other.conversation_id)) == 2


async def test_a_turn_takes_a_bounded_share_of_what_waits_and_says_that_there_is_more(shop: Shop) -> None:
    for number in range(ROWS * 2):
        await shop.customer_sends("我的订单到哪了", customer=f"c{number % 40}")
    assert await shop.turns.step()
    async with shop.database.read() as session:
        waiting = list(await session.scalars(select(InboxRow).where(InboxRow.handled_at.is_(None))))
    assert ROWS * 2 - len(waiting) <= ROWS + PENDING
    await shop.handle()
    async with shop.database.read() as session:
        assert not list(await session.scalars(select(InboxRow).where(InboxRow.handled_at.is_(None))))


async def test_an_emergency_raises_the_ticket_that_is_open(shop: Shop) -> None:
    await shop.customer_says("我要人工")
    await shop.customer_says("插座冒烟了")
    (ticket,) = await shop.tickets()
    assert ticket.priority == Priority.URGENT


async def test_a_customer_is_told_the_progress_of_their_own_tickets_only(shop: Shop) -> None:
    lin = await shop.agent("小林")
    await shop.customer_says("我要人工")
    (ticket,) = await shop.tickets()
    await shop.work.take(ticket.id, lin)
    await shop.work.resolve(ticket.id, lin)
    assert "已由 小林 处理完" in texts(await shop.customer_says("我的投诉怎么样了"))[0]
    assert texts(await shop.customer_says("我的投诉怎么样了", customer="other")) == ["进度：答案"]


async def test_thirty_messages_in_a_second_are_all_kept_and_few_are_answered(shop: Shop) -> None:
    receipts = []
    for _ in range(30):
        receipts.append(await shop.customer_sends("我的订单到哪了"))
        shop.time_passes(milliseconds=33)
        await shop.handle()
    record = await shop.record(receipts[0].conversation_id)
    assert [m.id for m in record if m.author == Author.CUSTOMER] == [r.message_id for r in receipts]
    assert sum(m.author == Author.BOT for m in record) == 11  # ten answers and one request to slow down
    assert await shop.tickets() == []


async def test_an_edited_message_is_answered_anew(shop: Shop) -> None:
    await shop.customer_says("我的订单到那了", external_id="m-1")
    (answer,) = await shop.customer_says("运费多少", kind=Kind.EDIT, edits="m-1")
    assert answer.text == "运费：答案"


@pytest.mark.parametrize(
    ("message", "start"),
    [
        ({"kind": Kind.VOICE, "attachments": (Attachment(ref="v"),)}, "语音我还听不了"),
        ({"kind": Kind.FILE, "attachments": (Attachment(ref="p"),)}, "文件收到了"),
        ({"kind": Kind.STICKER, "text": "😀"}, "收到 😊"),
        ({"text": "   "}, "这条消息里没有我能读的文字"),
        ({"text": "长" * 100_000}, "内容很长"),
    ],
)
async def test_what_is_no_plain_question_gets_a_sensible_reply(
    shop: Shop, message: dict[str, object], start: str
) -> None:
    (reply,) = await shop.customer_says(**message)  # type: ignore[arg-type]
    assert reply.text.startswith(start)
    assert reply.buttons[-1]["action"] == "human"


async def test_what_the_bot_had_queued_is_fenced_off_by_a_handoff(shop: Shop) -> None:
    await shop.customer_says("我的订单到哪了", channel="pushy")
    await shop.customer_says("我要人工", channel="pushy")
    async with shop.database.read() as session:
        rows = list(await session.scalars(select(OutboxRow).order_by(OutboxRow.position)))
        conversation = (await session.scalars(select(Conversation))).one()
    assert conversation.owner == Owner.HUMAN
    assert [row.epoch < conversation.epoch for row in rows] == [True, False]


async def test_channels_that_are_read_have_no_outbox_rows(shop: Shop) -> None:
    await shop.customer_says("我的订单到哪了", channel="api")
    async with shop.database.read() as session:
        assert list(await session.scalars(select(OutboxRow))) == []


async def test_a_message_that_breaks_the_bot_gets_a_person_and_holds_up_nobody(shop: Shop) -> None:
    broken = await shop.customer_sends("crash", customer="unlucky")
    others = [await shop.customer_sends("我的订单到哪了", customer=f"c{n}") for n in range(5)]
    for _ in range(MAX_ATTEMPTS + 1):
        await shop.handle()
        shop.time_passes(minutes=1)
    for receipt in others:
        assert len(await shop.record(receipt.conversation_id)) == 2
    (ticket,) = await shop.tickets()
    assert (ticket.reason, ticket.conversation_id) == (Reason.FAULT, broken.conversation_id)
    assert [m.author for m in await shop.record(broken.conversation_id)] == ["customer", "bot"]


async def test_messages_behind_a_broken_one_wait_for_it(shop: Shop) -> None:
    broken = await shop.customer_sends("crash")
    await shop.handle()
    await shop.customer_sends("我的订单到哪了")
    await shop.handle()
    assert await shop.record(broken.conversation_id) == []
    for _ in range(MAX_ATTEMPTS + 1):
        shop.time_passes(minutes=1)
        await shop.handle()
    said = [m.text for m in await shop.record(broken.conversation_id) if m.author == Author.CUSTOMER]
    assert said == ["crash", "我的订单到哪了"]


async def test_what_else_a_process_does_goes_on_while_an_engine_is_slow(shop: Shop) -> None:
    asked, went_on = threading.Event(), threading.Event()

    class Slow(ByHeart):
        def understand(self, texts: Sequence[str]) -> list[Understanding]:
            asked.set()
            assert went_on.wait(10), "nothing else went on meanwhile"
            return super().understand(texts)

    shop.turns.brain = replace(shop.turns.brain, interpreter=Slow(BY_HEART))
    receipt = await shop.customer_sends("我的订单到哪了")
    turn = asyncio.create_task(shop.turns.step())
    await asyncio.to_thread(asked.wait)
    went_on.set()
    await turn
    assert [m.text for m in await shop.record(receipt.conversation_id)][1:] == ["订单到哪了：答案"]


async def test_two_workers_share_the_work_and_never_a_message(shop: Shop) -> None:
    other = Turns(
        shop.database,
        shop.wakeups,
        brain=shop.turns.brain,
        settings=TurnSettings(desk=DESK, pushed=()),
        clock=lambda: shop.now,
    )
    receipts = [await shop.customer_sends("我的订单到哪了", customer=f"c{n % 40}") for n in range(200)]

    async def work(turns: Turns) -> None:
        while await turns.step():
            pass

    await asyncio.gather(work(shop.turns), work(other))
    await shop.handle()
    async with shop.database.read() as session:
        assert list(await session.scalars(select(InboxRow).where(InboxRow.handled_at.is_(None)))) == []
    for conversation_id in {r.conversation_id for r in receipts}:
        record = await shop.record(conversation_id)
        said = [m.id for m in record if m.author == Author.CUSTOMER]
        assert said == [r.message_id for r in receipts if r.conversation_id == conversation_id]
        assert [m.reply_to for m in record if m.author == Author.BOT] == said
