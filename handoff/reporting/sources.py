"""What figures of tickets are counted from, read for many tickets at once."""

from collections import defaultdict
from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from core.conversations import Conversation
from handoff.aftercare.surveys import Survey
from handoff.complaints.records import Complaint
from handoff.deadlines import Deadline
from handoff.reporting.ticket_tally import EndedPromise, KeptEvent, KnownComplaint, SentSurvey, TicketSource
from handoff.tickets import Ticket, TicketEvent


async def read_tickets(session: AsyncSession, ticket_ids: Sequence[UUID]) -> dict[UUID, TicketSource]:
    """All that is counted of these tickets."""
    channels = await session.execute(
        select(Ticket.id, Conversation.channel)
        .join(Conversation, Conversation.id == Ticket.conversation_id)
        .where(Ticket.id.in_(ticket_ids))
    )
    events: dict[UUID, list[KeptEvent]] = defaultdict(list)
    happened = (
        select(
            TicketEvent.ticket_id, TicketEvent.kind, TicketEvent.at, TicketEvent.agent_id, TicketEvent.data
        )
        .where(TicketEvent.ticket_id.in_(ticket_ids))
        .order_by(TicketEvent.position)
    )
    for ticket_id, kind, at, agent_id, data in await session.execute(happened):
        events[ticket_id].append(KeptEvent(kind=kind, at=at, agent_id=agent_id, data=data))
    promises: dict[UUID, list[EndedPromise]] = defaultdict(list)
    ended = select(Deadline.ticket_id, Deadline.promise, Deadline.course, Deadline.ended_at).where(
        Deadline.ticket_id.in_(ticket_ids), Deadline.ended_at.is_not(None)
    )
    for ticket_id, promise, course, ended_at in await session.execute(ended):
        assert ended_at is not None
        promises[ticket_id].append(EndedPromise(promise=promise, course=course, ended_at=ended_at))
    surveys: dict[UUID, list[SentSurvey]] = defaultdict(list)
    for survey in await session.execute(
        select(
            Survey.ticket_id, Survey.episode, Survey.kind, Survey.sent_at, Survey.score, Survey.answered_at
        ).where(Survey.ticket_id.in_(ticket_ids))
    ):
        ticket_id, episode, kind, sent_at, score, answered_at = survey
        surveys[ticket_id].append(
            SentSurvey(episode=episode, kind=kind, sent_at=sent_at, score=score, answered_at=answered_at)
        )
    complaints: dict[UUID, list[KnownComplaint]] = defaultdict(list)
    for ticket_id, accepted_at, cause in await session.execute(
        select(Complaint.ticket_id, Complaint.accepted_at, Complaint.cause).where(
            Complaint.ticket_id.in_(ticket_ids)
        )
    ):
        complaints[ticket_id].append(KnownComplaint(accepted_at=accepted_at, cause=cause))
    return {
        ticket_id: TicketSource(
            channel=channel,
            events=events[ticket_id],
            promises=promises[ticket_id],
            surveys=surveys[ticket_id],
            complaints=complaints[ticket_id],
        )
        for ticket_id, channel in channels
    }
