"""What is found in a knowledge base, and how it is told."""

from datetime import date
from typing import Any

import pytest

from nlu.knowledge.check import Finding, LeftOutPhrasing, Severity, Topic, check, describe
from nlu.knowledge.documents import from_data, load_knowledge
from nlu.knowledge.entries import Entry, KnowledgeBase
from tests.nlu.conftest import SAMPLE
from tests.nlu.knowledge_bases import entry, field

TODAY = date(2026, 5, 10)


def phrasings(name: str, count: int = 12) -> dict[str, list[str]]:
    """Enough of them, all different."""
    return {
        "zh": [f"{name}第{n}问" for n in range(count)],
        "en": [f"{name} question {n}" for n in range(count)],
    }


def sound(name: str, **changes: Any) -> dict[str, Any]:
    """An entry in which there is nothing to find."""
    return entry(name, **{"phrasings": phrasings(name), **changes})


def found(
    *entries: dict[str, Any], left_out: tuple[LeftOutPhrasing, ...] = (), **others: Any
) -> list[Finding]:
    knowledge = from_data({"entries": list(entries), **others})
    return check(knowledge, left_out, today=TODAY, queues=["care", "sales"])


def left_out(text: str, entry: str, guess: str, **changes: Any) -> LeftOutPhrasing:
    """A phrasing that is nearest to its own entry."""
    usual: dict[str, Any] = {
        "probability": 0.7,
        "closeness": 0.9,
        "other": guess,
        "other_text": "另一个",
        "other_closeness": 0.5,
    }
    return LeftOutPhrasing(text=text, entry=entry, guess=guess, **{**usual, **changes})


def test_nothing_is_found_where_all_is_well() -> None:
    findings = found(sound("a", buttons=["b", "human"]), sound("b", action={"handoff": "care"}))
    assert findings == []
    assert describe(findings) == "Nothing to mend."


def test_the_sample_has_no_mistakes() -> None:
    findings = check(load_knowledge(SAMPLE), (), today=TODAY, queues=["service", "care"])
    assert [finding for finding in findings if finding.severity is Severity.MISTAKE] == []


def test_a_phrasing_in_two_entries_is_a_mistake_however_it_is_written() -> None:
    one, two = phrasings("a"), phrasings("b")
    one["zh"].append("怎么退貨？")
    two["zh"].append("怎么退货")
    (finding,) = found(sound("a", phrasings=one), sound("b", phrasings=two))
    assert (finding.severity, finding.topic, finding.entries) == (Severity.MISTAKE, Topic.SHARED, ("a", "b"))
    assert "“怎么退貨？”" in finding.text


def test_a_phrasing_that_is_out_of_scope_as_well_is_a_mistake() -> None:
    (finding,) = found(sound("a"), out_of_scope={"en": ["A question 3!"]})
    assert (finding.severity, finding.entries) == (Severity.MISTAKE, ("a",))
    assert "out_of_scope" in finding.text


def test_a_title_that_others_use_is_a_warning() -> None:
    (finding,) = found(sound("a"), sound("b", title={"zh": "a第3问", "en": "B"}))
    assert (finding.severity, finding.entries) == (Severity.WARNING, ("b", "a"))


def test_a_phrasing_twice_in_an_entry_is_told_once() -> None:
    texts = phrasings("a")
    texts["en"] += ["Hello", "hello!", "HELLO"]
    (finding,) = found(sound("a", phrasings=texts))
    assert (finding.severity, finding.topic) == (Severity.ADVICE, Topic.REPEATED)
    assert finding.text.startswith("“Hello”, “hello!”, “HELLO”, 3 times")


def test_few_phrasings_are_told_per_language() -> None:
    few = {"zh": phrasings("a")["zh"][:7], "en": phrasings("a")["en"]}
    almost = {"zh": phrasings("b")["zh"][:11], "en": phrasings("b")["en"][:8]}
    findings = found(sound("a", phrasings=few), sound("b", phrasings=almost))
    assert [(each.severity, each.entries, each.text.split(".")[0]) for each in findings] == [
        (Severity.WARNING, ("a",), "7 in zh"),
        (Severity.ADVICE, ("b",), "11 in zh and 8 in en"),
    ]


def test_a_draft_without_texts_is_a_mistake() -> None:
    draft = Entry(id="draft", title={"zh": "草稿"}, phrasings={}, answers={"zh": "好", "en": ""})
    findings = check(KnowledgeBase({"draft": draft}), (), today=TODAY, queues=[])
    assert {finding.severity for finding in findings} == {Severity.MISTAKE}
    assert [finding.text for finding in findings] == [
        "no title in en. Add it", "no phrasing in zh. Add it", "no phrasing in en. Add it", "no answer in en. Add it",
    ]  # fmt: skip


def test_a_long_answer_is_told_with_its_place() -> None:
    long = {"answers": {"zh": "好" * 1000, "en": "x"}, "answers_on": {"telegram": {"en": "y" * 1001}}}
    (finding,) = found(sound("a", **long))
    assert (finding.severity, finding.topic) == (Severity.WARNING, Topic.LONG)
    assert finding.text.startswith("1,001 characters in en on telegram")


def test_days_of_validity_are_looked_at() -> None:
    findings = found(
        sound("old", valid_until="2026-05-09"),
        sound("new", valid_from="2026-05-11"),
        sound("now", valid_from="2026-05-10", valid_until="2026-05-10", buttons=["old", "new"]),
    )
    assert [(each.severity, each.topic, each.entries) for each in findings] == [
        (Severity.WARNING, Topic.BUTTON, ("now", "old")),
        (Severity.WARNING, Topic.BUTTON, ("now", "new")),
        (Severity.WARNING, Topic.VALIDITY, ("old",)),
        (Severity.ADVICE, Topic.VALIDITY, ("new",)),
    ]


@pytest.mark.parametrize(
    ("action", "mend"),
    [
        ({"handoff": "cares"}, "Did you mean care?"),
        ({"collect": {"queue": "xyz", "fields": [field()]}}, "There are: care, sales"),
    ],
)
def test_a_queue_must_exist(action: Any, mend: str) -> None:
    (finding,) = found(sound("a", action=action))
    assert (finding.severity, finding.topic) == (Severity.MISTAKE, Topic.QUEUE)
    assert mend in finding.text


def test_what_is_nearer_to_another_entry_is_a_warning_if_it_is_taken_for_it() -> None:
    near = {"other": "b", "other_text": "如何退款", "other_closeness": 0.95}
    findings = found(
        sound("a"),
        sound("b"),
        left_out=(
            left_out("怎么退款", "a", "b", **near),
            left_out("退不退", "a", "a", **near),
            left_out("换货", "a", "a"),
        ),
    )
    assert [(each.severity, each.topic, each.entries) for each in findings] == [
        (Severity.WARNING, Topic.STRAY, ("a", "b")),
        (Severity.ADVICE, Topic.STRAY, ("a", "b")),
    ]
    assert "“怎么退款” is like “如何退款”" in findings[0].text


def test_the_pairs_that_confuse_most_come_first_with_counts_and_examples() -> None:
    wrong = [left_out(f"{n}", "a", "b") for n in range(3)] + [left_out("反过来", "b", "a", probability=0.99)]
    few = [left_out(f"c{n}", "c", "b") for n in range(2)]
    once = [left_out("偶然", "d", "a")]
    right = [left_out(f"{n}", name, name) for n in range(25) for name in "abcd"]
    findings = found(*map(sound, "abcd"), left_out=(*once, *few, *right, *wrong))
    assert [(each.severity, each.entries) for each in findings] == [
        (Severity.ADVICE, ("a", "b")),
        (Severity.ADVICE, ("b", "c")),
    ]
    assert findings[0].text.startswith(
        "4 of 54 phrasings, when left out of training: “反过来” is taken for a"
    )
    (often,) = found(*map(sound, "ab"), left_out=tuple(wrong))
    assert often.severity is Severity.WARNING


def test_findings_are_told_in_groups_and_not_endlessly() -> None:
    few = [sound(f"e{n}", phrasings=phrasings(f"e{n}", 5)) for n in range(12)]
    findings = found(*few, sound("x", action={"handoff": "nowhere"}), sound("old", valid_until="2026-01-01"))
    lines = describe(findings, limit=3).split("\n")
    assert lines == [
        "1 mistake, 13 warnings",
        "",
        "Queues that do not exist (mistake)",
        "  x: there is no queue nowhere. There are: care, sales",
        "",
        "Days of validity (warning)",
        "  old: ended on 2026-01-01 and is not answered any more. Delete it, or set a later valid_until",
        "",
        "Few phrasings (warning)",
        "  e0: 5 in zh and 5 in en. 12 or more are good, each another way to ask",
        "  e1: 5 in zh and 5 in en. 12 or more are good, each another way to ask",
        "  e2: 5 in zh and 5 in en. 12 or more are good, each another way to ask",
        "  … and 9 more",
    ]
