"""A model that a Rasa server has, and how to read what it says."""

import json
import math
from dataclasses import asdict, dataclass

from nlu.rasa.client import Parsed, Ranked
from nlu.rasa.project import FALLBACK, NONE

AT_MOST = 0.98  # confidence; as the embedded engine's in what is not a known phrasing


@dataclass(frozen=True, kw_only=True)
class Published:
    """A trained model, and the logistic curve that makes a probability of its confidence."""

    model: str  # file name, in the server's folder of models
    intents: tuple[str, ...]
    bias: float
    weight: float
    answer_at: float  # the probability from which answering keeps the target precision
    held_out: int  # texts that entries answer, asked without having been learned
    accuracy: float  # share of them whose likeliest intent was right

    def probability(self, confidence: float) -> float:
        """That answering is right, of Rasa's own confidence in an entry."""
        return min(1 / (1 + math.exp(-self.bias - self.weight * log_odds(confidence))), AT_MOST)

    def entries(self, parsed: Parsed) -> list[Ranked]:
        """The entries that Rasa names, likeliest first; none when it serves another knowledge base.

        Likelier than the first may be "none of them" or Rasa's own fallback: then its confidence is low by itself.
        """
        known = frozenset(self.intents)
        if any(each.intent not in known | {NONE, FALLBACK} for each in parsed.ranking):
            return []
        return [each for each in parsed.ranking if each.intent in known]

    def to_json(self) -> str:
        return json.dumps(asdict(self), ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> "Published":
        values = json.loads(text)
        return cls(**{**values, "intents": tuple(values["intents"])})


def log_odds(confidence: float) -> float:
    """Where the curve is a straight line; never endless."""
    share = min(max(confidence, 1e-4), 1 - 1e-4)
    return math.log(share / (1 - share))
