"""Replies that the language guard holds: their events keep their content until their authors have decided."""

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from handoff.desk.events import SlackEvent
from handoff.desk.people import list_people
from handoff.desk.said import read_said, say_plainly


@dataclass(frozen=True, kw_only=True)
class HeldReply:
    """What would be said."""

    position: int
    text: str


async def find_held(session: AsyncSession, held_id: str, *, user: str) -> HeldReply | None:
    """The user's reply that is held under this id; None when it is done with, or about to be."""
    event = await session.get(SlackEvent, int(held_id)) if held_id.isdecimal() else None
    said = read_said(event.event) if event is not None and event.event else None
    if event is None or event.handled_at is None or said is None or said.user != user:
        return None
    people = {user_id: agent.name for user_id, agent in (await list_people(session)).items()}
    return HeldReply(position=event.position, text=say_plainly(said, people))
