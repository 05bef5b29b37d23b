"""What agents change in the threads after it was sent, what failed and is sent again, what customers have read."""

import functools
from collections.abc import AsyncIterator
from uuid import UUID

import pytest
from sqlalchemy import select

from channels.base import Undeliverable
from channels.delivery import Sender
from core.conversations import Message
from core.database import Database
from core.files import Upload
from core.messages import AMENDMENTS, Author, Kind
from core.read_marks import ReadMarks
from handoff.deliveries import report_burial
from handoff.life import EventKind
from handoff.reads import report_read
from tests.channels.test_amending import Phone
from tests.slack.blocks import check_message
from tests.slack.office import Office, open_office, read
from tests.slack.test_alerts import deliver
from tests.slack.workspace import Workspace
from tests.uploads import PDF


class Pushed:
    """An office whose customer is on a channel that must be called."""

    def __init__(self, office: Office) -> None:
        self.office = office
        self.phone = Phone()
        self.sender = Sender(
            self.phone,
            office.shop.database,
            office.shop.wakeups,
            on_buried=functools.partial(
                report_burial, settings=office.shop.cases.settings, clock=lambda: office.shop.now
            ),
            clock=lambda: office.shop.now,
        )

    async def settle(self) -> None:
        """Everything is delivered, and Slack shows it."""
        await self.office.settle()
        await self.deliver()
        self.office.shop.time_passes(seconds=2)
        await self.office.settle()

    async def deliver(self) -> None:
        while await self.sender.step():
            pass
        await self.sender.idle()


@pytest.fixture
async def office(database: Database, workspace: Workspace) -> AsyncIterator[Office]:
    async with open_office(database, workspace) as office:
        yield office


@pytest.fixture
def pushed(office: Office) -> Pushed:
    return Pushed(office)


async def taken(office: Office, channel: str = "api") -> str:
    """小林 has taken a customer's ticket; the ts of the card."""
    await office.shop.customer_says("我要人工", channel=channel)
    await office.settle()
    ts = str((await office.card())["ts"])
    await office.press("lin", ts, "take")
    return ts


async def edit(office: Office, ts: str, text: str, *, user: str = "lin") -> None:
    await office.workspace.edit(office.workspace.users[user], office.channel, ts, text)
    await office.arrived(ts, "message_changed")
    await office.settle()


async def delete(office: Office, ts: str) -> None:
    await office.workspace.delete(office.workspace.users["lin"], office.channel, ts)
    await office.arrived(ts, "message_deleted")
    await office.settle()


async def changes(office: Office) -> list[tuple[str, str]]:
    """What agents have changed of what they said."""
    record = await office.shop.record((await office.shop.ticket()).conversation_id)
    return [(message.kind, message.text) for message in record if message.kind in AMENDMENTS]


async def replies(office: Office) -> list[str]:
    """What agents have said to the customer."""
    record = await office.shop.record((await office.shop.ticket()).conversation_id)
    return [each.text for each in record if each.author == Author.AGENT and each.kind not in AMENDMENTS]


async def marks(office: Office, ts: str) -> set[str]:
    return set(await office.workspace.reactions(office.channel, ts))


async def test_an_edit_corrects_what_the_customer_has_and_a_mark_says_so(office: Office) -> None:
    thread = await taken(office)
    said = await office.hear("lin", "明天到", thread=thread)
    await edit(office, said, "后天到 :smile:")
    assert await changes(office) == [(Kind.CORRECTION, "后天到 😄")]
    assert await marks(office, said) == {"white_check_mark", "pencil2"}
    assert await office.whispers("lin") == []


async def test_a_deletion_takes_it_back_and_the_thread_keeps_a_line(office: Office) -> None:
    thread = await taken(office)
    said = await office.hear("lin", "明天到", thread=thread)
    await delete(office, said)
    assert await changes(office) == [(Kind.WITHDRAWAL, "")]
    assert (await office.thread(thread))[-1] == "小林 · 撤回了一条消息：“明天到”"


async def test_banned_phrases_are_told_privately_and_the_customer_keeps_the_original(office: Office) -> None:
    thread = await taken(office)
    said = await office.hear("lin", "我帮您查", thread=thread)
    await edit(office, said, "这不归我管")
    assert await changes(office) == []
    (whisper,) = await office.whispers("lin")
    assert "不归我管" in whisper and "可以说" in whisper and "还是原来的话" in whisper


@pytest.mark.parametrize("text", ["// 明天到", "<@USOMEBODY> 明天到"])
async def test_what_the_customer_has_does_not_become_a_note(office: Office, text: str) -> None:
    thread = await taken(office)
    said = await office.hear("lin", "明天到", thread=thread)
    await edit(office, said, text.replace("USOMEBODY", office.workspace.users["wei"]))
    assert await changes(office) == []
    assert "收不回来" in (await office.whispers("lin"))[-1]


async def test_a_reply_that_was_held_is_heard_anew_when_it_is_edited(office: Office) -> None:
    thread = await taken(office)
    said = await office.hear("lin", "这不归我管", thread=thread)
    held = (await office.workspace.ephemerals())[-1]["ts"]
    await edit(office, said, "这不归我们部门管")
    assert len(await office.whispers("lin")) == 2 and await replies(office) == []
    await edit(office, said, "我帮您查")
    assert await replies(office) == ["我帮您查"] and "white_check_mark" in await marks(office, said)
    await office.press("lin", held, "send_anyway")
    assert "已经处理过" in (await office.whispers("lin"))[-1]
    await edit(office, said, "我帮您查一下")
    assert await changes(office) == [(Kind.CORRECTION, "我帮您查一下")]


async def test_who_insists_after_an_edit_sends_the_new_words(office: Office) -> None:
    thread = await taken(office)
    said = await office.hear("lin", "这不归我管", thread=thread)
    held = (await office.workspace.ephemerals())[-1]["ts"]
    await edit(office, said, "这不归我管，请打 12345")
    await office.press("lin", held, "send_anyway")
    await office.submit("lin", {"reason": "客人自己说的原话"})
    assert await replies(office) == ["这不归我管，请打 12345"]


async def test_a_reply_that_was_held_becomes_a_note_by_an_edit(office: Office) -> None:
    thread = await taken(office)
    said = await office.hear("lin", "这不归我管", thread=thread)
    await edit(office, said, "// 这不归我管")
    assert await replies(office) == []
    events = await office.shop.events(await office.shop.ticket())
    assert [each.data["text"] for each in events if each.kind == EventKind.NOTED] == ["这不归我管"]


async def test_a_reply_that_was_held_and_is_deleted_is_not_sent_any_more(office: Office) -> None:
    thread = await taken(office)
    said = await office.hear("lin", "这不归我管", thread=thread)
    held = (await office.workspace.ephemerals())[-1]["ts"]
    await office.press("lin", held, "send_anyway")
    await delete(office, said)
    await office.submit("lin", {"reason": "客人自己说的原话"})
    assert await replies(office) == []
    await office.press("lin", held, "send_anyway")
    assert "已经处理过" in (await office.whispers("lin"))[-1]


async def test_what_was_refused_is_not_sent_by_editing_it_and_its_author_is_told(office: Office) -> None:
    thread = await taken(office)
    said = await office.hear("lin", "很长" * 3_000, thread=thread)
    assert await replies(office) == []
    await edit(office, said, "我帮您查")
    assert await replies(office) == []
    assert "没有收到过" in (await office.whispers("lin"))[-1]


async def test_a_note_that_is_edited_is_no_matter_of_the_customers(office: Office) -> None:
    thread = await taken(office)
    note = await office.hear("lin", "// 客人很急", thread=thread)
    await edit(office, note, "客人很急")
    assert (await changes(office), await office.whispers("lin")) == ([], [])


async def test_what_is_not_theirs_any_more_stays_as_it_is_and_they_are_told(office: Office) -> None:
    thread = await taken(office)
    said = await office.hear("lin", "明天到", thread=thread)
    await office.shop.work.resolve((await office.shop.ticket()).id, await office.shop.agent("小林"))
    await edit(office, said, "后天到")
    await delete(office, said)
    assert await changes(office) == []
    whispers = await office.whispers("lin")
    assert len(whispers) == 2 and all("已解决" in each and "还是原来的话" in each for each in whispers)


async def test_where_it_is_too_late_its_author_is_told_privately(pushed: Pushed) -> None:
    office = pushed.office
    thread = await taken(office, "pushy")
    said = await office.hear("lin", "明天到", thread=thread)
    await pushed.settle()
    pushed.phone.is_too_late = True
    before = await office.thread(thread)
    await edit(office, said, "后天到")
    await pushed.settle()
    assert "pencil2" not in await marks(office, said)
    (whisper,) = await office.whispers("lin")
    assert "没能更正" in whisper and "too late" in whisper and "另发一句" in whisper
    await delete(office, said)
    await pushed.settle()
    assert "没能撤回" in (await office.whispers("lin"))[-1]
    assert (await office.thread(thread))[len(before) - 1 :] == ["小林 · 撤回了一条消息：“明天到”"]


async def test_what_still_waits_has_the_mark_of_a_correction_when_it_arrives(pushed: Pushed) -> None:
    office = pushed.office
    thread = await taken(office, "pushy")
    await pushed.settle()
    said = await office.hear("lin", "明天到", thread=thread)
    await edit(office, said, "后天到")
    office.shop.time_passes(seconds=2)
    await office.settle()
    assert await marks(office, said) == set()
    await pushed.settle()
    assert pushed.phone.ever[-1] == "后天到"
    assert await marks(office, said) == {"white_check_mark", "pencil2"}


async def test_what_was_given_up_is_not_marked_as_corrected(pushed: Pushed) -> None:
    office = pushed.office
    thread = await taken(office, "pushy")
    await pushed.settle()
    said = await office.hear("lin", "明天到", thread=thread)
    pushed.phone.errors = [Undeliverable("blocked")]
    await pushed.settle()
    await edit(office, said, "后天到")
    await pushed.settle()
    assert await marks(office, said) == {"warning"}


async def test_what_was_changed_at_the_browser_desk_is_read_in_the_thread(office: Office) -> None:
    thread = await taken(office)
    ticket, lin = await office.shop.ticket(), await office.shop.agent("小林")
    said = await office.shop.work.reply(ticket.id, lin, "明天到 <!channel>")
    await office.settle()
    await office.shop.work.correct(ticket.id, lin, said, "后天到 <!channel>")
    await office.settle()
    last = (await office.workspace.replies(office.channel, thread))[-1]
    assert read(last) == "小林 更正为：“后天到 <!channel>”" and "<!channel>" not in last["text"]
    await office.shop.work.withdraw(ticket.id, lin, said)
    await office.settle()
    assert (await office.thread(thread))[-1] == "小林 · 撤回了一条消息：“后天到 <!channel>”"


async def test_a_failed_reply_has_a_button_that_sends_it_again_once(pushed: Pushed) -> None:
    office = pushed.office
    thread = await taken(office, "pushy")
    await pushed.settle()
    said = await office.hear("lin", "明天到", thread=thread)
    pushed.phone.errors = [Undeliverable("blocked")]
    await pushed.settle()
    failed = (await office.workspace.replies(office.channel, thread))[-1]
    check_message(failed["text"], failed["blocks"])
    assert "blocked" in read(failed)  # who has the ticket is called by the alert
    assert "warning" in await marks(office, said)
    await office.press("wei", failed["ts"], "send_again")
    assert "has" in (await office.whispers("wei"))[-1]  # 小林 has it
    again = await office.workspace.press(
        office.workspace.users["lin"], office.channel, failed["ts"], "send_again"
    )
    for _ in range(2):
        await office.post(again)
    assert (await office.thread(thread))[-1] == "小林 · 重发一条没送到的消息"
    await pushed.settle()
    assert pushed.phone.texts[-1] == "明天到" and pushed.phone.texts.count("明天到") == 1
    assert await marks(office, said) == {"white_check_mark"}


async def test_what_failed_of_the_browser_desk_has_the_button_too_and_its_arrival_is_told(
    pushed: Pushed,
) -> None:
    office = pushed.office
    thread = await taken(office, "pushy")
    await pushed.settle()
    ticket, lin = await office.shop.ticket(), await office.shop.agent("小林")
    await office.shop.work.reply(ticket.id, lin, "明天到")
    pushed.phone.errors = [Undeliverable("blocked")]
    await pushed.settle()
    failed = (await office.workspace.replies(office.channel, thread))[-1]
    assert "“明天到”没有送到顾客那里：blocked" in read(failed)
    await office.press("lin", failed["ts"], "send_again")
    await pushed.settle()
    assert (await office.thread(thread))[-1] == "重发的消息送到了：“明天到”"


async def test_a_failure_is_told_once_and_calls_who_has_the_ticket(pushed: Pushed) -> None:
    office = pushed.office
    office.shop.change_desk(alert_ports=("slack",))
    thread = await taken(office, "pushy")
    await pushed.settle()
    before = await office.thread(thread)
    await office.hear("lin", "明天到", thread=thread)
    ticket, lin = await office.shop.ticket(), await office.shop.agent("小林")
    await office.shop.work.reply(ticket.id, lin, "", files=[Upload(name="发票.pdf", content=PDF)])
    pushed.phone.errors = [Undeliverable("blocked"), Undeliverable("blocked")]
    await pushed.deliver()  # before Slack has been brought on
    await pushed.settle()
    await deliver(office)
    told = [each for each in (await office.thread(thread))[len(before) :] if "blocked" in each]
    assert len(told) == 2 and all(f"<@{office.workspace.users['lin']}>" in each for each in told)
    assert sum("发票.pdf" in each for each in told) == 1 and not any("“”" in each for each in told)
    assert "".join(told).count("blocked") == 2


async def test_the_last_reply_that_the_customer_has_read_is_marked_as_far_as_they_read(
    office: Office, database: Database
) -> None:
    thread = await taken(office)
    first = await office.hear("lin", "您好", thread=thread)
    second = await office.hear("lin", "明天到", thread=thread)
    third = await office.hear("lin", "请放心", thread=thread)
    ticket = await office.shop.ticket()
    read_marks = ReadMarks(database, office.shop.wakeups, on_read=report_read, clock=lambda: office.shop.now)
    said = await _said(database, ticket.conversation_id)
    assert await read_marks.note(ticket.conversation_id, said["明天到"])
    await office.settle()
    assert [("eyes" in await marks(office, ts)) for ts in (first, second, third)] == [False, True, False]
    assert not await read_marks.note(ticket.conversation_id, said["您好"])  # it only moves on
    assert await read_marks.note(ticket.conversation_id, said["请放心"])
    await office.settle()
    assert "eyes" in await marks(office, third) and "eyes" not in await marks(office, first)


async def test_what_is_read_while_the_card_waits_to_be_shown_is_marked_too(
    office: Office, database: Database
) -> None:
    thread = await taken(office)
    said = await office.hear("lin", "您好", thread=thread)
    ticket, lin = await office.shop.ticket(), await office.shop.agent("小林")
    await office.shop.work.wait(ticket.id, lin)
    read_marks = ReadMarks(database, office.shop.wakeups, on_read=report_read, clock=lambda: office.shop.now)
    ids = await _said(database, ticket.conversation_id)
    assert await read_marks.note(ticket.conversation_id, ids["您好"])
    await office.settle()
    assert "eyes" in await marks(office, said)


async def _said(database: Database, conversation_id: UUID) -> dict[str, UUID]:
    query = select(Message.text, Message.id).where(
        Message.conversation_id == conversation_id, Message.author == Author.AGENT
    )
    async with database.read() as session:
        return {text: message_id for text, message_id in await session.execute(query)}
