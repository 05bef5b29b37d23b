"""What a conversation remembers between turns: frozen values, kept as JSON with the conversation."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, Self

from handoff.questions import Question


class Cause(StrEnum):
    """Why the bot asks, asks back or keeps quiet."""

    MISS = "miss"  # not sure enough
    REJECTED = "rejected"  # the customer said that this was not the answer
    UNHELPFUL = "unhelpful"  # the customer's vote on the last answer
    VOICE = "voice"  # it cannot listen
    FILE = "file"  # a picture without words
    STICKER = "sticker"
    EMPTY = "empty"
    LONG = "long"
    FLOOD = "flood"  # too many messages at once
    REPEATED = "repeated"  # has just been told
    LANGUAGE = "language"  # the customer asked for another language
    NEXT = "next"  # the next field of what is collected
    SKIPPED = "skipped"  # went on without a field
    WRONG = "wrong"  # the reply is not what the field needs
    CANCELLED = "cancelled"  # the customer does not want to give fields any more


@dataclass(frozen=True, kw_only=True)
class Topic:
    """What was answered last: what a short follow-up refers to."""

    entries: tuple[str, ...]
    text: str  # the customer's words by which it was understood
    at: float  # seconds since the epoch


@dataclass(frozen=True, kw_only=True)
class Asking:
    """Fields being collected for an entry: `field` is the number of the one that is asked for."""

    entry: str
    field: int = 0
    tries: int = 0  # wrong replies to this field
    values: Mapping[str, str] | None = None  # by name, what the customer has given
    reminded: bool = False  # a question came in between, and the field was asked for again


@dataclass(frozen=True, kw_only=True)
class State:
    """What a conversation remembers between turns."""

    misses: int = 0  # in a row
    answered: str | None = None  # the entry of the last answer, until something else is said
    alternatives: tuple[str, ...] = ()  # entries that came next to it
    topic: Topic | None = None
    asking: Asking | None = None
    offered: tuple[str, ...] = ()  # actions of the last buttons, so that "2" can be typed
    hinted: Cause | None = None  # the last hint, not repeated in a row
    recent: tuple[float, ...] = ()  # seconds since the epoch of the last messages
    waiting_told: bool = False  # was told that the ticket still waits
    question: Question | None = None  # what the desk asked last

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        hinted, topic, asking = value.get("hinted"), value.get("topic"), value.get("asking")
        question = value.get("question")
        return cls(
            misses=value.get("misses", 0),
            answered=value.get("answered"),
            alternatives=tuple(value.get("alternatives", ())),
            topic=Topic(**{**topic, "entries": tuple(topic["entries"])}) if topic else None,
            asking=Asking(**asking) if asking else None,
            offered=tuple(value.get("offered", ())),
            hinted=Cause(hinted) if hinted else None,
            recent=tuple(value.get("recent", ())),
            waiting_told=value.get("waiting_told", False),
            question=Question.from_json(question) if question else None,
        )

    def to_json(self) -> dict[str, Any]:
        """Only what differs from a fresh state."""
        fresh = asdict(State())
        return {name: value for name, value in asdict(self).items() if value != fresh[name]}
