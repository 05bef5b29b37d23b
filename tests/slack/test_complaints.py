"""A complaint goes its whole way in Slack: customers complain, agents fill in forms, colleagues visit."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from core.database import Database
from core.messages import Author, Kind
from handoff.complaints.life import Answer, Stage
from handoff.complaints.views import ComplaintView, find_complaint_view
from handoff.life import EventKind, TicketState
from tests.slack.blocks import buttons, check_message, check_modal, fields
from tests.slack.office import Office, open_office, read
from tests.slack.support import Json
from tests.slack.workspace import Workspace

HELD = "这不归我管，你爱要不要"
CAUSE = {"cause": "process", "finding": "出库没有复核"}
ACTION = {"measure": "出库加一道复核", "due": "2026-12-03"}
OURS = ("type", "callback_id", "title", "submit", "close", "blocks", "private_metadata")  # of a form


@pytest.fixture
async def office(database: Database, workspace: Workspace) -> AsyncIterator[Office]:
    async with open_office(database, workspace) as office:
        await office.link("zhang", "班长")
        yield office


async def complained(office: Office, *, by: str = "lin", says: str = "你们太差劲了") -> str:
    """A customer complains, and an agent takes it; the ts of its card."""
    await office.shop.customer_says(says)
    await office.settle()
    ts = str((await office.card(office.care))["ts"])
    await office.press(by, ts, "take", channel=office.care)
    return ts


async def opens(office: Office, user: str, ts: str, action: str = "complaint") -> Json:
    """The form that a button opens, which Slack takes."""
    before = len(await office.workspace.views())
    await office.press(user, ts, action, channel=office.care)
    opened = (await office.workspace.views())[before:]
    assert len(opened) == 1, await office.whispers(user)
    check_modal({key: opened[0][key] for key in OURS if opened[0].get(key)})
    return opened[0]


async def fills_in(
    office: Office, user: str, ts: str, values: dict[str, Any], action: str = "complaint"
) -> dict[str, str]:
    """What the form that a button opens says against what was filled in; nothing when it is done."""
    await opens(office, user, ts, action)
    return await sends_off(office, user, values)


async def sends_off(office: Office, user: str, values: dict[str, Any]) -> dict[str, str]:
    """The same of the form that is open."""
    answer = await office.submit(user, values)
    assert answer.is_success
    told: dict[str, str] = answer.json()["errors"] if answer.content else {}
    return told


async def id_of(office: Office, name: str) -> str:
    return str((await office.shop.agent(name)).id)


async def complaint(office: Office) -> ComplaintView:
    ticket = await office.shop.ticket()
    async with office.shop.database.read() as session:
        found = await find_complaint_view(session, ticket, settings=office.shop.cases.settings)
    assert found is not None
    return found


async def happened(office: Office, *kinds: EventKind) -> int:
    """How often."""
    return sum(event.kind in kinds for event in await office.shop.events(await office.shop.ticket()))


async def proposals(office: Office) -> list[Any]:
    """What the customer has got from agents with buttons under it."""
    record = await office.shop.record((await office.shop.ticket()).conversation_id)
    return [message for message in record if message.author == Author.AGENT and message.buttons]


async def shown(office: Office) -> str:
    """The card, which Slack takes."""
    card = await office.card(office.care)
    check_message(card["text"], card["blocks"])
    return read(card)


async def test_a_complaint_goes_its_whole_way_in_slack(office: Office) -> None:
    await office.shop.customer_says("你们太差劲了")
    await office.settle()
    assert "处理阶段：*接手后受理*" in await shown(office)
    ts = str((await office.card(office.care))["ts"])
    await office.press("lin", ts, "take", channel=office.care)
    told = await shown(office)
    assert "处理阶段：*已受理*" in told
    assert "解决前还差：顾客对方案的答复、根本原因、整改措施" in told
    wei = await id_of(office, "小魏")
    assert await fills_in(office, "lin", ts, {"investigator": wei}) == {}
    assert "*调查中*" in await shown(office)
    assert await fills_in(office, "lin", ts, {"proposal": "给您补发，并免运费"}) == {}
    assert "*已提方案*" in await shown(office)
    (proposal,) = await proposals(office)
    assert proposal.text.startswith("给您补发，并免运费") and proposal.author_name == "小林"
    assert any("给您补发" in each for each in await office.thread(ts, office.care))
    accept = proposal.buttons[0]
    await office.shop.customer_says(accept["label"], kind=Kind.PRESS, press=accept["action"])
    await office.settle()
    told = await shown(office)
    assert "*已反馈*" in told and "解决前还差：根本原因、整改措施" in told
    assert await fills_in(office, "wei", ts, {**CAUSE, **ACTION, "owner": wei}) == {}
    told = await shown(office)
    assert "还差" not in told
    form = await opens(office, "lin", ts, "resolve")
    assert form["callback_id"] == "resolve"
    assert await sends_off(office, "lin", {"text": "已补发"}) == {}
    card = await office.card(office.care)
    assert "回访" in read(card) and "<!date^" in read(card)
    assert {"visit", "reopen"} <= buttons(card["blocks"]).keys()
    assert not {"complaint", "confirm", "resolve"} & buttons(card["blocks"]).keys()
    office.shop.time_passes(days=3)
    assert await fills_in(office, "zhang", ts, {"outcome": "satisfied"}, "visit") == {}
    card = await office.card(office.care)
    assert "*已回访*" in read(card) and "visit" not in buttons(card["blocks"])
    await office.press("wei", ts, "confirm", channel=office.care)  # was asked first, as the queue's owner
    after = await office.shop.ticket()
    assert (after.stage, after.state) == (Stage.CLOSED, TicketState.CLOSED)
    assert "*已办结*" in await shown(office)


async def test_all_that_an_agent_knows_goes_into_one_form(office: Office) -> None:
    ts = await complained(office)
    lin = await id_of(office, "小林")
    form = await opens(office, "lin", ts)
    assert fields(form)["investigator"]["element"]["initial_option"]["value"] == lin
    assert await sends_off(office, "lin", {"proposal": "全额退款", **CAUSE, **ACTION, "owner": lin}) == {}
    await office.shop.customer_says("接受")  # in the button's words
    await office.settle()
    now = await complaint(office)
    assert (now.stage, now.missing) == (Stage.FED_BACK, [])
    assert now.complaint is not None and now.complaint.investigator_id == now.ticket.assignee_id
    kinds = [event.kind for event in await office.shop.events(now.ticket)]
    asked = [kind for kind in kinds if kind in ("investigates", "proposed", "found_cause", "action_set")]
    assert asked == ["investigates", "proposed", "found_cause", "action_set"]


async def test_a_form_asks_for_nothing_that_is_there_or_cannot_be_yet(office: Office) -> None:
    ts = await complained(office)
    asks = fields(await opens(office, "lin", ts))
    assert {"investigator", "about", "proposal", "cause", "measure", "owner", "due"} <= asks.keys()
    assert options(asks["answer"]) == ["withdrawn", "not_reached"]
    await sends_off(office, "lin", {"proposal": "补发", **CAUSE})
    asks = fields(await opens(office, "lin", ts))
    assert not {"investigator", "cause", "finding"} & asks.keys()
    assert options(asks["answer"]) == list(Answer)
    # Who neither has it nor looks into it makes no proposal.
    assert "proposal" not in fields(await opens(office, "wei", ts))
    await sends_off(office, "wei", {"answer": "accepted", "note": "电话里同意了"})
    assert not {"answer", "proposal", "insist"} & fields(await opens(office, "lin", ts)).keys()
    assert "您接受这个方案" in (await office.shop.told(await office.shop.ticket()))[-1]


def options(block: Any) -> list[str]:
    return [each["value"] for each in block["element"]["options"]]


async def test_to_resolve_what_lacks_something_asks_for_it_first(office: Office) -> None:
    ts = await complained(office)
    form = await opens(office, "lin", ts, "resolve")
    assert form["callback_id"] == "complaint"
    assert "解决前还差：顾客对方案的答复、根本原因、整改措施" in read(form)
    values = {"answer": "withdrawn", "note": "电话里说算了", **CAUSE, **ACTION}
    assert await sends_off(office, "lin", {**values, "owner": await id_of(office, "小林")}) == {}
    form = await opens(office, "lin", ts, "resolve")
    assert form["callback_id"] == "resolve"
    assert "该有的都有了" in read(await opens(office, "lin", ts))


async def test_whom_it_is_about_can_do_nothing_and_is_nobodys_choice(office: Office) -> None:
    ts = await complained(office)
    lin, wei = await id_of(office, "小林"), await id_of(office, "小魏")
    about = {"investigator": wei, "about": wei}
    told = await fills_in(office, "zhang", ts, about)
    assert told.keys() == {"investigator"} and "小魏 是被投诉人" in told["investigator"]
    assert await sends_off(office, "zhang", {"investigator": wei, "about": lin}) == {}
    await office.press("lin", ts, "complaint", channel=office.care)
    assert "小林 是被投诉人" in (await office.whispers("lin"))[-1]
    await office.press("lin", ts, "resolve", channel=office.care)
    assert "小林 是被投诉人" in (await office.whispers("lin"))[-1]
    asks = fields(await opens(office, "wei", ts))
    assert "proposal" in asks  # who looks into it may propose
    assert asks["about"]["element"]["initial_option"]["value"] == lin
    zhang = await id_of(office, "班长")
    assert await sends_off(office, "wei", {"about": zhang, "investigator": wei}) == {}
    assert await fills_in(office, "lin", ts, {"about": "nobody", "investigator": lin}) == {}
    now = (await complaint(office)).complaint
    assert now is not None and (now.about_id, str(now.investigator_id)) == (None, lin)
    assert await happened(office, EventKind.INVESTIGATES) == 2


async def test_a_form_that_was_open_before_it_became_about_its_reader_is_refused(office: Office) -> None:
    ts = await complained(office)
    await opens(office, "lin", ts)
    shop, lin = office.shop, await office.shop.agent("小林")
    await shop.complaints.set_about((await shop.ticket()).id, await shop.agent("班长"), lin)
    told = await sends_off(office, "lin", {"proposal": "补发"})
    assert told.keys() == {"investigator"} and "小林 是被投诉人" in told["investigator"]
    assert await happened(office, EventKind.INVESTIGATES, EventKind.PROPOSED) == 0


async def test_who_says_that_it_is_about_them_does_nothing_more(office: Office) -> None:
    ts = await complained(office)
    lin, wei = await id_of(office, "小林"), await id_of(office, "小魏")
    told = await fills_in(office, "lin", ts, {"investigator": wei, "about": lin, "proposal": "补发"})
    assert told.keys() == {"proposal"} and await happened(office, EventKind.INVESTIGATES) == 0
    assert await sends_off(office, "lin", {"investigator": wei, "about": lin}) == {}
    assert ("complaint", "about_assignee", {"班长"}) in await office.shop.reasons()


async def test_a_step_out_of_turn_is_told_at_its_field_and_nothing_is_done(office: Office) -> None:
    ts = await complained(office)
    await fills_in(office, "lin", ts, {"proposal": "补发"})
    await opens(office, "lin", ts)
    await office.shop.customer_says("接受")  # while the form is open
    told = await sends_off(office, "lin", {"answer": "declined", "proposal": "全额退款", **CAUSE})
    assert "投诉现在是「已反馈」" in told["answer"] and told.keys() == {"answer", "proposal"}
    assert await happened(office, EventKind.REFUSED, EventKind.FOUND_CAUSE) == 0
    assert len(await proposals(office)) == 1
    assert await sends_off(office, "lin", CAUSE) == {}


async def test_a_declined_proposal_and_the_next_one_go_together(office: Office) -> None:
    ts = await complained(office)
    await fills_in(office, "lin", ts, {"proposal": "补发"})
    assert await fills_in(office, "lin", ts, {"answer": "declined", "proposal": "全额退款"}) == {}
    now = await complaint(office)
    assert (now.stage, [each.text[:2] for each in await proposals(office)]) == (
        Stage.PROPOSED,
        ["补发", "全额"],
    )


async def test_what_is_begun_has_to_be_complete_and_each_field_says_what_is_wrong(office: Office) -> None:
    ts = await complained(office)
    lin = await id_of(office, "小林")
    values = {"answer": "withdrawn", "insist": "原话", "finding": "没复核", "measure": "加复核", "owner": lin}
    told = await fills_in(office, "lin", ts, values)
    assert told == {
        "note": "请写一句理由，同事会看到。",
        "proposal": "还没有内容，先写点什么。",
        "cause": "这一项也要选。",
        "due": "这一项也要选。",
    }
    told = await sends_off(office, "lin", {"note": "电话", "cause": "people", "due": "2026-11-24"})
    assert told == {
        "answer": "这一项也要选。",
        "finding": "还没有内容，先写点什么。",
        "measure": "还没有内容，先写点什么。",
    }
    assert await happened(office, EventKind.INVESTIGATES) == 0


async def test_a_day_that_is_over_is_refused_and_today_is_not(office: Office) -> None:
    ts = await complained(office)
    action = {**ACTION, "owner": await id_of(office, "小魏")}
    told = await fills_in(office, "wei", ts, {**action, "due": "2026-11-22"})
    assert told == {"due": "The date must be today or later."}
    assert await sends_off(office, "wei", {**action, "due": "2026-11-23"}) == {}
    assert [each.due_at.isoformat() for each in (await complaint(office)).actions] == [
        "2026-11-23T16:00:00+00:00"
    ]


async def test_a_proposal_with_a_banned_phrase_is_held_until_its_author_insists(office: Office) -> None:
    ts = await complained(office)
    told = await fills_in(office, "lin", ts, {"proposal": HELD, **CAUSE})
    assert told.keys() == {"proposal"}
    assert "还没发出" in told["proposal"] and "可以改成" in told["proposal"]
    assert await proposals(office) == []
    assert await happened(office, EventKind.INVESTIGATES, EventKind.FOUND_CAUSE) == 0
    assert await sends_off(office, "lin", {"proposal": HELD, "insist": "顾客的原话", **CAUSE}) == {}
    (proposed,) = [
        event for event in await office.shop.events(await office.shop.ticket()) if event.kind == "proposed"
    ]
    assert proposed.data["reason"] == "顾客的原话" and len(await proposals(office)) == 1


async def test_what_was_done_before_an_error_is_not_done_again(office: Office) -> None:
    ts = await complained(office)
    lin, wei = await id_of(office, "小林"), await id_of(office, "小魏")
    values = {"investigator": lin, "answer": "not_reached", "note": "打了五次没人接", **CAUSE}
    await opens(office, "wei", ts)
    refused = {"investigator": lin, "proposal": "补发", **CAUSE}
    told = await sends_off(office, "wei", refused)  # neither has it nor looks into it
    assert told.keys() == {"proposal"}
    assert "whoever has or investigates it" in told["proposal"] and "is done" in told["proposal"]
    assert await happened(office, EventKind.INVESTIGATES) == 1
    assert await sends_off(office, "wei", values) == {}
    assert await sends_off(office, "wei", values) == {}
    assert await sends_off(office, "wei", {**values, **ACTION, "owner": wei}) == {}
    for kind in (EventKind.INVESTIGATES, EventKind.WAIVED, EventKind.FOUND_CAUSE, EventKind.ACTION_SET):
        assert await happened(office, kind) == 1


async def test_a_form_sent_off_twice_at_once_is_carried_out_once(office: Office) -> None:
    ts = await complained(office)
    await opens(office, "lin", ts)
    view = (await office.workspace.views())[-1]
    lin = office.workspace.users["lin"]
    values = {"proposal": "补发", **CAUSE, **ACTION, "owner": await id_of(office, "小林")}
    posts = [await office.workspace.submit(lin, view, values) for _ in range(2)]
    answers = await asyncio.gather(
        *(office.http.post("/slack/events", content=body, headers=headers) for headers, body in posts)
    )
    assert [answer.content for answer in answers] == [b"", b""]
    for kind in (EventKind.INVESTIGATES, EventKind.PROPOSED, EventKind.FOUND_CAUSE, EventKind.ACTION_SET):
        assert await happened(office, kind) == 1
    assert len(await proposals(office)) == 1


async def test_an_answer_is_not_recorded_of_a_later_proposal_when_its_form_comes_again(
    office: Office,
) -> None:
    ts = await complained(office)
    await fills_in(office, "lin", ts, {"proposal": "补发"})
    await opens(office, "lin", ts)
    values = {"answer": "declined", "proposal": "全额退款"}
    for _ in range(2):
        assert await sends_off(office, "lin", values) == {}
    assert (await complaint(office)).stage == Stage.PROPOSED
    assert await happened(office, EventKind.REFUSED) == 1 and len(await proposals(office)) == 2


async def test_whoever_was_named_meanwhile_stays_the_investigator(office: Office) -> None:
    ts = await complained(office)
    await opens(office, "lin", ts)
    shop, wei = office.shop, await office.shop.agent("小魏")
    await shop.complaints.investigate((await shop.ticket()).id, wei, wei)
    told = await sends_off(office, "lin", CAUSE)
    assert told == {"investigator": "小魏 已经在调查了。请选 小魏，或重新打开表单再看。"}
    assert await sends_off(office, "lin", {**CAUSE, "investigator": str(wei.id)}) == {}
    assert await happened(office, EventKind.INVESTIGATES) == 1


async def concluded(office: Office) -> str:
    """小林 has done it all and resolved it; the ts of its card."""
    ts = await complained(office)
    values = {
        "answer": "withdrawn",
        "note": "说算了",
        **CAUSE,
        **ACTION,
        "owner": await id_of(office, "小林"),
    }
    await fills_in(office, "lin", ts, values)
    await fills_in(office, "lin", ts, {}, "resolve")
    assert (await office.shop.ticket()).state == TicketState.RESOLVED
    return ts


async def test_who_handled_it_does_not_make_the_visit(office: Office) -> None:
    ts = await concluded(office)
    await office.press("lin", ts, "visit", channel=office.care)
    assert "小林 经手过这件投诉" in (await office.whispers("lin"))[-1]
    told = await fills_in(office, "wei", ts, {"outcome": "not_reached"}, "visit")
    assert told == {"reason": "Please say why in a few words; colleagues see it."}
    for _ in range(2):  # sent off twice it is one try
        assert await sends_off(office, "wei", {"outcome": "not_reached", "reason": "没人接"}) == {}
    assert "已试 1 次没联系上" in await shown(office)


async def test_who_is_not_satisfied_has_the_ticket_open_again_once(office: Office) -> None:
    ts = await concluded(office)
    values = {"outcome": "dissatisfied", "reason": "还是没收到"}
    assert await fills_in(office, "wei", ts, values, "visit") == {}
    assert await sends_off(office, "wei", values) == {}
    after = await office.shop.ticket()
    assert (after.state, after.episode) == (TicketState.ASSIGNED, 2)
    assert await happened(office, EventKind.REOPENED) == 1
    assert "还是没收到" in "".join(await office.thread(ts, office.care))


async def test_a_stale_button_of_a_complaint_explains_itself(office: Office) -> None:
    ts = await complained(office)
    zhang = office.workspace.users["zhang"]
    stale = await office.workspace.press(zhang, office.care, ts, "complaint")
    values = {
        "answer": "withdrawn",
        "note": "说算了",
        **CAUSE,
        **ACTION,
        "owner": await id_of(office, "小林"),
    }
    await fills_in(office, "lin", ts, values)
    await fills_in(office, "lin", ts, {}, "resolve")
    visit = await office.workspace.press(zhang, office.care, ts, "visit")
    await office.post(stale)
    assert "投诉现在是「已反馈」" in (await office.whispers("zhang"))[-1]
    await fills_in(office, "zhang", ts, {"outcome": "satisfied"}, "visit")
    await office.post(visit)
    assert "投诉现在是「已回访」" in (await office.whispers("zhang"))[-1]


async def test_a_complaint_that_nobody_has_taken_says_so(office: Office) -> None:
    await office.shop.customer_says("你们太差劲了")
    await office.settle()
    card = await office.card(office.care)
    assert "解决前还差：有人接手" in read(card)
    assert not {"complaint", "visit"} & buttons(card["blocks"]).keys()
    shop, ticket = office.shop, await office.shop.ticket()
    await shop.transfers.give(ticket.id, await shop.agent("班长"), await shop.agent("小林"), "你来")
    await office.settle()
    await office.press("lin", card["ts"], "resolve", channel=office.care)
    assert "还差：有人接手" in (await office.whispers("lin"))[-1]


async def test_a_ticket_of_another_kind_has_none_of_this(office: Office) -> None:
    await office.shop.customer_says("我要人工")
    await office.settle()
    card = await office.card()
    assert "处理阶段" not in read(card) and not {"complaint", "visit"} & buttons(card["blocks"]).keys()
    await office.press("lin", card["ts"], "take")
    await office.press("lin", card["ts"], "resolve")
    assert (await office.workspace.views())[-1]["callback_id"] == "resolve"
