"""What the desk shows, ready for its templates: tickets as rows, and one opened. Pure."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from core.messages import Author, is_spoken
from handoff.agents import Agent
from handoff.amending import own_messages
from handoff.contacts.reach import show_reach
from handoff.history import PARTIES, Party
from handoff.kinds import IncidentClass, Priority, Reason, TicketKind
from handoff.life import DONE_STATES, OPEN_STATES, EventKind, TicketState
from handoff.lists import PREVIEW, TicketLine
from handoff.permits import Act, is_offered_to, permitted
from handoff.presence import Presence, presence_of
from handoff.tickets import Ticket
from handoff.views import MESSAGES, TicketView
from handoff.wording.clocks import Clock, FullClock, full_clocks, word_clock
from handoff.wording.past import Hop, Past, PastWords
from handoff.wording.reader import Reader
from handoff.wording.stream import Item, stream


@dataclass(frozen=True, kw_only=True)
class Row:
    """A ticket in a list."""

    id: UUID
    number: str
    customer: str
    channel: str
    language: str
    queue: str
    reason: str
    reason_id: str
    kind: str  # empty where the reason says it already
    hot: bool
    urgent: bool  # and not said so by its reason already
    waited: str
    opened_at: datetime
    preview: str
    unanswered: bool  # the customer had the last word, and it is ours to act
    holder: str
    clock: Clock | None
    given: bool  # to the reader, who has not taken it yet
    offer: str  # to the reader, in words


@dataclass(frozen=True, kw_only=True)
class Option:
    """One of a choice in a form."""

    value: str
    label: str
    hint: str = ""
    chosen: bool = False


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """A ticket, opened. `acts` are those that the reader may do; `spent` tells whose time has passed so far."""

    row: Row
    acts: Collection[Act]
    state: str
    offer: str
    offered_by: str
    back_to: str  # where it goes when the reader hands it back
    tier: str
    tags: Sequence[str]  # of the customer
    category: str  # of what was resolved
    opened: str
    is_spoken: bool  # nobody delivers to the customer: an agent calls, and logs what was said
    may_log: bool  # what was said
    reach: str  # such a customer's number or address, if they left one
    first_owner: str
    clocks: Sequence[FullClock]
    asked: Sequence[str]
    tried: Sequence[str]
    collected: Mapping[str, str]  # what the customer gave for the fields of an entry
    cut: int  # messages shown, if earlier ones are left out
    stream: Sequence[Item]
    amendable: Collection[str]  # messages of the reader's own that may be changed now, by their ids
    chain: Sequence[Hop]
    history: Sequence[Past]
    spent: str
    colleagues: Sequence[Option]
    queues: Sequence[Option]
    kinds: Sequence[Option]
    categories: Sequence[Option]

    def told(self, key: str) -> str:
        """The text that says what the customer hears of an act: those to whom nobody delivers hear nothing."""
        return f"spoken_{key}" if self.is_spoken else key


class DeskView:
    """Words a desk for one reader: for the agent, or for all who look at the same card."""

    def __init__(self, reader: Reader, agent: Agent | None) -> None:
        self._reader = reader
        self._t = reader.t
        self._agent = agent

    def _is_me(self, agent_id: UUID | None) -> bool:
        return self._agent is not None and self._agent.id == agent_id

    def row(self, line: TicketLine) -> Row:
        t, reader = self._t, self._reader
        by_agent = line.said_by == Author.AGENT
        is_mine = self._is_me(line.assignee_id)
        offered = self._agent is not None and is_offered_to(line, self._agent, reader.settings)
        kind = reader.kind(line.kind, line.incident)
        return Row(
            id=line.id,
            number=line.number,
            customer=_customer_name(line, t.named("author", Author.CUSTOMER)),
            channel=t.named("channel", line.channel),
            language=t.named("language", line.language),
            queue=reader.queue(line.queue),
            reason=t.named("reason", line.reason),
            reason_id=line.reason,
            kind="" if kind == t.named("reason", line.reason) else kind,
            hot=line.priority == Priority.URGENT or line.reason == Reason.EMERGENCY,
            urgent=line.priority == Priority.URGENT and line.reason != Reason.EMERGENCY,
            waited=reader.duration(reader.now - line.opened_at),
            opened_at=line.opened_at,
            preview=(t("by_agent") if by_agent else "") + self._preview(line),
            unanswered=PARTIES.get(TicketState(line.state)) is Party.AGENT
            and line.said_by == Author.CUSTOMER,
            holder=line.assignee or "",
            clock=word_clock(line.next, reader),
            given=is_mine and line.state == TicketState.ASSIGNED and line.taken_at is None,
            offer=self._offer_row(line) if offered else "",
        )

    def sheet(self, view: TicketView) -> Sheet:
        t, reader, ticket = self._t, self._reader, view.ticket
        past = PastWords(reader, view)
        opened, waited = reader.time(ticket.opened_at), reader.now - ticket.opened_at
        is_old = ticket.state not in DONE_STATES and waited >= timedelta(minutes=1)
        sender = past.name(ticket.sender_id) if ticket.sender_id else ""
        spoken = is_spoken(view.conversation.channel)
        is_contact = ticket.reason == Reason.CONTACT
        return Sheet(
            row=self.row(view.line),
            acts=permitted(ticket, self._agent, reader.settings),
            state=self._state(view.line),
            offer=self._offer(view, past),
            offered_by=past.name(ticket.assignee_id),
            back_to=t("hand_back_to_sender", agent=sender)
            if sender
            else t(
                "spoken_hand_back_to_queue" if spoken else "hand_back_to_queue",
                queue=reader.queue(ticket.queue),
            ),
            tier=t("tier", tier=ticket.tier) if ticket.tier else "",
            tags=view.tags,
            category=reader.category(ticket.category) if ticket.category else "",
            opened=t(
                "contact_opened_at" if is_contact else "opened_at",
                time=opened,
                waited=reader.duration(waited),
            )
            if is_old
            else t("contact_opened_now" if is_contact else "opened_now", time=opened),
            is_spoken=spoken,
            may_log=spoken and ticket.state in OPEN_STATES,
            reach=show_reach(view.conversation.chat) if spoken else "",
            first_owner=self._first_owner(view, past),
            clocks=full_clocks(ticket, view.deadlines, reader),
            asked=ticket.summary.get("asked", ()),
            tried=[reader.entry(entry) for entry in ticket.summary.get("tried", ())],
            collected=ticket.summary.get("collected", {}),
            cut=len(view.messages) if len(view.messages) == MESSAGES else 0,
            stream=stream(view, reader),
            amendable=frozenset(map(str, own_messages(view, self._agent))),
            chain=past.chain(view.events, ticket.first_owner_id),
            history=past.history(view.events),
            spent=past.spent(view.events),
            colleagues=self._colleagues(view.agents.values()),
            queues=[Option(value=name, label=reader.queue(name)) for name in reader.settings.queues],
            kinds=self._kinds(ticket),
            categories=[
                Option(value=name, label=reader.category(name)) for name in reader.settings.categories
            ],
        )

    def _preview(self, line: TicketLine) -> str:
        """Masked: the queue is seen by everybody who passes; the opened ticket shows what was written."""
        if line.said_as is None:
            return ""
        return self._reader.masked(line.said or "")[:PREVIEW] or self._t.named("kind", line.said_as)

    def _offer_row(self, line: TicketLine) -> str:
        by = line.assignee or ""
        because = self._reader.masked(line.because)
        if queue := line.offered_queue:
            return self._t("offer_row_queue", agent=by, queue=self._reader.queue(queue), because=because)
        return self._t("offer_row", agent=by, because=because)

    def _offer(self, view: TicketView, past: PastWords) -> str:
        """What the opened ticket says of a transfer that is not accepted yet."""
        t, ticket = self._t, view.ticket
        if ticket.offered_at is None:
            return ""
        by = past.name(ticket.assignee_id)
        to = past.name(ticket.offered_to_id)
        if ticket.offered_queue:
            to = t("in_queue", queue=self._reader.queue(ticket.offered_queue))
        if self._is_me(ticket.assignee_id):
            return t("offered_mine", to=to)
        if self._agent is not None and is_offered_to(ticket, self._agent, self._reader.settings):
            offers = [event for event in view.events if event.kind == EventKind.OFFERED]
            return t("offered_to_you", agent=by, because=offers[-1].data.get("because", ""))
        return t("offered_to_others", agent=by, to=to)

    def _first_owner(self, view: TicketView, past: PastWords) -> str:
        """Who stays responsible; before anybody was asked, who answers for it meanwhile."""
        t, ticket = self._t, view.ticket
        if ticket.first_owner_id:
            return t("first_owner", agent=past.name(ticket.first_owner_id))
        if ticket.state in DONE_STATES:
            return ""
        named = self._reader.settings.answering_for(ticket.queue)
        answering = [
            each.name for each in view.agents.values() if each.username in named and each.left_at is None
        ]
        if not answering:
            return t("first_owner_is_queue", queue=self._reader.queue(ticket.queue))
        return t("first_owner_is_duty", agents=self._reader.listed(answering))

    def _state(self, line: TicketLine) -> str:
        t, holder = self._t, line.assignee
        if line.state == TicketState.CLOSED:
            return t("state_closed")
        if line.state == TicketState.RESOLVED:
            return t("state_resolved", agent=holder) if holder else t("state_resolved_nobody")
        if holder is None:
            return t("state_new")
        key = "state_waiting" if line.state == TicketState.WAITING else "state_given"
        if line.state != TicketState.WAITING and line.taken_at is not None:
            key = "state"
        if self._is_me(line.assignee_id):
            return t(f"{key}_mine")
        return t("state_colleague" if key == "state" else key, agent=holder)

    def _colleagues(self, agents: Collection[Agent]) -> list[Option]:
        """All others who have not left, those who are there first."""
        presences = {
            each.id: presence_of(each, self._reader.settings, now=self._reader.now) for each in agents
        }
        order = list(Presence)
        return [
            Option(value=str(each.id), label=f"{each.name} · {self._t(f'presence_{presences[each.id]}')}")
            for each in sorted(agents, key=lambda each: (order.index(presences[each.id]), each.name))
            if not self._is_me(each.id) and each.left_at is None
        ]

    def _kinds(self, ticket: Ticket) -> list[Option]:
        """What it may be about; each class of incidents is a choice of its own."""
        t = self._t
        plain = [kind for kind in TicketKind if kind is not TicketKind.INCIDENT]
        return [
            Option(value=kind, label=t(f"kind_is_{kind}"), chosen=ticket.kind == kind) for kind in plain
        ] + [
            Option(
                value=f"{TicketKind.INCIDENT}-{grade}",
                label=t(f"incident_class_{grade}"),
                hint=t(f"incident_class_{grade}_hint"),
                chosen=ticket.kind == TicketKind.INCIDENT and ticket.incident == grade,
            )
            for grade in IncidentClass
        ]


def _customer_name(line: TicketLine, unnamed: str) -> str:
    # The end of an id is its random part.
    return (line.customer or "").strip() or f"{unnamed} {str(line.customer_id)[-4:]}"
