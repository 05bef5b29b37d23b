"""The acts in a card's menu, and the category of what is resolved: in forms, through Slack's door."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest

from core.database import Database
from core.errors import BadInput
from core.ids import new_id
from core.languages import REPLY_LANGUAGES, ReplyLanguage
from handoff.desk.cards import card
from handoff.desk.fields import View
from handoff.desk.modals import resolve
from handoff.desk.sorting_forms import give, hand_back, read_give, read_report, read_sort, report, sort
from handoff.kinds import IncidentClass, Reason, TicketKind
from handoff.life import EventKind, TicketState
from handoff.permits import Act
from handoff.wording.tickets import Option
from tests.slack.blocks import check_message, check_modal, entries, fields, strings
from tests.slack.cases import CHEN, LIN, LONG_ZH, SETTINGS, Case, person, reader, said, taken
from tests.slack.office import Office, open_office, read
from tests.slack.support import Json
from tests.slack.test_complaints import sends_off
from tests.slack.workspace import Workspace

CATEGORIES: Mapping[str, Mapping[ReplyLanguage, str]] = {
    "delivery": {"zh": "物流", "en": "Delivery"},
    "other": {"zh": "其他", "en": "Other"},
}


@pytest.fixture
async def office(database: Database, workspace: Workspace) -> AsyncIterator[Office]:
    async with open_office(database, workspace) as office:
        await office.link("zhang", "班长")
        yield office


async def taken_by_lin(office: Office) -> str:
    """A customer wants a person, and 小林 takes it; the ts of the card."""
    await office.shop.customer_says("我要人工")
    await office.settle()
    ts = str((await office.card())["ts"])
    await office.press("lin", ts, "take")
    return ts


async def opens(office: Office, user: str, ts: str, entry: str) -> Json:
    """The form that an entry of the menu opens, which Slack takes."""
    before = len(await office.workspace.views())
    await office.choose(user, ts, entry)
    opened = (await office.workspace.views())[before:]
    assert len(opened) == 1, await office.whispers(user)
    return opened[0]


async def test_handed_back_it_waits_again_and_says_why(office: Office) -> None:
    ts = await taken_by_lin(office)
    form = await opens(office, "lin", ts, "hand_back")
    assert "退回“客服”队列，顾客会收到通知。" in list(strings(form))
    assert "reason" in await sends_off(office, "lin", {"reason": " "})
    assert await sends_off(office, "lin", {"reason": "要查财务系统"}) == {}
    ticket = await office.shop.ticket()
    assert (ticket.state, ticket.assignee_id) == (TicketState.NEW, None)
    assert "退回队列：要查财务系统" in "".join(await office.thread(ts))
    assert "等待接手" in read(await office.card())


async def test_what_was_transferred_goes_back_to_who_did(office: Office) -> None:
    ts = await taken_by_lin(office)
    wei, lin = await office.shop.agent("小魏"), await office.shop.agent("小林")
    ticket = await office.shop.ticket()
    await office.shop.transfers.offer(ticket.id, lin, to=wei, reason="您更懂")
    await office.shop.transfers.accept(ticket.id, wei)
    await office.settle()
    form = await opens(office, "wei", ts, "hand_back")
    assert "It goes back to 小林, who transferred it." in list(strings(form))
    assert await sends_off(office, "wei", {"reason": "查好了"}) == {}
    assert (await office.shop.ticket()).assignee_id == lin.id


async def test_what_is_wrong_with_no_field_of_a_form_is_shown_beside_one(office: Office) -> None:
    ts = await taken_by_lin(office)
    form = await opens(office, "lin", ts, "hand_back")
    lost = await office.workspace.submit(
        office.workspace.users["lin"], form["id"], {"reason": "要查"}, private_metadata="{}"
    )
    told = (await office.post(lost)).json()["errors"]
    assert told.keys() == {"reason"} and told["reason"]


async def test_who_has_not_got_it_is_told_before_a_form_opens(office: Office) -> None:
    ts = await taken_by_lin(office)
    before = len(await office.workspace.views())
    await office.choose("wei", ts, "hand_back")
    await office.choose("wei", ts, "give")
    assert len(await office.workspace.views()) == before
    told = await office.whispers("wei")
    assert "小林 has ticket" in told[-2] and "Only a supervisor" in told[-1]


async def test_a_supervisor_gives_a_ticket_to_somebody_who_has_to_take_it(office: Office) -> None:
    await office.shop.customer_says("我要人工")
    await office.settle()
    ts = str((await office.card())["ts"])
    await opens(office, "zhang", ts, "give")
    wei = await office.shop.agent("小魏")
    assert await sends_off(office, "zhang", {"to": str(wei.id), "reason": "您熟悉这位顾客"}) == {}
    ticket = await office.shop.ticket()
    assert (ticket.assignee_id, ticket.taken_at) == (wei.id, None)
    assert "指派给 小魏：您熟悉这位顾客" in "".join(await office.thread(ts))
    await opens(office, "zhang", ts, "give")
    told = await sends_off(office, "zhang", {"to": str(wei.id), "reason": "再说一次"})
    assert "已经在 小魏 手上" in "".join(told.values())


async def test_sorted_as_an_incident_it_asks_for_a_report_which_is_made_once(office: Office) -> None:
    ts = await taken_by_lin(office)
    form = await opens(office, "wei", ts, "sort")
    assert fields(form)["kind"]["element"]["initial_option"]["value"] == TicketKind.ENQUIRY
    assert await sends_off(office, "wei", {"kind": "incident-1"}) == {}
    ticket = await office.shop.ticket()
    assert (ticket.kind, ticket.incident) == (TicketKind.INCIDENT, IncidentClass.GRAVE)
    assert "突发事件一类" in read(await office.card())
    await office.press("wei", ts, "report")
    view = (await office.workspace.views())[-1]
    sent = await office.workspace.submit(office.workspace.users["wei"], view, {"text": "已断电，无人受伤"})
    await office.post(sent)
    await office.post(sent)  # as when the answer to the first was lost
    events = await office.shop.events(await office.shop.ticket())
    reports = [event.data["text"] for event in events if event.kind == EventKind.REPORTED]
    assert reports == ["已断电，无人受伤"]
    assert "首报" in "".join(await office.thread(ts))


async def test_resolved_with_a_category_the_card_and_the_thread_name_it(office: Office) -> None:
    office.shop.cases.settings = replace(office.shop.cases.settings, categories=CATEGORIES)
    ts = await taken_by_lin(office)
    await office.press("lin", ts, "resolve")
    form = (await office.workspace.views())[-1]
    check_modal({key: form[key] for key in ("type", "title", "submit", "close", "blocks")})
    assert await sends_off(office, "lin", {"category": "delivery"}) == {}
    ticket = await office.shop.ticket()
    assert (ticket.state, ticket.category) == (TicketState.RESOLVED, "delivery")
    card_now = await office.card()
    check_message(card_now["text"], card_now["blocks"])
    assert "物流" in read(card_now)
    assert "标记为已解决，归为“物流”" in "".join(await office.thread(ts))


async def test_a_category_that_is_gone_meanwhile_is_told_beside_its_field(office: Office) -> None:
    settings = office.shop.cases.settings
    office.shop.cases.settings = replace(settings, categories=CATEGORIES)
    ts = await taken_by_lin(office)
    await office.press("lin", ts, "resolve")
    office.shop.cases.settings = settings
    told = await sends_off(office, "lin", {"category": "delivery"})
    assert told == {"category": "没有这个归类了，请重新选一个。"}
    assert (await office.shop.ticket()).category is None


# The forms alone


def checked(view: View) -> View:
    check_modal(view)
    return view


def test_the_menu_has_what_is_legal_and_only_that() -> None:
    def offered(case: Case) -> set[str]:
        return {value.partition(":")[0] for value in entries(case.card().blocks)}

    assert offered(Case()) == {"give", "sort"}
    assert offered(taken(Case())) == {"hand_back", "give", "sort"}
    assert offered(taken(Case()).then(EventKind.RESOLVED, LIN)) == {"sort"}
    closed = taken(Case()).then(EventKind.RESOLVED, LIN).then(EventKind.CLOSED, LIN)
    assert offered(closed) == set()


def test_a_report_is_a_button_while_it_is_owed() -> None:
    read_zh = reader()
    owed = replace(Case(reason=Reason.EMERGENCY).sheet(read_zh), acts={Act.REPORT})
    assert "写首报" in list(strings(card(owed, read_zh).blocks))
    reported = Case(reason=Reason.EMERGENCY).then(EventKind.REPORTED, LIN, text="已断电")
    assert "写首报" not in said(reported.card())


@pytest.mark.parametrize("language", REPLY_LANGUAGES)
def test_the_longest_forms_are_taken_by_slack(language: ReplyLanguage) -> None:
    read_it = reader(language)
    people = [Option(value=str(new_id()), label=f"{'坐席' * 60}{number}") for number in range(150)]
    categories = [Option(value=f"c{number}", label=LONG_ZH) for number in range(130)]
    sheet = taken(Case()).sheet(read_it, LIN)
    long = replace(sheet, colleagues=people, back_to=LONG_ZH, categories=categories)
    for form in (hand_back, give, sort, report, resolve):
        checked(form(long, read_it))
    chooser = fields(give(long, read_it))["to"]
    assert len(chooser["element"]["options"]) == 100 and "100" in chooser["hint"]["text"]


def test_a_form_without_anybody_to_give_to_says_so_and_cannot_be_sent() -> None:
    view = checked(give(replace(taken(Case(people=[LIN])).sheet(reader(), LIN), colleagues=[]), reader()))
    assert "submit" not in view and "还没有别的同事" in "".join(strings(view))


def test_without_categories_nobody_is_asked_for_one() -> None:
    read_zh = reader()
    assert "category" not in fields(resolve(taken(Case()).sheet(read_zh, LIN), read_zh))
    named = reader(settings=replace(SETTINGS, categories=CATEGORIES))
    asked = fields(resolve(taken(Case()).sheet(named, LIN), named))["category"]
    assert [each["text"]["text"] for each in asked["element"]["options"]] == ["物流", "其他"]
    assert asked["optional"] is True


def filled_in(view: View, **typed: str) -> dict[str, Any]:
    """What Slack sends of it."""
    values = {}
    for name, block in fields(view).items():
        given = typed.get(name)
        is_choice = block["element"]["type"] == "static_select"
        option = {"selected_option": {"value": given} if given else None}
        values[name] = {name: option if is_choice else {"value": given}}
    return {**view, "id": "V1", "state": {"values": values}}


@pytest.mark.parametrize(
    ("value", "kind", "incident"),
    [("fault", TicketKind.FAULT, None), ("incident-2", TicketKind.INCIDENT, IncidentClass.MINOR)],
)
def test_what_it_is_about_is_read(value: str, kind: TicketKind, incident: IncidentClass | None) -> None:
    form = read_sort(filled_in(sort(taken(Case()).sheet(reader(), LIN), reader()), kind=value))
    assert (form.kind, form.incident) == (kind, incident)


WRONG: Sequence[tuple[Any, Any, dict[str, str], str]] = (
    (sort, read_sort, {"kind": "incident-9"}, "kind"),
    (sort, read_sort, {}, "kind"),
    (give, read_give, {"reason": "忙"}, "to"),
    (give, read_give, {"to": str(CHEN.id)}, "reason"),
    (report, read_report, {"text": " "}, "text"),
)


@pytest.mark.parametrize(("form", "read_form", "typed", "field"), WRONG)
def test_what_is_missing_is_named(form: Any, read_form: Any, typed: dict[str, str], field: str) -> None:
    view = form(taken(Case(people=[LIN, CHEN, person("路过")])).sheet(reader(), LIN), reader())
    with pytest.raises(BadInput) as caught:
        read_form(filled_in(view, **typed))
    assert caught.value.field == field
