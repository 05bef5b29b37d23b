"""Which language a text is in, and how texts are made comparable."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlu.languages import detect_language
from nlu.normalise import clip, normalise


@pytest.mark.parametrize(
    ("text", "language"),
    [
        *(
            (text, "zh-Hans")
            for text in (
                "我的订单到哪了",
                "发货",
                "iphone 15 手机壳有吗",
                "points几时到账",
                "退款",
                "里面有什么",
            )
        ),
        *(
            (text, "zh-Hant")
            for text in ("我的訂單到哪了", "請問可以退貨嗎", "點解仲未送到", "優衣庫の衣服有貨嗎")
        ),
        *(
            (text, "en")
            for text in ("where is my order", "hi", "REFUND", "use my 积分 on this order how", "café order?")
        ),
        *(
            (text, "other")
            for text in ("¿Dónde está mi pedido?", "Où est ma commande ?", "Wo ist meine Bestellung?")
        ),
        *(
            (text, "other")
            for text in ("注文はどこですか", "주문이 어디 있나요", "где мой заказ", "أين طلبي", "ขอบคุณ")
        ),
        *(
            (text, "other")
            for text in ("onde está meu pedido", "di mana pesanan saya", "12345", "😀", "", "?!")
        ),
    ],
)
def test_a_language_is_told(text: str, language: str) -> None:
    assert detect_language(text) == language


@given(st.text())
def test_any_text_has_a_language(text: str) -> None:
    assert detect_language(text) in ("zh-Hans", "zh-Hant", "en", "other")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ＡＢＣ　１２３", "abc 123"),
        ("網路連線有問題", "网络连接有问题"),
        ("在吗！！！！", "在吗!"),
        ("sooooo slow", "soo slow"),
        ("order 20261122334455 late", "order 12345678901 late"),
        ("see https://example.com/a?b=1", "see www.example.org/x"),
        ("a\u200bb", "ab"),
    ],
)
def test_texts_that_mean_the_same_compare_equal(one: str, other: str) -> None:
    assert normalise(one) == normalise(other)


def test_short_numbers_keep_their_meaning() -> None:
    assert normalise("12315") != normalise("12345")


@given(st.text())
def test_any_text_can_be_made_comparable(text: str) -> None:
    plain = normalise(clip(text))
    assert plain == plain.strip()
