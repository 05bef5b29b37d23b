"""Replies that the language guard holds: their events keep their content until their authors have decided."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from handoff.desk.events import SlackEvent
from handoff.desk.origins import origin_of
from handoff.desk.people import list_people
from handoff.desk.said import read_said, say_plainly
from handoff.desk.threads import find_thread


@dataclass(frozen=True, kw_only=True)
class HeldReply:
    """What would be said, to which ticket's customer, and where it was written."""

    position: int
    ticket_id: UUID
    text: str
    has_files: bool
    origin: str


async def find_held(session: AsyncSession, held_id: str, *, user: str) -> HeldReply | None:
    """The user's reply that is held under this id; None when it is done with."""
    event = await session.get(SlackEvent, int(held_id)) if held_id.isdecimal() else None
    said = read_said(event.event) if event is not None and event.event else None
    if event is None or said is None or said.user != user:
        return None
    thread = await find_thread(session, said.channel, said.thread)
    if thread is None:
        return None
    people = {user_id: agent.name for user_id, agent in (await list_people(session)).items()}
    return HeldReply(
        position=event.position,
        ticket_id=thread.ticket_id,
        text=say_plainly(said, people),
        has_files=bool(said.files),
        origin=origin_of(said.channel, said.ts),
    )
