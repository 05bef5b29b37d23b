"""Which questions are of one kind."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handoff.gaps.clustering import Kinds, Question, most_typical, terms_of

SHIPPING = ["能不能送货到新疆", "新疆可以送货吗？", "你好，请问新疆送货吗", "送貨到新疆嗎"]
WARRANTY = ["保修期多久", "请问保修期是多久啊", "保修期多长"]
ALASKA = ["Do you ship to Alaska?", "can you ship things to alaska", "shipping to Alaska please"]
GIFT = ["do you have gift cards", "Can I buy a gift card?"]


def question(text: str, near: str | None = None) -> Question:
    return Question(language="en" if text.isascii() else "zh", terms=terms_of(text), near=near)


def sort(texts: list[str]) -> list[int]:
    """The number of the kind that each text is put into, one after the other."""
    kinds: Kinds[int] = Kinds()
    found = []
    for number, text in enumerate(texts):
        key = kinds.find(question(text))
        key = number if key is None else key
        kinds.add(key, question(text))
        found.append(key)
    return found


@pytest.mark.parametrize("same", [SHIPPING, WARRANTY, ALASKA, GIFT])
def test_the_same_asked_otherwise_is_of_one_kind(same: list[str]) -> None:
    assert set(sort(same)) == {0}


def test_different_questions_are_of_different_kinds_however_politely_they_are_asked() -> None:
    assert sort(["怎么退货", "怎么换货", "怎么开发票", "请问怎么修改地址", "可以修改电话吗"]) == [
        0,
        1,
        2,
        3,
        4,
    ]
    assert sort(["can i return it", "can i pay later", "can i change my address", "where is my order"]) == [
        0,
        1,
        2,
        3,
    ]
    assert sort([SHIPPING[0], WARRANTY[0], SHIPPING[1], ALASKA[0], WARRANTY[1], ALASKA[1]]) == [
        0,
        1,
        0,
        3,
        1,
        3,
    ]


@pytest.mark.parametrize("text", ["", "你好", "谢谢您", "在吗", "hello", "Thank you!", "???", "😀", "嗯嗯"])
def test_small_talk_is_about_nothing(text: str) -> None:
    assert not terms_of(text)


def test_what_the_bot_took_for_the_same_entry_needs_to_be_less_alike() -> None:
    one, other = "电池用几年", "电池寿命"
    for near, found in ((None, None), ("screen", None), ("battery", 1)):
        kinds: Kinds[int] = Kinds()
        kinds.add(1, question(one, "battery"))
        assert kinds.find(question(other, near)) == found


def test_the_most_typical_of_several_texts_is_the_one_that_is_most_like_the_others() -> None:
    texts = ["新疆", "请问新疆送货吗", "新疆送货吗，我上次在你们家买的东西一直没收到", "新疆能送货吗"]
    assert most_typical(texts) in (1, 3)
    assert most_typical(["只有一句"]) == 0


@given(st.lists(st.sampled_from(SHIPPING + WARRANTY + ALASKA + GIFT), min_size=1, max_size=30))
def test_kinds_do_not_depend_on_the_order_in_which_clear_questions_come(texts: list[str]) -> None:
    groups = [SHIPPING, WARRANTY, ALASKA, GIFT]
    found = sort(texts)
    for (text, key), (other, other_key) in itertools.combinations(zip(texts, found, strict=True), 2):
        same = any(text in group and other in group for group in groups)
        assert (key == other_key) is same


@given(st.lists(st.text(max_size=40), max_size=20))
def test_sorting_the_same_texts_again_gives_the_same_kinds(texts: list[str]) -> None:
    known = [text for text in texts if terms_of(text)]
    assert sort(known) == sort(known)


def test_a_text_of_a_kind_is_found_among_thousands_of_others() -> None:
    kinds: Kinds[int] = Kinds()
    for number in range(3_000):
        kinds.add(number, question(f"型号{chr(0x4E00 + number)}{chr(0x6E00 + number)}送货吗"))
    kinds.add(-1, question(SHIPPING[0]))
    assert kinds.find(question(SHIPPING[1])) == -1
