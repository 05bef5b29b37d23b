"""What Slack sends: who may, what is written down before Slack is told so, and that repeats change nothing."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import func, select

from core.connections import ConnectionState, Signs, read_connections
from core.database import Database
from core.messages import Author
from handoff.desk.bolt import listen_on_socket
from handoff.desk.events import SlackEvent
from tests.slack.office import Office, open_office
from tests.slack.sockets import SocketServer
from tests.slack.support import Json
from tests.slack.workspace import Workspace
from tests.telegram.support import running


@pytest.fixture
async def office(database: Database, workspace: Workspace) -> AsyncIterator[Office]:
    async with open_office(database, workspace) as office:
        await workspace.deliver_events_to(None)  # the tests send them themselves
        yield office


async def taken(office: Office) -> str:
    """A ticket that lin has taken; the ts of its card."""
    await office.shop.customer_says("我要人工")
    await office.settle()
    ts = str((await office.card())["ts"])
    await office.press("lin", ts, "take")
    return ts


def message(office: Office, thread: str, text: str, ts: str = "1795690000.000100") -> Json:
    return {
        "type": "message",
        "channel": office.channel,
        "user": office.workspace.users["lin"],
        "text": text,
        "ts": ts,
        "thread_ts": thread,
        "channel_type": "channel",
    }


async def said(office: Office) -> list[str]:
    ticket = await office.shop.ticket()
    record = await office.shop.record(ticket.conversation_id)
    return [each.text for each in record if each.author == Author.AGENT]


async def test_an_event_that_comes_again_is_handled_once(office: Office) -> None:
    ts = await taken(office)
    event = office.workspace.event(message(office, ts, "您好"), event_id="Ev1")
    for _ in range(3):
        assert (await office.post(event)).status_code == 200
    # The same message under another id, as after a reinstallation: its place in Slack is the same.
    await office.post(office.workspace.event(message(office, ts, "您好"), event_id="Ev2"))
    assert await said(office) == ["您好"]


async def test_who_cannot_sign_is_not_heard(office: Office) -> None:
    ts = await taken(office)
    headers, body = office.workspace.event(message(office, ts, "您好"))
    for forged in (
        {**headers, "x-slack-signature": "v0=" + "0" * 64},
        {**headers, "x-slack-request-timestamp": "1700000000"},
        {key: value for key, value in headers.items() if not key.startswith("x-slack")},
    ):
        assert (await office.post((forged, body))).status_code == 401
    assert await said(office) == []
    async with office.shop.database.read() as session:
        assert await session.scalar(select(func.count()).select_from(SlackEvent)) == 0


async def test_what_cannot_be_written_down_is_not_acknowledged(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    ts = await taken(office)
    event = office.workspace.event(message(office, ts, "您好"))
    with monkeypatch.context() as broken:
        broken.setattr(office.shop.database, "write", _away)
        headers, body = event
        answer = await office.http.post("/slack/events", content=body, headers=headers)
        assert answer.status_code >= 500
    assert (await office.post(event)).status_code == 200  # Slack tries again
    assert await said(office) == ["您好"]


async def test_messages_of_a_thread_are_handled_in_their_order(office: Office) -> None:
    ts = await taken(office)
    texts = [f"第 {number} 句" for number in range(10)]
    for number, text in enumerate(texts):
        event = office.workspace.event(message(office, ts, text, f"1795690000.{number:06}"))
        headers, body = event
        await office.http.post("/slack/events", content=body, headers=headers)
    await office.settle()
    assert await said(office) == texts


async def test_what_was_handled_is_not_kept(office: Office) -> None:
    ts = await taken(office)
    await office.post(office.workspace.event(message(office, ts, "您好")))
    async with office.shop.database.read() as session:
        assert list(await session.scalars(select(SlackEvent.event))) == [{}]


async def test_over_socket_mode_it_is_the_same(office: Office) -> None:
    await office.shop.customer_says("我要人工")
    await office.settle()
    ts = str((await office.card())["ts"])
    workspace = office.workspace
    async with SocketServer(workspace).running() as slack:
        door, signs = office.desk._door(), Signs(office.shop.database)
        async with running(listen_on_socket(door, office.desk.slack, workspace.app_token, signs)):
            await slack.connected()
            await slack.send(await workspace.press(workspace.users["lin"], office.channel, ts, "take"))
            await office.settle()
            assert "小林" in str(await office.card())
            await slack.send(workspace.event(message(office, ts, "您好，请讲")))
            await office.settle()
            assert await said(office) == ["您好，请讲"]
            help_ = await slack.send(
                await workspace.command(workspace.users["wei"], "/shouwen help", office.channel)
            )
            assert "You can say" in str(help_)
            await slack.disconnect()
            await asyncio.wait_for(slack.connected(), 10)
        await signs.write()
        async with office.shop.database.read() as session:
            told = (await read_connections(session))["slack.receive"]
        assert (told.state, told.error) == (ConnectionState.FINE, None)


def _away() -> object:
    raise OSError("the database is away")
