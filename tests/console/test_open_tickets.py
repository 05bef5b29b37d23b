"""Open tickets over HTTP: their tabs, what is unread, who is typing, and the language guard while a reply is written."""

import asyncio
import re
from datetime import timedelta

import httpx
import pytest
from sqlalchemy import event, select

from core.conversations import Conversation
from core.database import Database
from core.typing_signs import Side, TypingSign, TypingSigns
from handoff.agents import Agent, Role
from handoff.seen import SeenMark, count_unread, mark_seen
from handoff.tickets import Ticket
from tests.console.test_desk import address, at_desk
from tests.console.world import PASSWORD, World

HOME = "/console/desk"


async def unread(world: World, agent: Agent, *tickets: Ticket) -> list[int]:
    async with world.database.read() as session:
        found = await count_unread(world.database, session, agent.id, [each.id for each in tickets])
    return [found.get(each.id, 0) for each in tickets]


async def test_what_a_customer_wrote_is_new_until_it_is_looked_at_here_or_elsewhere(world: World) -> None:
    lin = await world.agent()
    ticket, other = await world.ticket(customer="王小姐"), await world.ticket(customer="李先生")
    await world.work.take(ticket.id, lin)
    async with at_desk(world) as browser, at_desk(world) as elsewhere:
        await browser.get(address(ticket))  # opening it is looking at it
        assert await unread(world, lin, ticket, other) == [0, 0]
        await world.customer_says(ticket, "在吗")
        await world.customer_says(ticket, "人呢")
        await world.customer_says(other, "我也在等")  # whom nobody has looked at
        for client in (browser, elsewhere):
            lists = (await client.get(HOME + "/queue")).text
            assert re.findall(r'data-unread="(\d+)"', lists) == ["2"]
        heard = re.search(r'data-heard="(\d+)"', (await browser.get(address(ticket) + "?part=1")).text)
        assert heard and await unread(world, lin, ticket) == [2]  # a part alone is read in the background too
        assert (await browser.post(address(ticket, "/seen"), data={"through": heard[1]})).status_code == 204
        assert "data-unread" not in (await elsewhere.get(HOME + "/queue")).text


async def test_a_mark_only_moves_on_and_not_beyond_what_there_is(world: World, database: Database) -> None:
    lin = await world.agent()
    ticket = await world.ticket()
    now = world.clock()
    assert await mark_seen(database, lin.id, ticket.id, through=10**6, now=now)
    assert not await mark_seen(database, lin.id, ticket.id, through=1, now=now)
    assert not await mark_seen(database, lin.id, ticket.id, now=now)
    await world.customer_says(ticket, "还在")
    assert await unread(world, lin, ticket) == [1]
    marks = (mark_seen(database, lin.id, ticket.id, now=now) for _ in range(5))
    await asyncio.gather(*marks)
    assert await unread(world, lin, ticket) == [0]
    async with database.read() as session:
        last = await session.scalar(
            select(Conversation.last_seq).where(Conversation.id == ticket.conversation_id)
        )
        assert (await session.scalars(select(SeenMark.seq))).all() == [last]


async def test_what_came_since_it_was_handed_over_is_new_to_who_was_given_it(world: World) -> None:
    lin, chen = await world.agent(), await world.agent("chen", "陈工")
    ticket = await world.ticket()
    await world.work.take(ticket.id, chen)
    world.clock.ahead += timedelta(seconds=1)
    await world.customer_says(ticket, "在吗")
    assert await unread(world, chen, ticket) == [1]
    assert await unread(world, lin, ticket) == [0]  # who never looked, and does not have it


async def test_the_lists_ask_once_however_long_they_are(world: World, database: Database) -> None:
    lin = await world.agent()
    statements: list[str] = []
    event.listen(
        database.engine.sync_engine, "before_cursor_execute", lambda *what: statements.append(what[2])
    )

    async def count() -> int:
        statements.clear()
        assert (await browser.get(HOME + "/queue")).status_code == 200
        return len(statements)

    async with at_desk(world) as browser:
        await world.ticket()
        few = await count()
        for number in range(12):
            ticket = await world.ticket(customer=f"第{number}位")
            await mark_seen(database, lin.id, ticket.id, now=world.clock())
            await world.customer_says(ticket, "在吗")
        assert await count() == few


async def test_tabs_stand_as_they_were_opened_and_say_who_and_how_urgent(world: World) -> None:
    lin = await world.agent()
    first, second = (
        await world.ticket(customer="<b>王</b>"),
        await world.ticket(customer="Ann", language="en"),
    )
    await world.work.take(first.id, lin)
    await mark_seen(world.database, lin.id, second.id, now=world.clock())
    await world.customer_says(second, "hello?")
    asked = "&".join(f"ticket={each.id}" for each in (second, first, lin))  # the third does not exist
    async with at_desk(world) as browser:
        tabs = (await browser.get(f"{HOME}/tabs?{asked}&open={first.id}")).text
        assert re.findall(r'data-tab="([^"]+)"', tabs) == [
            str(second.id),
            str(first.id),
        ]
        assert "&lt;b&gt;王" in tabs and "<b>王" not in tabs
        assert tabs.count('aria-current="true"') == 1 and tabs.count('class="unread"') == 1
        assert 'class="level' in tabs
        too_many = "&".join([f"ticket={first.id}"] * 21)
        assert (await browser.get(f"{HOME}/tabs?{too_many}")).status_code == 422


async def test_one_stream_serves_all_open_tickets_and_says_which(world: World) -> None:
    await world.agent()
    first, second, closed = [await world.ticket() for _ in range(3)]
    async with world.served() as url, httpx.AsyncClient(base_url=url, timeout=30) as browser:
        await browser.post("/console/sign-in", data={"username": "lin", "password": PASSWORD})
        opened = f"{HOME}/events?ticket={first.id}&ticket={second.id}"
        async with browser.stream("GET", opened) as stream:
            lines = stream.aiter_lines()

            async def events(count: int) -> list[tuple[str, str]]:
                found: list[tuple[str, str]] = []
                async for line in lines:
                    if line.startswith("event: "):
                        found.append((line[7:], ""))
                    elif line.startswith("data: "):
                        found[-1] = (found[-1][0], line[6:])
                    elif not line and found and len(found) == count:
                        return found
                raise AssertionError(found)

            assert sorted(await events(4)) == sorted(
                [("queue", ""), ("ticket", str(first.id)), ("ticket", str(second.id)), ("status", "")]
            )
            await world.customer_says(second, "在吗")
            assert await events(2) == [("queue", ""), ("ticket", str(second.id))]
            signs = TypingSigns(world.wakeups)
            signs.give(Side.CUSTOMER, TypingSign(conversation_id=closed.conversation_id))
            signs.give(Side.CUSTOMER, TypingSign(conversation_id=first.conversation_id))
            assert await events(1) == [("typing", str(first.id))]
            await world.customer_says(first, "我写完了")  # and after a sign nothing else is missed
            assert await events(2) == [("queue", ""), ("ticket", str(first.id))]


async def test_who_types_a_reply_is_seen_only_while_they_have_the_ticket(world: World) -> None:
    lin = await world.agent()
    await world.agent("chen", "陈工")
    ticket = await world.ticket()
    signs = TypingSigns(world.wakeups)
    async with at_desk(world) as browser, at_desk(world, "chen") as colleague:
        with signs.watch(Side.AGENT, [ticket.conversation_id]) as watch:
            assert (await browser.post(address(ticket, "/typing"))).status_code == 204
            await world.work.take(ticket.id, lin)
            assert (await colleague.post(address(ticket, "/typing"))).status_code == 204
            assert await watch.next(0.01) == []
            assert (await browser.post(address(ticket, "/typing"))).status_code == 204
            (sign,) = await watch.next(5)
            assert sign.name == "小林" and sign.address and sign.address.channel == "webchat"
            await browser.post(address(ticket, "/typing"))  # at once again: it would say nothing new
            assert await watch.next(0.01) == []


@pytest.mark.parametrize(
    ("text", "found"),
    [("您好，我这就查", ""), ("这不归我管，您找别人", "不归我管"), ("", ""), ("> 你烦不烦\n我看到了", "")],
)
async def test_a_reply_is_looked_at_while_it_is_written(world: World, text: str, found: str) -> None:
    await world.agent()
    ticket = await world.ticket()
    async with at_desk(world) as browser:
        checked = await browser.post(address(ticket, "/check"), data={"text": text})
        assert checked.status_code == (200 if found else 204)
        if found:
            assert f"<q>{found}</q>" in checked.text and f'data-phrase="{found}"' in checked.text


async def test_who_only_looks_on_may_not_type_or_mark(world: World) -> None:
    viewer = await world.agent()
    async with world.database.write() as session:
        (await session.merge(viewer)).role = Role.VIEWER
    ticket = await world.ticket()
    async with at_desk(world) as browser, world.browser() as stranger:
        assert (await browser.get(f"{HOME}/tabs?ticket={ticket.id}")).status_code == 200
        for act, data in (("/seen", {"through": "1"}), ("/typing", {}), ("/check", {"text": "x"})):
            assert (await browser.post(address(ticket, act), data=data)).status_code == 403
            assert (await stranger.post(address(ticket, act), data=data)).status_code == 303
            foreign = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
            assert (await browser.post(address(ticket, act), data=data, headers=foreign)).status_code == 403
        assert (await stranger.get(HOME + "/tabs")).status_code == 303
