"""What passes between customers and us, free of any vendor: frozen values.

A channel maps its payload to an `InboundMessage` at the edge; nothing inside sees payloads.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Self

from core.languages import ReplyLanguage

MAX_TEXT = 100_000  # characters kept of one message; beyond this a channel refuses or cuts, and says so


def storable(text: str) -> str:
    """The text without what a database cannot hold: U+0000 is dropped, lone surrogates become "?"."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode()


class _Storable:
    """A frozen value whose strings are made storable when it is made."""

    def __post_init__(self) -> None:
        for name, value in self.__dict__.items():
            if type(value) is str:
                object.__setattr__(self, name, storable(value))


class Author(StrEnum):
    """Who wrote an entry of a conversation."""

    CUSTOMER = "customer"
    BOT = "bot"
    AGENT = "agent"
    SYSTEM = "system"  # a notice: handed over, taken, resolved


class Spoken(StrEnum):
    """Channels on which nobody delivers: people talk themselves, and write down afterwards what was said."""

    PHONE = "phone"
    VISIT = "visit"
    LETTER = "letter"


_SPOKEN = frozenset(Spoken)


def is_spoken(channel: str) -> bool:
    """Whether nobody delivers on a channel: whatever nobody has said there must not stand in the record."""
    return channel in _SPOKEN


class Kind(StrEnum):
    """What an entry of a conversation is: what a customer did, a text of ours, or a change of one."""

    TEXT = "text"
    PRESS = "press"  # pressed one of our buttons; `press` holds its action, `text` its label
    EDIT = "edit"  # changed an earlier message; `edits` names its external id
    STICKER = "sticker"  # `text` holds its emoji, where the channel tells it
    VOICE = "voice"
    FILE = "file"  # a picture, video or document; `text` is its caption
    OTHER = "other"  # what we have no word for: a location, a poll
    # What an agent does to a message of theirs, which `Message.reply_to` names: see `core.amending`
    CORRECTION = "correction"  # `text` is the new wording
    WITHDRAWAL = "withdrawal"


AMENDMENTS = frozenset({Kind.CORRECTION, Kind.WITHDRAWAL})


@dataclass(frozen=True, kw_only=True)
class Address(_Storable):
    """Where a conversation lives: the channel's name and the id of the chat there."""

    channel: str
    chat: str


@dataclass(frozen=True, kw_only=True)
class Attachment(_Storable):
    """A file of a message. `ref` is what the channel needs to fetch it (a file id), or an https URL."""

    ref: str
    name: str = ""
    mime: str = "application/octet-stream"
    size: int | None = None  # bytes

    def to_json(self) -> dict[str, Any]:
        return {"ref": self.ref, "name": self.name, "mime": self.mime, "size": self.size}

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Self:
        return cls(**value)


VOTE = "helpful:"  # begins the action of a vote on an answer


@dataclass(frozen=True, kw_only=True)
class Button:
    """A choice offered under a message. `action` comes back when it is pressed.

    Actions: `entry:ID` (answer with this entry), `human` (a person, please), `skip` (go on without a field),
    `helpful:MESSAGE:yes` and `:no` (whether that answer helped), and those of the desk: see `handoff.presses`.
    """

    action: str
    label: str

    @property
    def is_vote(self) -> bool:
        """Whether it says something of the message, and is no way to go on."""
        return self.action.startswith(VOTE)

    def to_json(self) -> dict[str, str]:
        return {"action": self.action, "label": self.label}

    @classmethod
    def from_json(cls, value: dict[str, str]) -> Self:
        return cls(action=value["action"], label=value["label"])


@dataclass(frozen=True, kw_only=True)
class Sender(_Storable):
    """The customer as the channel knows them. `external_id` is unique within the channel."""

    external_id: str
    name: str | None = None
    language: ReplyLanguage | None = None  # by `to_reply_language`, of what the channel tells
    tier: str | None = None


@dataclass(frozen=True, kw_only=True)
class InboundMessage(_Storable):
    """One thing a customer did, mapped from a vendor's payload.

    `external_id` is the vendor's id; with the channel it is unique, so that a repeated webhook counts once.
    """

    address: Address
    external_id: str
    sender: Sender
    kind: Kind = Kind.TEXT
    text: str = ""
    press: str | None = None
    edits: str | None = None
    attachments: tuple[Attachment, ...] = field(default=())


@dataclass(frozen=True, kw_only=True)
class OutgoingMessage:
    """What a channel is asked to send: text, with buttons that a channel without them turns into numbers.

    `attachments` lie at https addresses; a channel that cannot show one names its address.
    """

    address: Address
    text: str
    buttons: tuple[Button, ...] = field(default=())
    attachments: tuple[Attachment, ...] = field(default=())
