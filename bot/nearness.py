"""Which entries a message for people is near to, as it was understood anyway; for their ticket. Pure."""

from bot.decisions import Handoff, Heard, Policy
from bot.readings import is_sure
from handoff.topics import Near, nearest
from nlu.understanding import Understanding

SHORT = 10  # letters, a Chinese character counts as two; "好的，谢谢" and "you there?" are about nothing of their own


def near_at_handoff(decision: Handoff, heard: Heard, policy: Policy) -> tuple[Near, ...]:
    """What the handed over message asks for; nothing where it only wishes for a person, and what was said before counts.

    An entry that itself wants people is known, not guessed.
    """
    known = decision.entries[-1] if decision.entries else decision.asking.entry if decision.asking else None
    if known is not None:
        return (Near(entry=known, probability=1.0),)
    understanding = heard.understanding
    if understanding is None or (understanding.wants_human.decision and not is_sure(understanding, policy)):
        return ()
    return _nearest(understanding)


def near_at_relay(heard: Heard) -> tuple[Near, ...]:
    """What a message to people asks for; short ones do not change what it is all about."""
    if heard.understanding is None or _weight(heard.text) <= SHORT:
        return ()
    return _nearest(heard.understanding)


def _nearest(understanding: Understanding) -> tuple[Near, ...]:
    guesses = [(each.intent, each.probability) for each in understanding.alternatives]
    return nearest([(understanding.intent, understanding.confidence), *guesses])


def _weight(text: str) -> int:
    return sum(2 if character >= "\u3400" else 1 for character in text if character.isalnum())
