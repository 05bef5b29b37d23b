"""The dialogue: what to do with one thing that a customer did. Pure: values in, a value out."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Self

from core.conversations import Owner
from core.messages import Kind
from handoff.tickets import Reason
from nlu.understanding import Understanding, Urgency

HUMAN = "human"  # the action of the button for a person
ENTRY = "entry:"  # prefix of the action of a button for an entry
OFFERED = 3  # entries offered at most


@dataclass(frozen=True, kw_only=True)
class Policy:
    """How careful the bot is. `answer_at` and `offer_at` are probabilities."""

    answer_at: float
    offer_at: float = 0.08
    misses_before_handoff: int = 2
    flood_messages: int = 10  # more than these …
    flood_seconds: float = 10.0  # … within this time are not answered one by one
    long_text: int = 2_000  # characters from which the bot asks for a shorter question


@dataclass(frozen=True, kw_only=True)
class State:
    """What a conversation remembers between turns."""

    misses: int = 0  # in a row
    answered: str | None = None  # the entry of the last answer
    alternatives: tuple[str, ...] = ()  # entries that came next to it
    offered: tuple[str, ...] = ()  # actions of the last buttons, so that "2" can be typed
    hinted: "Cause | None" = None  # the last hint, not repeated in a row
    recent: tuple[float, ...] = ()  # seconds since the epoch of the last messages
    waiting_told: bool = False  # was told that the ticket still waits

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        hinted = value.get("hinted")
        return cls(
            misses=value.get("misses", 0),
            answered=value.get("answered"),
            alternatives=tuple(value.get("alternatives", ())),
            offered=tuple(value.get("offered", ())),
            hinted=Cause(hinted) if hinted else None,
            recent=tuple(value.get("recent", ())),
            waiting_told=value.get("waiting_told", False),
        )

    def to_json(self) -> dict[str, Any]:
        """Only what differs from a fresh state."""
        fresh = State()
        return {name: value for name, value in self.__dict__.items() if value != getattr(fresh, name)}


@dataclass(frozen=True, kw_only=True)
class Heard:
    """What a customer did, and what it means (None where there is no text to understand)."""

    kind: Kind
    text: str
    at: datetime
    press: str | None = None
    understanding: Understanding | None = None


class Cause(StrEnum):
    """Why the bot asks back or keeps quiet."""

    MISS = "miss"  # not sure enough
    REJECTED = "rejected"  # the customer said that this was not the answer
    VOICE = "voice"  # it cannot listen
    FILE = "file"  # a picture without words
    STICKER = "sticker"
    EMPTY = "empty"
    LONG = "long"
    FLOOD = "flood"  # too many messages at once
    REPEATED = "repeated"  # has just been told


@dataclass(frozen=True, kw_only=True)
class Answer:
    """Answer with an entry."""

    entry: str
    confidence: float


@dataclass(frozen=True, kw_only=True)
class Clarify:
    """Ask back, with likely entries and a person as buttons."""

    cause: Cause
    entries: tuple[str, ...] = field(default=())


@dataclass(frozen=True, kw_only=True)
class Handoff:
    """Get a person."""

    reason: Reason


@dataclass(frozen=True, kw_only=True)
class Relay:
    """A person owns the conversation: pass it on, and say nothing."""

    urgent: bool


@dataclass(frozen=True, kw_only=True)
class Silence:
    """Record it, say nothing."""

    cause: Cause


Decision = Answer | Clarify | Handoff | Relay | Silence


def decide(state: State, heard: Heard, *, owner: Owner, policy: Policy, entries: Collection[str]) -> Decision:
    """What to do now. `entries` are the ids that exist, so that an old button does no harm."""
    understanding = heard.understanding
    urgent = understanding is not None and understanding.urgency is Urgency.EMERGENCY
    action = _pressed(state, heard)
    if owner is Owner.HUMAN:
        return Relay(urgent=urgent)
    if urgent:
        return Handoff(reason=Reason.EMERGENCY)
    if action == HUMAN or (understanding and understanding.wants_human.decision):
        return Handoff(reason=Reason.WANTS_HUMAN)
    chosen = action.removeprefix(ENTRY) if action else None
    if understanding and understanding.complaint.decision and chosen not in entries:
        return Handoff(reason=Reason.COMPLAINT)
    if _is_flood(state, heard, policy):
        hint = state.hinted is not Cause.FLOOD
        return Clarify(cause=Cause.FLOOD) if hint else Silence(cause=Cause.FLOOD)
    if chosen in entries and chosen is not None:
        return Answer(entry=chosen, confidence=1.0)
    if understanding is None or not understanding.intent:
        return _wordless(state, heard, policy)
    if len(heard.text) > policy.long_text:
        return Clarify(cause=Cause.LONG)
    if understanding.rejection and state.answered is not None:
        return _miss(state, policy, Cause.REJECTED, state.alternatives)
    if understanding.confidence >= policy.answer_at:
        return Answer(entry=understanding.intent, confidence=understanding.confidence)
    likely = [understanding.intent] if understanding.confidence >= policy.offer_at else []
    likely += [guess.intent for guess in understanding.alternatives if guess.probability >= policy.offer_at]
    return _miss(state, policy, Cause.MISS, tuple(likely[:OFFERED]))


def advance(state: State, heard: Heard, decision: Decision, policy: Policy) -> State:
    """The state after the decision was carried out."""
    window = heard.at.timestamp() - policy.flood_seconds
    recent = (*(t for t in state.recent if t > window), heard.at.timestamp())[-(policy.flood_messages + 1) :]
    match decision:
        case Answer(entry=entry):
            guesses = heard.understanding.alternatives if heard.understanding else ()
            alternatives = tuple(g.intent for g in guesses if g.intent != entry)[:OFFERED]
            return State(answered=entry, alternatives=alternatives, recent=recent)
        case Clarify(cause=cause):
            missed = cause in (Cause.MISS, Cause.REJECTED, Cause.VOICE)
            return State(
                misses=state.misses + missed, offered=buttons_of(decision), hinted=cause, recent=recent
            )
        case Handoff():
            return State(recent=recent)
        case Relay():
            return replace(state, recent=recent, waiting_told=True)
        case Silence():
            return replace(state, recent=recent)


def buttons_of(decision: Clarify) -> tuple[str, ...]:
    """The actions offered with a clarifying question; always a person, last."""
    return (*(ENTRY + entry for entry in decision.entries), HUMAN)


def _pressed(state: State, heard: Heard) -> str | None:
    if heard.kind is Kind.PRESS:
        return heard.press
    numbers = [str(number) for number in range(1, len(state.offered) + 1)]
    chosen = heard.text.strip()
    return state.offered[numbers.index(chosen)] if chosen in numbers else None


def _is_flood(state: State, heard: Heard, policy: Policy) -> bool:
    since = (heard.at - timedelta(seconds=policy.flood_seconds)).timestamp()
    return sum(t > since for t in state.recent) >= policy.flood_messages


def _wordless(state: State, heard: Heard, policy: Policy) -> Decision:
    match heard.kind:
        case Kind.VOICE:
            return _miss(state, policy, Cause.VOICE, ())
        case Kind.FILE:
            cause = Cause.FILE
        case Kind.STICKER | Kind.OTHER:
            cause = Cause.STICKER
        case _:
            cause = Cause.EMPTY
    return Silence(cause=Cause.REPEATED) if state.hinted is cause else Clarify(cause=cause)


def _miss(state: State, policy: Policy, cause: Cause, entries: tuple[str, ...]) -> Decision:
    if state.misses + 1 >= policy.misses_before_handoff:
        return Handoff(reason=Reason.LOW_CONFIDENCE)
    return Clarify(cause=cause, entries=entries)
