"""Cells: what figures are made of. Pure.

A cell is one day (in the shop's time zone), one figure and one key, which holds the figure's parts with "|" between them. It
has a count, and an amount where something besides is added up: minutes, or scores. All that a ticket or a session adds to
cells is its tally; the roll-ups are the sum of all tallies.
"""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta, tzinfo
from enum import StrEnum
from typing import NamedTuple

SEPARATOR = "|"
EXACT = 60  # minutes up to which a duration keeps its minute
GROWTH = 1.05  # from one class of longer durations to the next


class Figure(StrEnum):
    """What is counted; beside it the parts of its key."""

    # Of sessions
    MESSAGES = "messages"  # author, channel, language
    DECISIONS = "decisions"  # what the bot did with a customer's message
    ANSWERS = "answers"  # entry
    NO_HELP = "no_help"  # entry that was answered last, and why it was no help: a `Why` of gaps
    VOTES = "votes"  # entry, "yes" or "no": what customers say of answers, as it stands
    TOPICS = "topics"  # the entry before or with which the bot handed over; "" for none
    CONVERSATIONS = "conversations"  # channel, language, `Fate`
    # Of tickets
    OPENED = "opened"  # reason, kind, channel
    TAKEN = "taken"  # agent
    FIRST_RESPONSE = "first_response"  # minutes
    FIRST_RESPONSE_BY = "first_response_by"  # agent; amount: minutes
    RESOLUTION = "resolution"  # minutes
    RESOLVED = "resolved"  # agent, `Ending`
    PROMISES = "promises"  # promise, kept or missed
    CSAT = "csat"  # score, or `Silence`
    CSAT_BY = "csat_by"  # agent; amount: scores
    NPS = "nps"  # score, or `Silence`
    CAUSES = "causes"  # of complaints; "" while it is not found


DURATIONS = (Figure.FIRST_RESPONSE, Figure.FIRST_RESPONSE_BY, Figure.RESOLUTION)
OF_SESSIONS = (
    Figure.MESSAGES,
    Figure.DECISIONS,
    Figure.ANSWERS,
    Figure.NO_HELP,
    Figure.VOTES,
    Figure.TOPICS,
    Figure.CONVERSATIONS,
)


class Fate(StrEnum):
    """What became of a conversation."""

    PEOPLE = "people"  # a person was asked for, or at work already
    UNANSWERED = "unanswered"  # the bot had no answer, and nobody was asked for
    RETURNED = "returned"  # the bot answered, and the customer came back within `COMES_BACK`
    SOLVED = "solved"  # the bot answered, nobody was asked for, and the customer has not come back


class Ending(StrEnum):
    """What became of a resolution."""

    AT_ONCE = "at_once"  # the first, by the only agent who had the ticket, and not reopened since
    LATER = "later"
    REOPENED = "reopened"


class Silence(StrEnum):
    """A survey without a score."""

    UNANSWERED = "unanswered"
    UNSCORED = "unscored"  # whether it is solved was answered, and no more


class Cell(NamedTuple):
    """Where something is counted."""

    day: date
    figure: str
    key: str


class Value(NamedTuple):
    """What is in a cell: how often, and what was added up."""

    times: int
    amount: int


class Tally(dict[Cell, Value]):
    """What one ticket or session adds to cells."""

    def __init__(self, zone: tzinfo) -> None:
        super().__init__()
        self._zone = zone

    def add(self, figure: Figure, at: datetime, *parts: object, amount: int = 0, times: int = 1) -> None:
        """Count once more on that day; less than none is taken back."""
        cell = Cell(at.astimezone(self._zone).date(), figure, key_of(*parts))
        before = self.get(cell, Value(0, 0))
        after = Value(before.times + times, before.amount + amount)
        if after == Value(0, 0):
            self.pop(cell, None)
        else:
            self[cell] = after


def key_of(*parts: object) -> str:
    """A cell's key; a part that is not known is empty."""
    return SEPARATOR.join("" if part is None else str(part).replace(SEPARATOR, "/") for part in parts)


def parts_of(key: str) -> list[str]:
    """What `key_of` was given."""
    return key.split(SEPARATOR)


def minutes(span: timedelta) -> int:
    """Whole minutes, and none below zero."""
    return max(int(span.total_seconds() // 60), 0)


def duration_class(length: int) -> int:
    """The minutes that stand for a duration: its own up to an hour, beyond it those of its class of five percent."""
    bound = EXACT
    if length <= bound:
        return length
    while (above := max(int(bound * GROWTH), bound + 1)) <= length:
        bound = above
    return bound


def percentile(classes: Mapping[int, int], share: float) -> int | None:
    """The duration within which this share of all ended (nearest rank); None of nothing."""
    total = sum(classes.values())
    if not total:
        return None
    rank, seen = max(share * total, 1), 0
    for length in sorted(classes):
        seen += classes[length]
        if seen >= rank - 1e-9:
            return length
    return max(classes)


def difference(before: Mapping[Cell, Value], after: Mapping[Cell, Value]) -> dict[Cell, Value]:
    """What has to be added to the roll-ups so that they say `after` instead of `before`."""
    nothing = Value(0, 0)
    changed: dict[Cell, Value] = {}
    for cell in {*before, *after}:
        was, now = before.get(cell, nothing), after.get(cell, nothing)
        if was != now:
            changed[cell] = Value(now.times - was.times, now.amount - was.amount)
    return changed


def total(differences: Iterable[Mapping[Cell, Value]]) -> dict[Cell, Value]:
    """Several added up, without those that come to nothing."""
    found: dict[Cell, Value] = {}
    for each in differences:
        for cell, value in each.items():
            was = found.get(cell, Value(0, 0))
            found[cell] = Value(was.times + value.times, was.amount + value.amount)
    return {cell: value for cell, value in found.items() if value != Value(0, 0)}
