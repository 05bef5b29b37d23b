"""Banned phrases as a part of the knowledge base: what may stand there, in files and in tables."""

from pathlib import Path
from typing import Any

import pytest

from core.errors import BadInput, ConfigError
from nlu.knowledge.banned import Hold
from nlu.knowledge.documents import from_data, load_knowledge, to_data
from nlu.knowledge.publishing import learned_of
from nlu.knowledge.rows import BadRows
from nlu.knowledge.tables import parse_table
from tests.nlu.knowledge_bases import ENTRY, EVERYTHING, entry

GOOD: dict[str, Any] = {
    "id": "told",
    "phrases": ["as I told you"],
    "hold": "warn",
    "family": "hitting_back",
    "better": "Let me put it another way.",
    "why": "It blames.",
}


@pytest.mark.parametrize(
    ("banned", "problem"),
    [
        ([GOOD, GOOD | {"phrases": ["other"]}], "'told' is already used"),
        ([GOOD, GOOD | {"id": "b", "phrases": ["As I, told you!"]}], "already stands in"),
        ([GOOD | {"phrases": []}], "no phrase"),
        ([GOOD | {"phrases": ["?!"]}], "no letter"),
        ([GOOD | {"phrases": ["x" * 101]}], "too long"),
        ([GOOD | {"phrases": ["as I said", "如我所说"]}], "two languages"),
        ([GOOD | {"better": ""}], "no better"),
        ([{"id": "a", "phrases": ["b"], "hold": "block"}], "no family"),
        ([GOOD | {"family": "rude"}], "family"),
        ([GOOD | {"hold": "never"}], "hold"),
    ],
)
def test_what_is_wrong_with_banned_phrases_is_told(banned: list[Any], problem: str) -> None:
    with pytest.raises(BadInput, match=problem):
        from_data({"entries": [entry()], "banned": banned})


def test_off_is_a_word_in_yaml_and_needs_nothing_more(tmp_path: Path) -> None:
    file = tmp_path / "kb.yml"
    file.write_text(f"{ENTRY}banned:\n  - id: fine\n    phrases: [hold on]\n    hold: off\n")
    assert load_knowledge(file).banned["fine"].hold is Hold.OFF
    file.write_text(f"{ENTRY}banned:\n  - id: fine\n    phrases: [hold on]\n    hold: on\n")
    with pytest.raises(ConfigError, match="hold"):
        load_knowledge(file)


def test_in_a_table_bad_banned_phrases_are_told_by_their_row_and_column() -> None:
    header = "kind,id,title_zh,title_en,phrasings_zh,phrasings_en,answers_zh,answers_en,hold,family,why"
    rows = [
        "entry,a,标题,Title,问,ask,答,Answer,,,",
        "banned,b,,,,as I told you,,Let me see,shout,mocking,why",
        "banned,c,Title,,,as I said,,,off,,",
        "banned,d,,,,!!,,b,warn,mocking,why",
    ]
    with pytest.raises(BadRows) as caught:
        parse_table("\n".join([header, *rows]).encode(), "kb.csv")
    assert [(bad.row, bad.column) for bad in caught.value.rows] == [
        (3, "hold"),
        (4, "title_zh"),
        (5, "phrasings_en"),
    ]


def test_no_engine_learns_what_is_banned() -> None:
    knowledge = from_data(EVERYTHING)
    assert knowledge.banned
    assert learned_of(knowledge) == from_data(
        {name: value for name, value in EVERYTHING.items() if name not in ("banned", "replies")}
    )
    assert "banned" not in to_data(learned_of(knowledge))
