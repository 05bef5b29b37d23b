"""The register of corrective actions from Slack: the list, and the forms over it, through Slack's door."""

from collections.abc import AsyncIterator
from datetime import date
from uuid import UUID

import pytest

from core.database import Database
from core.ids import new_id
from core.languages import REPLY_LANGUAGES, ReplyLanguage
from handoff.complaints.action_life import ActionState
from handoff.complaints.corrective_actions import CorrectiveAction
from handoff.complaints.life import RootCause
from handoff.desk.action_forms import FORMS, register
from handoff.wording.actions import ActionRow
from tests.slack.blocks import buttons, check_modal, entries, fields, marked, strings
from tests.slack.cases import HOSTILE, LONG_ZH, check_harmless, reader
from tests.slack.office import Office, open_office, read
from tests.slack.support import Json
from tests.slack.test_complaints import OURS, complained, sends_off
from tests.slack.workspace import Workspace


@pytest.fixture
async def office(database: Database, workspace: Workspace) -> AsyncIterator[Office]:
    async with open_office(database, workspace) as office:
        await office.link("zhang", "班长")
        yield office


async def action_of(office: Office, owner: str = "小林", text: str = "出库加一道复核") -> UUID:
    """A complaint has a corrective action, which 小林 has set."""
    await complained(office)
    ticket, lin = await office.shop.ticket(), await office.shop.agent("小林")
    acts = office.shop.complaints
    await acts.investigate(ticket.id, lin, lin)
    await acts.find_cause(ticket.id, lin, RootCause.PROCESS, "没有复核")
    key = await acts.add_action(
        ticket.id, lin, text=text, owner=await office.shop.agent(owner), due=date(2026, 11, 30)
    )
    await office.settle()
    return key


async def action(office: Office, key: UUID) -> CorrectiveAction:
    async with office.shop.database.read() as session:
        return await session.get_one(CorrectiveAction, key)


async def lists(office: Office, user: str, words: str = "actions") -> Json:
    """The list that the command opens, which Slack takes."""
    workspace = office.workspace
    answer = await office.post(
        await workspace.command(workspace.users[user], f"/shouwen {words}", office.channel)
    )
    assert (answer.status_code, answer.text) == (200, "")
    return taken(await newest(office))


async def newest(office: Office) -> Json:
    return (await office.workspace.views())[-1]


def taken(view: Json) -> Json:
    check_modal({key: view[key] for key in OURS if view.get(key)})
    return view


async def presses(office: Office, user: str, view: Json, name: str, key: UUID) -> Json:
    """The form that a button of the list lays over it."""
    workspace = office.workspace
    await office.post(
        await workspace.press_in_view(workspace.users[user], view["id"], name, block_id=str(key))
    )
    return taken(await newest(office))


async def list_now(office: Office, view: Json) -> str:
    found = next(each for each in await office.workspace.views() if each["id"] == view["id"])
    return "\n".join(strings(found["blocks"]))


async def test_an_action_is_done_fails_is_done_again_and_verified(office: Office) -> None:
    key = await action_of(office)
    view = await lists(office, "lin", "整改")
    assert "进行中" in read(view) and "出库加一道复核" in read(view)
    await presses(office, "lin", view, "action_finish", key)
    assert "text" in await sends_off(office, "lin", {"text": " "})
    assert await sends_off(office, "lin", {"text": "复核台已经装好"}) == {}
    assert (await action(office, key)).state == ActionState.DONE
    assert "待核实" in await list_now(office, view)
    assert not buttons(await lists(office, "lin"))  # whoever did it does not verify it

    judging = await lists(office, "wei")
    await presses(office, "wei", judging, "action_fail", key)
    assert "due" in await sends_off(office, "wei", {"reason": "周末没人复核", "due": "2026-11-20"})
    assert await sends_off(office, "wei", {"reason": "周末没人复核", "due": "2026-12-10"}) == {}
    again = await action(office, key)
    assert (again.state, again.failures) == (ActionState.OPEN, 1)
    assert "failed verification 1×" in await list_now(office, judging)

    view = await lists(office, "zhang")  # the supervisor, for the owner
    await presses(office, "zhang", view, "action_finish", key)
    assert await sends_off(office, "zhang", {"text": "周末也有人了"}) == {}
    view = await lists(office, "wei")
    await presses(office, "wei", view, "action_verify", key)
    assert await sends_off(office, "wei", {}) == {}
    assert (await action(office, key)).state == ActionState.VERIFIED
    assert "Verified" in await list_now(office, view)


async def test_a_complaints_card_leads_to_its_own_actions(office: Office) -> None:
    key = await action_of(office)
    card = await office.card(office.care)
    assert "整改措施" in entries(card["blocks"]).values()
    await office.choose("lin", card["ts"], "actions", channel=office.care)
    view = taken(await newest(office))
    assert "出库加一道复核" in read(view)
    await presses(office, "lin", view, "action_finish", key)
    assert await sends_off(office, "lin", {"text": "好了"}) == {}
    assert "待核实" in await list_now(office, view)


async def test_what_a_colleague_was_faster_with_is_explained_in_the_form(office: Office) -> None:
    key = await action_of(office)
    view = await lists(office, "lin")
    await presses(office, "lin", view, "action_finish", key)
    await office.shop.register.finish(key, await office.shop.agent("小林"), "好了")
    told = await sends_off(office, "lin", {"text": "好了"})
    assert "这项整改刚刚有了变化" in told["text"]


async def test_other_tickets_have_no_actions_in_their_menu(office: Office) -> None:
    await office.shop.customer_says("我要人工")
    await office.settle()
    assert "整改措施" not in entries((await office.card())["blocks"]).values()


async def test_an_empty_register_says_where_actions_come_from(office: Office) -> None:
    assert "还没有整改措施" in read(await lists(office, "lin"))


async def test_slack_that_opens_no_list_is_said_to_be_away(office: Office) -> None:
    await office.workspace.fail(1, "expired_trigger_id", method="views.open")
    workspace = office.workspace
    post = await workspace.command(workspace.users["lin"], "/shouwen actions", office.channel)
    assert "刚才没办成" in (await office.post(post)).text


# The list and the forms alone


def row(text: str = "加复核", **changes: object) -> ActionRow:
    values = {"number": "SW-2611-0042", "line": "小林 · 2026-12-02 前", "state": "进行中", "state_id": "open"}
    more = {"id": new_id(), "ticket_id": new_id(), "late": False, "notes": ["核实未通过 2 次"], "text": text}
    return ActionRow(**{**values, **more, **changes})  # type: ignore[arg-type]  # of a test's own making


@pytest.mark.parametrize("language", REPLY_LANGUAGES)
@pytest.mark.parametrize("text", [HOSTILE, LONG_ZH, "&" * 4_000])
def test_the_longest_register_is_taken_by_slack(language: ReplyLanguage, text: str) -> None:
    rows = [row(text, line=text, may_judge=number % 2 == 0) for number in range(60)]
    parts = {"late": rows[:20], "open": rows[20:40], "done": rows[40:], "verified": [row()]}
    read_it = reader(language)
    views = [
        register(parts, read_it, ticket_id=new_id()),
        *(form(rows[0], read_it, "") for form in FORMS.values()),
    ]
    for view in views:
        check_modal(view)
        for each in marked(view):
            check_harmless(each)
    assert "30" in list(strings(views[0]["blocks"]))[-1]


def test_what_the_reader_can_act_on_comes_first() -> None:
    mine = row("我的", may_finish=True)
    view = register({"open": [*(row() for _ in range(40)), mine]}, reader(), ticket_id=None)
    assert buttons(view)["action_finish"]["value"] == str(mine.id)


def test_a_failure_asks_for_a_day() -> None:
    asked = fields(FORMS["action_fail"](row(), reader(), ""))
    assert asked["due"]["element"]["type"] == "datepicker" and not asked["due"]["optional"]
