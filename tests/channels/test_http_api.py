"""The HTTP API: a message in, the conversation out; bad input told how to mend it, nothing lost."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import func, select

from bot.decisions import Policy
from bot.turn import Brain
from bot.web import create_app
from channels.http_api import routes as http_api
from channels.http_api.tokens import Tokens
from core.clock import utc_now
from core.conversations import Conversation
from core.database import Database
from core.feed import Feed
from core.inbox import Inbox, InboxRow
from core.read_marks import ReadMarks
from core.tokens import add_token, list_tokens, revoke_token
from core.wakeups import LocalWakeups
from handoff.agents import Agent
from handoff.reads import last_read, report_read
from handoff.tickets import Ticket
from handoff.views import get_ticket_view
from tests.bot.conftest import shop as shop  # the fixture
from tests.doubles import ACTIONS, ACTIONS_BY_HEART, ByHeart
from tests.factories import LINKS
from tests.shop import Shop


class Client:
    """An app of the shop's own."""

    def __init__(self, http: httpx.AsyncClient, token: str) -> None:
        self.http = http
        self.headers = {"Authorization": f"Bearer {token}"}

    async def post(self, text: str = "我的订单到哪了", **changes: Any) -> httpx.Response:
        body = {"id": "m1", "customer": {"id": "u1"}, "text": text, **changes}
        return await self.http.post("/api/v1/messages", json=body, headers=self.headers)

    async def get(self, conversation_id: str, **query: Any) -> httpx.Response:
        url = f"/api/v1/conversations/{conversation_id}/messages"
        return await self.http.get(url, params=query, headers=self.headers)


async def token_for(database: Database, name: str) -> str:
    async with database.write() as session:
        return await add_token(session, name, by="lin", now=utc_now())


@pytest.fixture
async def client(shop: Shop) -> AsyncIterator[Client]:
    read_marks = ReadMarks(shop.database, shop.wakeups, on_read=report_read, clock=lambda: shop.now)
    routes = http_api.routes(
        database=shop.database, inbox=shop.inbox, feed=shop.feed, links=LINKS, read_marks=read_marks
    )
    app = create_app(database=shop.database, routers=[routes])
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://shop.test") as http:
        yield Client(http, await token_for(shop.database, "web-shop"))


async def stored(shop: Shop) -> int:
    async with shop.database.read() as session:
        return await session.scalar(select(func.count()).select_from(InboxRow)) or 0


async def test_a_message_is_accepted_and_its_answer_read(shop: Shop, client: Client) -> None:
    accepted = await client.post()
    assert accepted.status_code == 202
    ids = accepted.json()
    await shop.handle()
    answer = (await client.get(ids["conversation_id"], after=ids["message_id"])).json()["messages"]
    assert [(m["author"], m["text"], m["reply_to"]) for m in answer] == [
        ("bot", "订单到哪了：答案", ids["message_id"])
    ]
    whole = (await client.get(ids["conversation_id"])).json()["messages"]
    assert [m["id"] for m in whole] == [ids["message_id"], answer[0]["id"]]


async def test_a_long_poll_ends_when_the_answer_is_there(shop: Shop, client: Client) -> None:
    ids = (await client.post()).json()
    poll = asyncio.create_task(client.get(ids["conversation_id"], after=ids["message_id"], wait=30))
    await asyncio.sleep(0.05)
    await shop.handle()
    assert len((await poll).json()["messages"]) == 1


async def test_a_repeated_id_is_the_same_message_without_a_second_turn(shop: Shop, client: Client) -> None:
    first = (await client.post()).json()
    await shop.handle()
    second = await client.post()
    await shop.handle()
    assert (second.status_code, second.json()) == (202, first)
    assert len((await client.get(first["conversation_id"])).json()["messages"]) == 2


async def test_buttons_are_shown_and_can_be_pressed(shop: Shop, client: Client) -> None:
    ids = (await client.post("那个东西怎么弄")).json()
    await shop.handle()
    (question,) = (await client.get(ids["conversation_id"], after=ids["message_id"])).json()["messages"]
    button = question["buttons"][1]
    pressed = (await client.post(button["label"], id="m2", press=button["action"])).json()
    await shop.handle()
    (answer,) = (await client.get(ids["conversation_id"], after=pressed["message_id"])).json()["messages"]
    assert answer["text"] == "运费：答案"


async def test_a_vote_is_pressed_like_any_button(shop: Shop, client: Client) -> None:
    shop.turns._settings = replace(shop.turns._settings, ask_helpful=True)
    ids = (await client.post("运费多少")).json()
    await shop.handle()
    (answer,) = (await client.get(ids["conversation_id"], after=ids["message_id"])).json()["messages"]
    action = f"helpful:{answer['id']}:yes"
    assert action in [button["action"] for button in answer["buttons"]]
    pressed = (await client.post("", id="m2", press=action)).json()
    await shop.handle()
    (thanks,) = (await client.get(ids["conversation_id"], after=pressed["message_id"])).json()["messages"]
    assert thanks["text"] == "能帮上就好 😊"


@pytest.mark.parametrize(
    ("body", "field", "says"),
    [
        (b"{not json", "body", "valid JSON"),
        (b"", "body", "valid JSON"),
        (b"[]", "body", "object"),
        (b'{"customer": {"id": "u"}, "text": "x"}', "id", "required"),
        (b'{"id": "1", "text": "x"}', "customer", "required"),
        (b'{"id": "1", "customer": {"id": "u"}, "text": "x", "colour": 1}', "colour", "not a known field"),
        (b'{"id": "1", "customer": {"id": "u", "x": 1}, "text": "x"}', "customer.x", "not a known field"),
        (b'{"id": 1, "customer": {"id": "u"}, "text": "x"}', "id", "string"),
        (b'{"id": "1", "customer": {"id": "u"}, "text": "  "}', "text", "empty"),
        (
            b'{"id": "1", "customer": {"id": "u"}, "attachments": [{"url": "file:///etc/passwd"}]}',
            "attachments.0.url",
            "pattern",
        ),
    ],
)
async def test_bad_input_names_the_field_and_stores_nothing(
    shop: Shop, client: Client, body: bytes, field: str, says: str
) -> None:
    answer = await client.http.post("/api/v1/messages", content=body, headers=client.headers)
    assert answer.status_code == 422
    error = answer.json()["error"]
    assert (error["code"], error["field"]) == ("bad_input", field)
    assert says in error["message"]
    assert await stored(shop) == 0


async def test_a_hundred_thousand_characters_are_taken_and_more_are_refused(
    shop: Shop, client: Client
) -> None:
    assert (await client.post("长" * 100_000)).status_code == 202
    assert (await client.post("长" * 100_001, id="m2")).status_code == 422
    assert (await client.post("长" * 400_000, id="m3")).status_code == 413
    assert await stored(shop) == 1


async def test_a_revoked_token_is_refused_from_the_next_request_on_and_a_new_one_goes_on(
    shop: Shop, client: Client
) -> None:
    ids = (await client.post()).json()
    async with shop.database.write() as session:
        await revoke_token(session, "web-shop", by="lin", now=utc_now())
    refused = [await client.post(id="m2"), await client.get(ids["conversation_id"])]
    assert [each.status_code for each in refused] == [401, 401]
    assert await stored(shop) == 1
    again = Client(client.http, await token_for(shop.database, "web-shop"))
    assert (await again.get(ids["conversation_id"])).status_code == 200


async def test_when_a_token_was_last_used_is_known_to_the_minute(shop: Shop, client: Client) -> None:
    now = utc_now()

    async def used(tokens: Tokens) -> datetime | None:
        await tokens.check_app(client.headers["Authorization"])
        async with shop.database.read() as session:
            return (await list_tokens(session))[0].last_used_at

    def at(seconds: float) -> Tokens:
        return Tokens(shop.database, clock=lambda: now + timedelta(seconds=seconds))

    assert await used(at(0)) == now
    assert await used(at(59)) == now
    assert await used(at(61)) == now + timedelta(seconds=61)


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer wrong", "Basic abc", "wrong"])
async def test_without_a_known_token_nothing_is_told_or_taken(
    shop: Shop, client: Client, header: str | None
) -> None:
    client.headers = {} if header is None else {"Authorization": header}
    for answer in (await client.post(), await client.get("01a20472-3aa9-74b6-9a1f-d9a169ef8e1a")):
        assert answer.status_code == 401
        assert "shouwen token add" in answer.json()["error"]["message"]
    assert await stored(shop) == 0


async def test_an_app_sees_only_its_own_customers(shop: Shop, client: Client) -> None:
    ids = (await client.post()).json()
    other = Client(client.http, await token_for(shop.database, "other-app"))
    assert (await other.get(ids["conversation_id"])).status_code == 404
    theirs = (await other.post()).json()  # the same ids in another app are other messages
    assert theirs["message_id"] != ids["message_id"]
    assert theirs["conversation_id"] != ids["conversation_id"]


async def test_questions_about_what_does_not_exist_are_told_so(shop: Shop, client: Client) -> None:
    nobody = "01a20472-3aa9-74b6-9a1f-d9a169ef8e1a"
    assert (await client.get(nobody)).status_code == 404
    ids = (await client.post()).json()
    assert (await client.get(ids["conversation_id"], after=nobody)).status_code == 404
    assert (await client.get("not-an-id")).status_code == 422
    assert (await client.get(ids["conversation_id"], wait="soon")).status_code == 422
    assert (await client.get(ids["conversation_id"], wait=3600)).status_code == 422


async def test_the_agents_name_is_shown(shop: Shop, client: Client) -> None:
    ids = (await client.post("我要人工")).json()
    await shop.handle()
    lin = await shop.agent("小林")
    (ticket,) = await shop.tickets()
    await shop.work.take(ticket.id, lin)
    await shop.work.reply(ticket.id, lin, "您好")
    said = (await client.get(ids["conversation_id"])).json()["messages"]
    assert [(m["author"], m.get("name")) for m in said][-1] == ("agent", "小林")


async def test_while_the_database_is_away_an_app_is_told_to_send_again() -> None:
    away = Database("postgresql://nobody@127.0.0.1:1/nowhere")
    wakeups = LocalWakeups()
    async with Inbox(away, wakeups).running() as inbox, Feed(away, wakeups).running() as feed:
        read_marks = ReadMarks(away, LocalWakeups(), on_read=report_read)
        routes = http_api.routes(database=away, inbox=inbox, feed=feed, links=LINKS, read_marks=read_marks)
        app = create_app(database=away, routers=[routes])
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://shop.test") as http:
            answer = await Client(http, "some-token").post()
            ready = await http.get("/readyz")
    await away.close()
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "unavailable")
    assert "send it again" in answer.json()["error"]["message"]
    assert ready.status_code == 503


async def test_the_documentation_is_served_without_other_hosts(client: Client) -> None:
    page = await client.http.get("/docs")
    schema = (await client.http.get("/openapi.json")).json()
    assert page.status_code == 200
    assert "https://" not in page.text
    assert {"/api/v1/messages", "/api/v1/conversations/{conversation_id}/messages"} <= set(schema["paths"])


async def test_health_readiness_and_metrics(client: Client) -> None:
    assert (await client.http.get("/healthz")).json() == {"status": "ok"}
    assert (await client.http.get("/readyz")).json() == {"status": "ok"}
    assert "shouwen_messages_handled" in (await client.http.get("/metrics")).text


async def test_files_and_buttons_of_an_answer_are_shown(shop: Shop, client: Client) -> None:
    brain = Brain(interpreter=ByHeart(ACTIONS_BY_HEART), knowledge=ACTIONS, policy=Policy(answer_at=0.6))
    shop.turns.brain = brain
    conversation = (await client.post("说明书")).json()["conversation_id"]
    await shop.handle()
    question, answer = (await client.get(conversation)).json()["messages"]
    assert "attachments" not in question
    assert answer["attachments"] == [
        {"url": "https://shop.example/m.pdf", "name": "说明书.pdf", "mime": "application/pdf"},
        {"url": "https://shop.example/m.png", "name": "图.png", "mime": "image/png"},
    ]
    assert [button["action"] for button in answer["buttons"]] == [
        "entry:repair",
        "entry:delivery_fee",
        "human",
    ]


async def talk(shop: Shop, client: Client) -> tuple[str, Ticket, Agent]:
    """A customer of the app's, and 小林, who has their ticket."""
    ids = (await client.post("我要人工")).json()
    await shop.handle()
    ticket, agent = await shop.ticket(), await shop.agent("小林")
    await shop.work.take(ticket.id, agent)
    return ids["conversation_id"], ticket, agent


async def test_a_correction_and_a_withdrawal_come_as_entries_of_their_own(shop: Shop, client: Client) -> None:
    conversation_id, ticket, agent = await talk(shop, client)
    first = await shop.work.reply(ticket.id, agent, "星期三到")
    second = await shop.work.reply(ticket.id, agent, "不该说的")
    read = (await client.get(conversation_id)).json()["messages"]
    assert [message["text"] for message in read[-2:]] == ["星期三到", "不该说的"]
    await shop.work.correct(ticket.id, agent, first, "星期四到")
    await shop.work.withdraw(ticket.id, agent, second)
    news = (await client.get(conversation_id, after=str(second))).json()["messages"]
    assert [(m["kind"], m["amends"], m["text"], "reply_to" in m) for m in news] == [
        ("correction", str(first), "星期四到", False),
        ("withdrawal", str(second), "", False),
    ]
    # Who reads it all later gets nothing that was taken back.
    whole = (await client.get(conversation_id)).json()["messages"]
    assert [message["text"] for message in whole[-4:]] == ["星期四到", "", "星期四到", ""]
    assert "不该说的" not in str(whole)


async def test_an_app_tells_what_was_read_and_the_desk_knows(shop: Shop, client: Client) -> None:
    conversation_id, ticket, agent = await talk(shop, client)
    first = await shop.work.reply(ticket.id, agent, "星期三到")
    await shop.work.reply(ticket.id, agent, "还有别的吗？")

    async def read(message_id: object, path: str = conversation_id) -> int:
        url = f"/api/v1/conversations/{path}/read"
        answer = await client.http.post(url, json={"message_id": str(message_id)}, headers=client.headers)
        return answer.status_code

    async def mark() -> tuple[int, object]:
        async with shop.database.read() as session:
            conversation = await session.get_one(Conversation, ticket.conversation_id)
            return conversation.read_seq, conversation.read_at

    record = await shop.record(ticket.conversation_id)
    assert await read(record[0].id) == 204  # before anybody of us wrote: nothing to tell
    assert await mark() == (0, None)
    assert await read(first) == 204
    at = shop.now
    assert await mark() == (record[-2].seq, at)
    shop.time_passes(minutes=5)
    assert [await read(first), await read(record[0].id)] == [204, 204]
    assert await mark() == (record[-2].seq, at)
    async with shop.database.read() as session:
        view = await get_ticket_view(session, ticket.id)
    assert (found := last_read(view)) and found.text == "星期三到"
    # Its old wording has been read, not the new one.
    await shop.work.correct(ticket.id, agent, first, "星期四到")
    async with shop.database.read() as session:
        assert last_read(await get_ticket_view(session, ticket.id)) is None
    assert await read(uuid4()) == 404
    assert await read(first, path=str(uuid4())) == 404
    assert await read("x") == 422
