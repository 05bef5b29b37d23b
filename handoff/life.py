"""The life of a ticket: its states, what can happen to it, and which move is legal when. Pure.

new ─assigned, taken→ assigned ─replied→ in progress ⇄ waits for the customer ─resolved→ resolved ─closed→ closed
 ↑                       │ returned                                                    │ reopened           │
 └───────────────────────┴─────────────────────────────────────────────────────────────┴────────────────────┘

One table decides, when something happens and when a ticket is rebuilt from its events (`handoff.history`).
"""

from collections.abc import Mapping
from enum import StrEnum

from handoff.refusals import Objection, Refused


class TicketState(StrEnum):
    """Where a ticket is in its life."""

    NEW = "new"  # waits in its queue
    ASSIGNED = "assigned"  # an agent has it, and has said nothing yet
    IN_PROGRESS = "in_progress"  # the agent works on it
    WAITING = "waiting"  # it is the customer's turn
    RESOLVED = "resolved"  # the conversation is the bot's again; the first owner confirms
    CLOSED = "closed"  # the outcome is confirmed


OPEN_STATES = (TicketState.NEW, TicketState.ASSIGNED, TicketState.IN_PROGRESS, TicketState.WAITING)
HELD_STATES = (TicketState.ASSIGNED, TicketState.IN_PROGRESS, TicketState.WAITING)  # somebody has it
DONE_STATES = (TicketState.RESOLVED, TicketState.CLOSED)


class EventKind(StrEnum):
    """What can happen to a ticket."""

    OPENED = "opened"
    # Whose it is
    ASSIGNED = "assigned"  # a rule gave it to an agent, who has not taken it yet
    TAKEN = "taken"
    RETURNED = "returned"  # back to the queue
    MOVED = "moved"  # to another queue, by a rule
    OFFERED = "offered"  # the assignee wants somebody else to have it, and keeps it until they accept
    ACCEPTED = "accepted"
    DECLINED = "declined"  # who was offered it does not take it
    LAPSED = "lapsed"  # nobody accepted it in time
    HANDED_BACK = "handed_back"  # to who had transferred it
    # The work
    CUSTOMER_WROTE = "customer_wrote"
    REPLIED = "replied"
    WAITS = "waits"  # the agent needs something of the customer first
    NOTED = "noted"
    DELIVERY_FAILED = "delivery_failed"
    REPORTED = "reported"  # the first report of an incident
    SORTED = "sorted"  # is of another kind than it was taken for
    RAISED = "raised"  # became urgent
    # The clocks
    RETIERED = "retiered"  # the customer is of another tier
    RECALCULATED = "recalculated"  # the calendar or the standards have changed
    WARNED = "warned"  # a deadline is near
    BREACHED = "breached"  # a deadline has passed
    ESCALATED = "escalated"  # and has passed for long
    REMINDED = "reminded"  # the customer, whose turn it is
    # The end
    RESOLVED = "resolved"
    CLOSED = "closed"
    REOPENED = "reopened"


def _in_place(*states: TicketState) -> Mapping[TicketState | None, TicketState]:
    """Changes something else than the state."""
    return {state: state for state in states}


MOVES: Mapping[EventKind, Mapping[TicketState | None, TicketState]] = {
    EventKind.OPENED: {None: TicketState.NEW},
    EventKind.ASSIGNED: dict.fromkeys((TicketState.NEW, *HELD_STATES), TicketState.ASSIGNED),
    EventKind.TAKEN: {TicketState.NEW: TicketState.ASSIGNED, TicketState.ASSIGNED: TicketState.ASSIGNED},
    EventKind.RETURNED: dict.fromkeys(HELD_STATES, TicketState.NEW),
    EventKind.MOVED: _in_place(TicketState.NEW),
    EventKind.OFFERED: _in_place(*HELD_STATES),
    EventKind.ACCEPTED: _in_place(*HELD_STATES),
    EventKind.DECLINED: _in_place(*HELD_STATES),
    EventKind.LAPSED: _in_place(*HELD_STATES),
    EventKind.HANDED_BACK: dict.fromkeys(HELD_STATES, TicketState.ASSIGNED),
    EventKind.CUSTOMER_WROTE: {
        **_in_place(*OPEN_STATES),
        TicketState.WAITING: TicketState.IN_PROGRESS,
    },
    EventKind.REPLIED: dict.fromkeys(HELD_STATES, TicketState.IN_PROGRESS),
    EventKind.WAITS: {
        TicketState.ASSIGNED: TicketState.WAITING,
        TicketState.IN_PROGRESS: TicketState.WAITING,
    },
    EventKind.NOTED: _in_place(*TicketState),
    EventKind.DELIVERY_FAILED: _in_place(*OPEN_STATES),
    EventKind.REPORTED: _in_place(*OPEN_STATES, TicketState.RESOLVED),
    EventKind.SORTED: _in_place(*OPEN_STATES, TicketState.RESOLVED),
    EventKind.RAISED: _in_place(*OPEN_STATES),
    EventKind.RETIERED: _in_place(*OPEN_STATES),
    EventKind.RECALCULATED: _in_place(*OPEN_STATES, TicketState.RESOLVED),
    EventKind.WARNED: _in_place(*OPEN_STATES, TicketState.RESOLVED),
    EventKind.BREACHED: _in_place(*OPEN_STATES, TicketState.RESOLVED),
    EventKind.ESCALATED: _in_place(*OPEN_STATES, TicketState.RESOLVED),
    EventKind.REMINDED: _in_place(TicketState.WAITING),
    EventKind.RESOLVED: dict.fromkeys(HELD_STATES, TicketState.RESOLVED),
    EventKind.CLOSED: {TicketState.RESOLVED: TicketState.CLOSED},
    EventKind.REOPENED: dict.fromkeys(DONE_STATES, TicketState.NEW),
}


class IllegalMove(Refused):
    """This cannot happen to a ticket in this state."""

    def __init__(self, state: TicketState | None, kind: EventKind) -> None:
        allowed = ", ".join(each for each in EventKind if state in MOVES[each])
        super().__init__(Objection.STATE, state=state or "not there", kind=kind, allowed=allowed)
        self.state = state
        self.kind = kind


def move(state: TicketState | None, kind: EventKind) -> TicketState:
    """The state after it; None is before a ticket is opened. Raises `IllegalMove`."""
    after = MOVES[kind].get(state)
    if after is None:
        raise IllegalMove(state, kind)
    return after
