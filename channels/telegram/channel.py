"""Telegram as a channel that is called to deliver."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from dataclasses import replace
from typing import Any

import aiohttp
import structlog
from aiogram import Bot
from aiogram.exceptions import TelegramBadRequest
from aiogram.methods import TelegramMethod
from aiogram.types import BufferedInputFile, InlineKeyboardButton, InlineKeyboardMarkup, InputFile

from channels.base import (
    CannotAmend,
    ChannelError,
    OpenedAttachment,
    OutgoingFile,
    TemporaryFailure,
    Undeliverable,
    check_room,
)
from channels.degrade import has_words, link, linked, numbered, parts_of_files, split_text, told
from channels.telegram.client import translated
from channels.telegram.mapping import NAME, Place
from channels.telegram.pacing import Pacing
from core.messages import Address, Attachment, Button, OutgoingMessage

log = structlog.get_logger(__name__)

MAX_UNITS = 4096  # UTF-16 code units of one message's text: https://core.telegram.org/bots/api#sendmessage
MAX_CALLBACK_BYTES = 64  # of a button's action: https://core.telegram.org/bots/api#inlinekeyboardbutton
SCALE_WIDTH = 6  # buttons in a row where they are bare numbers
PARALLEL = 30
# What Telegram fetches by its address: https://core.telegram.org/bots/api#sending-files
PHOTOS = frozenset({"image/jpeg", "image/png", "image/webp"})
DOCUMENTS = frozenset({"application/pdf", "application/zip", "image/gif"})
DOWNLOAD_SECONDS = 120
# What we upload: https://core.telegram.org/bots/api#sendphoto and #senddocument
MAX_PHOTO = 10_000_000  # bytes; a larger picture goes as a document
MAX_DOCUMENT = 50_000_000  # bytes
UPLOAD_SECONDS = 40
# How refusals begin of what is as it should be already: nobody keeps a list of them.
UNCHANGED = ("message is not modified", "message to delete not found")


class _SendText(TelegramMethod[dict[str, Any]]):
    """sendMessage without parse mode: text is shown as it is.

    The answer is not parsed into a `Message`: one that a newer server words differently must not look like a
    failure, or the message would be sent again.
    """

    __returning__ = dict[str, Any]
    __api_method__ = "sendMessage"

    chat_id: int
    text: str
    message_thread_id: int | None = None
    reply_markup: InlineKeyboardMarkup | None = None


class _SendPhoto(TelegramMethod[dict[str, Any]]):
    """sendPhoto of a picture that Telegram fetches itself, or that is uploaded."""

    __returning__ = dict[str, Any]
    __api_method__ = "sendPhoto"

    chat_id: int
    photo: str | InputFile
    message_thread_id: int | None = None


class _SendDocument(TelegramMethod[dict[str, Any]]):
    """sendDocument of a file that Telegram fetches itself, or that is uploaded."""

    __returning__ = dict[str, Any]
    __api_method__ = "sendDocument"

    chat_id: int
    document: str | InputFile
    message_thread_id: int | None = None


class _EditText(TelegramMethod[Any]):
    """editMessageText, as `_SendText`."""

    __returning__ = Any
    __api_method__ = "editMessageText"

    chat_id: int
    message_id: int
    text: str
    reply_markup: InlineKeyboardMarkup | None = None


class _Delete(TelegramMethod[Any]):
    """deleteMessage: within 48 hours. https://core.telegram.org/bots/api#deletemessage"""

    __returning__ = Any
    __api_method__ = "deleteMessage"

    chat_id: int
    message_id: int


class _ShowTyping(TelegramMethod[Any]):
    """sendChatAction: the chat shows it for five seconds, or until a message of ours.

    https://core.telegram.org/bots/api#sendchataction
    """

    __returning__ = Any
    __api_method__ = "sendChatAction"

    chat_id: int
    action: str = "typing"
    message_thread_id: int | None = None


class TelegramChannel:
    """Sends texts with buttons and files, changes and deletes them, shows who types, and fetches customers' files.

    Implements `channels.base.PushChannel`, `Amending` and `ShowsTyping`.
    """

    name = NAME
    parallel = PARALLEL

    def __init__(self, bot: Bot, *, pacing: Pacing | None = None) -> None:
        self._bot = bot
        self._pacing = pacing or Pacing()

    def split(self, message: OutgoingMessage) -> Sequence[OutgoingMessage]:
        """A text cut where it is too long, with its buttons under the last part.

        Where an action is too long for Telegram, all buttons become a numbered list instead: the dialogue
        takes a typed number for a press. Files come before the text, so that the buttons stand at the end; those
        that Telegram does not fetch are named at the end of the text.
        """
        uploaded, message = parts_of_files(message)
        if uploaded and not has_words(message):
            return uploaded
        shown = [file for file in message.attachments if file.mime in PHOTOS or file.mime in DOCUMENTS]
        files = [replace(message, text="", buttons=(), attachments=(file,)) for file in shown]
        others = [file for file in message.attachments if file not in shown]
        message = replace(message, text=linked(message.text, others), attachments=())
        fits = all(len(button.action.encode()) <= MAX_CALLBACK_BYTES for button in message.buttons)
        votes = tuple(each for each in message.buttons if each.is_vote)
        *texts, last = split_units(message.text if fits else numbered(message.text, message.buttons))
        parts = [replace(message, text=text, buttons=()) for text in texts]
        return [
            *uploaded,
            *files,
            *parts,
            replace(message, text=last, buttons=message.buttons if fits else votes),
        ]

    async def send(self, part: OutgoingMessage) -> str:
        """Send a part when the pace allows it. Raises `RetryLater` when that would be long."""
        place = _place(part.address)
        await self._pacing.wait(place.chat)
        with translated(self._bot):
            sent = await self._send(part, place)
        return str(sent.get("message_id", ""))

    async def amend(self, vendor_ids: Sequence[str], message: OutgoingMessage) -> None:
        """Edit the parts that were sent; those that a shorter text has no use for are deleted. Files stay."""
        chat = _place(message.address).chat
        parts = self.split(message)
        check_room(vendor_ids, parts)
        for vendor_id, part in zip(vendor_ids, parts, strict=False):
            if part.attachments:
                continue
            edit = _EditText(
                chat_id=chat, message_id=int(vendor_id), text=part.text, reply_markup=_keyboard(part)
            )
            await self._change(chat, edit)
        await self.withdraw(vendor_ids[len(parts) :], message.address)

    async def withdraw(self, vendor_ids: Sequence[str], address: Address) -> None:
        """Delete the parts that were sent: Telegram lets bots do so for 48 hours."""
        chat = _place(address).chat
        for vendor_id in vendor_ids:
            await self._change(chat, _Delete(chat_id=chat, message_id=int(vendor_id)))

    async def show_typing(self, address: Address) -> None:
        """Show that somebody is writing, where that delays no message."""
        place = _place(address)
        if self._pacing.spare(place.chat, now=asyncio.get_running_loop().time()):
            with translated(self._bot):
                await self._bot(_ShowTyping(chat_id=place.chat, message_thread_id=place.topic))

    async def _change(self, chat: int, method: TelegramMethod[Any]) -> None:
        await self._pacing.wait(chat)
        with translated(self._bot):
            try:
                await self._bot(method)
            except TelegramBadRequest as error:
                told = error.message.removeprefix("Bad Request: ")
                if not told.startswith(UNCHANGED):
                    raise CannotAmend(f"Telegram: {told}") from error

    async def _send(self, part: OutgoingMessage, place: Place) -> dict[str, Any]:
        text = part.text
        for file in part.attachments:
            if isinstance(file, OutgoingFile):
                return await self._upload(file, place)
            try:
                return await self._bot(_send_file(file, place))
            except TelegramBadRequest:  # it cannot fetch it, or will not: its address is better than nothing
                text = link(file)
        return await self._bot(
            _SendText(
                chat_id=place.chat,
                text=text,
                message_thread_id=place.topic,
                reply_markup=_keyboard(part),
            )
        )

    async def _upload(self, file: OutgoingFile, place: Place) -> dict[str, Any]:
        content = BufferedInputFile(file.content, file.name)
        topic = place.topic
        if file.mime in PHOTOS and len(file.content) <= MAX_PHOTO:
            try:
                photo = _SendPhoto(chat_id=place.chat, photo=content, message_thread_id=topic)
                return await self._bot(photo, request_timeout=UPLOAD_SECONDS)
            except TelegramBadRequest as error:  # too long or too wide for a photo: a document may be either
                log.info("telegram.no_photo", error=error.message)
        if len(file.content) > MAX_DOCUMENT:
            return await self._bot(_SendText(chat_id=place.chat, text=told(file), message_thread_id=topic))
        document = _SendDocument(chat_id=place.chat, document=content, message_thread_id=topic)
        return await self._bot(document, request_timeout=UPLOAD_SECONDS)

    @contextlib.asynccontextmanager
    async def open_attachment(self, attachment: Attachment) -> AsyncIterator[OpenedAttachment]:
        """Stream a customer's file, up to 20 MB: https://core.telegram.org/bots/api#getfile"""
        with translated(self._bot):
            file = await self._bot.get_file(attachment.ref)
        if not file.file_path:
            raise Undeliverable("Telegram does not offer this file for download")
        url = self._bot.session.api.file_url(self._bot.token, file.file_path)
        stream = self._bot.session.stream_content(url, timeout=DOWNLOAD_SECONDS)
        async with contextlib.aclosing(_translated_stream(stream)) as content:
            first = await anext(content, b"")  # a file that is gone fails here, not halfway into a page
            yield OpenedAttachment(name=attachment.name, mime=attachment.mime, content=_chain(first, content))


def split_units(text: str) -> list[str]:
    """Cut a text into parts of at most `MAX_UNITS` UTF-16 code units; an emoji counts two."""
    parts = []
    for part in split_text(text, MAX_UNITS):
        fits = len(part.encode("utf-16-le")) // 2 <= MAX_UNITS
        parts += [part] if fits else split_text(part, MAX_UNITS // 2)
    return parts


def _send_file(file: Attachment, place: Place) -> TelegramMethod[dict[str, Any]]:
    if file.mime in PHOTOS:
        return _SendPhoto(chat_id=place.chat, photo=file.ref, message_thread_id=place.topic)
    return _SendDocument(chat_id=place.chat, document=file.ref, message_thread_id=place.topic)


def _place(address: Address) -> Place:
    """Where it goes. Raises `Undeliverable`."""
    try:
        return Place.parse(address.chat)
    except ValueError as error:
        raise Undeliverable(f"{address.chat!r} is not a Telegram chat") from error


def _keyboard(message: OutgoingMessage) -> InlineKeyboardMarkup | None:
    if not message.buttons:
        return None
    ways = [_key(each) for each in message.buttons if not each.is_vote]
    votes = [_key(each) for each in message.buttons if each.is_vote]
    width = SCALE_WIDTH if all(key.text.isdecimal() for key in ways) else 1
    rows = [ways[start : start + width] for start in range(0, len(ways), width)]
    rows += [votes] if votes else []
    return InlineKeyboardMarkup(inline_keyboard=rows)


def _key(button: Button) -> InlineKeyboardButton:
    return InlineKeyboardButton(text=button.label, callback_data=button.action)


async def _translated_stream(stream: AsyncGenerator[bytes, None]) -> AsyncGenerator[bytes, None]:
    try:
        async with contextlib.aclosing(stream):
            async for chunk in stream:
                yield chunk
    except aiohttp.ClientResponseError as error:
        # Not the error's own words: they hold the address, and with it the token.
        raise _refused(error.status) from None
    except (aiohttp.ClientError, TimeoutError) as error:
        raise TemporaryFailure(f"the download broke off ({type(error).__name__})") from None


def _refused(status: int) -> ChannelError:
    if status >= 500:
        return TemporaryFailure(f"Telegram's file server answers {status}")
    return Undeliverable(f"Telegram does not have this file any more ({status})")


async def _chain(first: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for chunk in rest:
        yield chunk
