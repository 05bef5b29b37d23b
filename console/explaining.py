"""Why something was not done, in the reader's words."""

from console.complaint_view import ComplaintsView
from console.complaints import explain as explain_complaint
from console.reader import Reader
from core.errors import BadInput, NotAllowed
from handoff.agents import Agent
from handoff.complaints.checks import Concerned, Incomplete
from handoff.complaints.life import IllegalStep
from handoff.refusals import Refused, Unfit
from handoff.views import TicketLine


def explain(error: NotAllowed | BadInput, line: TicketLine, reader: Reader, agent: Agent) -> str:
    """A sentence with what stands against it, and what can be done instead."""
    t = reader.t
    if isinstance(error, Incomplete):
        missing = ComplaintsView(t, agent, now=reader.now, zone=reader.zone).missing(error.missing)
        return t("complaint_incomplete", number=error.number, missing=missing)
    if isinstance(error, Concerned | IllegalStep):
        return explain_complaint(t, error)[0]
    if not isinstance(error, Refused | Unfit):
        return t("refused_otherwise")
    facts: dict[str, object] = {
        "number": line.ticket.number,
        "agent": line.assignee.name if line.assignee else t("a_colleague"),
        **error.facts,
    }
    if "queue" in facts:
        facts["queue"] = reader.queue(str(facts["queue"]))
    if "state" in facts:
        facts["state"] = t.named("state_is", str(facts["state"]))
    for name, value in facts.items():
        if isinstance(value, int):
            facts[name] = f"{value:,}"
    return t(f"refused_{error.objection}", **facts)
