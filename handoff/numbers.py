"""Ticket numbers that people can say on the phone: SW-2611-0042, the year, the month, and a number that never comes twice."""

import re
import unicodedata
from datetime import date

PREFIX = "SW"

# As people type them: with or without the prefix, hyphens, and zeros.
_NUMBER = re.compile(r"(?:S\s*W)?[\s#-]*(?P<month>\d{4})[\s-]+(?P<number>\d{1,9})", re.IGNORECASE)


def format_number(number: int, day: date) -> str:
    """The number of a ticket that was opened on that day."""
    return f"{PREFIX}-{day:%y%m}-{number:04}"


def parse_number(text: str) -> str | None:
    """The ticket number that a text holds alone, as `format_number` writes it; None if it is none."""
    found = _NUMBER.fullmatch(unicodedata.normalize("NFKC", text).strip())
    return f"{PREFIX}-{found['month']}-{int(found['number']):04}" if found else None
