"""Files that we keep, sent to Telegram: by a sender, against a Bot API server that fails as Telegram documents it."""

from collections.abc import AsyncIterator

import pytest
from aiogram import Bot
from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession

from channels.delivery import Sender
from channels.telegram import channel as telegram
from channels.telegram.channel import TelegramChannel
from channels.telegram.client import create_bot
from channels.telegram.pacing import Pacing
from core.database import Database
from core.files import File, NewFile
from core.messages import Author
from core.outbox import Parcel
from core.pacing import Rate
from core.wakeups import LocalWakeups
from tests.telegram.support import FakeBotApi, MovingClock, deliveries, make_conversation, queue
from tests.uploads import PDF, PNG

PICTURE = NewFile(name="屏幕.png", mime="image/png", content=PNG)
INVOICE = NewFile(name="发票.pdf", mime="application/pdf", content=PDF)
QUICK = Rate(per_second=1e6)


class Burials:
    """Remembers why messages were given up."""

    def __init__(self) -> None:
        self.errors: list[str] = []

    async def __call__(self, session: AsyncSession, parcel: Parcel, error: str) -> None:
        self.errors.append(error)


@pytest.fixture
async def bot(bot_api: FakeBotApi) -> AsyncIterator[Bot]:
    bot = create_bot("42:SECRET", bot_api.url)
    yield bot
    await bot.session.close()


@pytest.fixture
def burials() -> Burials:
    return Burials()


@pytest.fixture
def sender(
    bot: Bot, database: Database, wakeups: LocalWakeups, clock: MovingClock, burials: Burials
) -> Sender:
    channel = TelegramChannel(bot, pacing=Pacing(chat=QUICK, group=QUICK, overall=QUICK))
    return Sender(channel, database, wakeups, on_buried=burials, clock=clock)


async def deliver(sender: Sender) -> None:
    while await sender.step():
        await sender.idle()


async def agent_sends(database: Database, clock: MovingClock, text: str, *files: NewFile) -> None:
    conversation = await make_conversation(database)
    await queue(database, conversation, text, author=Author.AGENT, files=files, at=clock())


async def test_pictures_go_as_photos_and_all_else_as_documents_before_the_text(
    database: Database, clock: MovingClock, sender: Sender, bot_api: FakeBotApi
) -> None:
    await agent_sends(database, clock, "给您", PICTURE, INVOICE)
    await deliver(sender)
    assert [method for method, _ in bot_api.calls] == ["sendPhoto", "sendDocument", "sendMessage"]
    (photo,), (document,) = bot_api.called("sendPhoto"), bot_api.called("sendDocument")
    assert bot_api.uploads[photo["photo"]] == ("屏幕.png", PNG)
    assert bot_api.uploads[document["document"]] == ("发票.pdf", PDF)
    assert (photo["chat_id"], document["chat_id"]) == ("1001", "1001")
    assert await deliveries(database) == [("给您", "sent")]


async def test_a_file_without_a_word_is_nothing_but_the_file(
    database: Database, clock: MovingClock, sender: Sender, bot_api: FakeBotApi
) -> None:
    await agent_sends(database, clock, "", INVOICE)
    await deliver(sender)
    assert [method for method, _ in bot_api.calls] == ["sendDocument"]
    assert await deliveries(database) == [("", "sent")]


async def test_what_is_interrupted_goes_on_behind_the_file_that_has_arrived(
    database: Database, clock: MovingClock, sender: Sender, bot_api: FakeBotApi
) -> None:
    bot_api.plan.append((200, {"ok": True, "result": {"message_id": 1}}))
    bot_api.refuses(502, "Bad Gateway")
    bot_api.refuses(429, "Too Many Requests: retry after 3", retry_after=3)
    await agent_sends(database, clock, "给您", PICTURE, INVOICE)
    for _ in range(4):
        await deliver(sender)
        clock.move(minutes=15)
    methods = [method for method, _ in bot_api.calls]
    assert methods == ["sendPhoto", *["sendDocument"] * 3, "sendMessage"]
    assert await deliveries(database) == [("给您", "sent")]


async def test_a_picture_that_telegram_does_not_take_as_a_photo_goes_as_a_document(
    database: Database,
    clock: MovingClock,
    sender: Sender,
    bot_api: FakeBotApi,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bot_api.refuses(400, "Bad Request: PHOTO_INVALID_DIMENSIONS")
    await agent_sends(database, clock, "", PICTURE)
    await deliver(sender)
    assert [method for method, _ in bot_api.calls] == ["sendPhoto", "sendDocument"]
    monkeypatch.setattr(telegram, "MAX_PHOTO", len(PNG) - 1)
    await agent_sends(database, clock, "", PICTURE)
    await deliver(sender)
    assert [method for method, _ in bot_api.calls][2:] == ["sendDocument"]


async def test_what_is_too_large_for_telegram_is_told_of(
    database: Database,
    clock: MovingClock,
    sender: Sender,
    bot_api: FakeBotApi,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(telegram, "MAX_DOCUMENT", len(PDF) - 1)
    await agent_sends(database, clock, "", INVOICE)
    await deliver(sender)
    (form,) = bot_api.called("sendMessage")
    assert "发票.pdf" in form["text"] and "怎样发给您" in form["text"] and "cannot be sent" in form["text"]


async def test_of_a_file_that_is_gone_nothing_is_sent_and_it_is_given_up(
    database: Database, clock: MovingClock, sender: Sender, bot_api: FakeBotApi, burials: Burials
) -> None:
    await agent_sends(database, clock, "给您", INVOICE)
    async with database.write() as session:
        await session.execute(delete(File))
    await deliver(sender)
    assert bot_api.calls == [] and burials.errors == ["the file 发票.pdf is not kept any more"]
    assert await deliveries(database) == [("给您", "buried")]


async def test_a_customer_who_blocked_the_bot_gets_no_file(
    database: Database, clock: MovingClock, sender: Sender, bot_api: FakeBotApi, burials: Burials
) -> None:
    bot_api.refuses(403, "Forbidden: bot was blocked by the user")
    await agent_sends(database, clock, "给您", INVOICE)
    await deliver(sender)
    assert len(bot_api.calls) == 1 and "blocked" in burials.errors[0]
