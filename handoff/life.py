"""The life of a ticket: its states, what can happen to it, and which move is legal when. Pure.

new ─taken→ assigned ─replied→ in progress ⇄ waits for the customer ─resolved→ resolved

One table decides, when something happens and when a ticket is rebuilt from its events (`handoff.history`).
"""

from collections.abc import Mapping
from enum import StrEnum

from core.errors import NotAllowed


class TicketState(StrEnum):
    """Where a ticket is in its life."""

    NEW = "new"  # waits in its queue
    ASSIGNED = "assigned"  # an agent owns the conversation, and has said nothing yet
    IN_PROGRESS = "in_progress"  # the agent works on it
    WAITING = "waiting"  # it is the customer's turn
    RESOLVED = "resolved"  # the conversation is the bot's again


OPEN_STATES = (TicketState.NEW, TicketState.ASSIGNED, TicketState.IN_PROGRESS, TicketState.WAITING)
HELD_STATES = (TicketState.ASSIGNED, TicketState.IN_PROGRESS, TicketState.WAITING)  # somebody has it


class EventKind(StrEnum):
    """What can happen to a ticket."""

    OPENED = "opened"
    RAISED = "raised"  # became urgent
    TAKEN = "taken"
    CUSTOMER_WROTE = "customer_wrote"
    REPLIED = "replied"
    WAITS = "waits"  # the agent needs something of the customer first
    NOTED = "noted"
    DELIVERY_FAILED = "delivery_failed"
    RESOLVED = "resolved"


MOVES: Mapping[EventKind, Mapping[TicketState | None, TicketState]] = {
    EventKind.OPENED: {None: TicketState.NEW},
    EventKind.TAKEN: {TicketState.NEW: TicketState.ASSIGNED},
    EventKind.REPLIED: dict.fromkeys(HELD_STATES, TicketState.IN_PROGRESS),
    EventKind.WAITS: {
        TicketState.ASSIGNED: TicketState.WAITING,
        TicketState.IN_PROGRESS: TicketState.WAITING,
    },
    EventKind.CUSTOMER_WROTE: {
        TicketState.NEW: TicketState.NEW,
        TicketState.ASSIGNED: TicketState.ASSIGNED,
        TicketState.IN_PROGRESS: TicketState.IN_PROGRESS,
        TicketState.WAITING: TicketState.IN_PROGRESS,
    },
    EventKind.RAISED: {state: state for state in OPEN_STATES},
    EventKind.DELIVERY_FAILED: {state: state for state in OPEN_STATES},
    EventKind.NOTED: {state: state for state in TicketState},
    EventKind.RESOLVED: dict.fromkeys(HELD_STATES, TicketState.RESOLVED),
}


class IllegalMove(NotAllowed):
    """This cannot happen to a ticket in this state."""

    def __init__(self, state: TicketState | None, kind: EventKind) -> None:
        allowed = ", ".join(each for each in EventKind if state in MOVES[each])
        super().__init__(f"a ticket that is {state or 'not there'} cannot be “{kind}”, only: {allowed}")
        self.state = state
        self.kind = kind


def move(state: TicketState | None, kind: EventKind) -> TicketState:
    """The state after it; None is before a ticket is opened. Raises `IllegalMove`."""
    after = MOVES[kind].get(state)
    if after is None:
        raise IllegalMove(state, kind)
    return after
