"""What the Telegram and delivery tests share: waiting, a clock to move, servers of our own, a customer."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
from aiohttp import web
from sqlalchemy import select

from core.conversations import Draft, lock_conversation
from core.database import Database
from core.files import NewFile, keep_files
from core.inbox import Inbox, InboxRow
from core.messages import Author, Button
from core.outbox import OutboxRow
from core.posting import Posting
from core.wakeups import LocalWakeups, Wakeups
from tests.factories import inbound

GIVE_UP = 20.0  # seconds; only a broken test waits so long


class MovingClock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def move(self, **amount: float) -> None:
        self.now += timedelta(**amount)


async def eventually(check: Callable[[], Awaitable[Any]]) -> Any:
    """The first true value that `check` gives."""
    async with asyncio.timeout(GIVE_UP):
        while True:
            value = await check()
            if value:
                return value
            await asyncio.sleep(0.02)


@contextlib.asynccontextmanager
async def running(*coroutines: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Run what never ends for the time of the block; its failure fails the block."""
    tasks = [asyncio.create_task(coroutine) for coroutine in coroutines]
    try:
        yield
        for task in tasks:
            if task.done():
                task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def make_conversation(database: Database, *, customer: str = "1001", channel: str = "telegram") -> UUID:
    """A conversation in which a customer has written."""
    async with Inbox(database, LocalWakeups()).running() as inbox:
        receipt = await inbox.record(inbound(customer=customer, channel=channel))
    return receipt.conversation_id


async def queue(
    database: Database,
    conversation_id: UUID,
    *texts: str,
    at: datetime,
    author: Author = Author.BOT,
    buttons: tuple[Button, ...] = (),
    files: Sequence[NewFile] = (),
    wakeups: Wakeups | None = None,
) -> None:
    """Put messages into a conversation's record and outbox, as a turn or an agent does."""
    posting = Posting({"telegram", "double"})
    async with database.write() as session:
        conversation = await lock_conversation(session, conversation_id)
        kept = [each.to_json() for each in await keep_files(session, conversation_id, files, now=at)]
        drafts = [Draft(author=author, text=text, at=at, buttons=buttons, attachments=kept) for text in texts]
        posting.add(conversation, drafts, now=at)
        await posting.write(session)
    if wakeups is not None:
        posting.announce(wakeups)


async def take_over(database: Database, conversation_id: UUID) -> None:
    """Raise the epoch, as a handover does."""
    async with database.write() as session:
        conversation = await lock_conversation(session, conversation_id)
        conversation.epoch += 1


async def deliveries(database: Database) -> list[tuple[str, str]]:
    """Text and state of every outbox row, oldest first."""
    async with database.read() as session:
        rows = await session.scalars(select(OutboxRow).order_by(OutboxRow.position))
        return [(row.text, row.state) for row in rows]


async def received(database: Database) -> list[InboxRow]:
    """What customers sent, oldest first."""
    async with database.read() as session:
        return list(await session.scalars(select(InboxRow).order_by(InboxRow.position)))


@dataclass
class Customer:
    """A person with Telegram, played through the emulator."""

    emulator: httpx.AsyncClient
    token: str
    id: int = 1001
    language: str = "zh-hans"
    _seen: list[dict[str, Any]] = field(default_factory=list)

    def _common(self) -> dict[str, Any]:
        person = {"id": self.id, "first_name": "芳", "last_name": "王"}
        return {
            "botToken": self.token,
            "from": {**person, "is_bot": False, "language_code": self.language},
            "chat": {**person, "type": "private"},
            "date": 1_795_000_000,
        }

    async def says(self, text: str) -> None:
        await self._post("/sendMessage", {**self._common(), "text": text})

    async def sends(self, **content: Any) -> None:
        """Send anything else, in the words of the Bot API."""
        await self._post("/sendMessage", {**self._common(), **content})

    async def presses(self, label: str) -> None:
        """Press the button of that label under the last message that has it."""
        for update in reversed(self._seen):
            keyboard = update["message"].get("reply_markup")
            buttons = [button for row in keyboard["inline_keyboard"] for button in row] if keyboard else []
            for button in buttons:
                if button["text"] == label:
                    common = self._common()
                    message = {
                        "message_id": update["messageId"],
                        "date": common["date"],
                        "chat": common["chat"],
                        "text": update["message"]["text"],
                        "reply_markup": keyboard,
                    }
                    await self._post(
                        "/sendCallback", {**common, "message": message, "data": button["callback_data"]}
                    )
                    return
        raise AssertionError(f"no button {label!r}")

    async def reads(self, count: int) -> list[str]:
        """Wait for `count` messages in all; the texts so far."""

        async def enough() -> bool:
            answer = await self._post("/getUpdates", {"token": self.token, "chatId": str(self.id)})
            self._seen += answer["result"]
            return len(self._seen) >= count

        await eventually(enough)
        return [update["message"]["text"] for update in self._seen]

    async def _post(self, path: str, body: dict[str, Any]) -> Any:
        response = await self.emulator.post(path, json=body)
        assert response.is_success, response.text
        return response.json()


class FakeBotApi:
    """A Bot API server that fails on demand: answers of `plan` come first, then all goes well."""

    def __init__(self) -> None:
        self.url = ""
        self.plan: list[tuple[int, dict[str, Any]]] = []
        self.updates: list[dict[str, Any]] = []
        self.calls: list[tuple[str, dict[str, str]]] = []
        self.files: dict[str, bytes] = {}
        self.uploads: dict[str, tuple[str, bytes]] = {}  # names and contents, by what the forms call them

    def refuses(self, status: int, description: str, **parameters: Any) -> None:
        """The next call is answered like this."""
        body = {"ok": False, "error_code": status, "description": description, "parameters": parameters}
        self.plan.append((status, body))

    def called(self, method: str) -> list[dict[str, str]]:
        return [form for name, form in self.calls if name == method]

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator["FakeBotApi"]:
        app = web.Application(client_max_size=60_000_000)
        app.router.add_get("/file/bot{token}/{path:.+}", self._file)
        app.router.add_post("/bot{token}/{method}", self._call)
        runner = web.AppRunner(app)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        host, port = runner.addresses[0][:2]
        self.url = f"http://{host}:{port}"
        try:
            yield self
        finally:
            await runner.cleanup()

    async def _call(self, request: web.Request) -> web.Response:
        method = request.match_info["method"]
        form = {}
        for key, value in (await request.post()).items():
            if isinstance(value, web.FileField):  # uploaded; the form names it by attach://KEY
                self.uploads[f"attach://{key}"] = (value.filename, value.file.read())
            else:
                form[key] = str(value)
        self.calls.append((method, form))
        if self.plan and method not in ("getMe", "deleteWebhook"):
            status, body = self.plan.pop(0)
            return web.json_response(body, status=status)
        return web.json_response({"ok": True, "result": await self._result(method, form)})

    async def _result(self, method: str, form: dict[str, str]) -> Any:
        match method:
            case "getMe":
                return {"id": 42, "is_bot": True, "first_name": "Shop", "username": "shop_bot"}
            case "sendMessage" | "sendPhoto" | "sendDocument":
                return {"message_id": len(self.calls)}
            case "getFile":
                return {"file_id": form["file_id"], "file_unique_id": "u", "file_path": form["file_id"]}
            case "getUpdates":
                first = int(form.get("offset", "0"))
                found = [update for update in self.updates if update["update_id"] >= first]
                if not found:
                    await asyncio.sleep(0.05)
                return found
            case _:
                return True

    async def _file(self, request: web.Request) -> web.Response:
        content = self.files.get(request.match_info["path"])
        return web.Response(body=content) if content is not None else web.Response(status=404)
