"""The rows of a knowledge base's tables, read: what each says, and everything that is wrong with them."""

import difflib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import zip_longest
from typing import Any

from pydantic import ValidationError

from core.errors import BadInput, ShouwenError
from core.languages import REPLY_LANGUAGES
from core.yaml_files import explain, spell
from nlu.knowledge.cells import read_action, read_attachments, read_ids, read_lines
from nlu.knowledge.entries import KnowledgeBase
from nlu.knowledge.rules import Location, find_faults
from nlu.knowledge.schema import FileModel, to_knowledge
from nlu.knowledge.sheets import Cell, Sheet, Unreadable

ENTRIES, OUT_OF_SCOPE, SYNONYMS = "entries", "out_of_scope", "synonyms"  # sheets; in CSV also kinds of rows
PHRASINGS = {f"phrasings_{language}": language for language in REPLY_LANGUAGES}
NEEDED = ["id", *(f"{part}_{each}" for part in ("title", "phrasings", "answers") for each in REPLY_LANGUAGES)]
OPTIONAL = ["buttons", "attachments", "action", "valid_from", "valid_until"]
WORDS = "words"  # the column of the synonyms
REPLIES, REPLY = "replies", "reply"  # the sheet of the canned replies; in CSV their kind of row
QUEUES = "queues"
REPLY_COLUMNS = [
    "id",
    *(f"{part}_{language}" for part in ("title", "text") for language in REPLY_LANGUAGES),
    QUEUES,
]

BANNED = "banned"  # the sheet of the banned phrases, and in CSV their kind of row
BANNED_COLUMNS = ["id", "phrases", "hold", "family", "better", "why"]
ONLY_BANNED = ["hold", "family", "why"]  # columns of a CSV file that nothing else has

_KINDS = {
    "": ENTRIES,
    "entry": ENTRIES,
    OUT_OF_SCOPE: OUT_OF_SCOPE,
    SYNONYMS: SYNONYMS,
    REPLY: REPLIES,
    BANNED: BANNED,
}
_REPLY_IN_CSV = {
    "id",
    QUEUES,
    *(f"{part}_{each}" for part in ("title", "answers") for each in REPLY_LANGUAGES),
}
# Where each part of a banned phrase stands in CSV, by language.
_BANNED_IN_CSV = {
    f"{column}_{language}": part
    for column, part in (("phrasings", "phrases"), ("answers", "better"))
    for language in REPLY_LANGUAGES
} | {name: name for name in ("id", *ONLY_BANNED)}
_ON_CHANNEL = re.compile(rf"answers_({'|'.join(REPLY_LANGUAGES)})@([a-z][a-z0-9_]*)")
_READ = {"buttons": read_ids, "attachments": read_attachments, "action": read_action}


@dataclass(frozen=True, kw_only=True)
class BadRow:
    """Something in a row that cannot be taken. `row` is the number that Excel shows; the header's is 1."""

    row: int
    sheet: str = ""  # of a workbook
    column: str = ""
    problem: str
    mend: str

    def __str__(self) -> str:
        place = f"row {self.row}" + (f" of {self.sheet}" if self.sheet else "")
        return f"{place}{f', {self.column}' if self.column else ''}: {self.problem}. {self.mend}"


class BadRows(ShouwenError):
    """A table that was not taken, with all that is wrong in it."""

    def __init__(self, file: str, rows: Sequence[BadRow]) -> None:
        count = len({(row.sheet, row.row) for row in rows})
        head = f"{file}: {count} {'row needs' if count == 1 else 'rows need'} mending; nothing was taken"
        super().__init__("\n  ".join([head, *map(str, rows)]))
        self.file = file
        self.rows = tuple(rows)


def suggest(name: str, known: Sequence[str]) -> str:
    """Which of the known names was meant."""
    near = difflib.get_close_matches(name, known, n=1)
    return f"Did you mean {near[0]!r}?" if near else f"Known here: {', '.join(known)}"


@dataclass
class _Draft:
    """A row as the document that it stands for, and the further rows of phrasings that belong to it."""

    sheet: str
    row: int
    document: dict[str, Any]
    text: str = "text"  # what the column of a canned reply's text begins with
    columns: Mapping[str, str] = field(default_factory=dict)  # of banned phrases, by part
    phrasing_rows: dict[str, list[int]] = field(default_factory=dict)  # by language, the row of each phrasing

    @property
    def id(self) -> str:
        """Of the entry; "" where there is none."""
        return str(self.document.get(ENTRIES, [{}])[0].get("id", ""))

    def add_phrasings(self, texts: Mapping[str, str], row: int) -> None:
        phrasings = self.document[ENTRIES][0]["phrasings"]
        for column, language in PHRASINGS.items():
            if column in texts:
                lines = read_lines(texts[column])
                phrasings.setdefault(language, []).extend(lines)
                self.phrasing_rows.setdefault(language, []).extend([row] * len(lines))


class Rows:
    """Collects what the rows say, and all that is wrong with them."""

    def __init__(self) -> None:
        self._drafts: list[_Draft] = []
        self._bad: list[BadRow] = []

    def add_entries(self, sheet: Sheet) -> None:
        """Rows of entries; where there is a column `kind`, of all the rest as well."""
        by_id: dict[str, _Draft] = {}
        for row, texts in self._read(
            sheet, ["kind", *NEEDED, *OPTIONAL, QUEUES, *ONLY_BANNED], needed=NEEDED
        ):
            kind = _KINDS.get(texts.pop("kind", "").lower())
            entry_id = texts.get("id", "")
            if kind is None:
                mend = f"Write entry, {OUT_OF_SCOPE}, {SYNONYMS}, {REPLY} or {BANNED}"
                self._reject(sheet, row, "kind", "this kind of row is unknown", mend)
            elif kind == REPLIES:
                for column in texts.keys() - _REPLY_IN_CSV:
                    mend = "Empty it: the text stands in answers_zh and answers_en"
                    self._reject(sheet, row, column, "a canned reply has nothing here", mend)
                known = {column: text for column, text in texts.items() if column in _REPLY_IN_CSV}
                self._add_reply(sheet, row, known, text="answers")
            elif kind == BANNED:
                for column in texts.keys() - _BANNED_IN_CSV.keys():
                    mend = "Empty it: phrases stand in phrasings_zh or phrasings_en, the better wording in answers"
                    self._reject(sheet, row, column, "banned phrases have nothing here", mend)
                self._add_banned(
                    sheet,
                    row,
                    {_BANNED_IN_CSV[name]: text for name, text in texts.items() if name in _BANNED_IN_CSV},
                    columns={_BANNED_IN_CSV[name]: name for name in texts if name in _BANNED_IN_CSV},
                )
            elif kind != ENTRIES:
                for column in texts.keys() - PHRASINGS.keys():
                    mend = f"Empty it: the texts stand in {' and '.join(PHRASINGS)}"
                    self._reject(sheet, row, column, f"a row of {kind} has nothing here", mend)
                self._add_list_row(sheet, row, kind, texts)
            elif entry_id in by_id and texts.keys() <= {"id", *PHRASINGS}:
                by_id[entry_id].add_phrasings(texts, row)
            else:
                draft = _Draft(sheet.name, row, {ENTRIES: [self._to_document(sheet, row, texts)]})
                draft.add_phrasings(texts, row)
                self._drafts.append(draft)
                by_id.setdefault(entry_id, draft)

    def add_list(self, sheet: Sheet, kind: str) -> None:
        """The sheet of the messages that are out of scope, or of the synonyms."""
        columns = {WORDS: "phrasings_zh"}
        if kind == OUT_OF_SCOPE:
            columns = {language: f"phrasings_{language}" for language in REPLY_LANGUAGES}
        for row, texts in self._read(sheet, list(columns), needed=[]):
            self._add_list_row(sheet, row, kind, {columns[name]: text for name, text in texts.items()})

    def add_replies(self, sheet: Sheet) -> None:
        """The sheet of the canned replies."""
        for row, texts in self._read(sheet, REPLY_COLUMNS, needed=[]):
            self._add_reply(sheet, row, texts, text="text")

    def add_banned(self, sheet: Sheet) -> None:
        """The sheet of the banned phrases."""
        for row, texts in self._read(sheet, BANNED_COLUMNS, needed=[]):
            self._add_banned(sheet, row, texts, columns={})

    def _add_banned(
        self, sheet: Sheet, row: int, texts: Mapping[str, str], *, columns: Mapping[str, str]
    ) -> None:
        banned = {**texts, "phrases": read_lines(texts.get("phrases", ""))}
        self._drafts.append(_Draft(sheet.name, row, {BANNED: [banned]}, columns=columns))

    def _add_reply(self, sheet: Sheet, row: int, texts: Mapping[str, str], *, text: str) -> None:
        reply: dict[str, Any] = {"title": {}, "text": {}}
        for column, cell in texts.items():
            part, _, language = column.partition("_")
            if part in ("title", text):
                reply["title" if part == "title" else "text"][language] = cell
            else:
                reply[column] = read_ids(cell) if column == QUEUES else cell
        self._drafts.append(_Draft(sheet.name, row, {REPLIES: [reply]}, text=text))

    def to_knowledge(self, file: str) -> KnowledgeBase:
        """All rows together. Raises `BadRows`, or `BadInput` where there is no entry."""
        models: dict[int, FileModel] = {}
        for index, draft in enumerate(self._drafts):
            try:
                models[index] = FileModel.model_validate(draft.document)
            except ValidationError as error:
                for details in error.errors():
                    self._reject_at(draft, details["loc"], *explain(details, FileModel))
        drafts = [self._drafts[index] for index in models]
        lost = [draft for index, draft in enumerate(self._drafts) if index not in models and draft.id]
        faults = find_faults(
            list(models.values()),
            lambda number, _: f"row {drafts[number].row}",
            elsewhere={draft.id: f"row {draft.row}" for draft in lost},
        )
        for fault in faults:
            self._reject_at(drafts[fault.file], fault.location, fault.problem, fault.mend)
        if self._bad:
            raise BadRows(file, sorted(self._bad, key=lambda bad: (bad.sheet, bad.row)))
        knowledge = to_knowledge(list(models.values()))
        if not knowledge.entries:
            raise BadInput(file, "there is no entry in it")
        return knowledge

    def _read(
        self, sheet: Sheet, known: Sequence[str], *, needed: Sequence[str]
    ) -> Iterator[tuple[int, dict[str, str]]]:
        """Each row's number and what its cells say, by column."""
        rows = iter(sheet.rows.items())
        number, header = next(rows, (1, ()))
        columns = self._read_header(sheet, number, header, known)
        if missing := [column for column in needed if column not in columns]:
            problem = f"there is no column {', '.join(missing)}"
            self._reject(sheet, number, "", problem, "Add it to the header")
            return
        for number, cells in rows:
            yield number, self._read_row(sheet, number, columns, cells)

    def _read_header(
        self, sheet: Sheet, number: int, header: Sequence[Cell], known: Sequence[str]
    ) -> list[str]:
        columns: list[str] = []
        for cell in header:
            name = re.sub(r"[\s-]+", "_", str(cell).lower())
            if name and name not in known and not (_ON_CHANNEL.fullmatch(name) and "id" in known):
                self._reject(sheet, number, "", f"the column {cell!r} is unknown", suggest(name, known))
            if name and name in columns:
                self._reject(sheet, number, "", f"there are two columns {name!r}", "Delete one of them")
            columns.append(name)
        return columns

    def _read_row(
        self, sheet: Sheet, number: int, columns: Sequence[str], cells: Sequence[Cell]
    ) -> dict[str, str]:
        texts: dict[str, str] = {}
        for column, cell in zip_longest(columns, cells, fillvalue=""):
            name = str(column)
            match cell:
                case "":
                    pass
                case Unreadable(problem, mend):
                    self._reject(sheet, number, name, problem, mend)
                case date() if not name.startswith("valid_"):
                    mend = "Format the cell as text and type it again"
                    self._reject(sheet, number, name, "Excel has made a date of this", mend)
                case _ if not name:
                    self._reject(
                        sheet, number, "", "a cell has no column", "Name it in the header, or empty it"
                    )
                case _:
                    texts[name] = str(cell)
        return texts

    def _to_document(self, sheet: Sheet, row: int, texts: Mapping[str, str]) -> dict[str, Any]:
        """An entry in the shape of `EntryModel`; its phrasings come later."""
        document: dict[str, Any] = {"title": {}, "phrasings": {}, "answers": {}}
        for column, text in texts.items():
            part, _, language = column.partition("_")
            try:
                if on_channel := _ON_CHANNEL.fullmatch(column):
                    document.setdefault("answers_on", {}).setdefault(on_channel[2], {})[on_channel[1]] = text
                elif part in ("title", "answers"):
                    document[part][language] = text
                elif column not in PHRASINGS:
                    document[column] = _READ.get(column, str)(text)
            except ValueError as error:
                self._reject(sheet, row, column, str(error), "Correct it")
        return document

    def _add_list_row(self, sheet: Sheet, row: int, kind: str, texts: Mapping[str, str]) -> None:
        lines = {language: read_lines(texts.get(column, "")) for column, language in PHRASINGS.items()}
        content = lines if kind == OUT_OF_SCOPE else [[word for words in lines.values() for word in words]]
        self._drafts.append(_Draft(sheet.name, row, {kind: content}))

    def _reject(self, sheet: Sheet, row: int, column: str, problem: str, mend: str) -> None:
        self._bad.append(BadRow(sheet=sheet.name, row=row, column=column, problem=problem, mend=mend))

    def _reject_at(self, draft: _Draft, location: Location, problem: str, mend: str) -> None:
        row, column = draft.row, ""
        match location:
            case ("entries", _, "phrasings", str(language), int(index), *_):
                row, column = draft.phrasing_rows[language][index], f"phrasings_{language}"
            case ("entries", _, ("title" | "phrasings" | "answers") as part, language, *_):
                column = f"{part}_{language}"
            case ("entries", _, "answers_on", channel, language, *_):
                column = f"answers_{language}@{channel}"
            case ("replies", _, ("title" | "text") as part, language, *_):
                column = f"{draft.text if part == 'text' else part}_{language}"
            case ("banned", _, str(part), *_):
                column = draft.columns.get(part, part)
            case ("entries" | "replies", _, *rest):
                column = spell(rest)
        self._bad.append(BadRow(sheet=draft.sheet, row=row, column=column, problem=problem, mend=mend))
