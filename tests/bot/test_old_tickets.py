"""Tickets of before the service desk: what the upgrade makes of them, and that their clocks run from then on."""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from alembic import command
from alembic.config import Config as AlembicConfig
from sqlalchemy import select, text

from bot.schema import FOLDER, upgrade_schema
from core.database import Database, async_url
from core.wakeups import LocalWakeups
from handoff.cases import Cases
from handoff.deadlines import Deadline
from handoff.history import replay
from handoff.kinds import IncidentClass, TicketKind
from handoff.life import TicketState
from handoff.tickets import Ticket, TicketEvent
from handoff.timekeeper import Timekeeper
from tests.shop import DESK, OPEN

LIN, CUSTOMER, CONVERSATION, OTHER = uuid4(), uuid4(), uuid4(), uuid4()
OLD = "0002"


def test_old_tickets_live_on(database_url: str) -> None:
    asyncio.run(empty(database_url))
    config = AlembicConfig()
    config.set_main_option("script_location", str(FOLDER))
    config.attributes["url"] = async_url(database_url).render_as_string(hide_password=False)
    command.upgrade(config, OLD)
    asyncio.run(fill(database_url))
    upgrade_schema(database_url)
    asyncio.run(check(database_url))


async def empty(url: str) -> None:
    database = Database(url)
    async with database.engine.begin() as connection:
        if database.is_sqlite:
            names = await connection.scalars(
                text("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'")
            )
            for name in names.all():
                await connection.execute(text(f"DROP TABLE {name}"))
        else:
            await connection.execute(text("DROP SCHEMA public CASCADE"))
            await connection.execute(text("CREATE SCHEMA public"))
    await database.close()


async def fill(url: str) -> None:
    """A waiting complaint that somebody works on, and an emergency that is resolved."""
    database = Database(url)

    def key(value: UUID) -> object:
        return value.hex if database.is_sqlite else value

    def at(minutes: int) -> object:
        moment = OPEN + timedelta(minutes=minutes)
        return moment.strftime("%Y-%m-%d %H:%M:%S.%f") if database.is_sqlite else moment

    async with database.write() as session:

        async def add(table: str, **values: object) -> None:
            names = ", ".join(values)
            marks = ", ".join(f":{name}" for name in values)
            await session.execute(text(f"INSERT INTO {table} ({names}) VALUES ({marks})"), values)

        await add("agents", id=key(LIN), username="lin", name="小林", created_at=at(0))
        await add("customers", id=key(CUSTOMER), name="王小姐", created_at=at(0))
        for conversation, state, reason, number in (
            (CONVERSATION, "waiting", "complaint", 41),
            (OTHER, "resolved", "emergency", 12_345),
        ):
            await add(
                "conversations",
                id=key(conversation),
                customer_id=key(CUSTOMER),
                channel="webchat",
                chat=str(number),
                owner="human",
                epoch=1,
                last_seq=0,
                state="{}",
                created_at=at(0),
            )
            await add(
                "tickets",
                id=key(conversation),
                number=number,
                conversation_id=key(conversation),
                customer_id=key(CUSTOMER),
                queue="care",
                reason=reason,
                priority="urgent" if reason == "emergency" else "normal",
                state=state,
                language="zh",
                assignee_id=key(LIN),
                summary="{}",
                opened_at=at(0),
                taken_at=at(2),
                resolved_at=at(9) if state == "resolved" else None,
            )
            story = [("opened", 0, None), ("taken", 2, LIN), ("replied", 5, LIN), ("customer_wrote", 6, None)]
            story += [("waits", 7, LIN)] if state == "waiting" else [("resolved", 9, LIN)]
            for kind, minutes, agent in story:
                await add(
                    "ticket_events",
                    ticket_id=key(conversation),
                    kind=kind,
                    at=at(minutes),
                    agent_id=key(agent) if agent else None,
                    data=f'{{"reason": "{reason}", "queue": "care"}}' if kind == "opened" else "{}",
                )
    await database.close()


async def check(url: str) -> None:
    database = Database(url)
    later = OPEN + timedelta(hours=1)
    cases = Cases(database, LocalWakeups(), pushed=(), settings=DESK, clock=lambda: later)
    await Timekeeper(cases).recalculate()
    async with database.read() as session:
        tickets = {ticket.id: ticket for ticket in await session.scalars(select(Ticket))}
        for ticket in tickets.values():
            query = (
                select(TicketEvent).where(TicketEvent.ticket_id == ticket.id).order_by(TicketEvent.position)
            )
            facts = replay(list(await session.scalars(query)))
            # The log of before does not say who was asked first but by who took it.
            assert facts == ticket.facts
        due = {(row.ticket_id, row.promise): row.due_at for row in await session.scalars(select(Deadline))}
    waiting, emergency = tickets[CONVERSATION], tickets[OTHER]
    assert (waiting.number, emergency.number) == ("SW-2611-0041", "SW-2611-12345")
    assert (waiting.kind, waiting.state, waiting.first_owner_id) == (
        TicketKind.COMPLAINT,
        TicketState.WAITING,
        LIN,
    )
    assert (emergency.kind, emergency.incident) == (TicketKind.INCIDENT, IncidentClass.GRAVE)
    assert due[CONVERSATION, "answer"] == OPEN + timedelta(minutes=7, days=3)
    assert due[CONVERSATION, "next_response"] is None  # it is the customer's turn
    assert due[OTHER, "confirm"] == datetime(2026, 11, 26, 2, 9, tzinfo=UTC)
    await database.close()
