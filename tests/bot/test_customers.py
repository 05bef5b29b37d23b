"""A customer is exported and erased, and what is kept too long goes; on both databases, after real conversations."""

import asyncio
import base64
import json
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from uuid import UUID

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import JSON, LargeBinary, String, Text, func, select

import bot.tables  # noqa: F401 - maps every table
from bot.decisions import Policy
from bot.turn import Brain
from core.conversations import Conversation, Message, lock_conversation
from core.customers import Customer
from core.database import Base
from core.errors import NotAllowed, NotFound
from core.files import Upload
from core.messages import Attachment, Kind, Sender
from core.outbox import DeliveryState, OutboxRow, bury, claim
from core.persons import get_customer_id, tables_of_persons
from core.read_marks import ReadMarks
from handoff.aftercare.customer_dates import set_dates
from handoff.aftercare.occasions import DateKind
from handoff.history import replay, spent
from handoff.life import EventKind
from handoff.persons.evidence import keep_reaches
from handoff.persons.records import CustomerReach
from handoff.privacy.erasure import CHANGES, DELETED, KEPT, Erased, erase_customers, keep_codes
from handoff.privacy.export import export_customer
from handoff.privacy.retention import Removed, Retention, enforce_retention
from handoff.reads import report_read
from handoff.tickets import Ticket, TicketEvent, record
from nlu.knowledge.drafts import find_draft, import_knowledge
from nlu.knowledge.entries import KnowledgeBase
from nlu.knowledge.forgetting import find_theirs
from nlu.knowledge.publishing import Publisher
from nlu.knowledge.versions import find_live, find_model, get_version
from tests.doubles import ACTIONS, ACTIONS_BY_HEART, KNOWLEDGE, ByHeart
from tests.nlu.trainers import Rote
from tests.shop import DESK, Shop

NAME, PHONE, CHAT, PERSON = "王小明", "13812345678", "chat-77120", "person-66310"
BIRTHDAY = date(1991, 7, 23)
LONG = "上周在你们直播间买的墨绿色灯芯绒外套右边袖口开线了怎么处理"
NEARLY = "上周在你们直播间买的墨绿色灯芯绒外套，右边袖口开线怎么处理？"
SECRETS = (
    NAME,
    PHONE,
    CHAT,
    PERSON,
    "vip-of-the-owner",
    "灯芯绒",
    "合同",
    "FILE-9911",
    "QH123456",
    "电机",
    "孩子",
    str(BIRTHDAY),
    "体检报告",
)
REPORT = Upload(name="体检报告.txt", content="血压偏高".encode())
NOWHERE = Path("/nowhere/kb.yml")
COUNTED = (Customer, Conversation, Message, Ticket, TicketEvent, OutboxRow)


async def write(
    shop: Shop, text: str, *, chat: str = CHAT, person: str = PERSON, **changes: object
) -> list[Message]:
    """The person writes on the channel "pushy"; what is said to them."""
    name, tier = (NAME, "vip-of-the-owner") if person == PERSON else ("李雷", None)
    sender = Sender(external_id=person, name=name, tier=tier)
    return await shop.customer_says(text, customer=chat, channel="pushy", sender=sender, **changes)


async def whole_story(shop: Shop) -> UUID:
    """A customer with everything that can be kept of one: fields, files, notes, failures; returns their id."""
    shop.turns.brain = Brain(
        interpreter=ByHeart(ACTIONS_BY_HEART), knowledge=ACTIONS, policy=Policy(answer_at=0.6)
    )
    await write(shop, f"我是{NAME}，电话{PHONE}")
    await write(shop, LONG)
    file = Attachment(ref="FILE-9911", name="合同.pdf")
    await write(shop, f"{NAME}的合同", kind=Kind.FILE, attachments=(file,))
    await write(shop, "转给我", kind=Kind.PRESS, press=f"entry:{NAME}")
    await write(shop, f"孩子的{PHONE}", kind=Kind.EDIT, edits=f"{CHAT}:1")
    await write(shop, "我要人工")
    lin = await shop.agent("lin")
    (ticket,) = await shop.tickets()
    await shop.work.take(ticket.id, lin)
    await shop.work.reply(ticket.id, lin, f"{NAME}您好", files=[REPORT])
    await shop.work.note(ticket.id, lin, f"{NAME}很急，孩子等着")
    async with shop.database.write() as session:
        await lock_conversation(session, ticket.conversation_id)
        found = await session.get_one(Ticket, ticket.id)
        await record(
            session, found, EventKind.DELIVERY_FAILED, settings=DESK, at=shop.now, error=f"{CHAT} is gone"
        )
    shop.time_passes(hours=1)
    await shop.work.resolve(ticket.id, lin)
    for answer in ("已解决", "5分", f"{NAME}说，孩子很喜欢"):
        await write(shop, answer)
    async with shop.database.write() as session:
        customer_id = await get_customer_id(session, f"pushy:{PERSON}")
        await set_dates(session, customer_id, {DateKind.BIRTHDAY: BIRTHDAY}, consents=True, now=shop.now)
    await write(shop, "洗衣机坏了")
    await write(shop, "QH123456")
    await write(shop, "电机不转，怕伤到孩子")
    newest = (await shop.tickets())[-1]
    await shop.work.take(newest.id, lin)
    await shop.work.resolve(newest.id, lin)
    await write(shop, "那个东西怎么弄")
    async with shop.database.write() as session:
        (parcel,) = await claim(session, "pushy", now=shop.now, limit=1)
        await bury(session, parcel, error=f"no chat {CHAT}")
    async with shop.database.read() as session:
        return await get_customer_id(session, f"pushy:{PERSON}")


async def erase(shop: Shop, customer_id: UUID) -> Erased:
    async with shop.database.write() as session:
        return await erase_customers(session, [customer_id])


async def dump(shop: Shop) -> str:
    """Every column of every table, as text."""
    told = []
    async with shop.database.read() as session:
        for table in Base.metadata.sorted_tables:
            for row in await session.execute(select(table)):
                for value in row:
                    if isinstance(value, bytes):
                        told.append(value.decode("utf-8", "ignore"))
                    else:
                        told.append(json.dumps(value, ensure_ascii=False, default=str))
    return "\n".join(told)


async def count(shop: Shop) -> list[int]:
    async with shop.database.read() as session:
        return [await session.scalar(select(func.count()).select_from(each)) or 0 for each in COUNTED]


async def times(shop: Shop) -> list[object]:
    """What reports make of tickets: their reasons, states and how long whose turn it was."""
    async with shop.database.read() as session:
        told: list[object] = []
        for ticket in await session.scalars(select(Ticket).order_by(Ticket.number)):
            events = list(
                await session.scalars(
                    select(TicketEvent)
                    .where(TicketEvent.ticket_id == ticket.id)
                    .order_by(TicketEvent.position)
                )
            )
            told += [
                (ticket.reason, ticket.queue, ticket.state),
                replace(replay(events), tier=None),
                spent(events, now=shop.now),
            ]
    return told


def knowledge_with(*phrasings: str) -> KnowledgeBase:
    """The small knowledge base, in which "delivery_fee" is also asked for like this."""
    entry = KNOWLEDGE.entries["delivery_fee"]
    more = replace(entry, phrasings={**entry.phrasings, "zh": phrasings})
    return KnowledgeBase(
        entries={**KNOWLEDGE.entries, entry.id: more}, out_of_scope={"zh": ("今天天气不错", LONG)}
    )


def publisher(shop: Shop, engine: Rote) -> Publisher:
    return Publisher(shop.database, shop.wakeups, engine, check=lambda _: [])


async def test_after_an_erasure_no_table_holds_anything_of_the_person_and_all_counts_are_as_before(
    shop: Shop,
) -> None:
    customer_id = await whole_story(shop)
    await write(shop, "运费多少", chat="other", person="somebody-else")
    await shop.customer_sends(
        f"{NAME}还有话说", customer=CHAT, channel="pushy", sender=Sender(external_id=PERSON)
    )
    async with shop.database.read() as session:
        conversation_id = await session.scalar(
            select(Conversation.id).where(Conversation.customer_id == customer_id)
        )
    before = await dump(shop)
    assert all(secret in before for secret in SECRETS) and "血压偏高" in before
    counted, timed = await count(shop), await times(shop)

    erased = await erase(shop, customer_id)
    after = await dump(shop)
    assert [secret for secret in SECRETS if secret in after] == [] and "血压偏高" not in after
    for old in (customer_id, conversation_id):
        assert str(old) not in after and old.hex not in after  # type: ignore[union-attr]
    assert (await count(shop), await times(shop)) == (counted, timed)
    assert (erased.conversations, erased.tickets) == (1, 2)
    async with shop.database.read() as session:
        assert await session.scalar(select(func.count()).where(OutboxRow.state == DeliveryState.WAITING)) == 1
        kept = await session.scalars(select(Message.text).where(Message.text != ""))
        assert "运费多少" in list(kept)
        for who in (str(customer_id), f"pushy:{PERSON}", "nobody:1", "nonsense"):
            with pytest.raises(NotFound, match="customer"):
                await get_customer_id(session, who)


async def test_who_writes_again_is_a_new_customer(shop: Shop) -> None:
    customer_id = await whole_story(shop)
    await erase(shop, customer_id)
    # The same process, which remembers where that chat was.
    receipt = await shop.customer_sends(
        "我的订单到哪了", customer=CHAT, channel="pushy", sender=Sender(external_id=PERSON)
    )
    await shop.handle()
    said = await shop.record(receipt.conversation_id)
    assert [message.text for message in said] == ["我的订单到哪了", "订单到哪了：答案"]
    async with shop.database.read() as session:
        assert await get_customer_id(session, f"pushy:{PERSON}") != customer_id


async def test_messages_that_come_while_their_customer_is_erased_are_taken(shop: Shop) -> None:
    async def send(number: int) -> UUID:
        sender = Sender(external_id=PERSON)
        receipt = await shop.customer_sends(customer=f"chat-{number % 2}", channel="pushy", sender=sender)
        return receipt.conversation_id

    for _ in range(5):
        await send(0)
        async with shop.database.read() as session:
            customer_id = await get_customer_id(session, f"pushy:{PERSON}")
        await asyncio.gather(*map(send, range(8)), erase(shop, customer_id), shop.handle())
    conversation_id = await send(0)
    await shop.handle()
    assert len(await shop.record(conversation_id)) >= 2


async def test_while_a_ticket_is_open_its_customer_is_not_erased(shop: Shop) -> None:
    await write(shop, f"我是{NAME}，我要人工")
    await write(shop, "我要人工")
    async with shop.database.read() as session:
        customer_id = await get_customer_id(session, f"pushy:{PERSON}")
    before = await dump(shop)
    with pytest.raises(NotAllowed, match=r"ticket SW-2611-0001 is open.*Resolve it"):
        await erase(shop, customer_id)
    assert await dump(shop) == before


async def test_a_message_that_is_being_sent_is_given_up_without_a_trace(shop: Shop) -> None:
    await write(shop, f"{NAME}：运费多少")
    async with shop.database.write() as session:
        (parcel,) = await claim(session, "pushy", now=shop.now, limit=1)
    async with shop.database.read() as session:
        customer_id = await get_customer_id(session, f"pushy:{PERSON}")
    await erase(shop, customer_id)
    async with shop.database.write() as session:
        assert not await bury(session, parcel, error=f"no chat {CHAT}")
    assert CHAT not in await dump(shop)


async def test_phrasings_made_of_their_words_go_from_draft_and_versions(shop: Shop) -> None:
    customer_id = await whole_story(shop)
    engine = Rote()
    database = shop.database
    for knowledge in (knowledge_with(NEARLY), knowledge_with("运费", NEARLY, f"我是{NAME}，电话{PHONE}")):
        await import_knowledge(database, knowledge, configured=NOWHERE)
        await publisher(shop, engine).publish(by="lin")
    forgotten = (await erase(shop, customer_id)).forgotten
    assert (forgotten.entries, forgotten.versions, forgotten.was_live) == (("delivery_fee",), (1, 2), True)
    assert "灯芯绒" not in await dump(shop)
    async with database.read() as session:
        draft = await find_draft(session)
        live = await find_live(session)
        first, second = await get_version(session, 1), await get_version(session, 2)
        assert await find_model(session, 1) is None
    assert draft is not None and live is not None
    assert draft.entries["delivery_fee"].phrasings["zh"] == ("运费",)
    assert draft.out_of_scope == {"zh": ("今天天气不错",)}
    assert first.snapshot["entries"][1]["phrasings"]["zh"] == [
        "运费"
    ]  # its title, where nothing else is left
    # The live version's model is trained again at the next start, from what is left.
    await publisher(shop, engine).prepare(NOWHERE, take_changes=False)
    assert engine.trained[-1] == draft
    async with database.read() as session:
        model = await find_model(session, 2)
    assert model is not None and json.loads(model)["fingerprint"] == second.fingerprint
    assert not (await publisher(shop, engine).publish(by="lin")).is_new


def test_only_what_is_long_or_tells_who_they_are_is_theirs() -> None:
    phrasings = ["你好", "我的订单到哪了", NEARLY, "Where is my order", f"找{NAME}，电话{PHONE}"]
    said = ["你好", "我的订单到哪了", LONG, "where is my order?", f"找{NAME}，电话{PHONE}"]
    assert find_theirs(phrasings, said) == {NEARLY, f"找{NAME}，电话{PHONE}"}
    assert find_theirs(phrasings, ["找王小明，电话13900001111"]) == set()
    long = "I bought the green corduroy jacket last week and its sleeve came apart"
    assert find_theirs([long], [f"Hello there! {long}, what now?"]) == {long}
    assert (
        find_theirs([long], ["I bought a blue jacket last week and its sleeve is too short for me"]) == set()
    )


async def test_an_export_has_everything_of_the_person_and_nothing_of_others(shop: Shop) -> None:
    customer_id = await whole_story(shop)
    await write(shop, "运费多少", chat="other", person="somebody-else")
    await import_knowledge(shop.database, knowledge_with("运费", NEARLY), configured=NOWHERE)
    async with shop.database.read() as session:
        exported = orjson.dumps(await export_customer(session, customer_id, now=shop.now), default=str)
    text, document = exported.decode(), json.loads(exported)
    assert all(secret in text for secret in SECRETS)
    assert "somebody-else" not in text and "李雷" not in text
    assert document.keys() == {
        *("exported_at", "customers", "identities", "conversations", "messages", "inbox", "outbox"),
        *("tickets", "ticket_events", "deadlines", "agents", "phrasings"),
        *("alerts", "alert_recipients", "alert_deliveries"),
        *("complaints", "corrective_actions", "gap_messages", "answer_votes"),
        *("surveys", "contacts", "customer_dates", "care_visits", "slack_threads", "customer_tags", "files"),
        *("customer_notes", "customer_reaches", "customer_merges"),
        *("conversation_changes", "ticket_changes", "seen_marks"),
        *("report_sessions", "report_session_facts", "report_ticket_facts"),
    }
    assert [each["summary"]["collected"]["order"] for each in document["tickets"][1:]] == ["QH123456"]
    assert list(document["agents"].values()) == ["lin"]
    assert document["phrasings"] == sorted([LONG, NEARLY])
    (file,) = document["files"]
    assert base64.b64decode(file["content"]) == REPORT.content


def test_every_text_that_is_kept_of_persons_is_either_erased_or_known_to_say_nothing_of_them() -> None:
    for table in tables_of_persons():
        assert table in CHANGES, f"decide in handoff/privacy/erasure.py what is erased of {table.name}"
        if table in DELETED:
            continue
        for column in table.columns:
            if isinstance(column.type, String | Text | JSON | LargeBinary):
                decided = column.name in CHANGES[table] or column.name in KEPT.get(table, ())
                assert decided, f"decide in handoff/privacy/erasure.py whether {column} is erased"


sentences = st.text(min_size=1).filter(lambda text: not text.isascii() or " " in text)


@given(
    st.dictionaries(
        st.sampled_from(["reason", "text", "error", "kind", "comment", "guard", "to", "data"]),
        sentences | st.lists(sentences) | st.dictionaries(st.sampled_from(["reason", "why"]), sentences),
    )
)
def test_of_an_event_no_free_text_is_kept(data: dict[str, object]) -> None:
    assert all(value == [] for value in keep_codes(data).values())


def test_of_an_event_codes_ids_and_moments_are_kept() -> None:
    data = {
        "reason": "wants_human",
        "queue": "客服",
        "incident": 1,
        "to": "01934a5b-1234-7123-8123-123456789012",
        "due": "2026-11-23T02:00:00+00:00",
    }
    assert keep_codes({**data, "note": "wants_human"}) == data
    insisted = {"guard": [{"phrase": "不知道", "level": "block"}], "reason": "wang"}
    assert keep_codes(insisted) == {"guard": [{"level": "block"}]}


async def test_what_is_kept_too_long_goes_and_what_an_open_ticket_needs_stays(shop: Shop) -> None:
    customer_id = await whole_story(shop)
    await write(shop, "我要人工", chat="other", person="somebody-else")
    await write(shop, "灯芯绒的事", chat="other", person="somebody-else")
    days = timedelta(days=30)
    retention = Retention(messages=days, tickets=days, inbox=days, outbox=days)
    assert not await enforce_retention(shop.database, retention, now=shop.now)
    timed = await times(shop)

    shop.time_passes(days=31)
    await write(shop, "我的订单到哪了", chat="third", person="a-third-one")
    async with shop.database.write() as session:
        while parcels := await claim(session, "pushy", now=shop.now, limit=9):
            for parcel in parcels:
                await bury(session, parcel, error="")
    counted = await count(shop)
    removed = await enforce_retention(shop.database, retention, now=shop.now)
    assert (removed.tickets, removed.customers) == (2, 0)
    assert removed.messages > 10 and removed.inbox > 5 and removed.outbox > 0
    after = await dump(shop)
    assert [
        secret
        for secret in (PHONE, "孩子", "合同", "FILE-9911", "QH123456", "电机", "体检", "血压")
        if secret in after
    ] == []
    assert "灯芯绒的事" in after and "我的订单到哪了" in after
    assert (await count(shop))[:-1] == counted[:-1]  # only the outbox has fewer rows
    assert (await times(shop))[:6] == timed[:6]  # of the two that are resolved
    assert await enforce_retention(shop.database, retention, now=shop.now) == Removed()

    old = replace(retention, customers=days)
    assert await enforce_retention(shop.database, old, now=shop.now) == Removed(customers=1)
    assert await enforce_retention(shop.database, old, now=shop.now) == Removed()
    async with shop.database.read() as session:
        with pytest.raises(NotFound):
            await get_customer_id(session, str(customer_id))
        assert await get_customer_id(session, "pushy:somebody-else")
        assert await get_customer_id(session, "pushy:a-third-one")


async def test_corrections_and_read_marks_are_exported_and_erased(shop: Shop) -> None:
    await write(shop, "我要人工")
    ticket, lin = await shop.ticket(), await shop.agent("小林")
    await shop.work.take(ticket.id, lin)
    said = await shop.work.reply(ticket.id, lin, f"{NAME}，星期三到")
    await shop.work.correct(ticket.id, lin, said, f"{NAME}，星期四到")
    read_marks = ReadMarks(shop.database, shop.wakeups, on_read=report_read, clock=lambda: shop.now)
    assert await read_marks.note(ticket.conversation_id, (await shop.record(ticket.conversation_id))[-1].id)
    async with shop.database.read() as session:
        exported = await export_customer(session, ticket.customer_id, now=shop.now)
    assert exported["conversations"][0]["read_at"] == shop.now
    assert f"{NAME}，星期四到" in [message["text"] for message in exported["messages"]]
    await shop.work.resolve(ticket.id, lin)
    await erase(shop, ticket.customer_id)
    assert NAME not in await dump(shop)
    async with shop.database.read() as session:
        conversation = (await session.scalars(select(Conversation))).one()
        event = next(each for each in await shop.events(ticket) if each.kind == EventKind.CORRECTED)
    assert (conversation.read_seq, conversation.read_at) == (0, None)
    assert event.data.keys() == {"message_id", "amendment"}


async def test_numbers_that_were_given_long_ago_go_and_what_is_given_again_stays(shop: Shop) -> None:
    async def give(chat: str, phone: str) -> None:
        async with shop.database.write() as session:
            customer_id = await get_customer_id(session, f"pushy:{chat}")
            await keep_reaches(session, customer_id, {"phone": phone}, region="CN", now=shop.now)

    async def left() -> set[str]:
        async with shop.database.read() as session:
            return set(await session.scalars(select(CustomerReach.reach)))

    for chat in ("a", "b", "waits"):
        await write(shop, "我的订单到哪了", chat=chat, person=chat)
    await give("a", PHONE)
    await give("b", "13900001111")
    await give("waits", "13900002222")
    await write(shop, "我要人工", chat="waits", person="waits")
    shop.time_passes(days=20)
    await give("b", "139 0000 1111")
    shop.time_passes(days=20)
    await enforce_retention(shop.database, Retention(messages=timedelta(days=30)), now=shop.now)
    assert len(await left()) == 3
    await enforce_retention(shop.database, Retention(tickets=timedelta(days=30)), now=shop.now)
    assert await left() == {"+8613900001111", "+8613900002222"}  # of an open ticket it is needed
