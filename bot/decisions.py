"""What the dialogue is given, and what it can decide: frozen values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from bot.state import Asking, Cause
from core.messages import Kind
from handoff.kinds import Reason
from handoff.votes import Vote
from nlu.knowledge.entries import HUMAN, Entry
from nlu.understanding import Understanding

SKIP = "skip"  # the action of the button to go on without a field
ENTRY = "entry:"  # prefix of the action of a button for an entry
OFFERED = 3  # entries offered at most


@dataclass(frozen=True, kw_only=True)
class Policy:
    """How careful the bot is.

    `answer_at` and `offer_at` are the probabilities from which every entry is answered and offered; without them each
    entry has its own, found at training.
    """

    answer_at: float | None = None
    offer_at: float | None = None
    misses_before_handoff: int = 2
    flood_messages: int = 10  # more than these …
    flood_seconds: float = 10.0  # … within this time are not answered one by one
    long_text: int = 2_000  # characters from which the bot asks for a shorter question


@dataclass(frozen=True, kw_only=True)
class Heard:
    """What a customer did, and what it means (None where there is no text to understand).

    The rest is told by `bot.readings`, which knows what came before.
    """

    kind: Kind
    text: str
    at: datetime
    press: str | None = None
    understanding: Understanding | None = None
    words: str = ""  # by which it was understood, if they are not the text
    questions: tuple[Understanding, ...] = ()  # of its parts, where it holds several
    corrects: bool = False  # "no, I meant …": the last answer's entry is not among the guesses
    only_language: bool = False  # asks for another language, and says no more
    ticket: str | None = None  # the number of a ticket that is named
    opts_out: bool = False  # wants no care messages any more, and gets some
    vote: Vote | None = None  # on an answer of this conversation


@dataclass(frozen=True, kw_only=True)
class Answer:
    """Answer with one entry or more, offer what may come next, and ask for a field if one is collected."""

    entries: tuple[str, ...]
    confidence: float
    offer: tuple[str, ...] = ()  # actions of the buttons
    asking: Asking | None = None

    @property
    def entry(self) -> str:
        """The first."""
        return self.entries[0]


@dataclass(frozen=True, kw_only=True)
class Ask:
    """Ask for a field, the same or the next."""

    asking: Asking
    cause: Cause


@dataclass(frozen=True, kw_only=True)
class Clarify:
    """Ask back, with likely entries and a person as buttons."""

    cause: Cause
    entries: tuple[str, ...] = field(default=())


@dataclass(frozen=True, kw_only=True)
class Handoff:
    """Get a person, after saying the answers of `entries`."""

    reason: Reason
    entries: tuple[str, ...] = ()
    queue: str | None = None  # the one that an entry names
    asking: Asking | None = None  # what was being collected, or has been


@dataclass(frozen=True, kw_only=True)
class Relay:
    """A person owns the conversation: pass it on, and say nothing."""

    urgent: bool


@dataclass(frozen=True, kw_only=True)
class Silence:
    """Record it, say nothing."""

    cause: Cause


@dataclass(frozen=True, kw_only=True)
class Desk:
    """A button of the desk's was chosen, or a text came that it waited for: it knows what follows."""

    action: str
    text: str = ""
    typed: bool = False  # in words


@dataclass(frozen=True, kw_only=True)
class Tell:
    """Tell what has become of the ticket with this number."""

    number: str


@dataclass(frozen=True, kw_only=True)
class Thank:
    """Take down a vote, and thank for it in a few words, unless it needs none."""

    helpful: bool
    aloud: bool = True


Decision = Answer | Ask | Clarify | Handoff | Relay | Silence | Desk | Tell | Thank
Entries = Mapping[str, Entry]


def buttons_of(decision: Answer | Ask | Clarify | Thank) -> tuple[str, ...]:
    """The actions offered with it: after a clarifying question always a person, last."""
    match decision:
        case Answer(asking=None, offer=offer):
            return offer
        case Clarify(entries=entries):
            return (*(ENTRY + entry for entry in entries), HUMAN)
        case Thank(helpful=helpful):
            return () if helpful else (HUMAN,)
        case _:
            return SKIP, HUMAN
