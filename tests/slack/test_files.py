"""Files that agents share in the threads, as customers get them, and as they do not; Slack is the third-party emulator."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import replace

import pytest
from sqlalchemy import func, select

from core.database import Database
from core.files import File, FileLimits, Files, Upload, file_id_of
from core.messages import Attachment, Author
from handoff.desk import listening
from handoff.desk.events import SlackEvent
from tests.slack.office import Office, open_office
from tests.slack.workspace import Workspace
from tests.uploads import HTML, PDF, PNG


@pytest.fixture
async def office(database: Database, workspace: Workspace) -> AsyncIterator[Office]:
    async with open_office(database, workspace) as office:
        await office.shop.customer_says("我要人工", channel="pushy")
        await office.settle()
        yield office


async def card_of(office: Office) -> str:
    return str((await office.card())["ts"])


async def share(office: Office, user: str, text: str, files: Mapping[str, bytes]) -> str:
    """Somebody shares files in the ticket's thread, and it is handled; the ts."""
    ts = await office.workspace.say(
        office.workspace.users[user], office.channel, text, thread_ts=await card_of(office), files=files
    )
    await office.arrived(ts, "file_share")
    await office.settle()
    return ts


async def sent(office: Office) -> list[tuple[str, list[tuple[str, bytes]]]]:
    """What agents have said to the customer so far, with the files that are kept of it."""
    files = Files(office.shop.database)
    found = []
    for message in await office.shop.record((await office.shop.ticket()).conversation_id):
        if message.author == Author.AGENT:
            attachments = [Attachment.from_json(each) for each in message.attachments]
            ids = [file_id for each in attachments if (file_id := file_id_of(each))]
            kept = [await files.get(each) for each in ids]
            found.append((message.text, [(each.name, each.content) for each in kept]))
    return found


async def kept(office: Office) -> int:
    async with office.shop.database.read() as session:
        return await session.scalar(select(func.count()).select_from(File)) or 0


async def test_what_the_assignee_shares_goes_to_the_customer_with_the_words(office: Office) -> None:
    await office.press("lin", await card_of(office), "take")
    await share(office, "lin", "这是发票 :smile:", {"发票.pdf": PDF, "屏幕.png": PNG})
    await share(office, "lin", "", {"屏幕.png": PNG})
    assert await sent(office) == [
        ("这是发票 😄", [("发票.pdf", PDF), ("屏幕.png", PNG)]),
        ("", [("屏幕.png", PNG)]),
    ]
    assert await office.whispers("lin") == []
    # It stands in the thread already: we do not repeat it.
    assert sum("发票" in each for each in await office.thread(await card_of(office))) == 1


async def test_it_is_marked_when_it_has_arrived(office: Office, database: Database) -> None:
    await office.shop.customer_says("我要人工", customer="web", channel="webchat")
    await office.settle()
    ts = await card_of(office)
    await office.press("lin", ts, "take")
    said = await share(office, "lin", "", {"发票.pdf": PDF})
    assert "white_check_mark" in await office.workspace.reactions(office.channel, said)


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("图.png", HTML, "「图.png」这种文件不能发给顾客"),
        ("长.txt", b"a" * 3_000, "文件一共 0.1 MB，一条消息最多 0.1 MB"),
        ("空.txt", b"", "「空.txt」是空的"),
    ],
)
async def test_what_does_not_fit_is_not_sent_by_halves_and_its_author_is_told_why(
    office: Office, name: str, content: bytes, told: str
) -> None:
    office.shop.cases.settings = replace(office.shop.cases.settings, files=FileLimits(most_bytes=2_000))
    await office.press("lin", await card_of(office), "take")
    await share(office, "lin", "给您", {"好.pdf": PDF, name: content})
    assert await sent(office) == [] and await kept(office) == 0
    (whisper,) = await office.whispers("lin")
    assert told in whisper and "什么都没有发出" in whisper


async def test_a_large_one_is_not_even_fetched(
    office: Office, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(office.desk.listener._fetching, "_limits", lambda: FileLimits(most_bytes=2_000))
    await office.press("lin", await card_of(office), "take")
    await share(office, "lin", "给您", {"长.txt": b"a" * 3_000})
    assert await sent(office) == [] and await workspace.calls("files.info") == []
    assert "0.1 MB" in (await office.whispers("lin"))[0]


async def test_what_others_share_and_what_is_a_note_stays_inside(office: Office) -> None:
    await office.press("lin", await card_of(office), "take")
    await share(office, "wei", "看看这个", {"发票.pdf": PDF})
    await share(office, "wei", "", {"发票.pdf": PDF})
    await share(office, "lin", "// 留个底", {"发票.pdf": PDF})
    assert await sent(office) == [] and await kept(office) == 0
    first, second = await office.whispers("wei")
    assert "is not yours" in first and "the file stays in this thread" in second
    assert await office.whispers("lin") == []


async def test_slack_may_be_away_for_a_while(office: Office, workspace: Workspace) -> None:
    await office.press("lin", await card_of(office), "take")
    await workspace.fail(2, 500, method="files.info")
    await share(office, "lin", "给您", {"发票.pdf": PDF})
    assert await sent(office) == []
    for _ in range(3):
        office.shop.time_passes(minutes=2)
        await office.settle()
    assert await sent(office) == [("给您", [("发票.pdf", PDF)])]
    assert await office.whispers("lin") == []


async def test_who_cannot_be_helped_is_told_which_file_and_what_to_do(
    office: Office, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    await office.press("lin", await card_of(office), "take")
    await workspace.fail(1, "file_deleted", method="files.info")
    await share(office, "lin", "给您", {"发票.pdf": PDF})
    assert "「发票.pdf」从 Slack 取不到" in (await office.whispers("lin"))[-1]
    monkeypatch.setattr(listening, "MAX_ATTEMPTS", 2)
    await workspace.fail(5, 500, method="files.info")
    await share(office, "lin", "给您", {"发票.pdf": PDF})
    office.shop.time_passes(minutes=2)
    await office.settle()
    assert "试了几次都不行" in (await office.whispers("lin"))[-1]
    assert await sent(office) == [] and await kept(office) == 0


async def test_a_file_on_its_way_holds_up_its_own_thread_and_no_other(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    lin = await office.shop.agent("小林")
    slow = await card_of(office)
    await office.press("lin", slow, "take")
    await office.shop.customer_says("我要人工", customer="other")
    await office.settle()
    quick = await card_of(office)
    await office.press("lin", quick, "take")
    ours = {each.id: each for each in await office.shop.tickets() if each.assignee_id == lin.id}
    assert len(ours) == 2
    user = office.workspace.users["lin"]
    ts = await office.workspace.say(user, office.channel, "一", thread_ts=slow, files={"发票.pdf": PDF})
    await office.arrived(ts, "file_share")
    await office.workspace.say(user, office.channel, "二", thread_ts=slow)
    await office.workspace.say(user, office.channel, "三", thread_ts=quick)
    await office.waiting_is(["一", "二", "三"])
    assert await office.desk.listener.step()  # begins to fetch
    assert await office.desk.listener.step()
    await office.waiting_is(["一", "二"])
    await office.settle()
    await office.waiting_is([])
    said = [
        message.text
        for ticket in ours.values()
        for message in await office.shop.record(ticket.conversation_id)
        if message.author == Author.AGENT
    ]
    assert said in (["一", "二", "三"], ["三", "一", "二"])


async def test_a_process_that_dies_says_nothing_twice(office: Office) -> None:
    await office.press("lin", await card_of(office), "take")
    user, thread = office.workspace.users["lin"], await card_of(office)
    ts = await office.workspace.say(user, office.channel, "给您", thread_ts=thread, files={"发票.pdf": PDF})
    await office.arrived(ts, "file_share")
    newest = select(SlackEvent).where(SlackEvent.handled_at.is_(None)).order_by(SlackEvent.position.desc())
    async with office.shop.database.read() as session:
        before = (await session.scalars(newest)).first()
    assert before is not None
    await office.settle()
    async with office.shop.database.write() as session:  # as if it had died before it noted that it was done
        event = await session.get_one(SlackEvent, before.position)
        event.handled_at, event.event = None, before.event
    await office.settle()
    assert await sent(office) == [("给您", [("发票.pdf", PDF)])] and await kept(office) == 1


async def test_held_words_wait_with_their_files_until_their_author_insists(office: Office) -> None:
    await office.press("lin", await card_of(office), "take")
    await share(office, "lin", "这不归我管，你自己看着办", {"发票.pdf": PDF})
    assert await sent(office) == []
    whisper = (await office.workspace.ephemerals())[-1]
    await office.press("lin", whisper["ts"], "send_anyway")
    await office.submit("lin", {"reason": "客人自己说的原话"})
    assert await sent(office) == [("这不归我管，你自己看着办", [("发票.pdf", PDF)])]
    await office.press("lin", whisper["ts"], "send_anyway")
    assert "已经处理过" in (await office.whispers("lin"))[-1]


async def test_what_is_sent_from_the_browser_is_linked_in_the_thread(office: Office) -> None:
    lin = await office.shop.agent("小林")
    ticket = await office.shop.ticket()
    await office.shop.work.take(ticket.id, lin)
    upload = Upload(name="发票.pdf", content=PDF)
    await office.shop.work.reply(ticket.id, lin, "给您", files=[upload])
    await office.settle()
    (post,) = [each for each in await office.thread(await card_of(office)) if "给您" in each]
    assert "发票.pdf" in post
