"""The embedded engine: understands messages within this process, without a server."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import threadpoolctl

from nlu.confidence import evidence, nearest_by_entry
from nlu.encoder import ENCODER, Encoder
from nlu.kernel import closeness
from nlu.languages import detect_language
from nlu.model import Model, load
from nlu.normalise import bare, clip, normalise
from nlu.rules import Verdict, is_rejection, judge
from nlu.signals import SignalName
from nlu.understanding import Guess, Signal, Understanding, Urgency

ALTERNATIVES = 3
CERTAIN = 0.99  # the message is a known phrasing, to the letter
AT_MOST = 0.98  # anything else
RULED = 0.97  # probability of a signal that a rule has found; 1 minus it of one that was denied
WORDLESS = 0.01  # confidence in what consists of marks and emoji only

_NO_SIGNAL = Signal(probability=0.0, decision=False)


class EmbeddedInterpreter:
    """Implements the `Interpreter` port on a trained model."""

    def __init__(self, model: Model, encoder: Encoder) -> None:
        self._model = model
        self._encoder = encoder

    @classmethod
    def load(cls, folder: Path) -> "EmbeddedInterpreter":
        """From the folder that `ensure_trained` returned. Raises `DamagedFiles`.

        From then on this process multiplies matrices on one thread: for ours, which are small, waiting for other
        threads costs more than they save, many times more on a busy machine.
        """
        threadpoolctl.threadpool_limits(1, user_api="blas")
        return cls(load(folder), Encoder.load(folder.parent / ENCODER))

    @property
    def answer_at(self) -> float:
        """The confidence from which answering keeps the target precision, found at training."""
        return self._model.answer_at

    def understand(self, texts: Sequence[str]) -> list[Understanding]:
        """What each text means; the batch goes through the model at once."""
        if not texts:
            return []
        seen = [clip(text) for text in texts]
        plain = [normalise(text) for text in seen]
        model = self._model
        count = len(model.entries)
        cosines = self._encoder.encode(plain) @ model.vectors.T
        scores = closeness(cosines) @ model.weights
        nearest = nearest_by_entry(cosines, model.counts)
        features = evidence(scores[:, :count], nearest, model.shares)
        confidence = np.minimum(model.confidence.probability(features), AT_MOST)
        shares = model.shares.of(scores[:, :count])
        chances = {
            SignalName(name): signal.chance.probability(scores[:, [count + number]].astype(np.float64))
            for number, (name, signal) in enumerate(model.signals.items())
        }
        best = scores[:, :count].argmax(axis=1)
        understood = []
        for row, text in enumerate(texts):
            if not plain[row]:
                understood.append(_nothing(text))
                continue
            words = bare(plain[row])
            entry, sure = int(best[row]), float(confidence[row]) if words else WORDLESS
            if (known := model.exact.get(words)) is not None:
                entry, sure = known, CERTAIN
            signals = {
                name: self._signal(name, plain[row], float(chance[row]) if words else 0.0)
                for name, chance in chances.items()
            }
            emergency = signals[SignalName.EMERGENCY].decision
            understood.append(
                Understanding(
                    text=text,
                    language=detect_language(seen[row]),
                    intent=model.entries[entry],
                    confidence=round(sure, 4),
                    alternatives=self._alternatives(shares[row], entry, sure),
                    complaint=signals[SignalName.COMPLAINT],
                    wants_human=signals[SignalName.WANTS_HUMAN],
                    urgency=Urgency.EMERGENCY if emergency else Urgency.NORMAL,
                    rejection=is_rejection(plain[row]),
                )
            )
        return understood

    def _signal(self, name: SignalName, text: str, chance: float) -> Signal:
        match judge(name, text):
            case Verdict.YES:
                return Signal(probability=max(round(chance, 4), RULED), decision=True)
            case Verdict.NO:
                return Signal(probability=min(round(chance, 4), round(1 - RULED, 4)), decision=False)
            case Verdict.OPEN:
                decision = chance >= self._model.signals[name].threshold
                return Signal(probability=round(chance, 4), decision=decision)

    def _alternatives(self, shares: np.ndarray, entry: int, sure: float) -> tuple[Guess, ...]:
        """The next likeliest; together with the entry they are never more than certain."""
        others = [int(each) for each in np.argsort(-shares)[: ALTERNATIVES + 1] if each != entry][
            :ALTERNATIVES
        ]
        room = min(1.0, (1.0 - sure) / max(1.0 - float(shares[entry]), 1e-9))
        return tuple(
            Guess(intent=self._model.entries[each], probability=round(float(shares[each]) * room, 4))
            for each in others
        )


def _nothing(text: str) -> Understanding:
    return Understanding(
        text=text,
        language="other",
        intent="",
        confidence=0.0,
        alternatives=(),
        complaint=_NO_SIGNAL,
        wants_human=_NO_SIGNAL,
        urgency=Urgency.NORMAL,
        rejection=False,
    )
