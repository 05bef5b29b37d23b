"""Readings: the texts by which one message is understood, and which of them tells what is meant. Pure.

Beside the message as it is written, these may be understood: what is left of it without a request for another
language or the opening of a correction; the same together with what was answered before, since a short message
may be only a part of a question; and its parts, where it seems to hold several questions. All readings of a
turn go through the interpreter in one call. See docs/decisions/0006.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from bot.decisions import Policy
from bot.phrases import find_correction, find_language, may_follow, refers_back, split_questions
from bot.state import Topic
from core.languages import ReplyLanguage
from nlu.understanding import Guess, Understanding

TOPIC_SECONDS = 1800.0  # how long a short message may refer to what was answered
LONGEST_CONTEXT = 100  # characters: behind a longer text, a few words more would not count
EVEN = 0.5  # a probability: more likely than not
MOST_CERTAIN = 0.98  # of a guess that has gained by the exclusion of others


@dataclass(frozen=True, kw_only=True)
class Readings:
    """The texts to understand for one message."""

    text: str  # as it was written: signals, language and rejection are read from it
    meant: str  # without a request for a language or the opening of a correction
    corrects: bool = False  # "no, I meant …"
    language: ReplyLanguage | None = None  # the one that was asked for
    context: str | None = None  # what came before, where the message may be only a part of a question
    parts: tuple[str, ...] = ()

    @property
    def joined(self) -> str | None:
        return None if self.context is None else f"{self.context} {self.meant}"

    @property
    def texts(self) -> list[str]:
        """All of them, each once."""
        joined = [] if self.joined is None else [self.joined]
        return list(dict.fromkeys(text for text in (self.text, self.meant, *joined, *self.parts) if text))


@dataclass(frozen=True, kw_only=True)
class Meant:
    """What a message means, in its place in the conversation.

    `understanding` has the entry and its confidence; signals, language and text are those of the message itself.
    `questions` are what its parts ask for, where it holds several questions.
    """

    understanding: Understanding
    words: str  # by which it was understood: what the next message may refer to
    questions: tuple[Understanding, ...] = ()
    corrects: bool = False
    language: ReplyLanguage | None = None
    only_language: bool = False  # the message asks for another language and says no more


def plain_readings(text: str) -> Readings:
    """The message as it is written, and no more."""
    return Readings(text=text, meant=text)


def readings(text: str, context: str | None) -> Readings:
    """The texts to understand for a message, after `context` was answered (None: nothing lately)."""
    language, meant = find_language(text) or (None, text)
    correction = find_correction(meant)
    meant = correction or meant
    follows = context is not None and len(context) <= LONGEST_CONTEXT and may_follow(meant)
    return Readings(
        text=text,
        meant=meant,
        corrects=correction is not None,
        language=language,
        context=context if follows and meant else None,
        parts=split_questions(meant) if correction is None else (),
    )


def fresh(topic: Topic | None, *, at: float) -> Topic | None:
    """The topic, if a message of this moment may still refer to it."""
    return topic if topic is not None and at - topic.at <= TOPIC_SECONDS else None


def answer_from(understanding: Understanding, policy: Policy) -> float:
    """The confidence from which its entry is answered."""
    return understanding.answer_at if policy.answer_at is None else policy.answer_at


def is_sure(understanding: Understanding, policy: Policy) -> bool:
    """Whether to answer with the entry."""
    return understanding.confidence >= answer_from(understanding, policy)


def guesses_of(understanding: Understanding) -> tuple[Guess, ...]:
    """All that it may mean, likeliest first."""
    first = Guess(
        intent=understanding.intent,
        probability=understanding.confidence,
        offer_at=understanding.offer_at,
    )
    return first, *understanding.alternatives


def is_likely(guess: Guess, policy: Policy) -> bool:
    """Whether to offer the entry."""
    return guess.probability >= (guess.offer_at if policy.offer_at is None else policy.offer_at)


def among(understanding: Understanding, entries: Collection[str]) -> Understanding:
    """The understanding as if there were only these entries.

    What goes leaves its probability to the others, in proportion: two entries that share their questions, one of
    them for a season, are told apart by nothing else. But none gains more than it had itself: who asks for what
    is not there any more does not mean something else.
    """
    guesses = guesses_of(understanding)
    left = [guess for guess in guesses if guess.intent in entries]
    if not understanding.intent or len(left) == len(guesses):
        return understanding
    gone = sum(guess.probability for guess in guesses) - sum(guess.probability for guess in left)
    share = max(1.0 - gone, 0.5)
    ranked = sorted(
        (replace(guess, probability=_grown(guess.probability, share)) for guess in left),
        key=lambda guess: -guess.probability,
    )
    if not ranked:
        return replace(understanding, confidence=0.0, alternatives=())
    return replace(
        understanding,
        intent=ranked[0].intent,
        confidence=ranked[0].probability,
        offer_at=ranked[0].offer_at,
        alternatives=tuple(ranked[1:]),
    )


def _grown(probability: float, share: float) -> float:
    return max(probability, min(probability / share, MOST_CERTAIN))


def choose(
    given: Readings,
    understood: Mapping[str, Understanding],
    *,
    topic: Topic | None,
    rejected: str | None,
    entries: Collection[str],
    policy: Policy,
) -> Meant:
    """What is meant. `topic` is what a short message may refer to now, `rejected` the entry that a correction excludes."""
    possible = set(entries) - {rejected} if given.corrects else entries
    alone = among(understood[given.meant or given.text], possible)
    chosen, words = alone, given.meant
    questions: tuple[Understanding, ...] = ()
    if (
        given.joined is not None
        and topic is not None
        and given.context == topic.text
        and set(topic.entries) <= set(entries)  # what was talked about may have gone with another version
    ):
        together = among(understood[given.joined], possible)
        refers = refers_back(given.meant)
        chosen = _follow(alone, together, topic.entries, refers=refers, policy=policy)
        words = given.meant if chosen is alone or chosen.intent == alone.intent else given.joined
    if chosen is alone and given.parts:
        parts = tuple(among(understood[part], possible) for part in given.parts)
        questions = _questions(parts, alone, policy)
    original = understood[given.text]
    return Meant(
        understanding=replace(
            original,
            intent=chosen.intent,
            confidence=chosen.confidence,
            answer_at=chosen.answer_at,
            offer_at=chosen.offer_at,
            alternatives=chosen.alternatives,
        ),
        words=words,
        questions=questions,
        corrects=given.corrects,
        language=given.language,
        only_language=given.language is not None and not given.meant,
    )


def _follow(
    alone: Understanding,
    together: Understanding,
    before: Collection[str],
    *,
    refers: bool,
    policy: Policy,
) -> Understanding:
    """The message by itself, or together with what came before.

    Together, two things say nothing: the entry of what came before (its words drown those of the message), and
    what the message says by itself. A third entry is what both make together ("return it" + "and the shipping?"):
    where the message is clear by itself, that takes half the doubt. The entry from before is meant again where
    the message points there by itself, among others, or says by its form that it goes on; but not where by itself
    it means something else more likely than not.
    """
    sure_alone, sure_together = is_sure(alone, policy), is_sure(together, policy)
    certain = (1 + answer_from(together, policy)) / 2
    is_new = together.intent not in before and together.intent != alone.intent
    if sure_together and is_new and (not sure_alone or together.confidence >= certain):
        return together
    if sure_alone:
        return alone
    if sure_together and together.intent == alone.intent:
        return together
    points_there = refers or any(guess.intent == together.intent for guess in alone.alternatives)
    points_elsewhere = alone.intent not in before and alone.confidence >= EVEN
    if sure_together and together.intent in before and points_there and not points_elsewhere:
        return together
    return _pooled(alone, together, before)


def _pooled(alone: Understanding, together: Understanding, before: Collection[str]) -> Understanding:
    """Neither is sure: what either may mean, for a clarifying question."""
    found = {guess.intent: guess for guess in alone.alternatives}
    for guess in guesses_of(together):
        if guess.intent not in before and guess.intent != alone.intent:
            known = found.get(guess.intent, guess)
            found[guess.intent] = max(known, guess, key=lambda each: each.probability)
    ranked = sorted(found.values(), key=lambda guess: -guess.probability)
    return replace(alone, alternatives=tuple(ranked))


def _questions(
    parts: Sequence[Understanding], whole: Understanding, policy: Policy
) -> tuple[Understanding, ...]:
    """The parts, if they tell more than the whole: two clear questions, or less where the whole is not clear.

    A part that points where the whole clearly does is as clear as the whole ("… and when do I get the money?").
    A whole that is clearer than each of its parts is one question.
    """
    if is_sure(whole, policy) and any(_surer(part, whole) for part in parts):
        parts = [whole if part.intent == whole.intent and _surer(whole, part) else part for part in parts]
    sure = [part for part in parts if is_sure(part, policy)]
    found = {part.intent for part in sure}
    two_clear = len(found) > 1 and not all(_surer(whole, part) for part in sure)
    one_clear = len(found) == 1 and not is_sure(whole, policy)
    likely = {part.intent for part in parts if is_likely(guesses_of(part)[0], policy)}
    none_clear = not found and len(likely) > 1 and not is_sure(whole, policy)
    return tuple(parts) if two_clear or one_clear or none_clear else ()


def _surer(one: Understanding, other: Understanding) -> bool:
    return one.confidence > other.confidence
