"""After a message was sent: corrected, withdrawn, sent again. The channel is a double that can amend."""

import asyncio
import functools
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from uuid import UUID

import pytest
from sqlalchemy import select

from channels.base import CannotAmend, OpenedAttachment, TemporaryFailure, Undeliverable
from channels.delivery import Sender
from core.conversations import Message
from core.messages import Address, Attachment, Author, Kind, OutgoingMessage
from core.outbox import OutboxRow
from core.read_marks import ReadMarks
from handoff.agents import Agent
from handoff.deliveries import report_burial
from handoff.guard import load_guard
from handoff.life import EventKind
from handoff.reads import report_read
from handoff.refusals import Objection, Refused, Unfit
from handoff.tickets import Ticket
from handoff.views import get_ticket_view
from handoff.wording.reader import Reader
from handoff.wording.stream import Item, stream
from handoff.wording.texts import Texts
from handoff.work import Work
from tests.bot.conftest import shop as shop  # the fixture
from tests.shop import DESK, Shop


class Phone:
    """What a customer sees on a channel that can amend: texts by the channel's ids. "a|b" has two parts."""

    name = "pushy"
    parallel = 4

    def __init__(self) -> None:
        self.shown: dict[str, str] = {}
        self.ever: list[str] = []
        self.errors: list[Exception] = []
        self.gate: asyncio.Event | None = None
        self.reached = asyncio.Event()
        self.is_too_late = False

    @property
    def texts(self) -> list[str]:
        return list(self.shown.values())

    def split(self, message: OutgoingMessage) -> Sequence[OutgoingMessage]:
        return [replace(message, text=text) for text in message.text.split("|")]

    async def send(self, part: OutgoingMessage) -> str:
        self.reached.set()
        if self.gate is not None:
            await self.gate.wait()
        if self.errors:
            raise self.errors.pop(0)
        vendor_id = f"v{len(self.ever)}"
        self._show(vendor_id, part.text)
        return vendor_id

    async def amend(self, vendor_ids: Sequence[str], message: OutgoingMessage) -> None:
        self._look()
        for vendor_id, part in zip(vendor_ids, self.split(message), strict=True):
            self._show(vendor_id, part.text)

    async def withdraw(self, vendor_ids: Sequence[str], address: Address) -> None:
        self._look()
        for vendor_id in vendor_ids:
            del self.shown[vendor_id]

    def open_attachment(self, attachment: Attachment) -> AbstractAsyncContextManager[OpenedAttachment]:
        raise NotImplementedError

    def _look(self) -> None:
        if self.is_too_late:
            raise CannotAmend("too late")
        if self.errors:
            raise self.errors.pop(0)

    def _show(self, vendor_id: str, text: str) -> None:
        self.shown[vendor_id] = text
        self.ever.append(text)


class Scene:
    """A customer on the phone, and 小林, who has their ticket."""

    def __init__(self, shop: Shop, phone: Phone, ticket: Ticket, agent: Agent) -> None:
        self.shop, self.phone, self.ticket, self.agent = shop, phone, ticket, agent
        self.work = Work(shop.cases, guard=load_guard())
        self.sender = self.make_sender()

    def make_sender(self, phone: object | None = None) -> Sender:
        return Sender(
            phone or self.phone,  # type: ignore[arg-type]
            self.shop.database,
            self.shop.wakeups,
            on_buried=functools.partial(report_burial, settings=DESK),
            clock=lambda: self.shop.now,
        )

    async def says(self, text: str) -> UUID:
        return await self.work.reply(self.ticket.id, self.agent, text)

    async def corrects(self, message_id: UUID, text: str) -> None:
        await self.work.correct(self.ticket.id, self.agent, message_id, text)

    async def withdraws(self, message_id: UUID) -> None:
        await self.work.withdraw(self.ticket.id, self.agent, message_id)

    async def sends_again(self, message_id: UUID) -> None:
        await self.work.send_again(self.ticket.id, self.agent, message_id)

    async def deliver(self, sender: Sender | None = None) -> None:
        sender = sender or self.sender
        while await sender.step():
            pass
        await sender.idle()

    async def bury_next(self) -> None:
        self.phone.errors = [Undeliverable("blocked")]
        await self.deliver()

    async def item(self, message_id: UUID, *, language: str = "en") -> Item:
        """The message as the desk shows it."""
        async with self.shop.database.read() as session:
            view = await get_ticket_view(session, self.ticket.id)
        reader = Reader(
            t=Texts(language),  # type: ignore[arg-type]
            now=self.shop.now,
            zone=DESK.calendar.zone,
            titles={},
            region="CN",
            settings=DESK,
        )
        return next(item for item in stream(view, reader) if item.message_id == str(message_id))

    async def kinds(self) -> list[str]:
        return [event.kind for event in await self.shop.events(self.ticket)]


@pytest.fixture
async def scene(shop: Shop) -> AsyncIterator[Scene]:
    await shop.customer_says("我要人工", channel="pushy")
    ticket, agent = await shop.ticket(), await shop.agent("小林")
    await shop.work.take(ticket.id, agent)
    scene = Scene(shop, Phone(), ticket, agent)
    await scene.deliver()
    scene.phone.shown.clear()
    scene.phone.ever.clear()
    yield scene


async def test_what_was_sent_is_changed_where_the_customer_has_it(scene: Scene) -> None:
    said = await scene.says("星期三|到")
    await scene.deliver()
    await scene.corrects(said, "星期四|到")
    await scene.deliver()
    assert scene.phone.texts == ["星期四", "到"]
    item = await scene.item(said)
    assert (item.text, item.earlier) == ("星期四|到", ("星期三|到",)) and "Edited" in item.amended
    assert (await scene.kinds())[-1] == EventKind.CORRECTED


async def test_what_was_sent_is_taken_back(scene: Scene) -> None:
    said = await scene.says("星期三|到")
    await scene.deliver()
    await scene.withdraws(said)
    await scene.withdraws(said)
    await scene.deliver()
    assert scene.phone.texts == []
    item = await scene.item(said)
    assert item.is_withdrawn and item.text == "星期三|到" and "Taken back" in item.amended
    assert (await scene.kinds()).count(EventKind.WITHDRAWN) == 1


async def test_what_has_not_left_is_never_sent_in_its_old_wording(scene: Scene) -> None:
    first, second = await scene.says("错了"), await scene.says("不该说的")
    await scene.corrects(first, "还是错")
    await scene.corrects(first, "对了")
    await scene.withdraws(second)
    await scene.says("后话")
    await scene.deliver()
    assert scene.phone.ever == ["对了", "后话"]
    assert "never sent" in (await scene.item(second)).amended
    record = await scene.shop.record(scene.ticket.conversation_id)
    assert [message.text for message in record if message.kind == Kind.TEXT][-3:] == [
        "错了",
        "不该说的",
        "后话",
    ]


async def test_what_waits_for_its_next_try_is_changed_too(scene: Scene) -> None:
    said = await scene.says("错了")
    scene.phone.errors = [TemporaryFailure("503")]
    await scene.deliver()
    await scene.corrects(said, "对了")
    scene.shop.time_passes(minutes=1)
    await scene.deliver()
    assert scene.phone.ever == ["对了"]


async def test_what_a_sender_has_in_hand_is_amended_behind_it(scene: Scene) -> None:
    scene.phone.gate = asyncio.Event()
    said = await scene.says("错了")
    await scene.sender.step()
    await scene.phone.reached.wait()
    await scene.corrects(said, "对了")
    scene.phone.gate.set()
    await scene.deliver()
    assert (scene.phone.ever, scene.phone.texts) == (["错了", "对了"], ["对了"])


async def test_what_was_in_hand_and_never_arrived_is_changed_where_it_lies(scene: Scene) -> None:
    scene.phone.gate, scene.phone.errors = asyncio.Event(), [Undeliverable("blocked")]
    said = await scene.says("错了")
    await scene.sender.step()
    await scene.phone.reached.wait()
    await scene.corrects(said, "对了")
    scene.phone.gate.set()
    await scene.deliver()
    assert scene.phone.ever == []
    assert (await scene.kinds()).count(EventKind.DELIVERY_FAILED) == 1  # the message's, not the correction's
    item = await scene.item(said)
    assert (item.text, item.earlier, item.can_retry) == ("对了", ("错了",), True)
    await scene.sends_again(said)
    await scene.deliver()
    assert scene.phone.ever == ["对了"]


async def test_of_a_sender_and_an_author_who_race_the_customer_ends_with_the_last_words(scene: Scene) -> None:
    """However they interleave: changed where it lies, or sent and changed behind."""
    said = [await scene.says(f"错 {number}") for number in range(8)]
    others = [scene.make_sender() for _ in range(2)]

    async def amend(number: int, message_id: UUID) -> None:
        await (scene.withdraws(message_id) if number % 2 else scene.corrects(message_id, f"对 {number}"))

    await asyncio.gather(
        *(scene.deliver(sender) for sender in others), *(amend(n, each) for n, each in enumerate(said))
    )
    await scene.deliver()
    assert sorted(scene.phone.texts) == [f"对 {number}" for number in range(0, 8, 2)]


async def test_a_withdrawal_overtakes_a_correction_that_was_not_sent_yet(scene: Scene) -> None:
    said = await scene.says("错了")
    await scene.deliver()
    await scene.corrects(said, "更错")
    await scene.withdraws(said)
    await scene.deliver()
    assert (scene.phone.ever, scene.phone.texts) == (["错了"], [])


async def test_what_was_overtaken_has_never_been_also_when_what_overtook_it_fails(scene: Scene) -> None:
    said = await scene.says("星期三到")
    await scene.deliver()
    await scene.corrects(said, "星期四到")
    await scene.corrects(said, "星期五到")
    await scene.bury_next()
    item = await scene.item(said)
    assert (item.text, item.earlier, item.amended) == ("星期三到", (), "")
    assert item.delivery and item.delivery.state == "buried" and "星期五到" in item.delivery.text
    await scene.corrects(said, "星期四到")  # which the customer has not
    await scene.deliver()
    assert scene.phone.texts == ["星期四到"]
    item = await scene.item(said)
    assert (item.text, item.earlier) == ("星期四到", ("星期三到",))


async def test_what_the_customer_has_read_counts_as_read_though_a_change_was_overtaken_and_failed(
    scene: Scene,
) -> None:
    said = await scene.says("星期三到")
    await scene.deliver()
    await scene.shop.customer_says("好", channel="pushy")
    await scene.corrects(said, "星期四到")
    await scene.corrects(said, "星期五到")
    await scene.bury_next()
    read_marks = ReadMarks(
        scene.shop.database, scene.shop.wakeups, on_read=report_read, clock=lambda: scene.shop.now
    )
    assert await read_marks.note(scene.ticket.conversation_id, said)
    assert (await scene.item(said)).read


async def test_where_it_is_too_late_the_customer_has_the_original_and_the_desk_says_so(scene: Scene) -> None:
    said = await scene.says("星期三到")
    await scene.deliver()
    scene.phone.is_too_late = True
    await scene.corrects(said, "星期四到")
    await scene.deliver()
    item = await scene.item(said)
    assert (item.text, item.amended) == ("星期三到", "")
    assert item.delivery and "星期四到" in item.delivery.text and "Send a correction" in item.delivery.text
    assert not item.can_retry
    event = (await scene.shop.events(scene.ticket))[-1]
    assert (event.kind, event.data["how"]) == (EventKind.DELIVERY_FAILED, Kind.CORRECTION)
    scene.phone.is_too_late = False  # it did not happen, so it may be tried again
    await scene.corrects(said, "星期四到")
    await scene.deliver()
    assert scene.phone.texts == ["星期四到"]
    item = await scene.item(said)
    assert item.delivery and (item.text, item.delivery.state) == ("星期四到", "sent")


async def test_a_channel_that_cannot_amend_says_so(scene: Scene) -> None:
    class OldPhone:
        name, parallel = "pushy", 1
        split, send = scene.phone.split, scene.phone.send

    said = await scene.says("星期三到")
    await scene.deliver()
    await scene.withdraws(said)
    await scene.deliver(scene.make_sender(OldPhone()))
    assert scene.phone.texts == ["星期三到"]
    item = await scene.item(said, language="zh")
    assert item.delivery and "没能撤回" in item.delivery.text and not item.is_withdrawn


async def test_a_passing_failure_is_tried_again_and_later_words_wait(scene: Scene) -> None:
    said = await scene.says("错了")
    await scene.deliver()
    scene.phone.errors = [TemporaryFailure("503")]
    await scene.corrects(said, "对了")
    await scene.says("后话")
    await scene.deliver()
    assert scene.phone.texts == ["错了"]
    scene.shop.time_passes(minutes=1)
    await scene.deliver()
    assert scene.phone.texts == ["对了", "后话"]


async def test_only_its_author_changes_a_message_and_only_while_they_have_the_ticket(scene: Scene) -> None:
    said = await scene.says("星期三到")
    ann = await scene.shop.agent("ann")
    with pytest.raises(Refused) as refused:
        await scene.work.correct(scene.ticket.id, ann, said, "x")
    assert refused.value.objection is Objection.COLLEAGUES
    await scene.shop.transfers.offer(scene.ticket.id, scene.agent, to=ann, reason="她更懂")
    await scene.shop.transfers.accept(scene.ticket.id, ann)
    for attempt in (
        scene.work.correct(scene.ticket.id, ann, said, "x"),
        scene.work.withdraw(scene.ticket.id, ann, said),
    ):
        with pytest.raises(Refused) as refused:
            await attempt
        assert refused.value.objection is Objection.NOT_AUTHOR
    await scene.shop.work.resolve(scene.ticket.id, ann)
    with pytest.raises(Refused) as refused:
        await scene.work.withdraw(scene.ticket.id, scene.agent, said)
    assert refused.value.objection is Objection.DONE


async def test_what_the_bot_and_notices_said_is_never_changed(scene: Scene) -> None:
    for message in await scene.shop.record(scene.ticket.conversation_id):
        with pytest.raises(Refused) as refused:
            await scene.withdraws(message.id)
        assert refused.value.objection is Objection.NOT_AUTHOR
    assert EventKind.WITHDRAWN not in await scene.kinds()


async def test_banned_phrases_are_held_in_corrections_too(scene: Scene) -> None:
    said = await scene.says("我帮您查")
    with pytest.raises(Unfit) as unfit:
        await scene.corrects(said, "这不归我管")
    assert unfit.value.objection is Objection.BANNED
    await scene.deliver()
    assert scene.phone.ever == ["我帮您查"]


async def test_what_was_withdrawn_is_not_corrected_and_the_same_words_are_no_correction(scene: Scene) -> None:
    said = await scene.says("星期三到")
    await scene.corrects(said, "星期三到")
    assert EventKind.CORRECTED not in await scene.kinds()
    await scene.withdraws(said)
    with pytest.raises(Refused) as refused:
        await scene.corrects(said, "星期四到")
    assert refused.value.objection is Objection.WITHDRAWN


async def test_to_correct_is_not_to_answer(scene: Scene) -> None:
    said = await scene.says("星期三到")
    await scene.shop.customer_says("几点？", channel="pushy")
    before = await scene.shop.ticket()
    scene.shop.time_passes(minutes=1)
    await scene.corrects(said, "星期四到")
    after = await scene.shop.ticket()
    assert (after.replied_at, after.unanswered_at) == (before.replied_at, before.unanswered_at)
    async with scene.shop.database.read() as session:
        assert (await get_ticket_view(session, scene.ticket.id)).line.said_by == Author.CUSTOMER


async def test_what_failed_is_sent_again_at_its_place_and_the_desk_tells_how_it_went(scene: Scene) -> None:
    failed = await scene.says("第一句")
    await scene.bury_next()
    assert (await scene.item(failed)).can_retry
    await scene.says("第二句")
    await scene.sends_again(failed)
    await scene.sends_again(failed)
    item = await scene.item(failed)
    assert item.delivery and item.delivery.state == "retrying" and not item.can_retry
    await scene.deliver()
    assert scene.phone.ever == ["第一句", "第二句"]
    item = await scene.item(failed)
    assert item.delivery and item.delivery.state == "sent"
    assert (await scene.kinds()).count(EventKind.SENT_AGAIN) == 1
    await scene.sends_again(failed)  # too late to press, and no harm
    await scene.deliver()
    assert scene.phone.ever == ["第一句", "第二句"]


async def test_what_fails_again_may_be_sent_again(scene: Scene) -> None:
    failed = await scene.says("第一句")
    await scene.bury_next()
    await scene.sends_again(failed)
    await scene.bury_next()
    assert (await scene.item(failed)).can_retry
    assert (await scene.kinds())[-3:] == ["delivery_failed", "sent_again", "delivery_failed"]


async def test_only_the_assignee_sends_again_and_nothing_that_was_taken_back(scene: Scene) -> None:
    failed = await scene.says("第一句")
    await scene.bury_next()
    with pytest.raises(Refused) as refused:
        await scene.work.send_again(scene.ticket.id, await scene.shop.agent("ann"), failed)
    assert refused.value.objection is Objection.COLLEAGUES
    await scene.withdraws(failed)
    with pytest.raises(Refused) as refused:
        await scene.sends_again(failed)
    assert refused.value.objection is Objection.WITHDRAWN
    question = (await scene.shop.record(scene.ticket.conversation_id))[0]
    with pytest.raises(Refused) as refused:
        await scene.sends_again(question.id)
    assert refused.value.objection is Objection.NOT_FAILED
    await scene.deliver()
    assert scene.phone.ever == []


async def test_a_failed_message_is_sent_again_as_it_was_corrected(scene: Scene) -> None:
    failed = await scene.says("错了")
    await scene.bury_next()
    await scene.corrects(failed, "对了")
    assert scene.phone.ever == []
    await scene.sends_again(failed)
    await scene.deliver()
    assert scene.phone.ever == ["对了"]


async def test_a_sender_that_died_with_a_message_may_have_sent_it(scene: Scene) -> None:
    said = await scene.says("错了")
    async with scene.shop.database.write() as session:
        row = (await session.scalars(select(OutboxRow).where(OutboxRow.message_id == said))).one()
        row.leased, row.attempts = True, 1
        row.due_at = scene.shop.now
    await scene.corrects(said, "对了")
    await scene.deliver()
    assert (scene.phone.ever, scene.phone.texts) == (["错了", "对了"], ["对了"])


async def test_each_wording_stays_on_record(scene: Scene) -> None:
    said = await scene.says("错了")
    await scene.corrects(said, "对了")
    await scene.withdraws(said)
    async with scene.shop.database.read() as session:
        amendments = list(
            await session.scalars(select(Message).where(Message.reply_to == said).order_by(Message.seq))
        )
    assert [(each.kind, each.text, each.author) for each in amendments] == [
        (Kind.CORRECTION, "对了", Author.AGENT),
        (Kind.WITHDRAWAL, "", Author.AGENT),
    ]
    events = (await scene.shop.events(scene.ticket))[-2:]
    for event, amendment in zip(events, amendments, strict=True):
        ids = {
            "message_id": str(said),
            "amendment": str(amendment.id),
        }  # and no words: they are kept elsewhere longer
        assert (event.data, event.agent_id) == (ids, scene.agent.id)
