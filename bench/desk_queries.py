"""How long the desk's queries take when the department is two years old.

    python scripts/with_services.py --durable python -m bench.desk_queries        # some minutes until it is filled

Fills a database of its own, or the one of --url unless that was done before (`bench.desk_data`), then asks for the first page
of every view as the desk does, and for what routing, the timekeeper and the bot look up, `CALLS` times each with other agents
and tickets. Prints JSON: milliseconds by query, of reading through SQLAlchemy until the objects are there; medians of the runs.
"""

import argparse
import asyncio
import contextlib
import gc
import json
import random
import statistics
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from sqlalchemy import Select, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from bench.databases import POSTGRES, fresh_database
from bench.desk_data import NOW, QUEUES, Size, load
from bench.machine import machine
from bot.schema import upgrade_schema
from core.conversations import Conversation
from core.database import Database
from handoff.agents import Agent
from handoff.calendar import Window, WorkingCalendar
from handoff.deadlines import list_open_deadlines
from handoff.expectation import expect
from handoff.handover import find_open_ticket
from handoff.life import OPEN_STATES, TicketState
from handoff.lists import get_ticket_line, list_queue
from handoff.marks import read_queue_mark, read_ticket_mark
from handoff.presence import list_agents
from handoff.progress import describe_progress
from handoff.routing import read_loads, read_past, read_waiting
from handoff.seen import count_unread
from handoff.settings import DeskSettings, QueueSettings
from handoff.tickets import Ticket
from handoff.timekeeper import list_due, list_given, list_longest_waiting
from handoff.views import get_ticket_view

CALLS = 300
WARM_UP = 20
FEWEST = 50_000  # tickets

ALWAYS = WorkingCalendar(
    zone=ZoneInfo("Asia/Shanghai"),
    days={day: [Window(start=NOW.min.time(), end=NOW.max.time())] for day in range(7)},
)
SETTINGS = DeskSettings(
    calendar=ALWAYS,
    queues={name: QueueSettings(titles={"zh": name, "en": name}) for name in QUEUES},
    routes={},
    default_queue=QUEUES[0],
)

Read = Callable[[AsyncSession], Awaitable[object]]
_Jobs = dict[str, Callable[[int], Read]]

T = TypeVar("T")


async def measure(url: str, *, runs: int = 1) -> dict[str, dict[str, float]]:
    """Milliseconds of each query, medians of the runs."""
    gc.collect()  # as the service does when it is ready
    gc.freeze()
    database = Database(url)
    try:
        async with database.read() as session:
            jobs = await _jobs(database, session)
        found = [await _run(database, jobs) for _ in range(runs)]
    finally:
        await database.close()
    return {
        name: {cut: statistics.median(run[name][cut] for run in found) for cut in found[0][name]}
        for name in jobs
    }


async def _run(database: Database, jobs: _Jobs) -> dict[str, dict[str, float]]:
    return {
        name: _percentiles([await _time(database, make(n)) for n in range(-WARM_UP, CALLS)][WARM_UP:])
        for name, make in jobs.items()
    }


async def _jobs(database: Database, session: AsyncSession) -> _Jobs:
    """What is asked for, by name: the nth call of each."""
    shuffled = random.Random(1)

    async def sample(query: Select[T]) -> Callable[[int], T]:
        found = list(await session.scalars(query))
        shuffled.shuffle(found)
        return lambda n: found[n % len(found)]

    agents = await sample(select(Agent))
    open_tickets = await sample(select(Ticket).where(Ticket.state.in_(OPEN_STATES)))
    done = await sample(
        select(Ticket).where(Ticket.state == TicketState.CLOSED).order_by(Ticket.number).limit(2_000)
    )
    waiting = await sample(select(Ticket).where(Ticket.state == TicketState.NEW))
    talks = await sample(
        select(Conversation)
        .join(Ticket, Ticket.conversation_id == Conversation.id)
        .where(Ticket.state.in_(OPEN_STATES))
    )
    return {
        "list_queue": lambda n: lambda s: list_queue(s, agents(n).id),
        "count_unread": lambda n: (
            lambda s: count_unread(database, s, agents(n).id, [open_tickets(n + k).id for k in range(100)])
        ),
        "read_queue_mark": lambda n: read_queue_mark,
        "get_ticket_line": lambda n: lambda s: get_ticket_line(s, open_tickets(n).id),
        "get_ticket_view": lambda n: lambda s: get_ticket_view(s, open_tickets(n).id),
        "get_ticket_view, closed": lambda n: lambda s: get_ticket_view(s, done(n).id),
        "read_ticket_mark": lambda n: lambda s: read_ticket_mark(s, open_tickets(n).id),
        "list_open_deadlines": lambda n: lambda s: list_open_deadlines(s, open_tickets(n).id),
        "find_open_ticket": lambda n: lambda s: find_open_ticket(s, talks(n)),
        "expect": lambda n: lambda s: expect(s, waiting(n), settings=SETTINGS, now=NOW),
        "describe_progress": lambda n: (
            lambda s: describe_progress(s, open_tickets(n).customer_id, "zh", settings=SETTINGS, now=NOW)
        ),
        "routing: read_waiting": lambda n: read_waiting,
        "routing: read_loads": lambda n: read_loads,
        "routing: read_past": lambda n: lambda s: read_past(s, waiting(n), SETTINGS, now=NOW),
        "timekeeper: list_due": lambda n: lambda s: list_due(s, now=NOW),
        "timekeeper: list_given": lambda n: list_given,
        "timekeeper: list_longest_waiting": lambda n: list_longest_waiting,
        "list_agents": lambda n: list_agents,
    }


async def _time(database: Database, read: Read) -> float:
    begin = time.perf_counter()
    async with database.read() as session:
        await read(session)
    return time.perf_counter() - begin


def _percentiles(seconds: Sequence[float]) -> dict[str, float]:
    cuts = statistics.quantiles(seconds, n=100)
    return {name: round(cuts[at] * 1000, 2) for name, at in (("p50", 49), ("p95", 94), ("p99", 98))}


async def _count(url: str) -> dict[str, int]:
    """How many rows the larger tables have."""
    database = Database(url)
    try:
        async with database.read() as session:
            return {
                name: await session.scalar(text(f"SELECT count(*) FROM {name}")) or 0
                for name in ("tickets", "ticket_events", "deadlines", "conversations", "messages")
            }
    finally:
        await database.close()


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--url", help="an empty database, or one that was filled before")
    parser.add_argument("--tickets", type=int, default=1_000_000)
    parser.add_argument("--events", type=int, default=10_000_000)
    parser.add_argument("--runs", type=int, default=3)
    chosen = parser.parse_args()
    if chosen.tickets < FEWEST:
        parser.error(f"--tickets: at least {FEWEST:,}, or there would not be as many open ones as a desk has")
    if not (chosen.url or POSTGRES):
        parser.error("name a database with --url, or run it beside scripts/with_services.py")
    with contextlib.nullcontext(chosen.url) if chosen.url else fresh_database() as url:
        upgrade_schema(url)
        rows = asyncio.run(_count(url))
        if not rows["tickets"]:
            asyncio.run(load(url, Size(tickets=chosen.tickets, events=chosen.events)))
            rows = asyncio.run(_count(url))
        result: dict[str, Any] = {
            "machine": machine(),
            "rows": rows,
            "milliseconds": asyncio.run(measure(url, runs=chosen.runs)),
        }
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
