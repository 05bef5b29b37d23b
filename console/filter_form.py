"""The form above a list: what it is filtered by, in words, and how to take each thing away again. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from console.asked import Filter, address
from core.messages import Spoken
from handoff.finding.addresses import Fault, Mistake, Pair, Part
from handoff.finding.people import People
from handoff.wording.reader import Reader
from handoff.wording.tickets import Option

CHANNELS = ("webchat", "telegram", "slack", "api", "terminal", *Spoken)
# Which texts name the values of a part.
_NAMED = {
    "state": "state_is",
    "kind": "kind_is",
    "reason": "reason",
    "channel": "channel",
    "language": "language",
    "stage": "stage",
    "without": "find_without",
    "deadline": "find_deadline",
    "promise": "find_promise",
    "sort": "find_sort",
}


@dataclass(frozen=True, kw_only=True)
class Pick:
    """Something to choose from: some of it, or with `is_one` one."""

    name: str
    label: str
    options: Sequence[Option]
    is_one: bool

    @property
    def count(self) -> int:
        """How many are chosen."""
        return sum(each.chosen for each in self.options)


@dataclass(frozen=True, kw_only=True)
class Chip:
    """A thing that is asked for, and the address without it; `note` says why it can find nothing any more."""

    label: str
    href: str
    note: str = ""


class FilterForm:
    """Words a filter for one reader. `people` are all agents; `kept` stands in every address of the page.

    `named` says which texts name the values of a part, and `labels` the part, where they are others than of tickets.
    """

    def __init__(
        self,
        reader: Reader,
        wanted: Filter,
        parts: Mapping[str, Part],
        people: People,
        *,
        home: str,
        kept: Sequence[Pair] = (),
        named: Mapping[str, str] | None = None,
        labels: Mapping[str, str] | None = None,
    ) -> None:
        self._reader = reader
        self._t = reader.t
        self._people = people
        self._names = {str(key): name for key, name in people.names.items()}
        self._parts = {part.name: part for part in parts.values()}
        self._named = {**_NAMED, **(named or {})}
        self._labels = labels or {}
        self._pairs = wanted.pairs
        self._home, self.kept = home, kept
        self._chosen: dict[str, list[str]] = {}
        for name, value in self._pairs:
            self._chosen.setdefault(name, []).append(value)

    def value(self, name: str) -> str:
        """What a field has in it."""
        return self._chosen.get(name, [""])[0]

    def picks(self, names: Iterable[str]) -> list[Pick]:
        """Fields with a choice."""
        return [self._pick(name) for name in names if name in self._parts]

    def is_used(self, names: Iterable[str]) -> bool:
        """Whether one of these fields has something in it."""
        return any(name in self._chosen for name in names)

    def chips(self, hidden: Iterable[str] = ("sort",)) -> list[Chip]:
        """All that is asked for."""
        unseen = set(hidden)
        return [
            Chip(
                label=self._say(name, value),
                href=address(
                    self._home, [*self.kept, *(each for each in self._pairs if each != (name, value))]
                ),
                note=gone(self._reader, self._people, name, value),
            )
            for name, value in self._pairs
            if name not in unseen
        ]

    def mistakes(self, found: Sequence[Mistake]) -> list[str]:
        """What the address says that counts for nothing, and how to mend it."""
        return [self._mistake(each) for each in found]

    def _mistake(self, mistake: Mistake) -> str:
        t = self._t
        values: dict[str, Any] = {"name": mistake.name, "value": mistake.value}
        if mistake.fault is Fault.PART:
            return t("find_wrong_part", **values, choices=", ".join(self._parts))
        if mistake.fault is Fault.VALUE and mistake.choices:
            return t("find_wrong_value", **values, choices=", ".join(mistake.choices))
        return t(f"find_wrong_{mistake.fault}", **values)

    def _say(self, name: str, value: str) -> str:
        label = self._label(name)
        return (
            label
            if value == "1"
            else f"{label}{'：' if self._t.language == 'zh' else ': '}{self._name(name, value)}"
        )

    def _label(self, name: str) -> str:
        return self._t(self._labels[name]) if name in self._labels else self._t.named("find", name)

    def _name(self, name: str, value: str) -> str:
        reader = self._reader
        match name:
            case "queue":
                return reader.queue(value)
            case "category":
                return reader.category(value)
            case "assignee" | "owner":
                return self._names.get(value) or self._t("find_nobody")
            case _:
                return self._t.named(self._named.get(name, "find_value"), value)

    def _pick(self, name: str) -> Pick:
        chosen = self._chosen.get(name, [])
        values = [*self._values(name)]
        values += [each for each in chosen if each not in values]
        options = [Option(value=each, label=self._name(name, each), chosen=each in chosen) for each in values]
        return Pick(name=name, label=self._label(name), options=options, is_one=not self._parts[name].is_many)

    def _values(self, name: str) -> Iterable[str]:
        settings = self._reader.settings
        match name:
            case "queue":
                return settings.queues
            case "category":
                return settings.categories
            case "tier":
                return settings.standards.customer_tiers
            case "channel":
                return CHANNELS
            case "assignee" | "owner":
                return [str(each) for each in self._people.names if each not in self._people.left]
            case _:
                return self._parts[name].choices


def gone(reader: Reader, people: People, name: str, value: str) -> str:
    """Why a part of a filter finds nothing new: what it names is not there any more. Empty, if it is."""
    t, settings = reader.t, reader.settings
    match name:
        case "queue" if value not in settings.queues:
            return t("find_gone_queue", name=value)
        case "category" if value not in settings.categories:
            return t("find_gone_category", name=value)
        case "assignee" | "owner" if not people.is_there(value):
            return t("find_gone_person")
        case _:
            return ""
