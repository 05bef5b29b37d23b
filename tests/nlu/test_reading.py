"""How texts are read before they are compared: put right, in the shop's words; and their n-grams."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlu.embedded.correction import Correction, learn_correction
from nlu.embedded.interpreter import EmbeddedInterpreter
from nlu.embedded.ngrams import Vocabulary, count_ngrams
from nlu.embedded.reading import Reader


@pytest.fixture(scope="module")
def correction() -> Correction:
    syllables = dict(
        zip(
            "发票法运费废怎么开退款推催吹物流",
            [
                "fa",
                "piao",
                "fa",
                "yun",
                "fei",
                "fei",
                "zen",
                "me",
                "kai",
                "tui",
                "kuan",
                "tui",
                "cui",
                "chui",
                "wu",
                "liu",
            ],
            strict=True,
        )
    )
    texts = ["发票怎么开", "运费怎么退款", "退款运费发票", "催物流 发票 运费 退款", "怎么催物流"] * 3
    return learn_correction(
        [*texts, *["where is my refund", "delivery fee", "exchange it"] * 3],
        common=frozenset(("where", "friend", "mail", "seal")),
        syllables=syllables,
    )


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("法票怎么开", "发票怎么开"),
        ("运废", "运费"),
        ("fapiao怎么开", "发票怎么开"),
        ("my refnd", "my refund"),
        ("delviery", "delivery"),
        ("exchannge", "exchange"),
        ("mailed to a friend", "mailed to a friend"),  # a common word with an ending
        ("发票怎么开", "发票怎么开"),
        ("", ""),
    ],
)
def test_slips_are_put_right(correction: Correction, typed: str, meant: str) -> None:
    assert correction.correct(typed) == meant


@given(text=st.text(alphabet="发票法运费废怎么开退款 abcdefinr", max_size=40))
def test_what_was_put_right_is_left_alone(text: str) -> None:
    known = learn_correction(
        ["发票运费", "refund"] * 3, common=frozenset(), syllables={"法": "fa", "发": "fa"}
    )
    once = known.correct(text)
    assert known.correct(once) == once


def test_synonyms_become_the_first_of_their_group() -> None:
    reader = Reader([("积分", "青豆", "bean points"), ("refund", "chargeback")])
    assert reader.read("青豆怎么用") == "积分怎么用"
    assert reader.read("BEAN POINTS?") == "积分?"
    assert reader.read("a chargeback, not chargebacks") == "a refund, not chargebacks"


def test_a_word_is_known_by_its_pieces() -> None:
    assert {"refund", "…_refu", "…fund_"} <= set(count_ngrams("refund"))
    assert {"退", "退款", "退 款"} - set(count_ngrams("退款")) == {"退款"}  # runs are marked as pieces
    assert "…退款" in count_ngrams("退款")


@given(texts=st.lists(st.text(max_size=30), min_size=1, max_size=20))
def test_weights_have_length_one(texts: list[str]) -> None:
    counted = [count_ngrams(text) for text in texts]
    weighed = Vocabulary.of(counted).weigh(counted)
    for start, end in itertools.pairwise(weighed.starts):
        weights = weighed.weights[start:end].tolist()
        assert not weights or sum(weight * weight for weight in weights) == pytest.approx(1)


@pytest.mark.parametrize(
    ("text", "entry"),
    [
        ("法票怎么开", "invoice_request"),
        ("fapiao zenme kai", "invoice_request"),
        ("推款多久到帐", "refund_time"),
        ("yunfei duoshao", "delivery_fee"),
        ("how long does a refnud take", "refund_time"),
        ("fogot my pasword", "account_password_reset"),
    ],
)
def test_slips_and_pinyin_are_understood(interpreter: EmbeddedInterpreter, text: str, entry: str) -> None:
    assert interpreter.understand([text])[0].intent == entry
