"""What an agent has seen: of each ticket how far, and so how much their customers have written since."""

from collections.abc import Collection, Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, and_, bindparam, func, or_, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from core.conversations import Conversation, Message
from core.database import Base, Database, table_of
from core.messages import AMENDMENTS, Author
from handoff.life import OPEN_STATES
from handoff.tickets import Ticket

LOOKED_BACK = 100  # messages of a ticket that its assignee has never opened


class SeenMark(Base):
    """An agent has seen a ticket's conversation up to this message."""

    __tablename__ = "seen_marks"
    __table_args__ = (Index("ix_seen_marks_agent_at", "agent_id", "at"),)

    agent_id: Mapped[UUID] = mapped_column(ForeignKey("agents.id"), primary_key=True)
    ticket_id: Mapped[UUID] = mapped_column(ForeignKey("tickets.id"), primary_key=True, index=True)
    seq: Mapped[int]
    at: Mapped[datetime]


async def mark_seen(
    database: Database, agent_id: UUID, ticket_id: UUID, *, through: int | None = None, now: datetime
) -> bool:
    """The agent has seen the ticket, up to message `through` or all of it; False if that was known, or there is no such ticket.

    A mark only moves on, so what is known costs no transaction.
    """
    query = (
        select(Conversation.last_seq, SeenMark.seq)
        .select_from(Ticket)
        .join(Conversation, Conversation.id == Ticket.conversation_id)
        .outerjoin(SeenMark, and_(SeenMark.ticket_id == Ticket.id, SeenMark.agent_id == agent_id))
        .where(Ticket.id == ticket_id)
    )
    async with database.read() as session:
        row = (await session.execute(query)).one_or_none()
    if row is None:
        return False
    last_seq, known = row
    seq = last_seq if through is None else min(max(through, 0), last_seq)
    if known is not None and known >= seq:
        return False
    make = sqlite.insert if database.is_sqlite else postgresql.insert
    adding = make(table_of(SeenMark)).values(agent_id=agent_id, ticket_id=ticket_id, seq=seq, at=now)
    statement = adding.on_conflict_do_update(
        index_elements=["agent_id", "ticket_id"],
        set_={"seq": adding.excluded.seq, "at": adding.excluded.at},
        where=SeenMark.seq < adding.excluded.seq,
    )
    async with database.write() as session:
        await session.execute(statement)
    return True


async def count_unread(
    database: Database, session: AsyncSession, agent_id: UUID, ticket_ids: Collection[UUID]
) -> Mapping[UUID, int]:
    """How many messages of customers are new to the agent, of those of these tickets that have any: one statement for all.

    Counted are open tickets that the agent has looked at, and those that they have: there from when it was handed over.
    """
    if not ticket_ids:
        return {}
    began = Conversation.last_seq - LOOKED_BACK
    query = (
        select(Ticket.id, func.count())
        .join(Conversation, Conversation.id == Ticket.conversation_id)
        .outerjoin(SeenMark, and_(SeenMark.ticket_id == Ticket.id, SeenMark.agent_id == bindparam("agent")))
        .join(
            Message,
            and_(
                Message.conversation_id == Conversation.id,
                Message.seq > func.coalesce(SeenMark.seq, began),
                Message.author == Author.CUSTOMER,
                Message.kind.not_in(sorted(AMENDMENTS)),
            ),
        )
        .where(
            database.is_any(Ticket.id, "tickets"),
            Ticket.state.in_(OPEN_STATES),
            or_(
                SeenMark.seq.is_not(None),
                and_(Ticket.assignee_id == bindparam("agent"), Message.at > Ticket.opened_at),
            ),
        )
        .group_by(Ticket.id)
    )
    rows = await session.execute(query, {"agent": agent_id, "tickets": list(ticket_ids)})
    return {ticket_id: count for ticket_id, count in rows}
