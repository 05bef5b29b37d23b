"""What is true of a ticket now, and how each event changes it. Pure.

`handoff.tickets.record` keeps the ticket's row by it, and `handoff.history.replay` rebuilds it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from handoff.complaints.life import Stage, advance
from handoff.kinds import IncidentClass, Priority, TicketKind
from handoff.life import HELD_STATES, EventKind, TicketState, move
from handoff.topics import topic_of


class Event(Protocol):
    """Something that happened; `data` holds JSON, so that what was stored says the same as what is being stored."""

    @property
    def kind(self) -> str: ...

    @property
    def at(self) -> datetime: ...

    @property
    def agent_id(self) -> UUID | None: ...

    @property
    def data(self) -> Mapping[str, Any]: ...


@dataclass(frozen=True, kw_only=True)
class Facts:
    """A ticket's present. An episode begins when it is opened or reopened; what is told of one begins anew with the next."""

    state: TicketState
    kind: TicketKind
    priority: Priority
    incident: int | None  # its class
    queue: str
    tier: str | None  # of the customer
    opened_at: datetime
    said_at: datetime  # the last word of the customer or an agent
    topic: str | None = None  # the entry that the customer's last message with one is nearest to
    # Who
    first_owner_id: UUID | None = (
        None  # never changes; None while nobody was asked, in a queue without an owner
    )
    assignee_id: UUID | None = None
    sender_id: UUID | None = None  # who transferred it to the assignee
    offered_at: datetime | None = None
    offered_to_id: UUID | None = None  # a transfer that is not accepted yet: to an agent, or …
    offered_queue: str | None = None  # … to whoever of a queue accepts
    hand_backs: int = 0  # of this episode
    # When, in this episode
    episode: int  # 1 for the first
    episode_at: datetime
    queued_at: datetime  # since when nobody has taken it, or had not
    assigned_at: datetime | None = None  # a rule gave it to the assignee, who has not taken it yet
    taken_at: datetime | None = None
    first_replied_at: datetime | None = None
    replied_at: datetime | None = None
    unanswered_at: datetime | None  # when the customer wrote first since the last reply
    pauses: tuple[tuple[str, str | None], ...] = ()  # when it was the customer's turn, as ISO times
    raised_at: datetime | None = None  # became urgent
    reported_at: datetime | None = None
    resolved_at: datetime | None = None
    closed_at: datetime | None = None
    category: str | None = None  # of what was resolved: one of the shop's own
    # A complaint's procedure, in this episode
    stage: Stage | None = None  # None: it is none, or was not taken yet
    proposal_owed_at: datetime | None = None  # since when the customer waits for a proposal
    visited_at: datetime | None = None


def apply(facts: Facts | None, event: Event) -> Facts:
    """The facts after an event; None is before a ticket is opened. Raises `IllegalMove`, `IllegalStep`."""
    after = _apply(facts, event)
    stage = advance(
        facts.stage if facts else None,
        EventKind(event.kind),
        is_complaint=after.kind is TicketKind.COMPLAINT,
        is_taken=after.state in HELD_STATES and after.taken_at is not None,
    )
    owes = stage in (Stage.ACCEPTED, Stage.INVESTIGATING)
    return replace(
        after, stage=stage, proposal_owed_at=(after.proposal_owed_at or event.at) if owes else None
    )


def _apply(facts: Facts | None, event: Event) -> Facts:
    kind, at, data = EventKind(event.kind), event.at, event.data
    state = move(facts.state if facts else None, kind)
    if facts is None:
        return _opened(state, at, data)
    facts = replace(_end_pause(facts, state, at), state=state)
    match kind:
        case EventKind.ASSIGNED:
            return _given(facts, UUID(data["to"]), at)
        case EventKind.TAKEN:
            return _taken(replace(facts, assignee_id=event.agent_id), event.agent_id, at)
        case EventKind.RETURNED:
            back = facts.hand_backs + (event.agent_id is not None)
            queued_at = at if facts.taken_at else facts.queued_at  # who has not been served waits on
            left = replace(_no_offer(facts), assignee_id=None, sender_id=None, hand_backs=back)
            return replace(left, assigned_at=None, taken_at=None, queued_at=queued_at)
        case EventKind.MOVED:
            return replace(facts, queue=data["queue"])
        case EventKind.OFFERED:
            to = UUID(data["to"]) if data.get("to") else None
            return replace(facts, offered_at=at, offered_to_id=to, offered_queue=data.get("queue"))
        case EventKind.ACCEPTED:
            given = replace(facts, queue=facts.offered_queue or facts.queue, sender_id=facts.assignee_id)
            return _taken(_no_offer(replace(given, assignee_id=event.agent_id)), event.agent_id, at)
        case EventKind.DECLINED:
            return replace(_no_offer(facts), hand_backs=facts.hand_backs + 1)
        case EventKind.LAPSED:
            return _no_offer(facts)
        case EventKind.HANDED_BACK:
            back = facts.hand_backs + 1
            given = _given(facts, UUID(data["to"]), at)
            return replace(given, hand_backs=back, assigned_at=None, taken_at=facts.taken_at)
        case EventKind.CUSTOMER_WROTE:
            wrote = replace(facts, said_at=at, unanswered_at=facts.unanswered_at or at)
            return replace(wrote, topic=topic_of(data) or facts.topic)
        case EventKind.REPLIED:
            replied = replace(facts, said_at=at, replied_at=at, unanswered_at=None)
            return _taken(replace(replied, first_replied_at=facts.first_replied_at or at), event.agent_id, at)
        case EventKind.WAITS:
            return _taken(_begin_pause(facts, at), event.agent_id, at)
        case EventKind.PROPOSED:
            replied = replace(facts, said_at=at, replied_at=at, unanswered_at=None)
            return _begin_pause(replace(replied, first_replied_at=facts.first_replied_at or at), at)
        case EventKind.VISITED:
            return replace(facts, visited_at=at)
        case EventKind.SORTED:
            incident = data.get("incident")
            priority = Priority.URGENT if incident == IncidentClass.GRAVE else facts.priority
            sorted_ = replace(
                facts, kind=TicketKind(data["ticket_kind"]), incident=incident, priority=priority
            )
            return replace(sorted_, raised_at=_raised_at(facts, sorted_, at))
        case EventKind.RAISED:
            # A complaint stays one: its procedure goes on.
            kind_now = facts.kind if facts.kind is TicketKind.COMPLAINT else TicketKind.INCIDENT
            grave = IncidentClass.GRAVE
            raised = replace(facts, priority=Priority.URGENT, kind=kind_now, incident=grave)
            return replace(raised, raised_at=_raised_at(facts, raised, at))
        case EventKind.REPORTED:
            return replace(facts, reported_at=facts.reported_at or at)
        case EventKind.RETIERED:
            return replace(facts, tier=data.get("tier"))
        case EventKind.RESOLVED:
            return replace(_no_offer(facts), resolved_at=at, category=data.get("category"))
        case EventKind.CLOSED:
            return replace(facts, closed_at=at)
        case EventKind.REOPENED:
            return _reopened(facts, at)
        case _:
            return facts


def _opened(state: TicketState, at: datetime, data: Mapping[str, Any]) -> Facts:
    incident, owner = data.get("incident"), data.get("first_owner")
    urgent = incident == IncidentClass.GRAVE
    return Facts(
        state=state,
        kind=TicketKind(data["ticket_kind"]),
        priority=Priority.URGENT if urgent else Priority.NORMAL,
        incident=incident,
        queue=data["queue"],
        tier=data.get("tier"),
        opened_at=at,
        said_at=at,
        topic=topic_of(data),
        first_owner_id=UUID(owner) if owner else None,
        episode=1,
        episode_at=at,
        queued_at=at,
        unanswered_at=at,
        raised_at=at if urgent else None,
    )


def _reopened(facts: Facts, at: datetime) -> Facts:
    """A new episode: all its clocks start anew, and who was responsible stays so."""
    return Facts(
        state=facts.state,
        kind=facts.kind,
        priority=facts.priority,
        incident=facts.incident,
        queue=facts.queue,
        tier=facts.tier,
        opened_at=facts.opened_at,
        said_at=facts.said_at,
        topic=facts.topic,
        first_owner_id=facts.first_owner_id,
        episode=facts.episode + 1,
        episode_at=at,
        queued_at=at,
        unanswered_at=at,
        raised_at=at if facts.incident == IncidentClass.GRAVE else None,
        stage=facts.stage,
        proposal_owed_at=facts.proposal_owed_at,
    )


def _begin_pause(facts: Facts, at: datetime) -> Facts:
    """It is the customer's turn from now on, though it may have been before."""
    ended = [(since, until or at.isoformat()) for since, until in facts.pauses]
    return replace(facts, pauses=(*ended, (at.isoformat(), None)))


def _end_pause(facts: Facts, after: TicketState, at: datetime) -> Facts:
    if facts.state is not TicketState.WAITING or after is TicketState.WAITING:
        return facts
    *before, (since, _) = facts.pauses
    return replace(facts, pauses=(*before, (since, at.isoformat())))


def _given(facts: Facts, agent_id: UUID, at: datetime) -> Facts:
    """To an agent who has not taken it yet."""
    queued_at = at if facts.taken_at else facts.queued_at
    given = replace(_no_offer(facts), assignee_id=agent_id, sender_id=None, assigned_at=at)
    owner = facts.first_owner_id or agent_id
    return replace(given, first_owner_id=owner, taken_at=None, queued_at=queued_at)


def _taken(facts: Facts, agent_id: UUID | None, at: datetime) -> Facts:
    owner = facts.first_owner_id or agent_id
    return replace(facts, assigned_at=None, taken_at=facts.taken_at or at, first_owner_id=owner)


def _no_offer(facts: Facts) -> Facts:
    return replace(facts, offered_at=None, offered_to_id=None, offered_queue=None)


def _raised_at(before: Facts, after: Facts, at: datetime) -> datetime | None:
    """When it became a grave incident, and not when it is said again."""
    if after.incident != IncidentClass.GRAVE:
        return None
    return before.raised_at or at
