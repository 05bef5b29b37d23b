"""Turns of phrase that steer a conversation, in Chinese and English. Pure: texts in, what they ask for out.

Texts are normalised first (one width, lower case, Simplified), so that each is written down once.
"""

import re
from collections.abc import Iterator

from core.languages import ReplyLanguage
from nlu.normalise import bare, normalise

MAX_PARTS = 3  # questions answered in one reply
LONGEST = 200  # characters beyond which a message tells a story: none of this is looked for

# --- Another language ---------------------------------------------------------------------------------------

_NAMES_OF_LANGUAGES: dict[ReplyLanguage, str] = {
    "zh": "中文 汉语 普通话 国语 华语 chinese mandarin",
    "en": "英文 英语 english",
}
_LANGUAGE_NAMES = {
    name: language for language, names in _NAMES_OF_LANGUAGES.items() for name in names.split()
}
_NAME = f"(?P<name>{'|'.join(_LANGUAGE_NAMES)})"
_SPEAK = (
    rf"(?:请|麻烦|拜托)?(?:你们?|您)?(?:能|能不能|可以|可不可以|会)?(?:请)?(?:跟我)?"
    rf"(?:用|说|讲|换成?|切换?到?|改成?|转成?){_NAME}"
    rf"(?:来?(?:回答|回复|说|讲|聊|沟通|交流|解释))?(?:一下|一遍)?(?:[\s,]*(?:吗|么|吧|好吗|可以吗|行吗|谢谢|多谢|啊|呀))*"
)
_SPEAK_EN = (
    rf"(?:(?:can|could|would|will) (?:you|we) |please |pls |do you )*"
    rf"(?:(?:speak|use|switch to|change to|talk|write|reply|answer|respond|say (?:it|that)|repeat (?:it|that)|continue)"
    rf"(?: to me| with me)? )?(?:in )?{_NAME}(?:[ ,]+(?:please|pls|thanks|thank you|now|instead))*"
)
_EDGE = r"[\s,，.。;；:：!！?？~、-]"
_LANGUAGE_ALONE = [re.compile(rf"{_EDGE}*(?:{speak}){_EDGE}*") for speak in (_SPEAK, _SPEAK_EN)]
_LANGUAGE_AT_END = [
    re.compile(rf"(?P<rest>.*\S){_EDGE}+(?:{speak}){_EDGE}*")
    for speak in (
        rf"(?:请|麻烦)?(?:你|您)?(?:用|说|讲){_NAME}(?:来?(?:回答|回复|说|讲|解释))?(?:一下)?(?:谢谢|吧)*",
        rf"(?:please (?:reply |answer |respond )?)?in {_NAME}(?:[ ,]+(?:please|pls|thanks))*",
    )
]


def find_language(text: str) -> tuple[ReplyLanguage, str] | None:
    """The language that a message asks for, and what else it says (empty if nothing); None if it asks for none."""
    if len(text) > LONGEST:
        return None
    plain = normalise(text)
    for pattern in _LANGUAGE_ALONE:
        if found := pattern.fullmatch(plain):
            return _LANGUAGE_NAMES[found["name"]], ""
    for pattern in _LANGUAGE_AT_END:
        if found := pattern.fullmatch(plain):
            return _LANGUAGE_NAMES[found["name"]], found["rest"]
    return None


# --- Corrections --------------------------------------------------------------------------------------------

_MARKS = r"[\s,.;:!?、。~-]"
_NOT_ZH = (
    r"(?:不是|不对|错了|你?(?:理解|搞|弄|答|看)错了|答非所问)(?:的|啊|呀|吧|哦|啦|了|这个意思|这个|的意思)*"
)
_SAY_ZH = r"(?:我(?:是|想|要|刚才|刚刚)*(?:问|说|指|讲|要)(?:的)?(?:其实)?(?:是)?|我的(?:意思|问题)(?:其实)?是|应该是|而是)"
_NOT_EN = (
    r"(?:no+|nope|nah|wrong|not that(?: one)?|not this|that's not it|(?:that's |this is )?not what i "
    r"(?:asked|meant|mean|said|want|wanted)(?: for)?|you misunderstood(?: me)?|you got (?:it|me) wrong)"
)
_SAY_EN = (
    r"i(?: am|'m| was)? (?:(?:just |actually |really )*(?:meant|mean|said|asked|asking|want(?:ed)? to know|talking))"
    r"(?: to (?:ask|say))?(?: about| for)?"
)
_CORRECTIONS = [
    re.compile(pattern, re.DOTALL)
    for pattern in (
        rf"(?:{_NOT_ZH}{_MARKS}*)+{_SAY_ZH}{_MARKS}*(?P<rest>.+)",
        r"不是(?P<wrong>[^,.;!?是]{1,12})[\s,.;!]*(?:我(?:问|说|指|要)的)?(?:而?是|要)(?P<rest>.+)",
        rf"{_NOT_ZH}{_MARKS}+(?:是)?(?P<rest>.+)",
        r"(?:我(?:问|说|指|想问|要问)的(?:其实)?是|我是(?:说|问|指|想问)|我的意思是)(?P<rest>.+)",
        rf"(?:{_NOT_EN}{_MARKS}+)+(?:(?:sorry|actually|but|rather){_MARKS}+)?(?:{_SAY_EN}|it's about|about)\b"
        rf"{_MARKS}*(?P<rest>.+)",
        rf"(?:(?:sorry|oops|actually){_MARKS}+)?i (?:meant|mean|said|was asking about|asked about)\b"
        rf"{_MARKS}*(?P<rest>.+)",
        r"not (?P<wrong>(?:the|my|an?|that) [^,.;!?]{2,40})[,.;]+(?: ?but)?(?P<rest>.+)",
        r"(?:no+|nope|nah|wrong)\s*[,.;:!-]+(?P<rest>.+)",
    )
]
_CONTRAST = re.compile(
    r"[\s,.;]*(?:(?:而|又|可)?不是.+|\b(?:and )?not (?!\w+ing\b).+|\binstead of .+)$", re.DOTALL
)
_LITTLE = re.compile(r"^(?:the|my|an?|about)\s+")


def find_correction(text: str) -> str | None:
    """What is meant instead, of a message such as "no, I meant the exchange"; None if it corrects nothing."""
    if len(text) > LONGEST:
        return None
    plain = normalise(text)
    for pattern in _CORRECTIONS:
        if found := pattern.fullmatch(plain):
            rest = _LITTLE.sub("", _CONTRAST.sub("", found["rest"].strip(" ,.;:!-")).strip(" ,.;:!-"))
            return rest if bare(rest) else None
    return None


# --- Follow-ups ---------------------------------------------------------------------------------------------

SHORT_ZH, LONG_ZH = 10, 16  # Chinese characters that may be a part of a question: plainly, or with its mark
SHORT_EN, LONG_EN = 8, 11  # words, likewise
_REFERS = re.compile(
    r"^(?:那|那么|还有|如果|要是|假如)(?!个|些|种|边|里).*|.*呢[?!.]*$"
    r"|^(?:and|but|or|so|also|then|what about|how about|what if|same for)\b.*",
    re.DOTALL,
)
_HAN = re.compile(r"[\u3400-\u9fff]")


def refers_back(text: str) -> bool:
    """Whether the form of a message says that it goes on from what came before: "那新疆呢", "and for exchanges?"."""
    return len(text) <= LONGEST and bool(_REFERS.match(normalise(text)))


def may_follow(text: str) -> bool:
    """Whether a message is short enough to be only a part of a question."""
    if len(text) > LONGEST:
        return False
    plain = normalise(text)
    han, words = len(_HAN.findall(plain)), len(re.findall(r"[a-z0-9']+", plain))
    zh, en = (LONG_ZH, LONG_EN) if refers_back(text) else (SHORT_ZH, SHORT_EN)
    return han + words > 0 and han <= zh and words <= en


# --- Several questions --------------------------------------------------------------------------------------

_QUESTION = re.compile(
    r"[?]|吗|呢|么$|嘛$|多少|几[天时点个号件块]|第几|怎么|怎样|咋|如何|什么|啥|哪|谁|多久|多长|多大|何时|为何"
    r"|是不是|有没有|能不能|可不可以|要不要|会不会|行不行|可否|能否|是否|[能行会要用]不$"
    r"|^(?:(?:and|also|or|but|so|hi|hello|hey|please)[\s,]+)*(?:how|what|what's|when|where|where's|which|who|whose|why|can|could|"
    r"do|does|did|is|are|was|will|would|should|may|am|have|has)\b"
)
# What opens a message, and is no question of its own.
_OPENINGS = re.compile(
    r"(?:(?:你好|您好|亲|嗨|hi|hello|hey|good \w+)[\s,!.~]*)*"
    r"(?:(?:请问)?(?:在吗|在不在|在么|有人吗|有人在吗|客服在吗|能帮我吗|能帮个忙吗|可以帮我吗)"
    r"|(?:能|可以)?(?:请教|咨询|问)(?:一下|个问题|个事)?吗?"
    r"|are you (?:there|here|online)|(?:is )?any(?:one|body) (?:there|here)"
    r"|(?:can|could|will|would) (?:you|someone|anyone) (?:please )?help(?: me)?(?: out| please)?"
    r"|(?:can|may|could) i ask(?: you)?(?: something| a question| a few questions)?)[\s?!.,]*"
)
_SEPARATORS = re.compile(
    r"(?P<adds>[\s,.;!?。、]+(?:还有(?!货|吗|没|多少|几)|另外|此外|以及|顺便(?:再?问一?下|问问)?|再问一?下"
    r"|(?:and )?also\b|(?:and )?one more (?:thing|question)\b|plus\b)[\s,:]*)"
    r"|[?!。;\n]+\s*|\.(?=\s|$)\s*|[,、]\s*|\s+and\s+|(?<=[\u3400-\u9fff])\s+(?=[\u3400-\u9fff])"
)


def is_question(text: str) -> bool:
    """Whether a text has the form of a question, with or without its mark."""
    return bool(_QUESTION.search(normalise(text[-LONGEST:])))


def split_questions(text: str) -> tuple[str, ...]:
    """The questions of a message that seems to hold two or three; () if it seems to hold one.

    Cut at the ends of sentences and at joining words. What is no question by its form belongs to the one behind it
    ("it broke, how do I return it?"), unless a word such as "also" sets it off.
    """
    if len(text) > LONGEST:
        return ()
    plain = normalise(text)
    parts: list[str] = []
    pending, stands_alone = "", False
    for piece, is_set_off in _pieces(plain):
        if is_set_off and pending:
            parts.append(pending)
            pending = ""
        stands_alone = is_set_off or (stands_alone and bool(pending))
        pending = f"{pending} {piece}".strip()
        if is_question(piece) and not _OPENINGS.fullmatch(piece):
            parts.append(pending)
            pending = ""
    if pending and (stands_alone or not parts):
        parts.append(pending)
    elif pending:
        parts[-1] = f"{parts[-1]} {pending}"
    return tuple(parts) if 1 < len(parts) <= MAX_PARTS else ()


def _pieces(text: str) -> Iterator[tuple[str, bool]]:
    """What stands between separators, with its question mark, and whether a word such as "also" is before it."""
    begin, is_set_off = 0, False
    for cut in [*_SEPARATORS.finditer(text), None]:
        piece = text[begin : cut.start() if cut else len(text)]
        if bare(piece):
            yield piece.strip() + ("?" if cut and "?" in cut[0] else ""), is_set_off
            is_set_off = False
        if cut:
            begin, is_set_off = cut.end(), is_set_off or cut["adds"] is not None


# --- Choices ------------------------------------------------------------------------------------------------

_NUMBERS = {
    name: number
    for number, names in enumerate(
        (
            "一 1 first 1st one 前面 上面 前者 former",
            "二 2 second 2nd two",
            "三 3 third 3rd three",
            "四 4 fourth 4th four",
            "五 5 fifth 5th five",
            "六 6 sixth 6th six",
        ),
        start=1,
    )
    for name in names.split()
}
LAST = -1
_CHOICES = [
    re.compile(pattern)
    for pattern in (
        r"(?:我?(?:要|选|想要|问的?是?|说的?是?)|就|是)?第(?P<n>[一二三四五六1-6])(?:个|项|条|种|款)?(?:吧|呀|啊|谢谢|问题)*",
        r"(?:我?选(?:项)?)(?P<n>[一二三四五六1-6])(?:个|号|吧)*|(?P<m>[1-6])号?(?:吧|谢谢)?",
        r"(?:我?(?:要|选|问的?是?|说的?是?)|就|是)?(?P<n>前面|上面)(?:的)?(?:那|这)?一?个(?:吧)?|(?P<m>前者)",
        r"(?:我?(?:要|选|问的?是?|说的?是?)|就|是)?(?:(?:最后|后面|下面)(?:的)?(?:那|这)?一?个(?:吧)?|后者)",
        r"(?:i (?:want|mean|meant|choose|pick) )?(?:the )?(?P<n>first|second|third|fourth|fifth|sixth|1st|2nd|3rd|4th|former)"
        r"(?: (?:one|option|question|choice))?(?: please| pls| thanks)?",
        r"(?:option|number|no|choice|#) ?(?P<n>[1-6]|one|two|three|four|five|six)(?: please| pls| thanks)?",
        r"(?:i (?:want|mean|meant|choose|pick) )?(?:the )?(?:last|latter)(?: (?:one|option|question|choice))?(?: please)?",
    )
]


def find_choice(text: str) -> int | None:
    """Which of what was offered a message chooses: 1 for the first, `LAST` for the last; None if none."""
    if len(text) > LONGEST:
        return None
    plain = re.sub(r"[,.;:!?()\s]+", " ", normalise(text)).strip()
    for pattern in _CHOICES:
        if found := pattern.fullmatch(plain):
            named = [value for value in found.groupdict().values() if value]
            return _NUMBERS[named[0]] if named else LAST
    return None


# --- While fields are collected -----------------------------------------------------------------------------

_UNKNOWN = re.compile(
    r"(?:我|我也|这个|暂时|现在|手头|都)*(?:没有|没|无|不知道|不晓得|不清楚|不确定|不记得|记不得|记不清|想不起来|忘了|忘记了?|找不到|查不到|不方便|跳过|略过|不填|pass)"
    r"(?:订单|单号|订单号|订单编号|号码|手机号|电话|邮箱|这个|在?身边|提供|说|了|诶|欸|呢|啊|呀|哦|吧)*"
    r"|(?:(?:sorry|well|um|oh|hmm) )?(?:i )?(?:(?:really |just )?(?:don't|do not|dont|can't|cannot|cant|didn't) "
    r"(?:know|have|remember|recall|find|see|get)(?: (?:it|one|that|this|any|mine|the number|my (?:order )?number|"
    r"the order number|an order number|an order|it now|it on me|it right now|it anymore))?"
    r"|forgot(?: it)?|have no idea|have none|lost it)"
    r"|no idea|no clue|not sure|unsure|unknown|none|nothing|no|nope|skip(?: it| this)?|n a|na|pass|no (?:order )?number"
)
_CANCEL = re.compile(
    r"(?:那|我|还是|就|请|先)*(?:算了|取消|不弄了|不用了|不办了|不填了|不想填了|不想弄了|不要了|不需要了|退出|先不了|不了|放弃|停)"
    r"(?:吧|谢谢|啊|了)*"
    r"|(?:please |pls |ok |okay |actually )?(?:cancel(?: (?:it|this|that))?|never ?mind|stop(?: it| this)?|quit|exit|"
    r"forget it|forget about it|leave it|no thanks|no thank you|drop it)(?: please| thanks)?"
)


def is_unknown(text: str) -> bool:
    """Whether the whole message says that the customer does not know or have what is asked for."""
    return len(text) <= LONGEST and bool(_UNKNOWN.fullmatch(_words(text)))


def is_cancel(text: str) -> bool:
    """Whether the whole message says that the customer does not want to go on."""
    return len(text) <= LONGEST and bool(_CANCEL.fullmatch(_words(text)))


def _words(text: str) -> str:
    return re.sub(r"[^\w']+", " ", normalise(text)).strip()
