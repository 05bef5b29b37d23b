"""Delivery of the outbox: at least once, in order per conversation, never over a person's head.

The channel is a double that implements the port, and fails as it is told.
"""

import asyncio
import functools
from collections import defaultdict
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import replace

import pytest
import structlog
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from channels.base import OpenedAttachment, PushChannel, RetryLater, TemporaryFailure, Undeliverable
from channels.delivery import MAX_ATTEMPTS, OnBuried, Sender
from core.backoff import Backoff
from core.connections import ConnectionState, Signs, read_connections
from core.conversations import lock_conversation
from core.database import Database
from core.messages import Attachment, Author, OutgoingMessage
from core.outbox import LEASE, OutboxRow, Parcel, bury, claim, mark_failed
from core.wakeups import LocalWakeups
from handoff.deliveries import report_burial
from tests.shop import DESK
from tests.telegram.support import (
    MovingClock,
    deliveries,
    eventually,
    make_conversation,
    queue,
    running,
    take_over,
)

BACKOFF = Backoff(first=10.0, factor=2.0, longest=1000.0, jitter=0.0)


class DoubleChannel:
    """Remembers what it sent; `errors` of a text are raised first, `gates` hold it up. "a|b" has two parts."""

    name = "double"

    def __init__(self, *, parallel: int = 10) -> None:
        self.parallel = parallel
        self.sent: list[tuple[str, str]] = []
        self.tried: list[str] = []
        self.errors: dict[str, list[Exception]] = defaultdict(list)
        self.gates: dict[str, asyncio.Event] = {}

    def split(self, message: OutgoingMessage) -> Sequence[OutgoingMessage]:
        return [replace(message, text=text) for text in message.text.split("|")]

    async def send(self, part: OutgoingMessage) -> str:
        self.tried.append(part.text)
        if part.text in self.gates:
            await self.gates[part.text].wait()
        if self.errors[part.text]:
            raise self.errors[part.text].pop(0)
        self.sent.append((part.address.chat, part.text))
        return f"v{len(self.sent)}"

    def texts(self, chat: str) -> list[str]:
        return [text for to, text in self.sent if to == chat]

    def open_attachment(self, attachment: Attachment) -> AbstractAsyncContextManager[OpenedAttachment]:
        raise NotImplementedError


class Burials:
    """Remembers what was buried and why."""

    def __init__(self, error: Exception | None = None) -> None:
        self.seen: list[tuple[str, str]] = []
        self._error = error

    async def __call__(self, session: AsyncSession, parcel: Parcel, error: str) -> None:
        self.seen.append((parcel.text, error))
        if self._error is not None:
            raise self._error


@pytest.fixture
def channel() -> DoubleChannel:
    return DoubleChannel()


@pytest.fixture
def burials() -> Burials:
    return Burials()


@pytest.fixture
def sender(
    channel: DoubleChannel, database: Database, wakeups: LocalWakeups, clock: MovingClock, burials: Burials
) -> Sender:
    return make_sender(channel, database, wakeups, clock, burials)


def make_sender(
    channel: PushChannel,
    database: Database,
    wakeups: LocalWakeups,
    clock: MovingClock,
    on_buried: OnBuried,
) -> Sender:
    return Sender(channel, database, wakeups, on_buried=on_buried, clock=clock, backoff=BACKOFF)


async def deliver(sender: Sender) -> None:
    """Deliver all that is due."""
    while await sender.step():
        pass
    await sender.idle()


async def test_messages_of_a_conversation_arrive_in_order(
    sender: Sender, channel: DoubleChannel, database: Database, clock: MovingClock
) -> None:
    first = await make_conversation(database, customer="a", channel="double")
    second = await make_conversation(database, customer="b", channel="double")
    await queue(database, first, "a1", "a2", at=clock())
    await queue(database, second, "b1", at=clock())
    await queue(database, first, "a3", at=clock())
    await deliver(sender)
    assert channel.texts("a") == ["a1", "a2", "a3"]
    assert channel.texts("b") == ["b1"]
    assert {state for _, state in await deliveries(database)} == {"sent"}


async def test_what_is_sent_is_not_sent_again(
    sender: Sender, channel: DoubleChannel, database: Database, clock: MovingClock
) -> None:
    await queue(database, await make_conversation(database, channel="double"), "once", at=clock())
    await deliver(sender)
    clock.move(hours=1)
    await deliver(sender)
    assert channel.tried == ["once"]


async def test_a_slow_conversation_holds_up_nobody_else(
    sender: Sender, channel: DoubleChannel, database: Database, clock: MovingClock
) -> None:
    slow = await make_conversation(database, customer="slow", channel="double")
    quick = await make_conversation(database, customer="quick", channel="double")
    channel.gates["s1"] = asyncio.Event()
    await queue(database, slow, "s1", "s2", at=clock())
    await sender.step()
    await queue(database, quick, "q1", "q2", at=clock())
    await sender.step()

    async def quick_is_done() -> bool:
        return channel.texts("quick") == ["q1", "q2"]

    await eventually(quick_is_done)
    assert channel.texts("slow") == []
    channel.gates["s1"].set()
    await deliver(sender)
    assert channel.texts("slow") == ["s1", "s2"]


async def test_no_more_conversations_at_once_than_the_channel_allows(
    database: Database, wakeups: LocalWakeups, clock: MovingClock, burials: Burials
) -> None:
    channel = DoubleChannel(parallel=2)
    sender = make_sender(channel, database, wakeups, clock, burials)
    for name in "abc":
        channel.gates[name] = asyncio.Event()
        await queue(
            database, await make_conversation(database, customer=name, channel="double"), name, at=clock()
        )
    await sender.step()
    await asyncio.sleep(0)
    assert channel.tried == ["a", "b"]
    channel.gates["b"].set()
    await sender.step()

    async def third_is_tried() -> bool:
        return channel.tried == ["a", "b", "c"]

    await eventually(third_is_tried)
    channel.gates["a"].set()
    channel.gates["c"].set()
    await deliver(sender)
    assert sorted(text for _, text in channel.sent) == ["a", "b", "c"]


async def test_after_a_failure_later_messages_wait_until_the_retry_has_worked(
    sender: Sender, channel: DoubleChannel, database: Database, clock: MovingClock
) -> None:
    first = await make_conversation(database, customer="a", channel="double")
    second = await make_conversation(database, customer="b", channel="double")
    channel.errors["a1"] = [TemporaryFailure("503")]
    await queue(database, first, "a1", "a2", at=clock())
    await queue(database, second, "b1", at=clock())
    await deliver(sender)
    assert channel.sent == [("b", "b1")]
    clock.move(seconds=9)
    await deliver(sender)
    assert channel.texts("a") == []
    clock.move(seconds=2)
    await deliver(sender)
    assert channel.texts("a") == ["a1", "a2"]


async def test_a_sender_that_died_while_sending_is_replaced_after_its_lease(
    sender: Sender, channel: DoubleChannel, database: Database, clock: MovingClock
) -> None:
    conversation = await make_conversation(database, customer="a", channel="double")
    await queue(database, conversation, "a1", "a2", at=clock())
    async with database.write() as session:  # claimed by a process that sends, and dies before it can mark
        (parcel,) = await claim(session, "double", now=clock(), limit=10)
    await channel.send(OutgoingMessage(address=parcel.address, text=parcel.text))
    clock.move(seconds=LEASE.total_seconds() - 1)
    await deliver(sender)
    assert channel.texts("a") == ["a1"]
    clock.move(seconds=2)
    await deliver(sender)
    assert channel.texts("a") == ["a1", "a1", "a2"]


async def test_a_sender_whose_lease_ran_out_changes_nothing_any_more(
    sender: Sender, database: Database, clock: MovingClock
) -> None:
    await queue(database, await make_conversation(database, channel="double"), "text", at=clock())
    async with database.write() as session:
        (parcel,) = await claim(session, "double", now=clock(), limit=10)
    clock.move(seconds=LEASE.total_seconds() + 1)
    await deliver(sender)
    async with database.write() as session:
        await mark_failed(session, parcel, error="late", again_at=clock())
    assert await deliveries(database) == [("text", "sent")]


async def test_two_senders_share_the_work_without_doubling(
    channel: DoubleChannel, database: Database, wakeups: LocalWakeups, clock: MovingClock, burials: Burials
) -> None:
    names = [f"c{number}" for number in range(12)]
    for name in names:
        conversation = await make_conversation(database, customer=name, channel="double")
        await queue(database, conversation, "1", "2", "3", at=clock())
    senders = [make_sender(channel, database, wakeups, clock, burials) for _ in range(2)]
    await asyncio.gather(*(deliver(sender) for sender in senders))
    await asyncio.gather(*(deliver(sender) for sender in senders))
    assert {name: channel.texts(name) for name in names} == {name: ["1", "2", "3"] for name in names}


async def test_after_a_takeover_the_bots_queued_messages_are_dropped_and_all_others_go_out(
    sender: Sender, channel: DoubleChannel, database: Database, clock: MovingClock
) -> None:
    conversation = await make_conversation(database, customer="a", channel="double")
    await queue(database, conversation, "old bot 1", "old bot 2", at=clock())
    await queue(database, conversation, "notice", at=clock(), author=Author.SYSTEM)
    await take_over(database, conversation)
    await queue(database, conversation, "handed over", at=clock())
    await queue(database, conversation, "hello, this is Lin", at=clock(), author=Author.AGENT)
    await deliver(sender)
    assert channel.texts("a") == ["notice", "handed over", "hello, this is Lin"]
    assert [state for _, state in await deliveries(database)] == [
        "dropped",
        "dropped",
        "sent",
        "sent",
        "sent",
    ]


async def test_a_bots_message_that_waits_for_a_retry_is_not_sent_after_a_takeover(
    sender: Sender, channel: DoubleChannel, database: Database, clock: MovingClock
) -> None:
    conversation = await make_conversation(database, customer="a", channel="double")
    channel.errors["bot"] = [TemporaryFailure("503")]
    await queue(database, conversation, "bot", at=clock())
    await deliver(sender)
    await take_over(database, conversation)
    clock.move(minutes=1)
    await deliver(sender)
    assert channel.sent == []
    assert await deliveries(database) == [("bot", "dropped")]


async def test_how_the_channel_does_is_told_by_what_is_no_customers_matter(
    channel: DoubleChannel, database: Database, wakeups: LocalWakeups, clock: MovingClock, burials: Burials
) -> None:
    signs = Signs(database, clock=clock)
    sender = Sender(channel, database, wakeups, on_buried=burials, signs=signs, clock=clock, backoff=BACKOFF)

    async def told() -> tuple[str, str | None]:
        await deliver(sender)
        await signs.write()
        async with database.read() as session:
            row = (await read_connections(session))["double.send"]
        return row.state, row.error

    assert await told() == (ConnectionState.FINE, None)  # somebody is there, with nothing to do
    conversation = await make_conversation(database, customer="a", channel="double")
    channel.errors["a1"] = [TemporaryFailure("503"), RetryLater(5), Undeliverable("blocked")]
    await queue(database, conversation, "a1", at=clock())
    assert await told() == (ConnectionState.TROUBLE, "503")
    clock.move(minutes=1)
    assert await told() == (ConnectionState.TROUBLE, "503")
    clock.move(minutes=1)
    assert await told() == (ConnectionState.TROUBLE, "503")
    assert burials.seen == [("a1", "blocked")]
    await queue(database, conversation, "a2", at=clock())
    assert await told() == (ConnectionState.FINE, "503")


async def test_what_can_never_arrive_is_buried_at_once_and_later_messages_go_on(
    sender: Sender, channel: DoubleChannel, database: Database, clock: MovingClock, burials: Burials
) -> None:
    conversation = await make_conversation(database, customer="a", channel="double")
    channel.errors["a1"] = [Undeliverable("Forbidden: bot was blocked by the user")]
    await queue(database, conversation, "a1", "a2", at=clock())
    await deliver(sender)
    assert burials.seen == [("a1", "Forbidden: bot was blocked by the user")]
    assert channel.texts("a") == ["a2"]
    assert await deliveries(database) == [("a1", "buried"), ("a2", "sent")]


async def test_a_message_is_buried_after_its_last_try(
    sender: Sender, channel: DoubleChannel, database: Database, clock: MovingClock, burials: Burials
) -> None:
    conversation = await make_conversation(database, customer="a", channel="double")
    channel.errors["a1"] = [TemporaryFailure("503") for _ in range(100)]
    await queue(database, conversation, "a1", "a2", at=clock())
    for _ in range(MAX_ATTEMPTS - 1):
        await deliver(sender)
        assert burials.seen == []
        clock.move(seconds=BACKOFF.longest)
    await deliver(sender)
    assert channel.tried == ["a1"] * MAX_ATTEMPTS + ["a2"]
    assert burials.seen == [("a1", "503")]
    assert channel.texts("a") == ["a2"]


async def test_a_burial_that_cannot_be_told_is_no_burial(
    channel: DoubleChannel, database: Database, wakeups: LocalWakeups, clock: MovingClock
) -> None:
    sender = make_sender(channel, database, wakeups, clock, Burials(RuntimeError("the ticket is locked")))
    channel.errors["a1"] = [Undeliverable("gone")]
    await queue(database, await make_conversation(database, channel="double"), "a1", at=clock())
    await deliver(sender)
    assert await deliveries(database) == [("a1", "waiting")]


async def test_waiting_as_the_vendor_asked_is_not_a_failed_try(
    sender: Sender, channel: DoubleChannel, database: Database, clock: MovingClock, burials: Burials
) -> None:
    channel.errors["a1"] = [RetryLater(5) for _ in range(MAX_ATTEMPTS + 2)]
    await queue(database, await make_conversation(database, customer="a", channel="double"), "a1", at=clock())
    for _ in range(MAX_ATTEMPTS + 2):
        await deliver(sender)
        tried = len(channel.tried)
        clock.move(seconds=4)
        await deliver(sender)
        assert len(channel.tried) == tried
        clock.move(seconds=2)
    await deliver(sender)
    assert channel.texts("a") == ["a1"]
    assert burials.seen == []


async def test_a_fault_of_the_adapter_counts_as_a_failed_try(
    sender: Sender, channel: DoubleChannel, database: Database, clock: MovingClock
) -> None:
    channel.errors["a1"] = [KeyError("message_id")]
    await queue(database, await make_conversation(database, customer="a", channel="double"), "a1", at=clock())
    await deliver(sender)
    clock.move(minutes=1)
    await deliver(sender)
    assert channel.texts("a") == ["a1"]


async def test_a_running_sender_is_woken_and_ends_what_it_has_begun(
    sender: Sender, channel: DoubleChannel, database: Database, clock: MovingClock, wakeups: LocalWakeups
) -> None:
    conversation = await make_conversation(database, customer="a", channel="double")
    channel.gates["a1"] = asyncio.Event()
    async with running(sender.run()):
        await queue(database, conversation, "a1", "a2", at=clock(), wakeups=wakeups)

        async def is_tried() -> bool:
            return channel.tried == ["a1"]

        await eventually(is_tried)
        asyncio.get_running_loop().call_later(0.05, channel.gates["a1"].set)
    assert channel.sent == [("a", "a1")]
    assert await deliveries(database) == [("a1", "sent"), ("a2", "waiting")]


@pytest.mark.parametrize("error", [RetryLater(5), TemporaryFailure("503")])
async def test_parts_that_have_arrived_are_not_sent_again_when_a_later_one_must_wait(
    channel: DoubleChannel,
    database: Database,
    wakeups: LocalWakeups,
    clock: MovingClock,
    burials: Burials,
    error: Exception,
) -> None:
    conversation = await make_conversation(database, customer="a", channel="double")
    channel.errors["2"] = [error]
    channel.errors["3"] = [error]
    await queue(database, conversation, "1|2|3", "after", at=clock())
    for _ in range(3):  # each time by a sender that knows only what is on record
        await deliver(make_sender(channel, database, wakeups, clock, burials))
        clock.move(seconds=30)
    assert channel.texts("a") == ["1", "2", "3", "after"]
    async with database.read() as session:
        row = (await session.scalars(select(OutboxRow).order_by(OutboxRow.position))).first()
    assert row is not None
    assert row.vendor_ids == ["v1", "v2", "v3"]


async def test_waiting_for_the_pace_between_many_parts_never_ends_in_a_burial(
    sender: Sender, channel: DoubleChannel, database: Database, clock: MovingClock, burials: Burials
) -> None:
    parts = [str(number) for number in range(MAX_ATTEMPTS + 2)]
    for part in parts:
        channel.errors[part] = [RetryLater(5), RetryLater(5)]
    conversation = await make_conversation(database, customer="a", channel="double")
    await queue(database, conversation, "|".join(parts), at=clock())
    for _ in range(3 * len(parts)):
        await deliver(sender)
        clock.move(seconds=6)
    assert channel.texts("a") == parts
    assert burials.seen == []


async def test_the_rest_of_a_bots_text_is_not_sent_after_a_takeover(
    sender: Sender, channel: DoubleChannel, database: Database, clock: MovingClock
) -> None:
    conversation = await make_conversation(database, customer="a", channel="double")
    channel.errors["2"] = [RetryLater(5)]
    await queue(database, conversation, "1|2", at=clock())
    await deliver(sender)
    await take_over(database, conversation)
    await queue(database, conversation, "hello", at=clock(), author=Author.AGENT)
    clock.move(seconds=6)
    await deliver(sender)
    assert channel.texts("a") == ["1", "hello"]


async def test_a_burial_by_a_sender_whose_lease_ran_out_is_not_reported(
    sender: Sender,
    channel: DoubleChannel,
    database: Database,
    wakeups: LocalWakeups,
    clock: MovingClock,
    burials: Burials,
) -> None:
    conversation = await make_conversation(database, customer="a", channel="double")
    channel.gates["a1"] = asyncio.Event()
    channel.errors["a1"] = [Undeliverable("gone")]
    await queue(database, conversation, "a1", at=clock())
    await sender.step()

    async def is_tried() -> bool:
        return channel.tried == ["a1"]

    await eventually(is_tried)
    clock.move(seconds=LEASE.total_seconds() + 1)
    async with database.write() as session:  # by another sender, for which it goes well
        (parcel,) = await claim(session, "double", now=clock(), limit=10)
    with structlog.testing.capture_logs() as logs:
        channel.gates["a1"].set()
        await sender.idle()
    assert burials.seen == []
    assert "delivery.buried" not in [entry["event"] for entry in logs]
    assert await deliveries(database) == [("a1", "waiting")]
    async with database.write() as session:
        assert await bury(session, parcel, error="gone")


@pytest.mark.parametrize(
    "database_url", [pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True
)  # SQLite has one writer
async def test_a_burial_waits_for_the_conversation_before_it_takes_the_row(
    channel: DoubleChannel, database: Database, wakeups: LocalWakeups, clock: MovingClock
) -> None:
    """As everybody does who takes both; two in opposite order would wait for each other."""
    sender = make_sender(channel, database, wakeups, clock, functools.partial(report_burial, settings=DESK))
    conversation = await make_conversation(database, customer="a", channel="double")
    channel.errors["a1"] = [Undeliverable("gone")]
    await queue(database, conversation, "a1", at=clock())

    async def is_waiting_for_a_lock() -> bool:
        query = text(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        async with database.read() as session:
            return bool(await session.scalar(query))

    async with database.write() as session:
        await lock_conversation(session, conversation)
        await sender.step()
        await eventually(is_waiting_for_a_lock)
        await session.scalars(select(OutboxRow).with_for_update(nowait=True))
    await sender.idle()
    assert await deliveries(database) == [("a1", "buried")]
