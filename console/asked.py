"""What a list's address asks for, and the addresses that a list's page leads to. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar
from urllib.parse import urlencode

from fastapi import Request

from console.paging import Pager
from handoff.finding.addresses import Fault, Mistake, Pair
from handoff.finding.keyset import Place, read_place


class Filter(Protocol):
    """Of tickets or of corrective actions."""

    @property
    def pairs(self) -> list[Pair]: ...

    @property
    def query(self) -> str: ...


F = TypeVar("F", bound=Filter)
Read = Callable[[Sequence[Pair]], tuple[F, Sequence[Mistake]]]


@dataclass(frozen=True, kw_only=True)
class Asked(Generic[F]):
    """A filter, and which page of what it finds. `is_loose` is true of what a form sends: it names also what it does not ask."""

    wanted: F
    mistakes: Sequence[Mistake]
    place: Place | None
    back: bool
    is_loose: bool

    def pager(self, home: str, kept: Sequence[Pair], earlier: Place | None, later: Place | None) -> Pager:
        """The pages beside one that begins and ends so."""

        def link(name: str, place: Place | None) -> str | None:
            return address(home, [*kept, *self.wanted.pairs, (name, place.text)]) if place else None

        return Pager(number=None, pages=None, earlier=link("before", earlier), later=link("after", later))


def read_asked(request: Request, read: Read[F]) -> Asked[F]:
    """What a request asks for."""
    pairs = [(str(name), str(value)) for name, value in request.query_params.multi_items()]
    wanted, mistakes = read(pairs)
    named = next(((name, value) for name, value in reversed(pairs) if name in ("after", "before")), None)
    place = read_place(named[1]) if named else None
    if named and named[1] and place is None:
        mistakes = [*mistakes, Mistake(fault=Fault.PLACE, name=named[0], value="")]
    return Asked(
        wanted=wanted,
        mistakes=mistakes,
        place=place,
        back=named is not None and named[0] == "before",
        is_loose=not mistakes and any(not value for _, value in pairs),
    )


def address(home: str, pairs: Sequence[Pair]) -> str:
    """A page and its query."""
    return f"{home}?{urlencode(pairs)}" if pairs else home
