"""The tables of figures: roll-ups by day, what each session and ticket has added to them, and which tickets have changed."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, UniqueConstraint, insert, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base, table_of

_ARE_DURATIONS = text("figure IN ('first_response', 'first_response_by', 'resolution')")


class DayFigure(Base):
    """A roll-up: one cell, over all tickets or sessions. Holds nothing of a person, and stays."""

    __tablename__ = "report_days"

    day: Mapped[date] = mapped_column(primary_key=True)
    figure: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    count: Mapped[int] = mapped_column(BigInteger)
    amount: Mapped[int] = mapped_column(BigInteger)


class MonthFigure(Base):
    """The same over a month, named by its first day: a year is read from twelve."""

    __tablename__ = "report_months"

    month: Mapped[date] = mapped_column(primary_key=True)
    figure: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    count: Mapped[int] = mapped_column(BigInteger)
    amount: Mapped[int] = mapped_column(BigInteger)


class ReportSession(Base):
    """A session as it was counted: see `handoff.reporting.sessions`."""

    __tablename__ = "report_sessions"
    __table_args__ = (UniqueConstraint("conversation_id", "first_seq"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    conversation_id: Mapped[UUID] = mapped_column(ForeignKey("conversations.id"))
    first_seq: Mapped[int]
    asked_at: Mapped[datetime | None]
    ended_at: Mapped[datetime]
    channel: Mapped[str]
    language: Mapped[str]
    outcome: Mapped[str]
    came_back: Mapped[bool]  # the customer did, soon


class SessionFact(Base):
    """What a session has added to a cell."""

    __tablename__ = "report_session_facts"
    # What is behind a number, newest first, is read from the index alone.
    __table_args__ = (Index("ix_report_session_facts_behind", "figure", "day", "session_id", "key"),)

    session_id: Mapped[UUID] = mapped_column(ForeignKey("report_sessions.id"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    figure: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    count: Mapped[int]
    amount: Mapped[int]


class TicketFact(Base):
    """What a ticket has added to a cell."""

    __tablename__ = "report_ticket_facts"
    __table_args__ = (
        Index("ix_report_ticket_facts_behind", "figure", "day", "ticket_id", "key"),
        Index(
            "ix_report_ticket_facts_slowest",
            *("figure", "amount", "day", "ticket_id"),
            postgresql_where=_ARE_DURATIONS,
            sqlite_where=_ARE_DURATIONS,
        ),
    )

    ticket_id: Mapped[UUID] = mapped_column(ForeignKey("tickets.id"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    figure: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    count: Mapped[int]
    amount: Mapped[int]


class TicketChange(Base):
    """A ticket to which something happened since it was counted: as `core.changes` has it of conversations."""

    __tablename__ = "ticket_changes"

    position: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer(), "sqlite"), primary_key=True, autoincrement=True
    )
    ticket_id: Mapped[UUID] = mapped_column(ForeignKey("tickets.id"))


async def note_ticket(session: AsyncSession, ticket_id: UUID) -> None:
    """Have this ticket counted again."""
    await session.execute(insert(table_of(TicketChange)).values(ticket_id=ticket_id).inline())
