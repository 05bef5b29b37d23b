"""A ticket's way from hand to hand: who was to act in each hop, who was asked to take over, what was kept and missed. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from handoff.deadlines import Course, Deadline
from handoff.history import Link, Party, Stretch, chain, stretches
from handoff.life import EventKind
from handoff.standards import Promise
from handoff.tickets import TicketEvent

# What is told of a hop beside who had the ticket: the rest is in the history.
STEPS = {
    EventKind.REPORTED,
    EventKind.SORTED,
    EventKind.RAISED,
    EventKind.RETIERED,
    EventKind.DELIVERY_FAILED,
    EventKind.COMPLAINED_OF,
    EventKind.INVESTIGATES,
    EventKind.PROPOSED,
    EventKind.AGREED,
    EventKind.REFUSED,
    EventKind.WAIVED,
    EventKind.FOUND_CAUSE,
    EventKind.VISIT_TRIED,
    EventKind.VISITED,
    EventKind.ACTION_SET,
    EventKind.ACTION_DONE,
    EventKind.ACTION_VERIFIED,
    EventKind.ACTION_FAILED,
    EventKind.CLOSED,
    EventKind.SURVEYED,
}
# Answers to an offer, and what takes one back that nobody has answered.
_ENDS_OFFERS = {
    EventKind.ACCEPTED,
    EventKind.DECLINED,
    EventKind.LAPSED,
    EventKind.RETURNED,
    EventKind.ASSIGNED,
    EventKind.HANDED_BACK,
    EventKind.RESOLVED,
}
_AFTERWARDS = {Promise.CONFIRM, Promise.VISIT}
_NOT_TOLD = {Promise.HOP, Promise.ANSWER}  # is told as an offer; is the customer's
_TOLD_IF_NOT_KEPT = {Promise.PICK_UP, Promise.NEXT_RESPONSE, Promise.UPDATE}  # there may be very many


@dataclass(kw_only=True)
class Offer:
    """Somebody, or a queue, was asked to take the ticket over; `end` is what became of it."""

    asked: TicketEvent
    end: TicketEvent | None = None


@dataclass(kw_only=True)
class Hop:
    """A link of the chain of responsibility, and what was in it."""

    link: Link
    until: datetime  # now, if it is not over
    stretches: Sequence[Stretch]
    offers: list[Offer] = field(default_factory=list)
    deadlines: list[Deadline] = field(default_factory=list)
    steps: list[TicketEvent] = field(default_factory=list)

    @property
    def length(self) -> timedelta:
        """How long it was."""
        return self.until - self.link.since


@dataclass(kw_only=True)
class Episode:
    """From the opening, or a reopening, until the next one. `after` and `deadlines` are of when it was resolved."""

    begin: TicketEvent
    hops: list[Hop] = field(default_factory=list)
    end: TicketEvent | None = None  # the resolution
    after: list[TicketEvent] = field(default_factory=list)
    deadlines: list[Deadline] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class Timeline:
    """All of it, oldest first."""

    stretches: Sequence[Stretch]
    episodes: Sequence[Episode]

    @property
    def bot(self) -> Stretch | None:
        """The time before there was a ticket."""
        return next((each for each in self.stretches if each.party is Party.BOT), None)

    @property
    def longest(self) -> timedelta:
        """Of its hops, and the bot's."""
        lengths = [hop.length for episode in self.episodes for hop in episode.hops]
        return max([*lengths, self.bot.length if self.bot else timedelta()], default=timedelta())


def make_timeline(events: Sequence[TicketEvent], deadlines: Sequence[Deadline], *, now: datetime) -> Timeline:
    """Of a ticket's events, oldest first, and all its deadlines."""
    spans = stretches(events, now=now)
    episodes: list[Episode] = []
    links = chain(events)
    for event in events:
        kind = EventKind(event.kind)
        if kind in (EventKind.OPENED, EventKind.REOPENED):
            episodes.append(Episode(begin=event))
        episode = episodes[-1]
        while links and links[0].since <= event.at and episode.end is None:
            episode.hops.append(_hop(links.pop(0), spans, now))
        if episode.end is None and episode.hops:
            _note(episode.hops, event, kind)
        elif kind in STEPS:
            episode.after.append(event)
        if kind is EventKind.RESOLVED:
            episode.end = event
    for row in sorted(deadlines, key=lambda each: each.ended_at or each.due_at or each.since):
        if row.episode <= len(episodes) and _is_told(row, episodes[row.episode :]):
            _place(episodes[row.episode - 1], row)
    return Timeline(stretches=spans, episodes=episodes)


def _is_told(row: Deadline, later: Sequence[Episode]) -> bool:
    promise = Promise(row.promise)
    if row.course == Course.KEPT and promise in _AFTERWARDS and later and row.ended_at == later[0].begin.at:
        return False  # nobody did it: the ticket was reopened before
    return promise not in _NOT_TOLD and not (row.course == Course.KEPT and promise in _TOLD_IF_NOT_KEPT)


def _hop(link: Link, spans: Sequence[Stretch], now: datetime) -> Hop:
    until = max(link.until or now, link.since)
    return Hop(
        link=link, until=until, stretches=[part for each in spans if (part := each.within(link.since, until))]
    )


def _note(hops: Sequence[Hop], event: TicketEvent, kind: EventKind) -> None:
    hop = next(each for each in reversed(hops) if each.link.since <= event.at)
    pending = next((each for one in hops for each in one.offers if each.end is None), None)
    if kind is EventKind.OFFERED:
        hop.offers.append(Offer(asked=event))
    elif kind in _ENDS_OFFERS and pending:
        pending.end = event
    elif kind in STEPS:
        hop.steps.append(event)


def _place(episode: Episode, row: Deadline) -> None:
    """Where its time came, or it was kept."""
    moment = row.ended_at
    if row.course == Course.MISSED and row.due_at and moment:
        moment = min(moment, row.due_at)
    hops = [each for each in episode.hops if moment is None or each.link.since <= moment]
    if Promise(row.promise) in _AFTERWARDS or not hops:
        episode.deadlines.append(row)
    else:
        hops[-1].deadlines.append(row)
