"""Deadlines in words: the one that comes next for a list, all of them and whence they are for the opened ticket. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from handoff.lists import RunningDeadline
from handoff.standards import Basis, Promise, Term, Tier
from handoff.tickets import Ticket
from handoff.wording.reader import Reader

SOON = 0.25  # of a deadline's time; what is left when colleagues are warned


@dataclass(frozen=True, kw_only=True)
class Clock:
    """A deadline in a list. `level` is late, soon, calm or stopped."""

    text: str
    level: str


@dataclass(frozen=True, kw_only=True)
class FullClock:
    """A deadline of the opened ticket: by when, how long still, and by which standard."""

    promise: str
    due_at: datetime | None  # None: it stands still
    by: str
    left: str
    level: str
    standard: str
    guessed: bool


def word_clock(deadline: RunningDeadline | None, reader: Reader) -> Clock | None:
    """The deadline that comes next, for a list; or that the clocks stand still."""
    if deadline is None:
        return None
    if deadline.due_at is None:
        return Clock(text=reader.t("clock_stopped"), level="stopped")
    promise = reader.t.named("promise", deadline.promise)
    text = _say(reader, "due", deadline.due_at, promise=promise)
    return Clock(text=text, level=_level(deadline.since, deadline.due_at, reader.now))


def full_clocks(ticket: Ticket, deadlines: Sequence[RunningDeadline], reader: Reader) -> list[FullClock]:
    """All that run or stand still, the next one first."""
    t = reader.t
    return [
        FullClock(
            promise=t.named("promise", each.promise),
            due_at=each.due_at,
            by=t("due_by", time=reader.time(each.due_at)) if each.due_at else "",
            left=_say(reader, "left", each.due_at) if each.due_at else t("clock_stopped"),
            level=_level(each.since, each.due_at, reader.now) if each.due_at else "stopped",
            standard=_standard(ticket, each, reader),
            guessed=each.guessed,
        )
        for each in sorted(deadlines, key=lambda each: (each.due_at is None, each.due_at or each.since))
    ]


def next_level_at(deadlines: Sequence[RunningDeadline], now: datetime) -> datetime | None:
    """When the level of one of them changes next, though nothing happens; None: of none any more."""
    running = [(each.since, each.due_at) for each in deadlines if each.due_at]
    moments = [at for since, due_at in running for at in (_soon_from(since, due_at), due_at)]
    return min((at for at in moments if at > now), default=None)


def _say(reader: Reader, what: str, due_at: datetime, **names: str) -> str:
    left = due_at - reader.now
    moment = "in" if left >= timedelta() else "past"
    if abs(left) < timedelta(minutes=1):
        return reader.t(f"{what}_now" if moment == "in" else f"{what}_just_past", **names)
    return reader.t(f"{what}_{moment}", span=reader.duration(abs(left)), **names)


def _level(since: datetime, due_at: datetime, now: datetime) -> str:
    if now >= due_at:
        return "late"
    return "soon" if now >= _soon_from(since, due_at) else "calm"


def _soon_from(since: datetime, due_at: datetime) -> datetime:
    return due_at - (due_at - since) * SOON


def _standard(ticket: Ticket, deadline: RunningDeadline, reader: Reader) -> str:
    """Which standard it is of; where several apply, that it is the strictest, and what the others say."""
    applying = reader.settings.standards.applying(ticket.facts)
    terms = {
        tier: terms[promise] for tier, terms in applying if (promise := Promise(deadline.promise)) in terms
    }
    tier = Tier(deadline.tier)
    if tier not in terms:  # the standards have changed since
        return _tier(tier, ticket, reader)
    said = reader.t("by_standard", tier=_tier(tier, ticket, reader), term=_term(terms.pop(tier), reader))
    others = [
        reader.t("other_standard", tier=_tier(other, ticket, reader), term=_term(term, reader))
        for other, term in terms.items()
    ]
    return said + (reader.t("strictest", others=reader.listed(others)) if others else "")


def _tier(tier: Tier, ticket: Ticket, reader: Reader) -> str:
    return reader.t(f"tier_{tier}", tier=ticket.tier or "")


def _term(term: Term, reader: Reader) -> str:
    if term.basis is Basis.WORKING:  # whose days are not of 24 hours
        return reader.t("term_working", span=reader.exactly(term.duration, in_days=False))
    return reader.t("term_calendar", span=reader.exactly(term.duration))
