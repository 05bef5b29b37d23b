"""Canned replies: what stands in for variables, what of them is refused and where, and that the sample's are fit to be said."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import BadInput, ConfigError
from handoff.guard import load_guard
from nlu.knowledge.check import Severity, Topic, check
from nlu.knowledge.documents import from_data, load_knowledge
from nlu.knowledge.rows import BadRows
from nlu.knowledge.tables import parse_table
from nlu.knowledge.variables import VARIABLES, fill, find_problems
from tests.nlu.conftest import SAMPLE
from tests.nlu.knowledge_bases import ENTRY, entry
from tests.nlu.test_check import TODAY

KNOWN = {"customer": "王芳", "agent": "小林", "number": "SW-2611-0042", "queue": "客服", "shop": "好物"}


@pytest.mark.parametrize(
    ("text", "with_name", "without"),
    [
        ("您好[，{customer}]！我是{agent}。", "您好，王芳！我是小林。", "您好！我是小林。"),
        ("[{customer}，]抱歉", "王芳，抱歉", "抱歉"),
        ("［{ customer }，］我是｛shop｝的{agent}", "王芳，我是好物的小林", "我是好物的小林"),
        ("[{customer}，这是{number}。]完", "王芳，这是SW-2611-0042。完", "完"),
        ("[图片] 请看{queue}", "[图片] 请看客服", "[图片] 请看客服"),
    ],
)
def test_a_missing_name_takes_with_it_what_belongs_to_it(text: str, with_name: str, without: str) -> None:
    assert not list(find_problems(text))
    assert fill(text, KNOWN) == with_name
    assert fill(text, {**KNOWN, "customer": None}) == without == fill(text, {**KNOWN, "customer": ""})


def test_what_a_customer_calls_themselves_is_not_looked_into() -> None:
    assert (
        fill("[{customer}：]{agent}", {**KNOWN, "customer": "[{agent}]{number}"}) == "[{agent}]{number}：小林"
    )


@given(st.text(alphabet="a{}[]｛］ {customer}agent", max_size=30), st.text(max_size=5))
def test_a_text_without_problems_leaves_no_variable_unfilled(text: str, name: str) -> None:
    if list(find_problems(text)):
        return
    values = {key: "x" for key in VARIABLES} | {"customer": "x" if name else None}
    for variable in VARIABLES:
        assert f"{{{variable}}}" not in fill(text, values)


@pytest.mark.parametrize(
    ("text", "problem", "mend"),
    [
        ("{name}", "{name} is unknown", "{customer}, {agent}, {number}, {queue}, {shop}"),
        ("{顾客}", "{顾客} is unknown", "{customer}"),
        ("您好{customer}", "not known of every customer", "[, {customer}]"),
        ("  ", "empty", ""),
        ("长" * 2_001, "2,001 characters", "Make two"),
    ],
)
def test_a_canned_reply_that_cannot_be_filled_in_is_told_with_its_line(
    tmp_path: Path, text: str, problem: str, mend: str
) -> None:
    file = tmp_path / "kb.yml"
    file.write_text(
        f"{ENTRY}replies:\n  - id: hi\n    title: {{zh: 问候, en: Hi}}\n    text:\n      en: Hi\n      zh: '{text}'\n"
    )
    with pytest.raises(ConfigError) as caught:
        load_knowledge(file)
    assert "kb.yml:15" in str(caught.value)
    assert problem in str(caught.value) and mend in str(caught.value)


@pytest.mark.parametrize(
    ("replies", "problem"),
    [
        ([{"id": "hi", "title": {"zh": "好"}, "text": {"zh": "好", "en": "Hi"}}], "no title in 'en'"),
        ([{"id": "hi", "title": {"zh": "好", "en": "Hi"}, "text": {"en": "Hi"}}], "no text in 'zh'"),
        (
            [{"id": "hi", "title": {"zh": "好", "en": "Hi"}, "text": {"zh": "好", "en": "Hi"}}] * 2,
            "already used",
        ),
    ],
)
def test_a_canned_reply_is_whole_and_has_an_id_of_its_own(replies: list[object], problem: str) -> None:
    with pytest.raises(BadInput, match=problem):
        from_data({"entries": [entry()], "replies": replies})


def test_in_a_table_a_bad_canned_reply_is_told_by_its_row_and_column() -> None:
    header = "kind,id,title_zh,title_en,phrasings_zh,phrasings_en,answers_zh,answers_en,queues"
    rows = [
        "entry,a,标题,Title,问,ask,答,Answer,",
        "reply,hi,问候,Hi,,,{nobody},Hi,care",
        "reply,ho,问候,Ho,说,,好,Ho,",
    ]
    with pytest.raises(BadRows) as caught:
        parse_table("\n".join([header, *rows]).encode(), "kb.csv")
    assert [(row.row, row.column) for row in caught.value.rows] == [(3, "answers_zh"), (4, "phrasings_zh")]


def test_a_queue_that_does_not_exist_is_a_warning() -> None:
    reply = {
        "id": "hi",
        "title": {"zh": "好", "en": "Hi"},
        "text": {"zh": "好", "en": "Hi"},
        "queues": ["cara"],
    }
    findings = check(from_data({"entries": [entry()], "replies": [reply]}), (), today=TODAY, queues=["care"])
    (found,) = [each for each in findings if each.topic is Topic.REPLIES]
    assert (found.severity, found.entries) == (Severity.WARNING, ("hi",)) and "care" in found.text


def test_the_samples_replies_may_be_said_with_a_name_and_without() -> None:
    replies, guard = load_knowledge(SAMPLE).replies, load_guard()
    assert len(replies) >= 10
    for reply in replies.values():
        for text in reply.text.values():
            for name in ("Wang", None):
                said = fill(text, {**KNOWN, "customer": name})
                assert not guard.check(said), reply.id
                assert said[0] not in ",，" and not set(said) & set("{}[]") and "  " not in said, reply.id
