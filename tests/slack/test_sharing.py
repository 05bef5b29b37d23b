"""What customers send, and colleagues from the browser desk, as it stands in the thread; Slack is the emulator."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from typing import Any

import pytest

from channels.base import ChannelError, OpenedAttachment, TemporaryFailure, Undeliverable
from core.database import Database
from core.files import Upload
from core.messages import Attachment, Kind, OutgoingMessage
from handoff.desk.sharing import MOST_BYTES
from handoff.privacy.erasure import erase_customers
from tests.slack.office import Office, open_office, read
from tests.slack.workspace import Workspace
from tests.uploads import PDF, PNG

PHOTO = Attachment(ref="photo-1", name="插座.png", mime="image/png")


class Camera:
    """A channel from which customers' files are fetched; `errors` come first."""

    name = "pushy"
    parallel = 1

    def __init__(self, content: bytes = PNG) -> None:
        self.content = content
        self.errors: list[ChannelError] = []
        self.asked = asyncio.Event()
        self.held: asyncio.Event | None = None  # until when nothing comes

    def split(self, message: OutgoingMessage) -> Sequence[OutgoingMessage]:
        return [message]

    async def send(self, part: OutgoingMessage) -> str:
        raise NotImplementedError

    @contextlib.asynccontextmanager
    async def open_attachment(self, attachment: Attachment) -> AsyncIterator[OpenedAttachment]:
        if self.errors:
            raise self.errors.pop(0)

        async def read() -> AsyncIterator[bytes]:
            self.asked.set()
            if self.held:
                await self.held.wait()
            yield self.content

        yield OpenedAttachment(name=attachment.name, mime=attachment.mime, content=read())


@pytest.fixture
def camera() -> Camera:
    return Camera()


@pytest.fixture
async def office(database: Database, workspace: Workspace, camera: Camera) -> AsyncIterator[Office]:
    async with open_office(database, workspace) as office:
        office.channels["pushy"] = camera
        yield office


async def says(office: Office, text: str, *files: Attachment) -> None:
    kind = Kind.FILE if files and not text else Kind.TEXT
    await office.shop.customer_says(text, channel="pushy", kind=kind, attachments=files)
    await office.settle()


async def files_of(office: Office) -> list[str]:
    """The names of the files in the thread, in its order."""
    thread = await office.workspace.replies(office.channel, (await office.card())["ts"])
    return [file["name"] for each in thread for file in each.get("files") or ()]


async def test_what_a_customer_sends_before_and_after_is_seen_in_the_thread(office: Office) -> None:
    await says(office, "我要人工", PHOTO)
    assert await files_of(office) == ["插座.png"]
    await says(office, "", Attachment(ref="photo-2", name="近照.png", mime="image/png"))
    assert await files_of(office) == ["插座.png", "近照.png"]
    uploads: list[Any] = await office.workspace.calls("files.completeUploadExternal")
    assert {each.arguments["thread_ts"] for each in uploads} == {(await office.card())["ts"]}


async def test_what_a_colleague_sends_from_the_browser_is_seen_too(office: Office) -> None:
    await says(office, "我要人工")
    await office.press("lin", (await office.card())["ts"], "take")
    ticket, lin = await office.shop.ticket(), await office.shop.agent("小林")
    await office.shop.work.reply(ticket.id, lin, "给您", files=[Upload(name="发票.pdf", content=PDF)])
    await office.settle()
    assert await files_of(office) == ["发票.pdf"]


async def test_what_a_colleague_took_back_before_is_not_shown_any_more(office: Office) -> None:
    await says(office, "我要人工")
    await office.press("lin", (await office.card())["ts"], "take")
    ticket, lin = await office.shop.ticket(), await office.shop.agent("小林")
    invoice = Upload(name="发票.pdf", content=PDF)
    said = await office.shop.work.reply(ticket.id, lin, "给您", files=[invoice])
    await office.shop.work.withdraw(ticket.id, lin, said)
    await office.settle()
    assert await files_of(office) == []
    assert await office.workspace.calls("files.getUploadURLExternal") == []
    await office.shop.work.reply(ticket.id, lin, "这份才对", files=[invoice])
    await office.settle()
    assert await files_of(office) == ["发票.pdf"]


async def test_a_file_that_comes_late_is_waited_for_and_what_never_comes_holds_up_nothing(
    office: Office, camera: Camera
) -> None:
    camera.errors = [TemporaryFailure("busy")]
    await says(office, "我要人工", PHOTO)
    assert await files_of(office) == []
    office.shop.time_passes(minutes=2)
    await office.settle()
    assert await files_of(office) == ["插座.png"]
    camera.errors = [Undeliverable("gone")]
    await says(office, "再看看", PHOTO)
    await says(office, "还在吗？")
    assert await files_of(office) == ["插座.png"]
    assert "还在吗？" in (await office.thread((await office.card())["ts"]))[-1]


async def test_while_a_file_is_fetched_the_channel_goes_on(office: Office, camera: Camera) -> None:
    camera.held = asyncio.Event()
    await office.shop.customer_says("我要人工", channel="pushy", attachments=[PHOTO])
    while await office.desk.mirror.step(office.channel):
        pass
    sharing = asyncio.create_task(office.desk.sharing.step(office.channel))
    await camera.asked.wait()
    ts = (await office.card())["ts"]
    await office.shop.work.take((await office.shop.ticket()).id, await office.shop.agent("小林"))
    await office.shop.customer_says("在吗？", channel="pushy", attachments=[replace(PHOTO, ref="photo-2")])
    while await office.desk.mirror.step(office.channel):
        pass
    assert "小林" in read(await office.card())
    assert "在吗？" in (await office.thread(ts))[-1] and await files_of(office) == []
    camera.held.set()
    assert await sharing
    await office.settle()
    assert await files_of(office) == ["插座.png", "插座.png"]


async def test_what_is_too_large_stays_a_link(office: Office, camera: Camera) -> None:
    camera.content = bytes(MOST_BYTES + 1)
    await says(office, "我要人工", PHOTO)
    assert await files_of(office) == []
    assert any("插座.png" in each for each in await office.thread((await office.card())["ts"]))


async def test_files_of_an_erased_customer_are_deleted_from_slack(office: Office) -> None:
    await says(office, "我要人工", PHOTO)
    ts = (await office.card())["ts"]
    await office.press("lin", ts, "take")
    await office.shop.work.resolve((await office.shop.ticket()).id, await office.shop.agent("小林"))
    async with office.shop.database.write() as session:
        await erase_customers(session, [(await office.shop.ticket()).customer_id])
    await office.settle()
    assert len(await office.workspace.calls("files.delete")) == 1
