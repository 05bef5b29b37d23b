"""What answers a message that is asked again is decided as in a conversation."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.decisions import Policy
from bot.reasking import answer_to
from nlu.understanding import Understanding
from tests.doubles import ACTIONS, understood

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
POLICY = Policy(answer_at=0.6, long_text=100)


@pytest.mark.parametrize(
    ("found", "entry"),
    [
        (understood("order_status", 0.9), "order_status"),
        (understood("order_status", 0.3), None),
        (understood("an_entry_that_is_gone", 0.9), None),
        (understood("order_status", 0.9, complaint=True), None),
        (understood("order_status", 0.9, wants_human=True), None),
        (understood("order_status", 0.9, emergency=True), None),
        (
            replace(understood("order_status", 0.9), text="到哪了" * 50),
            None,
        ),  # the customer is asked to be shorter
    ],
)
def test_what_the_dialogue_would_answer(found: Understanding, entry: str | None) -> None:
    assert answer_to(found, POLICY, ACTIONS.entries, at=NOW) == entry


def test_an_entry_that_hands_over_answers_too() -> None:
    (handing,) = [key for key, entry in ACTIONS.entries.items() if type(entry.action).__name__ == "HandOver"][
        :1
    ]
    assert answer_to(understood(handing, 0.9), POLICY, ACTIONS.entries, at=NOW) == handing
