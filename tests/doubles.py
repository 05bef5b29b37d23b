"""Doubles: real implementations of our own ports, simple enough to read."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from nlu.knowledge import Entry, KnowledgeBase
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
) -> Understanding:
    """An understanding in which nothing is the matter unless it is said."""
    return Understanding(
        text="",
        language=language,  # type: ignore[arg-type]
        intent=intent,
        confidence=confidence,
        alternatives=tuple(Guess(intent=i, probability=p) for i, p in (alternatives or {}).items()),
        complaint=YES if complaint else NO,
        wants_human=YES if wants_human else NO,
        urgency=Urgency.EMERGENCY if emergency else Urgency.NORMAL,
        rejection=rejection,
    )


class ByHeart:
    """An interpreter that knows some texts by heart, and anything else not at all. "crash" makes it fail."""

    answer_at = 0.6

    def __init__(self, known: Mapping[str, Understanding]) -> None:
        self._known = known

    def understand(self, texts: Sequence[str]) -> list[Understanding]:
        if any("crash" in text for text in texts):
            raise RuntimeError("the interpreter crashed, as the test asked")
        return [replace(self._known.get(text, _UNKNOWN), text=text) for text in texts]


_UNKNOWN = understood("order_status", 0.02)

BY_HEART = {
    "我的订单到哪了": understood("order_status", 0.97, alternatives={"delivery_delay": 0.02}),
    "where is my order": understood("order_status", 0.96, language="en"),
    "ok": understood("order_status", 0.03, language="en"),
    "运费多少": understood("delivery_fee", 0.95, alternatives={"order_status": 0.2}),
    "那个东西怎么弄": understood(
        "order_status", 0.4, alternatives={"delivery_fee": 0.3, "ticket_progress": 0.1}
    ),
    "不是这个": understood("delivery_fee", 0.1, rejection=True),
    "我要人工": understood("order_status", 0.2, wants_human=True),
    "agent please": understood("order_status", 0.2, wants_human=True, language="en"),
    "你们太差劲了": understood("order_status", 0.2, complaint=True),
    "this is a disgrace": understood("order_status", 0.2, complaint=True, language="en"),
    "插座冒烟了": understood("order_status", 0.2, emergency=True),
    "我的投诉怎么样了": understood("ticket_progress", 0.95),
}


def _entry(entry_id: str, zh: str, en: str, *, action: str = "answer") -> Entry:
    return Entry(
        id=entry_id,
        title={"zh": zh, "en": en},
        phrasings={"zh": (zh,), "en": (en,)},
        answers={"zh": f"{zh}：答案", "en": f"{en}: the answer"},
        action=action,  # type: ignore[arg-type]
    )


KNOWLEDGE = KnowledgeBase(
    entries={
        entry.id: entry
        for entry in (
            _entry("order_status", "订单到哪了", "Where is my order"),
            _entry("delivery_fee", "运费", "Delivery fee"),
            _entry("delivery_delay", "晚到", "Late delivery"),
            _entry("ticket_progress", "进度", "Progress", action="progress"),
        )
    }
)
