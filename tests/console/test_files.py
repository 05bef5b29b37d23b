"""Files with a reply at the browser desk: sent as a form, with scripts or without, and refused in clear words."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import httpx
import pytest
from sqlalchemy import func, select

from bot.web import MAX_BODY, create_app
from core.conversations import Message
from core.database import Database
from core.files import MEGABYTE, File, FileLimits
from handoff.tickets import Ticket
from tests.console.test_desk import SCRIPT, address, at_desk
from tests.console.world import SETTINGS, World
from tests.uploads import HTML, PDF, PNG

SMALL = replace(SETTINGS, files=FileLimits(most_bytes=3 * MEGABYTE))


@pytest.fixture
async def world(database: Database) -> World:
    """The desk in the app as it is served, with its limit for other requests."""
    world = World(database, settings=SMALL)
    world.app = create_app(database=database, routers=[world.app.router])
    return world


@asynccontextmanager
async def taken(world: World) -> AsyncIterator[tuple[httpx.AsyncClient, Ticket]]:
    """An agent's browser, and a ticket that is theirs."""
    lin = await world.agent()
    ticket = await world.ticket(channel="pager")
    await world.work.take(ticket.id, lin)
    async with at_desk(world) as browser:
        yield browser, ticket


def part(name: str, content: bytes) -> tuple[str, tuple[str, bytes, str]]:
    return ("files", (name, content, "image/png"))


async def last_message(world: World, ticket: Ticket) -> Message:
    async with world.feed.running():
        return (await world.feed.read(ticket.conversation_id, None))[-1]


async def count_files(world: World) -> int:
    async with world.database.read() as session:
        return await session.scalar(select(func.count()).select_from(File)) or 0


async def test_files_go_with_the_reply_and_stand_in_the_stream(world: World) -> None:
    async with taken(world) as (browser, ticket):
        page = (await browser.get(address(ticket))).text
        assert 'enctype="multipart/form-data"' in page and 'type="file" name="files" multiple' in page
        answer = await browser.post(
            address(ticket, "/say"),
            data={"to": "customer", "text": "给您"},
            files=[part("屏幕.png", PNG), part("发票<b>.pdf", PDF)],
        )
        assert answer.status_code == 303
        message = await last_message(world, ticket)
        assert message.text == "给您" and len(message.attachments) == 2
        page = (await browser.get(address(ticket))).text
        path = f"/console/attachments/{message.id}"
        assert f'<img src="{path}/0"' in page and f'<img src="{path}/1"' not in page
        assert f'href="{path}/1"' in page and "发票_b_.pdf" in page and "1 kB" in page
        picture, document = await browser.get(f"{path}/0"), await browser.get(f"{path}/1")
        assert (picture.content, document.content) == (PNG, PDF)
        assert picture.headers["content-disposition"].startswith("inline")
        assert document.headers["content-disposition"].startswith("attachment")
        for each in (picture, document):
            assert each.headers["x-content-type-options"] == "nosniff"
            assert "sandbox" in each.headers["content-security-policy"]
            assert each.headers["cache-control"] == "no-store"
        async with world.browser() as stranger:
            assert (await stranger.get(f"{path}/0")).status_code == 303


async def test_a_file_needs_no_words_and_an_empty_field_is_no_file(world: World) -> None:
    async with taken(world) as (browser, ticket):
        say = address(ticket, "/say")
        answer = await browser.post(say, data={"to": "customer"}, files=[part("发票.pdf", PDF)])
        assert answer.status_code == 303
        empty = await browser.post(say, data={"to": "customer"}, files=[part("", b"")])
        assert empty.status_code == 422 and "先写点什么" in empty.text
        assert (
            await browser.post(say, data={"to": "customer", "text": "好"}, files=[part("", b"")])
        ).is_redirect
        assert (await browser.post(say, data={"to": "customer", "text": "不带表单"})).is_redirect
    assert await count_files(world) == 1


async def test_what_does_not_fit_is_explained_and_nothing_is_sent(world: World) -> None:
    async with taken(world) as (browser, ticket):
        say = address(ticket, "/say")
        data = {"to": "customer", "text": "给您"}
        both = [part("发票.pdf", PDF), part("图.png", HTML)]
        page = await browser.post(say, data=data, files=both)
        assert page.status_code == 422 and "「图.png」这种文件不能发给顾客" in page.text
        assert "文件要重新选一次" in page.text and ">给您</textarea>" in page.text
        script = await browser.post(say, data=data, files=both, headers=SCRIPT)
        assert "图.png" in script.json()["detail"] and "重新选" not in script.json()["detail"]
        note = await browser.post(say, data={"to": "colleagues", "text": "看"}, files=both, headers=SCRIPT)
        assert note.status_code == 422 and "只能发给顾客" in note.json()["detail"]
        many = [part(f"{number}.pdf", PDF) for number in range(11)]
        refused = await browser.post(say, data=data, files=many, headers=SCRIPT)
        assert refused.status_code == 422 and "最多带 10 个文件" in refused.json()["detail"]
        assert (await last_message(world, ticket)).author == "system"
    assert await count_files(world) == 0


async def test_a_file_may_be_larger_than_other_requests(world: World) -> None:
    large = PDF + b"x" * MAX_BODY
    async with taken(world) as (browser, ticket):
        answer = await browser.post(
            address(ticket, "/say"), data={"to": "customer"}, files=[part("a.pdf", large)]
        )
        assert answer.status_code == 303
        other = await browser.post(address(ticket, "/sort"), content=b"kind=" + large)
        assert other.status_code == 413
    assert await count_files(world) == 1


async def test_what_is_too_large_is_refused_before_all_of_it_is_read(world: World) -> None:
    async with taken(world) as (browser, ticket):
        say = address(ticket, "/say")
        headers = {"Content-Type": "multipart/form-data; boundary=x"}
        read = 0

        async def endless() -> AsyncIterator[bytes]:
            nonlocal read
            yield b'--x\r\nContent-Disposition: form-data; name="files"; filename="a.pdf"\r\n\r\n'
            while True:
                read += 100_000
                yield b"x" * 100_000

        told = await browser.post(say, content=endless(), headers={**headers, **SCRIPT})
        assert told.status_code == 422 and "一条消息最多 3 MB" in told.json()["detail"]
        assert read < 4 * MEGABYTE
        read = 0
        announced = {**headers, "Content-Length": str(50 * MEGABYTE)}
        told = await browser.post(say, content=endless(), headers={**announced, **SCRIPT})
        assert told.status_code == 422 and "49.8 MB" in told.json()["detail"]
        assert read <= 100_000
        page = await browser.post(say, content=endless(), headers=announced)
        assert page.status_code == 422 and "文件要重新选一次" in page.text


async def test_who_is_not_signed_in_cannot_make_us_read(world: World) -> None:
    ticket = await world.ticket()
    read = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal read
        while True:
            read += 1
            yield b"x" * 1_000

    async with world.browser() as stranger:
        answer = await stranger.post(
            address(ticket, "/say"),
            content=endless(),
            headers={"Content-Type": "multipart/form-data; boundary=x"},
        )
        assert answer.status_code == 303 and read <= 1
        elsewhere = await stranger.post(
            address(ticket, "/say"), files=[part("a.pdf", PDF)], headers={"Sec-Fetch-Site": "cross-site"}
        )
        assert elsewhere.status_code == 403


async def test_held_words_ask_for_the_files_again_where_there_are_no_scripts(world: World) -> None:
    async with taken(world) as (browser, ticket):
        say = address(ticket, "/say")
        data = {"to": "customer", "text": "这不归我管，你自己看着办"}
        page = await browser.post(say, data=data, files=[part("发票.pdf", PDF)])
        assert page.status_code == 409 and "文件要重新选一次" in page.text
        script = await browser.post(say, data=data, files=[part("发票.pdf", PDF)], headers=SCRIPT)
        assert script.status_code == 409 and "重新选" not in script.text
        insisted = {**data, "anyway": "1", "reason": "顾客自己的原话"}
        assert (await browser.post(say, data=insisted, files=[part("发票.pdf", PDF)])).is_redirect
    assert len((await last_message(world, ticket)).attachments) == 1


async def test_who_has_not_taken_it_gets_no_paperclip(world: World) -> None:
    await world.agent()
    ticket = await world.ticket()
    async with at_desk(world) as browser:
        assert 'type="file"' not in (await browser.get(address(ticket))).text
