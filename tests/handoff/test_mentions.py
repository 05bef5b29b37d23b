"""Whom a note mentions."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.ids import new_id
from handoff.agents import Agent
from handoff.mentions import find_mentioned

NAMES = {"lin": "小林", "lin2": "小林子", "wei": "Wei Chen", "ann-lee": "Ann"}
PEOPLE = [
    Agent(id=new_id(), username=username, name=name, created_at=datetime(2026, 11, 26, tzinfo=UTC))
    for username, name in NAMES.items()
]


@pytest.mark.parametrize(
    ("text", "mentioned"),
    [
        ("@lin 帮忙看一下", ["lin"]),
        ("请@小林看一下", ["lin"]),
        ("请＠小林子看一下", ["lin2"]),
        ("@LIN2, then @wei.", ["lin2", "wei"]),
        ("@Wei Chen knows it", ["wei"]),
        ("@wei and again @Wei Chen", ["wei"]),
        ("(@ann-lee)", ["ann-lee"]),
        ("@linda @ann-leeds @nobody @ lin", []),
        ("lin@example.com, 小林", []),
        ("@", []),
    ],
)
def test_who_is_mentioned(text: str, mentioned: list[str]) -> None:
    assert [each.username for each in find_mentioned(text, PEOPLE)] == mentioned


@given(st.lists(st.sampled_from([*NAMES, *NAMES.values(), "@", "＠", " ", "，", "x", "İ", "ß"])).map("".join))
def test_nobody_is_mentioned_without_a_mark_or_twice(text: str) -> None:
    found = [each.username for each in find_mentioned(text, PEOPLE)]
    assert len(found) == len(set(found)) <= text.count("@") + text.count("＠")
