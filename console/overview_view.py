"""Figures in words: tiles and tables, for the overview, the report to print, files and the command line. Pure."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode
from uuid import UUID

from core.messages import Author
from handoff.complaints.life import RootCause
from handoff.kinds import Reason, TicketKind
from handoff.reporting.cells import Ending, Fate, Figure, Silence, key_of
from handoff.reporting.figures import Cells, Durations, Period, Selection, Share
from handoff.reporting.ticket_tally import COUNTED
from handoff.wording.reader import Reader

HOME = "/console/overview"
NONE = "–"
MOST_ROWS = 20  # of a table of entries or topics
_SHOWN_DAILY = (Figure.CONVERSATIONS, Figure.MESSAGES, Figure.OPENED, Figure.RESOLVED)
ANY = "*"  # in a link's key: whatever that part is


@dataclass(frozen=True, kw_only=True)
class Number:
    """A number on the page, and where it leads."""

    text: str
    href: str | None = None
    value: float | None = None  # for files


@dataclass(frozen=True, kw_only=True)
class Tile:
    """A figure by itself."""

    id: str
    label: str
    number: Number
    note: str
    before: str  # what it was in the period before
    formula: str


@dataclass(frozen=True, kw_only=True)
class Row:
    """A line of a table; `share` is drawn as a bar."""

    label: str
    numbers: Sequence[Number]
    share: float | None = None


@dataclass(frozen=True, kw_only=True)
class Chart:
    """A picture of a table: bars, one series upon the other."""

    labels: Sequence[str]
    series: Sequence[tuple[str, Sequence[float]]]
    is_flat: bool = False  # bars lie on their side

    def to_json(self) -> dict[str, object]:
        """As `overview.js` reads it."""
        return {
            "labels": list(self.labels),
            "series": [{"name": name, "values": list(values)} for name, values in self.series],
            "flat": self.is_flat,
        }


@dataclass(frozen=True, kw_only=True)
class Table:
    """Figures that belong together."""

    id: str
    title: str
    formula: str
    columns: Sequence[str]
    rows: Sequence[Row]
    chart: Chart | None = None


def selection_of(figure: Figure, key: str) -> Selection:
    """What a link asks for: the parts of a key, `*` for whatever it is, with commas between several."""
    parts = [None if part == ANY else part.split(",") for part in key.split("|")] if key else []
    return Selection(figure=figure, parts=parts)


def list_address(period: Period, figure: Figure, *parts: object) -> str:
    """Where that is listed which a figure counts."""
    chosen = {"figure": figure.value, "key": key_of(*parts)} if parts else {"figure": figure.value}
    days = {"from": period.start.isoformat(), "to": period.end.isoformat()}
    return f"{HOME}/list?{urlencode({**chosen, **days})}"


def percent(share: Share | float | None) -> str:
    """A share as it is read."""
    value = share.value if isinstance(share, Share) else share
    return NONE if value is None else f"{100 * value:.0f}%"


@dataclass(frozen=True, kw_only=True)
class OverviewView:
    """Words figures of a period for a reader. `agents` are everybody's names."""

    reader: Reader
    period: Period
    agents: Mapping[UUID, str]

    # How things are said

    def length(self, minutes: float | None) -> str:
        """A duration in its largest unit, with one place behind the point."""
        t = self.reader.t
        if minutes is None:
            return NONE
        if minutes < 1:
            return t("under_a_minute")
        if minutes < 60:
            return t("minutes", count=round(minutes))
        hours = minutes / 60
        return t("hours", count=f"{hours:.1f}") if hours < 48 else t("days", count=f"{hours / 24:.1f}")

    def agent(self, name: UUID | str | None) -> str:
        """An agent's name."""
        if not name:
            return self.reader.t("no_agent")
        return self.agents.get(UUID(str(name)), NONE)

    def topic(self, entry: str) -> str:
        """An entry's title, or that there was none."""
        return self.reader.entry(entry) if entry else self.reader.t("no_topic")

    def language(self, language: str) -> str:
        """A language's name."""
        return self.reader.t.named("language", language) if language else self.reader.t("no_language")

    def cause(self, cause: str) -> str:
        """A root cause."""
        return self.reader.t.named("cause", cause) if cause else self.reader.t("no_cause")

    def detail(self, figure: Figure, parts: Sequence[str], amount: int) -> str:
        """What a list says beside a ticket of the cell in which it is counted."""
        t = self.reader.t
        match figure:
            case Figure.FIRST_RESPONSE | Figure.FIRST_RESPONSE_BY | Figure.RESOLUTION:
                return self.length(amount)
            case Figure.PROMISES:
                return f"{t.named('promise', parts[0])} · {t.named('course', parts[1])}"
            case Figure.RESOLVED:
                return f"{self.agent(parts[0])} · {t.named('ending', parts[1])}"
            case Figure.TAKEN:
                return self.agent(parts[0])
            case Figure.CSAT | Figure.NPS:
                return t.named("csat", parts[0])
            case Figure.CSAT_BY:
                return str(amount)
            case Figure.CAUSES:
                return self.cause(parts[0])
            case _:
                return t.named("reason", parts[0])

    def href(self, figure: Figure, *parts: object) -> str:
        """Where what is behind a number is listed."""
        return list_address(self.period, figure, *parts)

    def count(self, number: int, figure: Figure, *parts: object) -> Number:
        """A number that leads to its list."""
        return Number(
            text=f"{number:,}", href=self.href(figure, *parts) if number else None, value=float(number)
        )

    # Tiles

    def tiles(self, cells: Cells, before: Cells) -> list[Tile]:
        """The figures that are looked at first."""
        t = self.reader.t
        alive = f"{Fate.UNANSWERED},{Fate.RETURNED},{Fate.SOLVED}"

        def tile(name: str, number: Number, was: str, note: str = "") -> Tile:
            return Tile(
                id=name,
                label=t(f"tile_{name}"),
                number=number,
                note=note,
                before=t("before_that", value=was),
                formula=t(f"formula_{name}"),
            )

        def share(name: str, read: Callable[[Cells], Share], note: str, *link: object) -> Tile:
            now = read(cells)
            figure, *parts = link
            assert isinstance(figure, Figure)
            href = self.href(figure, *parts) if now.part else None
            said = note or (
                t("so_many_of", part=f"{now.part:,}", whole=f"{now.whole:,}") if now.whole else ""
            )
            return tile(
                name,
                Number(text=percent(now), href=href, value=now.value),
                percent(read(before)),
                said,
            )

        def duration(name: str, figure: Figure) -> Tile:
            now, was = cells.durations(figure), before.durations(figure)
            number = Number(
                text=self.length(now.median),
                href=self.href(figure) if now.number else None,
                value=now.median,
            )
            return tile(name, number, self.length(was.median), self._slowest(now))

        def amount(name: str, figure: Figure) -> Tile:
            number = self.count(cells.number(figure), figure)
            return tile(name, number, f"{before.number(figure):,}")

        responses = {each: cells.responses(each) for each in (Figure.CSAT, Figure.NPS)}
        responded = {
            each: t("responded", share=percent(found)) if found.whole else ""
            for each, found in responses.items()
        }
        nps, nps_before = cells.nps, before.nps
        return [
            amount("conversations", Figure.CONVERSATIONS),
            amount("messages", Figure.MESSAGES),
            share("answered", lambda each: each.answered, "", Figure.DECISIONS, "answer,tell"),
            share("solved", lambda each: each.solved, "", Figure.CONVERSATIONS, ANY, ANY, Fate.SOLVED),
            share("contained", lambda each: each.contained, "", Figure.CONVERSATIONS, ANY, ANY, alive),
            amount("opened", Figure.OPENED),
            duration("first_response", Figure.FIRST_RESPONSE),
            duration("resolution", Figure.RESOLUTION),
            share("at_once", lambda each: each.at_once, "", Figure.RESOLVED, ANY, Ending.AT_ONCE),
            share("reopened", lambda each: each.reopened, "", Figure.RESOLVED, ANY, Ending.REOPENED),
            share(
                "complaints", lambda each: each.complaints, "", Figure.OPENED, ANY, TicketKind.COMPLAINT, ANY
            ),
            share("csat", lambda each: each.content, responded[Figure.CSAT], Figure.CSAT, "4,5"),
            tile(
                "nps",
                Number(
                    text=NONE if nps is None else f"{nps:+.0f}",
                    href=self.href(Figure.NPS) if responses[Figure.NPS].whole else None,
                    value=nps,
                ),
                NONE if nps_before is None else f"{nps_before:+.0f}",
                responded[Figure.NPS],
            ),
        ]

    def _slowest(self, durations: Durations) -> str:
        if durations.p90 is None:
            return ""
        return self.reader.t("nine_of_ten", time=self.length(durations.p90))

    # Tables

    def tables(self, cells: Cells, days: Sequence[tuple[Period, Mapping[str, int]]]) -> list[Table]:
        """All that is counted by something; those with nothing in them say so."""
        t = self.reader.t
        named = t.named
        return [
            self._days(days),
            self._volumes("channels", cells, 0, 1, lambda name: named("channel", name)),
            self._volumes("languages", cells, 1, 2, self.language),
            self._shares(
                "authors",
                cells.by_part(Figure.MESSAGES, 0),
                lambda each: self._label("author", each),
                lambda each: (Figure.MESSAGES, each, ANY, ANY),
                order=list(Author),
            ),
            self._shares(
                "fates",
                cells.by_part(Figure.CONVERSATIONS, 2),
                lambda each: named("fate", each),
                lambda each: (Figure.CONVERSATIONS, ANY, ANY, each),
                order=list(Fate),
            ),
            self._shares(
                "reasons",
                cells.by_part(Figure.OPENED, 0),
                lambda each: named("reason", each),
                lambda each: (Figure.OPENED, each, ANY, ANY),
                order=list(Reason),
                is_drawn=True,
            ),
            self._shares(
                "topics", cells.by_part(Figure.TOPICS), self.topic, lambda each: (Figure.TOPICS, each)
            ),
            self._shares(
                "kinds",
                cells.by_part(Figure.OPENED, 1),
                lambda each: named("kind_is", each),
                lambda each: (Figure.OPENED, ANY, each, ANY),
                order=list(TicketKind),
            ),
            self._shares(
                "entries",
                cells.by_part(Figure.ANSWERS),
                self.reader.entry,
                lambda each: (Figure.ANSWERS, each),
            ),
            self._promises(cells),
            self._shares(
                "causes",
                cells.by_part(Figure.CAUSES),
                self.cause,
                lambda each: (Figure.CAUSES, each),
                order=[*RootCause, ""],
            ),
            self._scores("csat", cells, Figure.CSAT),
            self._scores("nps", cells, Figure.NPS),
            self._agents(cells),
        ]

    def _label(self, prefix: str, name: str) -> str:
        return self.reader.t.named(prefix, name)

    def _table(
        self, name: str, columns: Iterable[str], rows: Sequence[Row], chart: Chart | None = None
    ) -> Table:
        t = self.reader.t
        return Table(
            id=name,
            title=t(f"table_{name}"),
            formula=t(f"formula_{name}"),
            columns=[t(f"column_{each}") for each in columns],
            rows=rows,
            chart=chart if rows else None,
        )

    def _days(self, days: Sequence[tuple[Period, Mapping[str, int]]]) -> Table:
        """Day by day, or month by month; those with nothing are in the picture only."""
        rows = []
        for step, numbers in days:
            one = OverviewView(reader=self.reader, period=step, agents=self.agents)
            if any(numbers.values()):
                shown = [one.count(numbers.get(each, 0), each) for each in _SHOWN_DAILY]
                rows.append(Row(label=self._step(step), numbers=shown))
        t = self.reader.t
        series = [
            (t(f"column_{each}"), [float(numbers.get(each, 0)) for _, numbers in days])
            for each in (Figure.CONVERSATIONS, Figure.OPENED)
        ]
        labels = [self._step(step) for step, _ in days]
        chart = Chart(labels=[each[5:] if len(each) > 7 else each for each in labels], series=series)
        columns = ("day", "conversations", "messages", "opened", "resolved")
        return self._table("days", columns, rows, chart if len(days) > 1 else None)

    def _step(self, step: Period) -> str:
        return f"{step.start:%Y-%m-%d}" if step.days == 1 else f"{step.start:%Y-%m}"

    def _volumes(
        self, name: str, cells: Cells, of_conversation: int, of_message: int, label: Callable[[str], str]
    ) -> Table:
        conversations = cells.by_part(Figure.CONVERSATIONS, of_conversation)
        messages = cells.by_part(Figure.MESSAGES, of_message)
        rows = []
        for each in sorted({*conversations, *messages}, key=lambda one: (-conversations[one], one)):
            parts: list[object] = [ANY, ANY, ANY]
            asked, said = list(parts), list(parts)
            asked[of_conversation], said[of_message] = each, each
            rows.append(
                Row(
                    label=label(each),
                    numbers=[
                        self.count(conversations[each], Figure.CONVERSATIONS, *asked),
                        self.count(messages[each], Figure.MESSAGES, *said),
                    ],
                    share=Share(part=conversations[each], whole=conversations.total()).value,
                )
            )
        return self._table(name, ("name", "conversations", "messages", "share"), rows)

    def _shares(
        self,
        name: str,
        numbers: Mapping[str, int],
        label: Callable[[str], str],
        link: Callable[[str], tuple[object, ...]],
        *,
        order: Sequence[str] = (),
        is_drawn: bool = False,
    ) -> Table:
        """In the given order; what is not in it, and all without an order, by how much it is."""
        whole = sum(numbers.values())
        places = {str(each): place for place, each in enumerate(order)}
        chosen = sorted(numbers, key=lambda each: (places.get(each, len(places)), -numbers[each], each))
        rows = []
        for each in chosen[:MOST_ROWS]:
            figure, *parts = link(each)
            assert isinstance(figure, Figure)
            share = Share(part=numbers[each], whole=whole).value
            rows.append(
                Row(label=label(each), numbers=[self.count(numbers[each], figure, *parts)], share=share)
            )
        chart = None
        if is_drawn:
            values = [float(numbers[each]) for each in chosen[:MOST_ROWS]]
            labels = [row.label for row in rows]
            series = [(self.reader.t("column_number"), values)]
            chart = Chart(labels=labels, series=series, is_flat=True)
        return self._table(name, ("name", "number", "share"), rows, chart)

    def _promises(self, cells: Cells) -> Table:
        found = cells.promises()
        rows = [
            Row(
                label=self._label("promise", promise),
                numbers=[
                    self.count(share.part, Figure.PROMISES, promise, "kept"),
                    self.count(share.whole - share.part, Figure.PROMISES, promise, "missed"),
                ],
                share=share.value,
            )
            for promise in COUNTED
            if (share := found.get(promise))
        ]
        return self._table("promises", ("name", "kept", "missed", "share"), rows)

    def _scores(self, name: str, cells: Cells, figure: Figure) -> Table:
        numbers = cells.by_part(figure)
        order = [*map(str, range(10, -1, -1)), *Silence]
        return self._shares(
            name,
            numbers,
            lambda each: self._label("csat", each),
            lambda each: (figure, each),
            order=order,
        )

    def _agents(self, cells: Cells) -> Table:
        rows = []
        for each in cells.agents():
            name = str(each.agent_id) if each.agent_id else ""
            responded = Number(
                text=self.length(each.first_response),
                href=self.href(Figure.FIRST_RESPONSE_BY, name) if each.first_response is not None else None,
                value=each.first_response,
            )
            score = Number(
                text=NONE if each.score is None else f"{each.score:.1f}",
                href=self.href(Figure.CSAT_BY, name) if each.scores else None,
                value=each.score,
            )
            rows.append(
                Row(
                    label=self.agent(each.agent_id),
                    numbers=[
                        self.count(each.taken, Figure.TAKEN, name),
                        self.count(each.resolved, Figure.RESOLVED, name, ANY),
                        self.count(each.reopened, Figure.RESOLVED, name, Ending.REOPENED),
                        responded,
                        score,
                        self.count(each.scores, Figure.CSAT_BY, name),
                    ],
                )
            )
        columns = ("name", "taken", "resolved", "reopened", "first_response", "score", "scores")
        return self._table("agents", columns, rows)
