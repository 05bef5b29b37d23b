"""A ticket's way from hand to hand, in words and in proportions: ready for its template. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from handoff.deadlines import Course, Deadline
from handoff.history import Stretch
from handoff.life import EventKind
from handoff.timeline import Episode, Hop, Offer, Timeline
from handoff.views import TicketView
from handoff.wording.past import Hop as ToldHop
from handoff.wording.past import Past, PastWords
from handoff.wording.reader import Reader

WIDTH = 1_000  # of the longest bar, in its own units
LEAST = 6  # of whatever was at all: it is to be seen
MOMENT = timedelta(seconds=1)


@dataclass(frozen=True, kw_only=True)
class Piece:
    """A part of a bar."""

    party: str
    x: int
    width: int


@dataclass(frozen=True, kw_only=True)
class Bar:
    """Whose time it was, in proportion; `told` says the same in words."""

    pieces: Sequence[Piece]
    told: str


@dataclass(frozen=True, kw_only=True)
class KeptLine:
    """A deadline on the way. `level` is kept, missed, running or paused."""

    promise: str
    told: str
    level: str


@dataclass(frozen=True, kw_only=True)
class OfferLine:
    """That somebody was asked to take it over, and what came of it."""

    asked: Past
    answer: str
    level: str  # accepted, declined or pending


@dataclass(frozen=True, kw_only=True)
class HopLine:
    """One who had the ticket."""

    who: str
    kind: str  # bot, queue or agent
    is_first_owner: bool
    how: str
    when: str
    bar: Bar
    offers: Sequence[OfferLine]
    deadlines: Sequence[KeptLine]
    steps: Sequence[Past]
    is_now: bool


@dataclass(frozen=True, kw_only=True)
class EpisodeLines:
    """A time in which it was open, and what came after its resolution."""

    title: str
    why: str
    hops: Sequence[HopLine]
    end: Past | None
    after: Sequence[Past]
    deadlines: Sequence[KeptLine]


@dataclass(frozen=True, kw_only=True)
class TimelineLines:
    """All of it; `bar` is whose time it was altogether."""

    bar: Bar
    episodes: Sequence[EpisodeLines]
    hops: int
    missed: int


class TimelineWords:
    """Words timelines for one reader."""

    def __init__(self, reader: Reader, view: TicketView) -> None:
        self._reader = reader
        self._t = reader.t
        self._view = view
        self._past = PastWords(reader, view)

    def timeline(self, found: Timeline, first_owner_id: UUID | None) -> TimelineLines:
        told = iter(self._past.chain(self._view.events, first_owner_id))
        longest = found.longest
        episodes = [
            self._episode(number, each, [next(told) for _ in each.hops], longest)
            for number, each in enumerate(found.episodes, 1)
        ]
        if episodes and found.bot:
            hops = [self._bot(found.bot, longest), *episodes[0].hops]
            episodes[0] = EpisodeLines(**{**vars(episodes[0]), "hops": hops})
        whole = sum((each.length for each in found.stretches), timedelta())
        lines = [
            line
            for each in episodes
            for line in (*each.deadlines, *(d for hop in each.hops for d in hop.deadlines))
        ]
        return TimelineLines(
            bar=self._bar(found.stretches, whole),
            episodes=episodes,
            hops=sum(len(each.hops) for each in episodes),
            missed=sum(line.level == "missed" for line in lines),
        )

    def _episode(
        self, number: int, episode: Episode, told: Sequence[ToldHop], longest: timedelta
    ) -> EpisodeLines:
        begin = self._line(episode.begin)
        return EpisodeLines(
            title=self._t("way_episode", number=number) if number > 1 else "",
            why=f"{begin.time} · {begin.who} {begin.what}" if number > 1 else "",
            hops=[
                self._hop(hop, line, longest)
                for hop, line in zip(episode.hops, told, strict=True)
                if not _is_passing(hop)
            ],
            end=self._line(episode.end) if episode.end else None,
            after=[self._line(each) for each in episode.after],
            deadlines=[self._deadline(each) for each in episode.deadlines],
        )

    def _hop(self, hop: Hop, told: ToldHop, longest: timedelta) -> HopLine:
        return HopLine(
            who=told.who,
            kind="agent" if hop.link.agent_id else "queue",
            is_first_owner=told.first,
            how=told.how,
            when=told.when,
            bar=self._bar(hop.stretches, longest),
            offers=[self._offer(each) for each in hop.offers],
            deadlines=[self._deadline(each) for each in hop.deadlines],
            steps=[self._line(each) for each in hop.steps],
            is_now=hop.link.until is None,
        )

    def _bot(self, bot: Stretch, longest: timedelta) -> HopLine:
        reader = self._reader
        return HopLine(
            who=self._t("by_bot"),
            kind="bot",
            is_first_owner=False,
            how=self._t("way_bot"),
            when=self._t(
                "had_until",
                since=reader.time(bot.since),
                until=reader.time(bot.until),
                span=reader.exactly(bot.length),
            ),
            bar=self._bar([bot], longest),
            offers=[],
            deadlines=[],
            steps=[],
            is_now=False,
        )

    def _offer(self, offer: Offer) -> OfferLine:
        t, end = self._t, offer.end
        if end is None:
            lay = self._reader.exactly(self._reader.now - offer.asked.at)
            return OfferLine(asked=self._line(offer.asked), answer=t("way_lies", span=lay), level="pending")
        lay = self._reader.exactly(end.at - offer.asked.at)
        told = self._line(end)
        return OfferLine(
            asked=self._line(offer.asked),
            answer=t("way_answered", span=lay, who=told.who, what=told.what),
            level="accepted" if end.kind == EventKind.ACCEPTED else "declined",
        )

    def _deadline(self, row: Deadline) -> KeptLine:
        t, reader = self._t, self._reader
        due, ended = row.due_at, row.ended_at
        is_late = row.course == Course.RUNNING and due is not None and due <= reader.now
        told = t("clock_stopped") if row.course == Course.PAUSED else ""
        if row.course == Course.RUNNING and due:
            told = t("due_by", time=reader.time(due))
        if (row.course == Course.MISSED or is_late) and due:
            late = max((ended or reader.now) - due, timedelta())
            told = t("way_missed_by", span=reader.exactly(late))
        if row.course == Course.KEPT and due and ended and due > ended:
            told = t("way_kept_by", span=reader.exactly(due - ended))
        return KeptLine(
            promise=t.named("find_promise", row.promise), told=told, level="missed" if is_late else row.course
        )

    def _line(self, event: object) -> Past:
        (line,) = self._past.history([event])  # type: ignore[list-item]
        return line

    def _bar(self, stretches: Sequence[Stretch], whole: timedelta) -> Bar:
        """Pieces one after the other, `WIDTH` for the whole."""
        pieces, x = [], 0
        totals: dict[str, timedelta] = {}
        for each in stretches:
            width = max(round(WIDTH * (each.length / whole)) if whole else 0, LEAST)
            width = min(width, WIDTH - x)
            if width > 0:
                pieces.append(Piece(party=each.party, x=x, width=width))
            x += width
            totals[each.party] = totals.get(each.party, timedelta()) + each.length
        said = [
            f"{self._t.named('way', party)} {self._reader.exactly(span)}" for party, span in totals.items()
        ]
        return Bar(pieces=pieces, told=self._reader.listed(said))


def _is_passing(hop: Hop) -> bool:
    """It went through a queue without waiting there, as when it is reopened for who had it."""
    is_short = hop.link.agent_id is None and hop.link.until is not None and hop.length < MOMENT
    return is_short and not (hop.offers or hop.deadlines or hop.steps)
