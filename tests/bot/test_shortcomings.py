"""Which messages were served badly, and which entries were no help, by what was decided."""

from dataclasses import replace

import pytest

from bot.decisions import Answer, Clarify, Decision, Handoff, Heard, Relay
from bot.shortcomings import Shortcoming, find_shortcomings
from bot.state import Cause, State, Topic
from core.clock import utc_now
from core.messages import Kind
from handoff.gaps.tables import Why
from handoff.kinds import Reason
from tests.doubles import understood

NOW = utc_now()
ASKED = Heard(kind=Kind.TEXT, text="能送到新疆吗", at=NOW, understanding=understood("fee", 0.2))
REJECTS = replace(ASKED, text="不是这个", understanding=understood("fee", 0.1, rejection=True))
CORRECTS = replace(ASKED, text="不对，我问的是新疆", corrects=True)
PRESSED = Heard(kind=Kind.PRESS, text="转人工", at=NOW, press="human")
ANSWERED = State(answered="fee", topic=Topic(entries=("fee",), text="运费多少", at=NOW.timestamp() - 60))
YESTERDAY = replace(ANSWERED, topic=Topic(entries=("fee",), text="运费多少", at=NOW.timestamp() - 24 * 3600))
THIS = Shortcoming(why=Why.MISSED)
REJECTED = Shortcoming(why=Why.REJECTED, answered="fee")
HANDED_OVER = Shortcoming(why=Why.HANDED_OVER, answered="fee")
MISS = Clarify(cause=Cause.MISS)
LOW = Handoff(reason=Reason.LOW_CONFIDENCE)
PERSON = Handoff(reason=Reason.WANTS_HUMAN)


@pytest.mark.parametrize(
    ("state", "heard", "decision", "found"),
    [
        (State(), ASKED, MISS, [THIS]),
        (State(), ASKED, LOW, [THIS]),
        (ANSWERED, REJECTS, Clarify(cause=Cause.REJECTED), [REJECTED]),
        (ANSWERED, CORRECTS, Clarify(cause=Cause.REJECTED), [REJECTED, THIS]),
        (ANSWERED, REJECTS, LOW, [REJECTED]),
        (ANSWERED, ASKED, LOW, [THIS]),  # another question
        (ANSWERED, PRESSED, PERSON, [HANDED_OVER]),
        (ANSWERED, ASKED, Handoff(reason=Reason.COMPLAINT), [HANDED_OVER]),
        (YESTERDAY, PRESSED, PERSON, []),
        (State(), PRESSED, PERSON, []),
        (ANSWERED, PRESSED, Handoff(reason=Reason.ENTRY, entries=("repair",)), []),
        (ANSWERED, ASKED, Handoff(reason=Reason.EMERGENCY), []),
        (ANSWERED, ASKED, Answer(entries=("late",), confidence=0.9), []),
        (State(), ASKED, Clarify(cause=Cause.FLOOD), []),
        (State(), ASKED, Relay(urgent=False), []),
    ],
)
def test_what_was_served_badly(
    state: State, heard: Heard, decision: Decision, found: list[Shortcoming]
) -> None:
    assert list(find_shortcomings(state, heard, decision)) == found
