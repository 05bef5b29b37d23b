"""Figures of a period, made of its cells. Pure; docs/reports.md tells every formula."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from uuid import UUID

from handoff.reporting.cells import Ending, Fate, Figure, Silence, Value, parts_of, percentile
from handoff.reporting.sessions import NO_WISHES

CONTENT = (4, 5)  # scores of CSAT that count as content
PROMOTERS, DETRACTORS = range(9, 11), range(7)  # scores of NPS


def last_of(day: date) -> date:
    """The last day of a day's month."""
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1) - timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class Period:
    """Days of the shop, the last one included."""

    start: date
    end: date

    @property
    def days(self) -> int:
        """How many."""
        return (self.end - self.start).days + 1

    def before(self) -> "Period":
        """As many days that end where it begins; of a whole month, the month before."""
        end = self.start - timedelta(days=1)
        is_month = self.start.day == 1 and (self.end + timedelta(days=1)).day == 1
        if is_month and self.end.month == self.start.month:
            return Period(start=end.replace(day=1), end=end)
        return Period(start=self.start - timedelta(days=self.days), end=end)

    def pieces(self) -> tuple[Sequence[date], Sequence["Period"]]:
        """The whole months in it, by their first days, and what is left at its ends."""
        months = []
        # The first of a month that is not before the start.
        month = first = last_of(self.start - timedelta(days=1)) + timedelta(days=1)
        while last_of(month) <= self.end:
            months.append(month)
            month = last_of(month) + timedelta(days=1)
        if not months:
            return (), (self,)
        ends = [
            Period(start=self.start, end=first - timedelta(days=1)),
            Period(start=month, end=self.end),
        ]
        return months, [each for each in ends if each.days > 0]

    def made_of(self) -> "Pieces":
        """The roll-ups that it is the sum of: of a month of which it has most, the month's, without the days that it has not."""
        whole, ends = self.pieces()
        months, added, taken = list(whole), list[Period](), list[Period]()
        for part in (part for end in ends for part in end._by_month()):
            first, last = part.start.replace(day=1), last_of(part.start)
            if 2 * part.days <= last.day:
                added.append(part)
                continue
            months.append(first)
            beside = [
                Period(start=first, end=part.start - timedelta(days=1)),
                Period(start=part.end + timedelta(days=1), end=last),
            ]
            taken += [each for each in beside if each.days > 0]
        return Pieces(months=sorted(months), added=added, taken=taken)

    def _by_month(self) -> "Iterator[Period]":
        start = self.start
        while start <= self.end:
            end = min(last_of(start), self.end)
            yield Period(start=start, end=end)
            start = end + timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class Pieces:
    """Months that follow each other, by their first days; days that are added to them, and taken from them."""

    months: Sequence[date]
    added: Sequence[Period]
    taken: Sequence[Period]


def period_of(unit: str, day: date) -> Period:
    """The day, the week from Monday on, or the month in which a day is."""
    match unit:
        case "day":
            return Period(start=day, end=day)
        case "week":
            start = day - timedelta(days=day.weekday())
            return Period(start=start, end=start + timedelta(days=6))
        case _:
            return Period(start=day.replace(day=1), end=last_of(day))


@dataclass(frozen=True, kw_only=True)
class Share:
    """So many of so many."""

    part: int
    whole: int

    @property
    def value(self) -> float | None:
        """Between 0 and 1; None of nothing."""
        return self.part / self.whole if self.whole else None


@dataclass(frozen=True, kw_only=True)
class Durations:
    """How long something took, in minutes on the clock on the wall."""

    number: int
    median: int | None
    p90: int | None


@dataclass(frozen=True, kw_only=True)
class AgentFigures:
    """One agent's; None for what nobody had in hand."""

    agent_id: UUID | None
    taken: int
    resolved: int
    reopened: int
    first_response: float | None  # mean, in minutes
    score: float | None  # mean of CSAT
    scores: int


@dataclass(frozen=True)
class Cells:
    """The roll-ups of a period: by figure and key."""

    values: Mapping[str, Mapping[str, Value]] = field(default_factory=dict)

    def of(self, figure: Figure) -> Mapping[str, Value]:
        """The cells of a figure by key."""
        return self.values.get(figure, {})

    def by(self, figure: Figure, *parts: int) -> Counter[tuple[str, ...]]:
        """How often, by some parts of the key."""
        found: Counter[tuple[str, ...]] = Counter()
        for key, value in self.of(figure).items():
            named = parts_of(key)
            found[tuple(named[part] for part in parts)] += value.times
        return found

    def by_part(self, figure: Figure, part: int = 0) -> Counter[str]:
        """How often, by one part of the key."""
        return Counter({name: number for (name,), number in self.by(figure, part).items()})

    def number(self, figure: Figure) -> int:
        """How often in all."""
        return sum(value.times for value in self.of(figure).values())

    @cached_property
    def fates(self) -> Counter[str]:
        """Conversations by what became of them."""
        return self.by_part(Figure.CONVERSATIONS, 2)

    @property
    def answered(self) -> Share:
        """Customers' messages that the bot answered."""
        decisions = self.by_part(Figure.DECISIONS)
        whole = decisions.total() - sum(decisions[each] for each in NO_WISHES)
        return Share(part=decisions["answer"] + decisions["tell"], whole=whole)

    @property
    def contained(self) -> Share:
        """The usual count: conversations without a handover."""
        whole = self.fates.total()
        return Share(part=whole - self.fates[Fate.PEOPLE], whole=whole)

    @property
    def solved(self) -> Share:
        """The honest count: the bot answered, nobody was asked for, and the customer has not come back."""
        return Share(part=self.fates[Fate.SOLVED], whole=self.fates.total())

    @property
    def complaints(self) -> Share:
        """Of tickets opened."""
        kinds = self.by_part(Figure.OPENED, 1)
        return Share(part=kinds["complaint"], whole=kinds.total())

    @property
    def at_once(self) -> Share:
        """First-contact resolution."""
        endings = self.by_part(Figure.RESOLVED, 1)
        return Share(part=endings[Ending.AT_ONCE], whole=endings.total())

    @property
    def reopened(self) -> Share:
        """Resolutions that were reopened."""
        endings = self.by_part(Figure.RESOLVED, 1)
        return Share(part=endings[Ending.REOPENED], whole=endings.total())

    def durations(self, figure: Figure) -> Durations:
        """Of first responses or resolutions."""
        classes = {int(key): value.times for key, value in self.of(figure).items()}
        return Durations(
            number=sum(classes.values()), median=percentile(classes, 0.5), p90=percentile(classes, 0.9)
        )

    def promises(self) -> Mapping[str, Share]:
        """Kept, of those that are over, by promise."""
        found: dict[str, Counter[str]] = {}
        for (promise, course), number in self.by(Figure.PROMISES, 0, 1).items():
            found.setdefault(promise, Counter())[course] += number
        return {name: Share(part=each["kept"], whole=each.total()) for name, each in found.items()}

    def scores(self, figure: Figure) -> Counter[int]:
        """Of surveys that have one."""
        return Counter(
            {int(key): value.times for key, value in self.of(figure).items() if key not in set(Silence)}
        )

    @property
    def content(self) -> Share:
        """CSAT."""
        scores = self.scores(Figure.CSAT)
        return Share(part=sum(scores[each] for each in CONTENT), whole=scores.total())

    def responses(self, figure: Figure) -> Share:
        """Surveys that were answered, if only in part."""
        whole = self.number(figure)
        return Share(part=whole - self.by_part(figure)[Silence.UNANSWERED], whole=whole)

    @property
    def nps(self) -> float | None:
        """From -100 to 100."""
        scores = self.scores(Figure.NPS)
        if not scores.total():
            return None
        promoters = sum(scores[each] for each in PROMOTERS)
        detractors = sum(scores[each] for each in DETRACTORS)
        return 100 * (promoters - detractors) / scores.total()

    def agents(self) -> Sequence[AgentFigures]:
        """Who did most first; what nobody had in hand last."""
        taken, resolved = self.by_part(Figure.TAKEN), self.by(Figure.RESOLVED, 0, 1)
        responses, scores = self.of(Figure.FIRST_RESPONSE_BY), self.of(Figure.CSAT_BY)
        names = {*taken, *responses, *scores, *(agent for agent, _ in resolved)}
        found = [
            AgentFigures(
                agent_id=UUID(name) if name else None,
                taken=taken[name],
                resolved=sum(number for (agent, _), number in resolved.items() if agent == name),
                reopened=resolved[name, Ending.REOPENED],
                first_response=_mean(responses.get(name)),
                score=_mean(scores.get(name)),
                scores=scores[name].times if name in scores else 0,
            )
            for name in names
        ]
        return sorted(found, key=lambda each: (each.agent_id is None, -each.resolved, -each.taken))


def _mean(value: Value | None) -> float | None:
    return value.amount / value.times if value and value.times else None


@dataclass(frozen=True, kw_only=True)
class Selection:
    """Which cells a number was made of: of each part of the key what it may be, None for whatever it is."""

    figure: Figure
    parts: Sequence[Sequence[str] | None] = ()

    def matches(self, key: str) -> bool:
        """Whether a cell of that key is among them."""
        named = parts_of(key)
        return all(
            allowed is None or (place < len(named) and named[place] in allowed)
            for place, allowed in enumerate(self.parts)
        )

    def choose(self, keys: Iterable[str]) -> list[str]:
        """The keys that are among them."""
        return sorted(key for key in keys if self.matches(key))
