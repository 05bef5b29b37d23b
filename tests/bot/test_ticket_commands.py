"""Commands about tickets and customers' dates, run as people run them; on both databases."""

import asyncio
import shutil
from pathlib import Path

from bench.servers import ROOT
from core.messages import Kind, Sender
from handoff.aftercare.care import STOP
from tests.e2e.home import Done, Home
from tests.shop import Shop


async def test_a_colleague_reads_out_what_the_customer_is_told_and_keeps_their_dates(
    shop: Shop, database_url: str, tmp_path: Path
) -> None:
    shutil.copy(ROOT / "config.yml", tmp_path)
    home = Home(tmp_path, {"DATABASE_URL": database_url})

    async def run(*words: str) -> Done:
        return await asyncio.to_thread(home.run, *words)

    await shop.customer_says("我要人工", sender=Sender(external_id="wang"))
    number = (await shop.ticket()).number
    spoken = number.removeprefix("SW-").replace("-", " ")
    assert "is in the queue" in (await run("ticket", "progress", spoken, "--language", "en")).out
    (await run("ticket", "progress", "SW-2611-9999")).check_refused("no ticket", "SW-2611-9999")

    keep = ("customer", "date", "api:wang")
    assert "are visited" in (await run(*keep, "birthday", "1992-02-29", "--consent")).out
    await shop.customer_says("不再接收", kind=Kind.PRESS, press=STOP, sender=Sender(external_id="wang"))
    (await run(*keep, "renewal", "2030-01-01", "--consent")).check_refused("does not want care messages")
