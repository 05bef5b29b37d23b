"""The customer's answer to a proposal: by button, in the button's words, or told to an agent."""

from uuid import UUID

from sqlalchemy import select

from handoff.agents import Agent
from handoff.alerts import AlertKind, raise_alert
from handoff.cases import Case, case_of
from handoff.complaints import notices as complaint_notices
from handoff.complaints.life import ANSWERED, Answer, Means, Stage
from handoff.complaints.records import Complaint
from handoff.life import OPEN_STATES, EventKind
from handoff.questions import Answered, Pressed
from handoff.tickets import Ticket

PREFIX = "proposal"


def action_of(proposal_id: UUID) -> str:
    """What the buttons of a proposal begin with; the answer follows."""
    return f"{PREFIX}:{proposal_id}"


async def press(pressed: Pressed) -> Answered:
    """What a press on a proposal's button does: `proposal:ID:accepted`, `proposal:ID:declined`."""
    language = pressed.language
    key, chosen = (*pressed.parts, "", "")[:2]
    query = (
        select(Complaint, Ticket)
        .join(Ticket, Ticket.id == Complaint.ticket_id)
        .where(Ticket.conversation_id == pressed.conversation.id)
        .order_by(Ticket.opened_at.desc(), Complaint.episode.desc())
    )
    rows = (await pressed.session.execute(query.execution_options(populate_existing=True))).all()
    found = next(((each, ticket) for each, ticket in rows if str(each.proposal_id) == key), None)
    if found is None or chosen not in (Answer.ACCEPTED, Answer.DECLINED):
        newer = any(ticket.stage == Stage.PROPOSED for _, ticket in rows)
        return Answered(text=(complaint_notices.replaced if newer else complaint_notices.over)(language))
    complaint, ticket = found
    case = case_of(pressed, ticket)
    name = await name_of_assignee(case)
    if ticket.stage == Stage.PROPOSED and ticket.episode == complaint.episode:
        answer = Answer(chosen)
        await record_answer(case, answer, means=Means.WORDS if pressed.typed else Means.BUTTON)
        told = complaint_notices.answered(language, answer, number=ticket.number, agent=name)
        return Answered(text=told)
    if ticket.state in OPEN_STATES and complaint.answer:
        before = Answer(complaint.answer)
        told = complaint_notices.answered_before(language, before, number=ticket.number, agent=name)
        return Answered(text=told)
    return Answered(text=complaint_notices.over(language))


async def record_answer(
    case: Case,
    answer: Answer,
    *,
    means: Means,
    agent: Agent | None = None,
    because: str = "",
    origin: str | None = None,
) -> None:
    """What became of a proposal; that it was refused the supervisor learns. Raises `IllegalStep`."""
    kind = ANSWERED[answer]
    facts: dict[str, str] = {"why": answer} if kind is EventKind.WAIVED else {"how": means}
    facts |= {"because": because} if because else {}
    facts |= {"origin": origin} if origin else {}
    await case.record(kind, agent_id=agent.id if agent else None, **facts)
    if kind is EventKind.REFUSED:
        await tell_supervisors(case, "declined")


async def tell_supervisors(case: Case, why: str) -> None:
    """Something about a complaint that must not stay between an agent and a customer."""
    await raise_alert(
        case.session,
        case.ticket,
        AlertKind.COMPLAINT,
        settings=case.settings,
        at=case.now,
        usernames=case.settings.supervisors_of(case.ticket.queue),
        why=why,
    )


async def name_of_assignee(case: Case) -> str:
    """Whom a customer's complaint is with, as the customer is told."""
    assignee_id = case.ticket.assignee_id
    if assignee_id is not None:
        return (await case.session.get_one(Agent, assignee_id)).name
    return "a colleague" if case.language == "en" else "同事"
