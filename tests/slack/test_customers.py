"""Slack as a customers' channel, as customers say, the bot does and agents answer; Slack is the third-party emulator.

The app may do there what the manifest that operators paste lets it do, and no more.
"""

import functools
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from sqlalchemy import select

from channels.base import Undeliverable
from channels.delivery import Sender
from channels.files import FileLinks
from channels.slack import files
from channels.slack.mapping import Places
from core.customers import Customer, Identity
from core.database import Database
from core.files import Upload
from core.messages import Attachment, Kind
from core.persons import get_customer_id
from handoff.deliveries import report_burial
from handoff.desk.people import SlackPerson
from handoff.life import EventKind
from handoff.privacy.erasure import erase_customers
from tests.slack.office import Office, open_office, read
from tests.slack.support import FakePace, Json
from tests.slack.workspace import Workspace
from tests.telegram.support import deliveries, received
from tests.uploads import PDF

MANIFEST = yaml.safe_load((Path(__file__).parents[2] / "docs/slack-manifest.yml").read_text("utf-8"))
CHANNELS = [{"name": "service"}, {"name": "care"}, {"name": "shop"}, {"name": "lounge"}]


@dataclass
class Shopper:
    """A customer in Slack, and the service behind it."""

    office: Office
    user: str
    direct: str
    pace: FakePace
    sender: Sender = field(init=False)

    def __post_init__(self) -> None:
        shop = self.office.shop
        self.sender = Sender(
            self.office.customers.channel,
            shop.database,
            shop.wakeups,
            on_buried=functools.partial(report_burial, settings=shop.cases.settings),
            clock=lambda: shop.now,
        )

    @property
    def workspace(self) -> Workspace:
        return self.office.workspace

    async def all_is_done(self) -> None:
        """Heard, understood, answered and shown at the desk."""
        await self.office.settle()
        await self.office.shop.handle()
        while await self.sender.step():
            pass
        await self.sender.idle()
        await self.office.settle()

    async def says(
        self,
        text: str,
        *,
        channel: str | None = None,
        thread: str | None = None,
        files: Mapping[str, bytes] | None = None,
    ) -> str:
        ts = await self.workspace.say(self.user, channel or self.direct, text, thread_ts=thread, files=files)
        await self.office.arrived(ts, "file_share" if files else None)
        await self.all_is_done()
        return ts

    async def edits(self, ts: str, text: str) -> None:
        await self.workspace.edit(self.user, self.direct, ts, text)
        await self.office.arrived(ts, "message_changed")
        await self.all_is_done()

    async def presses(self, label: str) -> None:
        message = (await self.answers())[-1]
        elements = [each for block in message["blocks"] for each in block["elements"] if "action_id" in each]
        action = next(each["action_id"] for each in elements if each["text"]["text"] == label)
        post = await self.workspace.press(self.user, self.direct, message["ts"], action)
        for _ in range(2):  # it may come again
            assert (await self.office.post(post)).status_code == 200
        await self.all_is_done()

    async def answers(self, thread: str | None = None, channel: str = "") -> list[Json]:
        """What the app has posted in the direct message, or in a thread of a channel."""
        if thread is None:
            found = await self.workspace.history(channel or self.direct, reader=self.user)
        else:
            found = await self.workspace.replies(channel, thread, reader=self.user)
        return [each for each in found if each.get("bot_id")]

    async def reads(self, thread: str | None = None, channel: str = "") -> list[str]:
        return [said(each) for each in await self.answers(thread, channel)]


def said(message: Json) -> str:
    """The words of an answer, without its buttons."""
    (text,) = [block for block in message["blocks"] if block["type"] == "rich_text"]
    (section,) = text["elements"]
    return "".join(each.get("text") or each["url"] for each in section["elements"])


@pytest.fixture
async def workspace(slack_emulator: str) -> AsyncIterator[Workspace]:
    """One in which the app is as the manifest says."""
    async with httpx.AsyncClient(base_url=slack_emulator) as http:
        workspace = await Workspace.begin(
            http,
            channels=CHANNELS,
            scopes=MANIFEST["oauth_config"]["scopes"]["bot"],
            events=MANIFEST["settings"]["event_subscriptions"]["bot_events"],
        )
        yield workspace
        await workspace.deliver_events_to(None)


@pytest.fixture
async def guest(database: Database, workspace: Workspace) -> AsyncIterator[Shopper]:
    """Where direct messages and the channel "shop" are customers'."""
    places = Places(direct_messages=True, channels=frozenset({workspace.channels["shop"]}))
    pace = FakePace()
    async with open_office(database, workspace, places=places, pace=pace.pace(), sending_delay=30) as office:
        yield await shopper(office, "guest", pace)


async def shopper(office: Office, name: str, pace: FakePace) -> Shopper:
    user = office.workspace.users[name]
    return Shopper(office=office, user=user, direct=await office.workspace.open_direct(user), pace=pace)


async def test_a_question_in_a_direct_message_is_answered_there(guest: Shopper, database: Database) -> None:
    await guest.says("运费多少")
    assert await guest.reads() == ["运费：答案"]
    async with database.read() as session:
        known = (await session.execute(select(Identity.external_id, Customer.name).join(Customer))).one()
    assert tuple(known) == (guest.user, "guest")
    await guest.says("where is my order")
    assert (await guest.reads())[1:] == ["Where is my order: the answer"]
    assert len(await received(database)) == 2  # the answers come in as events, and are not heard


async def test_an_agent_answers_from_the_desk_in_slack(guest: Shopper) -> None:
    office, shop = guest.office, guest.office.shop
    await guest.says("我要人工")
    card = await office.card()
    assert "Slack" in read(card) and "guest" in read(card)
    assert (await shop.ticket()).number in (await guest.reads())[0]
    await office.press("lin", card["ts"], "take")
    ts = await office.workspace.say(
        office.workspace.users["lin"], office.channel, "*您好*，&lt;!channel&gt; 100% :smile:", card["ts"]
    )
    await office.arrived(ts)
    shop.time_passes(seconds=31)  # so long it could have been edited
    await guest.all_is_done()
    await guest.all_is_done()
    assert (await guest.reads())[-1] == "您好，<!channel> 100% 😄"
    assert "<!channel>" not in (await guest.answers())[-1]["text"]
    shop.time_passes(seconds=2)
    await office.settle()
    assert "white_check_mark" in await office.workspace.reactions(office.channel, ts)
    await guest.says("谢谢 :+1:")  # customers wait for nothing
    assert "谢谢 👍" in (await office.thread(card["ts"]))[-1]


async def test_buttons_are_pressed(guest: Shopper, database: Database) -> None:
    await guest.says("那个东西怎么弄")
    await guest.presses("运费")
    assert (await guest.reads())[-1] == "运费：答案"
    row = (await received(database))[-1]
    assert (row.kind, row.text, row.press) == (Kind.PRESS, "运费", "entry:delivery_fee")
    assert len(await received(database)) == 2
    assert await guest.workspace.ephemerals() == []  # nobody is told that they are no agent


async def test_a_press_that_cannot_be_kept_is_not_acknowledged(
    guest: Shopper, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    await guest.says("那个东西怎么弄")
    (question,) = await guest.answers()
    headers, body = await guest.workspace.press(guest.user, guest.direct, question["ts"], "customer_press:0")
    with monkeypatch.context() as broken:
        broken.setattr(database, "write", _away)
        assert (
            await guest.office.http.post("/slack/events", content=body, headers=headers)
        ).status_code >= 500
    assert len(await received(database)) == 1


async def test_an_edit_is_a_new_question(guest: Shopper, database: Database) -> None:
    ts = await guest.says("那个东西怎么弄")
    await guest.edits(ts, "运费多少")
    assert (await guest.reads())[-1] == "运费：答案"
    first, edit = await received(database)
    assert (edit.kind, edit.edits) == (Kind.EDIT, first.external_id)


async def test_files_are_fetched_for_the_agent(
    guest: Shopper, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = b"\x89PNG" + bytes(200_000)
    await guest.says("", files={"照片.png": content})
    (row,) = await received(database)
    assert row.kind == Kind.FILE
    attachment = Attachment.from_json(row.attachments[0])
    assert not attachment.ref.startswith("http")  # the desk must not link to what only the app may open
    channel = guest.office.customers.channel
    async with channel.open_attachment(attachment) as opened:
        assert opened.name == "照片.png"
        assert b"".join([chunk async for chunk in opened.content]) == content
    with pytest.raises(Undeliverable, match="file_not_found"):
        async with channel.open_attachment(Attachment(ref="F0NOTHERE")):
            pass
    monkeypatch.setattr(files, "MAX_BYTES", 100_000)
    with pytest.raises(Undeliverable, match="more than"):
        async with channel.open_attachment(attachment):
            pass


async def test_files_of_agents_are_uploaded(guest: Shopper, database: Database) -> None:
    shop = guest.office.shop
    for channel in (None, guest.workspace.channels["shop"]):
        ts = await guest.says("我要人工", channel=channel)
        ticket, lin = await shop.ticket(), await shop.agent("小林")
        await shop.work.take(ticket.id, lin)
        await shop.work.reply(ticket.id, lin, "给您", files=[Upload(name="发票.pdf", content=PDF)])
        await guest.all_is_done()
        method = "conversations.replies" if channel else "conversations.history"
        found = await guest.workspace.act(guest.user, method, channel=channel or guest.direct, ts=ts)
        (shared,) = [each for each in found["messages"] if each.get("files")]
        (file,) = shared["files"]
        assert (file["name"], file["size"]) == ("发票.pdf", len(PDF))
        assert "给您" in (await guest.reads(ts if channel else None, channel or ""))[-1]
    assert {state for _, state in await deliveries(database)} == {"sent"}


@pytest.mark.parametrize("base", ["", "https://care.example"])
async def test_where_the_app_may_not_upload_the_customer_is_told_of_the_file(
    guest: Shopper, database: Database, base: str
) -> None:
    shop = guest.office.shop
    guest.sender._links = FileLinks("a secret of this test, which is long enough", base=base)
    await guest.says("我要人工")
    ticket, lin = await shop.ticket(), await shop.agent("小林")
    await shop.work.take(ticket.id, lin)
    await guest.workspace.fail(2, "missing_scope", method="files.getUploadURLExternal")  # in the thread, too
    await shop.work.reply(ticket.id, lin, "给您", files=[Upload(name="发票.pdf", content=PDF)])
    await guest.all_is_done()
    told, text = (await guest.reads())[-2:]
    assert "发票.pdf" in told and text == "给您"
    assert ("https://care.example/files/" in told) is bool(base)
    assert ("怎样发给您" in told) is not bool(base)
    assert {state for _, state in await deliveries(database)} == {"sent"}


async def test_a_channels_customers_are_answered_in_their_threads(guest: Shopper, database: Database) -> None:
    shop = guest.workspace.channels["shop"]
    zhang = await shopper(guest.office, "zhang", guest.pace)
    thread = await guest.says("运费多少", channel=shop)
    assert await guest.reads(thread, shop) == ["运费：答案"]
    await zhang.says("where is my order", channel=shop, thread=thread)
    assert await zhang.reads(thread, shop) == ["运费：答案", "Where is my order: the answer"]
    assert [each["ts"] for each in await guest.workspace.history(shop)] == [thread]
    rows = await received(database)
    assert len({row.conversation_id for row in rows}) == 2


async def test_other_places_are_nobodys(guest: Shopper, database: Database) -> None:
    await guest.says("运费多少", channel=guest.workspace.channels["lounge"])
    await guest.says("运费多少", channel=guest.office.channel)
    assert await received(database) == []
    places = guest.office.customers._places
    guest.office.customers._places = Places(channels=places.channels)
    await guest.says("运费多少")
    assert await received(database) == []


async def test_an_agent_who_writes_to_the_app_is_a_customer(guest: Shopper, database: Database) -> None:
    lin = await shopper(guest.office, "lin", guest.pace)
    await lin.says("运费多少")
    assert await lin.reads() == ["运费：答案"]
    async with database.read() as session:
        assert await session.get(SlackPerson, lin.user) is not None


async def test_while_slack_says_429_an_answer_waits_and_no_try_has_failed(
    guest: Shopper, database: Database
) -> None:
    await guest.workspace.fail(1, 429, method="chat.postMessage", channel=guest.direct, retry_after=30)
    await guest.says("运费多少")
    assert await guest.reads() == []
    guest.office.shop.time_passes(seconds=31)
    guest.pace.time += 31
    await guest.all_is_done()
    assert await guest.reads() == ["运费：答案"]


@pytest.mark.parametrize("status", [500, "internal_error", "not_in_channel"])
async def test_what_slack_does_not_take_is_sent_again(
    guest: Shopper, database: Database, status: int | str
) -> None:
    await guest.workspace.fail(2, status, method="chat.postMessage", channel=guest.direct)
    await guest.says("运费多少")
    for _ in range(3):
        guest.office.shop.time_passes(minutes=2)
        await guest.all_is_done()
    assert await guest.reads() == ["运费：答案"]


async def test_who_cannot_be_reached_any_more_is_given_up_and_the_agent_is_told(
    guest: Shopper, database: Database
) -> None:
    await guest.says("我要人工")
    card = await guest.office.card()
    await guest.office.press("lin", card["ts"], "take")
    await guest.all_is_done()
    await guest.workspace.fail(1, "channel_not_found", method="chat.postMessage", channel=guest.direct)
    ticket, lin = await guest.office.shop.ticket(), await guest.office.shop.agent("小林")
    await guest.office.shop.work.reply(ticket.id, lin, "您好")
    await guest.all_is_done()
    assert (await deliveries(database))[-1] == ("您好", "buried")
    view = await guest.office.shop.events(await guest.office.shop.ticket())
    assert "channel_not_found" in str([event.data for event in view])


async def test_names_that_slack_does_not_tell_are_learned_later(guest: Shopper, database: Database) -> None:
    await guest.workspace.fail(1, 500, method="users.info")
    await guest.says("运费多少")
    assert await guest.reads() == ["运费：答案"]
    assert await names(database) == [None]
    guest.office.shop.time_passes(minutes=2)
    await guest.says("运费多少")
    assert await names(database) == ["guest"]


async def test_who_is_erased_is_a_stranger_again(guest: Shopper, database: Database) -> None:
    await guest.says("运费多少")
    async with database.write() as session:
        await erase_customers(session, [await get_customer_id(session, f"slack:{guest.user}")])
    assert await names(database) == [None]
    await guest.says("我的订单到哪了")
    assert (await guest.reads())[-1] == "订单到哪了：答案"
    async with database.read() as session:
        assert await session.get(Customer, await get_customer_id(session, f"slack:{guest.user}"))
    assert sorted(await names(database), key=bool) == [None, "guest"]


async def test_what_cannot_be_kept_is_given_up_without_a_word_to_the_customer(
    guest: Shopper, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = guest.workspace.channels["shop"]
    thread = await guest.says("运费多少", channel=shop)

    async def refuse(message: Any) -> None:
        raise ValueError("the database will never take it")

    monkeypatch.setattr(guest.office.shop.inbox, "record", refuse)
    await guest.says("坏", channel=shop, thread=thread)
    for _ in range(8):
        guest.office.shop.time_passes(minutes=2)
        await guest.office.settle()
    assert await guest.workspace.ephemerals() == []


async def names(database: Database) -> list[str | None]:
    async with database.read() as session:
        query = select(Customer.name).join(Identity).where(Identity.channel == "slack")
        return list(await session.scalars(query))


def _away() -> Any:
    raise OSError("the database is away")


async def test_what_agents_change_is_changed_where_the_customer_has_it(guest: Shopper) -> None:
    shop = guest.office.shop
    await guest.says("我要人工")
    ticket, lin = await shop.ticket(), await shop.agent("小林")
    await shop.work.take(ticket.id, lin)
    said = await shop.work.reply(ticket.id, lin, "星期三到 <!channel>")
    other = await shop.work.reply(ticket.id, lin, "别的")
    await guest.all_is_done()
    await shop.work.correct(ticket.id, lin, said, "星期四到 <!channel>，见 https://shop.example/a")
    await shop.work.withdraw(ticket.id, lin, other)
    await guest.all_is_done()
    assert (await guest.reads())[-1] == "星期四到 <!channel>，见 https://shop.example/a"
    assert "别的" not in await guest.reads()
    changed = (await guest.answers())[-1]
    assert "<!channel>" not in changed["text"]


async def test_a_file_that_is_taken_back_is_gone_for_the_customer(guest: Shopper) -> None:
    shop = guest.office.shop
    await guest.says("我要人工")
    ticket, lin = await shop.ticket(), await shop.agent("小林")
    await shop.work.take(ticket.id, lin)
    files = [Upload(name="别人的发票.pdf", content=PDF), Upload(name="说明.pdf", content=PDF)]
    said = await shop.work.reply(ticket.id, lin, "给您", files=files)
    await guest.all_is_done()
    shown = await files_of(guest)
    assert len(shown) == 2
    # One is gone already: somebody of the workspace has deleted it.
    await guest.workspace.fail(1, "file_deleted", method="files.delete")
    await shop.work.withdraw(ticket.id, lin, said)
    await guest.all_is_done()
    deleted: list[Any] = await guest.workspace.calls("files.delete")
    assert [each.arguments["file"] for each in deleted] == shown
    assert await files_of(guest) == shown[:1]  # which the emulator does not know to be gone
    assert EventKind.DELIVERY_FAILED not in [event.kind for event in await shop.events(ticket)]


async def files_of(guest: Shopper) -> list[str]:
    """The ids of the files that they see in their direct message."""
    found = await guest.workspace.history(guest.direct, reader=guest.user)
    return [file["id"] for each in found for file in each.get("files") or ()]


async def test_a_file_that_slack_keeps_is_told(guest: Shopper) -> None:
    shop = guest.office.shop
    await guest.says("我要人工")
    ticket, lin = await shop.ticket(), await shop.agent("小林")
    await shop.work.take(ticket.id, lin)
    said = await shop.work.reply(ticket.id, lin, "", files=[Upload(name="发票.pdf", content=PDF)])
    await guest.all_is_done()
    await guest.workspace.fail(1, "cant_delete_file", method="files.delete")
    await shop.work.withdraw(ticket.id, lin, said)
    await guest.all_is_done()
    failed = [event for event in await shop.events(ticket) if event.kind == EventKind.DELIVERY_FAILED]
    assert ["cant_delete_file" in event.data["error"] for event in failed] == [True]


async def test_what_slack_does_not_let_us_change_is_told(guest: Shopper) -> None:
    office, shop = guest.office, guest.office.shop
    await guest.says("我要人工")
    ticket, lin = await shop.ticket(), await shop.agent("小林")
    await shop.work.take(ticket.id, lin)
    said = await shop.work.reply(ticket.id, lin, "星期三到")
    await guest.all_is_done()
    await office.workspace.fail(1, "edit_window_closed", method="chat.update", channel=guest.direct)
    await shop.work.correct(ticket.id, lin, said, "星期四到")
    await guest.all_is_done()
    assert (await guest.reads())[-1] == "星期三到"
    failed = [event for event in await shop.events(ticket) if event.kind == EventKind.DELIVERY_FAILED]
    assert [(event.data["how"], "edit_window_closed" in event.data["error"]) for event in failed] == [
        ("correction", True)
    ]
