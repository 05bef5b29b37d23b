"""Files that agents send, from whatever desk, as their customers get them: kept once, fetched by an address nobody can guess."""

from collections.abc import AsyncIterator
from uuid import UUID

import httpx
import pytest
from itsdangerous import URLSafeSerializer
from sqlalchemy import delete, func, select

from bot.web import create_app
from channels.files import LIFETIME, FileLinks, public_files, routes
from channels.http_api import routes as http_api
from core.clock import utc_now
from core.database import Database
from core.file_types import FileKind
from core.files import File, FileLimits, Upload, file_id_of
from core.messages import Attachment, Kind
from core.read_marks import ReadMarks
from core.tokens import add_token
from handoff.life import EventKind
from handoff.reads import report_read
from handoff.refusals import Objection, Unfit
from tests.bot.conftest import shop as shop  # the fixture
from tests.shop import Shop
from tests.uploads import DOCX, HTML, PDF, PNG

SECRET = "a secret of this test, which is long enough"


@pytest.fixture
def links(shop: Shop) -> FileLinks:
    return FileLinks(SECRET, clock=lambda: shop.now)


@pytest.fixture
async def browser(shop: Shop, links: FileLinks) -> AsyncIterator[httpx.AsyncClient]:
    """A customer's; not signed in anywhere."""
    routers = [
        routes(shop.database, links),
        http_api.routes(
            database=shop.database,
            inbox=shop.inbox,
            feed=shop.feed,
            links=links,
            read_marks=ReadMarks(shop.database, shop.wakeups, on_read=report_read),
        ),
    ]
    transport = httpx.ASGITransport(app=create_app(database=shop.database, routers=routers))
    async with httpx.AsyncClient(transport=transport, base_url="http://shop.test") as http:
        yield http


async def reply_with(shop: Shop, *files: Upload, text: str = "", origin: str | None = None) -> UUID:
    """An agent has taken a customer's ticket, and answers with files."""
    if not await shop.tickets():
        await shop.customer_says("我要人工")
        await shop.work.take((await shop.ticket()).id, await shop.agent("lin"))
    ticket = await shop.ticket()
    return await shop.work.reply(ticket.id, await shop.agent("lin"), text, files=files, origin=origin)


async def last_attachments(shop: Shop) -> list[Attachment]:
    record = await shop.record((await shop.ticket()).conversation_id)
    return [Attachment.from_json(each) for each in record[-1].attachments]


async def count_files(database: Database) -> int:
    async with database.read() as session:
        return await session.scalar(select(func.count()).select_from(File)) or 0


async def test_text_and_files_are_one_message_of_the_record(shop: Shop) -> None:
    await reply_with(
        shop, Upload(name="../屏幕.JPG", content=PNG), Upload(name="发票.pdf", content=PDF), text="给您"
    )
    message = (await shop.record((await shop.ticket()).conversation_id))[-1]
    assert (message.text, message.kind, message.author_name) == ("给您", Kind.TEXT, "lin")
    assert [(each.name, each.mime, each.size) for each in await last_attachments(shop)] == [
        ("屏幕.JPG.png", "image/png", len(PNG)),
        ("发票.pdf", "application/pdf", len(PDF)),
    ]
    await reply_with(shop, Upload(name="合同.docx", content=DOCX))
    message = (await shop.record((await shop.ticket()).conversation_id))[-1]
    assert (message.text, message.kind) == ("", Kind.FILE)
    # The customer has been answered, by a file too.
    events = await shop.events(await shop.ticket())
    assert [event.kind for event in events].count(EventKind.REPLIED) == 2


@pytest.mark.parametrize(
    ("files", "objection"),
    [
        ([Upload(name="ok.pdf", content=PDF), Upload(name="a.png", content=HTML)], Objection.FILE_KIND),
        ([Upload(name="setup.pdf", content=b"MZ" + bytes(60))], Objection.FILE_KIND),
        ([Upload(name="a.pdf", content=b"")], Objection.EMPTY_FILE),
        (
            [Upload(name="a.pdf", content=PDF + bytes(1_500)), Upload(name="b.txt", content=b"a" * 600)],
            Objection.LARGE_FILES,
        ),
        ([Upload(name=f"{n}.txt", content=b"a") for n in range(11)], Objection.MANY_FILES),
        (
            [Upload(name="a.zip", content=DOCX.replace(b"[Content_Types].xml", b"(Content_Types).xml"))],
            Objection.FILE_KIND,
        ),
    ],
)
async def test_what_does_not_fit_is_refused_as_a_whole(
    shop: Shop, files: list[Upload], objection: Objection
) -> None:
    shop.change_desk(files=FileLimits(most_bytes=2_000))
    await reply_with(shop, text="您好")
    with pytest.raises(Unfit) as refused:
        await reply_with(shop, *files, text="给您")
    assert refused.value.objection is objection
    record = await shop.record((await shop.ticket()).conversation_id)
    assert record[-1].text == "您好" and await count_files(shop.database) == 0


async def test_the_shop_says_what_kinds_may_be_sent(shop: Shop) -> None:
    archive = DOCX.replace(b"[Content_Types].xml", b"(Content_Types).xml")
    await reply_with(shop, text="您好")
    shop.change_desk(files=FileLimits(kinds={FileKind.ZIP}))
    await reply_with(shop, Upload(name="照片.zip", content=archive))
    assert [each.name for each in await last_attachments(shop)] == ["照片.zip"]
    with pytest.raises(Unfit, match="zip"):
        await reply_with(shop, Upload(name="a.pdf", content=PDF))


async def test_what_was_said_from_elsewhere_is_said_and_kept_once(shop: Shop) -> None:
    for _ in range(2):
        await reply_with(shop, Upload(name="a.pdf", content=PDF), text="给您", origin="slack:C1:1.0")
    record = await shop.record((await shop.ticket()).conversation_id)
    assert [message.text for message in record].count("给您") == 1
    assert await count_files(shop.database) == 1


async def test_an_address_leads_to_the_file_and_to_nothing_that_runs(
    shop: Shop, links: FileLinks, browser: httpx.AsyncClient
) -> None:
    await reply_with(
        shop, Upload(name="屏幕.png", content=PNG), Upload(name="发票.pdf", content=PDF), text="给您"
    )
    picture, document = [links.path(each) for each in await last_attachments(shop)]
    shown, saved = await browser.get(f"/{picture}"), await browser.get(f"/{document}")
    assert (shown.content, saved.content) == (PNG, PDF)
    assert shown.headers["content-disposition"] == "inline; filename*=UTF-8''%E5%B1%8F%E5%B9%95.png"
    assert saved.headers["content-disposition"].startswith("attachment;")
    for answer in (shown, saved):
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "sandbox" in answer.headers["content-security-policy"]
        assert "private" in answer.headers["cache-control"]
    assert links.path((await last_attachments(shop))[0]) == picture  # a browser need not fetch it again


async def test_an_address_cannot_be_made_up_and_ends(
    shop: Shop, links: FileLinks, browser: httpx.AsyncClient
) -> None:
    await reply_with(shop, Upload(name="发票.pdf", content=PDF))
    (attachment,) = await last_attachments(shop)
    path, file_id = links.path(attachment), file_id_of(attachment)
    assert path is not None and file_id is not None
    _, token, name = path.split("/")
    forged = str(URLSafeSerializer("guessed", salt="files").dumps([file_id.hex, 99_999]))
    of_another_salt = str(URLSafeSerializer(SECRET, salt="console.session").dumps([file_id.hex, 99_999]))
    changed = (
        f"{token[:-2]}{'B' if token[-2] == 'A' else 'A'}{token[-1]}"  # of the last one not all bits count
    )
    for wrong in (forged, of_another_salt, changed, token.swapcase(), str(file_id), "x"):
        assert (await browser.get(f"/files/{wrong}/{name}")).status_code == 404
    assert (await browser.get(f"/files/{token}/..%2f..%2fetc%2fpasswd")).status_code == 404
    assert (await browser.get(f"/files/{token}/another-name")).content == PDF  # the name is for people only
    shop.time_passes(days=LIFETIME.days - 1)
    assert (await browser.get(f"/{path}")).status_code == 200
    shop.time_passes(days=3)
    gone = await browser.get(f"/{path}")
    assert gone.status_code == 404 and "已经过期" in gone.text and "not valid" in gone.text


async def test_a_file_that_was_removed_is_gone(
    shop: Shop, links: FileLinks, browser: httpx.AsyncClient
) -> None:
    await reply_with(shop, Upload(name="发票.pdf", content=PDF))
    (attachment,) = await last_attachments(shop)
    async with shop.database.write() as session:
        await session.execute(delete(File))
    assert (await browser.get(f"/{links.path(attachment)}")).status_code == 404


async def test_a_file_that_was_taken_back_is_gone_and_others_are_not(
    shop: Shop, links: FileLinks, browser: httpx.AsyncClient
) -> None:
    await reply_with(shop, Upload(name="发票.pdf", content=PDF))
    (kept,) = await last_attachments(shop)
    said = await reply_with(shop, Upload(name="别人的发票.pdf", content=PDF))
    (attachment,) = await last_attachments(shop)
    await shop.work.withdraw((await shop.ticket()).id, await shop.agent("lin"), said)
    assert (await browser.get(f"/{links.path(attachment)}")).status_code == 404
    assert (await browser.get(f"/{links.path(kept)}")).content == PDF
    assert await count_files(shop.database) == 1


async def test_an_app_gets_an_address_that_it_can_fetch(shop: Shop, browser: httpx.AsyncClient) -> None:
    async with shop.database.write() as session:
        token = await add_token(session, "web-shop", by="lin", now=utc_now())
    headers = {"Authorization": f"Bearer {token}"}
    body = {"id": "m1", "customer": {"id": "u1"}, "text": "我要人工"}
    sent = (await browser.post("/api/v1/messages", json=body, headers=headers)).json()
    await shop.handle()
    await shop.work.take((await shop.ticket()).id, await shop.agent("lin"))
    await reply_with(shop, Upload(name="发票.pdf", content=PDF), text="给您")
    conversation = f"/api/v1/conversations/{sent['conversation_id']}/messages"
    message = (await browser.get(conversation, headers=headers)).json()["messages"][-1]
    (file,) = message["attachments"]
    assert (file["name"], file["mime"], file["size"]) == ("发票.pdf", "application/pdf", len(PDF))
    assert file["url"].startswith("http://shop.test/files/")
    assert (await browser.get(file["url"])).content == PDF  # without the token


def test_with_a_public_address_everything_lies_there() -> None:
    file = Attachment(ref="file:01a20491-dad5-7436-b97d-170747d79421", name="a/b.pdf")
    links = FileLinks(SECRET, base="https://care.example/desk/")
    link = links.link(file)
    assert link is not None and link.startswith("https://care.example/desk/files/")
    assert link.endswith("/a%2Fb.pdf")
    assert FileLinks(SECRET).link(file) is None
    (shown,) = public_files([file.to_json(), Attachment(ref="vendor-id").to_json()], links)
    assert shown.ref.startswith("files/")
