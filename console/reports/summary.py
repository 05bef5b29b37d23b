"""What stands in a report that goes out, whichever way it goes. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from console.gaps import GAPS
from console.overview import Figures
from console.overview_view import HOME, Row, Table, Tile, percent
from console.periods import Chosen, name_of
from console.texts import PageTexts

MOST = 5  # of entries and of gaps
_LEFT_OUT = {"messages"}  # tiles that tell a manager little
_SHARES = {"answered", "solved", "contained", "at_once", "reopened", "complaints", "csat"}
_POINTS = {"nps"}


@dataclass(frozen=True, kw_only=True)
class KeyFigure:
    """A figure beside what it was in the period before; `change` is empty where they cannot be compared."""

    label: str
    value: str
    before: str
    change: str
    href: str


@dataclass(frozen=True, kw_only=True)
class Line:
    """One of a list, with its number and what is told of that."""

    label: str
    number: str
    note: str = ""
    href: str = ""


@dataclass(frozen=True, kw_only=True)
class Section:
    """A list; `empty` is said in its place."""

    title: str
    lines: Sequence[Line]
    empty: str


@dataclass(frozen=True, kw_only=True)
class Summary:
    """A report in short. Links are empty, and `links` has none, where nobody knows our web address."""

    title: str
    days: str
    lead: str
    notices: Sequence[str]
    figures: Sequence[KeyFigure]
    sections: Sequence[Section]
    links: Sequence[tuple[str, str]]  # label and address
    texts: PageTexts


def summarize(
    figures: Figures, gaps: Iterable[tuple[str, int]], *, chosen: Chosen, shop: str, base: str, t: PageTexts
) -> Summary:
    """The report of a week or a month. `gaps` are questions and how often they were asked; `base` is our web address."""
    unit, name, period = chosen.unit or "week", name_of(chosen), chosen.period

    def link(path: str | None) -> str:
        return f"{base}{path}" if base and path else ""

    before = {tile.id: tile for tile in figures.tiles_before}
    tables = {table.id: table for table in figures.tables}
    notices = [t("sent_counting")] if figures.is_counting else []
    if figures.is_empty:
        notices.append(t("sent_empty"))
    entries = [
        Line(
            label=row.label,
            number=row.numbers[0].text,
            note=percent(row.share),
            href=link(row.numbers[0].href),
        )
        for row in _rows(tables, "entries")[:MOST]
    ]
    promises = [
        Line(label=row.label, number=percent(row.share), note=_kept(row, t), href=link(row.numbers[1].href))
        for row in _rows(tables, "promises")
    ]
    asked = [Line(label=title, number=t("gaps_times", count=f"{number:,}")) for title, number in gaps][:MOST]
    pages = (
        ("sent_open_overview", f"{HOME}?{chosen.query}"),
        ("sent_open_report", f"{HOME}/report?{urlencode({unit: name})}"),
        ("sent_open_gaps", GAPS),
    )
    return Summary(
        title=t(f"sent_title_{unit}", shop=shop, name=name),
        days=t("report_days", start=period.start, end=period.end),
        lead=t(f"sent_lead_{unit}"),
        notices=notices,
        figures=[
            KeyFigure(
                label=tile.label,
                value=tile.number.text,
                before=t("sent_before", value=before[tile.id].number.text),
                change=compare(tile, before[tile.id], t),
                href=link(tile.number.href),
            )
            for tile in figures.tiles
            if tile.id not in _LEFT_OUT and _is_told(tile, before[tile.id])
        ],
        sections=[
            Section(title=t("sent_promises"), lines=promises, empty=t("sent_no_promises")),
            Section(title=t("sent_entries"), lines=entries, empty=t("sent_no_entries")),
            Section(title=t("sent_gaps"), lines=asked, empty=t("sent_no_gaps")),
        ],
        links=[(t(key), link(path)) for key, path in pages] if base else [],
        texts=t,
    )


def compare(now: Tile, before: Tile, t: PageTexts) -> str:
    """How it has changed: shares by points, everything else by its share of what it was."""
    value, was = now.number.value, before.number.value
    if value is None or was is None:
        return ""
    if now.id in _SHARES:
        points = round(100 * value) - round(100 * was)
        return t("sent_points", change=_signed(points)) if points else t("sent_same")
    if now.id in _POINTS:
        points = round(value) - round(was)
        return _signed(points) if points else t("sent_same")
    if not was:
        return ""
    share = round(100 * (value - was) / was)
    return f"{_signed(share)}%" if share else t("sent_same")


def _is_told(now: Tile, before: Tile) -> bool:
    return now.number.value is not None or before.number.value is not None


def _rows(tables: dict[str, Table], name: str) -> Sequence[Row]:
    return tables[name].rows if name in tables else ()


def _kept(row: Row, t: PageTexts) -> str:
    kept, missed = (int(number.value or 0) for number in row.numbers)
    return t("so_many_of", part=f"{kept:,}", whole=f"{kept + missed:,}")


def _signed(number: int) -> str:
    return f"{number:+,}".replace("-", "−")
