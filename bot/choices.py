"""What a typed text chooses of what the desk asked: a label, a number, a rating, an opt-out. Pure: texts in, actions out."""

import re

from bot.decisions import Heard
from bot.phrases import LAST, LONGEST, find_choice
from core.messages import Kind
from handoff.presses import words_for
from handoff.questions import Question
from nlu.normalise import bare, normalise

_HAN_NUMBERS = {han: number for number, han in enumerate("零一二三四五六七八九十")} | {"两": 2}
_RATING = re.compile(
    r"(?:(?:我|就|那就?|打|给|评|个|是|应该|大概)*|(?:(?:i(?:'d| would)? (?:give|say|rate)(?: (?:it|you))?|a|an|it's) )*)"
    r"(?P<number>\d{1,2}|[零一二两三四五六七八九十]) ?(?:分|颗星|星|points?|stars?)?"
    r"(?: ?/ ?(?:5|10)| out of (?:5|10|five|ten))?(?:吧|呀|啊|哦|咯|了|please| )*[.!~]*"
)
_OPT_OUT = re.compile(
    r"(?:请|麻烦|我要?|我想要?|帮我|给我|申请)*(?:退订|td|取消订阅|取消关怀|"
    r"(?:以后|今后)?(?:不要|不用|不想|不需要|别|停止|请勿|拒绝)(?:再|给我|向我|收到|接收|继续)*"
    r"(?:发送|发|推送|打扰|骚扰)(?:给?我|这些|这类|这种|此类|任何|消息|信息|短信|关怀|回访|的|了)*)"
    r"(?:吧|了|谢谢|啊)*[.!~。]*"
    r"|(?:please |pls )?(?:unsubscribe(?: me)?|opt(?: |-)?(?:me )?out|stop|"
    r"(?:stop|quit) (?:sending|messaging|texting|writing)(?: to)?(?: me)?"
    r"(?: (?:these|this|those|such|any|more|messages|texts|stuff))*|"
    r"no more (?:of )?(?:these|this|those|messages)(?: messages)?|"
    r"(?:do not|don't) (?:send|message|text|write)(?: to)?(?: me)?(?: (?:these|this|messages|any ?more|again|any))*)"
    r"(?: please| pls| thanks| thank you)*[.!]*"
)


def choose(question: Question | None, heard: Heard) -> str | None:
    """The action of the button that is chosen in words. Numbers count right after the question only."""
    if question is None or heard.kind is not Kind.TEXT or len(heard.text) > LONGEST:
        return None
    if not question.is_fresh(heard.at.timestamp()):
        return None
    plain = normalise(heard.text)
    said = bare(plain)
    numbers = {int(each.label): each.action for each in question.buttons if each.label.isdecimal()}
    labels = {
        bare(normalise(each.label)): each.action
        for each in question.buttons
        if each.action not in numbers.values()
    }
    if said in labels:
        return labels[said]
    if not question.is_last:
        return None
    for button in question.buttons:
        if said in (bare(normalise(word)) for word in words_for(button.action)):
            return button.action
    if numbers:
        rating = _read_rating(plain)
        return None if rating is None else numbers.get(rating)
    number = find_choice(heard.text)
    if number == LAST:
        number = len(question.buttons)
    return question.buttons[number - 1].action if number and number <= len(question.buttons) else None


def awaited(question: Question | None, heard: Heard) -> str | None:
    """The action for which this text counts."""
    if question is None or heard.kind is not Kind.TEXT or not heard.text.strip() or heard.only_language:
        return None
    return question.awaits if question.is_waiting(heard.at.timestamp()) else None


def is_opt_out(text: str) -> bool:
    """Whether the whole message says that no more messages are wanted."""
    return len(text) <= LONGEST and bool(_OPT_OUT.fullmatch(normalise(text)))


def _read_rating(plain: str) -> int | None:
    found = _RATING.fullmatch(plain)
    if found is None:
        return None
    number = found["number"]
    return int(number) if number.isdecimal() else _HAN_NUMBERS[number]
