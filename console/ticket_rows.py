"""A ticket as a row of a list, in words: of those that are found, and of those behind a figure. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from core.messages import Author
from handoff.complaints.life import Stage
from handoff.finding.reads import COUNTED, FoundTicket
from handoff.kinds import TicketKind
from handoff.wording.clocks import Clock
from handoff.wording.reader import Reader
from handoff.wording.tickets import DeskView


@dataclass(frozen=True, kw_only=True)
class TicketRow:
    """A ticket in a list. `detail` is on which day a figure counts it, and what of it."""

    id: UUID
    number: str
    customer: str
    customer_id: UUID
    reason: str
    kind: str  # empty where the reason says it already
    topic: str
    stage: str
    tags: Sequence[str]
    is_hot: bool
    preview: str
    is_unanswered: bool
    state: str
    state_id: str
    holder: str
    first_owner: str
    queue: str
    channel: str
    language: str
    tier: str
    category: str
    clock: Clock | None
    opened: str
    said: str
    resolved: str
    detail: str


class RowWords:
    """Words rows for one reader. `people` are all agents' names."""

    def __init__(self, reader: Reader, people: Mapping[UUID, str]) -> None:
        self._reader = reader
        self._people = people
        self._desk = DeskView(reader, None)

    def row(self, found: FoundTicket, *, detail: str = "") -> TicketRow:
        """A ticket; what was said is masked, as in all lists."""
        reader, t, line = self._reader, self._reader.t, found.line
        row = self._desk.row(line)
        tags = [t("urgent")] if row.hot else []
        if found.episode > 1:
            tags.append(t("find_reopened_times", count=found.episode - 1))
        return TicketRow(
            id=line.id,
            number=line.number,
            customer=row.customer,
            customer_id=line.customer_id,
            reason=row.reason,
            kind=row.kind,
            topic=reader.entry(found.topic) if found.topic else "",
            stage=t.named("stage", Stage(found.stage))
            if found.stage and line.kind == TicketKind.COMPLAINT
            else "",
            tags=tags,
            is_hot=row.hot,
            preview=row.preview,
            is_unanswered=row.unanswered and line.said_by == Author.CUSTOMER,
            state=t.named("state_is", line.state),
            state_id=line.state,
            holder=row.holder,
            first_owner=self._people.get(found.first_owner_id, "") if found.first_owner_id else "",
            queue=row.queue,
            channel=row.channel,
            language=row.language,
            tier=found.tier or "",
            category=reader.category(found.category) if found.category else "",
            clock=row.clock,
            opened=reader.moment(line.opened_at),
            said=reader.time(found.said_at),
            resolved=reader.moment(found.resolved_at) if found.resolved_at else "",
            detail=detail,
        )


def tell_number(reader: Reader, number: int) -> str:
    """How many were found; above `COUNTED` only that they are more."""
    return (
        reader.t("find_many", count=f"{COUNTED:,}+")
        if number > COUNTED
        else reader.t("find_many", count=f"{number:,}")
    )
