"""A day of a service department with all that goes wrong in one: what was promised holds at every moment of it."""

import random
from datetime import timedelta

from bench.service_day import play
from core.database import Database

TICKETS = 50  # `make simulation` plays ten thousand


async def test_no_ticket_is_ever_without_owner_queue_and_deadline_and_every_step_is_taken_once(
    database: Database,
) -> None:
    """It is checked after every act and every look of the clock: see `bench.watch`, which raises."""
    seed = random.randrange(10**6)
    print(f"seed {seed}")  # noqa: T201 - shown when the test fails
    figures = await play(
        database,
        tickets=TICKETS,
        agents=9,
        days=1,
        longer=1,
        seed=seed,
        away_every=timedelta(minutes=45),
        look_every=timedelta(minutes=2),
    )
    assert figures["tickets"] >= TICKETS
    assert (figures["lost"], figures["faults"], figures["errors"]) == (0, [], [])
    assert figures["acts"]["went away"] > 0
