"""Ticket numbers that people can say on the phone: SW-2611-0042, the year, the month, and a number that never comes twice."""

import re
import unicodedata
from datetime import date

PREFIX = "SW"

# As people type them: with or without the prefix, hyphens, and zeros.
_NUMBER = re.compile(r"(?:S\s*W)?[\s#-]*(?P<month>\d{4})[\s-]+(?P<number>\d{1,9})", re.IGNORECASE)
# Among other words the prefix must be there: a telephone number looks the same.
_AMONG_WORDS = re.compile(
    r"(?<![A-Za-z])S\s?W[\s#-]{0,3}(?P<month>\d{4})[\s-]{1,3}(?P<number>\d{1,9})(?!\d)", re.IGNORECASE
)


def format_number(number: int, day: date) -> str:
    """The number of a ticket that was opened on that day."""
    return f"{PREFIX}-{day:%y%m}-{number:04}"


def parse_number(text: str) -> str | None:
    """The ticket number that a text holds alone, as `format_number` writes it; None if it is none."""
    found = _NUMBER.fullmatch(unicodedata.normalize("NFKC", text).strip())
    return f"{PREFIX}-{found['month']}-{int(found['number']):04}" if found else None


def find_number(text: str) -> str | None:
    """The first ticket number with its prefix among other words; None if there is none."""
    found = _AMONG_WORDS.search(unicodedata.normalize("NFKC", text))
    return f"{PREFIX}-{found['month']}-{int(found['number']):04}" if found else None
