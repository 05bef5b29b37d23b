"""Export a customer: everything that is kept of a person, as one document."""

import base64
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from core.persons import read_person
from handoff.agents import Agent
from handoff.persons.records import find_family
from handoff.privacy.erasure import read_said
from nlu.knowledge.drafts import find_draft
from nlu.knowledge.forgetting import find_theirs, phrasings_of
from nlu.knowledge.golden import list_golden


async def export_customer(session: AsyncSession, customer_id: UUID, *, now: datetime) -> Mapping[str, Any]:
    """The rows of every table that are theirs, or of whoever was merged with them, under the tables' names.

    Beside them `agents` names those who had to do with them, and `phrasings` has what the draft of the knowledge
    base and its golden questions made of their words. What agents sent them as files is in it, as base64.
    """
    family = await find_family(session, [customer_id])
    tables = await read_person(session, family)
    for file in tables["files"]:
        file["content"] = base64.b64encode(file["content"]).decode()
    agents = {row.id: row.name for row in await session.execute(select(Agent.id, Agent.name))}
    concerned = {value for rows in tables.values() for row in rows for value in row.values() if _is_id(value)}
    knowledge = await find_draft(session)
    phrasings = phrasings_of(knowledge) if knowledge else set()
    phrasings |= {each.question for each in await list_golden(session)}
    return {
        "exported_at": now,
        **tables,
        "agents": {str(each): name for each, name in agents.items() if each in concerned},
        "phrasings": sorted(find_theirs(phrasings, await read_said(session, family))),
    }


def _is_id(value: object) -> bool:
    return isinstance(value, UUID)
