"""Accounts and invitations: who comes in, how, and who does not any more."""

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import httpx
import pytest
from sqlalchemy import select

from console.ways import Ways
from core.audit import list_acts
from core.database import Database
from handoff import accounts
from handoff.agents import Agent, Role, find_agent
from handoff.desk.people import Barred, find_actor, link_person
from handoff.invitations import (
    Invitation,
    accept_with_password,
    find_invitation,
    make_set_up,
)
from handoff.presence import Duty, set_duty
from handoff.refusals import Objection, Refused, Unfit
from handoff.tickets import Ticket
from tests.console.world import PASSWORD, QUICK_HASH, SETTINGS, World

HOME = "/console/accounts"
NEW = "a new long password"


@contextlib.asynccontextmanager
async def signed_in(world: World, username: str = "boss") -> AsyncIterator[httpx.AsyncClient]:
    async with world.browser() as browser:
        done = await browser.post("/console/sign-in", data={"username": username, "password": PASSWORD})
        assert done.status_code == 303
        yield browser


@contextlib.asynccontextmanager
async def as_admin(world: World) -> AsyncIterator[httpx.AsyncClient]:
    await world.agent("boss", "老板", role=Role.ADMIN)
    async with signed_in(world) as browser:
        yield browser


def link_in(page: httpx.Response) -> str:
    found = re.search(r'value="http://localhost:8080(/console/invitation/[\w-]{43})"', page.text)
    assert found, page.text
    return found[1]


async def invites(browser: httpx.AsyncClient, **form: str) -> str:
    """The path of a new colleague's link."""
    values = {"username": "wei", "name": "小魏", "email": "Wei@Example.com", "role": "agent", **form}
    return link_in(await browser.post(HOME, data=values))


async def agent_of(world: World, username: str) -> Agent:
    async with world.database.read() as session:
        agent = await find_agent(session, username)
    assert agent is not None
    return agent


async def acts_on(world: World, what: str) -> list[tuple[str, str]]:
    async with world.database.read() as session:
        return [(each.who, each.object) for each in await list_acts(session, words=what, limit=9)]


async def test_an_invited_colleague_sets_a_password_and_lands_at_the_desk(world: World) -> None:
    async with as_admin(world) as admin, world.browser() as invited:
        link = await invites(admin)
        for _ in range(2):  # looking does not use it up
            page = await invited.get(link)
            assert page.status_code == 200 and "小魏（wei）" in page.text and "坐席" in page.text
        assert "已邀请" in (await admin.get(HOME)).text
        done = await invited.post(link, data={"password": NEW})
        assert (done.status_code, done.headers["location"]) == (303, "/console/desk")
        assert "小魏" in (await invited.get("/console/desk")).text
        for again in (
            await invited.get(link),
            await invited.post(link, data={"password": "another one here"}),
        ):
            assert again.status_code == 404 and "链接已失效" in again.text
    wei = await agent_of(world, "wei")
    assert (wei.email, wei.role) == ("wei@example.com", "agent")
    async with world.browser() as browser:
        assert (
            await browser.post("/console/sign-in", data={"username": "wei", "password": NEW})
        ).status_code == 303
    assert await acts_on(world, "user.invite") == [("boss", "wei")]
    assert await acts_on(world, "user.accept") == [("wei", "wei")]


async def test_only_the_hash_of_a_link_is_kept_and_it_is_shown_once(world: World) -> None:
    async with as_admin(world) as admin:
        link = await invites(admin)
        secret = link.rsplit("/", 1)[1]
        wei = await agent_of(world, "wei")
        for page in (
            await admin.get(HOME),
            await admin.get(f"{HOME}/{wei.id}"),
            await admin.get("/console/account"),
        ):
            assert secret not in page.text
    async with world.database.read() as session:
        (row,) = await session.scalars(select(Invitation))
        assert secret not in row.secret_hash and len(row.secret_hash) == 64
        assert secret not in str([(each.before, each.after) for each in await list_acts(session, limit=9)])


async def test_a_link_ends_after_seven_days_is_revoked_and_is_replaced(world: World) -> None:
    async with as_admin(world) as admin, world.browser() as invited:
        first = await invites(admin)
        path = f"{HOME}/{(await agent_of(world, 'wei')).id}"
        second = link_in(await admin.post(f"{path}/invite"))
        assert (await invited.get(first)).status_code == 404
        assert (await invited.get(second)).status_code == 200
        assert (await admin.post(f"{path}/revoke")).status_code == 303
        assert (await invited.get(second)).status_code == 404
        assert "无法登录" in (await admin.get(HOME)).text
        third = link_in(await admin.post(f"{path}/invite"))
        world.clock.ahead += timedelta(days=7, seconds=1)
        assert (await invited.get(third)).status_code == 404
        assert (await invited.post(third, data={"password": NEW})).status_code == 404
    assert (await agent_of(world, "wei")).password_hash is None


async def test_a_link_is_used_by_one_of_those_who_use_it_at_once(world: World) -> None:
    async with world.database.write() as session:
        _, secret = await accounts.invite(session, username="wei", role=Role.AGENT, by="x", now=world.clock())

    async def accept() -> Agent | None:
        async with world.database.write() as session:
            return await accept_with_password(session, secret, NEW, QUICK_HASH, now=world.clock())

    found = await asyncio.gather(*(accept() for _ in range(4)))
    assert [each is not None for each in found].count(True) == 1


@pytest.mark.parametrize(
    ("password", "told"),
    [("short", "至少要 10 个字符"), ("wei-12345678", "几乎就是用户名"), ("", "至少要 10")],
)
async def test_a_weak_password_is_refused_and_the_link_still_works(
    world: World, password: str, told: str
) -> None:
    async with as_admin(world) as admin, world.browser() as invited:
        link = await invites(admin)
        refused = await invited.post(link, data={"password": password})
        assert refused.status_code == 422 and told in refused.text
        assert (await invited.post(link, data={"password": NEW})).status_code == 303


async def test_guessing_links_is_slowed_down(world: World) -> None:
    async with as_admin(world) as admin, world.browser(address="192.0.2.7") as stranger:
        link = await invites(admin)
        for _ in range(20):
            assert (await stranger.post(link, data={"password": "x"})).status_code == 422
        assert (await stranger.post(link, data={"password": NEW})).status_code == 429
        assert (await stranger.get("/console/invitation/" + "x" * 43)).status_code == 404


@pytest.mark.parametrize(
    ("form", "told"),
    [
        ({"username": "boss"}, "已经有人用了"),
        ({"username": "BOSS "}, "已经有人用了"),
        ({"username": "demo"}, "已经有人用了"),
        ({"username": "wei wei"}, "用户名请用字母"),
        ({"username": ""}, "用户名请用字母"),
        ({"email": "not an address"}, "不像完整的邮箱"),
    ],
)
async def test_an_invitation_that_cannot_be_is_explained_and_nothing_typed_is_lost(
    world: World, form: dict[str, str], told: str
) -> None:
    async with as_admin(world) as admin:
        values = {"username": "wei", "name": "小魏", "email": "", "role": "supervisor", **form}
        refused = await admin.post(HOME, data=values)
        assert refused.status_code == 422 and told in refused.text
        assert 'value="小魏"' in refused.text and '<option value="supervisor" selected>' in refused.text


async def test_two_people_do_not_share_an_address(world: World) -> None:
    async with as_admin(world) as admin:
        await invites(admin)
        refused = await admin.post(
            HOME, data={"username": "mei", "email": "WEI@example.com", "role": "agent"}
        )
        assert refused.status_code == 422 and "已经是小魏的邮箱了" in refused.text


async def test_a_forgotten_password_is_set_anew_by_a_link_and_ends_all_sessions(world: World) -> None:
    lin = await world.agent()
    async with as_admin(world) as admin, signed_in(world, "lin") as old, world.browser() as browser:
        link = link_in(await admin.post(f"{HOME}/{lin.id}/invite"))
        assert (await old.get("/console/desk")).status_code == 200
        assert (await browser.post(link, data={"password": NEW})).status_code == 303
        assert (await old.get("/console/desk")).status_code == 303
        for password, status in ((PASSWORD, 403), (NEW, 303)):
            done = await browser.post("/console/sign-in", data={"username": "lin", "password": password})
            assert done.status_code == status


async def test_an_account_is_changed_and_the_change_is_logged(world: World) -> None:
    lin = await world.agent()
    async with as_admin(world) as admin:
        form = {"name": "林姐", "email": "lin@example.com", "role": "supervisor"}
        assert (await admin.post(f"{HOME}/{lin.id}", data=form)).status_code == 303
        page = (await admin.get(f"{HOME}/{lin.id}?done=saved")).text
        assert "已保存" in page and 'value="林姐"' in page
        assert (await admin.post(f"{HOME}/{lin.id}", data=form)).status_code == 303  # no change, no row
    async with world.database.read() as session:
        (act,) = await list_acts(session, words="user.role", limit=9)
    assert act.before == {"name": "小林", "email": None, "role": "agent"}
    assert act.after == form


async def test_signing_somebody_out_ends_their_sessions_at_once_in_all_processes(world: World) -> None:
    lin = await world.agent()
    other = World(world.database)  # as another process
    async with as_admin(world) as admin, signed_in(world, "lin") as here, other.browser() as there:
        await there.post("/console/sign-in", data={"username": "lin", "password": PASSWORD})
        assert (await there.get("/console/account")).status_code == 200
        await admin.post(f"{HOME}/{lin.id}/sign-out")
        for browser in (here, there):
            assert (await browser.get("/console/account")).status_code == 303
        assert (await admin.get("/console/account")).status_code == 200
        done = await here.post("/console/sign-in", data={"username": "lin", "password": PASSWORD})
        assert done.status_code == 303


async def test_who_has_left_does_nothing_more_and_what_they_have_stays(database: Database) -> None:
    world = World(database, settings=replace(SETTINGS, supervisors=["mei"]))
    lin, mei = await world.agent(), await world.agent("mei", "小梅")
    ticket = await world.ticket()
    await world.work.take(ticket.id, lin)
    async with world.database.write() as session:
        await link_person(session, "U1", lin, now=world.clock())
        await set_duty(session, lin.id, Duty.ON, now=world.clock())
    async with as_admin(world) as admin, signed_in(world, "lin") as theirs, signed_in(world, "mei") as desk:
        assert (await admin.post(f"{HOME}/{lin.id}/deactivate")).status_code == 303
        assert (await theirs.get("/console/desk")).status_code == 303
        refused = await theirs.post("/console/sign-in", data={"username": "lin", "password": PASSWORD})
        assert refused.status_code == 403 and "已停用" in refused.text
        wrong = await theirs.post("/console/sign-in", data={"username": "lin", "password": "a guess"})
        assert "已停用" not in wrong.text  # which only its owner learns
        page = (await admin.get(f"{HOME}/{lin.id}")).text
        assert ticket.number in page and "请主管打开后转给别人" in page
        again = await admin.post(f"{HOME}/{lin.id}/invite")
        assert again.status_code == 409 and "已停用" in again.text
        second = await world.ticket()
        await world.work.take(second.id, mei)
        told = (await desk.get("/console/desk")).text
        assert f"小林已停用，工单 {ticket.number} 还在名下" in told
        offered = (await desk.get(f"/console/desk/tickets/{second.id}")).text
        assert f'value="{lin.id}"' not in offered
    with pytest.raises(Unfit) as unfit:
        await world.transfers.offer(second.id, mei, to=await agent_of(world, "lin"), reason="您来吧")
    assert unfit.value.objection is Objection.LEFT
    async with world.database.read() as session:
        assert await find_actor(session, "U1") is Barred.STRANGER
        kept = await session.get_one(Ticket, ticket.id)
        assert kept.assignee_id == lin.id
    await world.ticket("再来一个")
    await world.clocks_run(minutes=1)
    async with world.database.read() as session:
        given = list(await session.scalars(select(Ticket.assignee_id).where(Ticket.id != ticket.id)))
    assert lin.id not in given


async def test_who_comes_back_signs_in_as_before(world: World) -> None:
    lin = await world.agent()
    async with as_admin(world) as admin, signed_in(world, "lin") as theirs:
        await admin.post(f"{HOME}/{lin.id}/deactivate")
        await admin.post(f"{HOME}/{lin.id}/reactivate")
        assert (await theirs.get("/console/account")).status_code == 303  # old sessions stay ended
        done = await theirs.post("/console/sign-in", data={"username": "lin", "password": PASSWORD})
        assert done.status_code == 303
    assert await acts_on(world, "user.deactivate") == [("boss", "lin")]
    assert await acts_on(world, "user.reactivate") == [("boss", "lin")]


async def test_an_open_link_of_who_has_left_lets_nobody_in(world: World) -> None:
    async with as_admin(world) as admin, world.browser() as invited:
        link = await invites(admin)
        await admin.post(f"{HOME}/{(await agent_of(world, 'wei')).id}/deactivate")
        assert (await invited.post(link, data={"password": NEW})).status_code == 404


async def test_the_last_admin_stays_one(world: World) -> None:
    boss = await world.agent("boss", "老板", role=Role.ADMIN)
    async with signed_in(world) as admin:
        await invites(admin, username="new", role="admin")  # who has not come yet counts for nothing
        for act, form in (("", {"name": "老板", "email": "", "role": "agent"}), ("/deactivate", {})):
            refused = await admin.post(f"{HOME}/{boss.id}{act}", data=form)
            assert refused.status_code == 409 and "最后一位能登录的管理员" in refused.text
        await world.agent("second", "二老板", role=Role.ADMIN)
        assert (await admin.post(f"{HOME}/{boss.id}/deactivate")).status_code == 303


async def test_two_admins_who_demote_each_other_at_once_leave_one(world: World) -> None:
    boss = await world.agent("boss", "老板", role=Role.ADMIN)
    second = await world.agent("second", "二老板", role=Role.ADMIN)

    async def deactivate(agent: Agent) -> bool:
        try:
            async with world.database.write() as session:
                await accounts.deactivate(
                    session, agent.id, settings=world.settings, by="each other", now=world.clock()
                )
        except Refused:
            return False
        return True

    assert sorted(await asyncio.gather(deactivate(boss), deactivate(second))) == [False, True]


async def test_ones_own_password_is_changed_with_the_old_one_and_other_sessions_end(world: World) -> None:
    await world.agent()
    async with signed_in(world, "lin") as here, signed_in(world, "lin") as there:
        page = (await here.get("/console/account")).text
        assert "修改密码" in page
        wrong = await here.post("/console/account/password", data={"old": "a guess", "password": NEW})
        assert wrong.status_code == 422 and "现在的密码不对" in wrong.text
        weak = await here.post("/console/account/password", data={"old": PASSWORD, "password": "short"})
        assert weak.status_code == 422 and "至少要 10 个字符" in weak.text
        done = await here.post("/console/account/password", data={"old": PASSWORD, "password": NEW})
        assert done.status_code == 303
        assert "密码已修改" in (await here.get(done.headers["location"])).text
        assert (await there.get("/console/account")).status_code == 303
        assert (await here.post("/console/account/sign-out")).status_code == 303
        assert (await here.get("/console/account")).status_code == 303
    assert await acts_on(world, "user.password") == [("lin", "lin")]


async def test_guessing_the_old_password_in_an_open_browser_is_slowed_down(world: World) -> None:
    await world.agent()
    async with signed_in(world, "lin") as browser:
        for _ in range(5):
            await browser.post("/console/account/password", data={"old": "a guess", "password": NEW})
        slowed = await browser.post("/console/account/password", data={"old": PASSWORD, "password": NEW})
        assert slowed.status_code == 429


async def test_the_first_set_up_makes_one_admin_and_is_over_then(world: World) -> None:
    async with world.database.write() as session:
        secrets = [await make_set_up(session, now=world.clock()) for _ in range(2)]
    assert secrets[0] and secrets[1]
    first, second = (f"/console/invitation/{each}" for each in secrets)
    async with world.browser() as browser, world.browser() as late:
        assert "shouwen run" in (await browser.get("/console/sign-in")).text
        assert "创建第一个管理员" in (await browser.get(first)).text
        for wrong in ("", "li lei", "demo"):
            refused = await browser.post(first, data={"username": wrong, "password": NEW})
            assert refused.status_code == 422 and "用户名" in refused.text
        done = await browser.post(first, data={"username": "Boss", "name": "老板", "password": NEW})
        assert done.status_code == 303
        assert (await browser.get(HOME)).status_code == 200
        assert (await late.post(second, data={"username": "thief", "password": NEW})).status_code == 404
        assert "shouwen run" not in (await late.get("/console/sign-in")).text
    async with world.database.write() as session:
        assert await make_set_up(session, now=world.clock()) is None
        assert await session.scalar(select(Invitation)) is None


async def test_the_demo_is_not_the_first_admin(world: World) -> None:
    async with world.browser() as browser:
        await browser.post("/console/demo")
        assert (await browser.get(HOME)).status_code == 200
    async with world.database.write() as session:
        secret = await make_set_up(session, now=world.clock())
        assert secret and await find_invitation(session, secret, now=world.clock())


async def test_without_passwords_an_admins_link_lets_them_in_once(database: Database) -> None:
    world = World(database, ways=Ways(passwords=False, provider={"zh": "单位账号", "en": "Example"}))
    async with world.database.write() as session:
        made = [
            await accounts.invite(session, username=name, role=role, by="me", now=world.clock())
            for name, role in (("boss", Role.ADMIN), ("wei", Role.AGENT))
        ]
    boss, wei = (f"/console/invitation/{secret}" for _, secret in made)
    async with world.browser() as browser:
        page = (await browser.get("/console/sign-in")).text
        assert 'type="password"' not in page and "/console/sign-in/oidc/start" in page
        await world.agent()
        refused = await browser.post("/console/sign-in", data={"username": "lin", "password": PASSWORD})
        assert refused.status_code == 403 and "不用密码登录" in refused.text
        assert 'method="post"' not in (await browser.get(wei)).text
        assert (await browser.post(wei, data={"password": NEW})).status_code == 409
        assert 'type="password"' not in (await browser.get(boss)).text
        assert (await browser.post(boss)).status_code == 303
        assert (await browser.get(HOME)).status_code == 200
        assert (await browser.get(boss)).status_code == 404


async def test_links_name_the_public_address(database: Database) -> None:
    world = World(database, ways=Ways(base="https://desk.example"))
    async with as_admin(world) as admin:
        page = await admin.post(HOME, data={"username": "wei", "role": "agent"})
        assert 'value="https://desk.example/console/invitation/' in page.text


async def test_what_others_typed_is_shown_as_text(world: World) -> None:
    nasty = '<img src=x onerror="alert(1)">'
    async with as_admin(world) as admin, world.browser() as invited:
        link = await invites(admin, name=nasty)
        for page in (await admin.get(HOME), await invited.get(link)):
            assert nasty not in page.text and "&lt;img" in page.text
