"""Training the signals' classifiers. They do not depend on the knowledge base: trained once, kept, used with all."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nlu.embedded.calibration import best_f1_threshold, fit_logistic
from nlu.embedded.kernel import LETTERS, main_directions
from nlu.embedded.machine import Machine
from nlu.embedded.model import SignalModel, SignalsModel
from nlu.embedded.ngrams import Vocabulary
from nlu.embedded.ridge import fit, spread_folds
from nlu.embedded.seen import Seen
from nlu.encoders.port import Encoder
from nlu.normalise import normalise
from nlu.rules import Verdict, judge
from nlu.signals import Example, SignalName

FOLDS = 10
ORDINARY = 4_000  # plain questions and unrelated messages at most that serve as examples without any signal
ORDINARY_IMPORTANCE = 0.5  # of each of them: some may carry a signal after all
ASKED = 1_000  # of them that are left out in turn, to choose the threshold by
ORDINARY_WEIGHT = (
    2_000  # of all of them together, when it is chosen, against 1 of each example: most messages are ordinary
)

# A missed emergency costs far more than a look by a person.
_RECALL_WEIGHT = {SignalName.COMPLAINT: 1.0, SignalName.WANTS_HUMAN: 1.0, SignalName.EMERGENCY: 1.7}


@dataclass(frozen=True)
class _Fitted:
    rows: NDArray[np.intp]
    weights: NDArray[np.float32]
    model: SignalModel


def train_signals(
    examples: Mapping[SignalName, Sequence[Example]], ordinary: Sequence[str], encoder: Encoder
) -> SignalsModel:
    """Learn each signal from its own examples, and from ordinary texts, which most likely carry none."""
    names = list(examples)
    plain = [normalise(text) for text in ordinary]
    chosen = [plain[row] for row in np.random.default_rng(0).permutation(len(plain))[:ORDINARY]]
    texts = chosen + [normalise(example.text) for name in names for example in examples[name]]
    vectors = encoder.encode(texts)
    directions, vocabulary = main_directions(vectors), Vocabulary.of(texts)
    seen = Seen.of(texts, vectors, directions, vocabulary)
    weights = np.zeros((len(texts), len(names)), np.float32)
    models: dict[SignalName, SignalModel] = {}
    first = len(chosen)
    for column, name in enumerate(names):
        own = np.arange(first, first + len(examples[name]))
        first += len(own)
        fitted = _fit(name, examples[name], texts, seen, np.arange(len(chosen)), own)
        weights[fitted.rows, column] = fitted.weights
        models[name] = fitted.model
    machine = Machine(
        directions=directions,
        vectors=seen.vectors,
        weights=weights,
        vocabulary=vocabulary,
        letters=np.asarray(seen.ngrams.T @ (LETTERS * weights), np.float32),
    )
    return SignalsModel(machine=machine, signals=models)


def _fit(
    name: SignalName,
    examples: Sequence[Example],
    texts: Sequence[str],
    seen: Seen,
    ordinary: NDArray[np.intp],
    own: NDArray[np.intp],
) -> _Fitted:
    rows = np.concatenate((ordinary, own))
    yes = np.array([example.yes for example in examples])
    targets = np.concatenate((np.full(len(ordinary), -1.0), np.where(yes, 1.0, -1.0))).astype(np.float32)
    importance = np.concatenate((np.full(len(ordinary), ORDINARY_IMPORTANCE), np.ones(len(own))))
    asked = min(ASKED, len(ordinary))
    last = asked + len(own)
    fitted = fit(seen.rows(rows).lower_kernel(), targets[:, None], last=last, importance=importance)
    strata = yes * 2 + np.array([example.language == "zh" for example in examples])
    strata = np.concatenate((np.full(asked, 4), strata))
    scores = fitted.left_out(spread_folds(strata, FOLDS)).astype(np.float64)
    is_yes = targets[len(rows) - last :] > 0
    weight = np.concatenate((np.full(asked, ORDINARY_WEIGHT / max(asked, 1)), np.ones(len(own))))
    chance = fit_logistic(scores, is_yes, weight)
    probabilities = chance.probability(scores)
    open_ = np.array([judge(name, texts[row]) is Verdict.OPEN for row in rows[len(rows) - last :]])
    threshold = best_f1_threshold(
        probabilities[open_], is_yes[open_], weight[open_], recall_weight=_RECALL_WEIGHT[name]
    )
    return _Fitted(rows, fitted.weights[:, 0], SignalModel(chance=chance, threshold=threshold))
