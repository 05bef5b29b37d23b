"""The protocol of the web chat, spoken to a real server."""

import json
import secrets
import uuid
from hashlib import sha256
from typing import Any

import pytest
from sqlalchemy import func, select, text

from channels.webchat.examining import address_of, examine_webchat
from channels.webchat.frames import MAX_FRAME, MAX_TEXT
from channels.webchat.socket import FRAMES_AT_ONCE
from core.clock import utc_now
from core.conversations import Conversation, Draft, Message, lock_conversation
from core.customers import Customer, Identity
from core.database import Database
from core.feed import PAGE
from core.findings import Grade
from core.inbox import InboxRow
from core.messages import Attachment, Author
from core.posting import Posting
from core.typing_signs import Side, TypingSign
from handoff.agents import Agent, add_agent
from handoff.privacy.erasure import erase_customers
from handoff.tickets import Ticket
from tests.webchat.conftest import Visit
from tests.webchat.server import KNOWLEDGE, ORDER_ANSWER, ChatServer


async def count(database: Database, table: type[Any]) -> int:
    async with database.read() as session:
        return await session.scalar(select(func.count()).select_from(table)) or 0


async def test_a_question_is_acknowledged_recorded_and_answered(visit: Visit) -> None:
    async with visit() as visitor:
        assert await visitor.receive() == {"type": "welcome", "conversation_id": None}
        key = str(uuid.uuid4())
        await visitor.send(type="message", id=key, text="Where is my order?")
        ack = await visitor.until("ack")
        assert ack["id"] == key
        question, answer = await visitor.messages(2)
        assert question["id"] == ack["message_id"]
        assert (question["author"], question["text"]) == ("customer", "Where is my order?")
        assert (answer["author"], answer["text"]) == ("bot", ORDER_ANSWER["en"])
        assert answer["reply_to"] == question["id"]


async def test_only_a_first_message_makes_a_conversation(visit: Visit, database: Database) -> None:
    async with visit() as visitor:
        await visitor.until("welcome")
        assert await count(database, Conversation) == 0
        await visitor.say("Where is my order?")
        assert await count(database, Conversation) == 1


async def test_the_chat_is_tried_as_a_visitor_and_nothing_is_left_of_it(
    server: ChatServer, database: Database
) -> None:
    (found,) = await examine_webchat(server.url.replace("http", "ws", 1))
    assert (found.code, found.grade) == ("webchat_fine", Grade.FINE)
    assert await count(database, Conversation) == 0


@pytest.mark.parametrize(
    ("host", "address"),
    [("0.0.0.0", "ws://127.0.0.1:80"), ("::", "ws://[::1]:80"), ("10.0.0.7", "ws://10.0.0.7:80")],
)
def test_a_server_is_reached_from_its_own_machine(host: str, address: str) -> None:
    assert address_of(host, 80) == address


async def test_of_the_secret_only_its_digest_is_stored(visit: Visit, secret: str, database: Database) -> None:
    async with visit() as visitor:
        await visitor.say("Where is my order?")
    digest = sha256(secret.encode()).hexdigest()
    async with database.read() as session:
        assert (await session.scalars(select(Conversation.chat))).all() == [digest]
        assert (await session.scalars(select(Identity.external_id))).all() == [digest]
        assert all(secret not in known for known in await session.scalars(select(InboxRow.external_id)))


async def test_who_comes_back_reads_everything_from_the_start(visit: Visit) -> None:
    async with visit() as visitor:
        await visitor.say("Where is my order?")
        before = await visitor.messages(2)
    async with visit() as visitor:
        welcome = await visitor.until("welcome")
        assert welcome["conversation_id"] is not None
        assert await visitor.messages(2) == before


async def test_who_reconnects_reads_only_what_is_new(visit: Visit) -> None:
    async with visit() as visitor:
        await visitor.say("Where is my order?")
        question, answer = await visitor.messages(2)
    async with visit(after=question["id"]) as visitor:
        assert await visitor.messages(1) == [answer]
    async with visit(after=answer["id"]) as visitor:
        await visitor.say("我的订单到哪了")
        assert [m["text"] for m in await visitor.messages(2)] == ["我的订单到哪了", ORDER_ANSWER["zh"]]


async def test_a_place_that_is_gone_means_from_the_start(visit: Visit) -> None:
    async with visit() as visitor:
        await visitor.say("Where is my order?")
        before = await visitor.messages(2)
    async with visit(after=str(uuid.uuid4())) as visitor:
        assert await visitor.messages(2) == before


async def test_more_than_a_page_of_history_comes_whole_and_in_order(visit: Visit) -> None:
    texts = [f"order {number}" for number in range(PAGE // 2 + 5)]
    for start in range(0, len(texts), 20):  # a new socket for each part, so that none is too fast
        async with visit() as visitor:
            for said in texts[start : start + 20]:
                await visitor.say(said)
    async with visit() as visitor:
        told: list[str] = []
        while len(told) < len(texts):
            message = await visitor.until("message")
            if message["author"] == "customer":
                told.append(message["text"])
        assert told == texts


async def test_sent_again_it_counts_once(visit: Visit, database: Database) -> None:
    key = str(uuid.uuid4())
    async with visit() as visitor:
        first = await visitor.say("Where is my order?", id=key)
        await visitor.messages(2)
    async with visit() as visitor:
        assert await visitor.say("Where is my order?", id=key) == first
        assert await visitor.say("Where is my order?", id=key.upper()) == first
        await visitor.say("order again")
        assert [m["text"] for m in await visitor.messages(3)][2] == "order again"
    assert await count(database, InboxRow) == 2


async def test_two_visitors_may_use_the_same_message_id(visit: Visit, database: Database) -> None:
    key = str(uuid.uuid4())
    async with visit() as one, visit(visitor=secrets.token_urlsafe(32)) as other:
        first = await one.say("Where is my order?", id=key)
        second = await other.say("Where is my order?", id=key)
    assert first["message_id"] != second["message_id"]
    assert await count(database, Conversation) == 2


async def test_two_tabs_of_a_visitor_show_the_same(visit: Visit) -> None:
    async with visit() as one:
        await one.say("Where is my order?")
        seen = await one.messages(2)
        async with visit() as other:
            assert await other.messages(2) == seen
            await other.say("and my other order")
            assert await one.messages(2) == await other.messages(2)


async def test_a_button_is_offered_and_pressed(visit: Visit) -> None:
    async with visit() as visitor:
        await visitor.say("blah")
        _, question = await visitor.messages(2)
        button = question["buttons"][0]
        assert button == {
            "action": "entry:order_status",
            "label": KNOWLEDGE.entries["order_status"].title["en"],
        }
        await visitor.send(type="press", id=str(uuid.uuid4()), **button)
        pressed, answer = await visitor.messages(2)
        assert (pressed["author"], pressed["text"]) == ("customer", button["label"])
        assert pressed["press"] == button["action"] and "press" not in question
        assert answer["text"] == ORDER_ANSWER["en"]


async def test_an_agent_speaks_under_their_name(visit: Visit, server: ChatServer, database: Database) -> None:
    async with visit() as visitor:
        await visitor.say("a person please")
        _, notice = await visitor.messages(2)
        assert notice["author"] == "bot"
        async with database.write() as session:
            agent = await add_agent(session, username="li", name="李晓", password=None, now=utc_now())
            ticket_id = (await session.scalars(select(Ticket.id))).one()
        await server.work.take(ticket_id, agent)
        await server.work.reply(ticket_id, agent, "Hello, I am here.")
        joined, reply = await visitor.messages(2)
        assert joined["author"] == "system"
        assert (reply["author"], reply["name"], reply["text"]) == ("agent", "李晓", "Hello, I am here.")


async def test_who_was_erased_begins_anew_in_an_open_chat_and_in_a_new_one(
    visit: Visit, database: Database
) -> None:
    async with visit() as visitor:
        await visitor.send(type="message", id=str(uuid.uuid4()), text="Where is my order?")
        await visitor.messages(2)
        async with database.write() as session:
            await erase_customers(session, list(await session.scalars(select(Customer.id))))
        await visitor.send(type="message", id=str(uuid.uuid4()), text="Another order, please")
        question, answer = await visitor.messages(2)
        assert (question["text"], answer["text"]) == ("Another order, please", ORDER_ANSWER["en"])
        async with visit() as again:
            texts = [message["text"] for message in await again.messages(2)]
    assert texts == ["Another order, please", ORDER_ANSWER["en"]]
    assert await count(database, Customer) == 2


async def test_the_widgets_language_is_answered_where_the_text_tells_none(visit: Visit) -> None:
    async with visit(language="en-GB") as visitor:
        await visitor.say("?!")
        _, reply = await visitor.messages(2)
        assert reply["text"].isascii() or "“" in reply["text"]


GOOD_ID = "0b0ee0a4-6b0f-4a62-9d2e-3f1f5cb3a8f1"
HOSTILE = "<script>alert(1)</script> ' OR 1=1 -- \u202e \u0007 👩‍👩‍👧 ${x} {{x}} \\u0000"


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        ("", "bad_json"),
        ("{", "bad_json"),
        ('{"type": "message", "text": "\\ud800"}', "bad_json"),
        ("[" * 5_000, "bad_json"),
        ("[]", "bad_frame"),
        ("null", "bad_frame"),
        ("{}", "unknown_type"),
        ('{"type": ["message"]}', "unknown_type"),
        ('{"type": "shout"}', "unknown_type"),
        ('{"type": "message", "text": "hi"}', "bad_frame"),
        ('{"type": "message", "id": "1", "text": "hi"}', "bad_frame"),
        (json.dumps({"type": "message", "id": GOOD_ID}), "bad_frame"),
        (json.dumps({"type": "message", "id": GOOD_ID, "text": 5}), "bad_frame"),
        (json.dumps({"type": "message", "id": GOOD_ID, "text": " \n "}), "empty_text"),
        (json.dumps({"type": "message", "id": GOOD_ID, "text": "\0"}), "empty_text"),
        (json.dumps({"type": "message", "id": GOOD_ID, "text": "x" * (MAX_TEXT + 1)}), "text_too_long"),
        (json.dumps({"type": "message", "id": GOOD_ID, "text": "x" * MAX_FRAME}), "too_large"),
        (json.dumps({"type": "press", "id": GOOD_ID, "action": "", "label": "x"}), "bad_frame"),
        (json.dumps({"type": "press", "id": GOOD_ID, "action": "\0", "label": "x"}), "bad_frame"),
        (json.dumps({"type": "press", "id": GOOD_ID, "action": "x" * 201, "label": "x"}), "bad_frame"),
        (json.dumps({"type": "press", "id": GOOD_ID, "action": "human"}), "bad_frame"),
        (json.dumps({"type": "hello", "visitor": "x" * 30}), "hello_again"),
        (b"\x00\x01", "bad_frame"),
    ],
)
async def test_a_bad_frame_gets_a_clear_error_and_the_talk_goes_on(
    visit: Visit, database: Database, frame: str | bytes, code: str
) -> None:
    async with visit() as visitor:
        await visitor.until("welcome")
        await visitor.send_raw(frame)
        error = await visitor.receive()
        assert (error["type"], error["code"]) == ("error", code)
        assert len(error["message"]) > 10
        if code in ("empty_text", "text_too_long"):
            assert error["id"] == GOOD_ID
        await visitor.say("Where is my order?")
    assert await count(database, InboxRow) == 1


@pytest.mark.parametrize(
    "hello",
    [
        {"visitor": None},
        {"visitor": "short"},
        {"visitor": "x" * 129},
        {"visitor": "spaces are not allowed in it"},
        {"after": "yesterday"},
        {"after": 7},
    ],
)
async def test_a_bad_hello_is_refused_and_can_be_mended(
    visit: Visit, secret: str, hello: dict[str, Any]
) -> None:
    async with visit(**hello) as visitor:
        assert (await visitor.receive())["code"] in ("bad_visitor", "bad_frame")
        await visitor.send(type="hello", visitor=secret)
        assert (await visitor.receive())["type"] == "welcome"


async def test_nothing_is_taken_before_hello(visit: Visit, database: Database) -> None:
    async with visit(greet=False) as visitor:
        await visitor.send(type="message", id=GOOD_ID, text="hi")
        error = await visitor.receive()
        assert (error["code"], error["id"]) == ("hello_first", GOOD_ID)
    assert await count(database, InboxRow) == 0


async def test_hostile_text_comes_back_as_it_was(visit: Visit) -> None:
    async with visit() as visitor:
        await visitor.say(HOSTILE)
        (message,) = await visitor.messages(1)
        assert message["text"] == HOSTILE


async def test_a_text_of_full_length_is_taken_whole(visit: Visit) -> None:
    long = "🙂" * MAX_TEXT
    async with visit() as visitor:
        await visitor.say(long)
        (message,) = await visitor.messages(1)
        assert message["text"] == long


async def test_nul_characters_which_no_database_keeps_are_left_out(visit: Visit) -> None:
    async with visit() as visitor:
        await visitor.say("my\0 order")
        (message,) = await visitor.messages(1)
        assert message["text"] == "my order"


async def test_ping_is_answered(visit: Visit) -> None:
    async with visit() as visitor:
        await visitor.until("welcome")
        await visitor.send(type="ping")
        assert await visitor.receive() == {"type": "pong"}


async def test_too_many_frames_are_dropped_with_their_id_and_may_be_sent_again(visit: Visit) -> None:
    async with visit() as visitor:
        await visitor.until("welcome")
        ids = [str(uuid.uuid4()) for _ in range(FRAMES_AT_ONCE * 2)]
        for key in ids:
            await visitor.send(type="message", id=key, text="order")
        answers = [frame for frame in await _answers(visitor, len(ids))]
        dropped = [frame["id"] for frame in answers if frame["type"] == "error"]
        assert {frame["code"] for frame in answers if frame["type"] == "error"} == {"slow_down"}
        assert [frame["id"] for frame in answers] == ids
    async with visit() as visitor:
        assert (await visitor.say("order", id=dropped[0]))["id"] == dropped[0]


async def _answers(visitor: Any, number: int) -> list[dict[str, Any]]:
    answers: list[dict[str, Any]] = []
    while len(answers) < number:
        frame = await visitor.receive()
        if frame["type"] in ("ack", "error"):
            answers.append(frame)
    return answers


async def test_pages_of_other_hosts_need_to_be_allowed(visit: Visit, server: ChatServer) -> None:
    for origin in ("https://shop.example", "https://SHOP.example", server.url, None):
        async with visit(origin=origin) as visitor:
            assert (await visitor.receive())["type"] == "welcome"
    for origin in ("https://evil.example", "http://shop.example", "https://shop.example.evil.com", "null"):
        async with visit(origin=origin, greet=False) as visitor:
            error = await visitor.receive()
            assert error["code"] == "origin"
            assert origin in error["message"]
            assert await visitor.closed() == 1008


async def test_what_the_database_does_not_take_is_not_acknowledged(visit: Visit, database: Database) -> None:
    async with visit() as visitor:
        await visitor.say("order")
        await visitor.messages(2)
        await rename(database, "inbox", "away")
        await visitor.send(type="message", id=GOOD_ID, text="order again")
        error = await visitor.receive()
        assert (error["code"], error["id"]) == ("unavailable", GOOD_ID)
        await rename(database, "away", "inbox")
        await visitor.say("order again", id=GOOD_ID)
        assert [m["text"] for m in await visitor.messages(2)] == ["order again", ORDER_ANSWER["en"]]


async def test_without_a_database_a_visitor_is_asked_to_come_again(visit: Visit, database: Database) -> None:
    await rename(database, "conversations", "away")
    async with visit() as visitor:
        assert (await visitor.receive())["code"] == "unavailable"
        assert await visitor.closed() == 1013


async def test_after_a_restart_a_visitor_reads_on_and_a_repeat_counts_once(
    visit: Visit, server: ChatServer, database: Database
) -> None:
    key = str(uuid.uuid4())
    async with visit() as visitor:
        first = await visitor.say("order", id=key)
        messages = await visitor.messages(2)
        await server.stop()
        assert await visitor.closed() == 1012
    await server.start()
    async with visit(after=messages[1]["id"]) as visitor:
        assert await visitor.say("order", id=key) == first
        await visitor.say("order two")
        assert [m["text"] for m in await visitor.messages(2)] == ["order two", ORDER_ANSWER["en"]]
    assert await count(database, Message) == 4


async def rename(database: Database, table: str, to: str) -> None:
    async with database.write() as session:
        await session.execute(text(f"ALTER TABLE {table} RENAME TO {to}"))


async def test_files_of_the_bot_come_as_addresses_and_those_of_a_channel_not_at_all(
    visit: Visit, database: Database
) -> None:
    shown = Attachment(ref="https://shop.example/a.png", name="a.png", mime="image/png")
    async with visit() as visitor:
        await visitor.say("Where is my order?")
        await visitor.messages(2)
    posting = Posting(pushed=())
    async with database.write() as session:
        conversation = await lock_conversation(
            session, (await session.scalars(select(Conversation.id))).one()
        )
        files = [shown.to_json(), Attachment(ref="file-id", name="b").to_json()]
        posting.add(
            conversation,
            [Draft(author=Author.BOT, text="看", at=utc_now(), attachments=files)],
            now=utc_now(),
        )
        await posting.write(session)
    async with visit() as visitor:
        last = (await visitor.messages(3))[-1]
    assert last["attachments"] == [{"url": shown.ref, "name": "a.png", "mime": "image/png", "size": None}]


async def test_what_an_agent_changes_comes_as_a_frame_that_names_it(visit: Visit, server: ChatServer) -> None:
    async with visit() as visitor:
        await visitor.say("A person, please")
        await visitor.messages(2)
        ticket_id, agent = await take(server)
        await visitor.messages(1)
        first = await server.work.reply(ticket_id, agent, "On Wednesday")
        second = await server.work.reply(ticket_id, agent, "Not for you")
        await visitor.messages(2)
        await server.work.correct(ticket_id, agent, first, "On Thursday")
        await server.work.withdraw(ticket_id, agent, second)
        correction, withdrawal = await visitor.messages(2)
        assert (correction["kind"], correction["amends"], correction["text"]) == (
            "correction",
            str(first),
            "On Thursday",
        )
        assert (withdrawal["kind"], withdrawal["amends"]) == ("withdrawal", str(second))
    async with visit() as visitor:  # what was taken back is not told again
        frames = await visitor.messages(7)
        assert "Not for you" not in str(frames) and "On Wednesday" not in str(frames)


async def test_what_was_seen_is_kept_and_only_moves_on(
    visit: Visit, server: ChatServer, database: Database
) -> None:
    async with visit() as visitor:
        await visitor.send(type="read", message_id=str(uuid.uuid4()))  # before there is a conversation
        await visitor.say("A person, please")
        await visitor.messages(2)
        ticket_id, agent = await take(server)
        first = await server.work.reply(ticket_id, agent, "Hello")
        second = await server.work.reply(ticket_id, agent, "Here I am")
        await visitor.messages(3)
        for seen in (second, first):
            await visitor.send(type="read", message_id=str(seen))
        await visitor.send(type="read", message_id="x")
        assert (await visitor.until("error"))["code"] == "bad_frame"
    async with database.read() as session:
        conversation = (await session.scalars(select(Conversation))).one()
        message = await session.get_one(Message, second)
    assert conversation.read_seq == message.seq and conversation.read_at is not None


async def take(server: ChatServer) -> tuple[uuid.UUID, Agent]:
    """An agent takes the only ticket."""
    async with server.database.write() as session:
        agent = await add_agent(session, username="li", name="Li", password=None, now=utc_now())
        ticket_id = (await session.scalars(select(Ticket.id))).one()
    await server.work.take(ticket_id, agent)
    return ticket_id, agent


async def test_typing_is_seen_on_the_other_side_and_kept_nowhere(
    visit: Visit, server: ChatServer, database: Database
) -> None:
    async with visit() as visitor:
        await visitor.send(type="typing")  # to nobody yet
        await visitor.say("I want a person")
        await visitor.messages(2)
        async with database.read() as session:
            conversation_id = (await session.scalars(select(Conversation.id))).one()
        before = await count(database, Message)
        with server.signs.watch(Side.CUSTOMER, [conversation_id]) as watch:
            for _ in range(5):
                await visitor.send(type="typing")
            (sign,) = await watch.next(5)
            assert sign.conversation_id == conversation_id
            await visitor.send(type="ping")
            await visitor.until("pong")  # all five were heard
            assert await watch.next(0.01) == []
        server.signs.give(Side.AGENT, TypingSign(conversation_id=uuid.uuid4(), name="someone else"))
        server.signs.give(Side.AGENT, TypingSign(conversation_id=conversation_id, name="小林"))
        assert await visitor.until("typing") == {"type": "typing", "name": "小林"}
        assert await count(database, Message) == before
