"""Durable intake: what is acknowledged is stored, once, in order."""

import asyncio

import pytest
from sqlalchemy import func, select, text

from core.conversations import Conversation
from core.customers import Customer, Identity
from core.database import Database
from core.inbox import Inbox, InboxRow
from core.messages import Attachment, Sender
from core.wakeups import INBOX, LocalWakeups
from tests.factories import inbound


async def test_a_recorded_message_is_stored_with_its_customer_and_conversation(database: Database) -> None:
    async with Inbox(database, LocalWakeups()).running() as inbox:
        receipt = await inbox.record(
            inbound("你好", sender=Sender(external_id="c1", name="王芳", tier="gold"), customer="c1")
        )
    async with database.read() as session:
        row = (await session.scalars(select(InboxRow))).one()
        customer = (await session.scalars(select(Customer))).one()
        conversation = (await session.scalars(select(Conversation))).one()
    assert (row.text, row.message_id, row.handled_at) == ("你好", receipt.message_id, None)
    assert row.conversation_id == conversation.id == receipt.conversation_id
    assert (customer.name, customer.tier) == ("王芳", "gold")
    assert conversation.customer_id == customer.id


async def test_a_repeated_message_is_one_message_with_the_same_receipt(database: Database) -> None:
    message = inbound(external_id="same")
    async with Inbox(database, LocalWakeups()).running() as inbox:
        first = await inbox.record(message)
        second = await inbox.record(message)
        third, fourth = await asyncio.gather(inbox.record(message), inbox.record(message))
    ids = {r.message_id for r in (first, second, third, fourth)}
    assert ids == {first.message_id}
    assert [r.repeated for r in (first, second, third, fourth)] == [False, True, True, True]
    async with database.read() as session:
        assert await session.scalar(select(func.count()).select_from(InboxRow)) == 1


async def test_repeats_that_arrive_in_one_batch_count_once(database: Database) -> None:
    message = inbound(external_id="same")
    async with Inbox(database, LocalWakeups()).running() as inbox:
        receipts = await asyncio.gather(*(inbox.record(message) for _ in range(5)))
    assert len({r.message_id for r in receipts}) == 1
    assert sum(not r.repeated for r in receipts) == 1


async def test_messages_recorded_together_keep_their_order(database: Database) -> None:
    texts = [f"message {n}" for n in range(300)]
    async with Inbox(database, LocalWakeups()).running() as inbox:
        await asyncio.gather(*(inbox.record(inbound(text)) for text in texts))
    async with database.read() as session:
        stored = list(await session.scalars(select(InboxRow.text).order_by(InboxRow.position)))
    assert stored == texts


async def test_two_intakes_at_once_make_one_customer_and_one_conversation(database: Database) -> None:
    wakeups = LocalWakeups()
    async with Inbox(database, wakeups).running() as one, Inbox(database, wakeups).running() as two:
        receipts = await asyncio.gather(
            *(inbox.record(inbound(customer="same")) for inbox in (one, two) for _ in range(5))
        )
    assert len({r.conversation_id for r in receipts}) == 1
    async with database.read() as session:
        assert await session.scalar(select(func.count()).select_from(Identity)) == 1
        assert await session.scalar(select(func.count()).select_from(InboxRow)) == 10


async def test_a_customer_gets_the_name_and_tier_of_their_latest_message(database: Database) -> None:
    async with Inbox(database, LocalWakeups()).running() as inbox:
        await inbox.record(inbound(sender=Sender(external_id="c1", name="Ann", tier="basic")))
        await inbox.record(inbound(sender=Sender(external_id="c1", tier="gold")))
        await inbox.record(inbound(sender=Sender(external_id="c1")))
    async with database.read() as session:
        customer = (await session.scalars(select(Customer))).one()
    assert (customer.name, customer.tier) == ("Ann", "gold")


async def test_attachments_survive_storage(database: Database) -> None:
    photo = Attachment(ref="file-1", name="crack.jpg", mime="image/jpeg", size=12)
    async with Inbox(database, LocalWakeups()).running() as inbox:
        await inbox.record(inbound(attachments=(photo,)))
    async with database.read() as session:
        row = (await session.scalars(select(InboxRow))).one()
    assert [Attachment.from_json(value) for value in row.attachments] == [photo]


async def test_intake_wakes_the_workers(database: Database) -> None:
    wakeups = LocalWakeups()
    with wakeups.listen(INBOX) as waiter:
        async with Inbox(database, wakeups).running() as inbox:
            await inbox.record(inbound())
        assert await waiter.wait(1.0)


async def test_characters_that_a_database_cannot_hold_are_taken_out(database: Database) -> None:
    odd = Attachment(ref="f", name="a\x00b.jpg")
    async with Inbox(database, LocalWakeups()).running() as inbox:
        await inbox.record(inbound("nul \x00 byte and \ud800", attachments=(odd,)))
    async with database.read() as session:
        row = (await session.scalars(select(InboxRow))).one()
    assert (row.text, row.attachments[0]["name"]) == ("nul  byte and ?", "ab.jpg")


async def test_a_message_that_cannot_be_stored_does_not_take_its_neighbours_down(database: Database) -> None:
    impossible = inbound("no id", external_id=None)  # stands for any row the database refuses
    async with Inbox(database, LocalWakeups()).running() as inbox:
        results = await asyncio.gather(
            inbox.record(inbound("before")),
            inbox.record(impossible),
            inbox.record(inbound("after")),
            return_exceptions=True,
        )
    assert [isinstance(result, BaseException) for result in results] == [False, True, False]
    async with database.read() as session:
        stored = list(await session.scalars(select(InboxRow.text).order_by(InboxRow.position)))
    assert stored == ["before", "after"]


async def test_what_is_recorded_is_stored_even_when_the_process_is_asked_to_stop(database: Database) -> None:
    async with Inbox(database, LocalWakeups()).running() as inbox:
        waiting = [asyncio.create_task(inbox.record(inbound())) for _ in range(5)]
        await asyncio.sleep(0)
    assert len({(await task).message_id for task in waiting}) == 5


async def test_when_the_database_is_away_all_callers_are_told_at_once() -> None:
    database = Database("postgresql://nobody@127.0.0.1:1/nowhere")
    async with Inbox(database, LocalWakeups()).running() as inbox:
        results = await asyncio.gather(*(inbox.record(inbound()) for _ in range(50)), return_exceptions=True)
    await database.close()
    assert len({id(result) for result in results}) == 1  # one failure, told to all; not fifty tries
    assert isinstance(results[0], OSError)


async def test_when_the_database_fails_the_caller_is_told_and_later_messages_are_stored(
    database: Database,
) -> None:
    async with Inbox(database, LocalWakeups()).running() as inbox:
        await inbox.record(inbound("first"))
        async with database.write() as session:
            await session.execute(text("ALTER TABLE inbox RENAME TO away"))
        with pytest.raises(Exception, match="inbox"):
            await inbox.record(inbound("lost and told so"))
        async with database.write() as session:
            await session.execute(text("ALTER TABLE away RENAME TO inbox"))
        await inbox.record(inbound("second"))
    async with database.read() as session:
        stored = list(await session.scalars(select(InboxRow.text).order_by(InboxRow.position)))
    assert stored == ["first", "second"]
