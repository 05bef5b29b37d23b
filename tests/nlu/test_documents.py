"""The knowledge base as YAML and as plain data: what loads, what is said about what does not, and that nothing is lost."""

import copy
import json
import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from core.errors import BadInput, ConfigError
from nlu.knowledge.documents import fingerprint, from_data, load_knowledge, to_data, write_yaml
from nlu.knowledge.entries import Collect, File, HandOver, KnowledgeBase, Progress, Reply
from nlu.knowledge.schema import KINDS
from tests.nlu.conftest import SAMPLE
from tests.nlu.knowledge_bases import ENTRY, EVERYTHING, entry, field, knowledge_bases


def write(folder: Path, text: str | bytes, name: str = "kb.yml") -> Path:
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def error_of(path: Path) -> ConfigError:
    with pytest.raises(ConfigError) as caught:
        load_knowledge(path)
    return caught.value


def test_the_sample_loads() -> None:
    knowledge = load_knowledge(SAMPLE)
    assert len(knowledge.entries) == 48
    assert knowledge.entries["ticket_progress"].action == Progress()
    assert all(len(each.phrasings["zh"]) >= 12 for each in knowledge.entries.values())


def test_words_and_dates_stay_what_was_written(tmp_path: Path) -> None:
    text = ENTRY + "    valid_from: 2026-05-01\n    valid_until: 2026/6/1\n"
    greeting = load_knowledge(write(tmp_path, text)).entries["greeting"]
    assert greeting.phrasings["en"] == ("hello", "no")
    assert (greeting.valid_from, greeting.valid_until) == (date(2026, 5, 1), date(2026, 6, 1))
    assert greeting.is_valid(date(2026, 6, 1)) and not greeting.is_valid(date(2026, 6, 2))


def test_everything_that_an_entry_can_say_is_read(tmp_path: Path) -> None:
    text = """
    answers_on:
      telegram: {zh: 嗨}
    buttons: [bye, human]
    attachments:
      - {url: "https://shop.example/files/Size%20chart.png"}
    action:
      collect:
        queue: care
        fields:
          - name: order
            ask: {zh: 订单号, en: Order number}
            pattern: order_number
            hint: {zh: 在订单页, en: See My orders}
  - id: bye
    title: {zh: 再见, en: Bye}
    phrasings: {zh: [拜拜], en: [see you]}
    answers: {zh: 再见, en: Bye}
    action: {handoff: care}
out_of_scope:
  zh: [今天天气]
synonyms:
  - [冰箱, 雪柜]
"""
    knowledge = load_knowledge(write(tmp_path, ENTRY + text.lstrip("\n")))
    greeting = knowledge.entries["greeting"]
    assert greeting.answer("zh", "telegram") == "嗨" and greeting.answer("en", "telegram") == "Hi there"
    assert greeting.buttons == ("bye", "human")
    assert greeting.attachments == (
        File(url="https://shop.example/files/Size%20chart.png", name="Size chart.png", mime="image/png"),
    )
    assert isinstance(greeting.action, Collect) and greeting.action.queue == "care"
    assert greeting.action.fields[0].pattern == KINDS["order_number"]
    assert knowledge.entries["bye"].action == HandOver(queue="care")
    assert knowledge.out_of_scope == {"zh": ("今天天气",)} and knowledge.synonyms == (("冰箱", "雪柜"),)


@pytest.mark.parametrize(
    ("kind", "fits", "does_not"),
    [
        ("order_number", "20260501123456 #A-10023 QH2026-0001", "订单 12 abcdefgh"),
        ("phone", "13800138000 +86-138-0013-8000 (010)88886666", "123 call+me"),
        ("email", "li@shop.example a.b+c@mail.shop.example", "li@shop @x.com li.shop.example"),
        ("date", "2026-05-01 2026年5月1日 5/1 5月1日 May_3 3_May_2026 05/01/2026", "tomorrow 2026"),
        ("number", "3 -2.5 1,200", "three 1.2.3"),
        ("text", "anything 什么都行", ""),
    ],
)
def test_a_kind_fits_what_customers_type(kind: str, fits: str, does_not: str) -> None:
    for text in fits.split():
        assert re.fullmatch(KINDS[kind], text.replace("_", " ")), text
    for text in does_not.split():
        assert not re.fullmatch(KINDS[kind], text), text


@pytest.mark.parametrize(
    ("text", "line", "problem", "mend"),
    [
        (ENTRY.replace("phrasings", "phrasing"), 4, "'phrasing' is unknown", "'phrasings'"),
        (ENTRY.replace("id: greeting", "id: say hello"), 2, "should be made of", ""),
        (ENTRY.replace("id: greeting", "id: human"), 2, "'human' is taken", "another"),
        (ENTRY.replace("[你好]", "[]"), 5, "no phrasing in 'zh'", "at least one"),
        (ENTRY.replace("      en: Hi there\n", ""), 7, "no answer in 'en'", "Add"),
        (ENTRY.replace("[你好]", "[88]"), 5, "must be text, not 88", '"88"'),
        (ENTRY.replace("[你好]", "['  ']"), 5, "empty", ""),
        (ENTRY.replace("[你好]", '["a\\u0000"]'), 5, "U+0000", ""),
        (ENTRY.replace("en: Hi there", "fr: Salut"), 9, "'fr'", ""),
        (ENTRY + "    action: progres\n", 10, "'progres' is not an action", ""),
        (ENTRY + "    action: {handof: care}\n", 10, "'handof' is unknown", "'handoff'"),
        (ENTRY + "    action: {}\n", 10, "either", "Keep one"),
        (
            ENTRY + "    action:\n      collect:\n        queue: care\n        fields: []\n",
            13,
            "no field",
            "",
        ),
        (ENTRY + "    buttons: [goodbye]\n", 10, "no entry 'goodbye'", "'human'"),
        (ENTRY + "    buttons: [greeting]\n", 10, "leads nowhere new", "Delete"),
        (
            ENTRY + "    attachments:\n      - url: http://shop.example/a.pdf\n",
            11,
            "not an https",
            "https://",
        ),
        (ENTRY + "    valid_from: 20260501\n", 10, "a date such as 2026-05-01", ""),
        (ENTRY + "    valid_from: 2026-02-31\n", 10, "a date such as 2026-05-01", ""),
        (
            ENTRY + "    valid_from: 2026-05-02\n    valid_until: 2026-05-01\n",
            11,
            "before valid_from",
            "Swap",
        ),
        (ENTRY + "    answers_on: {telegram: {}}\n", 10, "no text", "delete the channel"),
        (ENTRY + "    answers_on: {Tele gram: {zh: 嗨}}\n", 10, "not the name of a channel", ""),
        (ENTRY + "synonyms:\n  - [a]\n", 11, "two words or more", ""),
        (ENTRY + "synonyms:\n  - [a, b]\n  - [c, A]\n", 12, "the word 'A' already stands in", "join"),
        (ENTRY + "    id: other\n", 10, "'id' is already on line 2", "Keep one"),
        (ENTRY + ENTRY.removeprefix("entries:\n"), 10, "'greeting' is already used", "Rename"),
        (ENTRY + "  oops: [\n", 10, "not valid YAML", "indentation"),
        ("entries: hello", 1, "must be a list", "- "),
        ("- a\n- b\n", 1, "a block of keys and values", ""),
        (b"entries:\n  - id: \xff\n", 2, "not UTF-8", "UTF-8"),
        ("entries: !!python/object:os.system {}", 1, "not valid YAML", ""),
        ("entries:\n  - id: a\x07\n", 2, "control character", "Delete"),
    ],
)
def test_an_error_names_the_line_and_the_mend(
    tmp_path: Path, text: str | bytes, line: int, problem: str, mend: str
) -> None:
    path = write(tmp_path, text)
    error = error_of(path)
    assert error.where.split(" ")[0] == f"{path}:{line}"
    assert problem in error.problem
    assert mend in error.mend


def test_ids_and_synonyms_are_unique_over_all_files_and_buttons_reach_into_any(tmp_path: Path) -> None:
    write(tmp_path, ENTRY + "    buttons: [other]\n", "a.yml")
    write(tmp_path, ENTRY.replace("id: greeting", "id: other"), "b.yml")
    write(tmp_path, "synonyms:\n  - [a, b]\n", "words.yml")
    assert list(load_knowledge(tmp_path).entries) == ["greeting", "other"]

    write(tmp_path, "synonyms:\n  - [B, c]\n", "words2.yml")
    error = error_of(tmp_path)
    assert "words2.yml:2" in error.where and "words.yml:2" in error.problem

    write(tmp_path, ENTRY, "c.yml")
    error = error_of(tmp_path)
    assert "c.yml:2" in error.where and "a.yml:2" in error.problem


def test_what_is_missing_is_named(tmp_path: Path) -> None:
    assert "no such file" in error_of(tmp_path / "none.yml").problem
    assert "no .yml file" in error_of(tmp_path).problem
    assert "no entry" in error_of(write(tmp_path, "entries: []")).problem
    assert "no entry" in error_of(write(tmp_path, "")).problem


def test_space_in_a_phrasing_counts_once_and_lines_of_an_answer_stay() -> None:
    data = entry(
        phrasings={"zh": [" 我\n的  订单 "], "en": ["a\u2028b"]}, answers={"zh": "一\r\n二\n", "en": "x"}
    )
    greeting = from_data({"entries": [data]}).entries["greeting"]
    assert greeting.phrasings == {"zh": ("我 的 订单",), "en": ("a b",)}
    assert greeting.answers["zh"] == "一\n二"


def test_plain_data_is_ready_for_json_and_says_everything() -> None:
    knowledge = from_data(EVERYTHING)
    data = json.loads(json.dumps(to_data(knowledge)))
    assert data == EVERYTHING
    assert from_data(data) == knowledge
    assert "action" not in to_data(from_data({"entries": [entry(action="answer")]}))["entries"][0]
    assert knowledge.entries["invoice"].action == Reply()


@pytest.mark.parametrize(
    ("data", "field_name", "problem"),
    [
        ([], "the knowledge base", "keys and values"),
        ({"entries": []}, "entries", "no entry"),
        ({"entries": [entry(titel={})]}, "entries[0].titel", "Did you mean 'title'?"),
        ({"entries": [entry(), entry()]}, "entries[1].id", "already used in entries[0].id"),
        ({"entries": [entry(valid_from=1777593600)]}, "entries[0].valid_from", "a date such as"),
        (
            {"entries": [entry(action={"collect": {"fields": [field(pattern="(")]}})]},
            "entries[0].action.collect.fields[0].pattern",
            "neither a kind nor a regular expression",
        ),
        (
            {"entries": [entry(action={"collect": {"fields": [field(), field()]}})]},
            "entries[0].action.collect.fields[1].name",
            "two fields 'order'",
        ),
        (
            {"entries": [entry(action={"collect": {"fields": [field(hint={"zh": "好"})]}})]},
            "entries[0].action.collect.fields[0].hint.en",
            "no hint in 'en'",
        ),
    ],
)
def test_bad_data_is_refused_with_its_place(data: Any, field_name: str, problem: str) -> None:
    with pytest.raises(BadInput) as caught:
        from_data(data)
    assert caught.value.field == field_name
    assert problem in caught.value.problem


def test_the_fingerprint_follows_the_content() -> None:
    knowledge = from_data(EVERYTHING)
    turned = copy.deepcopy(EVERYTHING)
    for each in turned["entries"]:
        each["answers"] = dict(reversed(each["answers"].items()))
    assert fingerprint(from_data(turned)) == fingerprint(knowledge)
    assert re.fullmatch("[0-9a-f]{16}", fingerprint(knowledge))
    turned["entries"][0]["answers"]["en"] += "!"
    assert fingerprint(from_data(turned)) != fingerprint(knowledge)


def test_yaml_is_written_for_people(tmp_path: Path) -> None:
    text = write_yaml(from_data(EVERYTHING))
    assert "      zh:\n        - 问 invoice\n" in text
    assert "        zh: |-\n          发票\n          请点链接\n" in text
    assert "    valid_from: 2026-05-01\n" in text
    assert "            pattern: order_number\n" in text
    keys = re.findall(r"^(?:    |  - )(\w+):", text.split("  - id: progress")[0], re.MULTILINE)
    assert keys == [
        "id", "title", "phrasings", "answers", "answers_on", "buttons", "attachments", "valid_from", "valid_until",
    ]  # fmt: skip
    assert load_knowledge(write(tmp_path, text)) == from_data(EVERYTHING)


@settings(max_examples=150, suppress_health_check=list(HealthCheck))
@given(knowledge=knowledge_bases())
def test_yaml_loses_nothing(tmp_path_factory: pytest.TempPathFactory, knowledge: KnowledgeBase) -> None:
    path = tmp_path_factory.getbasetemp() / "any.yml"
    path.write_text(write_yaml(knowledge), encoding="utf-8", newline="")
    assert load_knowledge(path) == knowledge
    assert from_data(json.loads(json.dumps(to_data(knowledge)))) == knowledge
