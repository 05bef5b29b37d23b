"""Alerts on their way out: at least once, each by itself, and given up at last."""

import asyncio
import threading
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from uuid import UUID

import orjson
import pytest
from sqlalchemy import select

from core.database import Database
from core.ids import new_id
from handoff.agents import add_agent, find_agent
from handoff.alert_sender import BURST, MAX_ATTEMPTS, AlertNotice, AlertSender
from handoff.alerts import Alert, AlertDelivery, AlertKind, raise_alert
from handoff.tickets import Ticket
from handoff.webhook_alerts import WebhookPort
from tests.handoff.tickets import make_ticket
from tests.shop import DESK

NOW = datetime(2026, 11, 23, 2, tzinfo=UTC)


class Receiver:
    """A web server that keeps what is posted; `refuses` so many posts first."""

    def __init__(self) -> None:
        self.posts: list[tuple[str, dict[str, object]]] = []
        self.refuses = 0
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if receiver.refuses:
                    receiver.refuses -= 1
                    self.send_response(503)
                else:
                    receiver.posts.append((self.headers["Idempotency-Key"], orjson.loads(body)))
                    self.send_response(204)
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/alerts"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    thread = threading.Thread(target=made.server.serve_forever)
    thread.start()
    yield made
    made.server.shutdown()
    made.server.server_close()
    thread.join()


class Broken:
    """A port whose other end is never there."""

    name = "webhook"
    gathers = False

    def __init__(self) -> None:
        self.tries: list[UUID] = []

    async def send(self, notices: Sequence[AlertNotice]) -> None:
        self.tries += [notice.id for notice in notices]
        raise ConnectionError("nobody listens")


class Gathering:
    """A port that takes a burst as one; `away` as long as nobody is there."""

    name = "webhook"
    gathers = True

    def __init__(self) -> None:
        self.sent: list[list[tuple[str, AlertKind]]] = []
        self.away = False

    async def send(self, notices: Sequence[AlertNotice]) -> None:
        if self.away:
            raise ConnectionError("nobody listens")
        self.sent.append([(str(notice.id), notice.kind) for notice in notices])


async def alerted(
    database: Database, *, times: int = 1, kind: AlertKind = AlertKind.BREACH, ticket: Ticket | None = None
) -> list[UUID]:
    """So many alerts that have to go out by the port webhook; returns the ids of all there are."""
    ticket = ticket or await make_ticket(database, now=NOW)
    settings = type(DESK)(**{**vars(DESK), "alert_ports": ("webhook",)})
    async with database.write() as session:
        if await find_agent(session, "boss") is None:
            await add_agent(session, username="boss", name="班长", password=None, now=NOW)
        for _ in range(times):
            await raise_alert(
                session,
                ticket,
                kind,
                settings=settings,
                at=NOW,
                usernames=["boss"],
                promise="take",
                cause=str(new_id()),
            )
    async with database.read() as session:
        return list(await session.scalars(select(Alert.id).order_by(Alert.id)))


async def test_an_alert_is_posted_and_again_until_it_is_taken(database: Database, receiver: Receiver) -> None:
    (alert_id,) = await alerted(database)
    receiver.refuses = 1
    now = NOW
    port = WebhookPort(receiver.url)
    sender = AlertSender(database, [port], clock=lambda: now)
    assert await sender.step()
    assert receiver.posts == []
    assert not await sender.step()  # not at once again
    now += timedelta(minutes=1)
    assert await sender.step()
    ((key, body),) = receiver.posts
    assert key == body["id"] == str(alert_id)
    assert (body["kind"], body["promise"], body["recipients"]) == ("breach", "take", ["boss"])
    assert body["ticket"] == "SW-2611-0001"
    now += timedelta(days=1)
    assert not await sender.step()
    await port.close()


async def test_of_several_senders_one_sends_each(database: Database, receiver: Receiver) -> None:
    ids = await alerted(database, times=12)
    port = WebhookPort(receiver.url)
    senders = [AlertSender(database, [port], clock=lambda: NOW) for _ in range(3)]

    async def work(sender: AlertSender) -> None:
        while await sender.step():
            pass

    await asyncio.gather(*map(work, senders))
    assert sorted(key for key, _ in receiver.posts) == sorted(map(str, ids))
    await port.close()


async def test_what_nobody_takes_is_given_up_and_the_reason_kept(database: Database) -> None:
    await alerted(database)
    now, port = NOW, Broken()
    sender = AlertSender(database, [port], clock=lambda: now)
    for _ in range(MAX_ATTEMPTS + 3):
        await sender.step()
        now += timedelta(hours=1)
    assert len(port.tries) == MAX_ATTEMPTS
    async with database.read() as session:
        delivery = await session.scalar(select(AlertDelivery))
    assert delivery is not None
    assert (delivery.due_at, delivery.error) == (None, "nobody listens")


async def test_a_burst_comes_as_one_where_the_port_wants_it(database: Database) -> None:
    ids = await alerted(database, times=BURST)
    port, now = Gathering(), NOW
    sender = AlertSender(database, [port], clock=lambda: now)
    port.away = True
    assert await sender.step()
    assert not await sender.step()  # all of them wait for the next try
    port.away = False
    now += timedelta(minutes=1)
    while await sender.step():
        pass
    assert port.sent == [[(str(each), AlertKind.BREACH) for each in ids]]


async def test_a_few_come_one_by_one_and_other_kinds_are_not_counted_with_them(database: Database) -> None:
    ticket = await make_ticket(database, now=NOW)
    await alerted(database, times=BURST - 1, ticket=ticket)
    await alerted(database, times=BURST - 1, kind=AlertKind.WARNING, ticket=ticket)
    port = Gathering()
    sender = AlertSender(database, [port], clock=lambda: NOW)
    while await sender.step():
        pass
    assert [len(each) for each in port.sent] == [1] * 2 * (BURST - 1)


async def test_what_asks_somebody_to_act_never_goes_into_a_burst(database: Database) -> None:
    await alerted(database, times=2 * BURST, kind=AlertKind.PAGE)
    port = Gathering()
    sender = AlertSender(database, [port], clock=lambda: NOW)
    while await sender.step():
        pass
    assert [len(each) for each in port.sent] == [1] * 2 * BURST
