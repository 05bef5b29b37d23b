"""Receiving from Telegram, by polling and by webhook, through a third-party emulator over real HTTP."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Awaitable, Callable

import httpx
import pytest
import structlog
import uvicorn
from fastapi import FastAPI
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from channels.delivery import Sender
from channels.telegram.client import create_bot
from channels.telegram.connection import Telegram
from channels.telegram.polling import Polling
from core.backoff import Backoff
from core.connections import Signs, read_connections
from core.database import Database
from core.errors import ConfigError
from core.inbox import Inbox, Receipt
from core.messages import Address, Button, InboundMessage, Kind, OutgoingMessage
from core.outbox import Parcel
from core.wakeups import LocalWakeups
from tests.factories import inbound
from tests.telegram.support import Customer, FakeBotApi, MovingClock, eventually, queue, received, running

SECRET = "s3cret_-"
AT_ONCE = Backoff(first=0.01, longest=0.01)


@pytest.fixture
async def telegram(
    emulator_url: str, token: str, inbox: Inbox, database: Database
) -> AsyncIterator[Telegram]:
    telegram = Telegram(token, api_url=emulator_url, inbox=inbox, database=database)
    yield telegram
    await telegram.close()


def inbox_has(database: Database, count: int) -> Callable[[], Awaitable[bool]]:
    async def check() -> bool:
        return len(await received(database)) >= count

    return check


async def no_burial(session: AsyncSession, parcel: Parcel, error: str) -> None:
    raise AssertionError(error)


@contextlib.asynccontextmanager
async def served(telegram: Telegram) -> AsyncIterator[str]:
    """Our webhook on a real port; its address."""
    app = FastAPI()
    app.include_router(telegram.routes(secret=SECRET))
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="off"))
        task = asyncio.create_task(server.serve(sockets=[listener]))
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            await task


async def test_a_conversation_by_polling(
    telegram: Telegram, customer: Customer, database: Database, wakeups: LocalWakeups, clock: MovingClock
) -> None:
    sender = Sender(telegram.channel, database, wakeups, on_buried=no_burial, clock=clock)
    async with running(telegram.poll(), sender.run()):
        await customer.says("怎么退货")
        await eventually(inbox_has(database, 1))
        (row,) = await received(database)
        assert (row.kind, row.text) == (Kind.TEXT, "怎么退货")

        buttons = (
            Button(action="entry:return_process", label="退货流程"),
            Button(action="human", label="转人工"),
        )
        await queue(database, row.conversation_id, "您问的是？", at=clock(), buttons=buttons, wakeups=wakeups)
        assert await customer.reads(1) == ["您问的是？"]

        await customer.presses("退货流程")
        await eventually(inbox_has(database, 2))
        press = (await received(database))[1]
        assert (press.kind, press.press, press.text) == (Kind.PRESS, "entry:return_process", "退货流程")
        assert press.conversation_id == row.conversation_id

        await customer.sends(voice={"file_id": "v", "file_unique_id": "u", "duration": 3})
        await eventually(inbox_has(database, 3))
        assert (await received(database))[2].attachments[0]["ref"] == "v"

        long = "这是很长的回答。" * 700
        await queue(database, row.conversation_id, long, at=clock(), wakeups=wakeups)
        texts = await customer.reads(3)
        assert "".join(texts[1:]) == long


async def test_a_conversation_by_webhook(
    telegram: Telegram, customer: Customer, database: Database, wakeups: LocalWakeups, clock: MovingClock
) -> None:
    sender = Sender(telegram.channel, database, wakeups, on_buried=no_burial, clock=clock)
    async with served(telegram) as url, running(sender.run()):
        await telegram.register(public_url=url + "/", secret=SECRET)
        for number in range(5):
            await customer.says(f"第 {number} 条")
        await eventually(inbox_has(database, 5))
        rows = await received(database)
        assert [row.text for row in rows] == [f"第 {number} 条" for number in range(5)]

        buttons = (Button(action="human", label="转人工"),)
        conversation = rows[0].conversation_id
        await queue(database, conversation, "还有别的吗？", at=clock(), buttons=buttons, wakeups=wakeups)
        await customer.reads(1)
        await customer.presses("转人工")
        await eventually(inbox_has(database, 6))
        assert (await received(database))[5].press == "human"


async def test_polling_removes_a_webhook_that_was_left(
    telegram: Telegram, customer: Customer, database: Database
) -> None:
    await telegram.register(public_url="http://127.0.0.1:1", secret=SECRET)
    async with running(telegram.poll()):
        await customer.says("有人吗")
        await eventually(inbox_has(database, 1))


async def test_a_restart_of_polling_neither_loses_nor_doubles(
    telegram: Telegram, customer: Customer, database: Database
) -> None:
    async with running(telegram.poll()):
        await customer.says("1")
        await eventually(inbox_has(database, 1))
    await customer.says("2")
    await customer.says("3")
    async with running(telegram.poll()):
        await eventually(inbox_has(database, 3))
        await customer.says("4")
        await eventually(inbox_has(database, 4))
    assert [row.text for row in await received(database)] == ["1", "2", "3", "4"]


def update(number: int, text: str, *, chat: int = 7) -> dict[str, object]:
    person = {"id": chat, "is_bot": False, "first_name": "Ann"}
    message = {"message_id": number, "date": 1, "chat": {"id": chat, "type": "private"}, "from": person}
    return {"update_id": number, "message": {**message, "text": text}}


class BrittleInbox(Inbox):
    """Fails to store one text once, as a database that goes away does."""

    failing: str | None = "3"

    async def record(self, message: InboundMessage) -> Receipt:
        if message.text == self.failing:
            self.failing = None
            raise ConnectionError("the database is away")
        return await super().record(message)


@contextlib.asynccontextmanager
async def polling(
    bot_api: FakeBotApi, inbox: Inbox, database: Database, *, signs: Signs | None = None
) -> AsyncIterator[None]:
    bot = create_bot("42:TEST", bot_api.url)
    try:
        async with running(Polling(bot, inbox, database, signs=signs, backoff=AT_ONCE).run()):
            yield
    finally:
        await bot.session.close()


async def test_the_offset_moves_only_after_all_messages_are_stored(
    bot_api: FakeBotApi, database: Database, wakeups: LocalWakeups
) -> None:
    bot_api.updates = [update(number, str(number)) for number in range(1, 6)]
    inbox = BrittleInbox(database, wakeups)
    async with inbox.running(), polling(bot_api, inbox, database):

        async def asked_thrice() -> list[str | None]:
            asked = [form.get("offset") for form in bot_api.called("getUpdates")]
            return asked[:3] if len(asked) >= 3 else []

        assert await eventually(asked_thrice) == [None, None, "6"]
    assert sorted(row.text for row in await received(database)) == ["1", "2", "3", "4", "5"]


async def test_messages_of_a_batch_keep_their_order(
    bot_api: FakeBotApi, inbox: Inbox, database: Database
) -> None:
    bot_api.updates = [update(number, str(number), chat=number % 3 + 1) for number in range(1, 61)]
    async with polling(bot_api, inbox, database):
        await eventually(inbox_has(database, 60))
    texts: dict[str, list[int]] = {}
    for row in await received(database):
        texts.setdefault(str(row.conversation_id), []).append(int(row.text))
    assert len(texts) == 3
    assert all(numbers == sorted(numbers) for numbers in texts.values())


async def test_an_update_that_cannot_be_read_holds_up_no_other(
    bot_api: FakeBotApi, inbox: Inbox, database: Database
) -> None:
    broken = {"update_id": 1, "message": {"message_id": "?", "text": "SECRET TEXT"}}
    bot_api.updates = [broken, update(2, "2")]
    with structlog.testing.capture_logs() as logs:
        async with polling(bot_api, inbox, database):
            await eventually(inbox_has(database, 1))
    assert "telegram.update_unreadable" in [entry["event"] for entry in logs]
    assert "SECRET TEXT" not in str(logs)


async def check_skipped(
    bot_api: FakeBotApi, inbox: Inbox, database: Database, poison: dict[str, object]
) -> None:
    """An update that the database refuses, with SECRET TEXT in it, is left out; what comes after it is not."""
    bot_api.updates = [{**poison, "update_id": 1}, update(2, "2")]

    async def asked_for_the_third() -> bool:
        return "3" in [form.get("offset") for form in bot_api.called("getUpdates")]

    with structlog.testing.capture_logs() as logs:
        async with polling(bot_api, inbox, database):
            await eventually(asked_for_the_third)
    assert [row.text for row in await received(database) if row.external_id == "42:7:2"] == ["2"]
    assert "telegram.message_refused" in [entry["event"] for entry in logs]
    assert "SECRET TEXT" not in str(logs)


async def test_a_message_that_no_database_can_hold_holds_up_no_other(
    bot_api: FakeBotApi, inbox: Inbox, database: Database
) -> None:
    person = {"id": 7, "is_bot": False, "first_name": "Ann"}
    document = {"file_id": "f", "file_unique_id": "u", "file_size": 2**70}  # more than JSON takes
    message = {"message_id": 1, "date": 1, "chat": {"id": 7, "type": "private"}, "from": person}
    poison: dict[str, object] = {"message": {**message, "document": document, "caption": "SECRET TEXT"}}
    await check_skipped(bot_api, inbox, database, poison)


async def test_a_message_that_breaks_a_rule_of_the_database_holds_up_no_other(
    bot_api: FakeBotApi, inbox: Inbox, database: Database
) -> None:
    async with database.write() as session:
        await session.execute(text("CREATE UNIQUE INDEX one_text_each ON inbox (text)"))
    await inbox.record(inbound("SECRET TEXT"))
    await check_skipped(bot_api, inbox, database, update(1, "SECRET TEXT"))


@pytest.mark.parametrize(
    "database_url", [pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True
)  # SQLite takes it
async def test_a_message_that_postgresql_refuses_holds_up_no_other(
    bot_api: FakeBotApi, inbox: Inbox, database: Database
) -> None:
    async with database.write() as session:
        await session.execute(text("ALTER TABLE inbox ALTER COLUMN text TYPE varchar(5)"))
    await check_skipped(bot_api, inbox, database, update(1, "SECRET TEXT"))


@pytest.mark.parametrize(
    ("status", "description", "event"),
    [
        (409, "Conflict: terminated by other getUpdates request", "telegram.conflict"),
        (401, "Unauthorized", "telegram.token_refused"),
        (502, "Bad Gateway", "telegram.unreachable"),
    ],
)
async def test_trouble_is_logged_and_polling_goes_on(
    bot_api: FakeBotApi, inbox: Inbox, database: Database, status: int, description: str, event: str
) -> None:
    bot_api.refuses(status, description)
    bot_api.updates = [update(1, "1")]
    signs = Signs(database)
    with structlog.testing.capture_logs() as logs:
        async with polling(bot_api, inbox, database, signs=signs):
            await eventually(inbox_has(database, 1))
    assert event in [entry["event"] for entry in logs]
    await signs.write()
    async with database.read() as session:
        told = (await read_connections(session))["telegram.receive"]
    assert description in (told.error or "") and "TEST" not in (told.error or "")


@pytest.fixture
async def web(bot_api: FakeBotApi, inbox: Inbox, database: Database) -> AsyncIterator[httpx.AsyncClient]:
    """A client of our webhook, of a bot whose server is there."""
    telegram = Telegram("42:TEST", api_url=bot_api.url, inbox=inbox, database=database)
    app = FastAPI()
    app.include_router(telegram.routes(secret=SECRET))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
        yield client
    await telegram.close()


HEADERS = {"X-Telegram-Bot-Api-Secret-Token": SECRET}


@pytest.mark.parametrize("headers", [{}, {"X-Telegram-Bot-Api-Secret-Token": "wrong"}])
async def test_a_webhook_call_without_the_secret_is_refused(
    web: httpx.AsyncClient, database: Database, headers: dict[str, str]
) -> None:
    response = await web.post("/telegram/webhook", json=update(1, "hi"), headers=headers)
    assert response.status_code == 401
    assert response.json()["error"]["code"] == "unauthorised"
    assert await received(database) == []


@pytest.mark.parametrize("body", [b"{", b"\xff\xfe", b"[]", b'{"message": {}}', b'{"update_id": "x"}'])
async def test_a_webhook_body_that_is_no_update_is_refused(web: httpx.AsyncClient, body: bytes) -> None:
    response = await web.post("/telegram/webhook", content=body, headers=HEADERS)
    assert response.status_code == 400
    assert "not a Telegram update" in response.json()["error"]["message"]


async def test_a_repeated_webhook_call_counts_once(web: httpx.AsyncClient, database: Database) -> None:
    for _ in range(2):
        response = await web.post("/telegram/webhook", json=update(1, "hi"), headers=HEADERS)
        assert response.status_code == 200
    assert [row.text for row in await received(database)] == ["hi"]


async def test_a_press_by_webhook_is_answered_so_that_the_button_stops_spinning(
    web: httpx.AsyncClient,
) -> None:
    person = {"id": 7, "is_bot": False, "first_name": "Ann"}
    message = {"message_id": 1, "date": 1, "chat": {"id": 7, "type": "private"}, "text": "?"}
    query = {"id": "q1", "from": person, "chat_instance": "7", "data": "human", "message": message}
    response = await web.post(
        "/telegram/webhook", json={"update_id": 1, "callback_query": query}, headers=HEADERS
    )
    assert response.json() == {"method": "answerCallbackQuery", "callback_query_id": "q1"}


async def test_a_press_by_polling_is_answered(bot_api: FakeBotApi, inbox: Inbox, database: Database) -> None:
    person = {"id": 7, "is_bot": False, "first_name": "Ann"}
    message = {"message_id": 1, "date": 1, "chat": {"id": 7, "type": "private"}, "text": "?"}
    query = {"id": "q1", "from": person, "chat_instance": "7", "data": "human", "message": message}
    bot_api.updates = [{"update_id": 1, "callback_query": query}]
    async with polling(bot_api, inbox, database):

        async def is_answered() -> bool:
            return bool(bot_api.called("answerCallbackQuery"))

        await eventually(is_answered)
    assert bot_api.called("answerCallbackQuery")[0] == {"callback_query_id": "q1"}


async def test_a_webhook_that_telegram_refuses_says_what_to_mend(
    bot_api: FakeBotApi, inbox: Inbox, database: Database
) -> None:
    telegram = Telegram("42:TEST", api_url=bot_api.url, inbox=inbox, database=database)
    bot_api.refuses(400, "Bad Request: bad webhook: An HTTPS URL must be provided for webhook")
    with pytest.raises(ConfigError, match=r"PUBLIC_URL.*HTTPS"):
        await telegram.register(public_url="http://shop.example", secret=SECRET)
    with pytest.raises(ConfigError, match="TELEGRAM_WEBHOOK_SECRET"):
        await telegram.register(public_url="https://shop.example", secret="mit Umlaut: ä")
    with pytest.raises(ConfigError, match="TELEGRAM_WEBHOOK_SECRET"):
        telegram.routes(secret="")
    await telegram.close()


async def test_what_was_sent_is_changed_and_deleted_at_the_emulator(
    telegram: Telegram, customer: Customer, inbox: Inbox
) -> None:
    channel = telegram.channel
    address = Address(channel="telegram", chat=str(customer.id))
    kept, changed, gone = [
        await channel.send(OutgoingMessage(address=address, text=text)) for text in ("留", "错", "不该说")
    ]
    assert len({kept, changed, gone}) == 3
    await channel.amend([changed], OutgoingMessage(address=address, text="对"))
    await channel.withdraw([gone], address)
    assert await customer.reads(2) == ["留", "对"]
