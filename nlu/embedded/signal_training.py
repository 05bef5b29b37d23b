"""Training the signals' classifiers. They do not depend on the knowledge base: trained once, kept, used with all."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from nlu.embedded.calibration import fit_logistic, lowest_threshold
from nlu.embedded.form import Form, square_sums
from nlu.embedded.form_fit import fit_form
from nlu.embedded.model import SignalModel, SignalsModel
from nlu.embedded.ngrams import Vocabulary, count_ngrams
from nlu.embedded.ridge import spread_folds
from nlu.embedded.seen import Seen, main_directions, sparse_texts
from nlu.encoders.port import Encoder, Floats
from nlu.normalise import normalise
from nlu.rules import HARMLESS, Verdict, judge
from nlu.signals import Example, SignalName

HELD_OUT = 4  # every fourth text is asked, to choose thresholds by
DIRECTIONS = 384  # of the vectors that are kept
ORDINARY = 9_000  # plain questions and unrelated messages at most that serve as examples without any signal
ORDINARY_IMPORTANCE = 0.9  # of each of them: some may carry a signal after all

# Of the left-out examples that are taken for the signal, the share that has to be right; the rest is for not missing any.
# A missed emergency costs far more than a look by a person.
_PRECISION = {SignalName.COMPLAINT: 0.88, SignalName.WANTS_HUMAN: 0.93, SignalName.EMERGENCY: 0.845}


def train_signals(
    examples: Mapping[SignalName, Sequence[Example]], ordinary: Sequence[str], encoder: Encoder
) -> SignalsModel:
    """Learn each signal from its own examples, and from ordinary texts, which most likely carry none."""
    plain = [normalise(text) for text in ordinary]
    chosen = [plain[row] for row in np.random.default_rng(0).permutation(len(plain))[:ORDINARY]]
    texts = chosen + [normalise(example.text) for own in examples.values() for example in own]
    directions, known = _look(texts, encoder)
    vocabulary = Vocabulary.of(count_ngrams(text) for text in texts)
    seen = Seen(known, sparse_texts(vocabulary, texts))
    squares: list[Floats] = []
    letters: list[Floats] = []
    signals: dict[SignalName, SignalModel] = {}
    first = len(chosen)
    for name, own in examples.items():
        rows = np.concatenate((np.arange(len(chosen)), np.arange(first, first + len(own))))
        first += len(own)
        own_seen = seen.rows(rows)
        targets, importance = _lesson(own, len(chosen))
        asked, scores = _ask(own, own_seen, targets, importance)
        asked_texts = [texts[rows[row]] for row in asked]
        signals[name] = _judge(name, targets[asked] > 0, asked < len(chosen), asked_texts, scores)
        fitted = fit_form(own_seen, targets, importance)
        squares.append(fitted[0])
        letters.append(fitted[1])
    form = Form(
        directions=directions,
        squares=np.stack(squares),
        vocabulary=vocabulary,
        letters=np.stack(letters, axis=1),
    )
    return SignalsModel(form=form, signals=signals)


def _look(texts: Sequence[str], encoder: Encoder) -> tuple[Floats, Floats]:
    """The main directions, and the texts along them: the vectors themselves are much larger, and let go here."""
    vectors = encoder.encode(texts)
    directions = main_directions(vectors, DIRECTIONS)
    return directions, vectors @ directions


def _lesson(examples: Sequence[Example], ordinary: int) -> tuple[Floats, Floats]:
    """Targets and importance: of the ordinary texts, then of the examples."""
    yes = [1.0 if example.yes else -1.0 for example in examples]
    importance = np.concatenate((np.full(ordinary, ORDINARY_IMPORTANCE), np.ones(len(examples))))
    return np.array([-1.0] * ordinary + yes, np.float32), importance.astype(np.float32)


def _ask(
    examples: Sequence[Example], seen: Seen, targets: Floats, importance: Floats
) -> tuple[NDArray[np.intp], Floats]:
    """Some of the texts, and their scores from a form that was fitted without them."""
    strata = [example.yes * 2 + (example.language == "zh") for example in examples]
    asked = spread_folds(np.array([4] * (len(targets) - len(examples)) + strata), HELD_OUT)[0]
    rest = np.setdiff1d(np.arange(len(targets)), asked)
    squares, letters = fit_form(seen.rows(rest), targets[rest], importance[rest])
    return asked, square_sums(seen.vectors[asked], squares) + seen.ngrams[asked] @ letters


def _judge(
    name: SignalName,
    yes: NDArray[np.bool_],
    ordinary: NDArray[np.bool_],
    texts: Sequence[str],
    scores: Floats,
) -> SignalModel:
    """From scores of texts that were left out to probabilities, and the threshold of what no rule decides."""
    weight = np.where(ordinary, (~ordinary).sum() / max(int(ordinary.sum()), 1), 1.0)  # half are ordinary
    features = scores.astype(np.float64)[:, None]
    chance = fit_logistic(features, yes, weight)
    verdicts = np.array([judge(name, text) for text in texts])
    own = ~ordinary & (verdicts != Verdict.NO)
    probability = chance.probability(features)
    probability[(verdicts == Verdict.YES) & (probability >= HARMLESS)] = 1.0
    threshold = lowest_threshold(
        probability[own], yes[own], np.ones(own.sum()), precision=_PRECISION[name], least=0.0
    )
    return SignalModel(chance=chance, threshold=threshold)
