"""Forms: fitted without the matrix of all pairs, they score as the classifier that was fitted with it."""

import numpy as np
import pytest

from nlu.embedded.form import Form, square_sums
from nlu.embedded.form_fit import RIDGE, fit_form, telling
from nlu.embedded.kernel import agreement
from nlu.embedded.ngrams import Vocabulary, count_ngrams
from nlu.embedded.seen import Seen, main_directions, sparse
from nlu.encoders.port import Floats, unit_rows


@pytest.fixture
def vectors() -> Floats:
    return unit_rows(np.random.default_rng(3).normal(size=(240, 12)) + 0.4)


TEXTS = [f"say {'broken' if number % 3 else 'thanks'} {number % 7} {number % 11}" for number in range(240)]
TARGETS = np.array([1.0 if number % 3 else -1.0 for number in range(240)], np.float32)
IMPORTANCE = np.array([0.5 if number % 5 == 0 else 1.0 for number in range(240)], np.float32)


def test_the_fit_is_that_of_the_whole_kernel_matrix(vectors: Floats) -> None:
    counted = [count_ngrams(text) for text in TEXTS]
    vocabulary = Vocabulary.of(counted)
    seen = Seen(vectors, sparse(vocabulary, counted))
    squares, letters = fit_form(seen, TARGETS, IMPORTANCE, close_enough=1e-6)

    # The n-grams' part of the kernel is what makes `letters` of the weights; here it is solved for as a whole.
    tells = telling(seen.ngrams, TARGETS, IMPORTANCE)
    ngrams = seen.ngrams.toarray() * tells
    kernel = agreement(vectors @ vectors.T) + ngrams @ ngrams.T
    weights = np.linalg.solve((kernel + np.diag(RIDGE / IMPORTANCE)).astype(np.float64), TARGETS)
    fitted = square_sums(vectors, squares) + seen.ngrams @ letters
    assert fitted == pytest.approx(kernel @ weights, abs=2e-3)


def test_a_fit_to_very_many_texts_keeps_its_constant() -> None:
    rng = np.random.default_rng(5)
    common = 2.0 * rng.normal(size=64)  # what all texts have in common
    vectors = unit_rows(rng.normal(size=(70_000, 64)) + common)
    meant = vectors @ rng.normal(size=64)
    targets = np.where(meant > np.quantile(meant, 0.6), 1.0, -1.0).astype(np.float32)
    counted = [{"word" if number % 2 else "other": 1} for number in range(len(targets))]
    ngrams = sparse(Vocabulary.of(counted), counted)
    squares, letters = fit_form(Seen(vectors, ngrams), targets, np.ones_like(targets))
    missed = square_sums(vectors, squares) + ngrams @ letters - targets
    assert float(missed.mean()) == pytest.approx(0.0, abs=0.02)


def test_what_stands_in_one_class_tells_more_than_what_stands_in_both() -> None:
    counted = [count_ngrams(text) for text in TEXTS]
    vocabulary = Vocabulary.of(counted)
    tells = telling(sparse(vocabulary, counted), TARGETS, IMPORTANCE)
    assert tells[vocabulary.ngrams.index("broken")] > 5 * tells[vocabulary.ngrams.index("say")]


def test_a_form_scores_unknown_texts_and_texts_without_ngrams(vectors: Floats) -> None:
    counted = [count_ngrams(text) for text in TEXTS]
    vocabulary, directions = Vocabulary.of(counted), main_directions(vectors, 8)
    squares, letters = fit_form(Seen(vectors @ directions, sparse(vocabulary, counted)), TARGETS, IMPORTANCE)
    form = Form(directions=directions, squares=squares[None], vocabulary=vocabulary, letters=letters[:, None])
    alone = form.scores(vectors[:1], [count_ngrams("")])
    together = form.scores(vectors[[0, 0, 0]], [count_ngrams(text) for text in ("broken", "", "thanks")])
    assert together[1] == pytest.approx(alone[0])
    assert together[0] > together[1] > together[2]
