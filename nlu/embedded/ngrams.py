"""N-grams: what a text says to the letter, beside what it means.

Words alone and in pairs, pieces of words of three to five letters, and Chinese characters in runs of up to
three: enough to know a name, an abbreviation or a misspelt word that sentence vectors do not.
"""

import itertools
import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from nlu.encoders.port import Floats

WORD = re.compile(r"[a-z0-9']+|[\u3400-\u4dbf\u4e00-\u9fff]")
RUN = re.compile(r"[a-z0-9']+|[\u3400-\u4dbf\u4e00-\u9fff]+")
FIRST_HAN = "\u3400"
OFTEN = 2  # an n-gram is known when it stands in as many texts
PAIR = " "  # between the words of a pair
PIECE = "\u2026"  # before a piece, so that it is not taken for a word


@dataclass(frozen=True)
class Weighed:
    """Texts as unit vectors in sparse form: text i is at `starts[i]` to `starts[i + 1]` of the others."""

    starts: NDArray[np.intp]
    columns: NDArray[np.intp]
    weights: Floats

    def sums(self, values: NDArray[np.floating]) -> Floats:
        """For each text the weighed sum of its columns' rows of values."""
        total = np.zeros((len(self.starts) - 1, values.shape[1]), np.float32)
        filled = np.flatnonzero(np.diff(self.starts))
        if len(filled):
            weighed = values[self.columns] * self.weights[:, None]
            total[filled] = np.add.reduceat(weighed, self.starts[filled], axis=0)
        return total


def count_ngrams(text: str) -> Mapping[str, int]:
    """How often each n-gram stands in a normalised text."""
    words = WORD.findall(text)
    found = words + [first + PAIR + second for first, second in itertools.pairwise(words)]
    for run in RUN.findall(text):
        if run[0] >= FIRST_HAN:
            found += [PIECE + run[i : i + n] for n in (2, 3) for i in range(len(run) - n + 1)]
        else:
            framed = f"_{run}_"
            found += [PIECE + framed[i : i + n] for n in (3, 4, 5) for i in range(len(framed) - n + 1)]
    return Counter(found)


class Vocabulary:
    """The n-grams that are known, and how much each tells. Texts are given as `count_ngrams` counts them."""

    def __init__(self, idf: Mapping[str, float]) -> None:
        self.idf = dict(idf)
        self._columns = {ngram: number for number, ngram in enumerate(self.idf)}
        self._tells = np.array(list(self.idf.values()), np.float32)

    @classmethod
    def of(cls, counted: Iterable[Mapping[str, int]]) -> "Vocabulary":
        """Learned from texts, which are gone through once."""
        found: Counter[str] = Counter()
        texts = 0
        for each in counted:
            found.update(each.keys())
            texts += 1
        return cls(
            {
                ngram: math.log((1 + texts) / (1 + count)) + 1
                for ngram, count in found.items()
                if count >= OFTEN
            }
        )

    def __len__(self) -> int:
        return len(self.idf)

    @cached_property
    def ngrams(self) -> Sequence[str]:
        """By column."""
        return list(self.idf)

    def weigh(self, counted: Sequence[Mapping[str, int]]) -> Weighed:
        """By known n-gram: tf-idf, the frequency dampened."""
        find = self._columns.get
        columns = np.array([find(ngram, -1) for each in counted for ngram in each], np.intp)
        counts = np.array([count for each in counted for count in each.values()], np.float32)
        rows = np.repeat(np.arange(len(counted)), [len(each) for each in counted])
        known = columns >= 0
        columns, rows = columns[known], rows[known]
        weights = (1 + np.log(counts[known])) * self._tells[columns]
        lengths = np.sqrt(np.bincount(rows, weights * weights, minlength=len(counted)))
        starts = np.concatenate(([0], np.cumsum(np.bincount(rows, minlength=len(counted)))))
        return Weighed(starts, columns, (weights / lengths[rows]).astype(np.float32))
