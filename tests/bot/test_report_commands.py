"""Commands about figures, run as people run them."""

import asyncio
import shutil
from pathlib import Path

import pytest

from bench.servers import ROOT
from tests.e2e.home import Done, Home
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
