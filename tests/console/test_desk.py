"""The desk over HTTP: what it shows, what it lets an agent do, and how it stays up to date."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import event, update

from console.live import DeskHints
from core.database import Database
from core.messages import Attachment
from core.outbox import OutboxRow
from core.wakeups import DESK
from handoff.accounts import sign_out_everywhere
from handoff.kinds import Reason
from handoff.lists import PAGE
from handoff.tickets import Ticket
from tests.console.world import PASSWORD, World

NASTY = "<script>alert(1)</script><img src=x onerror=alert(1)>\"'"
SCRIPT = {"Accept": "application/json"}


@asynccontextmanager
async def at_desk(world: World, username: str = "lin") -> AsyncIterator[httpx.AsyncClient]:
    async with world.browser() as browser:
        data = {"username": username, "password": PASSWORD}
        assert (await browser.post("/console/sign-in", data=data)).status_code == 303
        yield browser


def address(ticket: Ticket, act: str = "") -> str:
    return f"/console/desk/tickets/{ticket.id}{act}"


async def test_the_queue_has_urgent_ones_first_then_the_oldest(world: World) -> None:
    await world.agent()
    for minutes, name, reason in (
        (30, "甲", Reason.COMPLAINT),
        (20, "乙", Reason.WANTS_HUMAN),
        (10, "丙", Reason.EMERGENCY),
    ):
        world.clock.ahead = -timedelta(minutes=minutes)
        await world.ticket(customer=name, reason=reason)
    world.clock.ahead = timedelta()
    async with at_desk(world) as browser:
        queue = (await browser.get("/console/desk/queue")).text
    assert queue.index("丙") < queue.index("甲") < queue.index("乙")
    assert 'data-waiting="3"' in queue
    assert "30 分钟" in queue and "紧急" in queue and "转人工" in queue


async def test_the_queue_tells_mine_from_colleagues(world: World) -> None:
    lin, chen = await world.agent(), await world.agent("chen", "陈工")
    mine, theirs = await world.ticket(customer="我的客"), await world.ticket(customer="别人的客")
    await world.work.take(mine.id, lin)
    await world.work.take(theirs.id, chen)
    async with at_desk(world) as browser:
        queue = (await browser.get("/console/desk/queue", headers={"Accept-Language": "en"})).text
    assert queue.index("Mine") < queue.index("我的客") < queue.index("Colleagues") < queue.index("别人的客")
    assert "陈工" in queue


async def test_a_long_list_shows_its_first_page_and_that_there_is_more(world: World) -> None:
    lin = await world.agent()
    for number in range(PAGE + 2):
        ticket = await world.ticket(customer=f"第{number}位")
        if number < PAGE:
            await world.work.take(ticket.id, lin)
        else:
            await world.ticket(customer=f"等的第{number}位")
    async with at_desk(world) as browser:
        queue = (await browser.get("/console/desk/queue")).text
    assert f'<span class="count">{PAGE}+</span>' in queue
    assert '<span class="count">4</span>' in queue and 'data-waiting="4"' in queue
    assert queue.index("第0位") < queue.index("第49位") < queue.index("第50位")


async def test_queue_and_ticket_name_the_queue_they_are_in(world: World, database: Database) -> None:
    await world.agent()
    ticket, moved = await world.ticket(), await world.ticket(customer="李先生")
    async with database.write() as session:
        await session.execute(update(Ticket).where(Ticket.id == moved.id).values(queue="gone"))
    async with at_desk(world) as browser:
        for path in ("/console/desk/queue", address(ticket) + "?part=1"):
            assert ">客服</span>" in (await browser.get(path)).text
            english = await browser.get(path, headers={"Accept-Language": "en"})
            assert ">Service</span>" in english.text
        # A queue that is no longer in the configuration keeps its id.
        for path in ("/console/desk/queue", address(moved) + "?part=1"):
            assert ">gone</span>" in (await browser.get(path)).text


async def test_the_queue_masks_who_can_be_reached_where_and_the_ticket_does_not(world: World) -> None:
    await world.agent()
    said = "打 13812345678，或寄到北京市海淀区中关村大街27号院3号楼"
    cut = "长" * 155 + "13987654321"  # the list shows 160 characters
    ticket, _ = await world.ticket(said), await world.ticket(cut)
    async with at_desk(world) as browser:
        queue = (await browser.get("/console/desk/queue")).text
        page = (await browser.get(address(ticket) + "?part=1")).text
    assert "打 138****5678，或寄到北京市海淀区****" in queue
    assert "13812345678" not in queue and "1398" not in queue
    assert said in page


async def test_a_ticket_shows_what_was_asked_and_what_the_bot_tried(world: World) -> None:
    await world.agent()
    ticket = await world.ticket("东西呢？", tier="金卡", tried="late")
    async with at_desk(world) as browser:
        chinese = (await browser.get(address(ticket))).text
        english = (await browser.get(address(ticket) + "?lang=en")).text
    assert "东西呢？" in chinese and "物流太慢" in chinese and "等级 金卡" in chinese and "投诉" in chinese
    assert "Delivery is late" in english and "Complaint" in english and "一般三天内送到。" in english


async def test_before_anybody_was_asked_a_ticket_says_who_answers_for_it(world: World) -> None:
    lin = await world.agent()
    ticket = await world.ticket()
    async with at_desk(world) as browser:
        assert "首问责任人待定，暂由客服全体负责" in (await browser.get(address(ticket))).text
        english = await browser.get(address(ticket), headers={"Accept-Language": "en"})
        assert "until then it is up to all of Service" in english.text
        await world.work.take(ticket.id, lin)
        assert "首问责任人：小林" in (await browser.get(address(ticket))).text


async def test_a_ticket_shows_what_the_customer_has_given_for_it(world: World) -> None:
    await world.agent()
    ticket = await world.ticket(
        reason=Reason.ENTRY, collected={"order_number": "QH123456", "fault": "<b>不转</b>"}
    )
    async with at_desk(world) as browser:
        page = (await browser.get(address(ticket))).text
    assert "顾客提供" in page and "order_number: QH123456" in page and "需人工办理" in page
    assert "fault: &lt;b&gt;不转&lt;/b&gt;" in page


async def test_take_reply_note_resolve(world: World) -> None:
    await world.agent()
    ticket = await world.ticket()
    async with at_desk(world) as browser:
        assert address(ticket, "/resolve") not in (await browser.get(address(ticket))).text
        for act, data in (
            ("/take", {}),
            ("/say", {"to": "customer", "text": "我来查"}),
            ("/say", {"to": "colleagues", "text": "已催仓库"}),
        ):
            done = await browser.post(address(ticket, act), data=data)
            assert (done.status_code, done.headers["location"]) == (303, address(ticket))
        page = (await browser.get(address(ticket))).text
        assert "我来查" in page and "内部备注 · 小林" in page and "已催仓库" in page
        assert address(ticket, "/take") not in page
        assert (await browser.post(address(ticket, "/resolve"), headers=SCRIPT)).status_code == 204
        page = (await browser.get(address(ticket))).text
        assert "小林 已解决" in page and address(ticket, "/resolve") not in page


async def test_the_customer_never_sees_a_note(world: World) -> None:
    await world.agent()
    ticket = await world.ticket()
    async with at_desk(world) as browser, world.feed.running():
        await browser.post(address(ticket, "/say"), data={"to": "colleagues", "text": "难缠的客人"})
        record = await world.feed.read(ticket.conversation_id, None)
    assert record and all("难缠" not in message.text for message in record)


async def test_of_two_who_take_at_once_one_wins_and_the_other_is_told_who(world: World) -> None:
    await world.agent()
    await world.agent("chen", "陈工")
    ticket = await world.ticket()
    async with at_desk(world) as lin, at_desk(world, "chen") as chen:
        taken = await asyncio.gather(
            *(agent.post(address(ticket, "/take"), headers=SCRIPT) for agent in (lin, chen))
        )
    winner, loser = sorted(taken, key=lambda response: response.status_code)
    assert (winner.status_code, loser.status_code) == (204, 409)
    assert ("小林" if winner is taken[0] else "陈工") in loser.json()["detail"]


async def test_taking_twice_is_taking_once(world: World) -> None:
    await world.agent()
    ticket = await world.ticket()
    async with at_desk(world) as browser:
        for _ in range(2):
            assert (await browser.post(address(ticket, "/take"), headers=SCRIPT)).status_code == 204


@pytest.mark.parametrize(
    ("taken", "resolved", "told"),
    [(False, False, "Take ticket"), (True, False, "陈工 has ticket"), (True, True, "is resolved")],
)
async def test_only_the_assignee_replies_and_others_are_told_why(
    world: World, taken: bool, resolved: bool, told: str
) -> None:
    await world.agent()
    chen = await world.agent("chen", "陈工")
    ticket = await world.ticket()
    if taken:
        await world.work.take(ticket.id, chen)
    if resolved:
        await world.work.resolve(ticket.id, chen)
    async with at_desk(world) as browser:
        data, headers = {"to": "customer", "text": "hello"}, {"Accept-Language": "en"}
        answer = await browser.post(address(ticket, "/say"), data=data, headers={**SCRIPT, **headers})
        assert answer.status_code == 409 and told in answer.json()["detail"]
        page = await browser.post(address(ticket, "/say"), data=data, headers=headers)
        assert page.status_code == 409 and told in page.text and ">hello</textarea>" in page.text


@pytest.mark.parametrize(("text", "told"), [("  ", "先写点什么"), ("长" * 4001, "4,001")])
async def test_what_cannot_be_sent_is_explained(world: World, text: str, told: str) -> None:
    agent = await world.agent()
    ticket = await world.ticket()
    await world.work.take(ticket.id, agent)
    async with at_desk(world) as browser:
        answer = await browser.post(
            address(ticket, "/say"), data={"to": "customer", "text": text}, headers=SCRIPT
        )
    assert answer.status_code == 422 and told in answer.json()["detail"]


async def test_a_ticket_that_waits_for_its_customer_says_so(world: World) -> None:
    agent = await world.agent()
    ticket = await world.ticket()
    await world.work.take(ticket.id, agent)
    async with at_desk(world) as browser:
        assert address(ticket, "/wait") in (await browser.get(address(ticket))).text
        assert (await browser.post(address(ticket, "/wait"), headers=SCRIPT)).status_code == 204
        world.clock.ahead += timedelta(minutes=65)
        page = (await browser.get(address(ticket))).text
        assert "您在等顾客回复" in page and "等顾客 1 小时" in page and address(ticket, "/wait") not in page
        await world.customer_says(ticket, "订单号 12345")
        page = (await browser.get(address(ticket))).text
        assert "您在处理" in page and address(ticket, "/wait") in page


RUDE, WARY = "你烦不烦", "不是跟您说过了吗"  # one blocks, one warns


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # the guard is the same on both
@pytest.mark.parametrize(
    ("text", "more", "sent"),
    [
        (RUDE, {}, False),
        (RUDE, {"anyway": "yes"}, False),  # a reason is needed
        (RUDE, {"anyway": "yes", "reason": "  "}, False),
        (RUDE, {"anyway": "yes", "reason": "是他自己的原话"}, True),
        (WARY, {}, False),
        (WARY, {"anyway": "yes"}, True),
        (f"您写的“{RUDE}”我看到了，这就查", {}, True),
        ("您好，我这就查", {"reason": "不需要"}, True),
    ],
)
async def test_a_banned_phrase_is_held_until_the_agent_insists(
    world: World, text: str, more: dict[str, str], sent: bool
) -> None:
    agent = await world.agent()
    ticket = await world.ticket()
    await world.work.take(ticket.id, agent)
    async with at_desk(world) as browser, world.feed.running():
        data = {"to": "customer", "text": text, **more}
        answer = await browser.post(address(ticket, "/say"), data=data, headers=SCRIPT)
        record = await world.feed.read(ticket.conversation_id, None)
    assert answer.status_code == (204 if sent else 409)
    assert any(text == message.text for message in record or ()) == sent
    if not sent:
        assert text in answer.text and 'name="anyway"' in answer.text
        assert ('name="reason"' in answer.text) == (text == RUDE)


async def test_without_scripts_a_held_reply_comes_back_with_the_page(world: World) -> None:
    agent = await world.agent()
    ticket = await world.ticket()
    await world.work.take(ticket.id, agent)
    async with at_desk(world) as browser:
        page = await browser.post(address(ticket, "/say"), data={"to": "customer", "text": RUDE})
        assert page.status_code == 409
        assert f">{RUDE}</textarea>" in page.text and 'name="reason"' in page.text


async def test_colleagues_may_be_told_what_customers_may_not(world: World) -> None:
    await world.agent()
    ticket = await world.ticket()
    async with at_desk(world) as browser:
        data = {"to": "colleagues", "text": f"顾客说我态度不好，其实我没说{RUDE}"}
        assert (await browser.post(address(ticket, "/say"), data=data, headers=SCRIPT)).status_code == 204


async def test_the_history_tells_what_was_said_in_spite_of_the_guard_and_why(world: World) -> None:
    agent = await world.agent()
    ticket = await world.ticket()
    await world.work.take(ticket.id, agent)
    async with at_desk(world) as browser:
        reason = "<b>原话</b>"
        data = {"to": "customer", "text": RUDE, "anyway": "yes", "reason": reason}
        await browser.post(address(ticket, "/say"), data=data)
        page = (await browser.get(address(ticket))).text
    assert f"没有改掉“{RUDE}”，理由：&lt;b&gt;原话&lt;/b&gt;" in page and reason not in page


async def test_an_unknown_ticket_is_a_page_with_the_way_back(world: World) -> None:
    await world.agent()
    async with at_desk(world) as browser:
        page = await browser.get(f"/console/desk/tickets/{uuid4()}")
        assert page.status_code == 404 and "没有这个工单" in page.text and "等待接手" in page.text
        assert (
            await browser.post(f"/console/desk/tickets/{uuid4()}/take", headers=SCRIPT)
        ).status_code == 404
        assert (
            await browser.get(f"/console/desk/events?ticket={uuid4()}", headers=SCRIPT)
        ).status_code == 404


async def test_what_customers_write_is_shown_as_text(world: World) -> None:
    agent = await world.agent()
    files = [
        Attachment(ref="f", name=NASTY),
        Attachment(ref="https://files.example/a.png?q=\"'<", name=NASTY),
    ]
    ticket = await world.ticket(NASTY, customer=NASTY, tier=NASTY, channel="pager", attachments=files)
    await world.work.note(ticket.id, agent, NASTY)
    async with at_desk(world) as browser:
        for path in (address(ticket), address(ticket) + "?part=1", "/console/desk/queue"):
            response = await browser.get(path)
            assert "<script>alert" not in response.text and "<img src=x" not in response.text
            assert "&lt;script&gt;" in response.text
            policy = response.headers["content-security-policy"]
            assert (
                "script-src 'self'" in policy
                and "unsafe" not in policy
                and "frame-ancestors 'self'" in policy
            )


async def test_a_link_that_is_not_https_is_no_link(world: World) -> None:
    await world.agent()
    ticket = await world.ticket(attachments=[Attachment(ref="javascript:alert(1)", name="x")])
    async with at_desk(world) as browser:
        assert "javascript:" not in (await browser.get(address(ticket))).text


async def test_attachments_come_as_downloads_through_their_channel(world: World) -> None:
    await world.agent()
    world.phone.files["f1"] = b"<script>alert(1)</script>"
    ticket = await world.ticket(
        channel="pager",
        attachments=[
            Attachment(ref="f1", name='发票".html', mime="text/html"),
            Attachment(ref="lost"),
            Attachment(ref="https://files.example/a.png"),
        ],
    )
    async with world.feed.running():
        message = (await world.feed.read(ticket.conversation_id, None))[0]
    async with at_desk(world) as browser, world.browser() as stranger:
        path = f"/console/attachments/{message.id}/"
        page = (await browser.get(address(ticket))).text
        assert f'href="{path}0"' in page
        assert 'href="https://files.example/a.png" target="_blank" rel="noopener' in page
        file = await browser.get(path + "0")
        assert file.content == world.phone.files["f1"]
        assert (
            file.headers["content-disposition"] == "attachment; filename*=UTF-8''%E5%8F%91%E7%A5%A8%22.html"
        )
        assert file.headers["content-type"] == "application/octet-stream"
        assert file.headers["x-content-type-options"] == "nosniff"
        failed = await browser.get(path + "1")
        assert failed.status_code == 502 and "the phone is off" in failed.text
        for absent in (path + "2", path + "3", path + "-1", f"/console/attachments/{uuid4()}/0"):
            assert (await browser.get(absent)).status_code == 404
        assert (await stranger.get(path + "0")).status_code == 303


async def test_deliveries_are_told_as_they_are(world: World, database: Database) -> None:
    agent = await world.agent()
    ticket = await world.ticket(channel="pager")
    await world.work.take(ticket.id, agent)
    reply = await world.work.reply(ticket.id, agent, "在查")

    async def shown(**changes: object) -> str:
        async with database.write() as session:
            await session.execute(update(OutboxRow).where(OutboxRow.message_id == reply).values(**changes))
        return (await browser.get(address(ticket) + "?part=1")).text

    async with at_desk(world) as browser:
        assert "正在发送" in await shown(state="waiting")
        assert "自动重试：timed out" in await shown(last_error="timed out")
        assert "已送出" in await shown(state="sent")
        assert "发送失败：blocked by the user" in await shown(
            state="buried", last_error="blocked by the user"
        )


async def read_hint(lines: AsyncIterator[str]) -> str:
    """The name of the next event."""
    async for line in lines:
        if line.startswith("event: "):
            return line.removeprefix("event: ")
    return "ended"


async def test_hints_come_at_once_for_what_changes(world: World) -> None:
    agent = await world.agent()
    ticket = await world.ticket()
    async with world.served() as url, httpx.AsyncClient(base_url=url, timeout=30) as browser:
        await browser.post("/console/sign-in", data={"username": "lin", "password": PASSWORD})
        events = browser.stream("GET", f"/console/desk/events?ticket={ticket.id}")
        async with events as stream:
            assert stream.headers["content-type"].startswith("text/event-stream")
            assert stream.headers["x-accel-buffering"] == "no"
            lines = stream.aiter_lines()
            # Every connection begins with all, so that nothing is missed between two.
            assert [await read_hint(lines) for _ in range(3)] == ["queue", "ticket", "status"]
            await world.customer_says(ticket, "在吗")
            assert [await read_hint(lines) for _ in range(2)] == ["queue", "ticket"]
            await world.work.note(ticket.id, agent, "note")
            assert [await read_hint(lines) for _ in range(2)] == ["queue", "ticket"]
            await world.ticket(customer="新客")
            assert await read_hint(lines) == "queue"
            await browser.post("/console/desk/duty", data={"duty": "on"})
            assert await read_hint(lines) == "status"


async def test_a_stopping_server_ends_the_stream(world: World) -> None:
    await world.agent()
    async with world.served() as url, httpx.AsyncClient(base_url=url, timeout=30) as browser:
        await browser.post("/console/sign-in", data={"username": "lin", "password": PASSWORD})
        async with browser.stream("GET", "/console/desk/events") as stream:
            lines = stream.aiter_lines()
            assert [await read_hint(lines) for _ in range(2)] == ["queue", "status"]
            world.stopping.set()
            assert await read_hint(lines) == "ended"


async def test_the_stream_ends_with_the_session(world: World) -> None:
    agent = await world.agent()
    async with world.served() as url, httpx.AsyncClient(base_url=url, timeout=30) as browser:
        await browser.post("/console/sign-in", data={"username": "lin", "password": PASSWORD})
        async with browser.stream("GET", "/console/desk/events") as stream:
            lines = stream.aiter_lines()
            assert [await read_hint(lines) for _ in range(2)] == ["queue", "status"]
            async with world.database.write() as session:
                await sign_out_everywhere(session, agent.id, by="boss", now=world.clock())
            world.wakeups.publish(DESK)
            assert [await read_hint(lines) for _ in range(2)] == ["status", "ended"]
        assert (await browser.get("/console/desk/events", headers=SCRIPT)).status_code == 401


async def test_a_desk_that_goes_away_at_any_moment_breaks_no_connection(
    world: World, database: Database
) -> None:
    ticket = await world.ticket()
    broken: list[object] = []
    event.listen(database.engine.sync_engine.pool, "invalidate", lambda *what: broken.append(what))
    agent = await world.agent()
    hints = DeskHints(database, world.wakeups, world.feed, settings=world.settings, stopping=world.stopping)
    others = asyncio.all_tasks()

    async def watch() -> None:
        await anext(hints.stream(agent.id, [ticket.id], looking=True))

    for steps in range(40):
        watching = asyncio.create_task(watch())
        for _ in range(steps):
            await asyncio.sleep(0)
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
    await asyncio.gather(*(asyncio.all_tasks() - others))  # what was under way ends well
    assert broken == []
