"""Tables of text cells as CSV and as XLSX, in the way in which Excel reads and writes them.

A cell is never written so that Excel would run it as a formula, whatever a customer or an admin has typed.
"""

import csv
import io
import re
import unicodedata
import warnings
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

import openpyxl
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from core.errors import BadInput

MAX_CELL = 32_767  # characters, in UTF-16; Excel cuts what is longer
MAX_COLUMNS = 100
MAX_UNPACKED = 100_000_000  # bytes of a workbook; it comes as a zip file
PRECISE = 10**15  # from here on Excel keeps no more digits of a number

_RUNS = re.compile(r"[=+\-@＝＋－＠]")  # first characters at which Excel sees a formula in a CSV file
_HEX = re.compile(r"_x([0-9A-Fa-f]{4})_")  # how XLSX spells a character that XML cannot hold


@dataclass(frozen=True)
class Unreadable:
    """A cell that is not what somebody typed."""

    problem: str
    mend: str


Cell = str | date | Unreadable


@dataclass(frozen=True)
class Sheet:
    """The rows of a sheet that are not blank, by the number that Excel shows."""

    name: str
    rows: Mapping[int, Sequence[Cell]]


def read_csv(data: bytes, file: str) -> Sheet:
    """The one sheet of a CSV file. Raises `BadInput` where it is not one."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadInput(file, "the file is not UTF-8. In Excel, save it as “CSV UTF-8”") from error
    header = text.lstrip().split("\n", 1)[0]
    delimiter = max(
        ",;\t", key=header.count
    )  # Excel writes what the country puts between the items of a list
    rows: dict[int, Sequence[Cell]] = {}
    number = 0
    try:
        for number, cells in enumerate(
            csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True), 1
        ):
            if any(cell.strip() for cell in cells):
                rows[number] = [_from_csv(cell) for cell in cells]
    except csv.Error as error:
        raise BadInput(file, f"row {number + 1} cannot be read ({error}). Check its quotes") from error
    return Sheet("", rows)


def write_csv(rows: Iterable[Sequence[str]]) -> bytes:
    """As CSV that Excel shows in the right script. Raises `BadInput` for a cell too long for Excel."""
    target = io.StringIO(newline="")
    csv.writer(target).writerows([_to_csv(cell) for cell in row] for row in _fitting(rows))
    return target.getvalue().encode("utf-8-sig")


# A cell that Excel might run gets an apostrophe in front, as in Excel itself; one that has apostrophes already, too,
# so that reading gives back exactly what was written.
def _to_csv(text: str) -> str:
    return f"'{text}" if _RUNS.match(text.lstrip("'")) else text


def _from_csv(text: str) -> Cell:
    text = text.strip()
    if text.startswith("'") and _RUNS.match(text.lstrip("'")):
        return text[1:]
    return _FORMULA if text.startswith("=") else text


_FORMULA = Unreadable(
    "this is a formula", "Write its result; if it is meant as text, put an apostrophe (') before it"
)
_DAMAGED = "Format the cell as text and type it again"


def read_xlsx(data: bytes, file: str) -> list[Sheet]:
    """The sheets of a workbook that are not empty. Raises `BadInput` where it is none."""
    problem = "the file is not an Excel workbook (.xlsx), or it has a password"
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            size = sum(info.file_size for info in archive.infolist())
        if size > MAX_UNPACKED:
            raise BadInput(file, f"the workbook is too large: {size // 10**6} MB unpacked")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about decoration that openpyxl does not keep
            book = openpyxl.load_workbook(io.BytesIO(data), read_only=True)
            sheets = [Sheet(sheet.title.strip(), dict(_read_rows(sheet, file))) for sheet in book.worksheets]
    except BadInput:
        raise
    except (
        Exception
    ) as error:  # openpyxl has no error of its own for a broken file: KeyError, ParseError, ...
        raise BadInput(file, problem) from error
    return [sheet for sheet in sheets if sheet.rows]


def _read_rows(sheet: Any, file: str) -> Iterator[tuple[int, Sequence[Cell]]]:
    sheet.reset_dimensions()  # some programs write wrong ones
    for number, cells in enumerate(sheet.iter_rows(), 1):
        if len(cells) > MAX_COLUMNS:
            raise BadInput(
                file, f"row {number} has more than {MAX_COLUMNS} columns. Delete those on the right"
            )
        read = [_from_xlsx(cell.value, cell.data_type) for cell in cells]
        if any(read):
            yield number, read


def _from_xlsx(value: object, data_type: str) -> Cell:
    if data_type == "f":
        return _FORMULA
    if data_type == "e":
        return Unreadable(f"Excel shows an error here ({value})", _DAMAGED)
    match value:
        case None:
            return ""
        case bool():
            return str(value).upper()
        case int() | float() if abs(value) >= PRECISE:
            return Unreadable("Excel has rounded this long number", _DAMAGED)
        case float() if value.is_integer():
            return str(int(value))
        case datetime() if value.time() == time():
            return value.date()
        case datetime() | time():
            return Unreadable("Excel has made a time of day of this", _DAMAGED)
        case date():
            return value
        case _:
            return _HEX.sub(lambda found: chr(int(found[1], 16)), str(value)).strip()


def _to_xlsx(text: str) -> str:
    """The text spelled so that Excel does not take `_x0041_` for an A."""
    return re.sub(r"_(?=x[0-9A-Fa-f]{4}_)", "_x005F_", text)


def write_xlsx(sheets: Mapping[str, Iterable[Sequence[str]]]) -> bytes:
    """As a workbook; the first row of each sheet is its header. Raises `BadInput` for a cell too long for Excel."""
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for name, rows in sheets.items():
        sheet: Worksheet = book.create_sheet(name)
        sheet.freeze_panes = "B2"
        widths: dict[int, int] = {}
        for number, row in enumerate(_fitting([_to_xlsx(text) for text in row] for row in rows), 1):
            for column, text in enumerate(row, 1):
                _write_cell(sheet, number, column, text)
                widths[column] = max(widths.get(column, 0), *map(_width, text.split("\n")))
        for column, width in widths.items():
            sheet.column_dimensions[get_column_letter(column)].width = min(width + 2, 60)
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def _write_cell(sheet: Worksheet, number: int, column: int, text: str) -> None:
    cell: Any = sheet.cell(number, column)
    cell.number_format = "@"  # text, so that what is typed here later stays what was typed
    cell.alignment = Alignment(vertical="top", wrap_text=True)
    if number == 1:
        cell.font = Font(bold=True)
    if text:
        cell.value = text
        cell.data_type = "s"  # also where openpyxl sees a formula or an error
        cell.quotePrefix = bool(_RUNS.match(text))


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)


def _fitting(rows: Iterable[Sequence[str]]) -> Iterator[Sequence[str]]:
    for row in rows:
        for text in row:
            if (length := len(text.encode("utf-16-le")) // 2) > MAX_CELL:
                problem = (
                    f"{length:,} characters are more than a cell of Excel holds ({MAX_CELL:,}). Use .yml"
                )
                raise BadInput(f"{row[0]}: {text[:20]}…", problem)
        yield row
