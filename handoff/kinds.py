"""Of what kind a ticket is: why it was opened, how urgent it is, what it is about."""

from collections.abc import Mapping
from enum import IntEnum, StrEnum

from handoff.refusals import Objection, Unfit


class Reason(StrEnum):
    """Why a ticket was opened: why the bot handed over, or that an agent did."""

    EMERGENCY = "emergency"
    COMPLAINT = "complaint"
    WANTS_HUMAN = "wants_human"
    LOW_CONFIDENCE = "low_confidence"
    FAULT = "fault"  # our own failure to handle the message
    ENTRY = "entry"  # an entry of the knowledge base has people do it
    CONTACT = "contact"  # somebody phoned, came or wrote a letter, and an agent logged it


class Priority(StrEnum):
    """Within a queue, urgent tickets come first."""

    URGENT = "urgent"
    NORMAL = "normal"


class TicketKind(StrEnum):
    """What a ticket is about; agents correct what the bot took it for."""

    ENQUIRY = "enquiry"  # 咨询
    FAULT = "fault"  # 故障报修: something does not work
    COMPLAINT = "complaint"  # 投诉
    SUGGESTION = "suggestion"  # 建议
    PRAISE = "praise"  # 表扬
    INCIDENT = "incident"  # 突发事件


class IncidentClass(IntEnum):
    """How grave an incident is."""

    GRAVE = 1  # managers are paged at once, and a first report is due in two hours
    MINOR = 2  # is put on record


KIND_BY_REASON: Mapping[Reason, TicketKind] = {
    Reason.EMERGENCY: TicketKind.INCIDENT,
    Reason.COMPLAINT: TicketKind.COMPLAINT,
}


def read_kind(value: str) -> tuple[TicketKind, IncidentClass | None]:
    """What a form has chosen: a kind, or incident-1, incident-2. Raises `BadInput`."""
    name, _, grade = value.partition("-")
    try:
        return TicketKind(name), IncidentClass(int(grade)) if grade else None
    except ValueError as error:
        raise Unfit("kind", Objection.NO_KIND) from error
