"""What a Telegram update means to us. Pure: an aiogram `Update` in, an `InboundMessage` or None out."""

import re
import zlib
from dataclasses import dataclass
from typing import Self

from aiogram.enums import ChatType
from aiogram.types import CallbackQuery, InaccessibleMessage, Message, Update, User

from channels.telegram.client import BotName
from channels.telegram.content import read_content
from core.languages import to_reply_language
from core.messages import Address, InboundMessage, Kind, Sender, storable

NAME = "telegram"

_GREETED_COMMANDS = re.compile(r"/(start|help)(@\w+)?(\s.*)?", re.DOTALL)


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where an answer goes: a private chat, or in a group the person (and topic) that it is for.

    In a group each person has a conversation of their own.
    """

    chat: int
    user: int | None = None
    topic: int | None = None

    def to_text(self) -> str:
        """As it stands in our addresses: `chat`, `chat/user` or `chat/user/topic`."""
        return "/".join(str(part) for part in (self.chat, self.user, self.topic) if part is not None)

    @classmethod
    def parse(cls, text: str) -> Self:
        """The reverse of `to_text`. Raises `ValueError`."""
        chat, *rest = (int(part) for part in text.split("/"))
        user, topic = (*rest, None, None)[:2]
        return cls(chat=chat, user=user, topic=topic)


def to_inbound(update: Update, bot: BotName) -> InboundMessage | None:
    """The customer's message in this update; None where there is none for us."""
    if update.message is not None:
        return _from_message(update.message, bot, edited=False)
    if update.edited_message is not None:
        return _from_message(update.edited_message, bot, edited=True)
    if update.callback_query is not None:
        return _from_press(update.callback_query, bot)
    return None


def _from_message(message: Message, bot: BotName, *, edited: bool) -> InboundMessage | None:
    user = message.from_user
    if user is None or user.is_bot or message.chat.type == ChatType.CHANNEL:
        return None
    in_group = message.chat.type != ChatType.PRIVATE
    if in_group and not _is_for_bot(message, bot):
        return None
    sender = _sender(user)
    content = read_content(message, "zh" if sender.language == "zh" else "en")
    if content is None or (edited and content[0] is Kind.OTHER):  # a live location is "edited" as it moves
        return None
    kind, text, attachments = content
    if in_group and bot.username:
        text = _mention(bot.username).sub("", text).strip()
    original = f"{bot.id}:{message.chat.id}:{message.message_id}"
    if edited:
        # `edit_date` counts seconds; the checksum tells two edits within one apart.
        version = f"{message.edit_date}:{zlib.crc32(text.encode()):08x}"
        return InboundMessage(
            address=_address(message, user),
            external_id=f"edit:{original}:{version}",
            sender=sender,
            kind=Kind.EDIT,
            text=text,
            edits=original,
            attachments=attachments,
        )
    if kind is Kind.TEXT and _GREETED_COMMANDS.fullmatch(text):
        text = "你好" if sender.language == "zh" else "hello"  # so that the bot greets
    return InboundMessage(
        address=_address(message, user),
        external_id=original,
        sender=sender,
        kind=kind,
        text=text,
        attachments=attachments,
    )


def _from_press(query: CallbackQuery, bot: BotName) -> InboundMessage | None:
    if query.message is None or query.data is None:  # of a message sent through inline mode, or of a game
        return None
    keyboard = query.message.reply_markup if isinstance(query.message, Message) else None
    buttons = [button for row in keyboard.inline_keyboard for button in row] if keyboard else []
    label = next((button.text for button in buttons if button.callback_data == query.data), "")
    return InboundMessage(
        address=_address(query.message, query.from_user),
        external_id=f"press:{bot.id}:{query.id}",
        sender=_sender(query.from_user),
        kind=Kind.PRESS,
        text=label,
        press=query.data,
    )


def _sender(user: User) -> Sender:
    return Sender(
        external_id=str(user.id),
        name=storable(user.full_name) or user.username,
        language=to_reply_language(user.language_code),
    )


def _address(message: Message | InaccessibleMessage, user: User) -> Address:
    if message.chat.type == ChatType.PRIVATE:
        return Address(channel=NAME, chat=Place(chat=message.chat.id).to_text())
    topic = None
    if isinstance(message, Message) and message.is_topic_message:
        topic = message.message_thread_id
    return Address(channel=NAME, chat=Place(chat=message.chat.id, user=user.id, topic=topic).to_text())


def _is_for_bot(message: Message, bot: BotName) -> bool:
    """Whether a message in a group mentions the bot or replies to it."""
    replied = message.reply_to_message
    if replied is not None and replied.from_user is not None and replied.from_user.id == bot.id:
        return True
    text = message.text or message.caption or ""
    if bot.username and _mention(bot.username).search(text):
        return True
    entities = message.entities or message.caption_entities or []
    return any(entity.user is not None and entity.user.id == bot.id for entity in entities)


def _mention(username: str) -> re.Pattern[str]:
    # User names are ASCII, and Chinese may follow one without a space: \b would not do.
    return re.compile(rf"@{re.escape(username)}(?![A-Za-z0-9_])", re.IGNORECASE)
