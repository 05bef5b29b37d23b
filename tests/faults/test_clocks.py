"""Several timekeepers at once, and clock processes that are killed: every step of every deadline is carried out once."""

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import yaml
from sqlalchemy import func, select

from bench import servers
from bench.department import Department, department
from bench.watch import find_faults
from bot.config import load_config
from core.database import Database
from core.messages import Address, InboundMessage, Kind, Sender
from core.wakeups import LocalWakeups
from handoff.cases import Cases
from handoff.deadlines import Deadline
from handoff.life import TicketState
from handoff.presence import Duty, set_duty
from handoff.settings import DeskSettings
from handoff.tickets import Ticket, TicketEvent
from handoff.timekeeper import Timekeeper

pytestmark = pytest.mark.postgres

KEEPERS = 4
HOURS = (70, 50, 40, 30, 26, 20, 12, 8, 3, 0.3, 0.2)  # ages of tickets: their clocks are at every step
EACH = 14  # tickets of one age
KILLS = 4


async def open_tickets(made: Department, name: str) -> None:
    """Some tickets, of which some are taken, answered, offered, wait for their customers or are resolved."""
    texts = random.choices(["我要人工", "插座冒烟了"], (9, 1), k=EACH)
    await asyncio.gather(
        *(
            made.inbox.record(
                InboundMessage(
                    address=Address(channel="api", chat=f"{name}-{number}"),
                    external_id=f"{name}-{number}",
                    sender=Sender(external_id=f"{name}-{number}"),
                    kind=Kind.TEXT,
                    text=text,
                )
            )
            for number, text in enumerate(texts)
        )
    )
    while await made.turns.step():
        pass
    async with made.database.read() as session:
        new = list(await session.scalars(select(Ticket.id).where(Ticket.state == TicketState.NEW)))
    lin, wei, *_ = made.agents.values()
    for number, ticket_id in enumerate(new[-EACH:]):
        if number % 7 == 0:
            continue
        await made.work.take(ticket_id, lin)
        if number % 7 > 1:
            await made.work.reply(ticket_id, lin, "您好")
        if number % 7 == 3:
            await made.transfers.offer(ticket_id, lin, to=wei, reason="要查财务系统")
        if number % 7 == 4:
            await made.work.wait(ticket_id, lin)
        if number % 7 == 5:
            await made.work.resolve(ticket_id, lin)


async def count_events(database: Database) -> int:
    async with database.read() as session:
        return await session.scalar(select(func.count()).select_from(TicketEvent)) or 0


async def count_due(database: Database, now: datetime) -> int:
    async with database.read() as session:
        query = select(func.count()).select_from(Deadline).where(Deadline.next_at <= now)
        return await session.scalar(query) or 0


async def wait_for_events(database: Database, count: int) -> None:
    async with asyncio.timeout(60):
        while True:
            if await count_events(database) >= count:
                return
            await asyncio.sleep(0.01)


async def wait_until_done(database: Database) -> None:
    async with asyncio.timeout(120):
        while True:
            if not await count_due(database, datetime.now(UTC)):
                return
            await asyncio.sleep(0.2)


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
async def test_of_several_timekeepers_one_carries_out_each_step(
    database: Database, database_url: str
) -> None:
    async with contextlib.AsyncExitStack() as stack:
        now = datetime(2026, 9, 21, 2, tzinfo=UTC)
        made = await stack.enter_async_context(department(database, agents=9, now=now))
        keepers = []
        for _ in range(KEEPERS):
            own = Database(database_url, pool_size=2)
            stack.push_async_callback(own.close)
            cases = Cases(own, LocalWakeups(), pushed=(), settings=made.settings, clock=lambda: made.now)
            keepers.append(Timekeeper(cases))

        async def keep(keeper: Timekeeper) -> None:
            while await keeper.step() or await count_due(database, made.now):
                pass

        for number, minutes in enumerate((2, 3, 6, 4, 12, 30, 60, 240, 600, 1_440, 1_440, 1_440, 2_880)):
            if number < 4:
                await open_tickets(made, f"day{number}")
            async with database.write() as session:
                for agent in (
                    made.agents.values()
                ):  # some are there, so that tickets are given out, taken back, given out
                    duty = random.choice(list(Duty))
                    await set_duty(session, agent.id, duty, now=made.now)
            made.now += timedelta(minutes=minutes)
            await asyncio.gather(*(keep(keeper) for keeper in keepers))
        assert await find_faults(database, made.settings) == []
        async with database.read() as session:
            kinds = dict(
                (
                    await session.execute(select(TicketEvent.kind, func.count()).group_by(TicketEvent.kind))
                ).all()
            )
        assert {"warned", "breached", "escalated", "returned", "reminded", "closed"} <= set(kinds)


@pytest.fixture
async def shop(
    tmp_path: Path, database_url: str
) -> AsyncIterator[tuple[dict[str, str], DeskSettings, Database]]:
    """A folder to run the service in, open round the clock, and what its configuration says of the desk."""
    environment = servers.make_home(tmp_path, {"DATABASE_URL": database_url}, data_folder=tmp_path)
    path = tmp_path / "config.yml"
    config = yaml.safe_load(path.read_text("utf-8"))
    config["desk"]["hours"] = {
        day: ["00:00-24:00"] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
    }
    for queue in config["desk"]["queues"].values():
        queue["owner"] = "lead_service"
    config["desk"]["managers"] = ["lead_care"]
    path.write_text(yaml.safe_dump(config, allow_unicode=True), "utf-8")
    database = Database(database_url)
    yield environment, load_config(path).desk_settings(), database
    await database.close()


@pytest.mark.timeout(240)
@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
async def test_a_clock_that_is_killed_and_started_again_has_carried_out_each_step_once(
    shop: tuple[dict[str, str], DeskSettings, Database], tmp_path: Path
) -> None:
    environment, settings, database = shop
    started = datetime.now(UTC)
    async with department(database, agents=9, now=started, settings=settings) as made:
        for hours in HOURS:
            made.now = started - timedelta(hours=hours)
            await open_tickets(made, f"{hours}")
    before = await count_events(database)
    process = servers.start(("clock",), tmp_path, environment)
    try:
        for _ in range(KILLS):
            await wait_for_events(database, await count_events(database) + random.randrange(5, 40))
            process.kill()
            process.wait()
            assert await count_due(database, datetime.now(UTC)) > 0  # it was in the middle
            process = servers.start(("clock",), tmp_path, environment)
        await wait_until_done(database)
    finally:
        process.kill()
        process.wait()
    assert await count_events(database) > before
    assert await find_faults(database, settings) == []
