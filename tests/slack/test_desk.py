"""The desk in Slack, as customers say, agents do, and time passes; Slack is the third-party emulator, over real HTTP."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from sqlalchemy import update

from core.conversations import Message
from core.database import Database
from core.messages import Author
from handoff.desk.following import TOGETHER
from handoff.life import EventKind, TicketState
from handoff.privacy.erasure import erase_customers
from tests.slack.blocks import check_message
from tests.slack.office import Office, open_office, read
from tests.slack.workspace import Workspace


@pytest.fixture
async def office(database: Database, workspace: Workspace) -> AsyncIterator[Office]:
    async with open_office(database, workspace) as office:
        yield office


async def asked_for_a_person(office: Office) -> str:
    """A customer wants a person; the ts of the card."""
    await office.shop.customer_says("我要人工")
    await office.settle()
    return str((await office.card())["ts"])


async def said_to_customer(office: Office) -> list[str]:
    """What agents have said to the customer so far."""
    ticket = await office.shop.ticket()
    record = await office.shop.record(ticket.conversation_id)
    return [message.text for message in record if message.author == Author.AGENT]


async def test_a_ticket_is_a_card_in_its_queues_channel_with_the_talk_before_it_in_the_thread(
    office: Office,
) -> None:
    ts = await asked_for_a_person(office)
    card = await office.card()
    ticket = await office.shop.ticket()
    assert ticket.number in read(card) and "等待接手" in read(card) and "我要人工" in read(card)
    check_message(card["text"], card["blocks"])
    (before,) = await office.thread(ts)
    assert "我要人工" in before
    assert await office.workspace.history(office.care) == []


async def test_who_takes_it_talks_through_to_the_customer_and_back(office: Office) -> None:
    ts = await asked_for_a_person(office)
    await office.press("lin", ts, "take")
    assert (await office.shop.ticket()).taken_at is not None
    assert "小林" in read(await office.card())
    said = await office.hear("lin", "您好，我来帮您 :smile:", thread=ts)
    assert await said_to_customer(office) == ["您好，我来帮您 😄"]
    assert "white_check_mark" in await office.workspace.reactions(office.channel, said)
    await office.shop.customer_says("<!channel> 订单号是 *12345*")
    await office.settle()
    assert "<!channel> 订单号是 *12345*" in (await office.thread(ts))[-1]
    thread = await office.workspace.replies(office.channel, ts)
    assert "<!channel>" not in thread[-1]["text"]
    # What the agent wrote stands there once: it is not repeated by us.
    assert sum("您好，我来帮您" in read(each) for each in thread) == 1


async def test_what_others_write_stays_inside_and_they_are_told(office: Office) -> None:
    ts = await asked_for_a_person(office)
    await office.press("lin", ts, "take")
    await office.hear("wei", "这个客人昨天也来过", thread=ts)
    assert await said_to_customer(office) == []
    assert "is not yours" in (await office.whispers("wei"))[-1]  # in the language of their Slack
    events = await office.shop.events(await office.shop.ticket())
    assert [event.data["text"] for event in events if event.kind == EventKind.NOTED] == ["这个客人昨天也来过"]


async def test_a_note_and_a_word_to_a_colleague_never_reach_the_customer(office: Office) -> None:
    ts = await asked_for_a_person(office)
    await office.press("lin", ts, "take")
    await office.hear("lin", "// 客人很急", thread=ts)
    assert await office.whispers("lin") == []
    await office.hear("lin", f"<@{office.workspace.users['wei']}> 你看看这个人烦不烦", thread=ts)
    assert "提到了同事" in (await office.whispers("lin"))[-1]
    assert await said_to_customer(office) == []


async def test_the_words_of_who_is_no_agent_go_nowhere(office: Office) -> None:
    ts = await asked_for_a_person(office)
    await office.hear("guest", "您好，我是客服", thread=ts)
    await office.press("guest", ts, "take")
    told = await office.whispers("guest")
    assert len(told) == 2 and all("is not linked to an agent" in each for each in told)
    ticket = await office.shop.ticket()
    assert ticket.state == TicketState.NEW and await said_to_customer(office) == []


async def test_a_banned_phrase_is_held_until_its_author_insists_with_a_reason(office: Office) -> None:
    ts = await asked_for_a_person(office)
    await office.press("lin", ts, "take")
    await office.hear("lin", "这不归我管，你自己看着办", thread=ts)
    assert await said_to_customer(office) == []
    whisper = (await office.workspace.ephemerals())[-1]
    await office.press("lin", whisper["ts"], "send_anyway")
    empty = await office.submit("lin", {"reason": " "})
    assert empty.json()["response_action"] == "errors"
    await office.submit("lin", {"reason": "客人自己说的原话"})
    assert await said_to_customer(office) == ["这不归我管，你自己看着办"]
    await office.press("lin", whisper["ts"], "send_anyway")
    assert "已经处理过" in (await office.whispers("lin"))[-1]
    assert len(await said_to_customer(office)) == 1


async def test_a_stale_button_explains_itself(office: Office) -> None:
    ts = await asked_for_a_person(office)
    stale = await office.workspace.press(office.workspace.users["wei"], office.channel, ts, "take")
    await office.press("lin", ts, "take")
    await office.post(stale)
    assert "小林" in (await office.whispers("wei"))[-1]
    assert (await office.shop.ticket()).assignee_id == (await office.shop.agent("小林")).id


async def test_a_transfer_is_offered_in_a_form_and_accepted_on_the_card(office: Office) -> None:
    ts = await asked_for_a_person(office)
    await office.press("lin", ts, "take")
    await office.press("lin", ts, "transfer")
    wei = await office.shop.agent("小魏")
    await office.submit("lin", {"to": f"agent:{wei.id}", "reason": "他更懂"})
    assert "他更懂" in "".join(await office.thread(ts))
    await office.press("wei", ts, "accept")
    ticket = await office.shop.ticket()
    assert (ticket.assignee_id, ticket.first_owner_id) == (wei.id, (await office.shop.agent("小林")).id)


async def test_resolved_in_a_form_the_card_says_so_and_keeps_the_note(office: Office) -> None:
    ts = await asked_for_a_person(office)
    await office.press("lin", ts, "take")
    await office.press("lin", ts, "resolve")
    await office.submit("lin", {"text": "已补发"})
    assert (await office.shop.ticket()).state == TicketState.RESOLVED
    assert "已解决" in read(await office.card())
    assert "已补发" in "".join(await office.thread(ts))


async def test_within_the_sending_delay_an_edit_counts_and_a_deletion_too(
    database: Database, workspace: Workspace
) -> None:
    async with open_office(database, workspace, sending_delay=10) as office:
        ts = await asked_for_a_person(office)
        await office.press("lin", ts, "take")
        lin = workspace.users["lin"]
        said = await office.hear("lin", "明天到", thread=ts)
        gone = await office.hear("lin", "算了", thread=ts)
        await workspace.edit(lin, office.channel, said, "后天到")
        await workspace.delete(lin, office.channel, gone)
        await office.waiting_is(["后天到"])
        assert await said_to_customer(office) == []
        office.shop.time_passes(seconds=11)
        await office.settle()
        assert await said_to_customer(office) == ["后天到"]
        assert await office.whispers("lin") == []


async def test_of_many_messages_none_is_passed_unseen_whatever_their_times_are(office: Office) -> None:
    """Clocks differ between machines: what comes later may say that it was said earlier."""
    ts = await asked_for_a_person(office)
    texts = [f"第 {number} 句" for number in range(2 * TOGETHER + 1)]
    for number, text in enumerate(texts):
        await office.shop.customer_says(text)
        async with office.shop.database.write() as session:
            at = office.shop.now - timedelta(seconds=number)
            await session.execute(update(Message).where(Message.text == text).values(at=at))
    await office.settle()
    shown = "\n".join(await office.thread(ts))
    assert [text for text in texts if text not in shown] == []


async def test_a_ticket_that_moves_to_another_queue_goes_on_in_its_channel(office: Office) -> None:
    ts = await asked_for_a_person(office)
    await office.press("lin", ts, "take")
    await office.press("lin", ts, "transfer")
    await office.submit("lin", {"to": "queue:care", "reason": "是投诉"})
    await office.press("wei", ts, "accept")
    moved = await office.card(office.care)
    assert (await office.shop.ticket()).number in read(moved) and "我要人工" in read(
        (await office.workspace.replies(office.care, moved["ts"]))[1]
    )
    assert "投诉" in read((await office.workspace.replies(office.channel, ts))[0])


async def test_when_the_customer_is_erased_slack_forgets_what_we_said_of_them(office: Office) -> None:
    ts = await asked_for_a_person(office)
    await office.press("lin", ts, "take")
    await office.shop.customer_says("我叫王芳，电话 13812345678")
    await office.settle()
    await office.hear("lin", "好的，王女士", thread=ts)
    await office.shop.work.resolve((await office.shop.ticket()).id, await office.shop.agent("小林"))
    await office.settle()
    ticket = await office.shop.ticket()
    async with office.shop.database.write() as session:
        await erase_customers(session, [ticket.customer_id])
    await office.settle()
    left = await office.workspace.replies(office.channel, ts)
    assert "13812345678" not in str(left) and "我要人工" not in str(left)
    assert ticket.number in read(left[0])
    # What an agent wrote is the agent's, and only they, or an admin of Slack, can delete it.
    assert [read(each) for each in left[1:]] == ["好的，王女士"]
