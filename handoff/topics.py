"""Topics: which entries of the knowledge base a customer's message is near to. The likeliest is its ticket's topic. Pure.

It is recorded with the events OPENED and CUSTOMER_WROTE, as `near`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

MOST = 3  # entries of a message
LIKELY = 0.3  # from this probability on an entry is one that a colleague may want to look at


@dataclass(frozen=True, kw_only=True)
class Near:
    """An entry, and the probability that it is what the customer means."""

    entry: str
    probability: float


def nearest(guesses: Iterable[tuple[str, float]]) -> tuple[Near, ...]:
    """The likeliest of these entries and their probabilities, best first; none that is unlikely."""
    likely = [Near(entry=entry, probability=probability) for entry, probability in guesses if entry]
    likely = [each for each in likely if each.probability >= LIKELY]
    return tuple(sorted(likely, key=lambda each: -each.probability)[:MOST])


def near_to_data(near: Sequence[Near]) -> list[dict[str, Any]]:
    """As an event keeps it."""
    return [{"entry": each.entry, "probability": round(each.probability, 4)} for each in near]


def near_of(data: Mapping[str, Any]) -> tuple[Near, ...]:
    """What an event has of it."""
    return tuple(Near(**each) for each in data.get("near", ()))


def topic_of(data: Mapping[str, Any]) -> str | None:
    """The likeliest entry, if the event has one."""
    near = near_of(data)
    return near[0].entry if near else None
