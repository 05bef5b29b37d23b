"""Makes a report: reads the figures of its period, puts them in short, and adds the file with all of them."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from console import overview_files
from console.overview import Figures, read_figures
from console.periods import Chosen, name_of
from console.reports.summary import MOST, Summary, summarize
from console.texts import PageTexts
from core.clock import Clock
from core.database import Database
from core.languages import ReplyLanguage
from handoff.gaps.reads import list_asked
from handoff.reporting.figures import Period
from handoff.reporting.schedule import Unit
from handoff.settings import SettingsInForce
from handoff.wording.reader import Reader, TitlesById

XLSX = ("application", "vnd.openxmlformats-officedocument.spreadsheetml.sheet")


@dataclass(frozen=True, kw_only=True)
class Report:
    """In short, and as a file with all figures."""

    name: str  # such as week-2026-W47
    summary: Summary
    file_name: str
    xlsx: bytes


@dataclass(frozen=True, kw_only=True)
class Maker:
    """Makes reports in one language. `titles` reads what entries are called; `base` is our web address, if we have one."""

    database: Database
    settings: SettingsInForce
    titles: Callable[[], Awaitable[TitlesById]]
    shop: str
    language: ReplyLanguage
    zone: ZoneInfo
    region: str
    base: str
    clock: Clock

    async def make(self, unit: Unit, period: Period) -> Report:
        """The report of a week or a month."""
        t = PageTexts(self.language)
        reader = Reader(
            t=t,
            now=self.clock(),
            zone=self.zone,
            titles=await self.titles(),
            settings=self.settings.now,
            region=self.region,
        )
        figures = await read_figures(self.database, reader, period)
        async with self.database.read() as session:
            gaps = await list_asked(
                session,
                since=self._midnight(period, 0),
                until=self._midnight(period, period.days),
                most=MOST,
                region=self.region,
            )
        chosen = Chosen(period=period, unit=unit)
        summary = summarize(figures, gaps, chosen=chosen, shop=self.shop, base=self.base, t=t)
        return Report(
            name=f"{unit}-{name_of(chosen)}",
            summary=summary,
            file_name=f"shouwen-{period.start}-{period.end}.xlsx",
            xlsx=await asyncio.to_thread(_write, figures, t),
        )

    def _midnight(self, period: Period, days: int) -> datetime:
        day = period.start + timedelta(days=days)
        return datetime.combine(day, time(), tzinfo=self.zone).astimezone(UTC)


def _write(figures: Figures, t: PageTexts) -> bytes:
    headers = [t(f"column_{name}") for name in ("table", "name", "column", "number")]
    rows = overview_files.make_rows(figures.tiles, figures.tables, headers=headers)
    return overview_files.write_xlsx(rows, title=t("overview_title"))
