"""How sure to be, from predictions for texts that were not learned."""

import random

import pytest

from nlu.rasa.client import Ranked
from nlu.rasa.project import NONE
from nlu.rasa.published import Published
from nlu.rasa.training import Asked, Calibration, calibrate

ENTRIES = [f"entry{number}" for number in range(60)]


def world(chooser: random.Random, rows: int) -> tuple[list[Asked], dict[str, Ranked]]:
    """Rasa is overconfident: what it holds for 0.9 is right in 0.9² of the cases, what it holds for 0.5 in 0.25."""
    asked, predicted = [], {}
    for number in range(rows):
        entry, wrong = chooser.sample(ENTRIES, 2)
        confidence = chooser.uniform(0.05, 0.999)
        right = chooser.random() < confidence**2
        asked.append(Asked(str(number), entry, 1.0))
        predicted[str(number)] = Ranked(entry if right else wrong, confidence)
    return asked, predicted


def published(calibration: Calibration) -> Published:
    (weight,) = calibration.curve.weights
    return Published(
        model="m",
        intents=(),
        bias=calibration.curve.bias,
        weight=weight,
        answer_at=calibration.answer_at,
        held_out=0,
        accuracy=calibration.accuracy,
    )


def test_overconfidence_is_corrected() -> None:
    model = published(calibrate(*world(random.Random(1), 3000), precision=0.9))
    assert model.probability(0.5) == pytest.approx(0.25, abs=0.07)
    assert model.probability(0.9) == pytest.approx(0.81, abs=0.07)


@pytest.mark.parametrize("precision", [0.7, 0.85])
def test_what_is_answered_keeps_the_target_precision_on_new_texts(precision: float) -> None:
    model = published(calibrate(*world(random.Random(2), 3000), precision=precision))
    asked, predicted = world(random.Random(3), 3000)
    answered = [
        predicted[each.text].intent == each.intent
        for each in asked
        if model.probability(predicted[each.text].confidence) >= model.answer_at
    ]
    assert len(answered) > 300
    assert sum(answered) / len(answered) == pytest.approx(precision, abs=0.04)


def test_messages_that_no_entry_answers_make_it_more_careful() -> None:
    asked, predicted = world(random.Random(4), 1000)
    strangers = [Asked(f"stranger {number}", NONE, 1.0) for number in range(300)]
    taken_in = {each.text: Ranked("entry1", 0.9) for each in strangers}
    before = calibrate(asked, predicted, precision=0.85)
    after = calibrate([*asked, *strangers], predicted | taken_in, precision=0.85)
    assert published(after).probability(0.9) < published(before).probability(0.9)
    assert after.accuracy == before.accuracy  # it is of what entries answer


def test_strangers_that_rasa_knows_as_such_do_no_harm() -> None:
    asked, predicted = world(random.Random(5), 1000)
    strangers = [Asked(f"stranger {number}", NONE, 1.0) for number in range(300)]
    seen_through = {each.text: Ranked(NONE, 0.99) for each in strangers}
    before = calibrate(asked, predicted, precision=0.85)
    after = calibrate([*asked, *strangers], predicted | seen_through, precision=0.85)
    assert after.curve == before.curve
    assert after.answer_at == pytest.approx(before.answer_at)
