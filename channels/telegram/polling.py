"""Receive by long polling, with an offset of our own that moves after the messages are committed.

aiogram's poller moves on before handlers are done; a crash would lose what it had in hand.
"""

import asyncio
from collections.abc import Sequence
from typing import Any

import structlog
from aiogram import Bot
from aiogram.exceptions import (
    AiogramError,
    TelegramConflictError,
    TelegramNotFound,
    TelegramRetryAfter,
    TelegramUnauthorizedError,
)
from aiogram.methods import TelegramMethod
from aiogram.types import Update
from pydantic import ValidationError
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, StatementError

from channels.telegram.client import ALLOWED_UPDATES, REQUEST_SECONDS, BotName, describe, read_update
from channels.telegram.mapping import to_inbound
from core.backoff import Backoff
from core.connections import Signs
from core.cursors import find_cursor, set_cursor
from core.database import Database
from core.inbox import Inbox
from core.messages import InboundMessage

log = structlog.get_logger(__name__)

RECEIVES = "telegram.receive"  # the connection's name
POLL_SECONDS = 25  # Telegram holds a request without news for so long
BATCH = 100  # the most that Telegram gives at once
RETRY = Backoff(first=1.0, longest=60.0)
REFUSALS = ("22", "23", "54")  # SQLSTATE classes: bad data, broken rule, beyond a limit


class _GetUpdates(TelegramMethod[list[dict[str, Any]]]):
    """getUpdates, not parsed: one update that aiogram cannot read must not hold up all others."""

    __returning__ = list[dict[str, Any]]
    __api_method__ = "getUpdates"

    offset: int | None
    limit: int
    timeout: int
    allowed_updates: list[str]


class Polling:
    """Receives for one bot; one process at a time may poll with its token."""

    def __init__(
        self,
        bot: Bot,
        inbox: Inbox,
        database: Database,
        *,
        signs: Signs | None = None,
        backoff: Backoff = RETRY,
    ) -> None:
        self._bot = bot
        self._inbox = inbox
        self._database = database
        self._signs = signs or Signs(database)
        self._backoff = backoff
        self._cursor = f"telegram:{bot.id}"
        self._name: BotName | None = None

    async def run(self) -> None:
        """Receive until cancelled. Trouble is logged, with how to mend it, and tried again."""
        attempt = 0
        while True:
            try:
                if self._name is None:
                    self._name = await self._begin()
                await self._round(self._name)
                self._signs.fine(RECEIVES)
                attempt = 0
            except Exception as error:
                attempt += 1
                wait = self._backoff.delay(attempt)
                if isinstance(error, TelegramRetryAfter):
                    wait = error.retry_after
                self._complain(error, wait)
                await asyncio.sleep(wait)

    async def _begin(self) -> BotName:
        me = await self._bot.me()
        await self._bot.delete_webhook()  # or getUpdates answers 409
        log.info("telegram.polling", bot=me.username)
        return BotName(id=self._bot.id, username=me.username or "")

    async def _round(self, name: BotName) -> None:
        async with self._database.read() as session:
            offset = await find_cursor(session, self._cursor)
        values = await self._bot(
            _GetUpdates(
                offset=int(offset) if offset is not None else None,
                limit=BATCH,
                timeout=POLL_SECONDS,
                allowed_updates=ALLOWED_UPDATES,
            ),
            request_timeout=POLL_SECONDS + REQUEST_SECONDS,
        )
        if not values:
            return
        updates = _readable(values)
        messages = [message for update in updates if (message := to_inbound(update, name)) is not None]
        # Tasks start in this order and reach the inbox in it: one commit, and each chat's order kept.
        await asyncio.gather(*(self._record(message) for message in messages))
        async with self._database.write() as session:
            await set_cursor(session, self._cursor, str(values[-1]["update_id"] + 1))
        await asyncio.gather(*(self._stop_spinner(u.callback_query.id) for u in updates if u.callback_query))

    async def _record(self, message: InboundMessage) -> None:
        """Store a message. One that the database will never take is left out, or it would block all others."""
        try:
            await self._inbox.record(message)
        except StatementError as error:
            if not _is_refusal(error):
                raise
            # Not the error's own words: they can hold what the customer wrote.
            log.error(
                "telegram.message_refused",
                message=message.external_id[:100],
                error=type(error.orig).__name__,
                sqlstate=getattr(error.orig, "sqlstate", None),
                consequence="it is left out",
            )

    async def _stop_spinner(self, query_id: str) -> None:
        """Tell the customer's app that the press has arrived. Too late or twice does no harm."""
        try:
            await self._bot.answer_callback_query(query_id)
        except AiogramError as error:
            log.debug("telegram.press_not_answered", error=describe(error, self._bot))

    def _complain(self, error: Exception, wait: float) -> None:
        told = describe(error, self._bot) if isinstance(error, AiogramError) else type(error).__name__
        self._signs.trouble(RECEIVES, told)
        facts = {"error": describe(error, self._bot), "again_in_seconds": round(wait, 1)}
        match error:
            case TelegramConflictError():
                log.error(
                    "telegram.conflict",
                    mend="Another program receives for this bot. Stop the other poller. If it is a webhook "
                    "of yours, use one way only: polling, or PUBLIC_URL with TELEGRAM_WEBHOOK_SECRET.",
                    **facts,
                )
                self._name = None  # begin again: this removes a webhook
            case TelegramUnauthorizedError() | TelegramNotFound():
                log.error(
                    "telegram.token_refused",
                    mend="Copy the token again from @BotFather into TELEGRAM_BOT_TOKEN, and start again.",
                    **facts,
                )
            case AiogramError():
                log.warning("telegram.unreachable", **facts)
            case _:
                log.error("telegram.polling_failed", exc_info=error, **facts)


def _is_refusal(error: StatementError) -> bool:
    """Whether the database refuses these values for good; otherwise it is in trouble itself."""
    if not isinstance(error, DBAPIError):  # the values could not even be passed to the driver
        return True
    # SQLAlchemy has no class of its own for most of what asyncpg reports, so the code tells.
    state = getattr(error.orig, "sqlstate", None) or ""
    return isinstance(error, (DataError, IntegrityError)) or state[:2] in REFUSALS


def _readable(values: Sequence[dict[str, Any]]) -> list[Update]:
    updates = []
    for value in values:
        try:
            updates.append(read_update(value))
        except ValidationError as error:
            fields = [".".join(map(str, e["loc"])) for e in error.errors(include_input=False)]
            log.error("telegram.update_unreadable", update=value["update_id"], fields=fields)
    return updates
