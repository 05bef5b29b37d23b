"""Who gets a ticket: what must hold for any team, and why it says so."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from handoff.assignment import Candidate, Need, Refusal, Why, choose
from handoff.presence import Presence

NINE = datetime(2026, 11, 23, 1, tzinfo=UTC)
moments = st.none() | st.integers(0, 100).map(lambda minutes: NINE + timedelta(minutes=minutes))
candidates = st.lists(
    st.builds(
        Candidate,
        agent_id=st.integers(1, 50).map(lambda number: UUID(int=number)),
        presence=st.sampled_from(Presence),
        is_member=st.booleans(),
        languages=st.none() | st.frozensets(st.sampled_from(["zh", "en"])),
        skills=st.frozensets(st.sampled_from(["repair", "finance"])),
        load=st.integers(0, 6),
        capacity=st.integers(1, 5),
        served_at=moments,
        free_since=moments,
    ),
    max_size=8,
    unique_by=lambda each: each.agent_id,
)
needs = st.builds(
    Need,
    language=st.sampled_from(["zh", "en"]),
    skills=st.frozensets(st.sampled_from(["repair", "finance"]), max_size=1),
    urgent=st.booleans(),
    avoid=st.frozensets(st.integers(1, 50).map(lambda number: UUID(int=number)), max_size=3),
)


@given(needs, candidates)
def test_nobody_gets_what_they_cannot_do_and_nobody_able_is_passed_over(
    need: Need, team: list[Candidate]
) -> None:
    choice = choose(need, team)
    able = {each.agent_id for each in team} - set(choice.refused)
    if choice.agent_id is None:
        assert not able and choice.why is None
        if need.urgent:
            assert Refusal.FULL not in choice.refused.values()  # for what cannot wait somebody makes room
        return
    assert choice.agent_id in able
    chosen = next(each for each in team if each.agent_id == choice.agent_id)
    assert chosen.is_member and chosen.presence is Presence.ONLINE and need.skills <= chosen.skills
    assert chosen.languages is None or need.language in chosen.languages
    assert chosen.agent_id not in need.avoid
    assert chosen.load < chosen.capacity or choice.why is Why.URGENT


@given(needs, candidates, st.randoms())
def test_the_choice_does_not_hang_on_the_order_of_the_team(
    need: Need, team: list[Candidate], chance: object
) -> None:
    shuffled = list(team)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    assert choose(need, team) == choose(need, shuffled)


@given(needs, candidates)
def test_who_knows_the_customer_goes_first_and_else_whoever_has_the_least(
    need: Need, team: list[Candidate]
) -> None:
    choice = choose(need, team)
    free = [each for each in team if each.agent_id not in choice.refused]
    chosen = next((each for each in free if each.agent_id == choice.agent_id), None)
    if chosen is None or choice.why is Why.URGENT:
        return
    knowing = [each.served_at for each in free if each.served_at]
    if knowing:
        assert chosen.served_at == max(knowing)
    else:
        assert chosen.load / chosen.capacity == min(each.load / each.capacity for each in free)
