"""The life of a ticket: one table says what may happen when, and the log of events alone rebuilds a ticket."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from core.errors import NotAllowed
from handoff.history import Party, replay, spent
from handoff.kinds import Priority
from handoff.life import MOVES, EventKind, IllegalMove, TicketState, move
from handoff.tickets import TicketEvent

NINE = datetime(2026, 11, 23, 9, tzinfo=UTC)
LIN = uuid4()


def happened(*story: tuple[int, EventKind]) -> list[TicketEvent]:
    """Events at so many minutes after nine."""
    return [
        TicketEvent(
            kind=kind,
            at=NINE + timedelta(minutes=minutes),
            agent_id=LIN,
            data={"reason": "complaint", "ticket_kind": "complaint", "queue": "care"}
            if kind is EventKind.OPENED
            else {},
        )
        for minutes, kind in story
    ]


def test_whatever_may_happen_to_a_ticket_has_its_moves() -> None:
    assert set(MOVES) == set(EventKind)
    reached = {after for moves in MOVES.values() for after in moves.values()}
    assert reached == set(TicketState)


def test_what_must_not_happen_is_refused_by_name() -> None:
    with pytest.raises(
        IllegalMove, match="a ticket that is new cannot be “resolved”, only: assigned, taken, moved"
    ) as caught:
        move(TicketState.NEW, EventKind.RESOLVED)
    assert isinstance(caught.value, NotAllowed)
    assert (caught.value.state, caught.value.kind) == (TicketState.NEW, EventKind.RESOLVED)
    with pytest.raises(IllegalMove):
        replay(happened((0, EventKind.TAKEN)))


def test_a_closed_ticket_takes_notes_and_ratings_and_can_be_reopened_and_its_corrective_actions_go_on() -> (
    None
):
    allowed = {kind for kind in EventKind if TicketState.CLOSED in MOVES[kind]}
    goes_on = {kind for kind in EventKind if kind.startswith("action_")} - {EventKind.ACTION_SET}
    assert allowed == {EventKind.NOTED, EventKind.REOPENED, EventKind.SURVEYED, *goes_on}


def test_whose_turn_it_was_is_told_apart() -> None:
    events = happened(
        (0, EventKind.OPENED),
        (5, EventKind.TAKEN),
        (7, EventKind.REPLIED),
        (10, EventKind.WAITS),
        (12, EventKind.NOTED),
        (70, EventKind.CUSTOMER_WROTE),
        (75, EventKind.RESOLVED),
        (80, EventKind.NOTED),
    )
    events[0].data["asked_at"] = (NINE - timedelta(minutes=3)).isoformat()
    times = spent(events, now=NINE + timedelta(days=1))
    assert times == {
        Party.BOT: timedelta(minutes=3),
        Party.QUEUE: timedelta(minutes=5),
        Party.AGENT: timedelta(minutes=10),
        Party.CUSTOMER: timedelta(minutes=60),
    }
    assert spent(events[:4], now=NINE + timedelta(minutes=30))[Party.CUSTOMER] == timedelta(minutes=20)


def test_the_log_alone_rebuilds_a_ticket() -> None:
    events = happened(
        (0, EventKind.OPENED), (1, EventKind.RAISED), (5, EventKind.TAKEN), (9, EventKind.RESOLVED)
    )
    facts = replay(events)
    assert (facts.state, facts.priority, facts.assignee_id) == (TicketState.RESOLVED, Priority.URGENT, LIN)
    assert (facts.opened_at, facts.taken_at, facts.resolved_at) == (events[0].at, events[2].at, events[3].at)
