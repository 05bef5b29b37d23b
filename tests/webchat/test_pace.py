"""How fast a socket may send, on a clock that the test moves."""

from channels.webchat.pace import Pace


def test_a_burst_passes_and_then_the_pace_is_kept() -> None:
    now = 0.0
    pace = Pace(per_second=10, at_once=3, now=lambda: now)
    assert [pace.allows() for _ in range(4)] == [True, True, True, False]
    now = 0.1
    assert [pace.allows() for _ in range(2)] == [True, False]
    now = 60.0
    assert [pace.allows() for _ in range(4)] == [True, True, True, False]
