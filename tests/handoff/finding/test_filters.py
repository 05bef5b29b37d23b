"""Filters are addresses: whatever stands in one is read, or told of; and what is written is read again the same."""

from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import parse_qsl
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.asked import address
from handoff.complaints.life import Stage
from handoff.finding.actions import ActionFilter, ActionIs, read_action_filter
from handoff.finding.addresses import MAX_WORDS, MOST_VALUES, Fault
from handoff.finding.complaints import Tab, fit, read_tab
from handoff.finding.filters import (
    PARTS,
    DeadlineIs,
    Language,
    Sort,
    TicketFilter,
    Without,
    read_filter,
)
from handoff.finding.keyset import Place, read_place
from handoff.kinds import Reason, TicketKind
from handoff.life import OPEN_STATES, TicketState
from handoff.standards import Promise

NAMES = [part.name for part in PARTS.values()]
words = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=MAX_WORDS).map(
    lambda text: " ".join(text.split())
)
names = st.lists(words.filter(bool), max_size=4, unique=True).map(tuple)
days = st.dates(min_value=date(2000, 1, 1), max_value=date(2200, 12, 31))


def some(kind: type[Any]) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(st.sampled_from(kind), max_size=4, unique=True).map(tuple)


def span(first: str, last: str) -> st.SearchStrategy[dict[str, date | None]]:
    return st.one_of(
        st.tuples(st.none(), st.none()),
        st.tuples(days, st.none()),
        st.tuples(days, days).map(lambda two: (min(two), max(two))),
    ).map(lambda two: {first: two[0], last: two[1]})


people = st.lists(st.uuids(), max_size=3, unique=True).map(tuple)
filters = st.builds(
    lambda opened, resolved, **rest: TicketFilter(**opened, **resolved, **rest),
    opened=span("opened_from", "opened_to"),
    resolved=span("resolved_from", "resolved_to"),
    text=words,
    states=some(TicketState),
    kinds=some(TicketKind),
    reasons=some(Reason),
    queues=names,
    assignees=people,
    first_owners=people,
    without=some(Without),
    is_mine=st.booleans(),
    channels=names,
    languages=some(Language),
    tiers=names,
    tag=words,
    categories=names,
    stages=some(Stage),
    deadline=st.none() | st.sampled_from(DeadlineIs),
    promises=some(Promise),
    is_urgent=st.booleans(),
    is_reopened=st.booleans(),
    sort=st.sampled_from(Sort),
)


@given(filters)
def test_what_is_written_is_read_the_same(wanted: TicketFilter) -> None:
    assert read_filter(parse_qsl(wanted.query)) == (wanted, [])


@given(st.lists(st.tuples(st.sampled_from(NAMES) | st.text(max_size=12), st.text(max_size=40)), max_size=12))
def test_whatever_stands_in_an_address_is_read_or_told_of(pairs: list[tuple[str, str]]) -> None:
    wanted, mistakes = read_filter(pairs)
    assert read_filter(wanted.pairs) == (wanted, [])
    meant = [pair for pair in pairs if pair[0] in NAMES and pair[1].replace("\x00", "").strip()]
    if not wanted.pairs and not mistakes:  # nothing was said, or what goes without saying
        assert all(value in ("0", "newest") or name in ("q", "tag") for name, value in meant)


@given(st.text(max_size=200))
def test_any_text_is_an_address(query: str) -> None:
    wanted, _ = read_filter(parse_qsl(query, keep_blank_values=True))
    assert read_filter(parse_qsl(wanted.query)) == (wanted, [])
    actions, _ = read_action_filter(parse_qsl(query, keep_blank_values=True))
    assert read_action_filter(parse_qsl(actions.query)) == (actions, [])


@pytest.mark.parametrize(
    ("query", "fault", "choices"),
    [
        ("stat=new", Fault.PART, ""),
        ("state=neww", Fault.VALUE, "new"),
        ("state=neww", Fault.VALUE, "open"),
        ("opened_from=yesterday", Fault.DAY, ""),
        ("opened_from=0001-01-01", Fault.DAY, ""),
        ("resolved_from=2026-02-30", Fault.DAY, ""),
        ("assignee=lin", Fault.PERSON, ""),
        ("sort=newest&sort=oldest", Fault.TWICE, ""),
        ("tag=" + "x" * 201, Fault.LONG, ""),
        ("mine=yes", Fault.VALUE, "1"),
        ("opened_from=2026-02-02&opened_to=2026-02-01", Fault.ORDER, ""),
        ("&".join(f"queue={number}" for number in range(MOST_VALUES + 1)), Fault.MANY, ""),
    ],
)
def test_a_mistake_is_told_with_what_would_be_right(query: str, fault: Fault, choices: str) -> None:
    _, [mistake] = read_filter(parse_qsl(query))
    assert mistake.fault is fault
    assert not choices or choices in mistake.choices


def test_the_rest_of_an_address_with_a_mistake_counts() -> None:
    wanted, [mistake] = read_filter(parse_qsl("state=new&kind=nonsense&queue=vip"))
    assert (wanted.states, wanted.queues, mistake.name) == ((TicketState.NEW,), ("vip",), "kind")


def test_a_group_of_states_stands_for_each_of_them() -> None:
    wanted, _ = read_filter([("state", "open"), ("state", "new")])
    assert wanted.states == OPEN_STATES


moments = st.datetimes(min_value=datetime(1970, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


@given(st.builds(Place, part=st.integers(0, 9), at=moments, id=st.uuids()))
def test_a_place_is_read_as_it_was_written(place: Place) -> None:
    assert read_place(place.text) == place


@given(st.text(max_size=60))
def test_a_place_that_is_none_is_none(text: str) -> None:
    found = read_place(text)
    assert found is None or found.text.split(".")[2] == text.split(".")[2]


@pytest.mark.parametrize(
    "text", ["", "0.1", f"0.{'9' * 18}.{'0' * 32}", "x.1." + "0" * 32, f"0.-1.{'0' * 32}"]
)
def test_a_broken_place_is_none(text: str) -> None:
    assert read_place(text) is None


@pytest.mark.parametrize("tab", Tab)
def test_a_tab_keeps_what_else_is_asked_for(tab: Tab) -> None:
    found = fit(tab, TicketFilter(queues=("vip",), sort=Sort.OLDEST, kinds=(TicketKind.PRAISE,)))
    assert (found.queues, found.sort, found.kinds) == (("vip",), Sort.OLDEST, (TicketKind.COMPLAINT,))
    assert read_tab(str(tab)) is tab
    assert read_tab("nonsense") is Tab.RUNNING


def test_actions_are_asked_for_in_the_same_way() -> None:
    owner = uuid4()
    wanted = ActionFilter(states=(ActionIs.LATE,), owners=(owner,), due_to=date(2026, 12, 1))
    assert read_action_filter(parse_qsl(wanted.query)) == (wanted, [])
    assert address("/list", wanted.pairs) == f"/list?state=late&owner={UUID(str(owner))}&due_to=2026-12-01"
