"""Texts as the engine compares them: one width, one case, one script; links and long numbers by name only."""

import re
import unicodedata

import opencc

HEAD = 1000  # characters that are looked at from the start of a long text
TAIL = 200  # and from its end, where people often put what they want
LINK = "link"
NUMBER = "1234567"  # a phone number, an order number; short ones carry meaning (12315, 3200 points)

_HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")
_INVISIBLE = re.compile(
    r"[\u0000-\u0008\u000e-\u001f\u007f-\u009f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff]"
)
_LINK = re.compile(r"(?:https?://|www\.)[^\s\u3000-\u9fff]+|[\w.+-]+@[\w-]+\.[\w.]+", re.ASCII)
_LONG_NUMBER = re.compile(r"\d(?:[ -]?\d){6,}")
_REPEATED_MARK = re.compile(r"([^\w\s])\1+")
_REPEATED_LETTER = re.compile(r"([^\W\d])\1{2,}")
_SPACE = re.compile(r"\s+")

simplify = opencc.OpenCC("tw2sp").convert


def clip(text: str) -> str:
    """The part of a text that is looked at: its start and its end."""
    return text if len(text) <= HEAD + TAIL else f"{text[:HEAD]} {text[-TAIL:]}"


def normalise(text: str) -> str:
    """The text as it is compared; two texts that mean the same to the engine give the same string."""
    plain = _INVISIBLE.sub("", unicodedata.normalize("NFKC", text)).lower().replace("’", "'")
    if _HAN.search(plain):
        plain = simplify(plain)
    plain = _LINK.sub(LINK, plain)
    plain = _LONG_NUMBER.sub(NUMBER, plain)
    plain = _REPEATED_MARK.sub(r"\1", plain)
    plain = _REPEATED_LETTER.sub(r"\1\1", plain)
    return _SPACE.sub(" ", plain).strip()


def bare(text: str) -> str:
    """Only the letters and digits of a normalised text: what exact matches and whole messages compare."""
    return "".join(character for character in text if character.isalnum())
