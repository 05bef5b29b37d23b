"""A text of the console, in Chinese and English side by side."""

from typing import NamedTuple


class Text(NamedTuple):
    """One text; a missing translation does not construct."""

    zh: str
    en: str
