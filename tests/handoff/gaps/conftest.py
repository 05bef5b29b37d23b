"""Fixtures: a shop."""

from collections.abc import AsyncIterator

import pytest

from core.database import Database
from tests.shop import Shop, open_shop


@pytest.fixture
async def shop(database: Database) -> AsyncIterator[Shop]:
    """A shop on a Monday morning in working hours."""
    async with open_shop(database) as shop:
        yield shop
