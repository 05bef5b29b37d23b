"""Sessions: a conversation's record, cut where nobody said anything for long; and what each adds to the figures. Pure.

A conversation of this package is a session in which the customer wrote; presses on the desk's own buttons, as those of a
survey, are not writing, nor are votes on answers.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from enum import StrEnum
from typing import Any

from core.languages import to_reply_language
from core.messages import Author
from handoff.reporting.cells import Cell, Fate, Figure, Tally, Value

GAP = timedelta(hours=1)  # of silence, after which a session is over
COMES_BACK = timedelta(days=3)  # within which who writes again, on whatever channel, was not helped

_ANSWERED = {"answer", "tell"}
_PEOPLE = {"handoff", "relay"}
NO_WISHES = {"desk", "thank"}  # presses on the desk's buttons, and votes that are only taken down


class Outcome(StrEnum):
    """What a session's own messages tell of its fate."""

    PEOPLE = "people"
    BOT = "bot"
    UNANSWERED = "unanswered"


@dataclass(frozen=True, kw_only=True)
class Said:
    """A message as far as it is counted."""

    seq: int
    at: datetime
    author: str
    entry: str | None
    facts: Mapping[str, Any]

    @property
    def decision(self) -> str | None:
        """What the bot did with a customer's message."""
        return self.facts.get("decision")

    @property
    def entries(self) -> Collection[str]:
        """What a bot's message answered."""
        return self.facts.get("entries") or ([self.entry] if self.entry else [])

    @property
    def no_help(self) -> Sequence[tuple[str, str]]:
        """The entries that a customer's message told were no help, and why."""
        return [(each["entry"], each["why"]) for each in self.facts.get("no_help", ())]

    @property
    def is_spoken(self) -> bool:
        """Whether somebody said it to an agent, who has written it down."""
        return "how" in self.facts

    @property
    def votes(self) -> Sequence[tuple[str, bool, bool | None]]:
        """The entries on which a customer's message votes, what it says, and what was said before."""
        return [
            (each["entry"], each["helpful"], each["voted_before"]) for each in self.facts.get("votes", ())
        ]

    @property
    def is_wish(self) -> bool:
        """Whether a customer wanted something."""
        return self.author == Author.CUSTOMER and self.decision not in NO_WISHES


@dataclass(frozen=True, kw_only=True)
class Session:
    """What is known of one."""

    first_seq: int
    asked_at: datetime | None  # when the customer first wrote; None: they did not
    ended_at: datetime
    language: str  # the last that the customer was understood in; "" for none
    outcome: Outcome
    messages: Sequence[Said]


def split(messages: Iterable[Said]) -> list[Session]:
    """The sessions of messages that follow each other, oldest first."""
    parts: list[list[Said]] = []
    ended_at: datetime | None = None
    for message in messages:
        if ended_at is None or message.at - ended_at > GAP:
            parts.append([])
        parts[-1].append(message)
        ended_at = max(message.at, ended_at or message.at)
    return [_session(part) for part in parts]


def _session(messages: Sequence[Said]) -> Session:
    wishes = [each for each in messages if each.is_wish]
    languages = [
        language
        for each in messages
        if each.author == Author.CUSTOMER and (language := to_reply_language(each.facts.get("language")))
    ]
    decisions = {each.decision for each in wishes}
    outcome = Outcome.UNANSWERED
    if decisions & _PEOPLE or any(each.author == Author.AGENT or each.is_spoken for each in messages):
        outcome = Outcome.PEOPLE
    elif decisions & _ANSWERED:
        outcome = Outcome.BOT
    return Session(
        first_seq=messages[0].seq,
        asked_at=wishes[0].at if wishes else None,
        ended_at=max(each.at for each in messages),
        language=languages[-1] if languages else "",
        outcome=outcome,
        messages=messages,
    )


def tally_messages(session: Session, *, channel: str, zone: tzinfo) -> Tally:
    """What a session's messages add; how it counts as a conversation is told by `tally_conversation`."""
    tally = Tally(zone)
    topic = ""  # what was answered last
    pending: Said | None = None  # a handover whose reply may name its entry
    for message in session.messages:
        tally.add(Figure.MESSAGES, message.at, message.author, channel, session.language)
        if message.author == Author.CUSTOMER:
            if pending:
                tally.add(Figure.TOPICS, pending.at, topic)
            pending = message if message.decision == "handoff" else None
            if message.decision:
                tally.add(Figure.DECISIONS, message.at, message.decision)
            for entry, why in message.no_help:
                tally.add(Figure.NO_HELP, message.at, entry, why)
            for entry, helpful, before in message.votes:
                tally.add(Figure.VOTES, message.at, entry, _vote(helpful))
                if before is not None:
                    tally.add(Figure.VOTES, message.at, entry, _vote(before), times=-1)
        for entry in message.entries:
            topic = entry
            tally.add(Figure.ANSWERS, message.at, entry)
    if pending:
        tally.add(Figure.TOPICS, pending.at, topic)
    return tally


def _vote(helpful: bool) -> str:
    return "yes" if helpful else "no"


def tally_conversation(
    asked_at: datetime | None,
    *,
    channel: str,
    language: str,
    outcome: str,
    came_back: bool,
    zone: tzinfo,
) -> Mapping[Cell, Value]:
    """The one cell that a session adds as a conversation, on the day on which the customer wrote first; or none."""
    tally = Tally(zone)
    if asked_at is not None:
        fate = Fate.RETURNED if came_back else Fate.SOLVED
        if outcome != Outcome.BOT:
            fate = Fate(outcome)
        tally.add(Figure.CONVERSATIONS, asked_at, channel, language, fate)
    return tally


def find_returned(sessions: Sequence[tuple[datetime, datetime]]) -> list[bool]:
    """Whether the customer came back after each: `sessions` are all of one customer on all channels, as
    (asked at, ended at), in the order in which they were asked."""
    later: list[datetime | None] = []
    following: datetime | None = None  # when the next session began that did not begin at the same moment
    for place in range(len(sessions) - 1, -1, -1):
        asked_at = sessions[place][0]
        if place + 1 < len(sessions) and sessions[place + 1][0] > asked_at:
            following = sessions[place + 1][0]
        later.append(following)
    return [
        each is not None and each <= ended_at + COMES_BACK
        for each, (_, ended_at) in zip(reversed(later), sessions, strict=True)
    ]
