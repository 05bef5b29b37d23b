"""Why an act at the desk is refused: each reason has a code and facts, so that every desk can say it in its agent's language."""

from collections.abc import Mapping
from enum import StrEnum

from core.errors import BadInput, NotAllowed


class Objection(StrEnum):
    """What stands against an act, or is wrong with what was sent for it."""

    # The ticket
    STATE = "state"  # its state does not let this happen
    DONE = "done"
    OPEN = "open"
    OTHER_OPEN = "other_open"
    NOT_RESOLVED = "not_resolved"
    NO_INCIDENT = "no_incident"
    # Whose it is
    NOT_TAKEN = "not_taken"
    TAKEN = "taken"
    COLLEAGUES = "colleagues"
    HAS_IT = "has_it"
    NOT_OFFERED = "not_offered"
    OFFERED_TO = "offered_to"
    OFFERED_TO_QUEUE = "offered_to_queue"
    NOT_FIRST_OWNER = "not_first_owner"
    NOT_SUPERVISOR = "not_supervisor"
    # What was sent
    NO_TEXT = "no_text"
    LONG_TEXT = "long_text"
    NO_REASON = "no_reason"
    NO_RECEIVER = "no_receiver"
    YOURSELF = "yourself"
    NO_QUEUE = "no_queue"
    NO_KIND = "no_kind"
    INCIDENT_CLASS = "incident_class"


TOLD: Mapping[Objection, str] = {
    Objection.STATE: "a ticket that is {state} cannot be “{kind}”, only: {allowed}",
    Objection.DONE: "ticket {number} is resolved; the bot answers this customer again",
    Objection.OPEN: "ticket {number} is open",
    Objection.OTHER_OPEN: "the customer's ticket {other} is open already; go on there",
    Objection.NOT_RESOLVED: "ticket {number} is {state}; only what is resolved is closed",
    Objection.NO_INCIDENT: "ticket {number} is no incident; sort it as one first",
    Objection.NOT_TAKEN: "take ticket {number} first",
    Objection.TAKEN: "{agent} has taken ticket {number} already",
    Objection.COLLEAGUES: "ticket {number} is a colleague's; leave a note instead",
    Objection.HAS_IT: "{agent} has ticket {number} already",
    Objection.NOT_OFFERED: "ticket {number} is not offered to anybody any more",
    Objection.OFFERED_TO: "ticket {number} is offered to {agent}",
    Objection.OFFERED_TO_QUEUE: "ticket {number} is offered to colleagues of the queue {queue}",
    Objection.NOT_FIRST_OWNER: "{agent} is the first owner of ticket {number} and confirms it",
    Objection.NOT_SUPERVISOR: "only a supervisor of the queue {queue} gives its tickets to others; transfer it instead",
    Objection.NO_TEXT: "is empty; write something first",
    Objection.LONG_TEXT: "has {count:,} characters; send at most {most:,} at a time",
    Objection.NO_REASON: "is empty; say why in a few words",
    Objection.NO_RECEIVER: "name a colleague or a queue",
    Objection.YOURSELF: "this is you; name a colleague",
    Objection.NO_QUEUE: "{queue} is no queue; choose one of {queues}",
    Objection.NO_KIND: "say what the ticket is about",
    Objection.INCIDENT_CLASS: "an incident has a class, 1 or 2, and nothing else has one",
}


class Refused(NotAllowed):
    """The ticket's state, or who has it, forbids the act; `objection` and `facts` say why."""

    def __init__(self, objection: Objection, **facts: object) -> None:
        super().__init__(TOLD[objection].format(**facts))
        self.objection = objection
        self.facts = facts


class Unfit(BadInput):
    """What was sent for the act cannot be used; `objection` and `facts` say why."""

    def __init__(self, field: str, objection: Objection, **facts: object) -> None:
        super().__init__(field, TOLD[objection].format(**facts))
        self.objection = objection
        self.facts = facts
