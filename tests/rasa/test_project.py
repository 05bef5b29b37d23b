"""The knowledge base as a Rasa project."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from nlu.knowledge.documents import from_data
from nlu.knowledge.entries import KnowledgeBase
from nlu.rasa.project import NONE, Project, entry_intents, pair_intents, rasa_text, with_none, write_project
from nlu.rasa.rows import split_rows
from nlu.rasa.training import hold_out


def knowledge() -> KnowledgeBase:
    return from_data(
        {
            "entries": [
                {
                    "id": "refund",
                    "title": {"zh": "退款", "en": "Refund"},
                    "phrasings": {
                        "zh": ["我要退款", "我要退款！", "錢什麼時候退"],
                        "en": ["money back: when?"],
                    },
                    "answers": {"zh": "好", "en": "Fine"},
                }
            ]
        }
    )


def examples(document: dict[str, Any]) -> dict[str, list[str]]:
    """As Rasa reads them: lines that begin with a dash."""
    return {
        each["intent"]: [line.removeprefix("- ") for line in each["examples"].splitlines()]
        for each in document["nlu"]
    }


def test_an_entry_becomes_an_intent_with_its_phrasings_and_titles_in_one_script() -> None:
    assert entry_intents(knowledge()) == {
        "refund": ("我要退款", "我要退款!", "钱什么时候退", "money back: when?", "退款", "refund")
    }


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("/refund", "refund"),  # Rasa would take it for a command that names its intent
        (" // refund_status{}", "refund_status{}"),
        ("[refund](entry) now", "refund (entry) now"),  # and this for an entity
        ("- 第一\n- 第二", "第一 - 第二"),
        ("我要退貨", "我要退货"),
        ("/ [] -", ""),
    ],
)
def test_a_customer_cannot_speak_rasas_own_language(text: str, seen: str) -> None:
    assert rasa_text(text) == seen


def test_a_text_keeps_its_form_when_it_is_made_ready_twice() -> None:
    text = "[/ 我要退貨 ～～ [HELLO](x)"
    assert rasa_text(rasa_text(text)) == rasa_text(text)


def test_whatever_a_phrasing_holds_rasa_reads_it_back_as_it_is() -> None:
    awkward = [
        "#1: \"quoted\" 'text'",
        "yes",
        "- a: b",
        "价格：100%？ {x}",
        "emoji 😀 & *stars*",
        "!tag |",
        "1.0",
    ]
    intents = pair_intents([(text, "awkward") for text in awkward])
    document = yaml.safe_load(Project(intents=intents).document())
    assert examples(document) == {"awkward": list(intents["awkward"])}
    assert len(intents["awkward"]) == len(awkward)


def test_the_document_for_the_server_and_the_files_say_the_same(tmp_path: Path) -> None:
    project = Project(intents=with_none(entry_intents(knowledge()), ["今天天气怎么样"]))
    write_project(project, tmp_path)
    read = {
        name: yaml.safe_load((tmp_path / name).read_text("utf-8"))
        for name in ("config.yml", "domain.yml", "data/nlu.yml")
    }
    whole = yaml.safe_load(project.document())
    assert read["config.yml"] | read["domain.yml"] | read["data/nlu.yml"] == whole
    assert whole["intents"] == ["refund", NONE]
    assert [part["name"] for part in whole["pipeline"]] == [
        "JiebaTokenizer",
        "CountVectorsFeaturizer",
        "CountVectorsFeaturizer",
        "DIETClassifier",
        "FallbackClassifier",
    ]


def epochs(texts: int, chosen: int | None = None) -> int:
    project = Project(intents={"many": ["text"] * texts}, epochs=chosen)
    pipeline = yaml.safe_load(project.document())["pipeline"]
    (diet,) = [part for part in pipeline if part["name"] == "DIETClassifier"]
    return int(diet["epochs"])


def test_few_texts_are_learned_from_more_often_than_many_and_a_choice_counts_more() -> None:
    assert epochs(0) == epochs(50) > epochs(4_000) > epochs(10_000) >= epochs(100_000) > 1
    assert epochs(50, chosen=2) == 2


def test_what_an_entry_answers_is_not_taught_as_unrelated() -> None:
    assert with_none(
        {"weather": ("今天天气怎么样",)}, ["今天天气怎么样？", "今天天气怎么样", "讲个笑话"]
    ) == {
        "weather": ("今天天气怎么样",),
        NONE: ("今天天气怎么样?", "讲个笑话"),
    }


def test_what_is_asked_to_calibrate_was_not_learned() -> None:
    intents = {f"entry{number}": tuple(f"{number} text {i}" for i in range(10)) for number in range(12)}
    fold = hold_out({**intents, NONE: tuple(f"joke {i}" for i in range(10))})
    learned = {text for texts in fold.learned.values() for text in texts}
    assert learned.isdisjoint(each.text for each in fold.asked)
    left_out = set(intents) - set(fold.learned)
    assert len(left_out) == 1
    strangers = {each.text for each in fold.asked if each.intent == NONE}
    assert {text for intent in left_out for text in intents[intent]} <= strangers
    assert any(text.startswith("joke") for text in strangers)
    assert any(text.startswith("joke") for text in fold.learned[NONE])


def test_the_share_of_unanswerable_messages_does_not_hang_on_how_many_there_are() -> None:
    def share(unrelated: int) -> float:
        intents = {f"entry{number}": tuple(f"{number} text {i}" for i in range(10)) for number in range(8)}
        asked = hold_out({**intents, NONE: tuple(f"joke {i}" for i in range(unrelated))}).asked
        return sum(each.weight for each in asked if each.intent == NONE) / len(
            [each for each in asked if each.intent != NONE]
        )

    assert share(10) == pytest.approx(share(200))


def test_few_entries_with_few_phrasings_still_give_something_to_ask() -> None:
    fold = hold_out({"a": ("1", "2", "3"), "b": ("4", "5", "6"), NONE: ("7", "8", "9")})
    assert {each.intent for each in fold.asked} == {"a", "b", NONE}
    assert all(fold.learned.values())


def test_a_knowledge_base_splits_into_rows_some_of_which_no_entry_answers() -> None:
    intents = {f"entry{number}": tuple(f"{number} text {i}" for i in range(10)) for number in range(12)}
    training, test = split_rows(intents)
    assert not {text for text, _ in training} & {text for text, _ in test}
    assert len(training) + len(test) == 120
    trained = {label for _, label in training}
    assert {label in trained for _, label in test} == {True, False}
