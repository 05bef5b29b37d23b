"""What the embedded engine makes of messages that it has never seen."""

import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nlu.embedded.interpreter import EmbeddedInterpreter
from nlu.understanding import Interpreter, Understanding, Urgency


def understand(interpreter: EmbeddedInterpreter, text: str) -> Understanding:
    return interpreter.understand([text])[0]


def test_it_is_an_interpreter(interpreter: EmbeddedInterpreter) -> None:
    port: Interpreter = interpreter
    assert 0.3 <= port.understand(["你好"])[0].answer_at < 1.0


@pytest.mark.parametrize(
    ("text", "entry"),
    [
        ("请问退货的运费是谁来承担呢", "return_shipping_fee"),
        ("你们能开电子发票吗", "invoice_request"),
        ("我想把订单取消掉", "order_cancel"),
        ("收货地址填错了想改一下", "order_change_address"),
        ("忘了登录密码怎么办", "account_password_reset"),
        ("退款一般多少天能到账", "refund_time"),
        ("支持用微信付款吗", "payment_methods"),
        ("空调的保修期是几年", "warranty_policy"),
        ("这个羽绒服还有货吗", "product_stock"),
        ("刚买完就降价了能退差价吗", "price_protection"),
        ("我要把账号注销掉", "account_delete"),
        ("優惠券為什麼不能用", "coupon_not_working"),
        ("可以分十二期付款嗎", "installment"),
        ("how can I cancel the order I just placed", "order_cancel"),
        ("who pays for the return postage", "return_shipping_fee"),
        ("I forgot my login password, how to reset it", "account_password_reset"),
        ("how many days until the refund reaches my card", "refund_time"),
        ("which payment methods can I use", "payment_methods"),
        ("could you send me an invoice please", "invoice_request"),
        ("what's the warranty period of the air conditioner", "warranty_policy"),
        ("do you ship to other countries", "delivery_area"),
        ("is this product genuine or fake", "product_authenticity"),
        ("please delete my account and all my data", "account_delete"),
        ("my coupon code is not being accepted", "coupon_not_working"),
        ("can I pay in monthly instalments", "installment"),
        ("thank you very much", "thanks"),
    ],
)
def test_an_unseen_wording_is_understood(interpreter: EmbeddedInterpreter, text: str, entry: str) -> None:
    understood = understand(interpreter, text)
    assert understood.intent == entry
    assert understood.confidence >= 0.5


@pytest.mark.parametrize(
    "text",
    [
        "今天股市行情怎么样",
        "给我讲个恐龙的故事",
        "明天北京会下雨吗",
        "who won the football world cup",
        "write me a poem about the sea",
        "what is the square root of 81",
        "asdkjh qweoiu zxcmnb",
        "!!!???",
        "😀😀😀",
    ],
)
def test_what_no_entry_is_about_is_not_answered(interpreter: EmbeddedInterpreter, text: str) -> None:
    understood = understand(interpreter, text)
    assert understood.intent
    assert understood.confidence < understood.answer_at


@pytest.mark.parametrize("text", ["", "   ", "\n\t", "\u200b"])
def test_a_text_without_content_means_nothing(interpreter: EmbeddedInterpreter, text: str) -> None:
    understood = understand(interpreter, text)
    assert (understood.text, understood.intent, understood.confidence) == (text, "", 0.0)
    assert not understood.rejection and understood.urgency is Urgency.NORMAL


@pytest.mark.parametrize(
    "text", ["积分怎么用", "積分怎麼用？", "how do points work", "  How do POINTS work?! "]
)
def test_a_known_phrasing_is_certain(interpreter: EmbeddedInterpreter, text: str) -> None:
    understood = understand(interpreter, text)
    assert (understood.intent, understood.confidence) == ("points_use", 0.99)


def test_alternatives_are_the_next_likeliest(interpreter: EmbeddedInterpreter) -> None:
    for understood in interpreter.understand(["发票可以重开吗", "where is it", "怎么还没到啊", "refund"]):
        probabilities = [guess.probability for guess in understood.alternatives]
        assert len(probabilities) == 3
        assert probabilities == sorted(probabilities, reverse=True)
        assert understood.intent not in {guess.intent for guess in understood.alternatives}
        assert understood.confidence + sum(probabilities) <= 1.0 + 1e-3


def test_a_batch_means_the_same_as_its_texts_one_by_one(interpreter: EmbeddedInterpreter) -> None:
    texts = ["退货运费谁出", "", "where's my order", "转人工", "洗衣机着火了", "👎", "x" * 5000]
    together = interpreter.understand(texts)
    for text, understood in zip(texts, together, strict=True):
        alone = understand(interpreter, text)
        assert (alone.intent, alone.urgency, alone.rejection) == (
            understood.intent,
            understood.urgency,
            understood.rejection,
        )
        assert alone.confidence == pytest.approx(understood.confidence, abs=1e-3)
    assert interpreter.understand([]) == []


def test_the_end_of_a_long_text_counts(interpreter: EmbeddedInterpreter) -> None:
    story = "我上个月在你们店里买了一台冰箱，" * 200
    assert understand(interpreter, story + "给我转人工").wants_human.decision
    assert understand(interpreter, story + "再不处理我就去12315").urgency is Urgency.EMERGENCY


def test_a_message_takes_milliseconds(interpreter: EmbeddedInterpreter) -> None:
    texts = [
        f"我的订单{number}什么时候能送到啊" if number % 2 else f"when will order {number} come"
        for number in range(64)
    ]
    interpreter.understand(texts)
    start = time.process_time()
    interpreter.understand(texts)
    assert time.process_time() - start < 0.2


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(max_size=300))
def test_no_text_upsets_it(interpreter: EmbeddedInterpreter, text: str) -> None:
    understood = understand(interpreter, text)
    assert 0.0 <= understood.confidence <= 1.0
    assert understood.text == text
