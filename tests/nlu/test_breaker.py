"""The circuit breaker, by a clock that the tests move."""

from dataclasses import dataclass

from nlu.breaker import Breaker, Circuit


@dataclass
class Clock:
    now: float = 100.0

    def __call__(self) -> float:
        return self.now


def opened(clock: Clock) -> Breaker:
    breaker = Breaker(failures=2, rest=5.0, clock=clock)
    breaker.fail()
    assert breaker.fail()
    return breaker


def test_single_failures_leave_it_closed() -> None:
    breaker = Breaker(failures=2, clock=Clock())
    for _ in range(3):
        assert not breaker.fail()
        breaker.succeed()
    assert breaker.state is Circuit.CLOSED


def test_failures_in_a_row_open_it_and_that_is_told_once() -> None:
    breaker = Breaker(failures=2, clock=Clock())
    assert [breaker.fail(), breaker.fail(), breaker.fail()] == [False, True, False]
    assert breaker.state is Circuit.OPEN


def test_it_rests_before_a_try() -> None:
    clock = Clock()
    breaker = opened(clock)
    clock.now += 4.9
    assert not breaker.should_try()
    clock.now += 0.1
    assert breaker.should_try()
    assert breaker.state is Circuit.HALF_OPEN


def test_only_one_tries() -> None:
    clock = Clock()
    breaker = opened(clock)
    clock.now += 5
    assert [breaker.should_try(), breaker.should_try()] == [True, False]


def test_a_try_that_went_well_closes_it() -> None:
    clock = Clock()
    breaker = opened(clock)
    clock.now += 5
    breaker.should_try()
    assert breaker.succeed()
    assert breaker.state is Circuit.CLOSED
    assert not breaker.fail()  # the failures before are forgotten


def test_a_try_that_failed_means_another_rest() -> None:
    clock = Clock()
    breaker = opened(clock)
    clock.now += 5
    breaker.should_try()
    assert not breaker.fail()
    assert breaker.state is Circuit.OPEN
    assert not breaker.should_try()
    clock.now += 5
    assert breaker.should_try()


def test_late_failures_do_not_lengthen_the_rest() -> None:
    clock = Clock()
    breaker = opened(clock)
    clock.now += 4
    breaker.fail()
    clock.now += 1
    assert breaker.should_try()
