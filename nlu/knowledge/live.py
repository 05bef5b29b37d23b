"""The knowledge base that is live, for those who read it and do not understand messages with it."""

import asyncio

from core.database import Database
from nlu.knowledge.documents import from_data
from nlu.knowledge.entries import KnowledgeBase
from nlu.knowledge.versions import find_live, get_version


class LiveKnowledge:
    """Reads what is live now; each version is parsed once."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._read: tuple[int, KnowledgeBase] | None = None

    async def find(self) -> KnowledgeBase | None:
        """What is live; None before the first version."""
        async with self._database.read() as session:
            live = await find_live(session)
            if live is None:
                return None
            if self._read is not None and self._read[0] == live.version:
                return self._read[1]
            version = await get_version(session, live.version)
        knowledge = await asyncio.to_thread(from_data, version.snapshot)
        self._read = (live.version, knowledge)
        return knowledge
