"""An engine that learns by rote, at once: its model is the answer to every text. Tests hold it up, or make it fail."""

import json
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from core.errors import ShouwenError
from nlu.knowledge.documents import fingerprint
from nlu.knowledge.entries import KnowledgeBase
from nlu.understanding import Understanding
from tests.doubles import understood


class CannotTrain(ShouwenError):
    """As the test asked."""


@dataclass(frozen=True)
class Learned:
    """What a training gave."""

    model: bytes
    figures: dict[str, Any]


@dataclass
class Rote:
    """A trainer and an engine. Trainings wait until `go` is set; `most` is how many went on at once."""

    key: str = "rote-1"
    fails: bool = False
    trained: list[KnowledgeBase] = field(default_factory=list)
    go: threading.Event = field(default_factory=threading.Event)
    begun: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.go.set()

    def get_ready(self) -> None:
        pass

    def train(self, knowledge: KnowledgeBase) -> Learned:
        self.trained.append(knowledge)
        self.begun.set()
        assert self.go.wait(30)
        if self.fails:
            raise CannotTrain("it failed, as the test asked")
        model = {
            "key": self.key,
            "fingerprint": fingerprint(knowledge),
            "intent": next(iter(knowledge.entries)),
        }
        return Learned(json.dumps(model).encode(), {"entries": len(knowledge.entries)})

    def load(self, model: bytes, knowledge: KnowledgeBase) -> "ByRote":
        return ByRote(json.loads(model)["intent"])

    def close(self) -> None:
        pass


@dataclass(frozen=True)
class ByRote:
    """Understands every text as the first entry of its knowledge base."""

    intent: str

    def understand(self, texts: Sequence[str]) -> list[Understanding]:
        return [understood(self.intent, 0.99, language="en") for _ in texts]
