"""What the desk shows, ready for its templates: tickets as rows, a conversation as a stream. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from console.texts import Texts
from core.conversations import Message
from core.customers import Customer
from core.languages import ReplyLanguage
from core.masking import mask
from core.messages import Attachment, Author, Kind
from core.outbox import DeliveryState, OutboxRow
from handoff.agents import Agent
from handoff.history import PARTIES, Party, spent
from handoff.kinds import Priority
from handoff.life import MOVES, EventKind, TicketState
from handoff.tickets import Ticket, TicketEvent
from handoff.views import MESSAGES, PREVIEW, LastSaid, TicketEventLine, TicketLine, TicketView

# Names of knowledge base entries, or of queues, by id and language.
TitlesById = Mapping[str, Mapping[ReplyLanguage, str]]

URGENT_REASON = "emergency"


@dataclass(frozen=True, kw_only=True)
class Row:
    """A ticket in the queue."""

    id: UUID
    number: str
    customer: str
    channel: str
    language: str
    queue: str
    reason: str
    reason_id: str
    urgent: bool  # and not said so by its reason already
    waited: str
    opened_at: datetime
    preview: str
    unanswered: bool  # the customer had the last word, and it is ours to act
    waits: bool  # for the customer
    holder: str


@dataclass(frozen=True, kw_only=True)
class Link:
    """An attachment to open. `outside` is true for an address that is not ours."""

    href: str
    name: str
    size: str
    outside: bool


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """What has become of an outgoing message: `state` is for the eye, `text` for the reader."""

    state: str
    text: str


@dataclass(frozen=True, kw_only=True)
class Item:
    """An entry of the stream. `side` is an author, "note", or "mark" (a line across)."""

    key: str
    side: str
    who: str
    at: datetime
    time: str
    act: str = ""  # "pressed", "changed to"
    text: str = ""
    entry: str = ""
    buttons: tuple[str, ...] = ()
    links: tuple[Link, ...] = ()
    delivery: Delivery | None = None


@dataclass(frozen=True, kw_only=True)
class Past:
    """A line of the ticket's history."""

    time: str
    at: datetime
    who: str
    what: str


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """A ticket, opened. `mode` says what the reader may do: take, work, watch (notes only).

    With `may_wait` also say that it is the customer's turn; `spent` tells whose time has passed so far.
    """

    row: Row
    mode: str
    may_wait: bool
    state: str
    tier: str
    opened: str
    asked: Sequence[str]
    tried: Sequence[str]
    collected: Mapping[str, str]  # what the customer gave for the fields of an entry
    cut: int  # messages shown, if earlier ones are left out
    stream: Sequence[Item]
    history: Sequence[Past]
    spent: str


class DeskView:
    """Words a desk for one reader, at one moment."""

    def __init__(
        self,
        texts: Texts,
        *,
        now: datetime,
        zone: ZoneInfo,
        titles: TitlesById,
        queues: TitlesById,
        region: str,
    ) -> None:
        self._texts = texts
        self._now = now
        self._zone = zone
        self._titles = titles
        self._queues = queues
        self._region = region  # whose telephone numbers need no country's code

    def row(self, line: TicketLine) -> Row:
        t, ticket, said = self._texts, line.ticket, line.last_said
        preview = "" if said is None else self._preview(said)
        by_agent = said is not None and said.author is Author.AGENT
        return Row(
            id=ticket.id,
            number=ticket.number,
            customer=_customer_name(line.customer, t.named("author", Author.CUSTOMER)),
            channel=t.named("channel", line.channel),
            language=t.named("language", ticket.language),
            queue=self._named(self._queues, ticket.queue),
            reason=t.named("reason", ticket.reason),
            reason_id=ticket.reason,
            urgent=ticket.priority == Priority.URGENT and ticket.reason != URGENT_REASON,
            waited=self._duration(self._now - ticket.opened_at),
            opened_at=ticket.opened_at,
            preview=(t("by_agent") if by_agent else "") + preview,
            unanswered=PARTIES.get(TicketState(ticket.state)) is Party.AGENT
            and said is not None
            and not by_agent,
            waits=ticket.state == TicketState.WAITING,
            holder=line.assignee.name if line.assignee else "",
        )

    def _preview(self, said: LastSaid) -> str:
        """Masked: the queue is seen by everybody who passes; the opened ticket shows what was written."""
        masked = mask(said.text.strip(), region=self._region)[:PREVIEW]
        return masked or self._texts.named("kind", said.kind)

    def sheet(self, view: TicketView, agent: Agent) -> Sheet:
        t, ticket = self._texts, view.line.ticket
        opened, waited = self._time(ticket.opened_at), self._now - ticket.opened_at
        return Sheet(
            row=self.row(view.line),
            mode=_mode(ticket, agent),
            may_wait=_mode(ticket, agent) == "work" and TicketState(ticket.state) in MOVES[EventKind.WAITS],
            state=self._state(view.line, agent),
            tier=t("tier", tier=view.line.customer.tier) if view.line.customer.tier else "",
            opened=t("opened_at", time=opened, waited=self._duration(waited))
            if ticket.state != TicketState.RESOLVED and waited >= timedelta(minutes=1)
            else t("opened_now", time=opened),
            asked=ticket.summary.get("asked", ()),
            tried=[self._named(self._titles, entry) for entry in ticket.summary.get("tried", ())],
            collected=ticket.summary.get("collected", {}),
            cut=len(view.messages) if len(view.messages) == MESSAGES else 0,
            stream=self._stream(view),
            history=[self._past(event) for event in view.events],
            spent=self._spent(view.events),
        )

    def _stream(self, view: TicketView) -> list[Item]:
        """Messages in their order, with notes and the handover put in between by time."""
        between = [item for line in view.events if (item := self._from_event(line, view.line.ticket))]
        items: list[Item] = []
        for message in view.messages:
            while between and between[0].at <= message.at:
                items.append(between.pop(0))
            items.append(self._from_message(message, view.deliveries.get(message.id)))
        return items + between

    def _from_message(self, message: Message, row: OutboxRow | None) -> Item:
        t = self._texts
        kind = Kind(message.kind)
        return Item(
            key=f"m{message.id}",
            side=message.author,
            who=message.author_name or t.named("author", message.author),
            at=message.at,
            time=self._time(message.at),
            act=t.named("kind", kind) if kind in (Kind.PRESS, Kind.EDIT) else "",
            text=message.text.strip() or ("" if message.attachments else t.named("kind", kind)),
            entry=t("answered_with", title=self._named(self._titles, message.entry)) if message.entry else "",
            buttons=tuple(button["label"] for button in message.buttons),
            links=tuple(self._links(message)),
            delivery=self._delivery(row) if row is not None else None,
        )

    def _from_event(self, line: TicketEventLine, ticket: Ticket) -> Item | None:
        t, event = self._texts, line.event
        match event.kind:
            case EventKind.NOTED:
                who = t("author_note", agent=line.agent.name if line.agent else "")
                side, text = "note", event.data.get("text", "")
            case EventKind.OPENED:
                who, side = "", "mark"
                text = t("handed_over_mark", reason=t.named("reason", ticket.reason))
            case _:
                return None
        return Item(
            key=f"e{event.position}", side=side, who=who, at=event.at, time=self._time(event.at), text=text
        )

    def _links(self, message: Message) -> Iterable[Link]:
        for number, attachment in enumerate(map(Attachment.from_json, message.attachments)):
            outside = is_outside(attachment)
            yield Link(
                href=attachment.ref if outside else f"/console/attachments/{message.id}/{number}",
                name=attachment.name or self._texts("attachment"),
                size=_size(attachment.size),
                outside=outside,
            )

    def _delivery(self, row: OutboxRow) -> Delivery:
        t = self._texts
        reason = row.last_error or t("delivery_unknown_reason")
        match row.state:
            case DeliveryState.WAITING if row.last_error:
                return Delivery(state="retrying", text=t("delivery_retrying", reason=reason))
            case DeliveryState.BURIED:
                return Delivery(state="buried", text=t("delivery_buried", reason=reason))
            case state:
                return Delivery(state=state, text=t.named("delivery", state))

    def _past(self, line: TicketEventLine) -> Past:
        t, event = self._texts, line.event
        by_customer = event.kind in (EventKind.CUSTOMER_WROTE, EventKind.SURVEYED)
        special = self._surveyed(event) if event.kind == EventKind.SURVEYED else self._insisted(event.data)
        return Past(
            time=self._time(event.at),
            at=event.at,
            who=line.agent.name if line.agent else "" if by_customer else t("by_bot"),
            what=special or t.named("event", event.kind),
        )

    def _surveyed(self, event: TicketEvent) -> str:
        """What the customer answered to a survey; nothing where it was erased."""
        t = self._texts
        match event.data:
            case {"solved": is_solved}:
                return t("event_surveyed_solved" if is_solved else "event_surveyed_not_solved")
            case {"score": score, "survey": kind}:
                return t(f"event_surveyed_{kind}", score=score)
            case {"text": text}:
                return t("event_surveyed_comment", text=text)
            case _:
                return ""

    def _spent(self, events: Sequence[TicketEventLine]) -> str:
        """Whose time has passed; who has had none is left out."""
        t, times = self._texts, spent([line.event for line in events], now=self._now)
        return " · ".join(
            f"{t.named('spent', party)} {self._duration(time)}"
            for party, time in times.items()
            if time >= timedelta(minutes=1)
        )

    def _insisted(self, data: Mapping[str, Any]) -> str:
        """Of a reply that was sent in spite of the language guard."""
        if not data.get("guard"):
            return ""
        phrases = "”, “".join(each["phrase"] for each in data["guard"])
        key = "event_replied_because" if data["reason"] else "event_replied_anyway"
        return self._texts(key, phrases=phrases, reason=data["reason"])

    def _state(self, line: TicketLine, agent: Agent) -> str:
        t, holder = self._texts, line.assignee
        if line.ticket.state == TicketState.RESOLVED:
            return t("state_resolved", agent=holder.name) if holder else t("state_resolved_nobody")
        if holder is None:
            return t("state_new")
        if line.ticket.state == TicketState.WAITING:
            return t("state_waiting_mine") if holder.id == agent.id else t("state_waiting", agent=holder.name)
        return t("state_mine") if holder.id == agent.id else t("state_colleague", agent=holder.name)

    def _named(self, names: TitlesById, name: str) -> str:
        # What was removed since shows its id.
        titles = names.get(name)
        return titles[self._texts.language] if titles else name

    def _time(self, at: datetime) -> str:
        local = at.astimezone(self._zone)
        today = local.date() == self._now.astimezone(self._zone).date()
        return f"{local:%H:%M}" if today else f"{local:%m-%d %H:%M}"

    def _duration(self, span: timedelta) -> str:
        minutes = int(span.total_seconds() // 60)
        if minutes < 1:
            return self._texts("just_now")
        if minutes < 60:
            return self._texts("minutes", count=minutes)
        if minutes < 24 * 60:
            return self._texts("hours", count=minutes // 60)
        return self._texts("days", count=minutes // (24 * 60))


def is_outside(attachment: Attachment) -> bool:
    """Whether the file lies at a web address of its own, which we do not fetch."""
    return attachment.ref.startswith("https://")


def _mode(ticket: Ticket, agent: Agent) -> str:
    if ticket.state == TicketState.RESOLVED:
        return "watch"
    if ticket.assignee_id is None:
        return "take"
    return "work" if ticket.assignee_id == agent.id else "watch"


def _customer_name(customer: Customer, unnamed: str) -> str:
    # The end of an id is its random part.
    return (customer.name or "").strip() or f"{unnamed} {str(customer.id)[-4:]}"


def _size(size: int | None) -> str:
    if size is None:
        return ""
    return f"{size / 1_000_000:.1f} MB" if size >= 1_000_000 else f"{max(size // 1000, 1)} kB"
