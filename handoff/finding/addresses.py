"""Filters as addresses: what a page's query asks for, read part by part, and written again the same. Pure.

Whatever stands in an address is either read or told of as a `Mistake`, and the rest of it counts all the same: a link that was
cut off or edited by hand shows a list, and says what it does not mean.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any
from uuid import UUID

from core.messages import storable

MOST_VALUES = 30  # of one part
MAX_WORDS = 200  # characters
YEARS = range(2000, 2201)

Pair = tuple[str, str]


class Fault(StrEnum):
    """What is wrong with a part of an address."""

    PART = "part"  # there is no such part of a filter
    VALUE = "value"  # the part has no such value
    DAY = "day"
    PERSON = "person"
    ORDER = "order"  # a day before the one from which it should be
    TWICE = "twice"  # of what can be only one
    MANY = "many"
    LONG = "long"
    PLACE = "place"  # where a page begins: it cannot be read


@dataclass(frozen=True, kw_only=True)
class Mistake:
    """A part of an address that counts for nothing. `choices` are the values that it can have, where they are few."""

    fault: Fault
    name: str
    value: str
    choices: Sequence[str] = ()


@dataclass(frozen=True, kw_only=True)
class Part:
    """One thing that a filter says, and how its address has it.

    `read` makes of a text the values that it stands for; it raises `ValueError` for one that is none, which is `fault`.
    """

    name: str
    read: Callable[[str], Sequence[Any]]
    fault: Fault = Fault.VALUE
    is_many: bool = False
    choices: Sequence[str] = ()
    groups: Sequence[str] = ()  # names for several of them


def one_of(name: str, kind: type[StrEnum]) -> Part:
    """One value of an enum."""
    return Part(name=name, read=lambda text: [kind(text)], choices=[*kind])


def any_of(name: str, kind: type[StrEnum], groups: Mapping[str, Sequence[StrEnum]] | None = None) -> Part:
    """Some values of an enum; a name of `groups` stands for all that are in it."""
    known = groups or {}
    return Part(
        name=name,
        read=lambda text: known[text] if text in known else [kind(text)],
        is_many=True,
        choices=[*kind],
        groups=[*known],
    )


def ids(name: str) -> Part:
    """People, by their ids."""
    return Part(name=name, read=lambda text: [UUID(text)], fault=Fault.PERSON, is_many=True)


def words(name: str, *, is_many: bool = False) -> Part:
    """A text, or some names."""
    return Part(name=name, read=_read_words, fault=Fault.LONG, is_many=is_many)


def day(name: str) -> Part:
    """A day."""
    return Part(name=name, read=_read_day, fault=Fault.DAY)


def flag(name: str) -> Part:
    """Yes, or nothing."""
    return Part(name=name, read=_read_flag, choices=["1"])


def read_parts(
    parts: Mapping[str, Part], pairs: Iterable[Pair], *, beside: Collection[str] = ()
) -> tuple[dict[str, Any], list[Mistake]]:
    """What an address says, by the names of `parts`, and what is wrong with it. Empty values say nothing.

    `beside` are names in it that are no business of the filter.
    """
    by_name = {part.name: (key, part) for key, part in parts.items()}
    found: dict[str, list[Any]] = {}
    mistakes = []
    for name, text in pairs:
        if name in beside or not text.strip():
            continue
        if name not in by_name:
            mistakes.append(_mistake(Fault.PART, name, text))
            continue
        key, part = by_name[name]
        try:
            values = part.read(text)
        except ValueError:
            mistakes.append(_mistake(part.fault, name, text, [*part.choices, *part.groups]))
            continue
        before = found.setdefault(key, [])
        new = [value for value in values if value not in before]
        if new and before and not part.is_many:
            mistakes.append(_mistake(Fault.TWICE, name, text))
        elif len(before) + len(new) > MOST_VALUES:
            mistakes.append(_mistake(Fault.MANY, name, text))
        else:
            before += new
    said = {
        key: tuple(values) if parts[key].is_many else values[0] for key, values in found.items() if values
    }
    return said, mistakes


def write_parts(parts: Mapping[str, Part], values: Mapping[str, Any]) -> list[Pair]:
    """The address of a filter; of what says nothing, nothing."""
    pairs = []
    for key, part in parts.items():
        value = values[key]
        for each in value if part.is_many else (value,):
            if text := _write(each):
                pairs.append((part.name, text))
    return pairs


def order_days(
    said: dict[str, Any], parts: Mapping[str, Part], first: str, last: str, mistakes: list[Mistake]
) -> None:
    """A last day that is before the first one counts for nothing."""
    if first in said and last in said and said[last] < said[first]:
        mistakes.append(_mistake(Fault.ORDER, parts[last].name, said.pop(last).isoformat()))


def _mistake(fault: Fault, name: str, text: str, choices: Sequence[str] = ()) -> Mistake:
    return Mistake(fault=fault, name=_short(name), value=_short(text), choices=choices)


def _short(text: str) -> str:
    told = " ".join(storable(text).split())
    return told if len(told) <= 40 else f"{told[:40]}…"


def _write(value: Any) -> str:
    match value:
        case None | False:
            return ""
        case True:
            return "1"
        case date():
            return value.isoformat()
        case _:
            return str(value)


def _read_words(text: str) -> list[str]:
    told = " ".join(storable(text).split())
    if len(told) > MAX_WORDS:
        raise ValueError(text)
    return [told] if told else []


def _read_day(text: str) -> list[date]:
    found = date.fromisoformat(text.strip())
    if found.year not in YEARS:
        raise ValueError(text)
    return [found]


def _read_flag(text: str) -> list[bool]:
    if text not in ("0", "1"):
        raise ValueError(text)
    return [True] if text == "1" else []
