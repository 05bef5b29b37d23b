"""At the browser desk: one's own messages are corrected and withdrawn, what failed is sent again, what was read is seen."""

import functools
import re

from sqlalchemy import update

from channels.base import Undeliverable
from channels.delivery import Sender
from core.outbox import DeliveryState, OutboxRow
from core.read_marks import ReadMarks
from handoff.deliveries import report_burial
from handoff.lists import list_queue
from handoff.marks import read_ticket_mark
from handoff.reads import report_read
from handoff.tickets import Ticket
from tests.channels.test_amending import Phone
from tests.console.test_desk import SCRIPT, address, at_desk
from tests.console.test_desk_acts import ENGLISH, says
from tests.console.world import SETTINGS, World


class LoudPhone(Phone):
    name = "pager"


async def page_of(browser: object, ticket: Ticket) -> str:
    return str((await browser.get(address(ticket))).text)  # type: ignore[attr-defined]


async def test_ones_own_messages_are_corrected_and_withdrawn_in_forms(world: World) -> None:
    lin = await world.agent()
    await world.agent("chen", "陈工")
    ticket = await world.ticket()
    await world.work.take(ticket.id, lin)
    first = await world.work.reply(ticket.id, lin, "星期三到")
    second = await world.work.reply(ticket.id, lin, "<b>不该说的</b>")
    async with at_desk(world) as browser, at_desk(world, "chen") as colleague:
        page = await page_of(browser, ticket)
        assert f"correct-{first}" in page and f"withdraw-{second}" in page
        assert f"correct-{first}" not in await page_of(colleague, ticket)
        form = {"message": str(first), "text": "星期四到"}
        assert (await browser.post(address(ticket, "/correct"), data=form)).status_code == 303
        answer = await browser.post(
            address(ticket, "/withdraw"), data={"message": str(second)}, headers=SCRIPT
        )
        assert answer.status_code == 204
        page = await page_of(browser, ticket)
        assert says(page, "更正了一条消息：“星期三到” → “星期四到”", "撤回了一条消息：“&lt;b&gt;不该说的")
        assert says(page, 'id="stream"', "星期四到", "已更正", "原来的话", "星期三到")
        assert says(page, "<del>&lt;b&gt;不该说的&lt;/b&gt;</del>", "已撤回")
        assert f"correct-{second}" not in page
        refused = await colleague.post(address(ticket, "/correct"), data=form, headers=SCRIPT)
        assert refused.status_code == 409 and "在 小林 手上" in refused.json()["detail"]


async def test_lists_show_what_was_said_last_as_it_stands(world: World) -> None:
    lin = await world.agent()
    ticket = await world.ticket(channel="pager")
    await world.work.take(ticket.id, lin)
    said = await world.work.reply(ticket.id, lin, "星期三到")
    async with world.database.write() as session:
        await session.execute(update(OutboxRow).values(state=DeliveryState.SENT, vendor_ids=["1"]))

    async def listed() -> str:
        async with world.database.read() as session:
            (line,) = (await list_queue(session, lin.id)).mine
        return f"{line.said_as} {line.said}"

    assert await listed() == "text 星期三到"
    await world.work.correct(ticket.id, lin, said, "星期四到")
    assert await listed() == "text 星期四到"
    await world.work.withdraw(ticket.id, lin, said)
    assert await listed() == "withdrawal "
    waits = update(OutboxRow).where(OutboxRow.state == DeliveryState.WAITING)
    async with world.database.write() as session:
        await session.execute(waits.values(state=DeliveryState.BURIED))
    assert await listed() == "text 星期三到"  # the correction was overtaken, and the withdrawal failed


async def test_banned_phrases_and_empty_texts_are_told_in_the_form(world: World) -> None:
    lin = await world.agent()
    ticket = await world.ticket()
    await world.work.take(ticket.id, lin)
    said = str(await world.work.reply(ticket.id, lin, "我帮您查"))
    async with at_desk(world) as browser:
        held = await browser.post(
            address(ticket, "/correct"), data={"message": said, "text": "这不归我管"}, headers=SCRIPT
        )
        assert held.status_code == 422 and "可以说" in held.json()["detail"]
        empty = await browser.post(
            address(ticket, "/correct"), data={"message": said, "text": " "}, headers=ENGLISH
        )
        assert empty.status_code == 422 and "write something first" in empty.text
        assert "原来的话" not in await page_of(browser, ticket)


async def test_what_failed_is_sent_again_and_the_page_says_how_it_went(world: World) -> None:
    lin = await world.agent()
    ticket = await world.ticket(channel="pager")
    phone = LoudPhone()
    sender = Sender(
        phone,
        world.database,
        world.wakeups,
        on_buried=functools.partial(report_burial, settings=SETTINGS),
        clock=world.clock,
    )

    async def deliver() -> None:
        while await sender.step():
            pass
        await sender.idle()

    await world.work.take(ticket.id, lin)
    await deliver()
    said = str(await world.work.reply(ticket.id, lin, "星期三到"))
    phone.errors = [Undeliverable("blocked")]
    await deliver()
    async with at_desk(world) as browser:
        page = await page_of(browser, ticket)
        assert says(page, "发送失败：blocked", "重发") and "/send-again" in page
        for _ in range(2):
            answer = await browser.post(
                address(ticket, "/send-again"), data={"message": said}, headers=SCRIPT
            )
            assert answer.status_code == 204
        page = await page_of(browser, ticket)
        assert says(page, "重发一条没送到的消息", "稍后自动重试") and "/send-again" not in page
        await deliver()
        assert phone.texts.count("星期三到") == 1
        assert "发送失败" not in await page_of(browser, ticket)


async def test_the_last_message_that_was_read_says_when(world: World) -> None:
    lin = await world.agent()
    ticket = await world.ticket()
    await world.work.take(ticket.id, lin)
    first = await world.work.reply(ticket.id, lin, "星期三到")
    await world.work.reply(ticket.id, lin, "还有别的吗")
    read_marks = ReadMarks(world.database, world.wakeups, on_read=report_read, clock=world.clock)
    async with at_desk(world) as browser:
        assert "已读" not in await page_of(browser, ticket)
        async with world.database.read() as session:
            before = await read_ticket_mark(session, ticket.id)
        assert await read_marks.note(ticket.conversation_id, first)
        async with world.database.read() as session:
            assert await read_ticket_mark(session, ticket.id) != before  # so that open pages look again
        page = await page_of(browser, ticket)
        assert re.search(r"星期三到.*?已读 \d\d:\d\d.*?还有别的吗", page, re.DOTALL)
        assert page.count("已读") == 1
