"""The arithmetic behind the engine: left-out scores, calibration, thresholds."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from nlu.embedded.calibration import Logistic, entry_thresholds, fit_logistic, risk_and_coverage
from nlu.embedded.kernel import closeness
from nlu.embedded.ridge import fit, one_of, spread_folds


@pytest.mark.parametrize("last", [40, 23])
def test_left_out_scores_are_those_of_a_training_without_them(last: int) -> None:
    random = np.random.default_rng(1)
    vectors = random.normal(size=(40, 8)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    labels = np.arange(40) % 4
    kernel, targets = closeness(vectors @ vectors.T), one_of(labels, 4)
    folds = spread_folds(labels[40 - last :], 5)
    scores = fit(kernel.copy(), targets, last=last).left_out(folds)
    for fold in folds:
        left = fold + 40 - last
        rest = np.setdiff1d(np.arange(40), left)
        without = fit(kernel[np.ix_(rest, rest)].copy(), targets[rest], last=1)
        assert np.allclose(scores[fold], kernel[np.ix_(left, rest)] @ without.weights, atol=1e-3)


def test_a_calibration_recovers_the_odds_it_was_drawn_from() -> None:
    random = np.random.default_rng(2)
    features = random.normal(size=(20_000, 2))
    truth = Logistic(0.5, (1.0, -2.0))
    yes = random.random(20_000) < truth.probability(features)
    fitted = fit_logistic(features, yes, np.ones(20_000))
    assert np.allclose((fitted.bias, *fitted.weights), (truth.bias, *truth.weights), atol=0.1)


def test_an_entry_that_is_often_guessed_wrongly_asks_for_more_confidence() -> None:
    random = np.random.default_rng(3)
    confidence = random.random(4_000)
    entry = np.arange(4_000) % 2
    right = random.random(4_000) < np.where(entry == 0, 0.5 + confidence / 2, confidence)
    found = entry_thresholds(confidence, entry, right, np.ones(4_000), 2, precision=0.9, least=0.3)
    assert found[0] < found[1]
    for number in (0, 1):
        kept = (entry == number) & (confidence >= found[number])
        assert right[kept].mean() > 0.87


def test_an_entry_without_evidence_is_judged_like_all() -> None:
    confidence = np.array([0.9, 0.8, 0.7, 0.6, 0.5])
    right = np.array([True, True, True, False, False])
    entry = np.zeros(5, np.intp)
    found = entry_thresholds(confidence, entry, right, np.ones(5), 2, precision=0.9, least=0.3)
    assert found.tolist() == [0.7, 0.7]
    never = entry_thresholds(confidence, entry, ~right, np.ones(5), 2, precision=0.9, least=0.3)
    assert (never > 0.9).all()
    careful = entry_thresholds(confidence, entry, right, np.ones(5), 2, precision=0.9, least=0.75)
    assert careful.tolist() == [0.75, 0.75]


@given(
    confidence=arrays(np.float64, 50, elements=st.floats(0, 1)),
    right=arrays(np.bool_, 50),
)
def test_more_coverage_asks_for_less_confidence(confidence: np.ndarray, right: np.ndarray) -> None:
    points = risk_and_coverage(confidence, right, np.ones(50))
    asked = [point["confidence"] for point in points]
    assert asked == sorted(asked, reverse=True)
    assert points[-1]["coverage"] == 1.0
    assert points[-1]["risk"] == pytest.approx(1 - right.mean(), abs=1e-4)
