"""Which questions are of one kind: by what they are about, cheaply, and for Chinese and English alike. Pure.

A text is what remains of it without the words that any question has: its words, or its characters and pairs of them.
Each kind is known by a few of its texts. A new one is compared with those that share its rarest terms, so that it takes
as long with thousands of kinds as with ten.
"""

import itertools
import math
import re
from collections import Counter, defaultdict
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Generic, TypeVar

from nlu.normalise import clip, normalise

ALIKE = 0.55  # from this likeness on two questions are one
SAME_ENTRY = 0.15  # is added where the bot took both for the same entry
KNOWN_BY = 5  # texts of each kind
REPEATED = 0.9  # a text that is so like another of its kind says nothing new of it
LOOKED_AT = 10_000  # places in the index, for one text
COMPARED = 50  # texts

_RUN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]+|[^\W_\u3400-\u9fff\uf900-\ufaff]+")
_POLITE = re.compile(
    "你好|您好|谢谢|请问|麻烦|为什么|什么时候|什么|怎么|怎样|如何|可不可以|可以|能不能|是不是|有没有|多少|一下|现在"
)
_PARTICLES = frozenset("的了吗呢吧啊呀哦嗯么你您我们他她它这那是有在能会就都也还把和与很太个几啥哪里想要")
_COMMON = (
    "a an and any are at be been but by can could did do does for from get got had has have hello hey hi how i if im "
    "in is it its just me my need no not of ok on or our please so some thank thanks that the them there they this to "
    "too us want was we what whats when where which who why will with would yes you your"
)
_STOP_WORDS = frozenset(_COMMON.split())
_ENDINGS = re.compile(r"(?<=\w{3})(?:ings?|ed|es|s)$")
_DOUBLED = re.compile(r"([b-df-hj-np-tv-z])\1$")

Terms = frozenset[str]
Key = TypeVar("Key", bound=Hashable)


def terms_of(text: str) -> Terms:
    """What a text is about; nothing, of small talk and of what is no words at all."""
    found: set[str] = set()
    for run in _RUN.findall(normalise(clip(text)).replace("'", "")):
        if run[0] < "\u3400":
            if run not in _STOP_WORDS:
                found.add(_DOUBLED.sub(r"\1", _ENDINGS.sub("", run)))
            continue
        plain = "".join(each for each in _POLITE.sub("", run) if each not in _PARTICLES)
        found |= {*plain, *map("".join, itertools.pairwise(plain))}
    return frozenset(found)


def likeness(one: Terms, other: Terms) -> float:
    """From 0, nothing in common, to 1: the cosine."""
    return len(one & other) / math.sqrt(len(one) * len(other)) if one and other else 0.0


def most_typical(texts: list[str]) -> int:
    """The place of the text that is most like all the others together; the first of several."""
    terms = [terms_of(text) for text in texts]
    common = Counter(term for each in terms for term in each)
    scores = [sum(common[term] for term in each) / math.sqrt(len(each) or 1) for each in terms]
    return scores.index(max(scores))


@dataclass(frozen=True, kw_only=True)
class Question:
    """A text as it is compared; `near` is the entry that the bot took it for, if it took it for one."""

    language: str
    terms: Terms
    near: str | None = None


class Kinds(Generic[Key]):
    """Kinds of questions. The same questions in the same order always make the same kinds."""

    def __init__(self) -> None:
        self._texts: list[tuple[Key, Question]] = []
        self._places: dict[tuple[str, str], list[int]] = defaultdict(list)  # by language and term
        self._known: dict[Key, list[Terms]] = defaultdict(list)

    def find(self, question: Question) -> Key | None:
        """The kind that the question is of; of several the likest, then the oldest."""
        lists = [self._places.get((question.language, term), []) for term in sorted(question.terms)]
        shared: Counter[int] = Counter()
        for places in sorted(lists, key=len):
            if shared.total() + len(places) > LOOKED_AT and shared:
                break
            shared.update(places[-LOOKED_AT:])
        best, found = ALIKE, None
        for place in sorted(shared, key=lambda each: (-shared[each], each))[:COMPARED]:
            key, known = self._texts[place]
            same = question.near is not None and question.near == known.near
            score = likeness(question.terms, known.terms) + SAME_ENTRY * same
            if score > best or (found is None and score >= best):
                best, found = score, key
        return found

    def add(self, key: Key, question: Question) -> None:
        """It is of this kind; the kind is known by it, too, if it says something new and there is room."""
        known = self._known[key]
        if len(known) >= KNOWN_BY or any(likeness(question.terms, each) >= REPEATED for each in known):
            return
        known.append(question.terms)
        for term in sorted(question.terms):
            self._places[question.language, term].append(len(self._texts))
        self._texts.append((key, question))
