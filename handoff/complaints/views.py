"""What the desk shows of complaints: read-only queries."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from handoff.agents import Agent
from handoff.complaints.action_life import ActionState
from handoff.complaints.checks import Missing, list_handlers, list_missing, read_handlers, suggest_about
from handoff.complaints.corrective_actions import CorrectiveAction
from handoff.complaints.life import Stage
from handoff.complaints.records import Complaint, find_complaint
from handoff.kinds import TicketKind
from handoff.life import DONE_STATES
from handoff.presence import list_agents
from handoff.settings import DeskSettings
from handoff.standards import Promise, deadlines, visit_from
from handoff.tickets import Ticket

VERIFIED = 20  # the last ones are shown
BATCH = 500  # of one statement


@dataclass(frozen=True, kw_only=True)
class ComplaintView:
    """A ticket's complaint; None until somebody has taken it."""

    ticket: Ticket
    complaint: Complaint | None
    stage: Stage | None
    missing: Sequence[Missing]  # before the ticket can be resolved; nothing once it is
    actions: Sequence[CorrectiveAction]  # of this episode
    agents: Mapping[UUID, Agent]  # everybody, by user name
    handlers: set[UUID]  # who cannot make the follow-up visit
    suggested: Sequence[UUID]  # whom it may be about
    visit_from: datetime | None  # when the time for the visit comes, or came


@dataclass(frozen=True, kw_only=True)
class ActionLine:
    """A corrective action in the register."""

    action: CorrectiveAction
    ticket: Ticket
    owner: Agent
    done_by: Agent | None
    supervisors: frozenset[str]  # user names that may report for the owner


@dataclass(frozen=True, kw_only=True)
class VisitLine:
    """A follow-up visit that is to be made."""

    ticket: Ticket
    tries: int
    since: datetime  # from when it should be made
    due_at: datetime | None
    handlers: frozenset[UUID]  # who have handled it
    barred: frozenset[UUID]  # who cannot make it


async def find_complaint_view(
    session: AsyncSession, ticket: Ticket, *, settings: DeskSettings
) -> ComplaintView | None:
    """What there is to see of a ticket's complaint; None if it is none."""
    if ticket.kind != TicketKind.COMPLAINT:
        return None
    complaint = await find_complaint(session, ticket.id)
    if complaint is not None and complaint.episode != ticket.episode:
        complaint = None
    actions = await session.scalars(
        select(CorrectiveAction)
        .where(CorrectiveAction.ticket_id == ticket.id, CorrectiveAction.episode == ticket.episode)
        .order_by(CorrectiveAction.due_at)
    )
    is_done = ticket.state in DONE_STATES
    calendar = settings.calendar_of(ticket.queue)
    return ComplaintView(
        ticket=ticket,
        complaint=complaint,
        stage=Stage(ticket.stage) if ticket.stage else None,
        missing=[] if is_done else await list_missing(session, ticket),
        actions=list(actions),
        agents={each.id: each for each in await list_agents(session)},
        handlers=await list_handlers(session, ticket, complaint) if complaint else set(),
        suggested=list(await suggest_about(session, ticket)),
        visit_from=visit_from(ticket.resolved_at, settings.standards, calendar)
        if ticket.resolved_at and ticket.stage
        else None,
    )


async def list_actions(session: AsyncSession, *, settings: DeskSettings) -> list[ActionLine]:
    """The register: all actions that are not verified, the next date first, then the last ones that are."""
    is_verified = CorrectiveAction.state == ActionState.VERIFIED
    open_ones = select(CorrectiveAction.id).where(~is_verified).order_by(CorrectiveAction.due_at)
    verified = (
        select(CorrectiveAction.id)
        .where(is_verified)
        .order_by(CorrectiveAction.verified_at.desc())
        .limit(VERIFIED)
    )
    ids = [*await session.scalars(open_ones), *await session.scalars(verified)]
    return await read_actions(session, ids, settings=settings)


async def read_actions(
    session: AsyncSession, ids: Sequence[UUID], *, settings: DeskSettings
) -> list[ActionLine]:
    """Actions as the register shows them, in the order of `ids`."""
    agents = {each.id: each for each in await list_agents(session)}
    query = select(CorrectiveAction, Ticket).join(Ticket, Ticket.id == CorrectiveAction.ticket_id)
    found: dict[UUID, tuple[CorrectiveAction, Ticket]] = {}
    for start in range(0, len(ids), BATCH):
        rows = await session.execute(query.where(CorrectiveAction.id.in_(ids[start : start + BATCH])))
        found |= {action.id: (action, ticket) for action, ticket in rows}
    return [
        ActionLine(
            action=action,
            ticket=ticket,
            owner=agents[action.owner_id],
            done_by=agents.get(action.done_by_id) if action.done_by_id else None,
            supervisors=frozenset(settings.supervisors_of(ticket.queue)),
        )
        for action, ticket in (found[each] for each in ids if each in found)
    ]


async def read_visits(
    session: AsyncSession, ticket_ids: Sequence[UUID], *, settings: DeskSettings
) -> list[VisitLine]:
    """Of tickets whose follow-up visit is to be made, in the order of `ticket_ids`."""
    tickets = {
        each.id: each for each in await session.scalars(select(Ticket).where(Ticket.id.in_(ticket_ids)))
    }
    newest = select(Complaint).where(Complaint.ticket_id.in_(ticket_ids)).order_by(Complaint.episode)
    complaints = {each.ticket_id: each for each in await session.scalars(newest)}
    handlers = await read_handlers(session, tickets.values(), complaints)
    found = []
    for ticket_id in ticket_ids:
        ticket, complaint = tickets.get(ticket_id), complaints.get(ticket_id)
        if ticket is None or complaint is None or ticket.resolved_at is None:
            continue
        calendar = settings.calendar_of(ticket.queue)
        due = {each.promise: each.at for each in deadlines(ticket.facts, settings.standards, calendar)}
        about = {complaint.about_id} if complaint.about_id else set()
        found.append(
            VisitLine(
                ticket=ticket,
                tries=complaint.visit_tries,
                since=visit_from(ticket.resolved_at, settings.standards, calendar),
                due_at=due.get(Promise.VISIT),
                handlers=frozenset(handlers[ticket_id]),
                barred=frozenset(handlers[ticket_id] | about),
            )
        )
    return found
