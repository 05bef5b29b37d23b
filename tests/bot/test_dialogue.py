"""What the bot decides, rule by rule."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.collecting import form_of
from bot.decisions import Answer, Ask, Clarify, Decision, Handoff, Heard, Policy, Relay, Silence, buttons_of
from bot.dialogue import advance, decide
from bot.state import Asking, Cause, State, Topic
from core.conversations import Owner
from core.messages import Kind
from handoff.kinds import Reason
from nlu.understanding import Understanding
from tests.doubles import ACTIONS, understood

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
POLICY = Policy(answer_at=0.6)
FRESH = State()
ENTRIES = {key: entry for key, entry in ACTIONS.entries.items() if key != "ticket_progress"}


def heard(text: str = "…", understanding: Understanding | None = None, **changes: object) -> Heard:
    values = {"kind": Kind.TEXT, "text": text, "at": NOW, "understanding": understanding}
    return Heard(**{**values, **changes})  # type: ignore[arg-type]


def decided(
    what: Heard, state: State = FRESH, *, owner: Owner = Owner.BOT, policy: Policy = POLICY
) -> Decision:
    return decide(state, what, owner=owner, policy=policy, entries=ENTRIES)


def test_sure_enough_is_answered() -> None:
    assert decided(heard("到哪了", understood("order_status", 0.6))) == Answer(
        entries=("order_status",), confidence=0.6
    )


def test_the_first_miss_is_met_with_the_likeliest_entries() -> None:
    unsure = understood("order_status", 0.3, alternatives={"delivery_fee": 0.2, "delivery_delay": 0.01})
    assert decided(heard("嗯", unsure)) == Clarify(cause=Cause.MISS, entries=("order_status", "delivery_fee"))


def test_the_second_miss_in_a_row_is_handed_over() -> None:
    assert decided(heard("嗯", understood("order_status", 0.3)), State(misses=1)) == Handoff(
        reason=Reason.LOW_CONFIDENCE
    )


def test_one_miss_is_enough_where_the_policy_says_so() -> None:
    policy = Policy(answer_at=0.6, misses_before_handoff=1)
    assert decided(heard("嗯", understood("order_status", 0.3)), policy=policy) == Handoff(
        reason=Reason.LOW_CONFIDENCE
    )


def test_an_answer_ends_the_row_of_misses() -> None:
    what = heard("到哪了", understood("order_status", 0.9))
    assert advance(State(misses=1), what, decided(what), POLICY).misses == 0


def test_a_rejected_answer_is_a_miss_that_offers_what_came_next() -> None:
    state = State(answered="order_status", alternatives=("delivery_delay",))
    what = heard("不是这个", understood("delivery_fee", 0.9, rejection=True))
    assert decided(what, state) == Clarify(cause=Cause.REJECTED, entries=("delivery_delay",))


def test_a_no_that_rejects_nothing_is_an_ordinary_message() -> None:
    assert isinstance(decided(heard("不是", understood("order_status", 0.9, rejection=True))), Answer)


@pytest.mark.parametrize(
    ("signals", "reason"),
    [
        ({"emergency": True, "complaint": True, "wants_human": True}, Reason.EMERGENCY),
        ({"complaint": True, "wants_human": True}, Reason.WANTS_HUMAN),
        ({"complaint": True}, Reason.COMPLAINT),
    ],
)
def test_signals_outrank_a_sure_answer_emergency_first(signals: dict[str, bool], reason: Reason) -> None:
    assert decided(heard("…", understood("order_status", 0.99, **signals))) == Handoff(reason=reason)  # type: ignore[arg-type]


def test_while_a_person_owns_the_conversation_everything_is_relayed() -> None:
    assert decided(heard("到哪了", understood("order_status", 0.99)), owner=Owner.HUMAN) == Relay(
        urgent=False
    )
    assert decided(heard("冒烟了", understood(emergency=True)), owner=Owner.HUMAN) == Relay(urgent=True)
    assert decided(heard(kind=Kind.STICKER), owner=Owner.HUMAN) == Relay(urgent=False)


def test_a_pressed_entry_is_answered_and_a_pressed_person_comes() -> None:
    press = heard("运费", kind=Kind.PRESS, press="entry:delivery_fee")
    assert decided(press) == Answer(entries=("delivery_fee",), confidence=1.0)
    assert decided(heard("转人工", kind=Kind.PRESS, press="human")) == Handoff(reason=Reason.WANTS_HUMAN)


def test_a_typed_number_chooses_among_what_was_offered() -> None:
    state = State(misses=1, offered=("entry:order_status", "entry:delivery_fee", "human"))
    assert decided(heard("2", understood("order_status", 0.1)), state) == Answer(
        entries=("delivery_fee",), confidence=1.0
    )
    assert decided(heard(" 3 ", understood("order_status", 0.1)), state) == Handoff(reason=Reason.WANTS_HUMAN)
    assert isinstance(decided(heard("4", understood("order_status", 0.9)), state), Answer)


def test_a_button_of_an_entry_that_is_gone_is_read_by_its_label() -> None:
    gone = heard("运费", understood("delivery_fee", 0.9), kind=Kind.PRESS, press="entry:gone")
    assert decided(gone) == Answer(entries=("delivery_fee",), confidence=0.9)


@pytest.mark.parametrize(
    ("kind", "cause"),
    [
        (Kind.VOICE, Cause.VOICE),
        (Kind.FILE, Cause.FILE),
        (Kind.STICKER, Cause.STICKER),
        (Kind.OTHER, Cause.STICKER),
    ],
)
def test_what_cannot_be_read_gets_a_hint(kind: Kind, cause: Cause) -> None:
    assert decided(heard("", kind=kind)) == Clarify(cause=cause)


def test_two_voice_notes_in_a_row_get_a_person() -> None:
    note = heard("", kind=Kind.VOICE)
    state = advance(State(), note, decided(note), POLICY)
    assert decided(note, state) == Handoff(reason=Reason.LOW_CONFIDENCE)


def test_a_row_of_stickers_gets_one_hint() -> None:
    sticker = heard("😊", kind=Kind.STICKER)
    state = advance(State(), sticker, decided(sticker), POLICY)
    assert decided(sticker, state) == Silence(cause=Cause.REPEATED)


def test_a_picture_with_a_clear_caption_is_answered() -> None:
    assert isinstance(decided(heard("到哪了", understood("order_status", 0.9), kind=Kind.FILE)), Answer)


def test_a_very_long_text_is_asked_to_be_shorter_but_its_signals_count() -> None:
    long = "啊" * 5000
    assert decided(heard(long, understood("order_status", 0.9))) == Clarify(cause=Cause.LONG)
    assert decided(heard(long, understood("order_status", 0.9, complaint=True))) == Handoff(
        reason=Reason.COMPLAINT
    )


def test_a_flood_is_hinted_once_then_kept_silently_until_it_ebbs() -> None:
    state, decisions = State(), []
    for number in range(30):
        what = heard("到哪了", understood("order_status", 0.9), at=NOW + timedelta(milliseconds=33 * number))
        decisions.append(decided(what, state))
        state = advance(state, what, decisions[-1], POLICY)
    assert [type(d) for d in decisions] == [Answer] * 10 + [Clarify] + [Silence] * 19
    later = heard("到哪了", understood("order_status", 0.9), at=NOW + timedelta(seconds=60))
    assert isinstance(decided(later, state), Answer)


def test_an_emergency_is_heard_through_a_flood() -> None:
    state = State(recent=tuple(NOW.timestamp() for _ in range(20)))
    assert decided(heard("冒烟", understood(emergency=True)), state) == Handoff(reason=Reason.EMERGENCY)


states = st.builds(
    State,
    misses=st.integers(0, 3),
    answered=st.none() | st.just("order_status"),
    alternatives=st.lists(st.sampled_from(sorted(ENTRIES)), max_size=3).map(tuple),
    offered=st.lists(st.sampled_from(["human", "skip", "entry:order_status", "entry:gone"]), max_size=4).map(
        tuple
    ),
    hinted=st.none() | st.sampled_from(Cause),
    topic=st.none()
    | st.builds(
        Topic,
        entries=st.lists(st.sampled_from(["order_status", "gone"]), min_size=1, max_size=2).map(tuple),
        text=st.just("到哪了"),
        at=st.just(NOW.timestamp()),
    ),
    asking=st.none()
    | st.builds(
        Asking,
        entry=st.sampled_from(["repair", "delivery_fee", "gone"]),
        field=st.integers(0, 3),
        tries=st.integers(0, 2),
        values=st.none() | st.just({"order": "QH123456"}),
        reminded=st.booleans(),
    ),
    recent=st.lists(st.floats(0, 2e9), max_size=12).map(tuple),
    waiting_told=st.booleans(),
)
understandings = st.builds(
    understood,
    st.sampled_from(["", "order_status", "delivery_fee", "repair", "callback", "manual", "gone"]),
    st.floats(0, 1),
    complaint=st.booleans(),
    wants_human=st.booleans(),
    emergency=st.booleans(),
    rejection=st.booleans(),
)
known = st.builds(
    understood, st.sampled_from(["order_status", "repair", "callback", "manual"]), st.floats(0.6, 1)
)
things_heard = st.builds(
    Heard,
    kind=st.sampled_from(Kind),
    text=st.text(max_size=20) | st.sampled_from(["2", "第一个", "QH123456", "没有", "算了"]),
    at=st.just(NOW),
    press=st.none() | st.sampled_from(["human", "entry:order_status", "entry:gone", "junk", ""]),
    understanding=st.none() | understandings,
    questions=st.just(()) | st.tuples(known, known),
    corrects=st.booleans(),
    only_language=st.booleans(),
)


@given(states, things_heard, st.sampled_from(Owner))
def test_whatever_happens_there_is_a_decision_about_entries_that_exist(
    state: State, what: Heard, owner: Owner
) -> None:
    decision = decided(what, state, owner=owner)
    assert isinstance(decision, Relay) == (owner is Owner.HUMAN)
    if isinstance(decision, Answer | Handoff | Clarify):
        assert set(decision.entries) <= set(ENTRIES)
    if isinstance(decision, Answer | Ask | Clarify):
        offered = {action.removeprefix("entry:") for action in buttons_of(decision)} - {"human", "skip"}
        assert offered <= set(ENTRIES)
    if isinstance(decision, Answer | Ask) and decision.asking is not None:
        assert form_of(decision.asking, ENTRIES) is not None
    if isinstance(decision, Clarify):
        assert state.misses + 1 < POLICY.misses_before_handoff or decision.cause not in (
            Cause.MISS,
            Cause.REJECTED,
        )


@given(states, things_heard)
def test_the_state_survives_its_storage_as_json(state: State, what: Heard) -> None:
    after = advance(state, what, decided(what, state), POLICY)
    assert State.from_json(json.loads(json.dumps(after.to_json()))) == after


def test_a_fresh_state_is_stored_as_nothing() -> None:
    assert State().to_json() == {}
    assert State.from_json({"offered": ["human"], "from_another_version": 1}).offered == ("human",)
