"""Follow-ups, new topics, corrections and double questions on the sample knowledge base, with the real engine."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from bot.decisions import Policy
from bot.readings import Readings, choose, is_sure, readings
from bot.state import Topic
from nlu.knowledge.documents import load_knowledge
from nlu.understanding import Interpreter, Understanding
from tests.nlu.conftest import SAMPLE

DATA = Path(__file__).parent / "multi_turn"
ENTRIES = load_knowledge(SAMPLE).entries
LANGUAGES = ("zh", "en")
POLICY = Policy()

CORRECTIONS = {
    "zh": [
        ("怎么退货", "return_how", "不是，我问的是换货", "exchange_how"),
        ("运费多少", "delivery_fee", "不对，我是说退货的运费", "return_shipping_fee"),
        ("怎么开发票", "invoice_request", "我问的是发票抬头错了怎么改，不是开发票", "invoice_change"),
        ("送货要几天", "delivery_time", "你理解错了，我想问运费", "delivery_fee"),
        ("退款多久到账", "refund_time", "不是退款，是换货", "exchange_how"),
        ("优惠券怎么用", "coupon_use", "不是，我是说积分", "points_use"),
    ],
    "en": [
        ("how do I return it", "return_how", "no, I meant the exchange", "exchange_how"),
        ("what does shipping cost", "delivery_fee", "no, I meant return shipping", "return_shipping_fee"),
        (
            "how do I get an invoice",
            "invoice_request",
            "I said the invoice is wrong, not missing",
            "invoice_change",
        ),
        ("how do I use a coupon", "coupon_use", "Sorry, I meant points", "points_use"),
        ("how long do refunds take", "refund_time", "not the refund, the exchange", "exchange_how"),
        (
            "how do I book a repair",
            "repair_request",
            "no, I was asking about the warranty",
            "warranty_policy",
        ),
    ],
}


@dataclass(frozen=True)
class Case:
    """A message after another, or alone; `wanted` are the entries that are right for each of its questions."""

    language: str
    kind: str
    unseen: bool
    text: str
    wanted: tuple[frozenset[str], ...]
    before: tuple[str, str] | None = None  # message and entry


def read(name: str) -> list[Case]:
    data = yaml.safe_load((DATA / name).read_text("utf-8"))
    return [
        Case(
            language=language,
            kind=kind,
            unseen=part == "unseen",
            text=row[-2],
            wanted=tuple(frozenset(one.strip().split("|")) for one in row[-1].split(",")),
            before=(row[0], row[1]) if len(row) == 4 else None,
        )
        for language, parts in data.items()
        for part, kinds in parts.items()
        for kind, rows in kinds.items()
        for row in rows
    ]


def understand(interpreter: Interpreter, given: Iterable[Readings]) -> Mapping[str, Understanding]:
    texts = list(dict.fromkeys(text for each in given for text in each.texts))
    return dict(zip(texts, interpreter.understand(texts), strict=True))


def answers(case: Case, given: Readings, understood: Mapping[str, Understanding]) -> list[str]:
    """The entries that the message is answered with; "-" where it is not."""
    topic = Topic(entries=(case.before[1],), text=case.before[0], at=0.0) if case.before else None
    rejected = case.before[1] if case.before else None
    meant = choose(given, understood, topic=topic, rejected=rejected, entries=ENTRIES, policy=POLICY)
    found = meant.questions or (meant.understanding,)
    return [each.intent if is_sure(each, POLICY) else "-" for each in found]


def verdict(case: Case, found: list[str]) -> str:
    """ "right", "partly" (answered with some of what is wanted, and nothing else), "asked" back, or "wrong"."""
    if len(found) == len(case.wanted) and all(map(frozenset.__contains__, case.wanted, found)):
        return "right"
    answered = set(found) - {"-"}
    if not answered:
        return "asked"
    whole = len(case.wanted) == 1 and len(answered) > 1  # one question that was torn apart
    return "partly" if answered <= frozenset.union(*case.wanted) and not whole else "wrong"


def judge(
    interpreter: Interpreter, cases: list[Case], *, with_context: bool = True
) -> Counter[tuple[str, str]]:
    """How many of each kind were right, asked back or wrong."""
    given = [readings(case.text, case.before[0] if case.before and with_context else None) for case in cases]
    understood = understand(interpreter, given)
    return Counter(
        (case.kind, verdict(case, answers(case, each, understood)))
        for case, each in zip(cases, given, strict=True)
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_follow_ups_are_understood_and_new_topics_are_left_alone(
    interpreter: Interpreter, language: str
) -> None:
    """How many are answered depends on how careful the engine is: so what came before is held against its absence."""
    cases = [case for case in read("follow_ups.yml") if case.language == language]
    alone = judge(interpreter, cases, with_context=False)
    counts = judge(interpreter, cases)
    kinds = Counter(case.kind for case in cases)
    assert kinds.total() >= 60
    assert counts["follow_ups", "right"] >= alone["follow_ups", "right"] + 5
    assert counts["follow_ups", "right"] >= 0.5 * kinds["follow_ups"]
    assert counts["follow_ups", "wrong"] <= min(alone["follow_ups", "wrong"] + 1, 0.15 * kinds["follow_ups"])
    assert counts["new_topics", "right"] >= alone["new_topics", "right"]
    assert counts["new_topics", "wrong"] <= alone["new_topics", "wrong"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_two_questions_are_both_answered_and_one_is_not_torn_apart(
    interpreter: Interpreter, language: str
) -> None:
    cases = [case for case in read("questions.yml") if case.language == language]
    counts = judge(interpreter, cases)
    kinds = Counter(case.kind for case in cases)
    assert counts["two", "right"] >= 0.6 * kinds["two"]
    assert counts["two", "right"] + counts["two", "partly"] >= 0.9 * kinds["two"]
    assert counts["one", "right"] >= 0.6 * kinds["one"]  # the rest is asked back, as an unsure engine does
    assert counts["one", "wrong"] <= 0.1 * kinds["one"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_corrections_are_understood_without_what_was_rejected(
    interpreter: Interpreter, language: str
) -> None:
    cases = [
        Case(
            language=language,
            kind="correction",
            unseen=False,
            text=text,
            wanted=(frozenset({wanted}),),
            before=(first, entry),
        )
        for first, entry, text, wanted in CORRECTIONS[language]
    ]
    counts = judge(interpreter, cases)
    assert counts["correction", "right"] >= 5
    assert not counts["correction", "wrong"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_context_changes_hardly_any_message_that_is_clear_by_itself(
    interpreter: Interpreter, language: str
) -> None:
    """Phrasings of one entry, a word put before them, after phrasings of another that have nothing to do with it."""
    asked = [
        (text, entry.id)
        for entry in ENTRIES.values()
        for text in entry.phrasings[language][:8]  # type: ignore[index]
    ]
    opening = {"zh": "请问", "en": "ok "}[language]
    half = len(asked) // 2
    cases = [
        Case(
            language=language,
            kind="pair",
            unseen=False,
            text=opening + text,
            wanted=(frozenset({entry}),),
            before=before,
        )
        for (text, entry), before in zip(asked, asked[half:] + asked[:half], strict=True)
        if before[1] != entry
    ]
    alone = judge(interpreter, cases, with_context=False)
    counts = judge(interpreter, cases)
    assert counts["pair", "wrong"] - alone["pair", "wrong"] <= 0.01 * len(cases)

    given = [readings(case.text, case.before[0] if case.before else None) for case in cases]
    extra = sum(len(each.texts) - 1 for each in given) / len(given)
    assert extra <= 1.0
