"""Corrective actions: what is done so that it does not happen again, by whom and until when. Pure.

open ─done→ done ─verified→ verified
  ↑           │ failed
  └───────────┘

Before its date the owner is reminded, after it the supervisor is alerted, then the manager; and so is who should verify.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from uuid import UUID
from zoneinfo import ZoneInfo

from handoff.facts import Event
from handoff.life import EventKind
from handoff.refusals import Objection, Refused

REMIND_BEFORE = timedelta(days=1)
VERIFY_WITHIN = timedelta(days=3)


class ActionState(StrEnum):
    """How far an action is."""

    OPEN = "open"
    DONE = "done"  # its owner says so; somebody else verifies it
    VERIFIED = "verified"


ACTION_MOVES: Mapping[EventKind, Mapping[ActionState | None, ActionState]] = {
    EventKind.ACTION_SET: {None: ActionState.OPEN},
    EventKind.ACTION_DONE: {ActionState.OPEN: ActionState.DONE},
    EventKind.ACTION_VERIFIED: {ActionState.DONE: ActionState.VERIFIED},
    EventKind.ACTION_FAILED: {ActionState.DONE: ActionState.OPEN},
    EventKind.ACTION_REMINDED: {ActionState.OPEN: ActionState.OPEN},
    EventKind.ACTION_BREACHED: {each: each for each in (ActionState.OPEN, ActionState.DONE)},
    EventKind.ACTION_ESCALATED: {each: each for each in (ActionState.OPEN, ActionState.DONE)},
}


class IllegalActionMove(Refused):
    """This cannot happen to a corrective action in this state."""

    def __init__(self, state: ActionState | None, kind: EventKind) -> None:
        allowed = ", ".join(each for each, moves in ACTION_MOVES.items() if state in moves) or "nothing more"
        super().__init__(Objection.ACTION_STATE, state=state or "not there", kind=kind, allowed=allowed)
        self.state = state
        self.kind = kind


@dataclass(frozen=True, kw_only=True)
class ActionFacts:
    """A corrective action's present."""

    state: ActionState
    text: str  # empty once the customer who complained was erased
    owner_id: UUID
    due_at: datetime
    set_by_id: UUID | None
    since: datetime  # when it was set, or is open again
    failures: int = 0
    done_by_id: UUID | None = None
    done_at: datetime | None = None
    verifier_id: UUID | None = None
    verified_at: datetime | None = None


def apply_action(facts: ActionFacts | None, event: Event) -> ActionFacts:
    """The action after an event; None is before it is set. Raises `IllegalActionMove`."""
    kind, at, data = EventKind(event.kind), event.at, event.data
    state = ACTION_MOVES[kind].get(facts.state if facts else None)
    if state is None:
        raise IllegalActionMove(facts.state if facts else None, kind)
    if facts is None:
        return ActionFacts(
            state=state,
            text=data.get("text", ""),
            owner_id=UUID(data["owner"]),
            due_at=datetime.fromisoformat(data["due"]),
            set_by_id=event.agent_id,
            since=at,
        )
    facts = replace(facts, state=state)
    match kind:
        case EventKind.ACTION_DONE:
            return replace(facts, done_by_id=event.agent_id, done_at=at)
        case EventKind.ACTION_VERIFIED:
            return replace(facts, verifier_id=event.agent_id, verified_at=at)
        case EventKind.ACTION_FAILED:
            due = datetime.fromisoformat(data["due"])
            again = replace(facts, failures=facts.failures + 1, since=at, due_at=due)
            return replace(again, done_by_id=None, done_at=None)
        case _:
            return facts


def action_steps(
    facts: ActionFacts, *, remind_before: timedelta, verify_within: timedelta
) -> Sequence[tuple[datetime, EventKind]]:
    """What follows when, in order, unless the action moves."""
    if facts.state is ActionState.OPEN:
        reminded = facts.due_at - remind_before
        late = [
            (facts.due_at, EventKind.ACTION_BREACHED),
            (facts.due_at + remind_before, EventKind.ACTION_ESCALATED),
        ]
        return [(reminded, EventKind.ACTION_REMINDED), *late] if reminded > facts.since else late
    if facts.state is ActionState.DONE and facts.done_at is not None:
        return [
            (facts.done_at + verify_within, EventKind.ACTION_BREACHED),
            (facts.done_at + 2 * verify_within, EventKind.ACTION_ESCALATED),
        ]
    return []


def end_of(day: date, zone: ZoneInfo) -> datetime:
    """When a day is over: what is due on it is late from then on."""
    return datetime.combine(day + timedelta(days=1), time.min, zone)
