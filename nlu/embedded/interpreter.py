"""The embedded engine: understands messages within this process, without a server."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from nlu.embedded.calibration import Doubles
from nlu.embedded.confidence import Surroundings, evidence
from nlu.embedded.model import DamagedModel, Model
from nlu.embedded.ngrams import count_ngrams
from nlu.embedded.reading import Reader
from nlu.encoders.port import Encoder, Floats
from nlu.languages import detect_language
from nlu.normalise import bare, clip, normalise
from nlu.rules import HARMLESS, Verdict, is_rejection, judge
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
        """Raises `DamagedModel` when the model was trained on another encoder."""
        if model.encoder != encoder.key:
            raise DamagedModel(f"it knows the vectors of {model.encoder}, not of {encoder.key}")
        self.model = model
        self._encoder = encoder
        self.reader = Reader(model.synonyms, model.correction)

    def understand(self, texts: Sequence[str]) -> list[Understanding]:
        """What each text means; the batch goes through the model at once. Raises `EncoderUnavailable`."""
        if not texts:
            return []
        model = self.model
        plain = [normalise(clip(text)) for text in texts]
        read = [self.reader.put_right(text) for text in plain]
        # Signals are heard in the words as they are written: put right towards the shop's words, 被电了 becomes 被点了.
        slips = [row for row in range(len(texts)) if plain[row] != read[row]]
        encoded = self.encode([*read, *[plain[row] for row in slips]])
        vectors, heard_vectors = encoded[: len(texts)], encoded[: len(texts)].copy()
        heard_vectors[slips] = encoded[len(texts) :]
        cosines = model.machine.cosines(vectors)
        counted = [count_ngrams(text) for text in read]
        scores = model.machine.scores(cosines, counted)
        around = Surroundings.of(cosines, model.counts)
        confidence = np.minimum(model.confidence.probability(evidence(scores, around, model.shares)), AT_MOST)
        shares, best = model.shares.of(scores), scores.argmax(axis=1)
        for row in slips:
            counted[row] = count_ngrams(plain[row])
        heard = model.signals.form.scores(heard_vectors, counted).astype(np.float64)
        chances = [
            signal.chance.probability(heard[:, [column]])
            for column, signal in enumerate(model.signals.signals.values())
        ]
        return [
            self._understand(
                text,
                plain[row],
                read[row],
                int(best[row]),
                float(confidence[row]),
                shares[row],
                [float(chance[row]) for chance in chances],
            )
            for row, text in enumerate(texts)
        ]

    def encode(self, read: Sequence[str]) -> Floats:
        """The vectors of texts as the reader reads them. Raises `EncoderUnavailable`."""
        return self._encoder.encode(read)

    def _understand(
        self,
        text: str,
        plain: str,
        read: str,
        entry: int,
        sure: float,
        shares: Doubles,
        chances: Sequence[float],
    ) -> Understanding:
        if not read:
            return _nothing(text)
        model, words = self.model, bare(read)
        if not words:
            sure = WORDLESS
        elif (known := model.exact.get(words)) is not None:
            entry, sure = known, CERTAIN
        signals = {
            name: self._signal(name, plain, chance if words else 0.0)
            for name, chance in zip(model.signals.signals, chances, strict=True)
        }
        return Understanding(
            text=text,
            language=detect_language(clip(text)),
            intent=model.entries[entry],
            confidence=round(sure, 4),
            answer_at=model.answer_at[entry],
            offer_at=model.offer_at[entry],
            alternatives=self._alternatives(shares, entry, sure),
            complaint=signals[SignalName.COMPLAINT],
            wants_human=signals[SignalName.WANTS_HUMAN],
            urgency=Urgency.EMERGENCY if signals[SignalName.EMERGENCY].decision else Urgency.NORMAL,
            rejection=is_rejection(plain),
        )

    def _signal(self, name: SignalName, text: str, chance: float) -> Signal:
        probability = round(chance, 4)
        match judge(name, text):
            case Verdict.YES if probability >= HARMLESS:
                return Signal(probability=max(probability, RULED), decision=True)
            case Verdict.NO:
                return Signal(probability=min(probability, round(1 - RULED, 4)), decision=False)
            case _:
                threshold = self.model.signals.signals[name].threshold
                return Signal(probability=probability, decision=chance >= threshold)

    def _alternatives(self, shares: NDArray[np.float64], entry: int, sure: float) -> tuple[Guess, ...]:
        """The next likeliest; together with the entry they are never more than certain."""
        likeliest = [int(each) for each in np.argsort(-shares)[: ALTERNATIVES + 1]]
        others = [each for each in likeliest if each != entry][:ALTERNATIVES]
        room = min(1.0, (1.0 - sure) / max(1.0 - float(shares[entry]), 1e-9))
        return tuple(
            Guess(
                intent=self.model.entries[each],
                probability=round(float(shares[each]) * room, 4),
                offer_at=self.model.offer_at[each],
            )
            for each in others
        )


def _nothing(text: str) -> Understanding:
    return Understanding(
        text=text,
        language="other",
        intent="",
        confidence=0.0,
        answer_at=1.0,
        offer_at=1.0,
        alternatives=(),
        complaint=_NO_SIGNAL,
        wants_human=_NO_SIGNAL,
        urgency=Urgency.NORMAL,
        rejection=False,
    )
