"""What a message means, and the port of the engines that find out."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal, Protocol

from core.errors import ShouwenError

Language = Literal["zh-Hans", "zh-Hant", "en", "other"]


class Urgency(StrEnum):
    """How soon a person must look at it."""

    NORMAL = "normal"
    EMERGENCY = "emergency"  # danger to people, law and regulators, the press, fraud


@dataclass(frozen=True, kw_only=True)
class Guess:
    """An entry and the probability that it is the one meant.

    From a probability of `offer_at` it is worth offering as a button.
    """

    intent: str
    probability: float
    offer_at: float


@dataclass(frozen=True, kw_only=True)
class Signal:
    """A yes-or-no property of a message."""

    probability: float
    decision: bool


@dataclass(frozen=True, kw_only=True)
class Understanding:
    """What a text means.

    `intent` is the likeliest entry's id (empty only for an empty text), `confidence` the calibrated probability
    that answering with it is right, `alternatives` the next likeliest, best first. From a confidence of `answer_at`
    answering keeps the target precision, from `offer_at` the entry is worth offering: both are of this entry,
    found at training by the engine that understood the text.
    """

    text: str
    language: Language
    intent: str
    confidence: float
    answer_at: float
    offer_at: float
    alternatives: tuple[Guess, ...]
    complaint: Signal
    wants_human: Signal
    urgency: Urgency
    rejection: bool  # "no, that is not what I asked"


class EngineUnavailable(ShouwenError):
    """The engine cannot understand now, through no fault of the texts; it may be able to later."""


class Interpreter(Protocol):
    """Understands texts; a batch costs far less than its texts one by one."""

    def understand(self, texts: Sequence[str]) -> list[Understanding]:
        """What each text means, in their order. Raises `EngineUnavailable`."""
        ...
