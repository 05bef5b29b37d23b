"""Days of a service department, played in minutes through the real code on a clock that is moved by hand.

    python -m bench.service_day --tickets 10000

Customers come by the hour and in bursts, write again, answer late or never; agents have shifts and holidays, are slow, go
away without a word and come back, pass tickets on, take them, decline or forget them. After every act and every look of
the clock it is checked what must hold (`bench.watch`); the first thing that does not ends it. Prints JSON.
"""

import argparse
import asyncio
import contextlib
import gc
import json
import statistics
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import uvloop
from sqlalchemy import func, select
from structlog.testing import capture_logs

from bench.department import ZONE, department
from bench.machine import machine
from bench.people import Agents, Customers
from bench.scene import LOOK, Scene
from bench.watch import Change, Watch, count_lost, find_faults
from bot.schema import upgrade_schema
from core.database import Database
from handoff.deadlines import Course, Deadline
from handoff.life import DONE_STATES, OPEN_STATES, EventKind
from handoff.settings import DeskSettings

START = datetime(2026, 9, 21, 8, tzinfo=ZONE).astimezone(UTC)  # a Monday; Friday to Sunday are holidays
LONGER = 8  # days for which agents still come when no new customers do
AWAY_EVERY = timedelta(hours=2.5)
MEMORY = Path("/dev/shm")  # where there is one: what is played need not survive

COUNTED = {
    "transfers offered": EventKind.OFFERED,
    "transfers accepted": EventKind.ACCEPTED,
    "transfers declined": EventKind.DECLINED,
    "transfers lapsed": EventKind.LAPSED,
    "handed back": EventKind.HANDED_BACK,
    "returned to the queue": EventKind.RETURNED,
    "moved to another queue": EventKind.MOVED,
    "warnings": EventKind.WARNED,
    "breaches": EventKind.BREACHED,
    "escalations": EventKind.ESCALATED,
    "customers reminded": EventKind.REMINDED,
    "reopened": EventKind.REOPENED,
}


class Tally:
    """Counts what happens."""

    def __init__(self, settings: DeskSettings) -> None:
        self._settings = settings
        self.kinds: Counter[str] = Counter()
        self.confirmed = 0
        self.waits: dict[str, list[float]] = defaultdict(list)  # working minutes until taken, by queue

    def hear(self, change: Change) -> None:
        kind, after = change.event.kind, change.after
        self.kinds[kind] += 1
        if kind == EventKind.CLOSED and change.event.agent_id is not None:
            self.confirmed += 1
        if change.before and change.before.taken_at is None and after.taken_at is not None:
            calendar = self._settings.calendar_of(change.before.queue)
            waited = calendar.between(change.before.queued_at, after.taken_at)
            self.waits[change.before.queue].append(waited / timedelta(minutes=1))


async def play(
    database: Database,
    *,
    tickets: int,
    agents: int,
    days: int,
    seed: int,
    longer: int = LONGER,
    away_every: timedelta = AWAY_EVERY,
    look_every: timedelta = LOOK,
    start: datetime = START,
) -> dict[str, Any]:
    """The figures of some days on an empty database that has the schema. Raises `bench.watch.Broken`."""
    begin = time.perf_counter()
    async with department(database, agents=agents, now=start) as made:
        watch = Watch(database, made.settings)
        scene = Scene(made, watch, seed=seed, look_every=look_every)
        tally = Tally(made.settings)
        scene.listeners.append(tally.hear)
        Agents(scene, start=start, days=days + longer, away_every=away_every)
        customers = Customers(scene, start=start, days=days, tickets=tickets)
        with capture_logs() as logs:  # one ticket that fails does not stop the clock, but it is to be told
            await scene.run()
        played = time.perf_counter() - begin
        served = {scene.customer_of(ticket_id) for ticket_id in watch.facts}
        states = Counter(facts.state for facts in watch.facts.values())
        return {
            "tickets": len(watch.facts),
            "lost": await count_lost(database) + len(customers.asked - served),
            "faults": await find_faults(database, made.settings),
            "errors": [str(entry) for entry in logs if entry["log_level"] == "error"],
            "not done at the end": sum(states[state] for state in OPEN_STATES),
            "done": sum(states[state] for state in DONE_STATES),
            **{name: tally.kinds[kind] for name, kind in COUNTED.items()},
            "confirmed by the first owner": tally.confirmed,
            "closed by default": tally.kinds[EventKind.CLOSED] - tally.confirmed,
            "attainment": await attainment(database),
            "working minutes until taken": {
                queue: percentiles(tally.waits[queue]) for queue in sorted(tally.waits)
            },
            "acts": dict(sorted(scene.acts.items())),
            "events": tally.kinds.total(),
            "looks of the clock": scene.clock_looks,
            "checks": watch.checks,
            "days on the clock": round((scene.now - start) / timedelta(days=1), 1),
            "seconds": round(played, 1),
        }


async def attainment(database: Database) -> dict[str, dict[str, Any]]:
    """What became of promises, by tier and promise."""
    query = (
        select(Deadline.tier, Deadline.promise, Deadline.course, func.count())
        .where(Deadline.ended_at.is_not(None))
        .group_by(Deadline.tier, Deadline.promise, Deadline.course)
    )
    found: dict[str, Counter[str]] = defaultdict(Counter)
    async with database.read() as session:
        for tier, promise, course, count in await session.execute(query):
            found[f"{tier}: {promise}"][course] = count
    return {
        name: {
            "kept": counts[Course.KEPT],
            "missed": counts[Course.MISSED],
            "share": round(counts[Course.KEPT] / counts.total(), 3),
        }
        for name, counts in sorted(found.items())
    }


def percentiles(values: Sequence[float]) -> dict[str, float]:
    if len(values) < 2:
        return {}
    cuts = statistics.quantiles(values, n=100)
    return {"p50": round(cuts[49], 1), "p95": round(cuts[94], 1), "max": round(max(values), 1)}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--tickets", type=int, default=10_000)
    parser.add_argument("--agents", type=int, default=60)
    parser.add_argument("--days", type=int, default=7, help="days on which customers come")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--database", help="an empty database; by default SQLite in memory, or in a temporary folder"
    )
    chosen = parser.parse_args()

    async def run(url: str) -> dict[str, Any]:
        database = Database(url)
        try:
            return await play(
                database,
                tickets=chosen.tickets,
                agents=chosen.agents,
                days=chosen.days,
                seed=chosen.seed,
            )
        finally:
            await database.close()

    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.exists() else None))
        url = chosen.database or f"sqlite:///{Path(folder) / 'day.db'}"
        upgrade_schema(url)
        gc.freeze()  # what is there stays; and much is made and thrown away from here on
        gc.set_threshold(50_000, 20, 50)
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            figures = runner.run(run(url))
    print(json.dumps({"machine": machine(), "seed": chosen.seed, **figures}, indent=2, ensure_ascii=False))
    if figures["lost"] or figures["faults"] or figures["errors"]:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
