"""An engine that goes away and comes back: who understands, who waits, and who is told."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import pytest

from nlu.breaker import Breaker, Circuit
from nlu.fallback import Fallback, FallbackInterpreter
from nlu.understanding import EngineUnavailable, Interpreter, Understanding
from tests.doubles import ByHeart, understood

FIRST = understood("order_status", 0.9)
SECOND = understood("delivery_fee", 0.7)


@dataclass
class Moody:
    """An engine that is away when the test says so."""

    away: bool = False
    asked: list[str] = field(default_factory=list)

    def understand(self, texts: Sequence[str]) -> list[Understanding]:
        self.asked += texts
        self.check()
        return ByHeart({"hello": FIRST}).understand(texts)

    def check(self) -> None:
        if self.away:
            raise EngineUnavailable("the endpoint is away")


@dataclass
class World:
    """The interpreter under test and what is around it."""

    first: Moody
    now: float = 0.0
    jobs: list[Callable[[], None]] = field(default_factory=list)
    told: list[Fallback] = field(default_factory=list)

    def interpreter(
        self, *, check: Callable[[], None] | None = None, failures: int = 1
    ) -> FallbackInterpreter:
        return FallbackInterpreter(
            self.first,
            ByHeart({"hello": SECOND}),
            check=check or self.first.check,
            breaker=Breaker(failures=failures, rest=5.0, clock=lambda: self.now),
            on_fallback=self.told.append,
            aside=self.jobs.append,
        )

    def run_jobs(self) -> None:
        while self.jobs:
            self.jobs.pop(0)()


@pytest.fixture
def world() -> World:
    return World(Moody())


def intent(interpreter: Interpreter) -> str:
    (found,) = interpreter.understand(["hello"])
    return found.intent


def test_while_all_is_well_the_first_engine_answers_alone(world: World) -> None:
    assert intent(world.interpreter()) == FIRST.intent
    assert world.told == []


def test_when_it_is_away_the_second_answers_and_that_is_told(world: World) -> None:
    interpreter = world.interpreter()
    world.first.away = True
    assert intent(interpreter) == SECOND.intent
    (told,) = world.told
    assert (told.messages, told.reason) == (1, "failed")
    assert "the endpoint is away" in str(told.error)


def test_nobody_waits_for_it_while_it_rests(world: World) -> None:
    interpreter = world.interpreter()
    world.first.away = True
    for _ in range(3):
        assert intent(interpreter) == SECOND.intent
    assert world.first.asked == ["hello"]
    assert [told.reason for told in world.told] == ["failed", "resting", "resting"]
    assert interpreter.circuit is Circuit.OPEN


def test_a_single_failure_can_be_forgiven(world: World) -> None:
    interpreter = world.interpreter(failures=2)
    world.first.away = True
    intent(interpreter)
    world.first.away = False
    assert intent(interpreter) == FIRST.intent


def test_after_the_rest_one_check_beside_the_messages_brings_it_back(world: World) -> None:
    interpreter = world.interpreter()
    world.first.away = True
    intent(interpreter)
    world.first.away = False
    world.now += 5
    assert [intent(interpreter), intent(interpreter)] == [SECOND.intent] * 2
    assert len(world.jobs) == 1
    world.run_jobs()
    assert intent(interpreter) == FIRST.intent


def test_a_check_that_fails_means_another_rest(world: World) -> None:
    interpreter = world.interpreter()
    world.first.away = True
    intent(interpreter)
    for _ in range(2):
        world.now += 5
        intent(interpreter)
        assert len(world.jobs) == 1
        world.run_jobs()
        assert interpreter.circuit is Circuit.OPEN
    assert world.first.asked == ["hello"]


def test_a_check_that_breaks_does_not_keep_it_away_for_ever(world: World) -> None:
    def check() -> None:
        raise RuntimeError("a bug")

    interpreter = world.interpreter(check=check)
    world.first.away = True
    intent(interpreter)
    for _ in range(2):
        world.now += 5
        intent(interpreter)
        with pytest.raises(RuntimeError, match="a bug"):
            world.run_jobs()


def test_other_errors_are_not_hidden(world: World) -> None:
    with pytest.raises(RuntimeError, match="crashed"):
        world.interpreter().understand(["crash"])
    assert world.told == []
