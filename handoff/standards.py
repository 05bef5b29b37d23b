"""Service standards: by when what must have happened to a ticket, and what follows when it has not. Pure.

Of all standards that apply to a ticket the strictest counts, deadline by deadline. While it is the customer's turn, the clocks
that are ours stand still.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from handoff.calendar import CalendarEnds, WorkingCalendar
from handoff.facts import Facts
from handoff.kinds import IncidentClass, Priority
from handoff.life import HELD_STATES, OPEN_STATES, TicketState


class Promise(StrEnum):
    """What has a deadline."""

    TAKE = "take"  # somebody takes the ticket
    PICK_UP = "pick_up"  # whom a rule gave it takes it
    FIRST_RESPONSE = "first_response"  # a person says something
    NEXT_RESPONSE = "next_response"  # and answers what the customer writes then
    UPDATE = "update"  # the customer hears how it stands
    RESOLUTION = "resolution"
    REPORT = "report"  # the first report of a grave incident
    HOP = "hop"  # a transfer is accepted
    ANSWER = "answer"  # the customer, whose turn it is, writes
    CONFIRM = "confirm"  # the first owner confirms the outcome
    PROPOSAL = "proposal"  # who complained gets a proposal
    VISIT = "visit"  # and is asked, when the time for it has come, whether all is well


class Basis(StrEnum):
    """Which time counts."""

    WORKING = "working"
    CALENDAR = "calendar"  # round the clock


class Step(StrEnum):
    """What a rule does when a deadline is near, has come, or has passed for long."""

    WARN = "warn"  # the assignee is told, or the queue
    RETURN = "return"  # who has gone or is silent loses the ticket to the queue
    BREACH = "breach"  # the supervisor is told
    ESCALATE = "escalate"  # the manager is told
    LAPSE = "lapse"  # a transfer that nobody accepted is off: the sender keeps the ticket
    REMIND = "remind"  # the customer is reminded
    RESOLVE = "resolve"  # the customer did not answer
    CLOSE = "close"  # nobody objected


@dataclass(frozen=True, kw_only=True)
class Term:
    """So much time, of one basis."""

    duration: timedelta
    basis: Basis = Basis.WORKING

    def after(self, since: datetime, share: float, calendar: WorkingCalendar, pause: timedelta) -> datetime:
        """The moment when a share of it has passed, `pause` left out. Where nobody is ever there, all time counts."""
        span = self.duration * share + pause
        if self.basis is Basis.WORKING:
            try:
                return calendar.after(since, span)
            except CalendarEnds:
                pass
        return since.astimezone(UTC) + span

    def between(self, start: datetime, end: datetime, calendar: WorkingCalendar) -> timedelta:
        """How much of its time lies between two moments."""
        if self.basis is Basis.WORKING and calendar.next_opening(start) is not None:
            return calendar.between(start, end)
        return max(end - start, timedelta())


Terms = Mapping[Promise, Term]


def _working(**duration: float) -> Term:
    return Term(duration=timedelta(**duration))


def _round_the_clock(**duration: float) -> Term:
    return Term(duration=timedelta(**duration), basis=Basis.CALENDAR)


BASIC: Terms = {
    Promise.TAKE: _working(minutes=10),
    Promise.PICK_UP: _working(minutes=3),
    Promise.FIRST_RESPONSE: _working(minutes=15),
    Promise.NEXT_RESPONSE: _working(minutes=30),
    Promise.UPDATE: _working(hours=8),
    Promise.RESOLUTION: _working(hours=24),
    Promise.HOP: _working(minutes=15),
    Promise.ANSWER: _round_the_clock(days=3),
    Promise.CONFIRM: _round_the_clock(days=3),
    Promise.PROPOSAL: _working(hours=16),
    Promise.VISIT: _round_the_clock(days=1),
}
EMERGENCY: Terms = {
    Promise.TAKE: _round_the_clock(minutes=5),
    Promise.PICK_UP: _round_the_clock(minutes=1),
    Promise.FIRST_RESPONSE: _round_the_clock(minutes=10),
    Promise.NEXT_RESPONSE: _round_the_clock(minutes=10),
    Promise.UPDATE: _round_the_clock(hours=1),
    Promise.RESOLUTION: _round_the_clock(hours=24),
    Promise.REPORT: _round_the_clock(hours=2),
    Promise.HOP: _round_the_clock(minutes=5),
}

FOLLOW_UP = _round_the_clock(days=3)

# What happens when which share of a term has passed.
_LADDER = ((0.75, Step.WARN), (0.9, Step.RETURN), (1.0, Step.BREACH), (1.5, Step.ESCALATE))
_TOLD = tuple(each for each in _LADDER if each[1] is not Step.RETURN)
LADDERS: Mapping[Promise, tuple[tuple[float, Step], ...]] = {
    Promise.TAKE: _TOLD,
    Promise.PICK_UP: ((1.0, Step.RETURN),),
    Promise.FIRST_RESPONSE: _LADDER,
    Promise.NEXT_RESPONSE: _LADDER,
    Promise.UPDATE: _TOLD,
    Promise.RESOLUTION: _TOLD,
    Promise.REPORT: _TOLD,
    Promise.HOP: ((1.0, Step.LAPSE),),
    Promise.ANSWER: ((0.5, Step.REMIND), (1.0, Step.RESOLVE)),
    Promise.CONFIRM: ((1.0, Step.CLOSE),),
    Promise.PROPOSAL: _TOLD,
    Promise.VISIT: ((0.0, Step.WARN), (1.0, Step.BREACH), (1.5, Step.ESCALATE)),
}

# Their clocks stand still while it is the customer's turn.
_PAUSED = {
    Promise.FIRST_RESPONSE,
    Promise.NEXT_RESPONSE,
    Promise.UPDATE,
    Promise.RESOLUTION,
    Promise.PROPOSAL,
}


class Tier(StrEnum):
    """Whose standard it is."""

    BASIC = "basic"  # everybody's
    VALUE_ADDED = "value_added"  # of customers of certain tiers
    EMERGENCY = "emergency"  # of what is urgent


@dataclass(frozen=True, kw_only=True)
class Standards:
    """The three standards. What one does not say, another that applies does."""

    basic: Terms = field(default_factory=lambda: BASIC)
    value_added: Terms = field(default_factory=dict)
    customer_tiers: Collection[str] = ()  # that have the value-added standard
    emergency: Terms = field(default_factory=lambda: EMERGENCY)
    follow_up: Term = FOLLOW_UP  # from a complaint's resolution until the time for the visit has come

    def applying(self, facts: Facts) -> list[tuple[Tier, Terms]]:
        """The standards that apply to a ticket."""
        found = [(Tier.BASIC, self.basic)]
        if facts.tier is not None and facts.tier in self.customer_tiers:
            found.append((Tier.VALUE_ADDED, self.value_added))
        if facts.priority is Priority.URGENT:
            found.append((Tier.EMERGENCY, self.emergency))
        return found


@dataclass(frozen=True, kw_only=True)
class Due:
    """A running deadline. While its clock stands still, `at` is None and nothing follows."""

    promise: Promise
    since: datetime
    at: datetime | None
    term: Term
    tier: Tier  # whose term is the strictest
    steps: Sequence[tuple[datetime, Step]]  # what follows when, in order
    guessed: bool = False  # it runs into a year whose holidays are not decreed yet


def deadlines(facts: Facts, standards: Standards, calendar: WorkingCalendar) -> list[Due]:
    """All deadlines of a ticket that run now, the strictest term of each."""
    applying = standards.applying(facts)
    found = []
    for promise, since in _running(facts).items():
        pausing = promise in _PAUSED
        start = visit_from(since, standards, calendar) if promise is Promise.VISIT else since
        options = [
            (_due(facts, term, start, calendar, pausing=pausing), tier, term)
            for tier, terms in applying
            if (term := terms.get(promise))
        ]
        if not options:
            continue
        at, tier, term = min(options, key=lambda option: option[0])
        stands_still = pausing and facts.state is TicketState.WAITING
        pause = _pause(facts, term, since, calendar) if pausing else timedelta()
        steps = [] if stands_still else _steps(promise, term, start, calendar, pause)
        guessed = term.basis is Basis.WORKING and calendar.is_guessed(since, at)
        found.append(
            Due(
                promise=promise,
                since=since,
                at=None if stands_still else at,
                term=term,
                tier=tier,
                steps=steps,
                guessed=guessed,
            )
        )
    return found


def visit_from(resolved_at: datetime, standards: Standards, calendar: WorkingCalendar) -> datetime:
    """When the time for a complaint's follow-up visit has come."""
    return standards.follow_up.after(resolved_at, 1, calendar, timedelta())


def _running(facts: Facts) -> dict[Promise, datetime]:
    """Which clocks run, and since when."""
    since: dict[Promise, datetime | None] = {}
    if facts.state in OPEN_STATES:
        since[Promise.TAKE] = None if facts.taken_at else facts.queued_at
        since[Promise.FIRST_RESPONSE] = None if facts.first_replied_at else facts.episode_at
        since[Promise.NEXT_RESPONSE] = facts.unanswered_at if facts.first_replied_at else None
        since[Promise.UPDATE] = facts.replied_at
        since[Promise.RESOLUTION] = facts.episode_at
        since[Promise.PROPOSAL] = facts.proposal_owed_at
    if facts.state in HELD_STATES:
        since[Promise.HOP] = facts.offered_at
        since[Promise.PICK_UP] = facts.assigned_at
    if facts.state is TicketState.WAITING:
        since[Promise.ANSWER] = datetime.fromisoformat(facts.pauses[-1][0])
    if facts.state is TicketState.RESOLVED:
        since[Promise.CONFIRM] = facts.visited_at if facts.stage else facts.resolved_at
        since[Promise.VISIT] = facts.resolved_at if facts.stage and not facts.visited_at else None
    if facts.incident == IncidentClass.GRAVE and facts.state is not TicketState.CLOSED:
        since[Promise.REPORT] = None if facts.reported_at else facts.raised_at
    return {promise: at for promise, at in since.items() if at is not None}


def _due(facts: Facts, term: Term, since: datetime, calendar: WorkingCalendar, *, pausing: bool) -> datetime:
    return term.after(since, 1, calendar, _pause(facts, term, since, calendar) if pausing else timedelta())


def _pause(facts: Facts, term: Term, since: datetime, calendar: WorkingCalendar) -> timedelta:
    """How long the clock stood still, in the term's own time."""
    total = timedelta()
    for start, end in facts.pauses:
        if end is not None:
            begin = max(datetime.fromisoformat(start), since)
            total += term.between(begin, datetime.fromisoformat(end), calendar)
    return total


def _steps(
    promise: Promise, term: Term, since: datetime, calendar: WorkingCalendar, pause: timedelta
) -> list[tuple[datetime, Step]]:
    return [(term.after(since, share, calendar, pause), step) for share, step in LADDERS[promise]]
