"""How long the console's pages take with a million messages and a hundred thousand tickets.

    python scripts/with_services.py --durable python -m bench.console_pages        # some minutes until it is filled

Fills a database of its own, or the one of --url unless that was done before (`bench.report_data`), has all figures counted by
the keeper as after an upgrade, starts the service's web role, and asks for each page `CALLS` times, one after the other, as a
browser does that is signed in. Prints JSON: milliseconds by page until the whole answer is there, and what the counting took.
"""

import argparse
import asyncio
import contextlib
import json
import statistics
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx
from sqlalchemy import Select, func, select
from sqlalchemy.orm import InstrumentedAttribute

from bench import found_data
from bench.console_data import load_console
from bench.databases import POSTGRES, fresh_database
from bench.desk_data import NOW
from bench.machine import machine
from bench.report_data import TICKETS, load_reports
from bench.servers import make_home, running, wait_until_ready
from bot.schema import upgrade_schema
from core.clock import utc_now
from core.conversations import Message
from core.database import Database, table_of
from handoff.agents import Role, add_agent, find_agent
from handoff.complaints.records import Complaint
from handoff.gaps.tables import Gap, GapMessage
from handoff.reporting.keeper import Keeper, read_progress
from handoff.reporting.tables import DayFigure, SessionFact, TicketFact
from handoff.tickets import Ticket

CALLS = 100
WARM_UP = 10
ZONE = ZoneInfo("Asia/Shanghai")
USER, PASSWORD = "bench", "correct horse battery"

_YEAR = "from=2025-11-27&to=2026-11-26"
_OVERVIEW = "/console/overview"
PAGES: Mapping[str, str] = {
    "overview, now": f"{_OVERVIEW}/now",
    "overview, a day": f"{_OVERVIEW}?unit=day&on={NOW:%Y-%m-%d}",
    "overview, a week": f"{_OVERVIEW}?unit=week&on={NOW:%Y-%m-%d}",
    "overview, a month": f"{_OVERVIEW}?unit=month&on={NOW:%Y-%m-%d}",
    "overview, a year": f"{_OVERVIEW}?{_YEAR}",
    "report of a month": f"{_OVERVIEW}/report?month={NOW:%Y-%m}",
    "list: tickets of a month": f"{_OVERVIEW}/list?figure=opened&from=2026-10-01&to=2026-10-31",
    "list: slowest responses of a year": f"{_OVERVIEW}/list?figure=first_response&{_YEAR}",
    "list: conversations the bot solved, of a year": f"{_OVERVIEW}/list?figure=conversations&key=*%7C*%7Csolved&{_YEAR}",
    "list: an entry, of a year": f"{_OVERVIEW}/list?figure=answers&key=entry_7&{_YEAR}",
    "list: missed promises of a year": f"{_OVERVIEW}/list?figure=promises&key=*%7Cmissed&{_YEAR}",
    "CSV of a month": f"{_OVERVIEW}/figures.csv?from=2026-10-01&to=2026-10-31",
    "XLSX of a month": f"{_OVERVIEW}/figures.xlsx?from=2026-10-01&to=2026-10-31",
    "customers": "/console/customers",
    "customers, the hundredth page": "/console/customers?page=100",
    "customers by a part of the name": "/console/customers?q=123",
    "customers by a number": "/console/customers?q=138%200000%204000",
    "customers by a tag": "/console/customers?tag=wholesale",
    "customers who are nobody": "/console/customers?q=nobody",
    "customers who may be one": "/console/customers/merges",
    "gaps": "/console/gaps",
    "gaps that are done": "/console/gaps?view=done",
    "audit log": "/console/audit",
    "audit log, by words": "/console/audit?q=merge+entry_77",
    "audit log, by words that are nowhere": "/console/audit?q=nobody",
    "knowledge": "/console/knowledge",
    "knowledge, by words": "/console/knowledge?q=%E7%AC%AC1%E4%B8%AA",
    "knowledge, least helpful first": "/console/knowledge?order=helpful",
    "an entry": "/console/knowledge/entries/entry_77",
}


async def prepare(url: str, *, tickets: int) -> dict[str, Any]:
    """Fill and count what is not yet; how much there is, and what the counting took."""
    database = Database(url)
    try:
        async with database.read() as session:
            is_filled = await session.scalar(select(func.count()).select_from(Ticket))
            has_beside = await session.scalar(select(func.count()).select_from(Gap))
            has_complaints = await session.scalar(select(func.count()).select_from(Complaint))
        if not is_filled:
            await load_reports(url, tickets=tickets)
        if not has_beside:
            await load_console(url)
        if not has_complaints:
            await found_data.load_found(url)
        async with database.read() as session:
            is_counted = await read_progress(session)
        seconds = None
        if is_counted is None or is_counted.is_recount:
            begin = time.perf_counter()
            await Keeper(database, zone=ZONE).count()
            seconds = round(time.perf_counter() - begin, 1)
        async with database.write() as session:
            if await find_agent(session, USER) is None:
                await add_agent(
                    session, username=USER, name=USER, password=PASSWORD, role=Role.ADMIN, now=utc_now()
                )
        async with database.read() as session:
            rows = {
                str(table.name): await session.scalar(select(func.count()).select_from(table))
                for table in map(table_of, (Message, Ticket, DayFigure, SessionFact, TicketFact))
            }
            pages = {**PAGES, **found_data.PAGES, **await found_data.ticket_pages(session)}
    finally:
        await database.close()
    return {"rows": rows, "seconds to count all": seconds, "pages": pages}


async def find_pages(url: str) -> dict[str, str]:
    """Of a customer and of a gap, those with most."""
    database = Database(url)
    try:
        async with database.read() as session:
            customer = await session.scalar(_most(Ticket.customer_id))
            gap = await session.scalar(_most(GapMessage.gap_id))
    finally:
        await database.close()
    return {"a customer": f"/console/customers/{customer}", "a gap": f"/console/gaps/{gap}"}


def _most(column: InstrumentedAttribute[Any]) -> Select[Any]:
    return select(column).group_by(column).order_by(func.count().desc(), column).limit(1)


async def measure(url: str, pages: Mapping[str, str]) -> dict[str, dict[str, float]]:
    """Milliseconds of each page."""
    async with httpx.AsyncClient(base_url=url, headers={"Accept": "text/html"}, timeout=60) as browser:
        signed_in = await browser.post("/console/sign-in", data={"username": USER, "password": PASSWORD})
        assert signed_in.status_code == 303, signed_in.text
        return {name: await _time(browser, address) for name, address in pages.items()}


async def _time(browser: httpx.AsyncClient, address: str) -> dict[str, float]:
    taken = []
    for number in range(-WARM_UP, CALLS):
        begin = time.perf_counter()
        answer = await browser.get(address)
        if number >= 0:
            taken.append(time.perf_counter() - begin)
        assert answer.status_code == 200, f"{address}: {answer.status_code}"
    cuts = statistics.quantiles(taken, n=100)
    return {name: round(cuts[at] * 1000, 1) for name, at in (("p50", 49), ("p95", 94))}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--url", help="an empty PostgreSQL database, or one that was filled before")
    parser.add_argument("--tickets", type=int, default=TICKETS)
    parser.add_argument("--only", help="pages with this in their names")
    chosen = parser.parse_args()
    if not (chosen.url or POSTGRES):
        parser.error("name a database with --url, or run it beside scripts/with_services.py")
    with (
        contextlib.nullcontext(chosen.url) if chosen.url else fresh_database() as url,
        tempfile.TemporaryDirectory() as folder,
    ):
        upgrade_schema(url)
        prepared = asyncio.run(prepare(url, tickets=chosen.tickets))
        pages = prepared.pop("pages") | asyncio.run(find_pages(url))
        home = Path(folder)
        variables = make_home(home, {"DATABASE_URL": url})
        address = f"http://127.0.0.1:{variables['PORT']}"
        if chosen.only:
            pages = {name: page for name, page in pages.items() if chosen.only in name}
        with running(("web",), home, variables) as process:
            wait_until_ready(address, [process])
            result = {"machine": machine(), **prepared, "milliseconds": asyncio.run(measure(address, pages))}
    print(json.dumps(result, indent=2, ensure_ascii=False))


if __name__ == "__main__":
    main()
