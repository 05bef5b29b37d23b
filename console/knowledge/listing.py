"""The list of entries: what is looked for, in which order, page by page. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from console.knowledge.shelf import Contents, Stand, haystack_of, plain
from core.languages import REPLY_LANGUAGES, ReplyLanguage
from handoff.reporting.uses import Use
from nlu.knowledge.check import FEW
from nlu.knowledge.entries import Entry

PAGE = 50  # entries


class Term(StrEnum):
    """Whether an entry is answered today."""

    VALID = "valid"
    NOT_YET = "not_yet"
    EXPIRED = "expired"


class Order(StrEnum):
    """By what the list is sorted."""

    WRITTEN = "written"  # as in the draft
    TITLE = "title"
    USED = "used"  # most first
    HELPFUL = "helpful"  # least first: what needs work
    PHRASINGS = "phrasings"  # fewest first


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What is looked for; None and "" are everything."""

    words: str = ""
    stand: Stand | None = None
    term: Term | None = None
    few: ReplyLanguage | None = None  # with few phrasings in this language
    order: Order = Order.WRITTEN
    page: int = 1


@dataclass(frozen=True, kw_only=True)
class Line:
    """An entry in the list."""

    entry: Entry
    stand: Stand
    term: Term
    counts: Mapping[ReplyLanguage, int]  # phrasings
    use: Use | None


@dataclass(frozen=True, kw_only=True)
class Listed:
    """A page of the list."""

    lines: Sequence[Line]
    total: int
    page: int
    pages: int


def list_entries(
    contents: Contents, uses: Mapping[str, Use], wanted: Wanted, *, today: date, language: ReplyLanguage
) -> Listed:
    """The page that is wanted, or the last one."""
    lines = [_line(contents, each, uses, today) for each in _found(contents, wanted.words)]
    lines = [
        line
        for line in lines
        if (wanted.stand is None or line.stand is wanted.stand)
        and (wanted.term is None or line.term is wanted.term)
        and (wanted.few is None or line.counts[wanted.few] < FEW)
    ]
    match wanted.order:
        case Order.TITLE:
            lines.sort(key=lambda line: line.entry.title[language].casefold())
        case Order.USED:
            lines.sort(key=lambda line: -(line.use.answered if line.use else 0))
        case Order.HELPFUL:
            lines.sort(key=lambda line: _helpful(line.use))
        case Order.PHRASINGS:
            lines.sort(key=lambda line: min(line.counts.values()))
        case Order.WRITTEN:
            pass
    pages = max(1, -(-len(lines) // PAGE))
    page = min(max(wanted.page, 1), pages)
    return Listed(lines=lines[(page - 1) * PAGE : page * PAGE], total=len(lines), page=page, pages=pages)


def term_of(entry: Entry, today: date) -> Term:
    """Whether it is answered today."""
    if entry.valid_until is not None and entry.valid_until < today:
        return Term.EXPIRED
    return Term.NOT_YET if entry.valid_from is not None and entry.valid_from > today else Term.VALID


def _found(contents: Contents, words: str) -> Sequence[Entry]:
    asked = plain(words).split()
    found = [
        parsed.entry for parsed in contents.parsed.values() if all(word in parsed.haystack for word in asked)
    ]
    removed = [
        entry for key, entry in contents.published.entries.items() if key not in contents.draft.entries
    ]
    return [*found, *(entry for entry in removed if not asked or _has(entry, asked))]


def _has(entry: Entry, asked: Sequence[str]) -> bool:
    haystack = haystack_of(entry)
    return all(word in haystack for word in asked)


def _line(contents: Contents, entry: Entry, uses: Mapping[str, Use], today: date) -> Line:
    return Line(
        entry=entry,
        stand=contents.stands[entry.id],
        term=term_of(entry, today),
        counts={language: len(entry.phrasings.get(language, ())) for language in REPLY_LANGUAGES},
        use=uses.get(entry.id),
    )


def _helpful(use: Use | None) -> tuple[float, int]:
    if use is None or use.success is None:
        return 2.0, 0
    return use.success, -use.answered
