"""The procedure of complaints and of corrective actions: one table each says what may follow what."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import NotAllowed
from handoff.calendar import WorkingCalendar
from handoff.complaints.action_life import (
    ACTION_MOVES,
    ActionFacts,
    ActionState,
    IllegalActionMove,
    action_steps,
    apply_action,
    end_of,
)
from handoff.complaints.facts import ComplaintFacts, follow, replay_complaints
from handoff.complaints.life import STEPS, IllegalStep, Stage, advance
from handoff.facts import Facts, apply
from handoff.life import DONE_STATES, OPEN_STATES, EventKind
from handoff.standards import Promise, Standards, deadlines
from handoff.tickets import NewEvent

NINE = datetime(2026, 11, 23, 1, tzinfo=UTC)
CALENDAR = WorkingCalendar(zone=ZoneInfo("Asia/Shanghai"), days={})
LIN, WEI = (UUID(int=number) for number in (1, 2))
OPENED = NewEvent(
    kind=EventKind.OPENED, at=NINE, data={"reason": "complaint", "ticket_kind": "complaint", "queue": "care"}
)
# What each kind of event carries; those left out carry nothing.
DATA: dict[EventKind, dict[str, Any]] = {
    EventKind.COMPLAINED_OF: {"to": str(WEI)},
    EventKind.INVESTIGATES: {"to": str(LIN)},
    EventKind.PROPOSED: {"message_id": str(UUID(int=3)), "text": "补发"},
    EventKind.WAIVED: {"why": "withdrawn"},
    EventKind.FOUND_CAUSE: {"cause": "process", "text": "没复核"},
    EventKind.VISIT_TRIED: {"outcome": "not_reached"},
    EventKind.VISITED: {"outcome": "satisfied"},
    EventKind.SORTED: {"ticket_kind": "enquiry"},
    EventKind.ASSIGNED: {"to": str(LIN), "why": "only_one"},
}
ACTS = [
    *(kind for kind in STEPS if kind is not EventKind.ACTION_SET),
    *(EventKind.TAKEN, EventKind.RETURNED, EventKind.ASSIGNED, EventKind.REPLIED, EventKind.CUSTOMER_WROTE),
    *(EventKind.SORTED, EventKind.RESOLVED, EventKind.REOPENED),
]


def event(kind: EventKind, minutes: int = 0, **data: Any) -> NewEvent:
    at = NINE + timedelta(minutes=minutes)
    return NewEvent(kind=kind, at=at, agent_id=LIN, data={**DATA.get(kind, {}), **data})


def test_every_stage_is_reached_and_left_but_the_last() -> None:
    reached = {after for steps in STEPS.values() for after in steps.values()} - {None}
    assert reached | {Stage.ACCEPTED} == set(Stage)
    left = {stage for steps in STEPS.values() for stage, after in steps.items() if after != stage}
    assert left == set(Stage) - {Stage.CLOSED}


def test_what_is_out_of_turn_is_refused_by_name() -> None:
    told = r"a complaint that is accepted cannot be “visited”, only: complained_of, investigates, waived"
    with pytest.raises(IllegalStep, match=told) as caught:
        advance(Stage.ACCEPTED, EventKind.VISITED, is_complaint=True, is_taken=True)
    assert isinstance(caught.value, NotAllowed)
    with pytest.raises(IllegalStep, match="no complaint"):
        advance(None, EventKind.PROPOSED, is_complaint=False, is_taken=True)


@given(st.lists(st.sampled_from(ACTS), max_size=40))
def test_whatever_agents_try_stages_and_clocks_hold_and_the_log_rebuilds_them(tried: list[EventKind]) -> None:
    facts = apply(None, OPENED)
    story: list[NewEvent] = [OPENED]
    complaint: ComplaintFacts | None = None
    for minutes, kind in enumerate(tried, start=1):
        happens = event(kind, minutes)
        before = facts
        try:
            facts = apply(before, happens)
        except NotAllowed:
            continue
        complaint = follow(complaint, before, facts, happens)
        story.append(happens)
        _check(before, facts, kind)
    assert replay_complaints(story)[-1:] == ([complaint] if complaint else [])


def _check(before: Facts, facts: Facts, kind: EventKind) -> None:
    if facts.stage is Stage.FOLLOWED_UP and before.stage is not Stage.FOLLOWED_UP:
        assert kind is EventKind.VISITED and facts.visited_at is not None
    if facts.state in DONE_STATES and facts.stage is not None:
        assert facts.stage in (Stage.FED_BACK, Stage.FOLLOWED_UP, Stage.CLOSED)
    running = {due.promise for due in deadlines(facts, Standards(), CALENDAR)}
    owes = facts.stage in (Stage.ACCEPTED, Stage.INVESTIGATING)
    assert (Promise.PROPOSAL in running) == (owes and facts.state in OPEN_STATES)
    assert not {Promise.VISIT, Promise.CONFIRM} <= running
    if facts.stage is Stage.FED_BACK and facts.state in DONE_STATES:
        assert Promise.VISIT in running


def test_the_visit_is_due_a_day_after_its_time_has_come() -> None:
    facts = apply(None, OPENED)
    for kind in (EventKind.TAKEN, EventKind.WAIVED, EventKind.RESOLVED):
        facts = apply(facts, event(kind))
    (due,) = deadlines(facts, Standards(), CALENDAR)
    assert (due.promise, due.at) == (Promise.VISIT, NINE + timedelta(days=4))
    assert [at - NINE for at, _ in due.steps] == [timedelta(days=days) for days in (3, 4, 4.5)]


def test_a_new_proposal_gives_the_customer_the_whole_time_again() -> None:
    facts = apply(None, OPENED)
    for minutes, kind in enumerate((EventKind.TAKEN, EventKind.INVESTIGATES, EventKind.PROPOSED)):
        facts = apply(facts, event(kind, minutes))
    facts = apply(facts, event(EventKind.PROPOSED, 60))
    due = {each.promise: each.since for each in deadlines(facts, Standards(), CALENDAR)}
    assert due[Promise.ANSWER] == NINE + timedelta(minutes=60)
    assert facts.pauses[0][1] == facts.pauses[1][0]  # and no time is lost in between


# --- Corrective actions -------------------------------------------------------------------------------------


def test_what_cannot_happen_to_an_action_is_refused_by_name() -> None:
    with pytest.raises(IllegalActionMove, match="not there cannot be “action_done”, only: action_set"):
        apply_action(None, event(EventKind.ACTION_DONE))


@given(st.lists(st.sampled_from(list(ACTION_MOVES)), max_size=20))
def test_an_action_always_has_a_next_step_until_it_is_verified_or_long_overdue(
    tried: list[EventKind],
) -> None:
    due = (NINE + timedelta(days=5)).isoformat()
    facts: ActionFacts | None = None
    for minutes, kind in enumerate(tried):
        try:
            facts = apply_action(facts, event(kind, minutes, owner=str(WEI), due=due, action=str(uuid4())))
        except NotAllowed:
            continue
        steps = action_steps(facts, remind_before=timedelta(days=1), verify_within=timedelta(days=3))
        assert bool(steps) == (facts.state is not ActionState.VERIFIED)
        assert [at for at, _ in steps] == sorted(at for at, _ in steps)


def test_who_has_less_than_the_time_of_the_reminder_is_not_reminded_at_once() -> None:
    facts = apply_action(
        None, event(EventKind.ACTION_SET, owner=str(WEI), due=(NINE + timedelta(hours=5)).isoformat())
    )
    steps = action_steps(facts, remind_before=timedelta(days=1), verify_within=timedelta(days=3))
    assert [kind for _, kind in steps] == [EventKind.ACTION_BREACHED, EventKind.ACTION_ESCALATED]


def test_what_is_due_on_a_day_is_late_when_the_day_is_over_there() -> None:
    assert end_of(date(2026, 11, 23), ZoneInfo("Asia/Shanghai")) == datetime(2026, 11, 23, 16, tzinfo=UTC)
