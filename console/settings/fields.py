"""A settings form's fields: how a value in the words of config.yml becomes text in inputs, and text a value again. Pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from starlette.datastructures import FormData

from core.messages import storable

MOST = 200  # parts of a list that are read from an input


class Kind(StrEnum):
    """What is typed or chosen."""

    TEXT = "text"
    AREA = "area"  # of several lines
    NUMBER = "number"
    NAMES = "names"  # separated by commas
    NUMBERS = "numbers"
    CHOICE = "choice"
    CHECKS = "checks"
    SPAN = "span"  # a number and its unit
    TERM = "term"  # and working or calendar time


@dataclass(frozen=True, kw_only=True)
class Field:
    """One value: all that stands at `place`, or a `part` of it. `label`, `hint` and the options' labels are worded."""

    place: str
    label: str
    kind: Kind = Kind.TEXT
    part: Sequence[str] = ()
    options: Mapping[str, str] | None = None
    hint: str = ""
    group: str = ""  # fields that stand together, by the words above them
    names_people: bool = False

    @property
    def name(self) -> str:
        """Of its input, within its form."""
        return ".".join(self.part) or self.place

    @property
    def path(self) -> str:
        """As a `Misfit` names it."""
        return ".".join((self.place, *self.part))

    def find(self, value: Any) -> Any:
        """Its own part of what stands at its place."""
        for step in self.part:
            value = value.get(step) if isinstance(value, Mapping) else None
        return value


@dataclass(frozen=True, kw_only=True)
class Typed:
    """What stands in a field's inputs."""

    text: str = ""
    unit: str = "m"
    basis: str = "working"
    chosen: Sequence[str] = ()


def write(kind: Kind, value: Any) -> Typed:
    """A value as inputs."""
    match kind:
        case Kind.CHECKS:
            return Typed(chosen=tuple(value or ()))
        case Kind.NAMES | Kind.NUMBERS:
            return Typed(text=", ".join(str(each) for each in value or ()))
        case Kind.SPAN | Kind.TERM if found := re.fullmatch(r"(\d+)([mhd])(?: (\w+))?", str(value or "")):
            return Typed(text=found[1], unit=found[2], basis=found[3] or "working")
        case _:
            return Typed(text="" if value is None else str(value))


def type_in(field: Field, sent: FormData) -> Typed:
    """What was sent of a field."""

    def text(name: str) -> str:
        found = sent.get(name, "")
        return storable(found).replace("\r\n", "\n").strip() if isinstance(found, str) else ""

    return Typed(
        text=text(field.name),
        unit=text(f"{field.name}.unit") or "m",
        basis=text(f"{field.name}.basis") or "working",
        chosen=tuple(storable(str(each)) for each in sent.getlist(field.name))[:MOST]
        if field.kind is Kind.CHECKS
        else (),
    )


def read(kind: Kind, typed: Typed) -> Any:
    """The value of inputs, in the words of config.yml; None for nothing. What is no value stays as it is, to be refused."""
    match kind:
        case Kind.CHECKS:
            return list(typed.chosen)
        case Kind.NAMES:
            return _split(typed.text)
        case Kind.NUMBERS:
            return [_number(each) for each in _split(typed.text)]
        case Kind.NUMBER:
            return _number(typed.text) if typed.text else None
        case Kind.SPAN:
            return f"{typed.text}{typed.unit}" if typed.text else None
        case Kind.TERM:
            basis = "" if typed.basis == "working" else f" {typed.basis}"
            return f"{typed.text}{typed.unit}{basis}" if typed.text else None
        case _:
            return typed.text or None


def assemble(fields: Sequence[Field], values: Sequence[Any]) -> dict[str, Any]:
    """Values at their places; of a place in parts, those in which something stands."""
    found: dict[str, Any] = {}
    for field, value in zip(fields, values, strict=True):
        if not field.part:
            found[field.place] = value
            continue
        inner = found.setdefault(field.place, {})
        if value in (None, []):
            continue
        for step in field.part[:-1]:
            inner = inner.setdefault(step, {})
        inner[field.part[-1]] = value
    return found


def _split(text: str) -> list[str]:
    parts = (part.strip() for part in re.split(r"[,，、;；\n]", text))
    return list(dict.fromkeys(part for part in parts if part))[:MOST]


def _number(text: str) -> int | float | str:
    if re.fullmatch(r"-?[0-9]{1,9}", text):
        return int(text)
    return float(text) if re.fullmatch(r"-?[0-9]{0,9}\.[0-9]{1,9}", text) else text
