"""Contacts from Slack: logged in a form, on a card like any other, and never answered by writing."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from core.database import Database
from core.outbox import OutboxRow
from handoff.life import TicketState
from tests.slack.blocks import buttons, check_home, check_message, check_modal, fields
from tests.slack.office import Office, open_office, read
from tests.slack.support import Json
from tests.slack.workspace import Workspace

OURS = ("type", "callback_id", "title", "submit", "close", "blocks", "private_metadata")  # of a form
CALL = {"name": "王先生", "reach": "138 1234 5678", "text": "订单三天没动了"}
SHOWN = "+86 138 1234 5678"


@pytest.fixture
async def office(database: Database, workspace: Workspace) -> AsyncIterator[Office]:
    async with open_office(database, workspace) as office:
        yield office


async def opens(office: Office, user: str = "lin", text: str = "登记") -> Json:
    """The form that the command opens, which Slack takes."""
    before = len(await office.workspace.views())
    post = await office.workspace.command(office.workspace.users[user], f"/shouwen {text}", office.channel)
    answer = await office.post(post)
    assert answer.is_success and answer.text == ""
    (opened,) = (await office.workspace.views())[before:]
    check_modal({key: opened[key] for key in OURS if opened.get(key)})
    return opened


async def sends_off(office: Office, values: dict[str, Any], user: str = "lin") -> dict[str, Any]:
    """How the form that is open is answered."""
    answer = await office.submit(user, values)
    assert answer.is_success
    told: dict[str, Any] = answer.json() if answer.content else {}
    return told


async def logs(office: Office, user: str = "lin", **values: Any) -> str:
    """What the form says when a contact is logged."""
    await opens(office, user)
    answered = await sends_off(office, {**CALL, **values}, user)
    assert answered["response_action"] == "update", answered
    check_modal(answered["view"])
    return read(answered["view"])


async def said(office: Office) -> list[str]:
    return [each.text for each in await office.shop.record((await office.shop.ticket()).conversation_id)]


async def test_a_call_is_logged_and_stands_in_its_channel_like_any_other(office: Office) -> None:
    told = await logs(office, then="queue:care", kind="fault")
    ticket = await office.shop.ticket()
    assert ticket.number in told and "首问责任人是您" in told
    card = await office.card(office.care)
    check_message(card["text"], card["blocks"])
    shown = read(card)
    assert f"联系方式：{SHOWN}" in shown and "电话" in shown and "故障报修" in shown
    assert "首问责任人：小林" in shown and "订单三天没动了" in shown and "机器人答过" not in shown
    assert {"take", "said", "note"} <= buttons(card["blocks"]).keys()
    thread = await office.thread(card["ts"], office.care)
    assert any("王先生" in each and "订单三天没动了" in each for each in thread)
    assert not any("转人工之前" in each for each in thread)
    await office.press("wei", card["ts"], "take", channel=office.care)
    assert await said(office) == ["订单三天没动了"]


async def test_what_is_written_to_somebody_whom_nothing_reaches_is_kept_as_a_note(office: Office) -> None:
    await logs(office)
    card = await office.card()
    ts = str(card["ts"])
    await office.hear("lin", "您好，已经发货了", thread=ts)
    assert await said(office) == ["订单三天没动了"]
    assert "收不到消息" in (await office.whispers("lin"))[-1]
    events = await office.shop.events(await office.shop.ticket())
    assert (events[-1].kind, events[-1].data["text"]) == ("noted", "您好，已经发货了")
    async with office.shop.database.read() as session:
        assert await session.scalar(select(func.count()).select_from(OutboxRow)) == 0


async def test_what_was_said_on_the_phone_is_put_on_record(office: Office) -> None:
    await logs(office)
    ts = str((await office.card())["ts"])
    await office.press("lin", ts, "said")
    form = (await office.workspace.views())[-1]
    check_modal({key: form[key] for key in OURS if form.get(key)})
    refused = await sends_off(office, {})
    assert refused["errors"].keys() == {"heard"}
    assert await sends_off(office, {"heard": "什么时候到", "told": "明天上午", "how": "phone"}) == {}
    assert await said(office) == ["订单三天没动了", "什么时候到", "明天上午"]
    assert (await office.shop.ticket()).state == TicketState.IN_PROGRESS
    thread = "\n".join(await office.thread(ts))
    assert "什么时候到" in thread and "明天上午" in thread
    await office.press("wei", ts, "said")  # a colleague picks up the phone
    form = (await office.workspace.views())[-1]
    assert fields(form).keys() == {"how", "heard", "at"} and "Only its assignee" in read(form)
    assert await sends_off(office, {"heard": "我又打来了"}, "wei") == {}
    assert (await said(office))[-1] == "我又打来了"


async def test_a_second_call_is_added_and_the_form_says_so(office: Office) -> None:
    await logs(office)
    ticket = await office.shop.ticket()
    told = await logs(office, "wei", text="还没到", reach="+8613812345678")
    assert f"has an open ticket, {ticket.number} (小林)" in told and "/archives/" in told
    assert len(await office.shop.tickets()) == 1
    assert "还没到" in "\n".join(await office.thread(str((await office.card())["ts"])))


async def test_what_was_answered_at_once_is_a_closed_card(office: Office) -> None:
    told = await logs(office, then="answered", answer="今天发出", how="visit", reach="")
    assert "已登记并办结" in told
    card = await office.card()
    check_message(card["text"], card["blocks"])
    assert "已关闭" in read(card) and "没有留联系方式" in read(card) and "来访" in read(card)
    assert not {"said", "resolve", "confirm"} & buttons(card["blocks"]).keys()
    thread = "\n".join(await office.thread(str(card["ts"])))
    assert "今天发出" in thread and "确认结果，关闭" in thread


@pytest.mark.parametrize(
    ("values", "field", "told"),
    [
        ({"reach": "12345"}, "reach", "座机请带区号"),
        ({"name": "", "reach": ""}, "name", "至少一样"),
        ({"then": "answered"}, "answer", "先写点什么"),
        ({"then": "answered", "answer": "抱歉", "kind": "complaint"}, "then", "投诉"),
        ({"at": 4_000_000_000}, "at", "还没到"),
    ],
)
async def test_what_has_to_be_mended_is_told_at_its_field(
    office: Office, values: dict[str, Any], field: str, told: str
) -> None:
    await opens(office)
    answered = await sends_off(office, {**CALL, **values})
    assert answered["response_action"] == "errors" and answered["errors"].keys() == {field}
    assert told in answered["errors"][field]
    assert await office.shop.tickets() == []


async def test_a_form_counts_once_however_often_it_is_sent_off(office: Office) -> None:
    form = await opens(office, text="log")
    lin = office.workspace.users["lin"]
    called = int((office.shop.now - timedelta(hours=1)).timestamp())
    for _ in range(2):
        post = await office.workspace.submit(lin, form, {**CALL, "at": called})
        assert (await office.post(post)).json()["response_action"] == "update"
    (ticket,) = await office.shop.tickets()
    assert ticket.opened_at == office.shop.now - timedelta(hours=1)


async def test_the_home_tab_has_a_button_for_it(office: Office) -> None:
    lin = office.workspace.users["lin"]
    event = {"type": "app_home_opened", "user": lin, "tab": "home"}
    await office.post(office.workspace.event(event))
    view = (await office.workspace.views())[-1]
    check_home({key: view[key] for key in ("type", "callback_id", "blocks")})
    await office.post(await office.workspace.press_in_view(lin, view["id"], "log_contact"))
    opened = (await office.workspace.views())[-1]
    assert fields(opened).keys() == {"how", "name", "reach", "kind", "text", "then", "answer", "at"}


async def test_hostile_words_mention_nobody(office: Office) -> None:
    await logs(office, name="<!channel> *王*", text="<!here> <@U1> `x`")
    card = await office.card()
    check_message(card["text"], card["blocks"])
    assert "<!channel>" not in card["text"]
