"""Reading a conversation as it grows: nothing missed, nothing twice."""

import asyncio
from uuid import UUID

from core.clock import utc_now
from core.conversations import Draft, lock_conversation
from core.database import Database
from core.feed import PAGE, Feed
from core.ids import new_id
from core.inbox import Inbox
from core.messages import Author
from core.posting import Posting
from core.wakeups import LocalWakeups
from tests.factories import inbound


async def make_conversation(database: Database, customer: str = "c1") -> UUID:
    async with Inbox(database, LocalWakeups()).running() as inbox:
        return (await inbox.record(inbound(customer=customer))).conversation_id


async def say(database: Database, conversation_id: UUID, *texts: str, wakeups: LocalWakeups) -> list[UUID]:
    posting = Posting(pushed=())
    drafts = [Draft(author=Author.BOT, text=text, at=utc_now()) for text in texts]
    async with database.write() as session:
        posting.add(await lock_conversation(session, conversation_id), drafts, now=utc_now())
        await posting.write(session)
    posting.announce(wakeups)
    return [draft.id for draft in drafts]


async def test_messages_behind_a_known_one_are_read_in_order(database: Database) -> None:
    wakeups = LocalWakeups()
    conversation = await make_conversation(database)
    ids = await say(database, conversation, "one", "two", "three", wakeups=wakeups)
    async with Feed(database, wakeups).running() as feed:
        assert [m.text for m in await feed.read(conversation, None)] == ["one", "two", "three"]
        assert [m.text for m in await feed.read(conversation, ids[0])] == ["two", "three"]
        assert await feed.read(conversation, ids[2]) == []


async def test_a_waiting_reader_is_answered_when_something_is_said(database: Database) -> None:
    wakeups = LocalWakeups()
    conversation = await make_conversation(database)
    async with Feed(database, wakeups).running() as feed:
        waiting = asyncio.create_task(feed.read(conversation, None, wait=30))
        await asyncio.sleep(0.05)
        await say(database, conversation, "here", wakeups=wakeups)
        assert [m.text for m in await waiting] == ["here"]


async def test_without_any_wake_up_a_waiting_reader_is_answered_by_polling(database: Database) -> None:
    conversation = await make_conversation(database)
    async with Feed(database, LocalWakeups(alone=False)).running() as feed:
        waiting = asyncio.create_task(feed.read(conversation, None, wait=30))
        await asyncio.sleep(0.05)
        await say(database, conversation, "from another process", wakeups=LocalWakeups())
        assert [m.text for m in await waiting] == ["from another process"]


async def test_a_reader_waits_behind_a_message_that_is_accepted_but_not_handled(database: Database) -> None:
    wakeups = LocalWakeups()
    conversation = await make_conversation(database)
    async with Inbox(database, wakeups).running() as inbox:
        accepted = await inbox.record(inbound())
    await say(database, conversation, "earlier", wakeups=wakeups)
    async with Feed(database, wakeups).running() as feed:
        assert await feed.read(conversation, accepted.message_id) == []
        assert await feed.has(conversation, accepted.message_id)
        assert not await feed.has(conversation, new_id())


async def test_many_readers_each_get_their_own_conversation(database: Database) -> None:
    wakeups = LocalWakeups()
    conversations = [await make_conversation(database, f"c{n}") for n in range(20)]
    async with Feed(database, wakeups).running() as feed:
        waiting = [asyncio.create_task(feed.read(c, None, wait=30)) for c in conversations]
        await asyncio.sleep(0.05)
        for number, conversation in enumerate(conversations):
            await say(database, conversation, f"to {number}", wakeups=wakeups)
        heard = [[m.text for m in await task] for task in waiting]
    assert heard == [[f"to {n}"] for n in range(20)]


async def test_a_long_conversation_is_read_page_by_page_without_gaps(database: Database) -> None:
    wakeups = LocalWakeups()
    conversation = await make_conversation(database)
    ids = await say(database, conversation, *(f"{n}" for n in range(PAGE + 30)), wakeups=wakeups)
    async with Feed(database, wakeups).running() as feed:
        first = await feed.read(conversation, None)
        second = await feed.read(conversation, first[-1].id)
    assert [m.id for m in [*first, *second]] == ids


async def test_the_end_of_the_wait_is_an_empty_answer(database: Database) -> None:
    conversation = await make_conversation(database)
    async with Feed(database, LocalWakeups()).running() as feed:
        assert await feed.read(conversation, None, wait=0.05) == []
