"""Banned phrases (服务忌语) of the shop's own, and what it changes of the shipped ones.

They are only kept here, to be edited and published with the rest; `handoff.guard` holds texts to them.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from nlu.normalise import bare, normalise

LONGEST_PHRASE = 100  # characters
LONGEST_WORDING = 500  # of a better wording, and of a reason


class Family(StrEnum):
    """What is wrong with a phrase."""

    HITTING_BACK = "hitting_back"  # 顶撞
    SHIFTING_BLAME = "shifting_blame"  # 推诿
    ORDERING = "ordering"  # 命令
    GIVING_UP = "giving_up"  # 敷衍、放弃
    MOCKING = "mocking"  # 嘲讽


class Hold(StrEnum):
    """What happens to a text with such a phrase in it."""

    OFF = "off"  # nothing: the phrase is shipped, and this shop may say it
    WARN = "warn"  # it is sent when the agent insists
    BLOCK = "block"  # it is sent when the agent gives a reason


@dataclass(frozen=True, kw_only=True)
class BannedPhrases:
    """Phrases that are as bad for the same reason. Of a phrase that is shipped, too, only this counts."""

    id: str
    phrases: tuple[str, ...]
    hold: Hold
    family: Family | None = None  # these three are None and empty only of what is off
    better: str = ""
    why: str = ""


def banned_to_data(banned: BannedPhrases) -> dict[str, Any]:
    """As a file has it; what is not said is left out."""
    data = {
        "id": banned.id,
        "phrases": list(banned.phrases),
        "hold": str(banned.hold),
        "family": banned.family and str(banned.family),
        "better": banned.better,
        "why": banned.why,
    }
    return {name: value for name, value in data.items() if value}


def find_banned_faults(data: Mapping[str, Any]) -> Iterator[tuple[tuple[int | str, ...], str, str]]:
    """What the shape of one cannot tell: where, what is wrong, and how to mend it. `data` are its fields."""
    if not data["phrases"]:
        yield ("phrases",), "there is no phrase", "Add one"
    for index, phrase in enumerate(data["phrases"]):
        if not bare(normalise(phrase)):
            yield ("phrases", index), f"{phrase!r} has no letter in it", "Write the words themselves"
        if len(phrase) > LONGEST_PHRASE:
            yield (
                ("phrases", index),
                "this is too long for a phrase",
                f"Use {LONGEST_PHRASE} characters at most",
            )
    if len({is_chinese(phrase) for phrase in data["phrases"]}) > 1:
        yield ("phrases",), "they are in two languages", "Make two of it: the better wording is in one"
    for part in ("family", "better", "why") if data["hold"] != Hold.OFF else ():
        if not data[part]:
            yield (part,), f"there is no {part}", "Add it, or use 'hold: off'"
    for part in ("better", "why"):
        if len(data[part]) > LONGEST_WORDING:
            yield (part,), "this is too long", f"Use {LONGEST_WORDING} characters at most"


def is_chinese(phrase: str) -> bool:
    """Whether a phrase is looked for as characters; or else as words."""
    return any(character >= "\u3400" for character in phrase)
