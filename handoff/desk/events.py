"""Slack's events as they came in, written down before Slack is told so. Handled in order, once."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Index, Integer, delete, select, text, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, aliased, mapped_column

from core.database import Base, Database, table_of

INSISTED = "shouwen_insisted"  # in an event: why its author wants to say it all the same
KEPT = timedelta(days=7)  # what was handled: Slack sends nothing again after hours


class SlackEvent(Base):
    """An event; `position` orders them. Its content goes when it is handled; the id stays, so that repeats are known."""

    __tablename__ = "slack_events"
    __table_args__ = (
        Index(
            "ix_slack_events_pending",
            "lane",
            "position",
            postgresql_where=text("handled_at IS NULL"),
            sqlite_where=text("handled_at IS NULL"),
        ),
    )

    position: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer(), "sqlite"), primary_key=True, autoincrement=True
    )
    event_id: Mapped[str] = mapped_column(unique=True)
    lane: Mapped[str]  # one thread, or one channel outside of threads: one event of it after the other
    event: Mapped[dict[str, Any]] = mapped_column(default=dict)
    received_at: Mapped[datetime]
    due_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(default=0)
    handled_at: Mapped[datetime | None]


@dataclass(frozen=True, kw_only=True)
class Pending:
    """An event to handle; `attempt` is 1 for the first."""

    position: int
    event: Mapping[str, Any]
    attempt: int


async def record_event(
    database: Database, envelope: Mapping[str, Any], *, delay: timedelta, now: datetime
) -> None:
    """Keep it durably; what was kept already is not kept again. `delay` holds what people write for a while.

    Within it an edit takes the place of what was written, and a deletion takes it away.
    """
    event = envelope["event"]
    row: dict[str, Any] = {
        "event_id": envelope["event_id"],
        "lane": lane_of(event),
        "event": event,
        "received_at": now,
        "due_at": now + (delay if is_said(event) else timedelta(0)),
        "attempts": 0,
    }
    table = table_of(SlackEvent)
    make = sqlite.insert if database.is_sqlite else postgresql.insert
    async with database.write() as session:
        new = make(table).values(row).on_conflict_do_nothing(index_elements=["event_id"])
        position = (await session.execute(new.returning(table.c.position))).scalar()
        is_change = event.get("subtype") in ("message_changed", "message_deleted")
        if position is not None and is_change and await _follow_change(session, event, now=now):
            await end_event(session, position, now=now)


def is_said(event: Mapping[str, Any]) -> bool:
    """Whether somebody wrote a message."""
    return event.get("type") == "message" and event.get("subtype") in (None, "file_share", "thread_broadcast")


def lane_of(event: Mapping[str, Any]) -> str:
    """What it is handled in order with."""
    message = event.get("message") or event.get("previous_message") or event
    return f"{event.get('channel', '')}:{message.get('thread_ts', '')}"


async def find_next(session: AsyncSession, *, now: datetime, but: Collection[int] = ()) -> Pending | None:
    """The oldest event that is due, has no earlier one of its lane before it, and is none of those at `but`."""
    earlier = aliased(SlackEvent)
    is_head = ~(
        select(earlier.position)
        .where(
            earlier.lane == SlackEvent.lane,
            earlier.position < SlackEvent.position,
            earlier.handled_at.is_(None),
        )
        .exists()
    )
    row = await session.scalar(
        select(SlackEvent)
        .where(
            SlackEvent.handled_at.is_(None),
            SlackEvent.due_at <= now,
            SlackEvent.position.not_in(but),
            is_head,
        )
        .order_by(SlackEvent.position)
        .limit(1)
    )
    if row is None:
        return None
    return Pending(position=row.position, event=row.event, attempt=row.attempts + 1)


async def end_event(session: AsyncSession, position: int, *, now: datetime, keep: bool = False) -> None:
    """It is handled. With `keep` its content stays, for what the agent may still decide."""
    values: dict[str, Any] = {"handled_at": now} if keep else {"handled_at": now, "event": {}}
    await session.execute(update(SlackEvent).where(SlackEvent.position == position).values(values))


async def try_again(session: AsyncSession, pending: Pending, *, at: datetime) -> None:
    """It could not be handled now."""
    values = {"attempts": pending.attempt, "due_at": at}
    await session.execute(update(SlackEvent).where(SlackEvent.position == pending.position).values(values))


async def remove_events(session: AsyncSession, *, before: datetime) -> None:
    """What was handled and came before then can go."""
    old = (SlackEvent.handled_at.is_not(None), SlackEvent.received_at < before)
    await session.execute(delete(SlackEvent).where(*old))


async def _follow_change(session: AsyncSession, event: Mapping[str, Any], *, now: datetime) -> bool:
    """What still waits out its delay is edited or deleted where it lies; True if there was such a thing."""
    found = await _find_said(session, event, SlackEvent.handled_at.is_(None), SlackEvent.due_at > now)
    for row in found:
        _change(row, event, now=now)
    return bool(found)


async def change_kept(session: AsyncSession, event: Mapping[str, Any], *, now: datetime) -> bool:
    """What was kept for its author to decide is deleted, or edited and handled anew; False if nothing was kept of it."""
    found = await _find_said(session, event, SlackEvent.handled_at.is_not(None))
    for row in found:
        if _change(row, event, now=now):
            _handle_anew(row, now=now)
    return bool(found)


async def insist_on(session: AsyncSession, position: int, *, reason: str, now: datetime) -> None:
    """What was kept is to be handled anew: its author wants it as it is, and says why. No matter if it is done with."""
    row = await session.get(SlackEvent, position, with_for_update=True)
    if row is not None and row.event and row.handled_at is not None:
        row.event = {**row.event, INSISTED: reason}
        _handle_anew(row, now=now)


def is_deletion(event: Mapping[str, Any]) -> bool:
    """Whether of a change of a message nothing is left. One with answers leaves a stone."""
    after = event.get("message") or {}
    return event.get("subtype") == "message_deleted" or after.get("subtype") == "tombstone"


async def _find_said(
    session: AsyncSession, change: Mapping[str, Any], *which: ColumnElement[bool]
) -> list[SlackEvent]:
    """The message that was changed, among events of which there is still the content."""
    message = change.get("message") or change.get("previous_message") or {}
    ts = message.get("ts") or change.get("deleted_ts")
    query = select(SlackEvent).where(SlackEvent.lane == lane_of(change), *which).with_for_update()
    return [row for row in await session.scalars(query) if row.event.get("ts") == ts and is_said(row.event)]


def _change(row: SlackEvent, change: Mapping[str, Any], *, now: datetime) -> bool:
    """Put the new words in the place of the old; False where none are left, and it is done with.

    Who insisted on the old words has not insisted on these.
    """
    if is_deletion(change):
        row.event, row.handled_at = {}, now
        return False
    message = change["message"]
    files = {"files": message["files"]} if "files" in message else {}
    before = {key: value for key, value in row.event.items() if key != INSISTED}
    row.event = {**before, "text": message.get("text", ""), **files}
    return True


def _handle_anew(row: SlackEvent, *, now: datetime) -> None:
    row.handled_at, row.due_at, row.attempts = None, now, 0
