"""Training the signals' classifiers. They do not depend on the knowledge base: trained once, kept, used with all."""

from collections.abc import Mapping, Sequence

import numpy as np

from nlu.embedded.calibration import best_f1_threshold, fit_logistic
from nlu.embedded.form import Form, square_sums
from nlu.embedded.form_fit import fit_form
from nlu.embedded.kernel import main_directions
from nlu.embedded.model import SignalModel, SignalsModel
from nlu.embedded.ngrams import Vocabulary, count_ngrams
from nlu.embedded.ridge import spread_folds
from nlu.embedded.seen import Seen, sparse
from nlu.encoders.port import Encoder, Floats
from nlu.normalise import normalise
from nlu.rules import Verdict, judge
from nlu.signals import Example, SignalName

FOLDS = 4
DIRECTIONS = 384  # of the vectors that are kept
ORDINARY = 9_000  # plain questions and unrelated messages at most that serve as examples without any signal
ORDINARY_IMPORTANCE = 0.6  # of each of them: some may carry a signal after all
ORDINARY_SHARE = 1.5  # of all of them together, against a signal's own examples, when its threshold is chosen

# A missed emergency costs far more than a look by a person.
_RECALL_WEIGHT = {SignalName.COMPLAINT: 1.0, SignalName.WANTS_HUMAN: 1.0, SignalName.EMERGENCY: 2.0}


def train_signals(
    examples: Mapping[SignalName, Sequence[Example]], ordinary: Sequence[str], encoder: Encoder
) -> SignalsModel:
    """Learn each signal from its own examples, and from ordinary texts, which most likely carry none."""
    plain = [normalise(text) for text in ordinary]
    chosen = [plain[row] for row in np.random.default_rng(0).permutation(len(plain))[:ORDINARY]]
    texts = chosen + [normalise(example.text) for own in examples.values() for example in own]
    vectors = encoder.encode(texts)
    counted = [count_ngrams(text) for text in texts]
    directions, vocabulary = main_directions(vectors, DIRECTIONS), Vocabulary.of(counted)
    seen = Seen(vectors @ directions, sparse(vocabulary, counted))
    squares: list[Floats] = []
    letters: list[Floats] = []
    signals: dict[SignalName, SignalModel] = {}
    first = len(chosen)
    for name, own in examples.items():
        rows = np.concatenate((np.arange(len(chosen)), np.arange(first, first + len(own))))
        first += len(own)
        own_seen, own_texts = seen.rows(rows), [texts[row] for row in rows]
        targets, importance = _lesson(own, len(chosen))
        signals[name] = _judge(name, own, own_texts, _left_out(own, own_seen, targets, importance))
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


def _lesson(examples: Sequence[Example], ordinary: int) -> tuple[Floats, Floats]:
    """Targets and importance: of the ordinary texts, then of the examples."""
    yes = [1.0 if example.yes else -1.0 for example in examples]
    importance = np.concatenate((np.full(ordinary, ORDINARY_IMPORTANCE), np.ones(len(examples))))
    return np.array([-1.0] * ordinary + yes, np.float32), importance.astype(np.float32)


def _left_out(examples: Sequence[Example], seen: Seen, targets: Floats, importance: Floats) -> Floats:
    """The score of each text, from a form that was fitted without its fold."""
    strata = [example.yes * 2 + (example.language == "zh") for example in examples]
    scores = np.empty_like(targets)
    for fold in spread_folds(np.array([4] * (len(targets) - len(examples)) + strata), FOLDS):
        rest = np.setdiff1d(np.arange(len(targets)), fold)
        squares, letters = fit_form(seen.rows(rest), targets[rest], importance[rest])
        asked = seen.rows(fold)
        scores[fold] = square_sums(asked.vectors, squares) + asked.ngrams @ letters
    return scores


def _judge(
    name: SignalName, examples: Sequence[Example], texts: Sequence[str], scores: Floats
) -> SignalModel:
    """From scores of texts that were left out to probabilities, and the threshold of what no rule decides."""
    ordinary = len(texts) - len(examples)
    yes = np.array([False] * ordinary + [example.yes for example in examples])
    share = ORDINARY_SHARE * len(examples) / max(ordinary, 1)
    weight = np.concatenate((np.full(ordinary, share), np.ones(len(examples))))
    features = scores.astype(np.float64)[:, None]
    chance = fit_logistic(features, yes, weight)
    open_ = np.array([judge(name, text) is Verdict.OPEN for text in texts])
    threshold = best_f1_threshold(
        chance.probability(features)[open_], yes[open_], weight[open_], recall_weight=_RECALL_WEIGHT[name]
    )
    return SignalModel(chance=chance, threshold=threshold)
