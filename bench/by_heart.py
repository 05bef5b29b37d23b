"""An interpreter without a model, which knows some texts by heart: for tests, and to play a service department."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from nlu.understanding import Guess, Signal, Understanding, Urgency

NO = Signal(probability=0.01, decision=False)
YES = Signal(probability=0.99, decision=True)


def understood(
    intent: str = "",
    confidence: float = 0.0,
    *,
    language: str = "zh-Hans",
    alternatives: Mapping[str, float] | None = None,
    complaint: bool = False,
    wants_human: bool = False,
    emergency: bool = False,
    rejection: bool = False,
    answer_at: float = 0.6,
) -> Understanding:
    """An understanding in which nothing is the matter unless it is said."""
    return Understanding(
        text="",
        language=language,  # type: ignore[arg-type]
        intent=intent,
        confidence=confidence,
        answer_at=answer_at,
        offer_at=0.08,
        alternatives=tuple(
            Guess(intent=i, probability=p, offer_at=0.08) for i, p in (alternatives or {}).items()
        ),
        complaint=YES if complaint else NO,
        wants_human=YES if wants_human else NO,
        urgency=Urgency.EMERGENCY if emergency else Urgency.NORMAL,
        rejection=rejection,
    )


class ByHeart:
    """An interpreter that knows some texts by heart, and anything else not at all. "crash" makes it fail."""

    def __init__(self, known: Mapping[str, Understanding]) -> None:
        self._known = known
        self.calls: list[list[str]] = []  # the texts of each

    def understand(self, texts: Sequence[str]) -> list[Understanding]:
        self.calls.append(list(texts))
        if any("crash" in text for text in texts):
            raise RuntimeError("the interpreter crashed, as the test asked")
        return [replace(self._known.get(text, _UNKNOWN), text=text) for text in texts]


_UNKNOWN = understood("order_status", 0.02)
