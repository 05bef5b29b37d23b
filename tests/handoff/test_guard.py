"""The language guard: no spacing hides a banned phrase, and the customer's own words are not the agent's."""

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import ConfigError
from core.yaml_files import read_yaml
from handoff.guard import SHIPPED, Guard, Level, load_guard
from nlu.knowledge.banned import BannedPhrases, Family, Hold

GUARD = load_guard()
PHRASES = {
    language: [phrase for rule in rules for phrase in rule["phrases"]]
    for language, rules in read_yaml(SHIPPED).data.items()
}
chinese, english = (st.sampled_from(PHRASES[language]) for language in ("zh", "en"))
marks = st.text(" .,!?-–~*_…，。！？、～　\u200b", max_size=3)


def _found(text: str) -> list[str]:
    return [offence.phrase for offence in GUARD.check(text)]


def test_the_shipped_list_is_wide_enough_to_start_with() -> None:
    for language, rules in read_yaml(SHIPPED).data.items():
        assert len(set(PHRASES[language])) == len(PHRASES[language]) >= 60
        families = Counter(rule["family"] for rule in rules)
        assert set(families) == set(Family)
        assert min(families.values()) >= 5
        assert {rule["level"] for rule in rules} == set(Level)


@given(chinese, st.data())
def test_no_mark_between_characters_hides_a_chinese_phrase(phrase: str, data: st.DataObject) -> None:
    assert _found("您好。" + "".join(character + data.draw(marks) for character in phrase))


@given(english, st.data())
def test_no_mark_between_words_hides_an_english_phrase(phrase: str, data: st.DataObject) -> None:
    words = [word + data.draw(marks) for word in phrase.upper().split(" ")]
    assert _found("Well, " + " ".join(words))


@given(st.one_of(chinese, english), st.sampled_from(["“{}”", "「{}」", '"{}"', "『{}』", "> {}"]))
def test_quoted_words_of_the_customer_are_left_out(phrase: str, quotes: str) -> None:
    quoted = quotes.format(phrase.replace('"', ""))
    assert _found(f"我看到您写的是：\n{quoted}\n我马上为您核实。") == []


@given(st.text(max_size=300))
def test_any_text_can_be_checked(text: str) -> None:
    for offence in GUARD.check(text):
        assert offence.phrase in offence.rule.phrases


@pytest.mark.parametrize(
    "text",
    [
        *(
            "您好，我是小林，这就帮您查订单。",
            "不好意思让您久等了，退款预计明天 18:00 前到账。",
            "麻烦您提供一下订单号，我帮您核对。",
            "这款锅不用的时候放凉就好。",
            "您可以在“我的订单”里申请退货。",
        ),
        *(
            "Thanks for waiting, I have checked your order: it leaves tomorrow.",
            "Please let the kettle calm down for ten minutes before you open it.",
            "Whatever colour you choose, we can exchange it within 7 days.",
            "I will find out whose parcel this is and write to you by 4 pm.",
        ),
    ],
)
def test_what_agents_say_every_day_passes(text: str) -> None:
    assert _found(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "你煩不煩",
        "Ｙｏｕ　ｎｅｅｄ　ｔｏ　ｃａｌｍ　ｄｏｗｎ",
        "you need to c a l m down",
        "that’s not my problem",
    ],
)
def test_script_width_spelling_and_apostrophes_do_not_hide_a_phrase(text: str) -> None:
    assert _found(text)


def test_what_blocks_is_told_first_and_each_rule_once() -> None:
    warn, block = (
        next(
            rule
            for rule in read_yaml(SHIPPED).data["en"]
            if rule["level"] == level and len(rule["phrases"]) > 1
        )
        for level in ("warn", "block")
    )
    offences = GUARD.check(". ".join((*warn["phrases"], *block["phrases"])))
    assert [offence.rule.level for offence in offences][:1] == [Level.BLOCK]
    assert len({offence.rule.why for offence in offences}) == len(offences)


def test_no_better_wording_is_banned_itself() -> None:
    for rules in read_yaml(SHIPPED).data.values():
        for rule in rules:
            assert _found(rule["better"]) == []


@pytest.mark.parametrize(
    ("content", "line", "told"),
    [
        ("en:\n  - {family: rude, level: block, phrases: [a], better: b, why: c}\n", 2, "family"),
        ('en:\n  - {family: mocking, level: warn, phrases: ["?!"], better: b, why: c}\n', 2, "no letter"),
        (
            "en:\n  - {family: mocking, level: warn, phrases: [no], better: oh no, why: c}\n",
            2,
            "banned itself",
        ),
        ("en:\n  - {family: mocking, level: warn, phrases: [], better: b, why: c}\n", 2, "phrases"),
    ],
)
def test_a_mistake_in_the_file_is_named_with_its_line(
    tmp_path: Path, content: str, line: int, told: str
) -> None:
    path = tmp_path / "banned.yml"
    path.write_text(content, "utf-8")
    with pytest.raises(ConfigError, match=f"banned.yml:{line}.*{told}"):
        load_guard(path)


def test_without_rules_everything_may_be_said() -> None:
    assert Guard({}).check("有本事你去投诉") == []


def changes(phrase: str, hold: Hold, better: str = "", why: str = "because") -> BannedPhrases:
    family = None if hold is Hold.OFF else Family.MOCKING
    return BannedPhrases(id="x", phrases=(phrase,), hold=hold, family=family, better=better, why=why)


def test_a_shops_own_phrases_come_in_addition() -> None:
    own = GUARD.with_changes(
        [changes("如我所说", Hold.WARN, "我换个说法"), changes("as I said", Hold.BLOCK, "b")]
    )
    assert [each.rule.level for each in own.check("如、我所說")] == [Level.WARN]
    assert [each.rule.better for each in own.check("AS I  SAID")] == ["b"]
    assert own.check("有本事你去投诉") == GUARD.check("有本事你去投诉") != []
    assert GUARD.check("如我所说") == []


def test_of_a_phrase_that_is_shipped_only_the_shops_rule_counts() -> None:
    off = GUARD.with_changes([changes("有本事，你去投訴", Hold.OFF), changes("Calm down!", Hold.OFF)])
    assert off.check("有本事你去投诉") == [] and off.check("you need to calm down") == GUARD.with_changes(
        [changes("calm down", Hold.OFF)]
    ).check("you need to calm down")
    assert off.check("有本事去投诉"), "the others of its rule stay"
    other = GUARD.with_changes([changes("有本事你去投诉", Hold.WARN, "我来记录")])
    (offence,) = other.check("有本事你去投诉")
    assert (offence.rule.better, offence.rule.level) == ("我来记录", Level.WARN)


def test_a_phrase_is_found_however_it_is_written() -> None:
    found = GUARD.find("有本事 你去投訴！")
    assert found is not None and "有本事你去投诉" in found.phrases
    assert GUARD.find("有本事") is None
