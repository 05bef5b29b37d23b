"""How the engine reads a text before it compares it: normalised, in the shop's own words, put right."""

import re
from collections.abc import Mapping, Sequence

from nlu.embedded.correction import Correction
from nlu.normalise import clip, normalise


class Reader:
    """Reads texts alike in training and in service. `synonyms` are groups of words that mean the same."""

    def __init__(self, synonyms: Sequence[Sequence[str]], correction: Correction | None = None) -> None:
        self._correction = correction
        self._first: Mapping[str, str] = {
            normalise(word): normalise(group[0]) for group in synonyms for word in group[1:]
        }
        longest_first = sorted(self._first, key=len, reverse=True)
        self._said = re.compile("|".join(map(_whole, longest_first))) if self._first else None

    def read(self, text: str) -> str:
        """A text as it is compared."""
        return self.put_right(normalise(clip(text)))

    def put_right(self, text: str) -> str:
        """A normalised text in the shop's own words, and without slips."""
        unified = self.unify(text)
        return self._correction.correct(unified) if self._correction else unified

    def unify(self, text: str) -> str:
        """A normalised text with the first word of each group of synonyms in place of the others."""
        if self._said is None:
            return text
        return self._said.sub(lambda found: self._first[found[0]], text)


def _whole(word: str) -> str:
    """A pattern of the word that does not match inside of a longer one, as far as its script has spaces."""
    before = r"(?<![a-z0-9])" if word[0].isascii() else ""
    after = r"(?![a-z0-9])" if word[-1].isascii() else ""
    return f"{before}{re.escape(word)}{after}"
