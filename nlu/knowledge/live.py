"""The knowledge base that is live, for those who read it and do not understand messages with it."""

import asyncio

from core.database import Database
from nlu.knowledge.documents import from_data
from nlu.knowledge.entries import KnowledgeBase
from nlu.knowledge.versions import Mark, find_live, get_version


async def read_knowledge_of(database: Database, number: int) -> KnowledgeBase:
    """What a version says, as it is now: what is erased in it goes. Raises `NotFound`."""
    async with database.read() as session:
        version = await get_version(session, number)
    return await asyncio.to_thread(from_data, version.snapshot)


class LiveKnowledge:
    """Reads what is live now; what was read is kept until that changes."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._reading = asyncio.Lock()  # who comes while it is read waits for it, and does not read it, too
        self._read: tuple[Mark, KnowledgeBase] | None = None

    async def find(self) -> KnowledgeBase | None:
        """What is live; None before the first version."""
        async with self._reading:
            async with self._database.read() as session:
                live = await find_live(session)
            if live is None:
                return None
            if self._read is None or self._read[0] != live:
                self._read = (live, await read_knowledge_of(self._database, live.version))
            return self._read[1]
