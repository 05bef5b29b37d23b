"""A ticket's way from hand to hand, of its events: whose time it was, who was asked, what was kept and missed."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from hypothesis import given
from hypothesis import strategies as st

from handoff.deadlines import Course, Deadline
from handoff.history import Party, spent, stretches
from handoff.life import EventKind
from handoff.standards import Promise
from handoff.tickets import TicketEvent
from handoff.timeline import Timeline, make_timeline

START = datetime(2026, 11, 26, 9, 0, tzinfo=UTC)
LIN, CHEN = uuid4(), uuid4()


def at(minutes: float) -> datetime:
    return START + timedelta(minutes=minutes)


def event(kind: EventKind, minutes: float, agent_id: UUID | None = None, **data: object) -> TicketEvent:
    return TicketEvent(kind=kind, at=at(minutes), agent_id=agent_id, data=data)


OPENED = event(
    EventKind.OPENED,
    0,
    reason="wants_human",
    queue="service",
    ticket_kind="enquiry",
    incident=None,
    tier=None,
    first_owner=None,
    asked_at=at(-4).isoformat(),
)


def deadline(promise: Promise, course: Course, due: float, ended: float | None, episode: int = 1) -> Deadline:
    return Deadline(
        id=uuid4(),
        episode=episode,
        promise=promise,
        course=course,
        since=START,
        due_at=at(due),
        ended_at=None if ended is None else at(ended),
    )


def made(*events: TicketEvent, deadlines: list[Deadline] | None = None, now: float = 100) -> Timeline:
    return make_timeline([OPENED, *events], deadlines or [], now=at(now))


def test_hops_have_whose_time_it_was() -> None:
    found = made(
        event(EventKind.TAKEN, 10, LIN),
        event(EventKind.WAITS, 15, LIN),
        event(EventKind.CUSTOMER_WROTE, 45),
        event(EventKind.RESOLVED, 50, LIN),
    )
    assert found.bot is not None and found.bot.length == timedelta(minutes=4)
    queue, lin = found.episodes[0].hops
    assert [(each.party, each.length) for each in queue.stretches] == [(Party.QUEUE, timedelta(minutes=10))]
    assert [(each.party, each.length) for each in lin.stretches] == [
        (Party.AGENT, timedelta(minutes=5)),
        (Party.CUSTOMER, timedelta(minutes=30)),
        (Party.AGENT, timedelta(minutes=5)),
    ]
    assert found.longest == timedelta(minutes=40)


def test_an_offer_lies_until_it_is_answered_or_taken_back() -> None:
    offered = event(EventKind.OFFERED, 12, LIN, to=str(CHEN), because="忙")
    declined = event(EventKind.DECLINED, 20, CHEN, because="不行")
    again = event(EventKind.OFFERED, 21, LIN, to=str(CHEN), because="请")
    resolved = event(EventKind.RESOLVED, 30, LIN)
    hop = made(event(EventKind.TAKEN, 10, LIN), offered, declined, again).episodes[0].hops[-1]
    assert [(each.asked, each.end) for each in hop.offers] == [(offered, declined), (again, None)]
    hop = made(event(EventKind.TAKEN, 10, LIN), again, resolved).episodes[0].hops[-1]
    assert hop.offers[0].end is resolved  # nobody answered it


def test_deadlines_are_where_their_time_came() -> None:
    late = deadline(Promise.TAKE, Course.MISSED, 5, 10)
    kept = deadline(Promise.RESOLUTION, Course.KEPT, 90, 50)
    confirm = deadline(Promise.CONFIRM, Course.KEPT, 500, 60)
    running = deadline(Promise.RESOLUTION, Course.RUNNING, 300, None, episode=2)
    boring = deadline(Promise.UPDATE, Course.KEPT, 90, 50)
    found = made(
        event(EventKind.TAKEN, 10, LIN),
        event(EventKind.RESOLVED, 50, LIN),
        event(EventKind.REOPENED, 60, LIN, because="还没好"),
        deadlines=[confirm, running, kept, late, boring],
    )
    first, second = found.episodes
    assert [hop.deadlines for hop in first.hops] == [[late], [kept]]
    assert first.deadlines == []  # nobody confirmed: it was reopened
    assert [hop.deadlines for hop in second.hops] == [[running]]


def test_each_reopening_begins_an_episode_and_what_comes_after_a_resolution_stands_after_it() -> None:
    survey = event(EventKind.SURVEYED, 55, solved=False)
    found = made(
        event(EventKind.TAKEN, 10, LIN),
        event(EventKind.RESOLVED, 50, LIN),
        survey,
        event(EventKind.REOPENED, 60, why="not_solved"),
        event(EventKind.TAKEN, 70, CHEN),
    )
    first, second = found.episodes
    assert (first.after, first.end and first.end.kind, second.end) == ([survey], EventKind.RESOLVED, None)
    assert [hop.link.agent_id for hop in second.hops] == [None, CHEN]


@given(
    st.lists(st.tuples(st.sampled_from(["take", "wait", "write", "return"]), st.integers(0, 60)), max_size=12)
)
def test_the_parts_are_as_long_as_the_whole(story: list[tuple[str, int]]) -> None:
    events, minutes, state = [OPENED], 0.0, "new"
    moves = {
        ("new", "take"): ("held", EventKind.TAKEN, LIN),
        ("held", "wait"): ("waiting", EventKind.WAITS, LIN),
        ("waiting", "write"): ("held", EventKind.CUSTOMER_WROTE, None),
        ("held", "return"): ("new", EventKind.RETURNED, LIN),
    }
    for act, passed in story:
        minutes += passed
        if (state, act) in moves:
            state, kind, agent_id = moves[state, act]
            events.append(event(kind, minutes, agent_id, because="忙"))
    now = at(minutes + 5)
    found = make_timeline(events, [], now=now)
    hops = [hop for episode in found.episodes for hop in episode.hops]
    assert sum((hop.length for hop in hops), timedelta()) == now - START
    for party, whole in spent(events, now=now).items():
        spans = [each for each in stretches(events, now=now) if each.party is party]
        assert sum((each.length for each in spans), timedelta()) == whole
        parts = [each for hop in hops for each in hop.stretches if each.party is party]
        assert party is Party.BOT or sum((each.length for each in parts), timedelta()) == whole
