"""Training in a process of its own, which may be got ready before."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from nlu.embedded import aside
from nlu.embedded.aside import Aside, Trained, TrainingFailed
from nlu.embedded.trained import load_interpreter
from nlu.encoders.settings import EncoderSettings, Kind
from tests.nlu.conftest import few
from tests.waiting import until


def children() -> list[psutil.Process]:
    """The training processes of this test that go on."""
    going_on = [each for each in psutil.Process().children() if each.status() != psutil.STATUS_ZOMBIE]
    return [each for each in going_on if "nlu.embedded.child" in each.cmdline()]


@pytest.fixture
def trainer(cache: Path, trained: Trained) -> Iterator[Aside]:
    """With everything in the cache that a training needs."""
    made = Aside(cache, target_precision=0.9, encoder=EncoderSettings())
    yield made
    made.close()
    assert not children()


def is_of_use(made: Trained, cache: Path) -> bool:
    return load_interpreter(made.model, cache).understand(["你好呀"])[0].intent == "greeting"


def test_it_needs_no_getting_ready(trainer: Aside, cache: Path) -> None:
    assert is_of_use(trainer.train(few("greeting", "thanks", "goodbye")), cache)
    assert not children()


def test_one_that_is_ready_is_used_once(trainer: Aside, cache: Path) -> None:
    trainer.get_ready()
    trainer.get_ready()
    (ready,) = children()
    assert is_of_use(trainer.train(few("greeting", "thanks", "goodbye")), cache)
    assert not ready.is_running()
    assert is_of_use(trainer.train(few("greeting", "thanks")), cache)


def test_one_that_died_waiting_is_replaced(trainer: Aside, cache: Path) -> None:
    trainer.get_ready()
    (ready,) = children()
    ready.kill()
    ready.wait(10)
    assert is_of_use(trainer.train(few("greeting", "thanks", "goodbye")), cache)


def test_a_training_ends_with_the_process_that_wanted_it(tmp_path: Path) -> None:
    wanting = (
        "import sys; from pathlib import Path; from nlu.embedded.aside import train_aside; "
        "from nlu.embedded.resources import SAMPLE; from nlu.knowledge.documents import load_knowledge; "
        "train_aside(load_knowledge(SAMPLE), Path(sys.argv[1]), target_precision=0.9)"
    )
    with subprocess.Popen([sys.executable, "-c", wanting, str(tmp_path)]) as process:
        until(lambda: psutil.Process(process.pid).children())  # from nothing, it has a minute's work to do
        (child,) = psutil.Process(process.pid).children()
        process.kill()
    until(lambda: not child.is_running() or child.status() == psutil.STATUS_ZOMBIE)


def test_nobody_waits_for_ever(cache: Path, trained: Trained, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aside, "PATIENCE", 0.1)
    trainer = Aside(cache, target_precision=0.9, encoder=EncoderSettings())
    trainer.get_ready()
    assert children()
    until(lambda: not children())
    trainer.close()


def test_training_that_fails_says_why(cache: Path) -> None:
    settings = EncoderSettings(kind=Kind.MODEL2VEC, model=str(cache / "none"))
    with pytest.raises(TrainingFailed, match="none"):
        Aside(cache, target_precision=0.9, encoder=settings).train(few("greeting", "thanks"))
