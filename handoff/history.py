"""What a ticket's events say of it: they alone rebuild its state, and tell whose time has passed. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from handoff.life import EventKind, TicketState, move
from handoff.tickets import Priority, Reason, TicketEvent


class Party(StrEnum):
    """Who was to act."""

    QUEUE = "queue"  # nobody had taken it yet
    AGENT = "agent"
    CUSTOMER = "customer"


@dataclass(frozen=True, kw_only=True)
class Facts:
    """A ticket's present state, as its row has it too."""

    state: TicketState
    priority: Priority
    assignee_id: UUID | None
    opened_at: datetime
    taken_at: datetime | None
    resolved_at: datetime | None


def replay(events: Sequence[TicketEvent]) -> Facts:
    """The ticket after its events, oldest first. Raises `IllegalMove` where they are not those of a ticket."""
    state: TicketState | None = None
    priority = Priority.NORMAL
    assignee_id: UUID | None = None
    at: dict[EventKind, datetime] = {}
    for event in events:
        kind = EventKind(event.kind)
        state = move(state, kind)
        at[kind] = event.at
        if kind is EventKind.TAKEN:
            assignee_id = event.agent_id
        if kind is EventKind.RAISED or (
            kind is EventKind.OPENED and event.data["reason"] == Reason.EMERGENCY
        ):
            priority = Priority.URGENT
    if state is None:
        raise ValueError("a ticket without events")
    return Facts(
        state=state,
        priority=priority,
        assignee_id=assignee_id,
        opened_at=at[EventKind.OPENED],
        taken_at=at.get(EventKind.TAKEN),
        resolved_at=at.get(EventKind.RESOLVED),
    )


PARTIES: Mapping[TicketState | None, Party] = {
    TicketState.NEW: Party.QUEUE,
    TicketState.ASSIGNED: Party.AGENT,
    TicketState.IN_PROGRESS: Party.AGENT,
    TicketState.WAITING: Party.CUSTOMER,
}


def spent(events: Sequence[TicketEvent], *, now: datetime) -> Mapping[Party, timedelta]:
    """How long each party was to act, until now or until it was resolved."""
    total = dict.fromkeys(Party, timedelta())
    state: TicketState | None = None
    since = now
    for event in events:
        if party := PARTIES.get(state):
            total[party] += event.at - since
        state, since = move(state, EventKind(event.kind)), event.at
    if party := PARTIES.get(state):
        total[party] += max(now - since, timedelta())
    return total
