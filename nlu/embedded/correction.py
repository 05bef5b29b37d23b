"""Misspelt words, homophones and typed pinyin, put right towards the words that the knowledge base knows.

Sentence vectors take 推款 for something about pushing and "refnd" for noise. What stands in common words or in
the knowledge base is left alone; the rest is replaced only by what the knowledge base says several times.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

SEEN = 3  # times that a word or run of characters must stand in the phrasings to be a correction
LETTERS = 4  # of the shortest word that is corrected
RUN = 4  # characters of the longest run that is known by its pinyin

_WORD = re.compile(r"(?<![a-z0-9'@.])[a-z]+(?![a-z0-9'@])")
_HAN = re.compile(r"[\u4e00-\u9fff]+")
_ENDINGS = ("s", "es", "d", "ed", "ing", "ly", "er", "ers")


@dataclass(frozen=True, kw_only=True)
class Correction:
    """What is known, and what stands for what."""

    syllables: Mapping[str, str]  # character -> its pinyin without tone
    pairs: frozenset[str]  # two characters that stand together in some phrasing
    by_pinyin: Mapping[str, str]  # pinyin of two to four characters -> the commonest that sound so
    words: Mapping[str, int]  # words worth correcting to, and how often they stand there
    common: frozenset[str] = field(repr=False)  # words that are left alone

    def correct(self, text: str) -> str:
        """The normalised text, put right."""
        text = _WORD.sub(lambda found: self._word(found[0]), text)
        return _HAN.sub(lambda found: self._run(found[0]), text)

    def _word(self, word: str) -> str:
        if len(word) < LETTERS or word in self.words or self._is_common(word):
            return word
        if word in self.by_pinyin:
            return self.by_pinyin[word]
        near = {
            known: self.words[known]
            for shortened in _shortened(word)
            for known in self._by_shortened.get(shortened, ())
            if _one_slip_apart(word, known)
        }
        return max(near, key=lambda known: near[known]) if near else word

    def _is_common(self, word: str) -> bool:
        return word in self.common or any(
            word.endswith(ending) and word[: -len(ending)] in self.common for ending in _ENDINGS
        )

    def _run(self, run: str) -> str:
        """Each unknown pair that sounds like a known one becomes it, unless that would break a known neighbour."""
        characters = list(run)
        for first in range(len(characters) - 1):
            pair = characters[first] + characters[first + 1]
            if pair in self.pairs:
                continue
            meant = self.by_pinyin.get(self._pinyin(pair), "")
            if len(meant) != 2 or not self._is_free(characters, first, meant):
                continue
            characters[first : first + 2] = meant
        return "".join(characters)

    def _is_free(self, characters: Sequence[str], first: int, meant: str) -> bool:
        """Whether what changes is in no known pair with the character beside it."""
        before = characters[first - 1] + characters[first] if first else ""
        after = "".join(characters[first + 1 : first + 3])
        breaks_before = meant[0] != characters[first] and before in self.pairs
        breaks_after = meant[1] != characters[first + 1] and after in self.pairs
        return not (breaks_before or breaks_after)

    def _pinyin(self, characters: str) -> str:
        return "".join(self.syllables.get(character, "?") for character in characters)

    @cached_property
    def _by_shortened(self) -> dict[str, list[str]]:
        """Words by each of their forms with one letter left out, and by themselves."""
        found: dict[str, list[str]] = {}
        for word in self.words:
            for shortened in _shortened(word):
                found.setdefault(shortened, []).append(word)
        return found


def learn_correction(
    texts: Iterable[str], *, common: frozenset[str], syllables: Mapping[str, str]
) -> Correction:
    """From normalised phrasings."""
    words: Counter[str] = Counter()
    runs: Counter[str] = Counter()
    for text in texts:
        words.update(_WORD.findall(text))
        for run in _HAN.findall(text):
            for length in range(2, RUN + 1):
                runs.update(run[start : start + length] for start in range(len(run) - length + 1))
    by_pinyin: dict[str, str] = {}
    for run, count in runs.most_common():
        if count >= SEEN:
            by_pinyin.setdefault("".join(syllables.get(character, "?") for character in run), run)
    return Correction(
        syllables=syllables,
        pairs=frozenset(run for run in runs if len(run) == 2),
        by_pinyin=by_pinyin,
        words={word: count for word, count in words.items() if count >= SEEN and len(word) >= LETTERS},
        common=common,
    )


def _shortened(word: str) -> set[str]:
    return {word, *(word[:place] + word[place + 1 :] for place in range(len(word)))}


def _one_slip_apart(word: str, other: str) -> bool:
    """One letter more, less, wrong, or two neighbours exchanged."""
    if len(word) == len(other):
        places = [place for place in range(len(word)) if word[place] != other[place]]
        if len(places) == 2:
            first, second = places
            return second == first + 1 and word[first] == other[second] and word[second] == other[first]
        return len(places) == 1
    short, long = sorted((word, other), key=len)
    return len(long) - len(short) == 1 and short in _shortened(long)
