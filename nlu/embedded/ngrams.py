"""N-grams: what a text says to the letter, beside what it means.

Words alone and in pairs, pieces of words of three to five letters, and Chinese characters in runs of up to
three: enough to know a name, an abbreviation or a misspelt word that sentence vectors do not.
"""

import itertools
import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from nlu.encoders.port import Floats

WORD = re.compile(r"[a-z0-9']+|[\u3400-\u4dbf\u4e00-\u9fff]")
RUN = re.compile(r"[a-z0-9']+|[\u3400-\u4dbf\u4e00-\u9fff]+")
FIRST_HAN = "\u3400"
OFTEN = 2  # an n-gram is known when it stands in as many texts
PAIR = " "  # between the words of a pair
PIECE = "\u2026"  # before a piece, so that it is not taken for a word


def ngrams(text: str) -> list[str]:
    """The n-grams of a normalised text, with repetitions."""
    words = WORD.findall(text)
    found = words + [first + PAIR + second for first, second in itertools.pairwise(words)]
    for run in RUN.findall(text):
        if run[0] >= FIRST_HAN:
            found += [PIECE + run[i : i + n] for n in (2, 3) for i in range(len(run) - n + 1)]
        else:
            framed = f"_{run}_"
            found += [PIECE + framed[i : i + n] for n in (3, 4, 5) for i in range(len(framed) - n + 1)]
    return found


class Vocabulary:
    """The n-grams that are known, and how much each tells."""

    def __init__(self, idf: Mapping[str, float]) -> None:
        self.idf = dict(idf)
        self._column = {ngram: number for number, ngram in enumerate(self.idf)}

    @classmethod
    def of(cls, texts: Sequence[str]) -> "Vocabulary":
        """Learned from normalised texts."""
        found = Counter(ngram for text in texts for ngram in set(ngrams(text)))
        return cls(
            {
                ngram: math.log((1 + len(texts)) / (1 + count)) + 1
                for ngram, count in found.items()
                if count >= OFTEN
            }
        )

    def __len__(self) -> int:
        return len(self.idf)

    def weigh(self, text: str) -> dict[str, float]:
        """The text as a unit vector: the weight of each known n-gram (tf-idf, the frequency dampened)."""
        weights = {
            ngram: (1 + math.log(count)) * self.idf[ngram]
            for ngram, count in Counter(ngrams(text)).items()
            if ngram in self.idf
        }
        length = math.sqrt(sum(weight * weight for weight in weights.values()))
        return {ngram: weight / length for ngram, weight in weights.items()} if length else {}

    @property
    def columns(self) -> Mapping[str, int]:
        """The place of each n-gram."""
        return self._column

    def rows(self, texts: Iterable[str]) -> tuple[NDArray[np.intp], NDArray[np.intp], Floats]:
        """Unit vectors in sparse form: where each row starts (and the end), columns, weights."""
        starts, columns, weights = [0], [], []
        for text in texts:
            for ngram, weight in self.weigh(text).items():
                columns.append(self._column[ngram])
                weights.append(weight)
            starts.append(len(columns))
        return np.array(starts), np.array(columns, np.intp), np.array(weights, np.float32)
