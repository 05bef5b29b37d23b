"""Ticket numbers, as people say and type them."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handoff.numbers import format_number, parse_number


@given(st.integers(1, 99_999_999), st.dates(date(2020, 1, 1), date(2099, 1, 1)))
def test_a_number_is_read_as_it_was_written(number: int, day: date) -> None:
    assert parse_number(format_number(number, day)) == format_number(number, day)


@pytest.mark.parametrize(
    "typed",
    [
        "SW-2611-0042",
        "sw-2611-42",
        " sw 2611 42 ",
        "SW2611-0042",
        "2611-0042",
        "ＳＷ－２６１１－００４２",
        "#2611 42",
    ],
)
def test_people_leave_out_what_they_like(typed: str) -> None:
    assert parse_number(typed) == "SW-2611-0042"


@pytest.mark.parametrize(
    "typed", ["", "42", "2611", "我的工单", "SW-2611-", "QH-2611-0042", "13812345678", "26110042"]
)
def test_other_texts_are_no_numbers(typed: str) -> None:
    assert parse_number(typed) is None
