"""Who only looks on changes nothing from Slack, whichever way it is tried, and is told so privately."""

from collections.abc import AsyncIterator

import pytest

from core.database import Database
from handoff.accounts import set_role
from handoff.agents import Role
from tests.slack.blocks import buttons
from tests.slack.office import Office, open_office, read
from tests.slack.workspace import Workspace

TOLD = "You are a viewer"


@pytest.fixture
async def office(database: Database, workspace: Workspace) -> AsyncIterator[Office]:
    async with open_office(database, workspace) as office:
        await office.shop.customer_says("我要人工")
        await office.settle()
        yield office


async def becomes(office: Office, name: str, role: Role) -> None:
    await office.shop.agent(name)
    async with office.shop.database.write() as session:
        await set_role(session, name, role, by="admin", now=office.shop.now)


async def thread_of(office: Office) -> str:
    return str((await office.card())["ts"])


async def record(office: Office) -> list[str]:
    """All that was said, and all that happened."""
    ticket = await office.shop.ticket()
    said = [message.text for message in await office.shop.record(ticket.conversation_id)]
    return said + [f"{event.kind} {event.data}" for event in await office.shop.events(ticket)]


@pytest.mark.parametrize("text", ["明天到", "// 客人很急"])
async def test_their_words_stay_in_slack(office: Office, text: str) -> None:
    await office.press("wei", await thread_of(office), "take")
    await becomes(office, "小魏", Role.VIEWER)
    before = await record(office)
    await office.hear("wei", text, thread=await thread_of(office))
    assert await record(office) == before
    assert [each for each in await office.whispers("wei") if TOLD in each]


async def test_they_change_nothing_of_what_they_said_before(office: Office) -> None:
    thread = await thread_of(office)
    await office.press("wei", thread, "take")
    said = await office.hear("wei", "明天到", thread=thread)
    await becomes(office, "小魏", Role.VIEWER)
    before = await record(office)
    user = office.workspace.users["wei"]
    await office.workspace.edit(user, office.channel, said, "后天到")
    await office.arrived(said, "message_changed")
    await office.settle()
    await office.workspace.delete(user, office.channel, said)
    await office.arrived(said, "message_deleted")
    await office.settle()
    assert await record(office) == before
    assert [TOLD in each for each in await office.whispers("wei")] == [True, True]


@pytest.mark.parametrize("action", ["take", "note", "customer"])
async def test_buttons_do_nothing_and_open_no_form(office: Office, action: str) -> None:
    await becomes(office, "小魏", Role.VIEWER)
    before = await record(office)
    await office.press("wei", await thread_of(office), action)
    assert await record(office) == before and await office.workspace.views() == []
    assert TOLD in (await office.whispers("wei"))[-1]


async def test_a_form_that_was_open_already_is_not_carried_out_and_says_why(office: Office) -> None:
    await office.press("wei", await thread_of(office), "note")
    await becomes(office, "小魏", Role.VIEWER)
    before = await record(office)
    answer = await office.submit("wei", {"text": "客人很急"})
    assert await record(office) == before
    assert TOLD in answer.json()["errors"]["text"]


@pytest.mark.parametrize("text", ["on", "log", "actions", "mine"])
async def test_the_command_does_nothing(office: Office, text: str) -> None:
    await becomes(office, "小魏", Role.VIEWER)
    post = await office.workspace.command(office.workspace.users["wei"], f"/shouwen {text}", office.channel)
    assert TOLD in (await office.post(post)).text
    assert await office.workspace.views() == []


async def test_the_home_tab_says_so_and_an_old_one_does_nothing(office: Office) -> None:
    user = office.workspace.users["wei"]
    opened = office.workspace.event({"type": "app_home_opened", "user": user, "tab": "home"})
    await office.post(opened)
    (old,) = await office.workspace.views()
    await becomes(office, "小魏", Role.VIEWER)
    await office.post(await office.workspace.press_in_view(user, old["id"], "duty_on"))
    direct = await office.workspace.open_direct(user)
    (told,) = await office.workspace.history(direct, reader=user)
    assert TOLD in read(told)
    await office.post(opened)
    new = [view for view in await office.workspace.views() if view["type"] == "home"][-1]
    assert TOLD in read(new) and not buttons(new["blocks"])
