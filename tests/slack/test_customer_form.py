"""The form of a customer: tags and tier, as Slack takes it, and as agents save it."""

import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from core.customers import Customer
from core.database import Database
from core.ids import new_id
from core.languages import REPLY_LANGUAGES, ReplyLanguage
from handoff.customers import CustomerView, EarlierTicket
from handoff.desk.customer_forms import customer, read_customer_form
from handoff.desk.fields import View
from handoff.life import EventKind
from handoff.standards import Promise, Standards, Term
from handoff.tags import list_tags
from tests.slack.blocks import check_message, check_modal, fields, marked, strings
from tests.slack.cases import HOSTILE, LONG_ZH, OPEN, Case, check_harmless, reader
from tests.slack.office import Office, open_office, read
from tests.slack.support import Json
from tests.slack.test_complaints import sends_off
from tests.slack.workspace import Workspace

EARLIER = EarlierTicket(
    id=new_id(), number="SW-2610-0007", opened_at=OPEN, reason="complaint", state="closed"
)
NOBODY = CustomerView(identities=[], tier=None, language="zh", tags=[], earlier=[])
STANDARDS = Standards(
    value_added={Promise.TAKE: Term(duration=timedelta(minutes=3))}, customer_tiers=("金卡", "银卡")
)


@pytest.fixture
async def office(database: Database, workspace: Workspace) -> AsyncIterator[Office]:
    async with open_office(database, workspace) as office:
        office.shop.cases.settings = replace(office.shop.cases.settings, standards=STANDARDS)
        await office.link("zhang", "班长")
        yield office


def shown(known: CustomerView, language: ReplyLanguage = "zh", **more: Any) -> View:
    """The form, which Slack takes."""
    read_it = reader(language)
    view = customer(known, Case().sheet(read_it), read_it, **{"tiers": (), "links": {}, **more})
    check_modal(view)
    for text in marked(view):
        check_harmless(text)
    return view


async def asked_for_a_person(office: Office, **changes: Any) -> str:
    await office.shop.customer_says("我要人工", **changes)
    await office.settle()
    return str((await office.card())["ts"])


async def opens(office: Office, user: str, ts: str) -> Json:
    await office.press(user, ts, "customer")
    return (await office.workspace.views())[-1]


async def tags(office: Office) -> list[str]:
    ticket = await office.shop.ticket()
    async with office.shop.database.read() as session:
        return await list_tags(session, ticket.customer_id)


async def test_tags_are_saved_and_stand_on_the_card(office: Office) -> None:
    ts = await asked_for_a_person(office)
    await opens(office, "lin", ts)
    assert await sends_off(office, "lin", {"tags": "老顾客，  要发票 、VIP, vip\n"}) == {}
    assert sorted(await tags(office)) == sorted(["老顾客", "要发票", "VIP"])
    card = await office.card()
    check_message(card["text"], card["blocks"])
    assert "🏷️" in read(card) and "要发票" in read(card)
    form = await opens(office, "wei", ts)
    assert "老顾客" in fields(form)["tags"]["element"]["initial_value"]
    assert await sends_off(office, "wei", {"tags": "Ｖｉｐ"}) == {}
    assert await tags(office) == ["VIP"]
    assert "要发票" not in read(await office.card())


async def test_what_a_colleague_added_meanwhile_stays(office: Office) -> None:
    ts = await asked_for_a_person(office)
    await opens(office, "lin", ts)
    await sends_off(office, "lin", {"tags": "老顾客"})
    form = await opens(office, "lin", ts)
    await opens(office, "wei", ts)
    await sends_off(office, "wei", {"tags": "老顾客, 急"})
    lin = office.workspace.users["lin"]
    await office.post(await office.workspace.submit(lin, form, {"tags": "要发票"}))
    assert sorted(await tags(office)) == sorted(["急", "要发票"])


@pytest.mark.parametrize(
    ("typed", "told"),
    [("长" * 31, "最多 30 个字"), (",".join(f"标签{number}" for number in range(21)), "最多 20 个")],
)
async def test_too_long_or_too_many_are_told_beside_the_field(office: Office, typed: str, told: str) -> None:
    ts = await asked_for_a_person(office)
    await opens(office, "lin", ts)
    assert told in (await sends_off(office, "lin", {"tags": typed}))["tags"]
    assert await tags(office) == []


async def test_a_supervisor_sets_the_tier_and_the_deadlines_follow(office: Office) -> None:
    ts = await asked_for_a_person(office)
    assert "tier" not in fields(await opens(office, "lin", ts))
    form = await opens(office, "zhang", ts)
    values = [each["value"] for each in fields(form)["tier"]["element"]["options"]]
    assert values == ["none", "tier:金卡", "tier:银卡"]
    assert await sends_off(office, "zhang", {"tier": "tier:金卡"}) == {}
    ticket = await office.shop.ticket()
    assert ticket.tier == "金卡" and "等级 金卡" in read(await office.card())
    async with office.shop.database.read() as session:
        assert await session.scalar(select(Customer.tier)) == "金卡"
    (retiered,) = [event for event in await office.shop.events(ticket) if event.kind == EventKind.RETIERED]
    assert (
        Promise.TAKE in retiered.data["moved"] and retiered.agent_id == (await office.shop.agent("班长")).id
    )
    await opens(office, "zhang", ts)
    assert await sends_off(office, "zhang", {"tags": "急"}) == {}  # the tier as it was chosen before
    assert (await office.shop.ticket()).tier == "金卡"
    await opens(office, "zhang", ts)
    assert await sends_off(office, "zhang", {"tier": "none"}) == {}
    assert (await office.shop.ticket()).tier is None


async def test_a_tier_that_is_sent_off_by_who_may_not_set_it_is_refused(office: Office) -> None:
    ts = await asked_for_a_person(office)
    form = await opens(office, "zhang", ts)
    wei = office.workspace.users["wei"]
    answer = await office.post(await office.workspace.submit(wei, form, {"tier": "tier:金卡"}))
    assert "sets a customer’s tier" in "".join(answer.json()["errors"].values())
    assert (await office.shop.ticket()).tier is None


async def test_earlier_tickets_lead_to_their_threads(office: Office) -> None:
    ts = await asked_for_a_person(office)
    ticket, lin = await office.shop.ticket(), await office.shop.agent("小林")
    await office.shop.work.take(ticket.id, lin)
    await office.shop.work.resolve(ticket.id, lin)
    await office.shop.customer_says("我要人工")
    await office.settle()
    second = str((await office.card())["ts"])
    told = "\n".join(strings(await opens(office, "lin", second)))
    assert f"p{ts.replace('.', '')}|{ticket.number}>" in told
    assert (await office.shop.ticket()).number not in told


# The form alone


def test_a_customer_is_known_by_channel_and_by_what_they_came_with() -> None:
    known = CustomerView(
        identities=[("telegram", "5551234"), ("webchat", "w-9")],
        tier="金卡",
        language="zh",
        tags=["老顾客", "要发票"],
        earlier=[EARLIER],
    )
    view = shown(known, links={EARLIER.id: "https://slack.example/p1"})
    told = list(strings(view))
    assert "王小姐 · 等级 金卡" in told
    assert "渠道身份：Telegram：5551234\n网页：w-9" in told and "语言：中文" in told
    assert fields(view)["tags"]["element"]["initial_value"] == "老顾客, 要发票"
    assert "<https://slack.example/p1|SW-2610-0007> · <!date^" in "\n".join(told)
    assert any(each.endswith("投诉 · 已关闭") for each in told)


def test_of_a_customer_who_is_new_little_is_said() -> None:
    assert "No other tickets yet." in "\n".join(strings(shown(NOBODY, "en")))


@pytest.mark.parametrize("language", REPLY_LANGUAGES)
@pytest.mark.parametrize("text", [HOSTILE, LONG_ZH, "&" * 4_000, "\u202e"])
def test_whatever_a_customer_calls_themselves_slack_takes_it(language: ReplyLanguage, text: str) -> None:
    link = f"https://{'a' * 50}.slack.com/archives/C0123456789/p1700000000000000"
    past = replace(EARLIER, number="SW-2611-123456", reason="low_confidence", state="in_progress")
    known = CustomerView(
        identities=[(text, text)] * 50,
        tier=text,
        language=text,
        tags=[f"{'标' * 28}{number:02}" for number in range(20)],
        earlier=[past] * 10,
    )
    read_it = reader(language)
    case = Case(customer=text, tier=text[:200])
    view = customer(known, case.sheet(read_it), read_it, tiers=[text, "金卡"], links={past.id: link})
    check_modal(view)
    for each in marked(view):
        check_harmless(each)


def test_all_tags_fit_into_the_field_and_come_back() -> None:
    many = [f"{'标' * 28}{number:02}" for number in range(20)]
    view = shown(replace(NOBODY, tags=many))
    element = fields(view)["tags"]["element"]
    assert len(element["initial_value"]) <= element["max_length"]
    form = read_customer_form(filled_in(view, tags=element["initial_value"]))
    assert (form.add, form.remove, form.sets_tier) == ([], [], False)


def test_a_tier_that_is_not_offered_any_more_is_kept_unless_another_is_chosen() -> None:
    view = shown(replace(NOBODY, tier="铂金"), tiers=["金卡", "铂金"])
    assert fields(view)["tier"]["element"]["initial_option"]["value"] == "tier:铂金"
    assert not read_customer_form(filled_in(view, tier="tier:铂金")).sets_tier
    form = read_customer_form(filled_in(view, tier="tier:金卡"))
    assert (form.sets_tier, form.tier) == (True, "金卡")


def filled_in(view: View, **typed: str) -> Mapping[str, Any]:
    values = {}
    for name, block in fields(view).items():
        given = typed.get(name)
        is_choice = block["element"]["type"] == "static_select"
        option = {"selected_option": {"value": given} if given else None}
        values[name] = {name: option if is_choice else {"value": given}}
    assert len(json.dumps(view)) < 250_000
    return {**view, "id": "V1", "state": {"values": values}}
