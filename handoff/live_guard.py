"""The language guard as it is published: the shipped phrases with what the live version changes of them."""

from typing import Protocol

from handoff.guard import Guard
from nlu.knowledge.entries import KnowledgeBase
from nlu.knowledge.live import LiveKnowledge


class Guarding(Protocol):
    """Knows what must not be said."""

    async def now(self) -> Guard:
        """What counts now. Not to be asked within a transaction: it may read."""
        ...


class LiveGuard:
    """Implements `Guarding`: a publication counts from the next text on, in every process."""

    def __init__(self, shipped: Guard, live: LiveKnowledge) -> None:
        self._shipped = shipped
        self._live = live
        self._made: tuple[KnowledgeBase, Guard] | None = None

    async def now(self) -> Guard:
        """See the port. Before the first version: what is shipped."""
        knowledge = await self._live.find()
        if knowledge is None:
            return self._shipped
        if self._made is None or self._made[0] is not knowledge:
            self._made = (knowledge, self._shipped.with_changes(knowledge.banned.values()))
        return self._made[1]
