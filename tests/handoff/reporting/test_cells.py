"""Cells, durations, sessions: what is counted, as values."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from core.messages import Author
from handoff.reporting.cells import (
    Cell,
    Figure,
    Tally,
    Value,
    difference,
    duration_class,
    key_of,
    parts_of,
    percentile,
    total,
)
from handoff.reporting.figures import Period, last_of
from handoff.reporting.sessions import (
    COMES_BACK,
    GAP,
    Outcome,
    Said,
    find_returned,
    split,
    tally_conversation,
    tally_messages,
)

ZONE = ZoneInfo("Asia/Shanghai")
T0 = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)


def said(
    seq: int, minutes: float, author: Author = Author.CUSTOMER, decision: str = "", **more: object
) -> Said:
    facts = {"decision": decision} if decision else {}
    entry = more.pop("entry", None)
    return Said(
        seq=seq,
        at=T0 + timedelta(minutes=minutes),
        author=author,
        entry=str(entry) if entry else None,
        facts={**facts, **more},
    )


@given(st.integers(0, 60))
def test_a_duration_up_to_an_hour_keeps_its_minute(length: int) -> None:
    assert duration_class(length) == length


@given(st.integers(61, 200_000))
def test_a_longer_duration_is_told_within_five_percent(length: int) -> None:
    found = duration_class(length)
    assert found <= length < found * 1.05 + 1
    assert duration_class(found) == found


@given(st.lists(st.integers(0, 59), min_size=1), st.sampled_from([0.5, 0.9]))
def test_a_percentile_is_the_nearest_rank(lengths: list[int], share: float) -> None:
    found = percentile(Counter(lengths), share)
    ranked = sorted(lengths)
    assert found == ranked[max(-int(-(share * len(ranked)) // 1), 1) - 1]


@given(st.dates(date(2020, 1, 1), date(2030, 1, 1)), st.integers(0, 400))
def test_a_period_is_its_whole_months_and_what_is_left(start: date, days: int) -> None:
    period = Period(start=start, end=start + timedelta(days=days))
    months, ends = period.pieces()
    spans = [*ends, *(Period(start=month, end=last_of(month)) for month in months)]
    found = sorted(each.start + timedelta(days=place) for each in spans for place in range(each.days))
    assert found == [start + timedelta(days=place) for place in range(period.days)]


@given(st.dates(date(2020, 1, 1), date(2030, 1, 1)), st.integers(0, 400))
def test_a_period_is_made_of_months_and_days_that_are_added_or_taken(start: date, days: int) -> None:
    period = Period(start=start, end=start + timedelta(days=days))
    pieces = period.made_of()
    months = [Period(start=month, end=last_of(month)) for month in pieces.months]
    found = Counter(each.start + timedelta(days=place) for each in months for place in range(each.days))
    found.update(each.start + timedelta(days=place) for each in pieces.added for place in range(each.days))
    found.subtract(each.start + timedelta(days=place) for each in pieces.taken for place in range(each.days))
    assert +found == Counter(start + timedelta(days=place) for place in range(period.days))
    assert min(found.values()) == 0 or not pieces.taken
    assert all(last_of(one) + timedelta(days=1) == next_ for one, next_ in pairwise(pieces.months))
    assert sum(each.days for each in (*pieces.added, *pieces.taken)) <= 2 * 15


def test_nothing_has_no_percentile() -> None:
    assert percentile({}, 0.5) is None


def test_a_day_is_one_of_the_shops_time_zone() -> None:
    tally = Tally(ZONE)
    tally.add(Figure.TAKEN, datetime(2026, 11, 22, 16, 0, tzinfo=UTC), "a")
    assert list(tally) == [Cell(date(2026, 11, 23), "taken", "a")]


def test_a_keys_parts_come_back_whatever_is_in_them() -> None:
    assert parts_of(key_of("a", None, "b|c")) == ["a", "", "b/c"]


_cells = st.dictionaries(
    st.builds(Cell, st.just(date(2026, 11, 23)), st.sampled_from("ab"), st.sampled_from("xy")),
    st.builds(Value, st.integers(1, 5), st.integers(0, 9)),
)


@given(_cells, _cells)
def test_before_and_the_difference_make_after(before: dict[Cell, Value], after: dict[Cell, Value]) -> None:
    assert total([before, difference(before, after)]) == after


def test_a_session_ends_with_an_hour_of_silence() -> None:
    found = split(
        [
            said(1, 0, decision="answer"),
            said(2, 0, Author.BOT, entry="fee"),
            said(3, 60, decision="answer"),
            said(4, 120.1, decision="clarify"),
        ]
    )
    assert [(each.first_seq, len(each.messages), each.outcome) for each in found] == [
        (1, 3, Outcome.BOT),
        (4, 1, Outcome.UNANSWERED),
    ]


def test_a_session_with_a_handover_or_an_agent_is_one_of_people() -> None:
    for messages in (
        [said(1, 0, decision="answer"), said(2, 1, decision="handoff")],
        [said(1, 0, decision="relay")],
        [said(1, 0), said(2, 1, Author.AGENT)],
    ):
        assert split(messages)[0].outcome is Outcome.PEOPLE


def test_a_press_on_a_survey_makes_no_conversation() -> None:
    [found] = split([said(1, 0, Author.SYSTEM), said(2, 5, decision="desk")])
    assert found.asked_at is None
    assert not tally_conversation(
        found.asked_at, channel="api", language="zh", outcome=found.outcome, came_back=False, zone=ZONE
    )
    messages = tally_messages(found, channel="api", zone=ZONE)
    assert sum(value.times for cell, value in messages.items() if cell.figure == "messages") == 2


def test_what_was_handed_over_has_the_topic_that_was_answered_last() -> None:
    [found] = split(
        [
            said(1, 0, decision="answer"),
            said(2, 0, Author.BOT, entry="fee"),
            said(3, 1, decision="handoff"),
            said(4, 1, Author.BOT),
        ]
    )
    topics = [cell.key for cell in tally_messages(found, channel="api", zone=ZONE) if cell.figure == "topics"]
    assert topics == ["fee"]


def test_an_entry_that_needs_people_is_the_topic_itself() -> None:
    [found] = split([said(1, 0, decision="handoff"), said(2, 0, Author.BOT, entry="repair")])
    topics = [cell.key for cell in tally_messages(found, channel="api", zone=ZONE) if cell.figure == "topics"]
    assert topics == ["repair"]


def test_who_writes_again_within_three_days_has_come_back() -> None:
    end = T0 + GAP
    back = [end + COMES_BACK, end + COMES_BACK + timedelta(seconds=1)]
    assert find_returned([(T0, end), (back[0], back[0])]) == [True, False]
    assert find_returned([(T0, end), (back[1], back[1])]) == [False, False]


def test_who_writes_on_another_channel_meanwhile_has_come_back_too() -> None:
    later = T0 + timedelta(minutes=5)
    assert find_returned([(T0, T0 + GAP), (later, later)]) == [True, False]


def test_two_sessions_of_the_same_moment_are_no_return() -> None:
    assert find_returned([(T0, T0), (T0, T0)]) == [False, False]
