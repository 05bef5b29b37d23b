"""Cursors: the durable place in another service's stream."""

from core.cursors import find_cursor, set_cursor
from core.database import Database


async def test_a_cursor_is_kept_and_moved_and_others_stay(database: Database) -> None:
    async with database.write() as session:
        assert await find_cursor(session, "a") is None
        await set_cursor(session, "a", "1")
        await set_cursor(session, "b", "7")
    async with database.write() as session:
        assert await find_cursor(session, "a") == "1"
        await set_cursor(session, "a", "2")
    async with database.read() as session:
        assert (await find_cursor(session, "a"), await find_cursor(session, "b")) == ("2", "7")
