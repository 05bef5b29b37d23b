"""Slack threads: where each ticket stands in Slack, and how far the thread has followed it."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, UniqueConstraint, case, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base
from handoff.settings import DeskSettings

_BigId = BigInteger().with_variant(Integer(), "sqlite")


class SlackThread(Base):
    """A ticket's card in a channel, and its thread. A ticket that moves to a queue elsewhere begins another one there."""

    __tablename__ = "slack_threads"
    __table_args__ = (
        UniqueConstraint("channel", "ts"),
        Index(
            "ix_slack_threads_due",
            "channel",
            "due_at",
            postgresql_where=text("due_at IS NOT NULL"),
            sqlite_where=text("due_at IS NOT NULL"),
        ),
        Index(
            "ix_slack_threads_share_at",
            "channel",
            "share_at",
            postgresql_where=text("share_at IS NOT NULL"),
            sqlite_where=text("share_at IS NOT NULL"),
        ),
    )

    ticket_id: Mapped[UUID] = mapped_column(ForeignKey("tickets.id"), primary_key=True)
    channel: Mapped[str] = mapped_column(primary_key=True)
    ts: Mapped[str | None]  # of the card; None: Slack does not have it yet
    card: Mapped[str | None]  # a digest of what Slack shows
    seq: Mapped[int | None]  # the last message of the conversation that the thread has; None: not begun
    position: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer(), "sqlite"), default=0
    )  # the last event that the thread has
    awaiting: Mapped[list[Any]] = mapped_column(default=list)  # replies from the thread: [message id, ts]
    read_seq: Mapped[int] = mapped_column(default=0)  # how far the customer had read when we marked it last
    uploads: Mapped[list[Any]] = mapped_column(
        default=list
    )  # files to be put into the thread: [message id, number]
    share_at: Mapped[datetime | None]  # when to put the first of them there
    share_attempts: Mapped[int] = mapped_column(default=0)  # that failed, of the first
    changes: Mapped[int] = mapped_column(default=1)  # how often something happened
    due_at: Mapped[
        datetime | None
    ]  # when to look; None: Slack shows all there is, and time changes nothing of it
    attempts: Mapped[int] = mapped_column(default=0)  # that failed since the last success
    error: Mapped[str | None]
    erase: Mapped[bool] = mapped_column(default=False)  # the customer was erased: what we said of them goes


async def keep_thread(
    session: AsyncSession, ticket_id: UUID, queue: str, *, settings: DeskSettings, at: datetime
) -> None:
    """Something happened to the ticket: its threads are to follow, and one is to begin where its queue now is."""
    channel = settings.slack_channel_of(queue)
    if channel is None:
        return
    await wake_threads(session, ticket_id, at=at)
    known = select(SlackThread.ticket_id).where(
        SlackThread.ticket_id == ticket_id, SlackThread.channel == channel
    )
    if await session.scalar(known) is None:
        session.add(SlackThread(ticket_id=ticket_id, channel=channel, due_at=at))
        await session.flush()


async def wake_threads(session: AsyncSession, ticket_id: UUID, *, at: datetime) -> None:
    """There is something new for a ticket's threads to show."""
    await session.execute(
        update(SlackThread)
        .where(SlackThread.ticket_id == ticket_id)
        .values(
            changes=SlackThread.changes + 1,
            due_at=case((SlackThread.due_at < at, SlackThread.due_at), else_=at),
        )
        .execution_options(synchronize_session=False)
    )


async def add_uploads(
    session: AsyncSession, ticket_id: UUID, channel: str, files: Sequence[tuple[str, int]], *, at: datetime
) -> None:
    """Files are to be put into the thread: (message id, number of the attachment), behind those that wait."""
    thread = await session.get_one(SlackThread, (ticket_id, channel), with_for_update=True)
    thread.uploads = [*thread.uploads, *map(list, files)]
    thread.share_at = thread.share_at or at
    await session.flush()


async def read_cards(session: AsyncSession, ticket_ids: Collection[UUID]) -> dict[UUID, tuple[str, str]]:
    """Where each ticket's newest card is: channel and ts."""
    query = (
        select(SlackThread.ticket_id, SlackThread.channel, SlackThread.ts)
        .where(SlackThread.ticket_id.in_(ticket_ids), SlackThread.ts.is_not(None))
        .order_by(SlackThread.ts)
    )
    return {ticket_id: (channel, ts) for ticket_id, channel, ts in await session.execute(query) if ts}


def link_to(card: tuple[str, str], workspace: str) -> str:
    """The address of a card; of a message as Slack makes it. `workspace` is the address of it all."""
    channel, ts = card
    return f"{workspace}archives/{channel}/p{ts.replace('.', '')}"


async def find_thread(session: AsyncSession, channel: str, ts: str) -> SlackThread | None:
    """The thread under a card."""
    return await session.scalar(
        select(SlackThread).where(SlackThread.channel == channel, SlackThread.ts == ts)
    )
