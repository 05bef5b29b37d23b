"""Telegram as one thing to wire: how it sends, and the two ways in which it receives."""

from fastapi import APIRouter

from channels.telegram import webhook
from channels.telegram.channel import TelegramChannel
from channels.telegram.client import create_bot
from channels.telegram.polling import Polling
from core.connections import Signs
from core.database import Database
from core.inbox import Inbox


class Telegram:
    """One bot. Receive with `poll()`, or with `routes()` and `register()`; deliver through `channel`.

    Raises `ConfigError` when the token or the address cannot be one. Calls nobody until it is asked to. `signs` are told
    how receiving goes.
    """

    def __init__(
        self,
        token: str,
        *,
        api_url: str | None,
        inbox: Inbox,
        database: Database,
        signs: Signs | None = None,
    ) -> None:
        self._bot = create_bot(token, api_url)
        self._inbox = inbox
        self._database = database
        self._signs = signs or Signs(database)
        self.channel = TelegramChannel(self._bot)

    async def poll(self) -> None:
        """Receive by long polling until cancelled; removes a webhook first. In one process only."""
        await Polling(self._bot, self._inbox, self._database, signs=self._signs).run()

    def routes(self, *, secret: str) -> APIRouter:
        """POST /telegram/webhook. Raises `ConfigError` when Telegram would not take the secret."""
        return webhook.routes(bot=self._bot, inbox=self._inbox, secret=secret, signs=self._signs)

    async def register(self, *, public_url: str, secret: str) -> None:
        """Have Telegram call `routes()`. Waits out network trouble; raises `ConfigError` when refused."""
        await webhook.register_webhook(self._bot, public_url=public_url, secret=secret, signs=self._signs)

    async def close(self) -> None:
        """Close the connections to Telegram."""
        await self._bot.session.close()
