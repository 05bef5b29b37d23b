"""How entries are used is counted as turns commit: answered, rejected, and handed over after."""

from datetime import date, timedelta

import pytest

from bot.decisions import Answer, Ask, Clarify, Decision, Handoff, Silence
from bot.state import Asking, Cause, State, Topic
from bot.turn import count_use
from core.clock import utc_now
from core.database import Database
from handoff.kinds import Reason
from nlu.knowledge.uses import Tally, Use, add_uses, read_uses

NOW = utc_now()
ANSWERED = State(answered="fee", topic=Topic(entries=("fee",), text="运费多少", at=NOW.timestamp() - 60))


@pytest.mark.parametrize(
    ("state", "decision", "counted"),
    [
        (State(), Answer(entries=("fee",), confidence=0.9), ({"fee": 1}, {}, {})),
        (State(), Answer(entries=("fee", "late"), confidence=0.9), ({"fee": 1, "late": 1}, {}, {})),
        (ANSWERED, Clarify(cause=Cause.REJECTED), ({}, {"fee": 1}, {})),
        (ANSWERED, Clarify(cause=Cause.MISS), ({}, {}, {})),
        (ANSWERED, Handoff(reason=Reason.WANTS_HUMAN), ({}, {}, {"fee": 1})),
        (ANSWERED, Handoff(reason=Reason.WANTS_HUMAN, entries=("repair",)), ({"repair": 1}, {}, {})),
        (State(), Handoff(reason=Reason.WANTS_HUMAN), ({}, {}, {})),
        (ANSWERED, Silence(cause=Cause.FLOOD), ({}, {}, {})),
        (
            ANSWERED,
            Ask(asking=Asking(entry="repair"), cause=Cause.MISS),
            ({}, {}, {}),
        ),
    ],
)
def test_what_is_counted(
    state: State, decision: Decision, counted: tuple[dict[str, int], dict[str, int], dict[str, int]]
) -> None:
    tally = Tally()
    count_use(tally, state, decision, at=NOW)
    assert (tally.answered, tally.rejected, tally.handed_over) == counted


def test_who_comes_back_another_day_for_a_person_does_not_count_against_the_answer() -> None:
    tally = Tally()
    count_use(tally, ANSWERED, Handoff(reason=Reason.WANTS_HUMAN), at=NOW + timedelta(days=1))
    assert tally == Tally()


async def test_counts_of_all_lanes_and_days_are_added_up(database: Database) -> None:
    day = date(2026, 5, 10)
    for lane, when in ((1, day), (1, day), (2, day), (1, day - timedelta(days=40))):
        tally = Tally()
        tally.answered.update({"fee": 2, "late": 1})
        tally.rejected.update(["fee"])
        async with database.write() as session:
            await add_uses(session, tally, day=when, lane=lane)
    async with database.read() as session:
        uses = await read_uses(session, since=day - timedelta(days=30))
    assert uses == {
        "fee": Use(answered=6, rejected=3, handed_over=0),
        "late": Use(answered=3, rejected=0, handed_over=0),
    }
    assert uses["fee"].success == 0.5 and uses["late"].success == 1.0
    assert Use(answered=0, rejected=1, handed_over=0).success is None
