"""The knowledge base as CSV and XLSX: what Excel makes of texts, what is said about bad rows, that nothing is lost."""

import csv
import io
from collections.abc import Sequence
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings

from core.errors import BadInput, ConfigError, ShouwenError
from nlu.knowledge.documents import fingerprint, from_data, load_knowledge
from nlu.knowledge.entries import Collect, HandOver, KnowledgeBase, Progress
from nlu.knowledge.files import read_knowledge, write_knowledge
from nlu.knowledge.rows import BadRow, BadRows
from nlu.knowledge.tables import parse_table, to_csv, to_xlsx
from tests.nlu.conftest import SAMPLE
from tests.nlu.knowledge_bases import EVERYTHING, entry, knowledge_bases

HEADER = ["id", "title_zh", "title_en", "phrasings_zh", "phrasings_en", "answers_zh", "answers_en"]
GREETING = ["greeting", "打招呼", "Hello", "你好\n在吗", "hi\nhello", "您好", "Hi there"]


def in_csv(*rows: Sequence[str]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()


def in_xlsx(*rows: Sequence[Any], **others: Sequence[Sequence[Any]]) -> bytes:
    """A workbook as somebody else may have made it: entries, and other sheets by name."""
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for name, content in {"entries": rows, **others}.items():
        sheet = book.create_sheet(name)
        for row in content:
            sheet.append(list(row))
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def bad_rows(data: bytes, file: str) -> tuple[BadRow, ...]:
    with pytest.raises(BadRows) as caught:
        parse_table(data, file)
    return caught.value.rows


def test_a_table_made_by_hand_is_read() -> None:
    knowledge = parse_table(in_csv(HEADER, GREETING), "kb.csv")
    greeting = knowledge.entries["greeting"]
    assert greeting.phrasings == {"zh": ("你好", "在吗"), "en": ("hi", "hello")}
    assert greeting.answers == {"zh": "您好", "en": "Hi there"}


@pytest.mark.parametrize("file", ["kb.csv", "kb.xlsx"])
def test_everything_is_written_and_read_again(file: str) -> None:
    knowledge = from_data(EVERYTHING)
    data = to_csv(knowledge) if file == "kb.csv" else to_xlsx(knowledge)
    assert parse_table(data, file) == knowledge


def test_the_complicated_cells_can_be_typed() -> None:
    header = [*HEADER, "buttons", "attachments", "action", "valid_from", "answers_zh@telegram"]
    rows = [
        [*GREETING, "bye, human", "https://a.example/x.png | Size chart\nhttps://a.example/y.pdf", "Progress", "2026/5/1"],
        ["bye", *GREETING[1:], "greeting\nhuman", "", "handoff care", "", "拜"],
        ["more", *GREETING[1:], "", "", "handoff: care"],
        ["anyone", *GREETING[1:], "", "", "handoff"],
    ]  # fmt: skip
    entries = parse_table(in_csv(header, *rows), "kb.csv").entries
    assert entries["greeting"].buttons == ("bye", "human")
    assert [(file.name, file.mime) for file in entries["greeting"].attachments] == [
        ("Size chart", "image/png"),
        ("y.pdf", "application/pdf"),
    ]
    assert entries["greeting"].action == Progress() and entries["greeting"].valid_from == date(2026, 5, 1)
    assert entries["bye"].buttons == ("greeting", "human") and entries["bye"].answer("zh", "telegram") == "拜"
    assert entries["bye"].action == entries["more"].action == HandOver(queue="care")
    assert entries["anyone"].action == HandOver()


def test_what_excel_does_to_a_csv_file_does_no_harm() -> None:
    header = [name.upper().replace("_", " ") for name in HEADER]
    mixed = list(reversed(header)), list(reversed(GREETING))
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=";").writerows([*mixed, [""] * 7, [" "] * 7])
    knowledge = parse_table(b"\xef\xbb\xbf" + text.getvalue().encode(), "KB.CSV")
    assert knowledge == parse_table(in_csv(HEADER, GREETING), "kb.csv")


def test_what_excel_makes_of_cells_is_understood() -> None:
    header = [*HEADER, "valid_from", "valid_until"]
    row = [
        7,
        "标题",
        "Title",
        12315,
        "3.0\n4",
        2.5,
        True,
        datetime.fromisoformat("2026-05-01"),
        date(2026, 6, 1),
    ]
    data = in_xlsx(header, row, [], [None] * 9, ["  "], Sheet2=[])
    found = parse_table(data, "kb.xlsx").entries["7"]
    assert found.phrasings == {"zh": ("12315",), "en": ("3.0", "4")}
    assert found.answers == {"zh": "2.5", "en": "TRUE"}
    assert (found.valid_from, found.valid_until) == (date(2026, 5, 1), date(2026, 6, 1))


def test_a_single_sheet_may_have_any_name() -> None:
    book = openpyxl.load_workbook(io.BytesIO(in_xlsx(HEADER, GREETING)))
    book["entries"].title = "工作表1"
    target = io.BytesIO()
    book.save(target)
    assert list(parse_table(target.getvalue(), "kb.xlsx").entries) == ["greeting"]


def test_what_excel_has_spoiled_is_reported_cell_by_cell() -> None:
    row = [
        "x",
        "=1+1",
        date(2026, 5, 1),
        datetime.fromisoformat("2026-05-01T08:30"),
        time(12, 30),
        1234567890123456789,
        "#N/A",
    ]
    found = bad_rows(in_xlsx(HEADER, GREETING, row), "kb.xlsx")
    assert {bad.row for bad in found} == {3} and {bad.sheet for bad in found} == {"entries"}
    problems = {bad.column: bad.problem for bad in found if not bad.problem.startswith("'x' has no")}
    assert problems == {
        "title_zh": "this is a formula",
        "title_en": "Excel has made a date of this",
        "phrasings_zh": "Excel has made a time of day of this",
        "phrasings_en": "Excel has made a time of day of this",
        "answers_zh": "Excel has rounded this long number",
        "answers_en": "Excel shows an error here (#N/A)",
    }


def test_no_cell_is_written_that_excel_would_run() -> None:
    formulas = ["=1+1", "+1", "-1", "@SUM(A1)", "'=1+1", "#N/A", "＝1"]
    knowledge = from_data(
        {
            "entries": [
                entry(title={"zh": text, "en": text}) | {"id": f"e{i}"} for i, text in enumerate(formulas)
            ]
        }
    )
    rows = list(csv.reader(io.StringIO(to_csv(knowledge).decode("utf-8-sig"), newline="")))
    assert [row[2] for row in rows[1:]] == ["'=1+1", "'+1", "'-1", "'@SUM(A1)", "''=1+1", "#N/A", "'＝1"]
    sheet = openpyxl.load_workbook(io.BytesIO(to_xlsx(knowledge)))["entries"]
    assert [sheet.cell(row, 2).data_type for row in range(2, 9)] == ["s"] * 7
    assert [sheet.cell(row, 2).value for row in range(2, 9)] == formulas


def test_excel_does_not_see_an_escape_that_none_is() -> None:
    knowledge = from_data({"entries": [entry(title={"zh": "_x0041_", "en": "snake_x00e9_case"})]})
    data = to_xlsx(knowledge)
    assert openpyxl.load_workbook(io.BytesIO(data))["entries"]["B2"].value == "_x005F_x0041_"
    assert parse_table(data, "kb.xlsx") == knowledge
    pasted = in_xlsx(HEADER, [*GREETING[:5], "一_x000D_\n二", "Hi"])
    assert parse_table(pasted, "kb.xlsx").entries["greeting"].answers["zh"] == "一\n二"


def test_many_phrasings_get_rows_of_their_own() -> None:
    phrasings = {"zh": [f"问法 {number}" for number in range(450)], "en": ["x" * 20_000, "y" * 20_000]}
    knowledge = from_data({"entries": [entry("one", phrasings=phrasings), entry("two")]})
    rows = list(csv.reader(io.StringIO(to_csv(knowledge).decode("utf-8-sig"), newline="")))
    assert [row[1] for row in rows] == ["id", "one", "one", "one", "two"]
    assert all(cell.count("\n") < 253 and len(cell) < 32_767 for row in rows for cell in row)
    assert parse_table(to_csv(knowledge), "kb.csv") == knowledge
    assert parse_table(to_xlsx(knowledge), "kb.xlsx") == knowledge


@pytest.mark.parametrize("write", [to_csv, to_xlsx])
def test_a_text_that_excel_would_cut_is_refused(write: Any) -> None:
    long = from_data({"entries": [entry(answers={"zh": "长" * 32_768, "en": "x"})]})
    with pytest.raises(BadInput, match="32,768 characters are more than a cell"):
        write(long)


BAD = [
    [*HEADER, "buttons", "attachments", "action", "valid_from", "valid_until"],
    [*GREETING, "", "", "", "", ""],
    ["say hello", *GREETING[1:], "", "", "", "", ""],
    ["empty", "", "T", "问", "ask", "答", ""],
    ["fine", *GREETING[1:], "human", "", "", "", ""],
    [*GREETING, "", "", "progress", "", ""],
    ["e7", *GREETING[1:], "nobody", "http://a.example/x", "progres", "", ""],
    ["e8", *GREETING[1:], "fine", "", '{"collect": ', "1 May", ""],
    ["e9", *GREETING[1:], "e7", "a | b | c | d", "", "2026-05-02", "2026-05-01", "beyond"],
    ["greeting", "", "", "再来一句\nx\x07", "", "", ""],
]


@pytest.mark.parametrize("file", ["kb.csv", "kb.xlsx"])
def test_every_bad_row_is_reported_by_its_number_and_nothing_is_taken(file: str) -> None:
    rows = BAD if file == "kb.csv" else BAD[:-1]  # a workbook cannot hold the control character
    found = bad_rows(in_csv(*rows) if file == "kb.csv" else in_xlsx(*rows), file)
    told = [(bad.row, bad.column, bad.problem) for bad in found]
    expected = [
        (3, "id", "should be made of"),
        (4, "title_zh", "no title in 'zh'"),
        (4, "answers_en", "no answer in 'en'"),
        (6, "id", "already used in row 2"),
        (7, "action", "'progres' is not an action"),
        (8, "action", "not valid JSON"),
        (8, "valid_from", "a date such as 2026-05-01"),
        (9, "attachments", "more than 'url | name | mime'"),
        (9, "valid_until", "before valid_from"),
        (9, "", "a cell has no column"),
    ]
    if file == "kb.csv":
        expected.append((10, "phrasings_zh", "U+0007"))
    for row, column, problem in expected:
        assert [each for each in told if each[:2] == (row, column) and problem in each[2]], (row, column)
    assert len(told) == len(expected)


def test_the_error_reads_as_a_list() -> None:
    with pytest.raises(BadRows) as caught:
        parse_table(in_csv(HEADER, ["a b", *GREETING[1:]], ["c", "", *GREETING[2:]]), "kb.csv")
    lines = str(caught.value).split("\n")
    assert lines[0] == "kb.csv: 2 rows need mending; nothing was taken"
    assert lines[1].startswith("  row 2, id: 'a b' should be made of")
    assert lines[2] == "  row 3, title_zh: 'c' has no title in 'zh'. Add at least one"


@pytest.mark.parametrize(
    ("header", "problem", "mend"),
    [
        ([*HEADER, "acton"], "the column 'acton' is unknown", "'action'"),
        ([*HEADER, "Title ZH"], "two columns 'title_zh'", "Delete"),
        (HEADER[:-1], "there is no column answers_en", "Add it"),
        ([*HEADER, "answers_fr@telegram"], "unknown", "Did you mean"),
    ],
)
def test_a_wrong_header_is_row_1(header: list[str], problem: str, mend: str) -> None:
    (found,) = bad_rows(in_csv(header, GREETING), "kb.csv")
    assert found.row == 1 and problem in found.problem and mend in found.mend


def test_lists_stand_in_rows_of_their_kind_or_sheets_of_their_own() -> None:
    rows = [
        ["kind", *HEADER],
        ["", *GREETING],
        ["out_of_scope", "", "", "", "今天天气\n讲个笑话", "tell me a joke"],
        ["synonyms", "", "", "", "冰箱\n雪柜", "fridge"],
    ]
    sheets = in_xlsx(
        HEADER,
        GREETING,
        **{
            "Out of scope": [["en", "zh"], ["tell me a joke", "今天天气"], ["", "讲个笑话"]],
            "synonyms": [["Words"], ["冰箱\n雪柜\nfridge"]],
        },
    )
    knowledge = parse_table(in_csv(*rows), "kb.csv")
    assert knowledge == parse_table(sheets, "kb.xlsx")
    assert knowledge.out_of_scope == {"zh": ("今天天气", "讲个笑话"), "en": ("tell me a joke",)}
    assert knowledge.synonyms == (("冰箱", "雪柜", "fridge"),)


def test_a_bad_row_of_a_list_is_reported_too() -> None:
    rows = [
        ["kind", *HEADER],
        ["entry", *GREETING],
        ["synonym"],
        ["synonyms", "x", "", "", "a\nb"],
        ["synonyms", "", "", "", "A\nc"],
    ]
    found = bad_rows(in_csv(*rows), "kb.csv")
    assert [(bad.row, bad.column) for bad in found] == [(3, "kind"), (4, "id"), (5, "")]
    assert "already stands in row 4" in found[2].problem


@pytest.mark.parametrize(
    ("data", "file", "problem"),
    [
        ("id;标题".encode("gbk"), "kb.csv", "CSV UTF-8"),
        (b'id\n"never closed', "kb.csv", "row 2 cannot be read"),
        (b"", "kb.csv", "no column id"),
        (in_csv(HEADER), "kb.csv", "no entry"),
        (b"PK\x03\x04 not really", "kb.xlsx", "not an Excel workbook"),
        (b"", "kb.xlsx", "not an Excel workbook"),
        (in_xlsx(HEADER, GREETING, synonym=[["words"], ["a\nb"]]), "kb.xlsx", "Did you mean 'synonyms'?"),
        (in_xlsx(HEADER, [*GREETING, *[""] * 200, "far"]), "kb.xlsx", "more than 100 columns"),
    ],
)
def test_a_file_that_is_no_table_is_refused(data: bytes, file: str, problem: str) -> None:
    with pytest.raises(ShouwenError, match=problem):
        parse_table(data, file)


def test_the_suffix_picks_the_form(tmp_path: Path) -> None:
    knowledge = from_data(EVERYTHING)
    for name in ("kb.yml", "kb.YAML", "kb.csv", "kb.xlsx"):
        write_knowledge(knowledge, tmp_path / name)
        assert read_knowledge(tmp_path / name) == knowledge
    assert read_knowledge(SAMPLE) == load_knowledge(SAMPLE)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["kb.YAML", "kb.csv", "kb.xlsx", "kb.yml"]


@pytest.mark.parametrize(
    ("name", "problem"),
    [("kb.xls", "Save it as .xlsx"), ("kb.json", "ends in .yml, .csv or .xlsx"), ("kb", "ends in")],
)
def test_an_unknown_suffix_says_what_to_do(tmp_path: Path, name: str, problem: str) -> None:
    for act in (lambda path: write_knowledge(from_data(EVERYTHING), path), read_knowledge):
        with pytest.raises(BadInput, match=problem):
            act(tmp_path / name)


def test_what_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="cannot be read"):
        read_knowledge(tmp_path / "none.csv")
    with pytest.raises(ConfigError, match="no such file"):
        read_knowledge(tmp_path / "none.yml")
    with pytest.raises(BadInput, match="its folder does not exist"):
        write_knowledge(from_data(EVERYTHING), tmp_path / "none" / "kb.csv")
    with pytest.raises(BadInput, match="this is a folder"):
        write_knowledge(from_data(EVERYTHING), tmp_path)


@settings(max_examples=150, suppress_health_check=list(HealthCheck))
@given(knowledge=knowledge_bases())
def test_from_yaml_to_csv_to_xlsx_to_yaml_nothing_is_lost(
    tmp_path_factory: pytest.TempPathFactory, knowledge: KnowledgeBase
) -> None:
    folder = tmp_path_factory.getbasetemp()
    read = knowledge
    for name in ("any.yml", "any.csv", "any.xlsx", "again.yml"):
        write_knowledge(read, folder / name)
        read = read_knowledge(folder / name)
        assert read == knowledge, name
    assert fingerprint(read) == fingerprint(knowledge)


def test_a_collect_action_survives_excel() -> None:
    action = parse_table(to_xlsx(from_data(EVERYTHING)), "kb.xlsx").entries["repair"].action
    assert isinstance(action, Collect) and [field.name for field in action.fields] == ["order", "room"]
