"""The frames that a widget sends, read at the edge: hostile JSON in, frozen values out."""

import re
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from uuid import UUID

import orjson

from core.errors import ShouwenError
from core.languages import ReplyLanguage, to_reply_language
from core.messages import storable

MAX_FRAME = 65_536  # characters of one frame: room for MAX_TEXT, escaped
MAX_TEXT = 4_000  # characters of one message
MAX_ACTION = 200  # characters of a button's action, and of its label
SECRET = re.compile(r"[A-Za-z0-9_-]{22,128}")  # base64url: 22 characters hold 132 bits


class BadFrame(ShouwenError):
    """A frame that cannot be used. `code` is for programs, the text says how to mend it.

    `id` names the message it was about, where that could be read.
    """

    def __init__(self, code: str, message: str, *, id: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.id = id


@dataclass(frozen=True, kw_only=True)
class Hello:
    """Who is there. `visitor` is the digest of the widget's secret, which goes no further than here."""

    visitor: str
    language: ReplyLanguage | None
    after: UUID | None


@dataclass(frozen=True, kw_only=True)
class Said:
    """A text, or a pressed button: then `action` is set and `text` is its label."""

    id: UUID  # the widget's own; the same when sent again
    text: str
    action: str | None = None


@dataclass(frozen=True, kw_only=True)
class Read:
    """The visitor has seen everything up to this message."""

    message_id: UUID


@dataclass(frozen=True, kw_only=True)
class Typing:
    """The visitor is writing."""


@dataclass(frozen=True, kw_only=True)
class Ping:
    """Asks for a sign of life."""


Frame = Hello | Said | Read | Typing | Ping


def read_frame(raw: str | None) -> Frame:
    """One frame as a value. Raises `BadFrame`."""
    if raw is None:
        raise BadFrame("bad_frame", "binary frames are not used here; send JSON as text")
    if len(raw) > MAX_FRAME:
        raise BadFrame(
            "too_large", f"the frame has {len(raw):,} characters; send at most {MAX_FRAME:,} at a time"
        )
    try:
        frame = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise BadFrame("bad_json", f"this is not JSON: {error}. Send one object a frame") from error
    if not isinstance(frame, dict):
        raise BadFrame("bad_frame", 'send an object such as {"type": "ping"}')
    match frame.get("type"):
        case "hello":
            return _hello(frame)
        case "message":
            key = _id(frame)
            return Said(id=key, text=_text(frame, key))
        case "press":
            key = _id(frame)
            return Said(id=key, action=_short(frame, "action", key), text=_short(frame, "label", key))
        case "read":
            return Read(message_id=_uuid(frame.get("message_id"), "message_id", "name the last message seen"))
        case "typing":
            return Typing()
        case "ping":
            return Ping()
    raise BadFrame("unknown_type", "type must be hello, message, press, read, typing or ping")


def _hello(frame: dict[str, Any]) -> Hello:
    secret = frame.get("visitor")
    if not isinstance(secret, str) or not SECRET.fullmatch(secret):
        raise BadFrame(
            "bad_visitor",
            "visitor must be a random secret of 22 to 128 characters out of A-Z a-z 0-9 - _; "
            "make it once for each browser and keep it",
        )
    language = frame.get("language")
    after = frame.get("after")
    return Hello(
        visitor=sha256(secret.encode()).hexdigest(),
        language=to_reply_language(language) if isinstance(language, str) else None,
        after=None if after is None else _uuid(after, "after", "leave it out to read from the start"),
    )


def _id(frame: dict[str, Any]) -> UUID:
    return _uuid(frame.get("id"), "id", "make a new one for each message, and keep it when sending again")


def _uuid(value: object, field: str, mend: str) -> UUID:
    try:
        return UUID(value if isinstance(value, str) else "")
    except ValueError as error:
        raise BadFrame("bad_frame", f"{field} must be a UUID; {mend}") from error


def _text(frame: dict[str, Any], key: UUID) -> str:
    text = frame.get("text")
    if not isinstance(text, str):
        raise BadFrame("bad_frame", "text must be a string", id=str(key))
    text = storable(text)
    if not text.strip():
        raise BadFrame("empty_text", "text is empty; write something first", id=str(key))
    if len(text) > MAX_TEXT:
        raise BadFrame(
            "text_too_long",
            f"the text has {len(text):,} characters; send at most {MAX_TEXT:,} at a time",
            id=str(key),
        )
    return text


def _short(frame: dict[str, Any], field: str, key: UUID) -> str:
    value = frame.get(field)
    value = storable(value) if isinstance(value, str) else ""
    if not 0 < len(value) <= MAX_ACTION:
        raise BadFrame("bad_frame", f"{field} must be a string of 1 to {MAX_ACTION} characters", id=str(key))
    return value
