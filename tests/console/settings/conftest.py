"""The world of the knowledge base's pages, with three entries live."""

from collections.abc import AsyncIterator

import pytest

from core.database import Database
from tests.console.knowledge.study import Study
from tests.console.world import World


@pytest.fixture
async def study(database: Database) -> AsyncIterator[Study]:
    """Three entries are live, and the draft is the same."""
    study = Study(World(database))
    await study.opens()
    yield study
    await study.close()
