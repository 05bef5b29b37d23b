"""A day of a service department with all that goes wrong in one: what was promised holds at every moment of it."""

import random
from datetime import timedelta

from bench.department import ZONE
from bench.service_day import play
from core.database import Database
from tests.handoff.reporting.counting import assert_equals_recount, count_of, mortal_keeper

TICKETS = 50  # `make simulation` plays ten thousand


async def test_no_ticket_is_ever_without_owner_queue_and_deadline_and_every_step_is_taken_once(
    database: Database,
) -> None:
    """It is checked after every act and every look of the clock: see `bench.watch`, which raises.

    Figures that are kept meanwhile, by keepers that die, are those of a recount.
    """
    seed = random.randrange(10**6)
    print(f"seed {seed}")  # noqa: T201 - shown when the test fails
    async with mortal_keeper(database, ZONE, seed=seed):
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
    kept = await assert_equals_recount(database, ZONE)
    assert count_of(kept, "opened") == figures["tickets"]
