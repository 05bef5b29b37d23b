"""The home tab and the command, as agents use them."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from channels.slack.mapping import Places
from core.database import Database
from handoff.presence import Duty
from tests.slack.blocks import check_home
from tests.slack.office import Office, open_office, read
from tests.slack.support import Json
from tests.slack.workspace import Workspace


@pytest.fixture
async def office(database: Database, workspace: Workspace) -> AsyncIterator[Office]:
    async with open_office(database, workspace) as office:
        yield office


async def opens_home(office: Office, user: str) -> Json:
    """Their home tab, once they have opened it."""
    user_id = office.workspace.users[user]
    await office.post(office.workspace.event({"type": "app_home_opened", "user": user_id, "tab": "home"}))
    return await home_of(office, user)


async def home_of(office: Office, user: str) -> Json:
    views = [each for each in await office.workspace.views() if each["type"] == "home"]
    return next(each for each in reversed(views) if each["user"] == office.workspace.users[user])


async def types(office: Office, user: str, text: str) -> str:
    """What the command answers."""
    post = await office.workspace.command(office.workspace.users[user], f"/shouwen {text}", office.channel)
    return (await office.post(post)).text


async def test_the_home_tab_follows_what_happens_once_it_was_opened(office: Office) -> None:
    view = await opens_home(office, "lin")
    check_home({key: view[key] for key in ("type", "callback_id", "blocks")})
    assert "您手上没有工单" in read(view)
    await office.shop.customer_says("我要人工")
    await office.settle()
    card = await office.card()
    await office.press("lin", card["ts"], "take")
    await office.desk.homes.step()
    view = await home_of(office, "lin")
    ticket = await office.shop.ticket()
    assert ticket.number in read(view)
    (link,) = [found for found in urls(view) if "archives" in found]
    assert link.endswith(f"archives/{office.channel}/p{card['ts'].replace('.', '')}")
    published = len(await office.workspace.calls("views.publish"))
    await office.desk.homes.step()
    assert len(await office.workspace.calls("views.publish")) == published  # nothing has changed


async def test_who_is_no_agent_sees_whom_to_ask(office: Office) -> None:
    assert "is not linked to an agent" in read(await opens_home(office, "guest"))


@pytest.mark.parametrize(
    ("locale", "told"),
    [("zh-CN", "点上面的「消息」"), ("en-US", "Open “Messages” above"), ("fr-FR", "点上面的「消息」")],
)
async def test_a_customer_is_told_how_to_write_to_us_in_their_language(
    database: Database, slack_emulator: str, locale: str, told: str
) -> None:
    people = [
        {"name": name, "real_name": name, "email": f"{name}@example.com", "locale": locale}
        for name in ("lin", "wei", "guest")
    ]
    async with httpx.AsyncClient(base_url=slack_emulator) as http:
        workspace = await Workspace.begin(http, users=people)
        async with open_office(database, workspace, places=Places(direct_messages=True)) as office:
            view = await opens_home(office, "guest")
            check_home({key: view[key] for key in ("type", "callback_id", "blocks")})
            assert told in read(view)
            assert told not in read(await opens_home(office, "lin"))  # who is an agent


async def test_duty_is_said_on_the_home_tab_and_by_the_command(office: Office) -> None:
    view = await opens_home(office, "lin")
    lin = office.workspace.users["lin"]
    await office.post(await office.workspace.press_in_view(lin, view["id"], "duty_on"))
    assert (await duty_of(office, "小林")) == Duty.ON
    await types(office, "lin", "下班")
    assert (await duty_of(office, "小林")) == Duty.OFF
    await types(office, "wei", "away")
    assert (await duty_of(office, "小魏")) == Duty.AWAY


async def test_the_command_finds_a_ticket_and_says_what_its_customer_is_told(office: Office) -> None:
    await office.shop.customer_says("我要人工")
    await office.settle()
    number = (await office.shop.ticket()).number
    spoken = number.removeprefix("SW-").replace("-", " ")
    found = await types(office, "lin", f"find {spoken}")
    assert number in found and "/archives/" in found
    assert number in await types(office, "wei", spoken)
    assert number in await types(office, "lin", f"进度 {spoken}")
    assert "没有找到 SW-2611-9999" in await types(office, "lin", "SW-2611-9999")


@pytest.mark.parametrize(("user", "told"), [("lin", "可以这样用"), ("wei", "You can say")])
async def test_whatever_else_is_typed_gets_help_in_the_readers_language(
    office: Office, user: str, told: str
) -> None:
    for text in ("", "help", "<!channel> hello", "found nothing"):
        assert (await types(office, user, text)).startswith(told)


async def test_the_command_lists_ones_own_tickets(office: Office) -> None:
    assert "您手上没有工单" in await types(office, "lin", "我的")
    await office.shop.customer_says("我要人工")
    await office.settle()
    await office.press("lin", (await office.card())["ts"], "take")
    assert (await office.shop.ticket()).number in await types(office, "lin", "mine")


async def test_the_command_of_who_is_no_agent_does_nothing(office: Office) -> None:
    assert "is not linked" in await types(office, "guest", "on")


async def duty_of(office: Office, name: str) -> str:
    async with office.shop.database.read() as session:
        agent = await session.merge(await office.shop.agent(name), load=True)
        await session.refresh(agent)
        return agent.duty


def urls(part: Any) -> list[str]:
    """All addresses of buttons."""
    if isinstance(part, dict):
        own = [part["url"]] if part.get("url") else []
        return own + [found for value in part.values() for found in urls(value)]
    return [found for each in part for found in urls(each)] if isinstance(part, list) else []
