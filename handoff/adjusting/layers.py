"""Two layers of settings: what config.yml says of the desk, and what was changed in the console over it.

Both are data in the words of config.yml. A *place* names a part that is changed as a whole: `queues.repair`,
`exceptions.2027-02-05`, `standards.basic.take`. What a place holds lies over what config.yml says there; None takes it away.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from core.errors import ShouwenError
from handoff.settings import DeskSettings

# What may be changed, with a name of its own behind the point …
NAMED = (
    "hours",  # by weekday: mon …
    "exceptions",  # by date
    "queues",
    "routes",  # by reason
    "agents",  # by user name
    "standards.basic",  # by promise
    "standards.value_added",
    "standards.emergency",
    "categories",
    "care.plans",
)
# … and as it is.
PLAIN = (
    "holidays",
    "default_queue",
    "supervisors",
    "managers",
    "standards.customer_tiers",
    "complaints.follow_up",
    "complaints.visit_tries",
    "complaints.remind_days",
    "complaints.verify_days",
    "away_after_minutes",
    "surveys.every",
    "surveys.nps_share",
    "surveys.skip",
    "care.every",
    "files.most_megabytes",
    "files.kinds",
)

Changes = Mapping[str, Any]


class Misfit(ShouwenError):
    """A value does not fit. `place` is where, down to the part; `code` and `values` choose the words of a page."""

    def __init__(self, place: str, problem: str, *, code: str, values: Mapping[str, str]) -> None:
        super().__init__(f"desk.{place}: {problem}")
        self.place = place
        self.problem = problem
        self.code = code
        self.values = values

    def is_of(self, place: str) -> bool:
        """Whether it is about that place, or a part of it."""
        return self.place == place or self.place.startswith((f"{place}.", f"{place}["))


@dataclass(frozen=True, kw_only=True)
class Laid:
    """The layers together: as data with every default filled in, and as the desk works with it."""

    settings: DeskSettings
    data: Mapping[str, Any]
    left_out: Sequence[tuple[str, Misfit]] = field(default_factory=tuple)  # changed places that do not fit

    def value(self, place: str) -> Any:
        """What stands at a place; None for nothing."""
        return find_value(self.data, place)


class Base(Protocol):
    """What config.yml says, and how it is read: there is one way to be valid, for both layers."""

    @property
    def said(self) -> Mapping[str, Any]:
        """What stands in config.yml, without defaults."""
        ...

    @property
    def shipped(self) -> Mapping[str, Any]:
        """What holds where nothing is said."""
        ...

    def lay(self, changes: Changes) -> Laid:
        """Lay changes over it. Raises `Misfit`, also for a place that is none."""
        ...


def split_place(place: str) -> list[str] | None:
    """The steps to a place; None for what is none. Names may hold points."""
    if place in PLAIN:
        return place.split(".")
    for named in NAMED:
        if place.startswith(f"{named}.") and len(place) > len(named) + 1:
            return [*named.split("."), place.removeprefix(f"{named}.")]
    return None


def find_value(data: Mapping[str, Any], place: str) -> Any:
    """What stands at a place; None for nothing."""
    found: Any = data
    for step in split_place(place) or [place]:
        if not isinstance(found, Mapping):
            return None
        found = found.get(step)
    return found


def names_below(data: Mapping[str, Any], named: str) -> list[str]:
    """The names with which something stands there."""
    found: Any = data
    for step in named.split("."):
        found = found[step]
    return [str(name) for name, value in found.items() if value is not None]


def lay_data(data: Mapping[str, Any], changes: Changes) -> dict[str, Any]:
    """Data with changes in their places; `data` stays as it is."""
    laid = dict(data)
    for place, value in changes.items():
        *path, last = split_place(place) or [place]
        inner = laid
        for step in path:
            inner[step] = dict(inner.get(step) or {})
            inner = inner[step]
        if value is None:
            inner.pop(last, None)
        else:
            inner[last] = value
    return laid


def fit(base: Base, changes: Changes) -> Laid:
    """Lay what fits, in the order given, and tell what does not: config.yml may have changed since.

    Raises `Misfit` only where config.yml itself does not fit.
    """
    try:
        return base.lay(changes)
    except Misfit:
        pass
    fitting: dict[str, Any] = {}
    waiting = dict(changes)
    laid = base.lay({})
    while True:  # what leans on a later one is tried again
        misfits: dict[str, Misfit] = {}
        for place, value in waiting.items():
            try:
                laid = base.lay({**fitting, place: value})
            except Misfit as misfit:
                misfits[place] = misfit
            else:
                fitting[place] = value
        if len(misfits) == len(waiting):
            return Laid(settings=laid.settings, data=laid.data, left_out=tuple(misfits.items()))
        waiting = {place: waiting[place] for place in misfits}
