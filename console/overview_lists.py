"""What is behind a number, in words: lists of tickets and of conversations, and one conversation. Pure."""

from dataclasses import dataclass
from uuid import UUID

from console.overview_view import HOME, OverviewView
from console.paging import make_pager
from console.ticket_rows import RowWords, TicketRow
from handoff.reporting.cells import Fate, Figure, parts_of
from handoff.reporting.reads import Behind, Listed, SessionRow, SessionView
from handoff.reporting.sessions import Outcome
from handoff.wording.reader import Reader
from handoff.wording.stream import tell_amended


@dataclass(frozen=True, kw_only=True)
class SessionLine:
    """A conversation in a list."""

    id: UUID
    asked: str
    outcome: str
    channel: str
    language: str
    when: str


class ListView:
    """One page of a list, worded."""

    def __init__(self, view: OverviewView, listed: Listed, *, number: int, figure: Figure, key: str) -> None:
        t = view.reader.t
        self._view = view
        self._figure = figure
        self._rows = RowWords(view.reader, view.agents)
        self.number = t("list_number", count=f"{listed.number:,}")
        self.tickets = [self._ticket(row) for row in listed.tickets]
        self.sessions = [self._session(row) for row in listed.sessions]
        self.title = self._title(figure, key)
        days = {"from": view.period.start.isoformat(), "to": view.period.end.isoformat()}
        self.days = t("report_days", start=days["from"], end=days["to"])
        asked: dict[str, str | None] = {"figure": figure.value, "key": key, **days}
        self.pager = make_pager(f"{HOME}/list", asked, number, has_more=listed.has_more)

    def _title(self, figure: Figure, key: str) -> str:
        """The figure's name, and those parts of the key that are chosen."""
        view, t = self._view, self._view.reader.t
        said = [t(f"list_of_{figure}")]
        for place, part in enumerate(parts_of(key) if key else []):
            if part == "*":
                continue
            said.append(view.reader.listed([self._part(figure, place, each) for each in part.split(",")]))
        return " · ".join(said)

    def _part(self, figure: Figure, place: int, part: str) -> str:
        view, named = self._view, self._view.reader.t.named
        match figure, place:
            case Figure.MESSAGES, 0:
                return named("author", part)
            case (Figure.MESSAGES, 1) | (Figure.CONVERSATIONS, 0) | (Figure.OPENED, 2):
                return named("channel", part)
            case (Figure.MESSAGES, 2) | (Figure.CONVERSATIONS, 1):
                return view.language(part)
            case Figure.CONVERSATIONS, 2:
                return named("fate", part)
            case Figure.OPENED, 0:
                return named("reason", part)
            case Figure.OPENED, 1:
                return named("kind_is", part)
            case (Figure.ANSWERS, 0) | (Figure.NO_HELP, 0) | (Figure.VOTES, 0) | (Figure.TOPICS, 0):
                return view.topic(part)
            case Figure.VOTES, 1:
                return named("vote", part)
            case Figure.NO_HELP, 1:
                return named("gap_why", part)
            case (
                (Figure.TAKEN, 0) | (Figure.RESOLVED, 0) | (Figure.FIRST_RESPONSE_BY, 0) | (Figure.CSAT_BY, 0)
            ):
                return view.agent(part)
            case Figure.RESOLVED, 1:
                return named("ending", part)
            case Figure.PROMISES, 0:
                return named("promise", part)
            case Figure.PROMISES, 1:
                return named("course", part)
            case Figure.CAUSES, 0:
                return view.cause(part)
            case _:
                return named("csat" if figure is not Figure.DECISIONS else "decision", part)

    def _ticket(self, behind: Behind) -> TicketRow:
        detail = ""
        if self._figure is not Figure.OPENED:
            detail = self._view.detail(self._figure, parts_of(behind.key), behind.amount)
        said = " · ".join(filter(None, (f"{behind.day:%Y-%m-%d}", detail)))
        return self._rows.row(behind.ticket, detail=said)

    def _session(self, row: SessionRow) -> SessionLine:
        view, reader = self._view, self._view.reader
        return SessionLine(
            id=row.id,
            asked=reader.masked(row.asked or "")[:80] or reader.t("no_words"),
            outcome=reader.t.named("fate", fate_of(row.outcome, came_back=row.came_back)),
            channel=reader.t.named("channel", row.channel),
            language=view.language(row.language),
            when=reader.moment(row.asked_at or row.ended_at),
        )


def fate_of(outcome: str, *, came_back: bool) -> str:
    """What became of a conversation."""
    if outcome != Outcome.BOT:
        return outcome
    return Fate.RETURNED if came_back else Fate.SOLVED


@dataclass(frozen=True, kw_only=True)
class Said:
    """A message as it is shown."""

    author: str
    by: str
    text: str
    at: str
    amended: str  # how and when, if it was
    is_withdrawn: bool


class SessionPage:
    """A conversation to read, worded."""

    def __init__(self, reader: Reader, found: SessionView) -> None:
        t, row = reader.t, found.row
        self.channel = t.named("channel", row.channel)
        self.when = reader.moment(row.asked_at or row.ended_at)
        self.outcome = t.named("fate", fate_of(row.outcome, came_back=row.came_back))
        self.tickets = found.tickets
        self.messages = [
            Said(
                author=message.author,
                by=message.author_name or t.named("author", message.author),
                text=(message if stands.is_withdrawn else stands).text or t.named("kind", message.kind),
                at=f"{message.at.astimezone(reader.zone):%H:%M}",
                amended=tell_amended(stands, reader),
                is_withdrawn=stands.is_withdrawn,
            )
            for message, stands in found.messages
        ]
