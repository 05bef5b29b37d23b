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
    CORRECTED = "corrected"  # other words in the place of a reply
    WITHDRAWN = "withdrawn"  # a reply was taken back
    DELIVERY_FAILED = "delivery_failed"
    SENT_AGAIN = "sent_again"  # what failed is tried anew
    REPORTED = "reported"  # the first report of an incident
    SORTED = "sorted"  # is of another kind than it was taken for
    RAISED = "raised"  # became urgent
    # Complaints: see `handoff.complaints.life`
    COMPLAINED_OF = "complained_of"  # is about this agent, or about nobody in particular
    INVESTIGATES = "investigates"  # this agent looks into it
    PROPOSED = "proposed"
    AGREED = "agreed"  # the customer accepts the proposal
    REFUSED = "refused"  # or does not
    WAIVED = "waived"  # or cannot be asked, or takes the complaint back
    FOUND_CAUSE = "found_cause"
    VISIT_TRIED = "visit_tried"  # nobody was reached; it will be tried again
    VISITED = "visited"
    # What is done so that it does not happen again: see `handoff.complaints.corrective_actions`
    ACTION_SET = "action_set"
    ACTION_REMINDED = "action_reminded"  # its date is near
    ACTION_BREACHED = "action_breached"  # its date has passed, or nobody has verified it
    ACTION_ESCALATED = "action_escalated"  # for long
    ACTION_DONE = "action_done"
    ACTION_VERIFIED = "action_verified"
    ACTION_FAILED = "action_failed"  # it does not help: it is open again
    # The clocks
    RETIERED = "retiered"  # the customer is of another tier
    RECALCULATED = "recalculated"  # the calendar or the standards have changed
    WARNED = "warned"  # a deadline is near
    BREACHED = "breached"  # a deadline has passed
    ESCALATED = "escalated"  # and has passed for long
    REMINDED = "reminded"  # the customer, whose turn it is
    UNANSWERED = "unanswered"  # the customer did not write: the turn is ours again
    # The end
    RESOLVED = "resolved"
    CLOSED = "closed"
    REOPENED = "reopened"
    SURVEYED = "surveyed"  # the customer said how it was


def _in_place(*states: TicketState) -> Mapping[TicketState | None, TicketState]:
    """Changes something else than the state."""
    return {state: state for state in states}


_CUSTOMER_ACTED: Mapping[TicketState | None, TicketState] = {
    **_in_place(*OPEN_STATES),
    TicketState.WAITING: TicketState.IN_PROGRESS,
}


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
    EventKind.CUSTOMER_WROTE: _CUSTOMER_ACTED,
    EventKind.REPLIED: dict.fromkeys(HELD_STATES, TicketState.IN_PROGRESS),
    EventKind.WAITS: {
        TicketState.ASSIGNED: TicketState.WAITING,
        TicketState.IN_PROGRESS: TicketState.WAITING,
    },
    EventKind.NOTED: _in_place(*TicketState),
    EventKind.CORRECTED: _in_place(*HELD_STATES),
    EventKind.WITHDRAWN: _in_place(*HELD_STATES),
    EventKind.DELIVERY_FAILED: _in_place(*OPEN_STATES),
    EventKind.SENT_AGAIN: _in_place(*HELD_STATES),
    EventKind.REPORTED: _in_place(*OPEN_STATES, TicketState.RESOLVED),
    EventKind.SORTED: _in_place(*OPEN_STATES, TicketState.RESOLVED),
    EventKind.RAISED: _in_place(*OPEN_STATES),
    EventKind.COMPLAINED_OF: _in_place(*OPEN_STATES),
    EventKind.INVESTIGATES: _in_place(*OPEN_STATES),
    EventKind.PROPOSED: dict.fromkeys(HELD_STATES, TicketState.WAITING),
    EventKind.AGREED: _CUSTOMER_ACTED,
    EventKind.REFUSED: _CUSTOMER_ACTED,
    EventKind.WAIVED: _CUSTOMER_ACTED,
    EventKind.FOUND_CAUSE: _in_place(*OPEN_STATES),
    EventKind.VISIT_TRIED: _in_place(TicketState.RESOLVED),
    EventKind.VISITED: _in_place(TicketState.RESOLVED),
    EventKind.ACTION_SET: _in_place(*OPEN_STATES),
    EventKind.ACTION_REMINDED: _in_place(*TicketState),
    EventKind.ACTION_BREACHED: _in_place(*TicketState),
    EventKind.ACTION_ESCALATED: _in_place(*TicketState),
    EventKind.ACTION_DONE: _in_place(*TicketState),
    EventKind.ACTION_VERIFIED: _in_place(*TicketState),
    EventKind.ACTION_FAILED: _in_place(*TicketState),
    EventKind.RETIERED: _in_place(*OPEN_STATES),
    EventKind.RECALCULATED: _in_place(*OPEN_STATES, TicketState.RESOLVED),
    EventKind.WARNED: _in_place(*OPEN_STATES, TicketState.RESOLVED),
    EventKind.BREACHED: _in_place(*OPEN_STATES, TicketState.RESOLVED),
    EventKind.ESCALATED: _in_place(*OPEN_STATES, TicketState.RESOLVED),
    EventKind.REMINDED: _in_place(TicketState.WAITING),
    EventKind.UNANSWERED: {TicketState.WAITING: TicketState.IN_PROGRESS},
    EventKind.RESOLVED: dict.fromkeys(HELD_STATES, TicketState.RESOLVED),
    EventKind.CLOSED: {TicketState.RESOLVED: TicketState.CLOSED},
    EventKind.REOPENED: dict.fromkeys(DONE_STATES, TicketState.NEW),
    EventKind.SURVEYED: _in_place(*TicketState),
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
