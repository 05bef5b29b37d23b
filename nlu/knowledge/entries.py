"""The knowledge base: entries, the phrasings by which customers ask for them, and what is answered.

Frozen values. `nlu.knowledge.documents` and `nlu.knowledge.tables` read and write them as files.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from core.languages import ReplyLanguage
from nlu.knowledge.banned import BannedPhrases

Wording = Mapping[ReplyLanguage, str]  # a text in each language that we reply in
HUMAN = "human"  # among buttons: a person, please


@dataclass(frozen=True, kw_only=True)
class Reply:
    """Say the answer, and no more."""


@dataclass(frozen=True, kw_only=True)
class Progress:
    """Answer from the customer's own tickets; with the answer where there are none."""


@dataclass(frozen=True, kw_only=True)
class HandOver:
    """Say the answer, and get a person of this queue (None: where other questions go)."""

    queue: str | None = None


@dataclass(frozen=True, kw_only=True)
class Field:
    """Something that is asked of the customer before a person gets to work."""

    name: str
    ask: Wording
    pattern: str  # what the whole reply must match, as a regular expression; spaces around it are ignored
    hint: Wording  # what is said when it does not match


@dataclass(frozen=True, kw_only=True)
class Collect:
    """Say the answer, ask for the fields one after the other, then get a person of this queue."""

    fields: tuple[Field, ...]
    queue: str | None = None


Action = Reply | Progress | HandOver | Collect


@dataclass(frozen=True, kw_only=True)
class File:
    """A file or picture that goes with an answer, at an https address."""

    url: str
    name: str
    mime: str


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A question of the knowledge base."""

    id: str
    title: Wording
    phrasings: Mapping[ReplyLanguage, tuple[str, ...]]
    answers: Wording
    answers_on: Mapping[str, Wording] = field(default_factory=dict)  # by channel, where it differs
    buttons: tuple[str, ...] = ()  # ids of entries that often come next, and HUMAN
    attachments: tuple[File, ...] = ()
    action: Action = Reply()
    valid_from: date | None = None  # first and last day on which it is answered, in the shop's time zone
    valid_until: date | None = None

    def answer(self, language: ReplyLanguage, channel: str) -> str:
        """What is said on this channel."""
        return self.answers_on.get(channel, {}).get(language) or self.answers[language]

    def is_valid(self, day: date) -> bool:
        """Whether the entry is answered on that day."""
        return (self.valid_from is None or self.valid_from <= day) and (
            self.valid_until is None or day <= self.valid_until
        )


@dataclass(frozen=True, kw_only=True)
class CannedReply:
    """What agents often say, to be chosen; `text` may have variables: see `nlu.knowledge.variables`."""

    id: str
    title: Wording
    text: Wording
    queues: tuple[str, ...] = ()  # where it is offered; none: everywhere


@dataclass(frozen=True)
class KnowledgeBase:
    """Entries by id, in the order in which they were written, and what is learned beside them.

    `out_of_scope` are messages by language that no entry answers; `synonyms` are groups of words that mean the
    same to this shop. `replies` and `banned` are for agents: the bot neither learns nor says them.
    """

    entries: Mapping[str, Entry]
    out_of_scope: Mapping[ReplyLanguage, tuple[str, ...]] = field(default_factory=dict)
    synonyms: tuple[tuple[str, ...], ...] = ()
    replies: Mapping[str, CannedReply] = field(default_factory=dict)
    banned: Mapping[str, BannedPhrases] = field(default_factory=dict)
