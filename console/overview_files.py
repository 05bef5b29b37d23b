"""Figures of a period as files: CSV and XLSX. Numbers are numbers; a text that Excel might run is kept a text."""

import csv
import io
import re
from collections.abc import Iterable, Sequence

import openpyxl
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from console.overview_view import Number, Table, Tile

Value = str | float | None
WIDTHS = (24, 32, 22, 14)  # of columns, in characters

_RUNS = re.compile(r"[=+\-@\t\r＝＋－＠]")  # first characters at which Excel sees a formula in a CSV file


def make_rows(tiles: Sequence[Tile], tables: Sequence[Table], *, headers: Sequence[str]) -> list[list[Value]]:
    """One line for each number: which table, which line, which column, and the number; shares are between 0 and 1."""
    rows: list[list[Value]] = [list(headers)]
    rows += [["", tile.label, "", _value(tile.number)] for tile in tiles]
    for table in tables:
        for row in table.rows:
            for column, number in zip(table.columns[1:], row.numbers, strict=False):
                rows.append([table.title, row.label, column, _value(number)])
            if row.share is not None:
                rows.append([table.title, row.label, table.columns[-1], round(row.share, 4)])
    return rows


def _value(number: Number) -> Value:
    if number.value is None:
        return None
    return int(number.value) if number.value == int(number.value) else round(number.value, 4)


def write_csv(rows: Iterable[Sequence[Value]]) -> bytes:
    """With a mark by which Excel reads it as UTF-8."""
    target = io.StringIO(newline="")
    csv.writer(target).writerows([_guarded(value) for value in row] for row in rows)
    return target.getvalue().encode("utf-8-sig")


def _guarded(value: Value) -> Value:
    return f"'{value}" if isinstance(value, str) and _RUNS.match(value) else value


def write_xlsx(rows: Iterable[Sequence[Value]], *, title: str, widths: Sequence[int] = WIDTHS) -> bytes:
    """One sheet."""
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.title = re.sub(r"[\[\]:*?/\\]", " ", title)[:31]
    sheet.freeze_panes = "A2"
    for number, row in enumerate(rows, 1):
        for place, value in enumerate(row, 1):
            cell = sheet.cell(number, place)
            if isinstance(value, str):
                cell.value = openpyxl.cell.cell.ILLEGAL_CHARACTERS_RE.sub("", value)
                cell.data_type = "s"  # also where openpyxl sees a formula
                cell.quotePrefix = bool(_RUNS.match(value))
            else:
                cell.value = value
            if number == 1:
                cell.font = Font(bold=True)
    for place, width in enumerate(widths, 1):
        sheet.column_dimensions[get_column_letter(place)].width = width
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()
