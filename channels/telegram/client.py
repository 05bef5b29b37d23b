"""The connection to the Bot API: making the bot, and its errors in our words."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import PRODUCTION, TelegramAPIServer
from aiogram.exceptions import (
    AiogramError,
    ClientDecodeError,
    DetailedAiogramError,
    TelegramBadRequest,
    TelegramForbiddenError,
    TelegramMigrateToChat,
    TelegramRetryAfter,
)
from aiogram.types import Update
from aiogram.utils.token import TokenValidationError
from pydantic import ValidationError

from channels.base import RetryLater, TemporaryFailure, Undeliverable
from core.errors import ConfigError

ALLOWED_UPDATES = ["message", "edited_message", "callback_query"]
REQUEST_SECONDS = 15  # of one call, connecting included


@dataclass(frozen=True, kw_only=True)
class BotName:
    """Our bot, as groups mention it: `username` is without the @."""

    id: int
    username: str


def create_bot(token: str, api_url: str | None = None) -> Bot:
    """A bot on Telegram's own server, or on the one at `api_url`. Close it with `bot.session.close()`.

    Raises `ConfigError` when the token or the address cannot be one.
    """
    if api_url and not api_url.startswith(("http://", "https://")):
        raise ConfigError(
            "TELEGRAM_API_URL", "this is not a web address", "Use one like https://bot-api.example.com"
        )
    server = TelegramAPIServer.from_base(api_url) if api_url else PRODUCTION
    try:
        return Bot(token, session=AiohttpSession(api=server, timeout=REQUEST_SECONDS))
    except TokenValidationError as error:
        raise ConfigError(
            "TELEGRAM_BOT_TOKEN",
            "this is not a bot token",
            "Copy the one that @BotFather gave you; it looks like 123456:ABC-DEF1234",
        ) from error


async def ask_name(bot: Bot) -> BotName:
    """The bot's name, asked of Telegram once. Raises `ChannelError`."""
    with translated(bot):
        me = await bot.me()
    return BotName(id=bot.id, username=me.username or "")


def read_update(value: Any) -> Update:
    """An update out of parsed JSON. Raises `pydantic.ValidationError`.

    Parts that aiogram cannot read (its version and the server's differ) are left out where they are optional:
    a customer who sends a poll of a newer kind is heard as sending something.
    """
    try:
        return Update.model_validate(value)
    except ValidationError as error:
        parts = {error["loc"][:2] for error in error.errors(include_input=False) if len(error["loc"]) > 2}
        if not parts:
            raise
        pruned = {
            kind: {key: part for key, part in event.items() if (kind, key) not in parts}
            if isinstance(event, dict)
            else event
            for kind, event in value.items()
        }
        return Update.model_validate(pruned)


def describe(error: Exception, bot: Bot) -> str:
    """An error for logs and agents: without the token, without anything a customer wrote."""
    if isinstance(error, ClientDecodeError):  # its text holds the whole answer
        text = f"{error.message} ({type(error.original).__name__})"
    elif isinstance(error, DetailedAiogramError):
        text = error.message
    else:
        text = str(error) or type(error).__name__
    return text.replace(bot.token, "<token>")


@contextlib.contextmanager
def translated(bot: Bot) -> Iterator[None]:
    """Turn what aiogram raises in the block into a `ChannelError`."""
    try:
        yield
    except TelegramRetryAfter as error:
        raise RetryLater(error.retry_after) from error
    except (TelegramForbiddenError, TelegramBadRequest, TelegramMigrateToChat) as error:
        # Blocked, deactivated, left; chat not found, no right to write: trying again changes nothing.
        raise Undeliverable(describe(error, bot)) from error
    except AiogramError as error:
        # Network, 5xx, an unreadable answer, and a refused token, which the operator can mend meanwhile.
        raise TemporaryFailure(describe(error, bot)) from error
