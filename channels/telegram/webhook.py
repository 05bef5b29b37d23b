"""Receive by webhook: Telegram calls us, with a secret that only it and we know."""

import asyncio
import hmac
import json
import re
from typing import Annotated

import structlog
from aiogram import Bot
from fastapi import APIRouter, Header, Request
from fastapi.responses import JSONResponse

from channels.base import ChannelError, RetryLater, TemporaryFailure, Undeliverable
from channels.telegram.client import ALLOWED_UPDATES, ask_name, read_update, translated
from channels.telegram.mapping import to_inbound
from channels.telegram.polling import RECEIVES
from core.backoff import Backoff
from core.connections import Signs
from core.errors import ConfigError
from core.inbox import Inbox

log = structlog.get_logger(__name__)

PATH = "/telegram/webhook"
RETRY = Backoff(first=1.0, longest=60.0)
_SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")  # https://core.telegram.org/bots/api#setwebhook


def routes(*, bot: Bot, inbox: Inbox, secret: str, signs: Signs) -> APIRouter:
    """The route that Telegram calls; 200 is answered after the message is committed. Raises `ConfigError`."""
    _check_secret(secret)
    router = APIRouter()

    @router.post(PATH, include_in_schema=False)
    async def receive(
        request: Request, x_telegram_bot_api_secret_token: Annotated[str, Header()] = ""
    ) -> JSONResponse:
        if not hmac.compare_digest(x_telegram_bot_api_secret_token.encode(), secret.encode()):
            return _error(
                401,
                "unauthorised",
                "the secret is not the one registered; set TELEGRAM_WEBHOOK_SECRET and start again",
            )
        try:
            update = read_update(json.loads(await request.body()))
        except ValueError:  # not JSON, not UTF-8, or not an update
            return _error(400, "bad_request", "the body is not a Telegram update in JSON")
        try:
            name = await ask_name(bot)
        except ChannelError as error:
            log.warning("telegram.unreachable", error=str(error))
            return _error(503, "unavailable", "Telegram cannot be reached for our bot's name; send it again")
        message = to_inbound(update, name)
        if message is not None:
            await inbox.record(message)
        signs.fine(RECEIVES)
        if update.callback_query is not None:
            # An answer that names a method is a call, which stops the spinner on the customer's button:
            # https://core.telegram.org/bots/api#making-requests-when-getting-updates
            return JSONResponse(
                {"method": "answerCallbackQuery", "callback_query_id": update.callback_query.id}
            )
        return JSONResponse({})

    return router


async def register_webhook(bot: Bot, *, public_url: str, secret: str, signs: Signs) -> None:
    """Have Telegram call us at `public_url`. Waits out network trouble; raises `ConfigError` when refused."""
    _check_secret(secret)
    url = public_url.rstrip("/") + PATH
    attempt = 0
    while True:
        try:
            with translated(bot):
                await bot.set_webhook(url, secret_token=secret, allowed_updates=ALLOWED_UPDATES)
        except Undeliverable as error:
            raise ConfigError(
                "PUBLIC_URL",
                f"Telegram refuses {url}: {error}",
                "It must be an https address that Telegram can reach, on port 443, 80, 88 or 8443",
            ) from error
        except (RetryLater, TemporaryFailure) as error:
            attempt += 1
            wait = error.seconds if isinstance(error, RetryLater) else RETRY.delay(attempt)
            signs.trouble(RECEIVES, str(error))
            log.warning("telegram.webhook_not_registered", error=str(error), again_in_seconds=round(wait, 1))
            await asyncio.sleep(wait)
        else:
            signs.fine(RECEIVES)
            log.info("telegram.webhook_registered", url=url)
            return


def _check_secret(secret: str) -> None:
    if not _SECRET.fullmatch(secret):
        raise ConfigError(
            "TELEGRAM_WEBHOOK_SECRET",
            "Telegram takes 1 to 256 letters, digits, _ and - only",
            "Make one with: openssl rand -hex 32",
        )


def _error(status: int, code: str, message: str) -> JSONResponse:
    return JSONResponse({"error": {"code": code, "message": message}}, status_code=status)
