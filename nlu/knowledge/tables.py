"""The knowledge base as a table for Excel: a row per entry, as CSV or as a workbook.

Within a cell, phrasings, buttons and attachments stand one per line. A table is taken as a whole or not at all.
"""

from collections.abc import Iterator, Sequence
from itertools import zip_longest
from pathlib import Path

from core.errors import BadInput
from core.languages import REPLY_LANGUAGES
from nlu.knowledge.banned import banned_to_data, is_chinese
from nlu.knowledge.cells import write_action, write_attachments
from nlu.knowledge.documents import entry_to_data, reply_to_data
from nlu.knowledge.entries import KnowledgeBase
from nlu.knowledge.rows import (
    BANNED,
    BANNED_COLUMNS,
    ENTRIES,
    NEEDED,
    ONLY_BANNED,
    OPTIONAL,
    OUT_OF_SCOPE,
    PHRASINGS,
    QUEUES,
    REPLIES,
    REPLY,
    REPLY_COLUMNS,
    SYNONYMS,
    WORDS,
    Rows,
    suggest,
)
from nlu.knowledge.sheets import Sheet, read_csv, read_xlsx, write_csv, write_xlsx

SHEETS = (ENTRIES, OUT_OF_SCOPE, SYNONYMS, REPLIES, BANNED)

# What is written into one cell of phrasings; more get further rows. Excel promises 253 lines and 32,767 characters.
LINES = 200
CHARACTERS = 30_000


def read_table(path: Path) -> KnowledgeBase:
    """The knowledge base in a .csv or .xlsx file. Raises `BadRows`, or `BadInput` where it is no such file."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise BadInput(str(path), f"the file cannot be read ({error.strerror or error})") from error
    return parse_table(data, str(path))


def parse_table(data: bytes, file: str) -> KnowledgeBase:
    """The knowledge base in the bytes of a file of this name. Raises `BadRows` or `BadInput`."""
    rows = Rows()
    if file.lower().endswith(".csv"):
        rows.add_entries(read_csv(data, file))
    else:
        for name, sheet in _by_name(read_xlsx(data, file), file).items():
            if name == ENTRIES:
                rows.add_entries(sheet)
            elif name == REPLIES:
                rows.add_replies(sheet)
            elif name == BANNED:
                rows.add_banned(sheet)
            else:
                rows.add_list(sheet, name)
    return rows.to_knowledge(file)


def _by_name(sheets: Sequence[Sheet], file: str) -> dict[str, Sheet]:
    """The sheets by what they hold; a single one may have any name."""
    named = {sheet.name.lower().replace(" ", "_"): sheet for sheet in sheets}
    if len(sheets) == 1 and not named.keys() & set(SHEETS):
        return {ENTRIES: sheets[0]}
    if len(named) < len(sheets):
        raise BadInput(file, "two sheets have the same name. Join them")
    for name, sheet in named.items():
        if name not in SHEETS:
            raise BadInput(file, f"the sheet {sheet.name!r} is unknown. {suggest(name, SHEETS)}")
    return named


def to_csv(knowledge: KnowledgeBase) -> bytes:
    """The knowledge base as a CSV file. Raises `BadInput` for a text that is too long for a cell."""
    columns = _columns(knowledge)
    if any(reply.queues for reply in knowledge.replies.values()):
        columns.append(QUEUES)
    if knowledge.banned:
        columns += ONLY_BANNED
    rows = [{"kind": "entry", **row} for row in _entry_rows(knowledge)]
    rows += [
        {"kind": OUT_OF_SCOPE, **dict(zip(PHRASINGS, texts, strict=True))}
        for texts in _out_of_scope(knowledge)
    ]
    rows += [{"kind": SYNONYMS, "phrasings_zh": "\n".join(group)} for group in knowledge.synonyms]
    rows += [{"kind": REPLY, **row} for row in _reply_rows(knowledge, text="answers")]
    for row in _banned_rows(knowledge):
        language = "zh" if is_chinese(row["phrases"]) else "en"
        there = {f"phrasings_{language}": row.pop("phrases"), f"answers_{language}": row.pop("better")}
        rows.append({"kind": BANNED, **row, **there})
    return write_csv(
        [("kind", *columns), *([row.get(name, "") for name in ("kind", *columns)] for row in rows)]
    )


def to_xlsx(knowledge: KnowledgeBase) -> bytes:
    """The knowledge base as a workbook. Raises `BadInput` for a text that is too long for a cell."""
    columns = _columns(knowledge)
    rows = ([row.get(name, "") for name in columns] for row in _entry_rows(knowledge))
    return write_xlsx(
        {
            ENTRIES: [columns, *rows],
            OUT_OF_SCOPE: [REPLY_LANGUAGES, *_out_of_scope(knowledge)],
            SYNONYMS: [(WORDS,), *(("\n".join(group),) for group in knowledge.synonyms)],
            REPLIES: [
                REPLY_COLUMNS,
                *([row.get(name, "") for name in REPLY_COLUMNS] for row in _reply_rows(knowledge)),
            ],
            BANNED: [
                BANNED_COLUMNS,
                *([row[name] for name in BANNED_COLUMNS] for row in _banned_rows(knowledge)),
            ],
        }
    )


def _columns(knowledge: KnowledgeBase) -> list[str]:
    channels = sorted({channel for entry in knowledge.entries.values() for channel in entry.answers_on})
    answers = [f"answers_{language}@{channel}" for channel in channels for language in REPLY_LANGUAGES]
    return [*NEEDED, *answers, *OPTIONAL]


def _entry_rows(knowledge: KnowledgeBase) -> Iterator[dict[str, str]]:
    """What stands in the cells of each entry's row, and of the rows that its other phrasings need."""
    for entry in knowledge.entries.values():
        data = entry_to_data(entry)
        row: dict[str, str] = {
            key: str(data[key]) for key in ("id", "valid_from", "valid_until") if key in data
        }
        for part in ("title", "answers"):
            row |= {f"{part}_{language}": text for language, text in data[part].items()}
        for channel, wording in data.get("answers_on", {}).items():
            row |= {f"answers_{language}@{channel}": text for language, text in wording.items()}
        row["buttons"] = "\n".join(data.get("buttons", ()))
        row["attachments"] = write_attachments(data.get("attachments", ()))
        row["action"] = write_action(data.get("action", ""))
        chunks = [list(_chunks(entry.phrasings.get(language, ()))) for language in PHRASINGS.values()]
        for texts in zip_longest(*chunks, fillvalue=""):
            yield {**row, **dict(zip(PHRASINGS, texts, strict=True))}
            row = {"id": entry.id}


def _reply_rows(knowledge: KnowledgeBase, *, text: str = "text") -> Iterator[dict[str, str]]:
    """What stands in the cells of each canned reply's row; its text under `text` and the language."""
    for reply in knowledge.replies.values():
        data = reply_to_data(reply)
        row = {"id": reply.id, QUEUES: "\n".join(data.get("queues", ()))}
        row |= {f"title_{language}": title for language, title in data["title"].items()}
        yield row | {f"{text}_{language}": said for language, said in data["text"].items()}


def _banned_rows(knowledge: KnowledgeBase) -> Iterator[dict[str, str]]:
    """What stands in the cells of each row of banned phrases."""
    for banned in knowledge.banned.values():
        data = banned_to_data(banned)
        yield {name: data.get(name, "") for name in BANNED_COLUMNS} | {"phrases": "\n".join(banned.phrases)}


def _chunks(texts: Sequence[str]) -> Iterator[str]:
    chunk: list[str] = []
    for text in texts:
        if chunk and (len(chunk) == LINES or sum(map(len, chunk)) + len(chunk) + len(text) > CHARACTERS):
            yield "\n".join(chunk)
            chunk = []
        chunk.append(text)
    yield "\n".join(chunk)


def _out_of_scope(knowledge: KnowledgeBase) -> Iterator[tuple[str, ...]]:
    texts = [knowledge.out_of_scope.get(language, ()) for language in REPLY_LANGUAGES]
    return zip_longest(*texts, fillvalue="")
