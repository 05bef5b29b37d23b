"""Contacts: what is phoned, told in person or written in letters becomes tickets, and nothing is said that nobody hears."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from core.conversations import Conversation, Message, Owner
from core.customers import Customer, Identity
from core.database import Database
from core.errors import BadInput, NotAllowed
from core.messages import Spoken
from core.outbox import OutboxRow
from handoff.aftercare.care import send_due_care
from handoff.aftercare.customer_dates import set_dates
from handoff.aftercare.occasions import DateKind, Plan
from handoff.aftercare.surveys import Survey
from handoff.complaints.life import Answer, Outcome, RootCause, Stage
from handoff.contacts.checks import NewContact, Then
from handoff.contacts.reach import read_reach, show_reach
from handoff.contacts.records import Contact, Logged, Result
from handoff.history import replay
from handoff.kinds import Reason, TicketKind
from handoff.life import EventKind, TicketState
from handoff.privacy.erasure import erase_customers
from handoff.refusals import Objection, Refused, Unfit
from handoff.settings import CareSettings
from handoff.standards import Promise
from handoff.tickets import Ticket
from tests.shop import OPEN, Shop, open_shop

NUMBER = "138 1234 5678"
E164 = "+8613812345678"


@pytest.fixture
async def shop(database: Database) -> AsyncIterator[Shop]:
    async with open_shop(database) as shop:
        yield shop


def contact(**changes: Any) -> NewContact:
    values: dict[str, Any] = {
        "how": Spoken.PHONE,
        "name": "王先生",
        "reach": NUMBER,
        "kind": TicketKind.ENQUIRY,
        "text": "订单三天没动了",
        "then": Then.MINE,
    }
    return NewContact(**{**values, **changes})


async def logs(shop: Shop, by: str = "小林", *, origin: str | None = None, **changes: Any) -> Logged:
    return await shop.contacts.log(await shop.agent(by), contact(**changes), origin=origin)


async def kinds(shop: Shop, ticket: Ticket) -> list[str]:
    return [event.kind for event in await shop.events(ticket)]


async def said(shop: Shop, ticket: Ticket) -> list[tuple[str, str]]:
    """The record: who, what."""
    return [(each.author, each.text) for each in await shop.record(ticket.conversation_id)]


async def count(shop: Shop, table: Any) -> int:
    async with shop.database.read() as session:
        return await session.scalar(select(func.count()).select_from(table)) or 0


async def contacts(shop: Shop) -> list[Contact]:
    async with shop.database.read() as session:
        return list(await session.scalars(select(Contact).order_by(Contact.at, Contact.id)))


async def test_what_was_answered_at_once_is_done_at_once(shop: Shop) -> None:
    logged = await logs(shop, then=Then.ANSWERED, answer="仓库今天发出，单号短信给您")
    ticket = await shop.ticket()
    lin = await shop.agent("小林")
    assert logged == Logged(ticket_id=ticket.id, number=ticket.number, result=Result.ANSWERED, holder="小林")
    assert await kinds(shop, ticket) == ["opened", "taken", "replied", "resolved", "closed"]
    assert (ticket.state, ticket.reason, ticket.kind) == ("closed", Reason.CONTACT, "enquiry")
    assert (ticket.first_owner_id, ticket.assignee_id) == (lin.id, lin.id)
    assert await said(shop, ticket) == [
        ("customer", "订单三天没动了"),
        ("agent", "仓库今天发出，单号短信给您"),
    ]
    assert ticket.summary == {"asked": ["订单三天没动了"], "tried": []}
    assert await count(shop, OutboxRow) == 0 and await count(shop, Survey) == 0
    async with shop.database.read() as session:
        conversation = await session.get_one(Conversation, ticket.conversation_id)
    assert (conversation.channel, conversation.chat, conversation.owner) == ("phone", E164, Owner.BOT)
    assert replay(await shop.events(ticket)) == ticket.facts
    await shop.clocks_run(days=10)
    assert await shop.alerts() == []


async def test_what_is_to_be_followed_up_is_mine_and_has_its_deadlines(shop: Shop) -> None:
    logged = await logs(shop, kind=TicketKind.FAULT)
    ticket = await shop.ticket()
    assert (logged.result, logged.holder) == (Result.FOLLOWED_UP, "小林")
    assert (ticket.state, ticket.kind, ticket.queue) == ("assigned", "fault", "service")
    await shop.clocks_run(minutes=12)
    assert ("warning", Promise.FIRST_RESPONSE, {"小林"}) in await shop.alerts()
    await shop.contacts.log_said(
        ticket.id, await shop.agent("小林"), how=Spoken.PHONE, told="已安排师傅明天上门"
    )
    ticket = await shop.ticket()
    assert ticket.state == TicketState.IN_PROGRESS and ticket.unanswered_at is None
    assert await count(shop, OutboxRow) == 0


async def test_one_that_goes_to_a_queue_stays_mine_to_answer_for(shop: Shop) -> None:
    logged = await logs(shop, then=Then.QUEUE, queue="care", answer="我请专人给您回电")
    ticket = await shop.ticket()
    lin, wei = await shop.agent("小林"), await shop.agent("小魏")
    assert (logged.holder, ticket.state, ticket.queue) == ("", "new", "care")
    assert await kinds(shop, ticket) == ["opened"]
    assert ticket.first_owner_id == lin.id
    assert (await said(shop, ticket))[-1] == ("agent", "我请专人给您回电")
    await shop.work.take(ticket.id, wei)
    assert await shop.told(ticket) == []  # nobody delivers: nobody has heard who took it


async def test_the_same_person_is_found_again_however_the_number_is_written(shop: Shop) -> None:
    await logs(shop, then=Then.ANSWERED, answer="好的")
    await logs(shop, reach="+86 (0)138-1234-5678", name="王太太", then=Then.ANSWERED, answer="好的")
    await logs(shop, reach="１３８１２３４５６７８", how=Spoken.VISIT, then=Then.ANSWERED, answer="好的")
    await logs(shop, reach="Li@Example.com", how=Spoken.LETTER, name="", then=Then.ANSWERED, answer="好的")
    await logs(
        shop, reach=" li@example.com", how=Spoken.PHONE, name="李女士", then=Then.ANSWERED, answer="好的"
    )
    await logs(shop, reach="", then=Then.ANSWERED, answer="好的")
    await logs(shop, reach="", then=Then.ANSWERED, answer="好的")
    async with shop.database.read() as session:
        people = list(await session.scalars(select(Customer.name).order_by(Customer.created_at, Customer.id)))
        known = {
            (each.channel, each.external_id)
            for each in await session.scalars(select(Identity))
            if not each.external_id.startswith("0")
        }
    assert people == ["王先生", "李女士", "王先生", "王先生"]
    assert known == {
        *(("phone", E164), ("visit", E164)),
        *(("letter", "li@example.com"), ("phone", "li@example.com")),
    }
    assert [each.name for each in await contacts(shop)][:2] == ["王先生", "王太太"]  # each as they gave it


async def test_another_call_while_a_ticket_is_open_is_added_to_it(shop: Shop) -> None:
    first = await logs(shop)
    await shop.work.wait(first.ticket_id, await shop.agent("小林"))
    shop.time_passes(hours=1)
    again = await logs(
        shop, "小魏", text="还没到，我着急", then=Then.QUEUE, queue="care", answer="我转告小林"
    )
    assert (again.ticket_id, again.result, again.holder) == (first.ticket_id, Result.ADDED, "小林")
    (ticket,) = await shop.tickets()
    assert await kinds(shop, ticket) == ["opened", "taken", "waits", "customer_wrote"]
    assert (ticket.state, ticket.queue) == ("in_progress", "service")
    assert ticket.unanswered_at is not None  # a colleague's word does not answer for who has it
    assert (await said(shop, ticket))[1:] == [("customer", "还没到，我着急"), ("agent", "我转告小林")]
    visit = await logs(shop, how=Spoken.VISIT, text="我人都来了")
    assert (visit.ticket_id, visit.result) == (first.ticket_id, Result.ADDED)
    assert [each.how for each in await contacts(shop)] == ["phone", "phone", "visit"]


async def test_who_wants_to_follow_up_what_waits_takes_it(shop: Shop) -> None:
    await logs(shop, then=Then.QUEUE, queue="service")
    again = await logs(shop, "小魏", answer="我来办")
    assert (again.result, again.holder) == (Result.ADDED, "小魏")
    assert (await kinds(shop, await shop.ticket()))[1:] == ["customer_wrote", "taken", "replied"]


async def test_that_a_second_call_is_a_complaint_is_not_lost(shop: Shop) -> None:
    await logs(shop)
    await logs(shop, "小魏", kind=TicketKind.COMPLAINT, text="我要投诉")
    ticket = await shop.ticket()
    assert (ticket.kind, ticket.stage) == (TicketKind.COMPLAINT, Stage.ACCEPTED)


async def test_a_form_that_is_sent_twice_counts_once(shop: Shop) -> None:
    first = await logs(shop, origin="form:V1")
    assert await logs(shop, origin="form:V1") == first
    assert len(await shop.tickets()) == 1 and len(await contacts(shop)) == 1
    lin = await shop.agent("小林")
    for _ in range(2):
        await shop.contacts.log_said(
            first.ticket_id, lin, how=Spoken.PHONE, heard="在吗", told="在的", origin="form:V2"
        )
    assert len(await said(shop, await shop.ticket())) == 3


async def test_two_who_answer_the_same_customer_at_once_make_one_ticket(shop: Shop) -> None:
    agents = [await shop.agent(name) for name in ("小林", "小魏")]
    logged = await asyncio.gather(*(shop.contacts.log(agent, contact()) for agent in agents))
    assert sorted(each.result for each in logged) == [Result.ADDED, Result.FOLLOWED_UP]
    assert len(await shop.tickets()) == 1
    assert len(await said(shop, await shop.ticket())) == 2


@pytest.mark.parametrize(
    ("changes", "field", "objection"),
    [
        ({"name": " ", "reach": ""}, "name", Objection.NO_NAME),
        ({"reach": "12345"}, "reach", Objection.NO_REACH),
        ({"reach": "li@"}, "reach", Objection.NO_REACH),
        ({"reach": "1" * 10_000}, "reach", Objection.NO_REACH),
        ({"text": " "}, "text", Objection.NO_TEXT),
        ({"text": "长" * 4_001}, "text", Objection.LONG_TEXT),
        ({"then": Then.ANSWERED}, "answer", Objection.NO_TEXT),
        ({"then": Then.QUEUE, "queue": "nowhere"}, "then", Objection.NO_QUEUE),
        ({"then": Then.QUEUE}, "then", Objection.NO_QUEUE),
        (
            {"then": Then.ANSWERED, "answer": "抱歉", "kind": TicketKind.COMPLAINT},
            "then",
            Objection.ANSWERED_COMPLAINT,
        ),
        ({"at": OPEN + timedelta(hours=1)}, "at", Objection.FUTURE),
        ({"at": OPEN - timedelta(days=31)}, "at", Objection.LONG_AGO),
    ],
)
async def test_what_is_wrong_is_told_at_its_field(
    shop: Shop, changes: dict[str, Any], field: str, objection: Objection
) -> None:
    with pytest.raises(Unfit) as raised:
        await logs(shop, **changes)
    assert (raised.value.field, raised.value.objection) == (field, objection)
    assert await count(shop, Customer) == 0


async def test_a_call_that_is_logged_later_counts_from_when_it_was(shop: Shop) -> None:
    called = shop.now
    shop.time_passes(hours=2)
    await logs(shop, then=Then.QUEUE, queue="service", at=called)
    ticket = await shop.ticket()
    assert ticket.opened_at == called and ticket.state == TicketState.NEW
    await shop.agent("班长")
    await shop.clocks_run(seconds=1)
    assert ("breach", Promise.TAKE, {"班长"}) in await shop.alerts()
    (logged,) = await contacts(shop)
    assert (logged.at, logged.logged_at) == (called, called + timedelta(hours=2))


async def test_of_a_ticket_under_way_clocks_never_run_backwards(shop: Shop) -> None:
    logged = await logs(shop)
    lin = await shop.agent("小林")
    shop.time_passes(hours=1)
    await shop.work.wait(logged.ticket_id, lin)
    waits = shop.now
    shop.time_passes(hours=1)
    await logs(shop, "小魏", text="我刚才打过来", at=waits - timedelta(minutes=30))
    ticket = await shop.ticket()
    events = await shop.events(ticket)
    assert [event.at for event in events] == sorted(event.at for event in events)
    assert ticket.pauses == [[waits.isoformat(), waits.isoformat()]]
    record = await shop.record(ticket.conversation_id)
    assert record[-1].at == waits - timedelta(minutes=30)  # the record says when it was
    assert replay(events) == ticket.facts


async def test_nothing_is_said_to_somebody_whom_nothing_reaches(shop: Shop) -> None:
    logged = await logs(shop, then=Then.QUEUE, queue="service")
    lin, wei = await shop.agent("小林"), await shop.agent("小魏")
    key = logged.ticket_id
    await shop.work.take(key, lin)
    with pytest.raises(Refused) as raised:
        await shop.work.reply(key, lin, "您好")
    assert raised.value.objection is Objection.SPOKEN
    await shop.transfers.offer(key, lin, to=wei, reason="你熟")
    await shop.transfers.accept(key, wei)
    await shop.transfers.hand_back(key, wei, "不归我")
    await shop.work.wait(key, lin)
    await shop.clocks_run(days=4)  # neither reminded nor set aside: who has it is to call
    ticket = await shop.ticket()
    happened = await kinds(shop, ticket)
    assert EventKind.REMINDED not in happened and EventKind.RESOLVED not in happened
    assert happened.count(EventKind.UNANSWERED) == 1
    calls = [whom for kind, why, whom in await shop.reasons() if (kind, why) == ("warning", "call")]
    assert calls == [{"小林"}, {"小林"}]
    await shop.work.take(key, lin)  # who had gone meanwhile
    await shop.contacts.log_said(key, lin, how=Spoken.PHONE, heard="好了谢谢", told="不客气")
    await shop.work.resolve(key, lin)
    await shop.work.reopen(key, lin, "又来了")
    await shop.work.take(key, lin)
    await shop.transfers.hand_back(key, lin, "没空")
    assert await shop.told(ticket) == []
    assert (await said(shop, ticket))[1:] == [("customer", "好了谢谢"), ("agent", "不客气")]
    assert (await shop.ticket()).told == {}
    assert await count(shop, OutboxRow) == 0 and await count(shop, Survey) == 0


async def test_a_complaint_on_the_phone_goes_its_whole_way(shop: Shop) -> None:
    logged = await logs(shop, kind=TicketKind.COMPLAINT, text="师傅态度很差", answer="我们查清楚给您回电")
    lin, wei, boss = [await shop.agent(name) for name in ("小林", "小魏", "班长")]
    key = logged.ticket_id
    ticket = await shop.ticket()
    assert (ticket.queue, ticket.stage) == ("care", Stage.ACCEPTED)
    with pytest.raises(NotAllowed):
        await shop.work.resolve(key, lin)
    await shop.complaints.investigate(key, lin, wei)
    await shop.complaints.propose(key, lin, "换人重新上门，免收费用")
    (proposal,) = [each for each in await shop.record(ticket.conversation_id) if "换人" in each.text]
    assert (proposal.text, proposal.buttons) == ("换人重新上门，免收费用", [])  # as it was told
    await shop.complaints.record_answer(key, lin, Answer.ACCEPTED)
    await shop.complaints.find_cause(key, wei, RootCause.PEOPLE, "培训不够")
    await shop.complaints.add_action(
        key, wei, text="再培训", owner=wei, due=(shop.now + timedelta(days=7)).date()
    )
    await shop.work.resolve(key, lin)
    shop.time_passes(days=3)
    await shop.complaints.record_visit(key, boss, Outcome.SATISFIED)
    await shop.work.confirm(key, lin)
    assert (await shop.ticket()).stage == Stage.CLOSED
    assert await shop.told(ticket) == []


async def test_what_is_said_later_is_for_its_assignee_to_say_and_for_anybody_to_hear(shop: Shop) -> None:
    logged = await logs(shop)
    wei = await shop.agent("小魏")
    with pytest.raises(Refused) as raised:
        await shop.contacts.log_said(logged.ticket_id, wei, how=Spoken.PHONE, told="我替他答")
    assert raised.value.objection is Objection.COLLEAGUES
    await shop.contacts.log_said(logged.ticket_id, wei, how=Spoken.VISIT, heard="我来问问")
    assert (await kinds(shop, await shop.ticket()))[-1] == EventKind.CUSTOMER_WROTE
    with pytest.raises(BadInput):
        await shop.contacts.log_said(logged.ticket_id, wei, how=Spoken.PHONE)
    await shop.customer_says("我要人工")
    written = await shop.ticket()
    with pytest.raises(Refused) as raised:
        await shop.contacts.log_said(written.id, wei, how=Spoken.PHONE, heard="喂")
    assert raised.value.objection is Objection.NOT_SPOKEN


async def test_care_goes_where_it_is_read_or_nowhere(shop: Shop) -> None:
    plan = Plan(
        kind=DateKind.PURCHASE, texts={"zh": "{name}，用得好吗？", "en": "{name}?"}, after_months=(1,)
    )
    shop.change_desk(care=CareSettings(plans={"month": plan}))
    await logs(shop, then=Then.ANSWERED, answer="好的")
    ticket = await shop.ticket()
    async with shop.database.write() as session:
        bought = (shop.now - timedelta(days=31)).date()
        await set_dates(session, ticket.customer_id, {DateKind.PURCHASE: bought}, consents=True, now=shop.now)
    shop.time_passes(hours=2)
    assert await send_due_care(shop.cases, now=shop.now) == 0
    assert len(await said(shop, ticket)) == 2


async def test_an_erased_customer_leaves_a_contact_without_a_name(shop: Shop) -> None:
    await logs(shop, then=Then.ANSWERED, answer="好的")
    ticket = await shop.ticket()
    async with shop.database.write() as session:
        await erase_customers(session, [ticket.customer_id])
    (left,) = await contacts(shop)
    assert (left.name, left.how, left.result) == (None, "phone", "answered")
    async with shop.database.read() as session:
        assert set(await session.scalars(select(Message.text))) == {""}
    again = await logs(shop)
    assert again.result is Result.FOLLOWED_UP and await count(shop, Customer) == 2


@pytest.mark.parametrize(
    ("text", "region", "known_as", "shown"),
    [
        ("010 8888 6666", "CN", "+861088886666", "+86 10 8888 6666"),
        ("+44 20 7946 0958", "CN", "+442079460958", "+44 20 7946 0958"),
        ("020 7946 0958", "GB", "+442079460958", "+44 20 7946 0958"),
        ("ＬＩ@example.com", "CN", "li@example.com", "li@example.com"),
    ],
)
def test_numbers_and_addresses_are_kept_in_one_way(text: str, region: str, known_as: str, shown: str) -> None:
    assert read_reach(text, region=region) == known_as
    assert show_reach(known_as) == shown


def test_who_left_neither_cannot_be_reached() -> None:
    assert read_reach("  ", region="CN") is None
    assert show_reach("0198f7a2-aaaa-7bbb-8ccc-000000000000") == "" == show_reach("erased:x")
