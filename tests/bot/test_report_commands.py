"""Commands about figures, run as people run them."""

import asyncio
import shutil
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bench.servers import ROOT
from bot.commands.report_sending import choose, read_period
from bot.config import load_config
from core.errors import BadInput
from handoff.reporting.schedule import Unit
from tests.e2e.home import Done, Home
from tests.mail_server import mail_server
from tests.shop import Shop


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_week_is_counted_and_printed_and_taken_away(
    shop: Shop, database_url: str, tmp_path: Path
) -> None:
    shutil.copy(ROOT / "config.yml", tmp_path)
    home = Home(tmp_path, {"DATABASE_URL": database_url})

    async def run(*words: str) -> Done:
        return await asyncio.to_thread(home.run, *words)

    await shop.customer_says("我要人工")
    assert "counted anew" in (await run("report", "recount")).out
    said = (await run("report", "week", "2026-W48", "--language", "en")).out
    assert "Report of week 2026-W48" in said
    assert "Asked for a person       1   100%" in said
    assert "转人工工单,,1" in (await run("report", "month", "2026-11", "--csv")).out
    (await run("report", "week", "2026-11")).check_refused("no week", "2026-W47")
    to = ("report", "send", "week", "--date", "2026-11-24", "--to", "boss@example.com")
    async with mail_server() as mails:
        home.variables.update(SMTP_URL=f"smtp://127.0.0.1:{mails.port}", MAIL_FROM="desk@example.com")
        assert "Sent to boss@example.com." in (await run(*to)).out
        mails.refused = {"boss@example.com"}
        refused = await run(*to)
    assert refused.status == 1 and "no such mailbox" in refused.err
    (got,) = mails.got
    assert got["To"] == "boss@example.com" and "2026-W48" in got["Subject"]


def test_what_cannot_be_sent_is_said_before_anything_is_read() -> None:
    config = load_config(ROOT / "config.yml")
    with pytest.raises(BadInput, match=r"reports\.weekly is not set"):
        choose(config, Unit.WEEK, None, None)
    with pytest.raises(BadInput, match="no e-mail address"):
        choose(config, Unit.WEEK, "boss", None)
    with pytest.raises(BadInput, match="no channel's id"):
        choose(config, Unit.MONTH, None, "#general")
    both = choose(config, Unit.WEEK, "boss@example.com", "C012AB3CD")
    assert [str(each) for each in both] == ["boss@example.com", "C012AB3CD"]
    with pytest.raises(BadInput, match="is no day"):
        read_period(Unit.WEEK, "last week", ZoneInfo("Asia/Shanghai"))
