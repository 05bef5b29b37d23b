"""How entries are used: how often each answered, and how often that was no help."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from handoff.gaps.tables import Why
from handoff.reporting.cells import Figure
from handoff.reporting.figures import Period
from handoff.reporting.reads import read_cells


@dataclass(frozen=True, kw_only=True)
class Use:
    """Of one entry, over some days."""

    answered: int
    rejected: int
    handed_over: int
    liked: int = 0
    disliked: int = 0

    @property
    def success(self) -> float | None:
        """The share of answers that the customer neither rejected nor voted against, nor got a person after; None without one."""
        failed = self.rejected + self.handed_over + max(0, self.disliked)
        return max(0.0, 1 - failed / self.answered) if self.answered else None


async def read_uses(session: AsyncSession, period: Period) -> Mapping[str, Use]:
    """By entry."""
    cells = await read_cells(session, period, (Figure.ANSWERS, Figure.NO_HELP, Figure.VOTES))
    answered, no_help = cells.by_part(Figure.ANSWERS), cells.by(Figure.NO_HELP, 0, 1)
    votes = cells.by(Figure.VOTES, 0, 1)
    return {
        entry: Use(
            answered=answered[entry],
            rejected=no_help[entry, Why.REJECTED],
            handed_over=no_help[entry, Why.HANDED_OVER],
            liked=votes[entry, "yes"],
            disliked=votes[entry, "no"],
        )
        for entry in {*answered, *(entry for entry, _ in [*no_help, *votes])}
    }
