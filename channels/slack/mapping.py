"""What Slack's events and presses mean to us, where people are customers. Pure: a payload in, our own values or None out.

https://docs.slack.dev/reference/events/message and
https://docs.slack.dev/reference/interaction-payloads/block_actions-payload
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from channels.slack.client import CUSTOMER_PRESS
from channels.slack.markup import mentions, to_plain, unescape
from core.languages import ReplyLanguage, to_reply_language
from core.messages import Address, Attachment, InboundMessage, Kind, Sender

NAME = "slack"

Payload = Mapping[str, Any]

_SAID = (None, "file_share", "thread_broadcast", "me_message")  # subtypes by which people write
_SPOKEN = ("slack_audio", "slack_video")  # clips: somebody speaks
_NOT_THERE = ("tombstone", "hidden_by_limit")  # modes of files that were deleted, or that the plan hides
_PLACE = re.compile(r"(?P<direct>D\w+)|(?P<channel>[CG]\w+):(?P<thread>\d+\.\d+):(?P<user>[UW]\w+)")


@dataclass(frozen=True, kw_only=True)
class Places:
    """Where in Slack people are customers."""

    direct_messages: bool = False
    channels: frozenset[str] = frozenset()

    def __contains__(self, channel: str) -> bool:
        return channel in self.channels or (self.direct_messages and _is_direct(channel))


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where an answer goes: a direct message, or the thread of a channel and the person in it whom it is for.

    In a channel each person has a conversation of their own in each thread.
    """

    channel: str
    thread: str | None = None
    user: str | None = None

    def to_text(self) -> str:
        """As it stands in our addresses: `channel` or `channel:thread:user`."""
        return ":".join(part for part in (self.channel, self.thread, self.user) if part is not None)

    @classmethod
    def parse(cls, text: str) -> Self:
        """The reverse of `to_text`. Raises `ValueError`."""
        found = _PLACE.fullmatch(text)
        if found is None:
            raise ValueError(f"{text!r} is no place in Slack")
        return cls(channel=found["direct"] or found["channel"], thread=found["thread"], user=found["user"])


@dataclass(frozen=True, kw_only=True)
class Person:
    """What Slack tells of a user."""

    name: str | None = None
    language: ReplyLanguage | None = None
    is_bot: bool = False


@dataclass(frozen=True, kw_only=True)
class Written:
    """What a person wrote, or how they changed it, in Slack's markup."""

    channel: str
    ts: str
    thread: str | None
    user: str
    text: str
    files: Sequence[Payload]
    edited: str | None  # when; None: it is new

    @property
    def mentioned(self) -> frozenset[str]:
        """The ids of the people who are named in it."""
        return frozenset(each for each in mentions(self.text) if each[0] in "UW")


def read_person(user: Payload) -> Person:
    """A user object: https://docs.slack.dev/reference/objects/user-object"""
    profile = user.get("profile") or {}
    names = (profile.get("display_name"), profile.get("real_name"), user.get("real_name"), user.get("name"))
    return Person(
        name=next((name for name in names if name), None),
        language=to_reply_language(user.get("locale")),
        is_bot=bool(user.get("is_bot")),
    )


def read_written(event: Payload, places: Places) -> Written | None:
    """What a customer wrote; None for whatever else an event may be."""
    channel = str(event.get("channel", ""))
    if event.get("type") != "message" or channel not in places:
        return None
    if event.get("subtype") != "message_changed":
        return _read(event, channel, edited=None)
    message, before = event.get("message") or {}, event.get("previous_message") or {}
    edited = (message.get("edited") or {}).get("ts")
    if edited is None or message.get("text") == before.get("text"):
        return None  # what Slack itself adds: the preview of a link, the language
    return _read(message, channel, edited=edited)


def to_inbound(written: Written, author: Person, *, names: Mapping[str, str], me: str) -> InboundMessage:
    """As the inbox takes it. `names` are those of people who are mentioned, by their ids; `me` is the bot's own id."""
    unaddressed = re.sub(rf"<@{re.escape(me)}(\|[^<>]*)?>", "", written.text) if me else written.text
    text = to_plain(unaddressed, people=names).strip()
    files = tuple(_attachments(written.files))
    original = f"{written.channel}:{written.ts}"
    kind, external_id = _kind(text, written.files, files), original
    if written.edited is not None:
        kind, external_id = Kind.EDIT, f"edit:{original}:{written.edited}"
    return InboundMessage(
        address=_address(written.channel, written.thread or written.ts, written.user),
        external_id=external_id,
        sender=Sender(external_id=written.user, name=author.name, language=author.language),
        kind=kind,
        text=text,
        edits=None if written.edited is None else original,
        attachments=files,
    )


def read_press(body: Payload, places: Places) -> InboundMessage | None:
    """The press of a button under a message of ours; None where it is no customer's."""
    (action,) = body["actions"]
    channel = (body.get("channel") or {}).get("id", "")
    if not action["action_id"].startswith(CUSTOMER_PRESS) or channel not in places:
        return None
    container, user = body["container"], body["user"]["id"]
    ts = container["message_ts"]
    return InboundMessage(
        address=_address(channel, container.get("thread_ts") or ts, user),
        external_id=f"press:{channel}:{ts}:{user}:{action['action_ts']}",
        sender=Sender(external_id=user),
        kind=Kind.PRESS,
        text=unescape(action["text"]["text"]),
        press=action["value"],
    )


def _read(message: Payload, channel: str, *, edited: str | None) -> Written | None:
    # What apps post names no user, or also a bot, ourselves among them.
    if message.get("subtype") not in _SAID or message.get("bot_id") or not message.get("user"):
        return None
    forwarded = [each for each in message.get("attachments") or () if each.get("is_share")]
    texts = [message.get("text"), *(each.get("text") for each in forwarded)]
    files = [message.get("files"), *(each.get("files") for each in forwarded)]
    return Written(
        channel=channel,
        ts=message["ts"],
        thread=message.get("thread_ts"),
        user=message["user"],
        text="\n".join(filter(None, texts)),
        files=[file for some in files for file in some or ()],
        edited=edited,
    )


def _is_direct(channel: str) -> bool:
    return channel.startswith("D")


def _address(channel: str, thread: str, user: str) -> Address:
    place = (
        Place(channel=channel) if _is_direct(channel) else Place(channel=channel, thread=thread, user=user)
    )
    return Address(channel=NAME, chat=place.to_text())


def _kind(text: str, files: Sequence[Payload], attachments: Sequence[Attachment]) -> Kind:
    if attachments:
        return Kind.VOICE if any(file.get("subtype") in _SPOKEN for file in files) else Kind.FILE
    return Kind.TEXT if text else Kind.OTHER


def _attachments(files: Sequence[Payload]) -> Iterator[Attachment]:
    """By their ids: where a file lies is asked when an agent opens it, since Slack does not tell it of every file.

    https://docs.slack.dev/apis/slack-connect/#check_file_info. A file that lies elsewhere is named by its address.
    """
    for file in files:
        is_elsewhere = bool(file.get("is_external"))
        ref = str((file.get("url_private") if is_elsewhere else file.get("id")) or "")
        if file.get("mode") in _NOT_THERE or not ref or (is_elsewhere and not ref.startswith("https://")):
            continue
        yield Attachment(
            ref=ref,
            name=file.get("name") or file.get("title") or "",
            mime=file.get("mimetype") or "application/octet-stream",
            size=file.get("size"),
        )
