"""Who is named in filters and lists: everybody, and who of them has left. Read-only."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from handoff.agents import Agent


@dataclass(frozen=True, kw_only=True)
class People:
    """Names by id, in their order."""

    names: Mapping[UUID, str]
    left: Collection[UUID]

    def is_there(self, text: str) -> bool:
        """Whether an id in an address is of somebody who is still there."""
        return any(str(each) == text for each in self.names if each not in self.left)


async def read_people(session: AsyncSession) -> People:
    """All agents."""
    rows = (
        await session.execute(select(Agent.id, Agent.name, Agent.left_at).order_by(Agent.name, Agent.id))
    ).all()
    return People(
        names={key: name for key, name, _ in rows}, left={key for key, _, left in rows if left is not None}
    )
