"""The register of corrective actions: rows as the events of their tickets have made them.

`fired` is how many steps of what follows were carried out, each in the transaction that did so: see `register`.
"""

import dataclasses
from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base
from handoff.complaints.action_life import ACTION_MOVES, ActionFacts, ActionState, action_steps, apply_action
from handoff.facts import Event
from handoff.life import EventKind
from handoff.settings import DeskSettings


class CorrectiveAction(Base):
    """What is done so that it does not happen again: see `handoff.complaints.action_life`, whose fields it has."""

    __tablename__ = "corrective_actions"
    __table_args__ = (
        Index(
            "ix_corrective_actions_next_at",
            "next_at",
            postgresql_where=text("next_at IS NOT NULL"),
            sqlite_where=text("next_at IS NOT NULL"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    ticket_id: Mapped[UUID] = mapped_column(ForeignKey("tickets.id"), index=True)
    episode: Mapped[int]  # of the ticket
    state: Mapped[str]
    text: Mapped[str]
    owner_id: Mapped[UUID] = mapped_column(ForeignKey("agents.id"))
    due_at: Mapped[datetime]
    set_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("agents.id"))
    since: Mapped[datetime]
    failures: Mapped[int] = mapped_column(default=0)
    done_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("agents.id"))
    done_at: Mapped[datetime | None]
    verifier_id: Mapped[UUID | None] = mapped_column(ForeignKey("agents.id"))
    verified_at: Mapped[datetime | None]
    fired: Mapped[int] = mapped_column(default=0)
    next_at: Mapped[datetime | None]  # when the next step is due

    @property
    def facts(self) -> ActionFacts:
        """The present as a value."""
        values = {name: getattr(self, name) for name in _FACTS}
        values["state"] = ActionState(self.state)
        return ActionFacts(**values)


_FACTS = [each.name for each in dataclasses.fields(ActionFacts)]


async def keep_action(
    session: AsyncSession, ticket_id: UUID, episode: int, event: Event, *, settings: DeskSettings
) -> None:
    """Bring the row of a corrective action to what an event says. Raises `IllegalActionMove`."""
    if event.kind not in ACTION_MOVES:
        return
    action_id = UUID(event.data["action"])
    row = await session.get(CorrectiveAction, action_id, populate_existing=True)
    before = row.facts if row else None
    after = apply_action(before, event)
    if row is None:
        row = CorrectiveAction(id=action_id, ticket_id=ticket_id, episode=episode)
        session.add(row)
    for name in _FACTS:
        setattr(row, name, getattr(after, name))
    if before is None or after.state is not before.state:
        row.fired = 0
    follow_clock(row, settings)
    await session.flush()


def follow_clock(row: CorrectiveAction, settings: DeskSettings) -> EventKind | None:
    """Put `next_at` where the action and the settings have it; returns the step that is due then."""
    complaints = settings.complaints
    steps = action_steps(
        row.facts, remind_before=complaints.remind_before, verify_within=complaints.verify_within
    )
    row.next_at, step = steps[row.fired] if row.fired < len(steps) else (None, None)
    return step
