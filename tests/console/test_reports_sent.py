"""Reports that go out: what stands in them, and the e-mail of it, which goes to a real mail server."""

import io
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from html import unescape
from urllib.parse import urlsplit

import openpyxl
import pytest
from sqlalchemy import select

from console.overview import Figures
from console.overview_view import OverviewView
from console.periods import Chosen
from console.reports.by_mail import MailCarrier, compose, to_html, to_text
from console.reports.making import Maker, Report
from console.reports.summary import Summary, summarize
from console.texts import PageTexts
from core.conversations import Message
from core.ids import new_id
from core.languages import REPLY_LANGUAGES, ReplyLanguage
from core.mail import Mailer, parse_smtp
from core.messages import Author
from handoff.gaps.tables import Gap, GapMessage, Why
from handoff.reporting.cells import Value
from handoff.reporting.figures import Cells, Period, period_of
from handoff.reporting.keeper import Keeper
from handoff.reporting.schedule import Destination, Unit, Way
from handoff.reporting.sendings import Parcel
from handoff.wording.reader import Reader
from tests.console.world import CALENDAR, SETTINGS, World
from tests.mail_server import mail_server

WEEK = Period(start=date(2026, 11, 16), end=date(2026, 11, 22))
MONDAY = datetime(2026, 11, 23, 0, tzinfo=UTC)
HOSTILE = "<script>alert(1)</script> & <!channel>"
BASE = "https://service.example.com"


def reader(language: ReplyLanguage) -> Reader:
    return Reader(
        t=PageTexts(language),
        now=MONDAY,
        zone=CALENDAR.zone,
        titles={"order_status": {"zh": HOSTILE, "en": HOSTILE}},
        settings=SETTINGS,
        region="CN",
    )


def cells(conversations: int, answered: int, promoters: int = 0) -> Cells:
    return Cells(
        {
            "conversations": {"web|zh|solved": Value(conversations, 0)},
            "decisions": {"answer": Value(answered, 0), "ask": Value(100 - answered, 0)},
            "answers": {"order_status": Value(answered, 0)},
            "promises": {"take|kept": Value(9, 0), "take|missed": Value(1, 0)},
            "first_response": {"5": Value(1, 0)},
            **({"nps": {"10": Value(promoters, 0), "1": Value(1, 0)}} if promoters else {}),
        }
    )


def summary(
    language: ReplyLanguage = "zh",
    now: Cells | None = None,
    before: Cells | None = None,
    *,
    gaps: Sequence[tuple[str, int]] = ((HOSTILE, 12),),
    base: str = BASE,
) -> Summary:
    now, before = now or cells(120, 80), before or cells(100, 77)
    view = OverviewView(reader=reader(language), period=WEEK, agents={})
    figures = Figures(
        view=view,
        tiles=view.tiles(now, before),
        tiles_before=view.tiles(before, before),
        tables=view.tables(now, []),
        is_empty=not now.values,
        is_counting=False,
    )
    chosen = Chosen(period=WEEK, unit="week")
    return summarize(figures, gaps, chosen=chosen, shop="青禾生活", base=base, t=PageTexts(language))


def report(language: ReplyLanguage = "zh", **given: object) -> Report:
    made = summary(language, **given)  # type: ignore[arg-type]
    return Report(name="week-2026-W47", summary=made, file_name="shouwen.xlsx", xlsx=b"PK")


def test_each_figure_stands_beside_what_it_was() -> None:
    told = {each.label: (each.value, each.before, each.change) for each in summary("en").figures}
    assert told["Conversations"] == ("120", "was 100", "+20%")
    assert told["Messages the bot answered"] == ("80%", "was 77%", "+3 pts")
    assert told["First response (median)"] == ("5 min", "was 5 min", "unchanged")
    assert "CSAT" not in told and "NPS" not in told  # nobody was asked, neither before
    fewer = {each.label: each.change for each in summary("zh", cells(50, 70, 3), cells(100, 80, 1)).figures}
    assert (fewer["会话"], fewer["机器人答上的消息"], fewer["净推荐值"]) == ("−50%", "−10 个百分点", "+50")


def test_what_was_nothing_before_is_compared_with_nothing() -> None:
    told = {each.label: (each.before, each.change) for each in summary("zh", before=Cells({})).figures}
    assert told["会话"] == ("上期 0", "") and told["机器人答上的消息"] == ("上期 –", "")


def test_an_empty_week_says_so() -> None:
    made = summary("zh", Cells({}), Cells({}), gaps=[])
    assert any("没有顾客来过" in each for each in made.notices)
    assert [each.lines for each in made.sections] == [[], [], []]
    assert "没有问到待处理的缺口" in to_text(made) and "没有问到待处理的缺口" in to_html(made)


@pytest.mark.parametrize("language", REPLY_LANGUAGES)
def test_the_page_runs_nothing_fetches_nothing_and_says_what_the_text_says(language: ReplyLanguage) -> None:
    made = summary(language)
    page, text = to_html(made), to_text(made)
    assert "<script" not in page and "<img" not in page and "<link" not in page and "<style" not in page
    assert "url(" not in page and " src=" not in page and " class=" not in page
    addresses = {unescape(each) for each in re.findall(r'href="([^"]*)"', page)}
    assert addresses and all(each.startswith(f"{BASE}/console/") for each in addresses)
    shown = " ".join(re.sub(r"<[^>]+>", " ", page.split("<body")[1]).split())
    for figure in made.figures:
        assert figure.value in unescape(shown) and figure.value in text and figure.label in text
    for section in made.sections:
        for line in section.lines:
            assert line.label in unescape(shown) and line.label in text
    assert all(address in text and label in text for label, address in made.links)


def test_without_a_web_address_there_are_no_links() -> None:
    made = summary(base="")
    assert made.links == [] and "href=" not in to_html(made) and "http" not in to_text(made)


def test_the_email_has_both_and_the_file_and_the_same_id_when_it_is_sent_again() -> None:
    made = report()
    one, two = (
        compose(made, sender="首问 <desk@example.com>", to=to, at=MONDAY)
        for to in ("a@example.com", "b@example.com")
    )
    again = compose(made, sender="首问 <desk@example.com>", to="a@example.com", at=datetime.now(UTC))
    assert one["Message-ID"] == again["Message-ID"] != two["Message-ID"]
    assert str(one["Message-ID"]).endswith("@example.com>")
    read = message_from_bytes(one.as_bytes(), policy=default)
    assert read["Subject"] == "青禾生活 客服周报 2026-W47" and read["Auto-Submitted"] == "auto-generated"
    assert read.get_content_type() == "multipart/mixed"
    assert [part.get_content_type() for part in read.walk()][1:4] == [
        "multipart/alternative",
        "text/plain",
        "text/html",
    ]
    assert max(map(len, one.as_bytes().splitlines())) < 998  # the longest line that SMTP carries


def test_a_shops_name_adds_no_header() -> None:
    made = report()
    named = replace(made, summary=replace(made.summary, title="a\r\nBcc: x@example.com"))
    sent = compose(named, sender="desk@example.com", to="a@example.com", at=MONDAY)
    assert sent["Bcc"] is None and sent["Subject"] == "a Bcc: x@example.com"


async def test_a_real_week_goes_by_email_with_its_gaps_and_its_file(world: World) -> None:
    lin = await world.agent()
    ticket = await world.ticket("你们支持货到付款吗", customer="王小姐", tried="order_status")
    await world.work.take(ticket.id, lin)
    await Keeper(world.database, zone=CALENDAR.zone).count()
    async with world.database.write() as session:
        said = (await session.scalars(select(Message).where(Message.author == Author.CUSTOMER))).first()
        assert said is not None
        gap = Gap(id=new_id(), language="zh", created_at=said.at, last_at=said.at)
        session.add(gap)
        await session.flush()
        session.add(GapMessage(message_id=said.id, gap_id=gap.id, why=Why.MISSED, at=said.at))

    async def titles() -> dict[str, dict[ReplyLanguage, str]]:
        return {"order_status": {"zh": "查询订单", "en": "Orders"}}

    async with mail_server() as mails:
        maker = Maker(
            database=world.database,
            settings=SETTINGS,
            titles=titles,
            shop="青禾生活",
            language="zh",
            zone=CALENDAR.zone,
            region="CN",
            base=BASE,
            clock=world.clock,
        )
        mailer = Mailer(parse_smtp(f"smtp://127.0.0.1:{mails.port}"))
        carrier = MailCarrier(maker, mailer, sender="desk@example.com")
        period = period_of("week", world.clock().astimezone(CALENDAR.zone).date())
        to = Destination(way=Way.EMAIL, address="boss@example.com")

        async def note(reached: str) -> None:
            raise AssertionError("an e-mail goes in one step")

        await carrier.carry(Parcel(unit=Unit.WEEK, period=period, to=to), note)
    (got,) = mails.got
    text, page = (got.get_body((kind,)) for kind in ("plain", "html"))
    assert isinstance(text, EmailMessage) and isinstance(page, EmailMessage)
    assert "会话：1" in text.get_content() and "你们支持货到付款吗 · 1 次" in text.get_content()
    assert "你们支持货到付款吗" in page.get_content()
    (attached,) = got.iter_attachments()
    sheet = openpyxl.load_workbook(io.BytesIO(attached.get_content())).worksheets[0]
    assert ["", "会话", "", 1] in [[cell or "" for cell in row] for row in sheet.iter_rows(values_only=True)]
    assert str(attached.get_filename()).endswith(".xlsx")
    assert all(
        urlsplit(each).netloc == "service.example.com"
        for each in re.findall(r"https?://\S+", text.get_content())
    )
