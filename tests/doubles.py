"""Doubles: real implementations of our own ports, simple enough to read."""

from dataclasses import replace
from datetime import date

# Also of use where a service department is played.
from bench.by_heart import ByHeart as ByHeart
from bench.by_heart import understood as understood
from nlu.knowledge.entries import (
    HUMAN,
    Action,
    Collect,
    Entry,
    Field,
    File,
    HandOver,
    KnowledgeBase,
    Progress,
    Reply,
)

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


def _entry(entry_id: str, zh: str, en: str, *, action: Action | None = None) -> Entry:
    """An entry with nothing special about it."""
    return Entry(
        id=entry_id,
        title={"zh": zh, "en": en},
        phrasings={"zh": (zh,), "en": (en,)},
        answers={"zh": f"{zh}：答案", "en": f"{en}: the answer"},
        action=action or Reply(),
    )


KNOWLEDGE = KnowledgeBase(
    entries={
        entry.id: entry
        for entry in (
            _entry("order_status", "订单到哪了", "Where is my order"),
            _entry("delivery_fee", "运费", "Delivery fee"),
            _entry("delivery_delay", "晚到", "Late delivery"),
            _entry("ticket_progress", "进度", "Progress", action=Progress()),
        )
    }
)


def _field(name: str, zh: str, en: str, pattern: str) -> Field:
    return Field(
        name=name,
        ask={"zh": f"{zh}？", "en": f"{en}?"},
        pattern=pattern,
        hint={"zh": f"这不像{zh}", "en": f"That is no {en}"},
    )


REPAIR = Collect(
    fields=(
        _field("order", "订单号", "order number", r"QH\d{6}"),
        _field("fault", "故障", "fault", r"(?s:.+)"),
    ),
    queue="care",
)
# Entries that do more than answer.
ACTIONS = KnowledgeBase(
    entries={
        **KNOWLEDGE.entries,
        "repair": _entry("repair", "报修", "Repair", action=REPAIR),
        "callback": _entry("callback", "回电", "Call back", action=HandOver(queue="care")),
        "lost": _entry("lost", "挂失", "Lost card", action=HandOver(queue="nobody")),
        "manual": replace(
            _entry("manual", "说明书", "Manual"),
            answers_on={"pushy": {"zh": "说明书：短答案"}},
            buttons=("repair", "old_sale", HUMAN, "delivery_fee"),
            attachments=(
                File(url="https://shop.example/m.pdf", name="说明书.pdf", mime="application/pdf"),
                File(url="https://shop.example/m.png", name="图.png", mime="image/png"),
            ),
        ),
        "sale": replace(
            _entry("sale", "大促", "Sale"),
            valid_from=date(2026, 11, 20),
            valid_until=date(2026, 11, 23),
        ),
        "old_sale": replace(_entry("old_sale", "旧大促", "Old sale"), valid_until=date(2026, 11, 22)),
    }
)
ACTIONS_BY_HEART = {
    **BY_HEART,
    "洗衣机坏了": understood("repair", 0.9),
    "my washer broke": understood("repair", 0.9, language="en"),
    "给我回电": understood("callback", 0.9),
    "卡丢了": understood("lost", 0.9),
    "说明书": understood("manual", 0.9),
    "大促": understood("sale", 0.9, alternatives={"old_sale": 0.09}),
    "旧大促": understood("old_sale", 0.9, alternatives={"sale": 0.05}),
    "促销": understood("old_sale", 0.45, alternatives={"sale": 0.4}),
    "运费多少?": understood("delivery_fee", 0.9),
    "不是，我问的是运费": understood("order_status", 0.02),
    "运费": understood("delivery_fee", 0.9),
    "QH12": understood("order_status", 0.02, language="en"),
    "QH123456": understood("order_status", 0.02, language="en"),
}
