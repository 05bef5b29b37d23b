"""What tickets are looked for: a filter, and its address. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date
from enum import StrEnum
from urllib.parse import urlencode
from uuid import UUID

from handoff.complaints.life import Stage
from handoff.finding.addresses import (
    Mistake,
    Pair,
    any_of,
    day,
    flag,
    ids,
    one_of,
    order_days,
    read_parts,
    words,
    write_parts,
)
from handoff.kinds import Reason, TicketKind
from handoff.life import DONE_STATES, OPEN_STATES, TicketState
from handoff.standards import Promise

BESIDE = ("after", "before", "lang", "tab", "done")  # what else stands in the addresses of lists


class Language(StrEnum):
    """In which a ticket's customer is answered: see `core.languages`."""

    ZH = "zh"
    EN = "en"


class Without(StrEnum):
    """Who is missing."""

    ASSIGNEE = "assignee"  # nobody has it
    FIRST_OWNER = "first_owner"  # nobody was asked to take it yet


class DeadlineIs(StrEnum):
    """How a ticket's deadlines stand."""

    AT_RISK = "at_risk"  # one was warned of, or has passed
    LATE = "late"  # one has passed, and what it is about has not happened
    MISSED = "missed"  # one has passed, now or at any time before


class Sort(StrEnum):
    """What comes first."""

    NEWEST = "newest"
    OLDEST = "oldest"
    DUE = "due"  # the next deadline; then those without one
    SAID = "said"  # the last word


@dataclass(frozen=True, kw_only=True)
class TicketFilter:
    """All that is said has to be true of a ticket; where several values of one thing are, one of them."""

    text: str = ""  # a ticket's number, or what a customer is found by
    states: tuple[TicketState, ...] = ()
    kinds: tuple[TicketKind, ...] = ()
    reasons: tuple[Reason, ...] = ()
    queues: tuple[str, ...] = ()
    assignees: tuple[UUID, ...] = ()
    first_owners: tuple[UUID, ...] = ()
    without: tuple[Without, ...] = ()
    is_mine: bool = False  # of who looks: as assignee or first owner
    channels: tuple[str, ...] = ()
    languages: tuple[Language, ...] = ()
    tiers: tuple[str, ...] = ()
    tag: str = ""
    categories: tuple[str, ...] = ()
    stages: tuple[Stage, ...] = ()  # of a complaint
    opened_from: date | None = None
    opened_to: date | None = None
    resolved_from: date | None = None
    resolved_to: date | None = None
    deadline: DeadlineIs | None = None
    promises: tuple[Promise, ...] = ()  # which deadline; alone: that runs
    is_urgent: bool = False
    is_reopened: bool = False
    sort: Sort = Sort.NEWEST

    @property
    def pairs(self) -> list[Pair]:
        """Its address, as `read_filter` reads it."""
        values = {each.name: getattr(self, each.name) for each in fields(self)}
        return [each for each in write_parts(PARTS, values) if each != ("sort", Sort.NEWEST)]

    @property
    def query(self) -> str:
        """The same in one text."""
        return urlencode(self.pairs)

    @property
    def says_nothing(self) -> bool:
        """Whether it finds every ticket."""
        return replace(self, sort=Sort.NEWEST) == TicketFilter()


STATE_GROUPS = {"open": OPEN_STATES, "done": DONE_STATES}
PARTS = {
    "text": words("q"),
    "states": any_of("state", TicketState, STATE_GROUPS),
    "kinds": any_of("kind", TicketKind),
    "reasons": any_of("reason", Reason),
    "queues": words("queue", is_many=True),
    "assignees": ids("assignee"),
    "first_owners": ids("owner"),
    "without": any_of("without", Without),
    "is_mine": flag("mine"),
    "channels": words("channel", is_many=True),
    "languages": any_of("language", Language),
    "tiers": words("tier", is_many=True),
    "tag": words("tag"),
    "categories": words("category", is_many=True),
    "stages": any_of("stage", Stage),
    "opened_from": day("opened_from"),
    "opened_to": day("opened_to"),
    "resolved_from": day("resolved_from"),
    "resolved_to": day("resolved_to"),
    "deadline": one_of("deadline", DeadlineIs),
    "promises": any_of("promise", Promise),
    "is_urgent": flag("urgent"),
    "is_reopened": flag("reopened"),
    "sort": one_of("sort", Sort),
}


def read_filter(pairs: Iterable[Pair]) -> tuple[TicketFilter, Sequence[Mistake]]:
    """The filter of an address, and what in it counts for nothing."""
    said, mistakes = read_parts(PARTS, pairs, beside=BESIDE)
    order_days(said, PARTS, "opened_from", "opened_to", mistakes)
    order_days(said, PARTS, "resolved_from", "resolved_to", mistakes)
    return TicketFilter(**said), mistakes
