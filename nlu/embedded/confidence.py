"""What speaks for an answer: from scores and closeness to known phrasings to a calibrated probability."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nlu.embedded.calibration import Doubles
from nlu.encoders.port import Floats

CROWD = 10  # texts nearest to a message that are looked at
NO_ENTRY = -2.0  # score and cosine of an entry that is not there


@dataclass(frozen=True)
class Shares:
    """Softmax over the entries' scores and one more outcome, "none of them", of fixed score."""

    temperature: float
    none: float

    def of(self, scores: Floats) -> Doubles:
        """Each row's probabilities of the entries; what is missing to 1 is the share of none of them."""
        logits = (
            np.column_stack((scores, np.full(len(scores), self.none))).astype(np.float64) / self.temperature
        )
        powers = np.exp(logits - logits.max(axis=1, keepdims=True))
        shares: Doubles = (powers / powers.sum(axis=1, keepdims=True))[:, :-1]
        return shares


@dataclass(frozen=True)
class Surroundings:
    """What is known around each text: `nearest` by entry, then of the `CROWD` nearest texts, whosever they are."""

    nearest: Floats  # cosine to the nearest phrasing of each entry
    crowd: NDArray[np.intp]  # their entries; -1 for a text that no entry answers
    density: Floats  # their mean cosine
    stranger: Floats  # cosine to the nearest text that no entry answers

    @classmethod
    def of(cls, cosines: Floats, counts: Sequence[int] | NDArray[np.intp]) -> "Surroundings":
        """From cosines to all known texts: the entries' phrasings, grouped as `counts` says, then strangers."""
        phrasings = int(sum(counts))
        starts = np.concatenate(([0], np.cumsum(counts)[:-1])).astype(np.intp)
        owners = np.concatenate(
            (np.repeat(np.arange(len(counts)), counts), np.full(cosines.shape[1] - phrasings, -1))
        )
        crowd = min(CROWD, cosines.shape[1])
        closest = np.argpartition(cosines, -crowd, axis=1)[:, -crowd:]
        strangers = cosines[:, phrasings:]
        return cls(
            nearest=np.maximum.reduceat(cosines[:, :phrasings], starts, axis=1),
            crowd=owners[closest],
            density=np.take_along_axis(cosines, closest, axis=1).mean(axis=1),
            stranger=strangers.max(axis=1) if phrasings < cosines.shape[1] else np.full(len(cosines), -1.0),
        )

    def rows(self, which: NDArray[np.intp]) -> "Surroundings":
        """Of some of the texts."""
        return Surroundings(self.nearest[which], self.crowd[which], self.density[which], self.stranger[which])


def joined(parts: Sequence[Surroundings]) -> Surroundings:
    """Of the texts of all parts, one after the other."""
    return Surroundings(
        nearest=np.concatenate([part.nearest for part in parts]),
        crowd=np.concatenate([part.crowd for part in parts]),
        density=np.concatenate([part.density for part in parts]),
        stranger=np.concatenate([part.stranger for part in parts]),
    )


def evidence(scores: Floats, around: Surroundings, shares: Shares) -> Doubles:
    """Each row's features for the probability that its best-scored entry is right.

    Its score, its lead over the next, its share; its nearest phrasing, the lead of that over others'; how many
    of the nearest texts are its own, how near they are, and how near is one that no entry answers.
    """
    rows = np.arange(len(scores))
    best = scores.argmax(axis=1)
    top, close = scores[rows, best], around.nearest[rows, best]
    next_score = _without(scores, best).max(axis=1)
    next_close = _without(around.nearest, best).max(axis=1)
    share = np.clip(shares.of(scores)[rows, best], 1e-4, 1 - 1e-4)
    features = (
        top,
        top - next_score,
        np.log(share / (1 - share)),
        close,
        close - np.maximum(next_close, -1.0),
        (around.crowd == best[:, None]).mean(axis=1),
        around.density,
        around.stranger,
    )
    return np.column_stack(features).astype(np.float64)


def _without(values: Floats, columns: NDArray[np.intp]) -> Floats:
    """The values with one column of each row struck out (and one more, so that there is always a next)."""
    padded = np.column_stack((values, np.full(len(values), NO_ENTRY, np.float32)))
    padded[np.arange(len(values)), columns] = NO_ENTRY
    return padded


def fit_shares(scores: Floats, right: NDArray[np.intp], weight: Doubles) -> Shares:
    """The temperature and none's score with the least log loss; `right` is -1 where no entry is right."""
    candidates = [
        Shares(temperature, none)
        for temperature in (0.03, 0.05, 0.07, 0.09, 0.12, 0.16)
        for none in (0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5)
    ]
    return min(candidates, key=lambda shares: _log_loss(shares.of(scores), right, weight))


def _log_loss(shares: Doubles, right: NDArray[np.intp], weight: Doubles) -> float:
    outcomes = np.column_stack((shares, 1.0 - shares.sum(axis=1)))
    return float(weight @ -np.log(np.maximum(outcomes[np.arange(len(outcomes)), right], 1e-12)))
