"""Commands about figures: a week's or month's report, and counting all anew."""

import sys
import unicodedata
from collections.abc import Iterable
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from bot.commands.common import CONFIG, ConfigOption, load, tell, with_database
from bot.config import Config, Environment
from bot.desk_base import read_in_force
from bot.reports import read_titles
from console import overview_files
from console.overview import Figures, read_figures
from console.overview_view import Table
from console.periods import Chosen, last_complete, name_of, parse_named
from console.texts import PageTexts
from core.clock import utc_now
from core.database import Database
from core.errors import BadInput
from core.languages import REPLY_LANGUAGES, to_reply_language
from core.logs import set_up_logs
from handoff.reporting.keeper import Keeper
from handoff.wording.reader import Reader

LanguageOption = Annotated[str, typer.Option(help=f"One of {', '.join(REPLY_LANGUAGES)}.")]
CsvOption = Annotated[bool, typer.Option("--csv", help="As CSV, one line for each number.")]


def week(
    name: Annotated[str | None, typer.Argument(help="Such as 2026-W47; by default the last one.")] = None,
    as_csv: CsvOption = False,
    language: LanguageOption = "zh",
    config: ConfigOption = CONFIG,
) -> None:
    """Print a week's figures."""
    _report("week", name, as_csv, language, *_load(config))


def month(
    name: Annotated[str | None, typer.Argument(help="Such as 2026-11; by default the last one.")] = None,
    as_csv: CsvOption = False,
    language: LanguageOption = "zh",
    config: ConfigOption = CONFIG,
) -> None:
    """Print a month's figures."""
    _report("month", name, as_csv, language, *_load(config))


def recount(config: ConfigOption = CONFIG) -> None:
    """Forget all figures and count them anew, from the record itself. The service may run meanwhile."""
    settings, environment = _load(config)
    tell("Counting all messages and tickets…")

    async def act(database: Database) -> None:
        await Keeper(database, zone=ZoneInfo(settings.shop.time_zone)).recount()

    with_database(environment, act)
    typer.echo("All figures are counted anew.")


def _load(config: ConfigOption) -> tuple[Config, Environment]:
    set_up_logs(level="warning")
    return load(config)


def _report(
    unit: str, name: str | None, as_csv: bool, language: str, settings: Config, environment: Environment
) -> None:
    spoken = to_reply_language(language)
    if spoken is None:
        raise BadInput(
            "language", f"{language} is none we reply in; choose one of {', '.join(REPLY_LANGUAGES)}"
        )
    zone = ZoneInfo(settings.shop.time_zone)
    chosen = parse_named(name) if name else last_complete(unit, utc_now().astimezone(zone).date())
    if chosen is None or chosen.unit != unit:
        example = "2026-W47" if unit == "week" else "2026-11"
        raise BadInput(unit, f"{name} is no {unit}; write for example {example}")
    t = PageTexts(spoken)

    async def act(database: Database) -> Figures:
        reader = Reader(
            t=t,
            now=utc_now(),
            zone=zone,
            titles=await read_titles(database),
            settings=await read_in_force(settings, database, environment),
            region=settings.privacy.region,
        )
        return await read_figures(database, reader, chosen.period)

    figures = with_database(environment, act)
    if figures.is_counting:
        tell(t("overview_counting"))
    if as_csv:
        headers = [t(f"column_{each}") for each in ("table", "name", "column", "number")]
        rows = overview_files.make_rows(figures.tiles, figures.tables, headers=headers)
        sys.stdout.buffer.write(overview_files.write_csv(rows))
        return
    typer.echo("\n".join(_lines(figures, chosen, t)))


def _lines(figures: Figures, chosen: Chosen, t: PageTexts) -> Iterable[str]:
    period = chosen.period
    yield t(f"report_{chosen.unit}", name=name_of(chosen))
    yield t("report_days", start=period.start, end=period.end)
    if figures.is_empty:
        yield ""
        yield t("overview_empty")
        return
    yield ""
    width = max(_width(tile.label) for tile in figures.tiles)
    for tile in figures.tiles:
        beside = " · ".join(each for each in (tile.note, tile.before) if each)
        yield f"  {_padded(tile.label, width)}  {tile.number.text:>10}  {beside}"
    for table in figures.tables:
        if table.rows:
            yield from ("", table.title, *_table_lines(table))
    yield ""
    yield t("report_clock")


def _table_lines(table: Table) -> Iterable[str]:
    lines = [list(table.columns)]
    for row in table.rows:
        share = [] if row.share is None else [f"{100 * row.share:.0f}%"]
        lines.append([row.label, *(number.text for number in row.numbers), *share])
    widths = [max(_width(line[place]) for line in lines) for place in range(len(lines[0]))]
    for line in lines:
        cells = [_padded(line[0], widths[0])]
        cells += [
            " " * (width - _width(cell)) + cell for cell, width in zip(line[1:], widths[1:], strict=True)
        ]
        yield "  " + "  ".join(cells)


def _width(text: str) -> int:
    """Columns of a terminal."""
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)


def _padded(text: str, width: int) -> str:
    return text + " " * (width - _width(text))
