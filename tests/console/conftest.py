"""The world of the desk's tests."""

import pytest

from core.database import Database
from tests.console.world import World


@pytest.fixture
async def world(database: Database) -> World:
    """A desk with the demo allowed."""
    return World(database)
