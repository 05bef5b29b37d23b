"""How far a complaint is, as its card shows it, and whom the forms of its procedure are for. Pure."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from handoff.agents import Agent
from handoff.complaints.checks import Concerned
from handoff.complaints.life import IllegalStep, may
from handoff.complaints.views import ComplaintView
from handoff.life import OPEN_STATES, EventKind, TicketState
from handoff.refusals import Objection, Refused
from handoff.wording.explaining import word_missing
from handoff.wording.reader import Reader

HANDLE, VISIT = "handle", "make the follow-up visit of"


@dataclass(frozen=True, kw_only=True)
class Procedure:
    """A complaint on its card. Empty words are not shown."""

    stage: str
    missing: str  # before its ticket can be resolved
    is_under_way: bool
    visit_from: datetime | None  # when the time for the follow-up visit comes, while it is to be made
    tries: str  # of the visit, in vain


def procedure_of(view: ComplaintView | None, reader: Reader) -> Procedure | None:
    """What a ticket's card says of its complaint; None if it is none."""
    if view is None:
        return None
    t, tries = reader.t, view.complaint.visit_tries if view.complaint else 0
    is_to_visit = view.ticket.state == TicketState.RESOLVED and may(view.stage, EventKind.VISITED)
    return Procedure(
        stage=t.named("stage", view.stage) if view.stage else t("complaint_not_taken"),
        missing=word_missing(reader, view.missing),
        is_under_way=is_under_way(view),
        visit_from=view.visit_from if is_to_visit else None,
        tries=t("complaint_visit_tries", count=tries) if is_to_visit and tries else "",
    )


def left_out(procedure: Procedure | None) -> Collection[str]:
    """The buttons that are not on the card, by their actions: nobody confirms what is still to be asked of the customer."""
    if procedure is None:
        return {"complaint", "visit", "actions"}
    is_to_visit = procedure.visit_from is not None
    out = {"complaint": not procedure.is_under_way, "visit": not is_to_visit, "confirm": is_to_visit}
    return {action for action, is_out in out.items() if is_out}


def is_under_way(view: ComplaintView) -> bool:
    """Whether something can be done in it before its ticket is resolved."""
    return view.ticket.state in OPEN_STATES and may(view.stage, EventKind.COMPLAINED_OF)


def check_may_handle(view: ComplaintView, agent: Agent) -> None:
    """Raises `IllegalStep` for what is not under way, `Concerned` for whom it is about."""
    if not is_under_way(view):
        raise IllegalStep(view.stage, EventKind.INVESTIGATES)
    _check_unconcerned(view, agent, HANDLE)


def check_may_visit(view: ComplaintView, agent: Agent) -> None:
    """Raises `NotAllowed` before and after the time for the follow-up visit, and for whoever has handled it."""
    ticket = view.ticket
    if not may(view.stage, EventKind.VISITED):
        raise IllegalStep(view.stage, EventKind.VISITED)
    if ticket.state != TicketState.RESOLVED:
        raise Refused(Objection.EARLY_VISIT, number=ticket.number, state=ticket.state)
    _check_unconcerned(view, agent, VISIT)
    if agent.id in view.handlers:
        raise Concerned(ticket.number, agent.name, VISIT, handled=True)


def _check_unconcerned(view: ComplaintView, agent: Agent, act: str) -> None:
    if view.complaint is not None and view.complaint.about_id == agent.id:
        raise Concerned(view.ticket.number, agent.name, act)
