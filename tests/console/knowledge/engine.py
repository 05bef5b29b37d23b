"""An engine that learns at once: a text means the entry whose phrasings share most pairs of letters with it."""

import json
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from core.errors import ShouwenError
from nlu.embedded.explain import Explanation, Near, Term
from nlu.knowledge.entries import KnowledgeBase
from nlu.normalise import bare, normalise
from nlu.understanding import Interpreter, Understanding
from tests.doubles import understood

SURE = 0.6


class CannotTrain(ShouwenError):
    """As the test asked."""


@dataclass(frozen=True)
class Learned:
    """What a training gave."""

    model: bytes
    figures: dict[str, Any]


@dataclass
class Pairs:
    """A trainer and an engine. Trainings wait until `go` is set; `trained` counts them, `ready` the warnings."""

    key: str = "pairs-1"
    fails: bool = False
    trained: int = 0
    ready: int = 0
    go: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.go.set()

    def get_ready(self) -> None:
        self.ready += 1

    def train(self, knowledge: KnowledgeBase) -> Learned:
        assert self.go.wait(30)
        self.trained += 1
        if self.fails:
            raise CannotTrain("it failed, as the test asked")
        known = {
            text: entry.id
            for entry in knowledge.entries.values()
            for texts in entry.phrasings.values()
            for text in texts
        }
        count = len(knowledge.entries)
        accuracy = {"zh": round(1 - 1 / (count + 1), 4), "en": 0.9}
        figures = {"accuracy": accuracy, "answered": {"zh": 0.8, "en": 0.7}, "answered_right": 0.95}
        return Learned(json.dumps(known).encode(), figures)

    def load(self, model: bytes, knowledge: KnowledgeBase) -> "ByPairs":
        return ByPairs(json.loads(model))

    def close(self) -> None:
        pass


@dataclass(frozen=True)
class ByPairs:
    """Understands by the pairs of letters that texts share."""

    known: dict[str, str]

    def understand(self, texts: Sequence[str]) -> list[Understanding]:
        return [self._understand(text) for text in texts]

    def _understand(self, text: str) -> Understanding:
        scores: dict[str, float] = {}
        for phrasing, entry in self.known.items():
            mine, theirs = _pairs(text), _pairs(phrasing)
            score = len(mine & theirs) / max(len(mine | theirs), 1)
            scores[entry] = max(scores.get(entry, 0.0), round(score * 0.99, 2))
        ordered = sorted(scores, key=lambda each: -scores[each])
        others = {each: scores[each] for each in ordered[1:3]}
        language = "en" if text.isascii() else "zh-Hans"
        found = understood(
            ordered[0],
            scores[ordered[0]],
            alternatives=others,
            language=language,
            complaint="投诉" in text,
            wants_human="人工" in text,
        )
        return found.__class__(**{**vars(found), "text": text, "answer_at": SURE})


def explain(interpreter: Interpreter, knowledge: KnowledgeBase, text: str) -> Explanation:
    """The first phrasing, whatever the text is."""
    entry = next(iter(knowledge.entries.values()))
    near = Near(text=entry.phrasings["zh"][0], entry=entry.id, closeness=0.5)
    term = Term(term=text[:2], weight=0.25)
    return Explanation(read_as=text, nearest=(near,), terms=(term,), signals={})


def _pairs(text: str) -> set[str]:
    plain = bare(normalise(text))
    return {plain[start : start + 2] for start in range(max(len(plain) - 1, 1))}
