"""What a ticket adds to the figures. Pure.

A function of its events, and of the promises, surveys and complaints that are kept with them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from typing import Any
from uuid import UUID

from core.errors import ShouwenError
from handoff.aftercare.surveys import SurveyKind
from handoff.deadlines import Course
from handoff.facts import Event, Facts, apply
from handoff.life import EventKind
from handoff.reporting.cells import Ending, Figure, Silence, Tally, duration_class, minutes
from handoff.standards import Promise

# What is promised to customers; the others are between colleagues, or the customer's own.
COUNTED = (
    Promise.TAKE,
    Promise.FIRST_RESPONSE,
    Promise.NEXT_RESPONSE,
    Promise.UPDATE,
    Promise.RESOLUTION,
    Promise.REPORT,
    Promise.PROPOSAL,
    Promise.VISIT,
)


class UnknownEvent(ShouwenError):
    """Of a kind that this version does not know."""

    def __init__(self, kind: str) -> None:
        super().__init__(f"{kind!r} is no kind of event that this version knows")
        self.kind = kind


@dataclass(frozen=True, kw_only=True)
class KeptEvent:
    """An event as it was stored; its kind may be one of a later version."""

    kind: str
    at: datetime
    agent_id: UUID | None
    data: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class EndedPromise:
    """A deadline that is over."""

    promise: str
    course: str
    ended_at: datetime


@dataclass(frozen=True, kw_only=True)
class SentSurvey:
    """A survey, and its score."""

    episode: int
    kind: str
    sent_at: datetime
    score: int | None
    answered_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class KnownComplaint:
    """A complaint, and its cause once it is found."""

    accepted_at: datetime
    cause: str | None


@dataclass(frozen=True, kw_only=True)
class TicketSource:
    """All that is counted of a ticket."""

    channel: str
    events: Sequence[Event]
    promises: Sequence[EndedPromise] = ()
    surveys: Sequence[SentSurvey] = ()
    complaints: Sequence[KnownComplaint] = ()


@dataclass
class _Resolution:
    """The end of an episode."""

    episode: int
    at: datetime
    minutes: int
    agent_id: UUID | None
    is_first: bool  # by the only agent of the first episode
    reopened: bool = False


@dataclass
class _Story:
    """What happened to a ticket, as it is counted."""

    tally: Tally
    facts: Facts | None = None
    holders: set[UUID | None] = field(default_factory=set)  # of this episode
    resolutions: list[_Resolution] = field(default_factory=list)

    def follow(self, event: Event) -> None:
        """One event more. Raises `Refused`."""
        before, facts = self.facts, apply(self.facts, event)
        self.facts = facts
        if before is None:
            return
        if before.taken_at is None and facts.taken_at is not None:
            self.tally.add(Figure.TAKEN, event.at, event.agent_id)
        if facts.taken_at is not None:
            self.holders.add(facts.assignee_id)
        if before.first_replied_at is None and facts.first_replied_at is not None:
            length = minutes(event.at - facts.episode_at)
            self.tally.add(Figure.FIRST_RESPONSE, event.at, duration_class(length), amount=length)
            self.tally.add(Figure.FIRST_RESPONSE_BY, event.at, event.agent_id, amount=length)
        match EventKind(event.kind):
            case EventKind.RESOLVED:
                self.resolutions.append(
                    _Resolution(
                        episode=facts.episode,
                        at=event.at,
                        minutes=minutes(event.at - facts.episode_at),
                        agent_id=facts.assignee_id,
                        is_first=facts.episode == 1 and len(self.holders) <= 1,
                    )
                )
            case EventKind.REOPENED:
                self.holders = set()
                if self.resolutions:
                    self.resolutions[-1].reopened = True


def tally_ticket(source: TicketSource, *, zone: tzinfo) -> Tally:
    """What a ticket adds. Raises `UnknownEvent`, and `Refused` where its events are not those of a ticket."""
    for event in source.events:
        if event.kind not in set(EventKind):
            raise UnknownEvent(event.kind)
    tally = Tally(zone)
    story = _Story(tally)
    for event in source.events:
        story.follow(event)
    if story.facts is None:
        return tally
    opened = source.events[0]
    tally.add(Figure.OPENED, opened.at, opened.data.get("reason"), story.facts.kind, source.channel)
    _add_resolutions(tally, story)
    _add_promises(tally, source)
    _add_surveys(tally, source, {each.episode: each.agent_id for each in story.resolutions})
    for complaint in source.complaints:
        tally.add(Figure.CAUSES, complaint.accepted_at, complaint.cause)
    return tally


def _add_resolutions(tally: Tally, story: _Story) -> None:
    for each in story.resolutions:
        ending = Ending.AT_ONCE if each.is_first else Ending.LATER
        if each.reopened:
            ending = Ending.REOPENED
        tally.add(Figure.RESOLVED, each.at, each.agent_id, ending)
        tally.add(Figure.RESOLUTION, each.at, duration_class(each.minutes), amount=each.minutes)


def _add_promises(tally: Tally, source: TicketSource) -> None:
    """Only those that something which happened has ended: what a change of the standards withdraws is neither."""
    moments = {event.at for event in source.events}
    for each in source.promises:
        if each.promise in COUNTED and each.ended_at in moments:
            tally.add(Figure.PROMISES, each.ended_at, each.promise, Course(each.course))


def _add_surveys(tally: Tally, source: TicketSource, agents: dict[int, UUID | None]) -> None:
    for each in source.surveys:
        figure = Figure.NPS if each.kind == SurveyKind.NPS else Figure.CSAT
        said: object = each.score
        if each.score is None:
            said = Silence.UNSCORED if each.answered_at else Silence.UNANSWERED
        tally.add(figure, each.sent_at, said, amount=each.score or 0)
        if figure is Figure.CSAT and each.score is not None:
            tally.add(Figure.CSAT_BY, each.sent_at, agents.get(each.episode), amount=each.score)
