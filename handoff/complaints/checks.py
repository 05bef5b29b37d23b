"""What a complaint still needs before it can go on, and who may not touch it."""

from collections.abc import Collection, Mapping, Sequence
from enum import StrEnum
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from core.errors import NotAllowed
from handoff.agents import Agent
from handoff.complaints.corrective_actions import CorrectiveAction
from handoff.complaints.life import Answer, Stage
from handoff.complaints.records import Complaint, find_complaint
from handoff.kinds import TicketKind
from handoff.life import EventKind, TicketState
from handoff.presence import list_agents
from handoff.refusals import Objection, Refused
from handoff.settings import DeskSettings
from handoff.tickets import Ticket, TicketEvent

PREVIOUS = 3  # of a customer's earlier tickets, whose agents the complaint may be about


class Missing(StrEnum):
    """What a complaint needs before its ticket is resolved, or closed."""

    TAKER = "taker"
    ANSWER = "answer"
    CAUSE = "cause"
    ACTION = "action"
    VISIT = "visit"


_HOW: Mapping[Missing, str] = {
    Missing.TAKER: "somebody who takes it",
    Missing.ANSWER: "a proposal that the customer accepts (send one; or record what they told you, that they withdraw "
    "the complaint, or that they cannot be reached)",
    Missing.CAUSE: "the root cause (record it: process, people, product or policy)",
    Missing.ACTION: "a corrective action (add one, with an owner and a date)",
    Missing.VISIT: "the follow-up visit (somebody who did not handle it records what the customer says)",
}


class Incomplete(NotAllowed):
    """A complaint's ticket cannot be resolved or closed yet; `missing` says what for."""

    def __init__(self, number: str, act: str, missing: Sequence[Missing]) -> None:
        needs = "; ".join(_HOW[each] for each in missing)
        super().__init__(f"ticket {number} is a complaint and cannot be {act} yet. It needs: {needs}")
        self.number = number
        self.missing = tuple(missing)


class Concerned(Refused):
    """The complaint is about this agent, or they have handled what they are to judge."""

    def __init__(self, number: str, name: str, act: str, *, handled: bool = False) -> None:
        objection = Objection.HANDLED if handled else Objection.CONCERNED
        super().__init__(objection, number=number, agent=name, act=act)


async def check_may_resolve(session: AsyncSession, ticket: Ticket) -> None:
    """Raises `Incomplete` for a complaint without an answer, a root cause or a corrective action."""
    if missing := await list_missing(session, ticket):
        raise Incomplete(ticket.number, "resolved", missing)


async def list_missing(session: AsyncSession, ticket: Ticket) -> list[Missing]:
    """What a ticket needs before it can be resolved; nothing, if it is no complaint."""
    if ticket.kind != TicketKind.COMPLAINT:
        return []
    complaint = await find_complaint(session, ticket.id)
    if ticket.stage is None or complaint is None:
        return [Missing.TAKER]
    action = await session.scalar(
        select(CorrectiveAction.id)
        .where(CorrectiveAction.ticket_id == ticket.id, CorrectiveAction.episode == ticket.episode)
        .limit(1)
    )
    has = {
        Missing.ANSWER: complaint.answer not in (None, Answer.DECLINED),
        Missing.CAUSE: complaint.cause is not None,
        Missing.ACTION: action is not None,
    }
    return [each for each, there in has.items() if not there]


async def check_may_close(session: AsyncSession, ticket: Ticket, agent: Agent) -> None:
    """Raises `Incomplete` before a complaint's follow-up visit, `Concerned` for whom it is about."""
    if ticket.stage is None:
        return
    if ticket.stage != Stage.FOLLOWED_UP:
        raise Incomplete(ticket.number, "closed", [Missing.VISIT])
    complaint = await find_complaint(session, ticket.id)
    if complaint is not None:
        check_unconcerned(ticket, complaint, agent, "confirm")


async def check_may_sort(
    session: AsyncSession, ticket: Ticket, agent: Agent, kind: TicketKind, settings: DeskSettings
) -> None:
    """Raises `NotAllowed` where sorting would go round the procedure."""
    if kind is TicketKind.COMPLAINT and ticket.kind != kind and ticket.state == TicketState.RESOLVED:
        raise Refused(Objection.RESOLVED_COMPLAINT, number=ticket.number)
    if kind is TicketKind.COMPLAINT or ticket.stage in (None, Stage.ACCEPTED):
        return
    deciding = [*settings.supervisors_of(ticket.queue), *settings.managers]
    if deciding and agent.username not in deciding:
        people = ", ".join(deciding)
        raise Refused(Objection.STILL_COMPLAINT, number=ticket.number, stage=ticket.stage, people=people)


def check_unconcerned(ticket: Ticket, complaint: Complaint, agent: Agent, act: str) -> None:
    """Raises `Concerned` for whom the complaint is about."""
    if complaint.about_id == agent.id:
        raise Concerned(ticket.number, agent.name, act)


async def find_about(session: AsyncSession, ticket_id: UUID) -> UUID | None:
    """Whom a ticket's newest complaint is about."""
    complaint = await find_complaint(session, ticket_id)
    return complaint.about_id if complaint else None


async def list_handlers(session: AsyncSession, ticket: Ticket, complaint: Complaint) -> set[UUID]:
    """Who has handled a complaint in this episode: who has it, looked into it, proposed or wrote to the customer."""
    return (await read_handlers(session, [ticket], {ticket.id: complaint}))[ticket.id]


async def read_handlers(
    session: AsyncSession, tickets: Collection[Ticket], complaints: Mapping[UUID, Complaint]
) -> dict[UUID, set[UUID]]:
    """The same of many tickets at once, by their ids."""
    query = (
        select(TicketEvent.ticket_id, TicketEvent.agent_id)
        .join(Ticket, Ticket.id == TicketEvent.ticket_id)
        .where(
            TicketEvent.ticket_id.in_([each.id for each in tickets]),
            TicketEvent.at >= Ticket.episode_at,
            TicketEvent.kind.in_((EventKind.REPLIED, EventKind.PROPOSED, EventKind.RESOLVED)),
        )
    )
    found: dict[UUID, set[UUID | None]] = {each.id: {each.assignee_id} for each in tickets}
    for ticket_id, agent_id in await session.execute(query):
        found[ticket_id].add(agent_id)
    for ticket_id, complaint in complaints.items():
        if ticket_id in found:
            found[ticket_id].add(complaint.investigator_id)
    return {ticket_id: {each for each in people if each} for ticket_id, people in found.items()}


async def list_visitors(session: AsyncSession, ticket: Ticket, settings: DeskSettings) -> list[Agent]:
    """Who may make a complaint's follow-up visit: of its queue, or else anybody who has not handled it."""
    complaint = await find_complaint(session, ticket.id)
    if complaint is None:
        return []
    barred = {*await list_handlers(session, ticket, complaint), complaint.about_id}
    able = [each for each in await list_agents(session) if each.left_at is None and each.id not in barred]
    return [each for each in able if settings.is_member(each.username, ticket.queue)] or able


async def suggest_about(session: AsyncSession, ticket: Ticket) -> Collection[UUID]:
    """Who handled this customer's last tickets before."""
    query = (
        select(Ticket.assignee_id)
        .where(
            Ticket.customer_id == ticket.customer_id,
            Ticket.opened_at < ticket.opened_at,
            Ticket.assignee_id.is_not(None),
        )
        .order_by(Ticket.opened_at.desc())
        .limit(PREVIOUS)
    )
    return list(dict.fromkeys(each for each in await session.scalars(query) if each is not None))
