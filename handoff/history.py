"""What a ticket's events say of it: they alone rebuild its state, tell whose time has passed, and who was responsible. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from handoff.facts import Event, Facts, apply
from handoff.life import EventKind, TicketState, move


class Party(StrEnum):
    """Who was to act."""

    BOT = "bot"  # before the ticket was opened
    QUEUE = "queue"  # nobody had taken it yet
    AGENT = "agent"
    CUSTOMER = "customer"


PARTIES: Mapping[TicketState | None, Party] = {
    TicketState.NEW: Party.QUEUE,
    TicketState.ASSIGNED: Party.AGENT,
    TicketState.IN_PROGRESS: Party.AGENT,
    TicketState.WAITING: Party.CUSTOMER,
}


@dataclass(frozen=True, kw_only=True)
class Link:
    """A stretch of the chain of responsibility: who had the ticket, from when until when, and why it came to them."""

    agent_id: UUID | None  # None: the queue
    queue: str
    since: datetime
    until: datetime | None  # None: they still have it
    how: EventKind
    by_id: UUID | None  # who moved it; None: a rule
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class Stretch:
    """A time in which one party was to act."""

    party: Party
    since: datetime
    until: datetime

    @property
    def length(self) -> timedelta:
        """How long it was."""
        return self.until - self.since

    def within(self, since: datetime, until: datetime) -> "Stretch | None":
        """The part of it that lies in a time; None if none does."""
        first, last = max(self.since, since), min(self.until, until)
        return Stretch(party=self.party, since=first, until=last) if first < last else None


def replay(events: Sequence[Event]) -> Facts:
    """The ticket after its events, oldest first. Raises `IllegalMove` where they are not those of a ticket."""
    facts: Facts | None = None
    for event in events:
        facts = apply(facts, event)
    if facts is None:
        raise ValueError("a ticket without events")
    return facts


def spent(events: Sequence[Event], *, now: datetime) -> Mapping[Party, timedelta]:
    """How long each party was to act, until now or until it was resolved; all episodes together."""
    total = dict.fromkeys(Party, timedelta())
    for each in stretches(events, now=now):
        total[each.party] += each.length
    return total


def stretches(events: Sequence[Event], *, now: datetime) -> list[Stretch]:
    """Who was to act when, oldest first, until now or until it was resolved."""
    found: list[Stretch] = []

    def add(party: Party | None, since: datetime, until: datetime) -> None:
        if party is None or until <= since:
            return
        if found and found[-1].party is party and found[-1].until == since:
            since = found.pop().since
        found.append(Stretch(party=party, since=since, until=until))

    if events and (asked_at := events[0].data.get("asked_at")):
        add(Party.BOT, datetime.fromisoformat(asked_at), events[0].at)
    state: TicketState | None = None
    since = now
    for event in events:
        add(PARTIES.get(state), since, event.at)
        state, since = move(state, EventKind(event.kind)), event.at
    add(PARTIES.get(state), since, now)
    return found


def chain(events: Sequence[Event]) -> list[Link]:
    """Who had the ticket, one after the other, oldest first."""
    links: list[Link] = []
    facts: Facts | None = None
    offer = ""  # why the last transfer was offered
    for event in events:
        before, facts = facts, apply(facts, event)
        kind, data = EventKind(event.kind), event.data
        if kind is EventKind.OFFERED:
            offer = str(data.get("because", ""))
        held_by = facts.assignee_id if facts.state in PARTIES else None
        is_end = facts.state not in PARTIES
        moved = before is None or (held_by, facts.queue) != (before.assignee_id, before.queue)
        if not (moved or is_end or kind is EventKind.REOPENED):
            continue
        if links and links[-1].until is None:
            links[-1] = _ended(links[-1], event.at)
        if is_end:
            continue
        reason = (
            offer
            if kind is EventKind.ACCEPTED
            else str(data.get("because") or data.get("why") or data.get("reason") or "")
        )
        links.append(
            Link(
                agent_id=held_by,
                queue=facts.queue,
                since=event.at,
                until=None,
                how=kind,
                by_id=event.agent_id,
                reason=reason,
            )
        )
    return links


def _ended(link: Link, at: datetime) -> Link:
    return Link(**{**vars(link), "until": at})
