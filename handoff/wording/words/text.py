"""One text in both languages."""

from typing import NamedTuple


class Text(NamedTuple):
    """A missing translation does not construct."""

    zh: str
    en: str
