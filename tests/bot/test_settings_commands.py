"""`shouwen settings show` and `shouwen doctor` say what is in force and where it comes from, as people run them."""

import asyncio
import shutil
from pathlib import Path

import pytest

from bench.servers import ROOT
from bot.config import load_config
from bot.desk_base import DeskBase
from core.database import Database
from core.wakeups import LocalWakeups
from handoff.adjusting.acts import Adjusting
from tests.e2e.home import Home


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_what_is_in_force_is_printed_and_what_is_left_out_is_told_with_its_mend(
    database: Database, database_url: str, tmp_path: Path
) -> None:
    shutil.copy(ROOT / "config.yml", tmp_path)
    adjusting = Adjusting(database, LocalWakeups(), DeskBase(load_config(tmp_path / "config.yml")))
    await adjusting.save({"surveys.every": "7d", "routes.fault": "care"}, seen=None, who="ma")
    text = (tmp_path / "config.yml").read_text("utf-8")
    for line in ("care: {zh: 投诉处理, en: Complaints}", "complaint: care", "emergency: care"):
        text = text.replace(f"    {line}\n", "")
    (tmp_path / "config.yml").write_text(text.replace("  routes:\n", ""), "utf-8")
    home = Home(tmp_path, {"DATABASE_URL": database_url})

    shown = await asyncio.to_thread(home.run, "settings", "show")
    assert (shown.status, shown.err) == (0, "")
    lines = shown.out.splitlines()
    assert 'desk.default_queue: "service"  (from config.yml)' in lines
    assert 'desk.standards.basic.take: "10m"  (as shipped)' in lines
    assert any(line.startswith('desk.surveys.every: "7d"  (from the console: ma, ') for line in lines)
    assert any(line.startswith("desk.routes.fault: null") and "left out" in line for line in lines)

    told = (await asyncio.to_thread(home.run, "doctor")).out
    assert "! settings: what was changed in the console at desk.routes.fault is left out" in told
    assert "/console/settings" in told
