"""Complaints, wishes for a person, emergencies and rejections; and what only looks like them."""

import pytest

from nlu.embedded.interpreter import EmbeddedInterpreter
from nlu.normalise import normalise
from nlu.rules import is_rejection
from nlu.understanding import Urgency


@pytest.mark.parametrize(
    "text",
    [
        *(
            "转人工",
            "请帮我转接人工客服",
            "我要和真人说话",
            "叫你们经理来",
            "給我轉接真人客服",
            "人工！！！",
            "能不能换个真人客服来",
        ),
        *(
            "I want to talk to a human",
            "agent please",
            "get me a real person",
            "can I speak with your manager",
        ),
    ],
)
def test_a_wish_for_a_person_is_heard(interpreter: EmbeddedInterpreter, text: str) -> None:
    assert interpreter.understand([text])[0].wants_human.decision


@pytest.mark.parametrize(
    "text",
    [
        *(
            "人工智能音箱有货吗",
            "安装的人工费是多少",
            "不用转人工，我自己看",
            "人工客服几点上班",
            "真人试穿图有吗",
            "人造革还是真皮",
        ),
        *(
            "no need for an agent, thanks",
            "I don't want to talk to a human",
            "is this a robot vacuum",
            "human hair wig",
        ),
        *("我的快递到哪了", "how long does delivery take"),
    ],
)
def test_a_person_in_another_sense_is_no_wish_for_one(interpreter: EmbeddedInterpreter, text: str) -> None:
    assert not interpreter.understand([text])[0].wants_human.decision


@pytest.mark.parametrize(
    "text",
    [
        *(
            "热水器漏电把我电到了",
            "插座冒烟了怎么办",
            "我已经打12315了",
            "我要起诉你们",
            "律师函马上寄到",
            "孩子误吞了纽扣电池",
        ),
        "刚才摸热水器被电了一下",  # put right towards the shop's words, it would be 被点了
        *("烤箱著火了", "我的银行卡被盗刷了", "我要找记者曝光你们"),
        *("the kettle gave me an electric shock", "the dryer is on fire", "my lawyer will contact you"),
        *(
            "I will sue your company",
            "there is smoke coming out of the oven",
            "someone hacked my account, I got scammed",
        ),
    ],
)
def test_an_emergency_is_heard(interpreter: EmbeddedInterpreter, text: str) -> None:
    assert interpreter.understand([text])[0].urgency is Urgency.EMERGENCY


@pytest.mark.parametrize(
    "text",
    [
        *(
            "烟灰色的外套有货吗",
            "空气炸锅怎么用",
            "火锅电磁炉有卖吗",
            "有没有漏电保护插座",
            "这个爆款什么时候补货",
        ),
        *(
            "is the smoke grey jacket in stock",
            "do you sell fire pits",
            "how to pay with my fire tablet",
            "order status",
        ),
        *("我的快递到哪了", "退货运费谁出"),
        # Words of a rule, and a classifier that knows better:
        *(
            "where can i find the exploded parts diagram of my blender",
            "洗衣机一直报警E4是啥意思",
            "大出血清仓还有吗",
        ),
    ],
)
def test_a_harmless_sense_is_no_emergency(interpreter: EmbeddedInterpreter, text: str) -> None:
    assert interpreter.understand([text])[0].urgency is Urgency.NORMAL


@pytest.mark.parametrize(
    "text",
    [
        *(
            "你们的服务太差了，我要投诉",
            "什么垃圾质量，用一次就坏",
            "客服态度恶劣，气死人了",
            "等了半个月还没人管，太失望了",
        ),
        *("this is the worst service ever", "I want to file a complaint about your courier"),
        *("absolutely terrible quality, I am furious",),
    ],
)
def test_a_complaint_is_heard(interpreter: EmbeddedInterpreter, text: str) -> None:
    assert interpreter.understand([text])[0].complaint.decision


@pytest.mark.parametrize(
    "text",
    [
        "投诉电话是多少",
        "垃圾桶有货吗",
        "没有投诉的意思",
        "发票怎么开",
        "你们服务真好",
        "which trash cans do you have in white",
        "thanks a lot",
    ],
)
def test_a_question_is_no_complaint(interpreter: EmbeddedInterpreter, text: str) -> None:
    assert not interpreter.understand([text])[0].complaint.decision


@pytest.mark.parametrize(
    "text",
    [
        *(
            "不是",
            "不对！",
            "不是这个",
            "答非所问",
            "没用",
            "不是这个意思啊",
            "呃不是",
            "不對",
            "👎",
            "👎🏽",
            "都不是",
        ),
        *(
            "no",
            "Nope.",
            "that's not what I asked",
            "That’s not what I asked!!",
            "wrong",
            "not helpful",
            "none of these",
        ),
    ],
)
def test_a_rejected_answer_is_heard(text: str) -> None:
    assert is_rejection(normalise(text))


@pytest.mark.parametrize(
    "text",
    ["不是正品怎么办", "没用过的能退吗", "no tracking number", "wrong size arrived", "👍", "好的", "", "的"],
)
def test_a_longer_message_is_no_rejection(text: str) -> None:
    assert not is_rejection(normalise(text))
