"""Suggested replies and saving an answer as FAQ at the browser desk."""

from dataclasses import replace
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from core.conversations import Message
from core.database import Database
from core.messages import Author
from handoff.handover import customer_wrote
from handoff.tickets import Ticket
from handoff.topics import Near
from nlu.knowledge.drafts import find_draft, lock_draft, replace_draft
from nlu.knowledge.entries import CannedReply
from nlu.knowledge.versions import add_version, make_live
from tests.console.test_desk import NASTY, SCRIPT, address, at_desk
from tests.console.test_desk_acts import says
from tests.console.world import World
from tests.doubles import KNOWLEDGE

CANNED = CannedReply(
    id="hi",
    title={"zh": "开场问候", "en": "Greeting"},
    text={"zh": "您好[，{customer}]！我是{shop}的{agent}。", "en": "Hello"},
)


async def publish(world: World) -> None:
    knowledge = replace(KNOWLEDGE, replies={"hi": CANNED})
    async with world.database.write() as session:
        await lock_draft(session)
        await replace_draft(session, knowledge)
        await add_version(session, knowledge, by="li", note="", now=world.clock())
        await make_live(session, 1, by="li", note="", now=world.clock())


async def about(world: World, ticket: Ticket, entry: str) -> None:
    """The customer writes something that is near to this entry."""
    async with world.database.write() as session:
        await customer_wrote(
            session,
            await session.get_one(Ticket, ticket.id),
            message_id=uuid4(),
            urgent=False,
            settings=world.settings,
            now=world.clock(),
            near=[Near(entry=entry, probability=0.8)],
        )


async def answer_of(world: World, ticket: Ticket) -> UUID:
    """The agent's last message."""
    query = select(Message.id).where(
        Message.conversation_id == ticket.conversation_id, Message.author == Author.AGENT
    )
    async with world.database.read() as session:
        return (await session.scalars(query.order_by(Message.seq.desc()))).first() or uuid4()


async def test_suggestions_are_a_part_for_the_dialog_and_a_page_without_a_script(world: World) -> None:
    await publish(world)
    lin = await world.agent()
    ticket = await world.ticket(customer=NASTY)
    await about(world, ticket, "order_status")
    async with at_desk(world) as browser:
        page = (await browser.get(address(ticket))).text
        assert "/suggestions" not in page
        await world.work.take(ticket.id, lin)
        assert says(
            (await browser.get(address(ticket))).text, "data-suggest>推荐回复</a>", 'id="suggestions"'
        )
        part = (await browser.get(address(ticket, "/suggestions"), headers=SCRIPT)).text
        assert says(
            part, "知识库的回答", "订单到哪了", "订单到哪了：答案", "data-insert", "常用语", "开场问候"
        )
        assert "&lt;script&gt;" in part and "<script>" not in part and "我是好物的小林。" in part
        page = (await browser.get(address(ticket, "/suggestions") + "?lang=en")).text
        assert says(page, "<!doctype html>", "Suggested replies", "Where is my order", "订单到哪了：答案")
        assert "data-insert" not in page and "<script>alert" not in page


async def test_only_who_has_the_ticket_is_suggested_anything(world: World) -> None:
    chen = await world.agent("chen", "陈工")
    await world.agent()
    ticket = await world.ticket()
    await world.work.take(ticket.id, chen)
    async with at_desk(world) as browser:
        refused = await browser.get(address(ticket, "/suggestions"), headers=SCRIPT)
        assert refused.status_code == 409 and "陈工" in refused.json()["detail"]
        gone = await browser.get(f"/console/desk/tickets/{uuid4()}/suggestions", headers=SCRIPT)
        assert gone.status_code == 404
    async with world.browser() as stranger:
        assert (await stranger.get(address(ticket, "/suggestions"), headers=SCRIPT)).status_code == 401


async def test_an_answer_is_saved_as_faq_and_it_is_said_who_publishes_it(world: World) -> None:
    await publish(world)
    lin = await world.agent()
    await world.agent("chen", "陈工")
    ticket = await world.ticket("专票怎么开，我电话 13812345678", customer="王小姐")
    await world.work.take(ticket.id, lin)
    await world.work.reply(ticket.id, lin, "王小姐，请提供税号")
    form = address(ticket, f"/faq/{await answer_of(world, ticket)}")
    async with at_desk(world, "chen") as browser:  # any agent may
        assert form in (await browser.get(address(ticket))).text
        page = (await browser.get(form)).text
        assert says(page, "存为常见问题", "专票怎么开，我电话 138****5678", "***，请提供税号")
        filled = {"language": "zh", "title": NASTY[:40], "question": "专票怎么开", "answer": "请提供税号"}
        refused = await browser.post(form, data={**filled, "title": " "})
        assert refused.status_code == 422 and says(refused.text, "还没有内容", "专票怎么开")
        saved = await browser.post(form, data={**filled, "other_answer": "Send your tax number"})
        assert saved.status_code == 200 and "<script>alert" not in saved.text
        assert says(saved.text, "已存进知识库草稿", "管理员发布后")
        await browser.post(form, data={**filled, "other_answer": "Send your tax number"})
    async with world.database.read() as session:
        draft = await find_draft(session)
    assert draft is not None
    (added,) = [entry for key, entry in draft.entries.items() if key not in KNOWLEDGE.entries]
    assert added.answers == {"zh": "请提供税号", "en": "Send your tax number"}


async def test_what_is_saved_is_the_last_wording_and_nothing_that_was_taken_back(world: World) -> None:
    lin = await world.agent()
    ticket = await world.ticket()
    await world.work.take(ticket.id, lin)
    said = await world.work.reply(ticket.id, lin, "请提供手机号")
    await world.work.correct(ticket.id, lin, said, "请提供税号")
    form = address(ticket, f"/faq/{said}")
    async with at_desk(world) as browser:
        page = (await browser.get(form)).text
        assert "请提供税号" in page and "请提供手机号" not in page
        async with world.database.read() as session:
            of_it = select(Message.id).where(Message.reply_to == said)
            correction = (await session.scalars(of_it)).one()
        assert (await browser.get(address(ticket, f"/faq/{correction}"))).status_code == 404
        await world.work.withdraw(ticket.id, lin, said)
        refused = await browser.get(form)
    assert refused.status_code == 404 and "请提供" not in refused.text


@pytest.mark.parametrize("whose", ["customer", "nobody", "another ticket"])
async def test_only_what_an_agent_said_in_the_ticket_is_saved(world: World, whose: str) -> None:
    lin = await world.agent()
    ticket, other = await world.ticket(), await world.ticket()
    await world.work.take(other.id, lin)
    await world.work.reply(other.id, lin, "您好")
    async with world.database.read() as session:
        said = select(Message.id).where(Message.conversation_id == ticket.conversation_id)
        customers = (await session.scalars(said)).first()
    message = {"customer": customers, "nobody": uuid4(), "another ticket": await answer_of(world, other)}
    async with at_desk(world) as browser:
        refused = await browser.get(address(ticket, f"/faq/{message[whose]}"))
    assert refused.status_code == 404 and "只能存同事给顾客的回答" in refused.text


async def test_without_a_draft_nothing_is_saved_and_that_is_said(world: World, database: Database) -> None:
    lin = await world.agent()
    ticket = await world.ticket()
    await world.work.take(ticket.id, lin)
    await world.work.reply(ticket.id, lin, "请提供税号")
    form = address(ticket, f"/faq/{await answer_of(world, ticket)}")
    async with at_desk(world) as browser:
        filled = {"language": "zh", "title": "专票", "question": "专票怎么开", "answer": "请提供税号"}
        refused = await browser.post(form, data=filled)
    assert refused.status_code == 409 and "还没有草稿" in refused.text
