"""How a customer can be reached who does not write to us: a number or an e-mail address, always written the same. Pure."""

import re
import unicodedata

import phonenumbers

from handoff.refusals import Objection, Unfit

MAX_REACH = 200  # characters
_EMAIL = re.compile(r"[^\s@<>\"',;:()]+@[^\s@<>\"',;:()]+\.[^\s@<>\"',;:()]{2,}")
_NUMBER = re.compile(r"\+[1-9]\d{4,14}")


def read_reach(text: str, *, region: str) -> str | None:
    """The number as E.164, or the address in small letters; None where nothing was given. Raises `BadInput`.

    A number without a country's code is read as one of `region`.
    """
    plain = unicodedata.normalize("NFKC", text).strip()
    if not plain:
        return None
    if len(plain) <= MAX_REACH:
        if _EMAIL.fullmatch(plain):
            return plain.lower()
        if "@" not in plain and (number := _read_number(plain, region)):
            return number
    raise Unfit("reach", Objection.NO_REACH)


def show_reach(known_as: str) -> str:
    """A number in its groups, an address as it is; nothing for somebody who left neither."""
    if "@" in known_as:
        return known_as
    if not _NUMBER.fullmatch(known_as):
        return ""
    parsed = phonenumbers.parse(known_as)
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.INTERNATIONAL)


def _read_number(text: str, region: str) -> str | None:
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
