"""Pages of long lists: the number that an address asks for, and where the pages beside it are. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

DEEPEST = 10_000  # pages: nobody turns as many


def read_number(text: str) -> int:
    """The page that is asked for: the first one where nothing is, or nothing that is a number."""
    return min(max(int(text), 1), DEEPEST) if text.isdecimal() and len(text) < 8 else 1


@dataclass(frozen=True, kw_only=True)
class Pager:
    """What `pager.html` shows. `pages` is how many there are, where that is known."""

    number: int | None
    pages: int | None
    earlier: str | None
    later: str | None

    def upwards(self) -> "Pager":
        """Of what is read up from its end: what comes before stands on the page with the next number."""
        return Pager(number=None, pages=None, earlier=self.later, later=self.earlier)


def make_pager(
    address: str,
    asked: Mapping[str, str | None],
    number: int,
    *,
    has_more: bool = False,
    pages: int | None = None,
) -> Pager:
    """For page `number` of the list at `address`, whose query is `asked`. Say how many pages there are, or if there are more."""
    kept = {name: value for name, value in asked.items() if value}

    def link(page: int) -> str:
        return f"{address}?{urlencode({**kept, 'page': page})}"

    return Pager(
        number=number,
        pages=pages,
        earlier=link(number - 1) if number > 1 else None,
        later=link(number + 1) if (has_more if pages is None else number < pages) else None,
    )
