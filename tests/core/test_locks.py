"""A lock that several processes share, on both databases."""

import asyncio
import os
import signal
import sys
from asyncio.subprocess import PIPE
from pathlib import Path

import pytest

from core.database import Database
from core.locks import exclusive

ROOT = Path(__file__).parents[2]
HOLDER = """
import asyncio, sys
from core.database import Database
from core.locks import exclusive

async def main():
    async with exclusive(Database(sys.argv[1]), "name"):
        print("held", flush=True)
        await asyncio.sleep(60)

asyncio.run(main())
"""


async def test_one_holds_it_and_the_others_wait_their_turn(database: Database, database_url: str) -> None:
    other = Database(database_url)
    inside: list[int] = []
    waited: list[int] = []

    async def hold(number: int, on: Database) -> None:
        async with exclusive(on, "name", on_wait=lambda: waited.append(number)):
            inside.append(number)
            await asyncio.sleep(0.3)  # longer than a look: who waits looks more than once
            assert inside[-1] == number

    await asyncio.gather(hold(1, database), hold(2, database), hold(3, other))
    await other.close()
    assert sorted(inside) == [1, 2, 3]
    assert len(waited) == 2


async def test_locks_of_different_names_do_not_meet(database: Database) -> None:
    async with exclusive(database, "one"), exclusive(database, "other"):
        pass


async def test_it_is_free_after_a_failure(database: Database) -> None:
    with pytest.raises(RuntimeError):
        async with exclusive(database, "name"):
            raise RuntimeError("as the test asked")
    async with exclusive(database, "name"):
        pass


async def test_a_process_that_is_killed_gives_it_back(database: Database, database_url: str) -> None:
    holder = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        HOLDER,
        database_url,
        stdout=PIPE,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert holder.stdout is not None
    assert await holder.stdout.readline() == b"held\n"
    waits = asyncio.Event()

    async def hold() -> None:
        async with exclusive(database, "name", on_wait=waits.set):
            pass

    waiting = asyncio.create_task(hold())
    await asyncio.wait_for(waits.wait(), 10)
    holder.send_signal(signal.SIGKILL)
    await holder.wait()
    await asyncio.wait_for(waiting, 10)
