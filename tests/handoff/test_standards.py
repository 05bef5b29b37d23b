"""Deadlines as pure values: what must hold for any ticket."""

from datetime import UTC, datetime, time, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from handoff.calendar import Window, WorkingCalendar
from handoff.facts import Facts, apply
from handoff.life import EventKind, IllegalMove
from handoff.standards import LADDERS, Basis, Promise, Standards, Term, Tier, deadlines
from handoff.tickets import NewEvent

CALENDAR = WorkingCalendar(
    zone=ZoneInfo("Asia/Shanghai"),
    days={
        day: [Window(start=time(9), end=time(12)), Window(start=time(13), end=time(18))] for day in range(5)
    },
)
NINE = datetime(2026, 11, 23, 1, tzinfo=UTC)
LIN, WEI = uuid4(), uuid4()
STANDARDS = Standards(
    value_added={Promise.RESOLUTION: Term(duration=timedelta(hours=30), basis=Basis.CALENDAR)},
    customer_tiers=("vip",),
)

acts = st.sampled_from(
    [
        (EventKind.ASSIGNED, None, {"to": str(LIN)}),
        (EventKind.TAKEN, LIN, {}),
        (EventKind.CUSTOMER_WROTE, None, {}),
        (EventKind.REPLIED, LIN, {}),
        (EventKind.WAITS, LIN, {}),
        (EventKind.OFFERED, LIN, {"to": str(WEI)}),
        (EventKind.ACCEPTED, WEI, {}),
        (EventKind.HANDED_BACK, WEI, {"to": str(LIN)}),
        (EventKind.RETURNED, None, {"left": str(LIN), "why": "gone"}),
        (EventKind.RAISED, None, {}),
        (EventKind.RETIERED, None, {"tier": "vip"}),
        (EventKind.REPORTED, LIN, {}),
        (EventKind.RESOLVED, LIN, {}),
        (EventKind.CLOSED, None, {}),
        (EventKind.REOPENED, LIN, {}),
    ]
)
stories = st.lists(st.tuples(acts, st.integers(min_value=0, max_value=600)), max_size=25)


def told(story: list[tuple[tuple[EventKind, object, dict[str, str]], int]]) -> list[Facts]:
    """A ticket after each of the acts that were legal, minutes apart."""
    at = NINE
    opened = {"reason": "wants_human", "queue": "service", "ticket_kind": "enquiry"}
    facts = [apply(None, NewEvent(kind=EventKind.OPENED, at=at, data=opened))]
    for (kind, agent_id, data), minutes in story:
        at += timedelta(minutes=minutes)
        try:
            facts.append(apply(facts[-1], NewEvent(kind=kind, at=at, agent_id=agent_id, data=data)))  # type: ignore[arg-type]
        except IllegalMove:
            continue
    return facts


@given(stories)
def test_until_it_is_closed_a_ticket_has_a_deadline_and_nothing_is_promised_after(
    story: list[tuple[tuple[EventKind, object, dict[str, str]], int]],
) -> None:
    for facts in told(story):
        found = deadlines(facts, STANDARDS, CALENDAR)
        assert len({each.promise for each in found}) == len(found)
        if facts.state == "closed":
            assert found == []
        else:
            assert any(each.at is not None for each in found)


@given(stories)
def test_the_first_owner_never_changes(
    story: list[tuple[tuple[EventKind, object, dict[str, str]], int]],
) -> None:
    owners = [facts.first_owner_id for facts in told(story) if facts.first_owner_id is not None]
    assert len(set(owners)) <= 1


@given(stories)
def test_steps_follow_one_another_and_the_strictest_term_is_the_one_that_counts(
    story: list[tuple[tuple[EventKind, object, dict[str, str]], int]],
) -> None:
    for facts in told(story):
        for due in deadlines(facts, STANDARDS, CALENDAR):
            moments = [at for at, _ in due.steps]
            assert moments == sorted(moments)
            if due.at is None:
                assert not due.steps and facts.state == "waiting"
                continue
            assert len(due.steps) == len(LADDERS[due.promise])
            alone = [
                each.at
                for tier, terms in STANDARDS.applying(facts)
                if due.promise in terms
                for each in deadlines(
                    facts, Standards(basic={due.promise: terms[due.promise]}, emergency={}), CALENDAR
                )
            ]
            assert due.at == min(at for at in alone if at is not None)
            assert due.tier in {tier for tier, _ in STANDARDS.applying(facts)} <= set(Tier)


def test_a_deadline_in_working_time_skips_lunch_nights_and_weekends() -> None:
    friday = datetime(2026, 11, 27, 9, 55, tzinfo=UTC)  # 17:55
    opened = {"reason": "wants_human", "queue": "service", "ticket_kind": "enquiry"}
    facts = apply(None, NewEvent(kind=EventKind.OPENED, at=friday, data=opened))
    take = next(each for each in deadlines(facts, Standards(), CALENDAR) if each.promise is Promise.TAKE)
    assert take.at == datetime(2026, 11, 30, 1, 5, tzinfo=UTC)  # Monday 09:05


def test_where_nobody_is_ever_there_all_time_counts() -> None:
    opened = {"reason": "wants_human", "queue": "service", "ticket_kind": "enquiry"}
    facts = apply(None, NewEvent(kind=EventKind.OPENED, at=NINE, data=opened))
    never = WorkingCalendar(zone=ZoneInfo("Asia/Shanghai"), days={})
    take = next(each for each in deadlines(facts, Standards(), never) if each.promise is Promise.TAKE)
    assert take.at == NINE + timedelta(minutes=10)
