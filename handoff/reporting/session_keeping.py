"""Keeps sessions as conversations grow: their rows, and what is to be counted of each anew."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import tzinfo
from uuid import UUID

from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from core.conversations import Conversation, Message
from core.ids import new_id
from core.messages import AMENDMENTS
from handoff.reporting.cells import Cell, Figure, Value
from handoff.reporting.sessions import (
    COMES_BACK,
    Said,
    Session,
    find_returned,
    split,
    tally_conversation,
    tally_messages,
)
from handoff.reporting.tables import ReportSession


@dataclass(frozen=True, kw_only=True)
class KeptSessions:
    """What changed: `read` have been counted anew; of those `judged` only whether the customer came back is otherwise."""

    read: Mapping[UUID, Mapping[Cell, Value]]
    judged: Mapping[UUID, ReportSession]
    zone: tzinfo

    def judge(self, session_id: UUID, before: Mapping[Cell, Value]) -> Mapping[Cell, Value]:
        """What a judged session adds, by what it added before."""
        others = {cell: value for cell, value in before.items() if cell.figure != Figure.CONVERSATIONS}
        return {**others, **_conversation(self.judged[session_id], self.zone)}


async def keep_sessions(
    session: AsyncSession, conversation_ids: Sequence[UUID], *, moved: Collection[UUID] = (), zone: tzinfo
) -> KeptSessions:
    """Bring the sessions of conversations that may have grown to their records. The caller holds these conversations.

    Of the customers of the `moved` ones all that they ever began is judged again.
    """
    customers = {
        conversation_id: (customer_id, channel)
        for conversation_id, customer_id, channel in await session.execute(
            select(Conversation.id, Conversation.customer_id, Conversation.channel).where(
                Conversation.id.in_(conversation_ids)
            )
        )
    }
    grown = await _read_messages(session, conversation_ids)
    known = {
        (row.conversation_id, row.first_seq): row
        for row in await session.scalars(_last_sessions(conversation_ids))
    }
    read: dict[UUID, tuple[ReportSession, Session]] = {}
    for conversation_id, messages in grown.items():
        for found in split(messages):
            row = known.get((conversation_id, found.first_seq))
            if row is None:
                row = ReportSession(
                    id=new_id(),
                    conversation_id=conversation_id,
                    first_seq=found.first_seq,
                    channel=customers[conversation_id][1],
                    came_back=False,
                )
                session.add(row)
            row.asked_at, row.ended_at = found.asked_at, found.ended_at
            row.language, row.outcome = found.language, found.outcome
            read[row.id] = (row, found)
    await session.flush()
    judged = await _judge(
        session,
        [row for row, _ in read.values()],
        {each for each, _ in customers.values()},
        anew={customer_id for each, (customer_id, _) in customers.items() if each in moved},
    )
    tallies = {
        row.id: {**tally_messages(found, channel=row.channel, zone=zone), **_conversation(row, zone)}
        for row, found in read.values()
    }
    return KeptSessions(read=tallies, judged={row.id: row for row in judged if row.id not in read}, zone=zone)


def _conversation(row: ReportSession, zone: tzinfo) -> Mapping[Cell, Value]:
    return tally_conversation(
        row.asked_at,
        channel=row.channel,
        language=row.language,
        outcome=row.outcome,
        came_back=row.came_back,
        zone=zone,
    )


def _last_sessions(conversation_ids: Sequence[UUID]) -> Select[ReportSession]:
    last = (
        select(ReportSession.conversation_id, func.max(ReportSession.first_seq).label("seq"))
        .where(ReportSession.conversation_id.in_(conversation_ids))
        .group_by(ReportSession.conversation_id)
        .subquery()
    )
    return select(ReportSession).join(
        last,
        and_(ReportSession.conversation_id == last.c.conversation_id, ReportSession.first_seq == last.c.seq),
    )


async def _read_messages(
    session: AsyncSession, conversation_ids: Sequence[UUID]
) -> Mapping[UUID, Sequence[Said]]:
    """From the beginning of each one's last known session on: what came before it does not change any more."""
    begun = (
        select(func.max(ReportSession.first_seq))
        .where(ReportSession.conversation_id == Conversation.id)
        .correlate(Conversation)
        .scalar_subquery()
    )
    query = (
        select(Message.conversation_id, Message.seq, Message.at, Message.author, Message.entry, Message.facts)
        .select_from(Conversation)
        .join(
            Message,
            and_(
                Message.conversation_id == Conversation.id,
                Message.seq >= func.coalesce(begun, 0),
                Message.kind.not_in(AMENDMENTS),
            ),
        )
        .where(Conversation.id.in_(conversation_ids))
        .order_by(Message.conversation_id, Message.seq)
    )
    found: dict[UUID, list[Said]] = defaultdict(list)
    for conversation_id, seq, at, author, entry, facts in await session.execute(query):
        found[conversation_id].append(Said(seq=seq, at=at, author=author, entry=entry, facts=facts))
    return found


async def _judge(
    session: AsyncSession, read: Sequence[ReportSession], customer_ids: Set[UUID], *, anew: Set[UUID]
) -> list[ReportSession]:
    """Say after which sessions these customers have come back; returns those that changed by it.

    What was over before the first of the read ones by more than `COMES_BACK` is not touched by them, but of those `anew`.
    """
    if not read:
        return []
    since = min(row.asked_at or row.ended_at for row in read) - COMES_BACK
    theirs = (
        select(ReportSession, Conversation.customer_id)
        .join(Conversation, Conversation.id == ReportSession.conversation_id)
        .where(Conversation.customer_id.in_(customer_ids), ReportSession.asked_at.is_not(None))
    )
    # Of a long session the beginning may be further back, and another have followed it that is over for longer.
    earliest = await session.scalar(
        theirs.with_only_columns(func.min(ReportSession.asked_at)).where(ReportSession.ended_at >= since)
    )
    if earliest is None and not anew:
        return []
    query = theirs.where(
        or_(ReportSession.ended_at >= min(earliest or since, since), Conversation.customer_id.in_(anew))
    ).order_by(ReportSession.asked_at, ReportSession.id)
    by_customer: dict[UUID, list[ReportSession]] = defaultdict(list)
    for row, customer_id in await session.execute(query):
        by_customer[customer_id].append(row)
    changed = []
    for customer_id, rows in by_customer.items():
        moments = [(row.asked_at, row.ended_at) for row in rows if row.asked_at is not None]
        for row, came_back in zip(rows, find_returned(moments), strict=True):
            if (row.ended_at >= since or customer_id in anew) and row.came_back != came_back:
                row.came_back = came_back
                changed.append(row)
    await session.flush()
    return changed
