"""Rules for signals that must never be missed, and for the rejection of an answer.

Rules are read on normalised texts (lower case, Simplified). A rule's words count unless they are part of a
harmless phrase (人工智能, smoke grey) or are denied just before (不用转人工, no need for an agent). What no
rule knows is left to the classifier; a denied wish for a person is a no, whatever the classifier says.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

from nlu.normalise import bare
from nlu.signals import SignalName

HARMLESS = 0.02  # probability below which a rule's words are taken for harmless (an exploded diagram, a woman named Sue)


class Verdict(StrEnum):
    """What the rules say of a text."""

    YES = "yes"
    NO = "no"
    OPEN = "open"  # the classifier decides


@dataclass(frozen=True)
class _Rules:
    said: re.Pattern[str]
    harmless: re.Pattern[str]
    denied: re.Pattern[str]  # before what is said
    denial_decides: bool = False

    def judge(self, text: str) -> Verdict:
        rest = self.harmless.sub(" ", text)
        found = list(self.said.finditer(rest))
        if any(not self.denied.search(rest[: match.start()]) for match in found):
            return Verdict.YES
        return Verdict.NO if found and self.denial_decides else Verdict.OPEN


def _any(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns))


_PERSON = "(?:人工|真人|活人|客服|专员|主管|经理|领导|负责人|店长|值班的人|坐席|座席|能做主的)"
_HUMAN = (
    r"(?:human|person|agent|representative|rep|operator|manager|supervisor|advis[eo]r|staff|somebody|someone|"
    r"colleague|specialist|member of (?:staff|your team)|people|team)s?\b"
)
_ARTICLES = r"(?:(?:to|with|for|a|an|the|your|any|some|one|real|live|actual|human|customer|service|support|another) )*"

_RULES = {
    SignalName.WANTS_HUMAN: _Rules(
        said=_any(
            rf"转接?(?:到|给|一下|个|至|成)?(?:在线)?{_PERSON}",
            r"(?:人工|真人)(?:客服|服务|坐席|座席|专员)",
            rf"(?:找|要|接通?|换|叫|联系|呼叫|召唤|给我|来个|来位|需要|有没有|上)"
            rf"(?:一?[个位名])?(?:你们)?(?:的)?(?:在线)?{_PERSON}(?!电话|热线)",
            rf"(?:跟|和|与|同){_PERSON}(?:说|聊|谈|沟通|讲|通话|对话|联系)",
            r"^(?:请|我要|要)?(?:转)?人工(?:谢谢|吧|急|呢|在吗|在不在)?$",
            r"zhuan ?ren ?gong|升级到?上级",
            r"(?<!没)给我(?:回|打)个?电话|(?:跟|和)人工(?:说|讲|聊)|回我?个电话",
            r"(?:^|please |pls |can (?:you|someone|somebody) |just )(?:call|ring|phone) me\b",
            r"\bcall ?back\b|\bput me through\b|\bhumna\b|^no (?:ai|bots?)$",
            r"(?:anyone|anybody|someone|somebody) (?:actually |really )?(?:there|home)\?*$",
            r"\b(?:talk|speak|chat|spk|connect|transfer|switch|escalate|put)\w*"
            rf"(?: me| us| this)?(?: through| over)? {_ARTICLES}{_HUMAN}",
            rf"\b(?:get|give|find|reach|need|want|prefer|contact|send|bring) (?:me |us )?{_ARTICLES}"
            r"(?:human|person|agent|representative|operator|supervisor|manager)\b",
            r"\b(?:human|live|real) (?:agent|person|being|support|rep|chat|please|pls)\b",
            r"^(?:(?:a|an|the) )?(?:human|agent|operator|representative|real person|person|human being)s?"
            r"(?: (?:please|pls|plz|now))?\W*$",
        ),
        harmless=_any(
            r"人工(?:智能|费|皮|草|革|湖|授|成本|费用|收费|合成|降|养|呼吸)",
            r"真人(?:上身|试穿|秀|图|模特|照|效果|版|cs|实拍|出镜)",
            r"(?:人工|在线)?客服.{0,3}(?:几点|什么时候|何时|时间|上班|下班|电话|热线|放假|休息|工作|态度)",
            r"(?:刚才|昨天|上次|之前|刚刚).{0,4}(?:人工)?客服",
            r"人工(?:已经|刚|回复|说)|别(?:再)?给我打电话",
            r"(?:anyone|someone|somebody) (?:at home|to be home)|call list|don't call",
            r"(?:安装|维修|拆机|上门|收|含|算).{0,2}人工(?!客服)",
            r"human hair|(?:real|human) (?:estate|size)|personal|agent (?:told|said|yesterday|was)",
            r"(?:hours|when|what time|available|weekends?).{0,20}(?:agent|human)s?",
            r"(?:agent|human)s? available",
        ),
        denied=_any(
            r"(?:不用|不要|不需要|不必|无需|没必要|先不|不想|别|甭|不是要)(?:再|给我|帮我|急着|马上|麻烦|直接)?$",
            r"(?:no need|n't need|not need|n't want|not want|dont want|dont need|without|rather than|instead of|no)"
            rf"\b(?: to| for| be)*(?: {_ARTICLES.strip()})?\s?$",
        ),
        denial_decides=True,
    ),
    SignalName.EMERGENCY: _Rules(
        said=_any(
            r"着火|起火|失火|冒烟|冒黑烟|冒火|明火|火花|喷火|烧起来|烧着了|烧化|烧焦|焦糊味|爆炸|自燃|鼓包",
            r"(?:电池|锅|玻璃|瓶|罐|充电宝|热水器|烤箱)\S{0,3}炸了",
            r"触电|漏电|被电|电到|带电|电击(?!蚊)|煤气味|煤气泄|燃气泄|漏煤气|漏燃气|一氧化碳|中毒",
            r"烫伤|烧伤|灼伤|受伤|流血|出血|骨折|晕倒|昏迷|窒息|救护车|急诊|进医院|去医院|送医|住院",
            r"误食|误吞|(?:孩子|宝宝|小孩|娃|老人|儿子|女儿|猫|狗).{0,10}(?:吞了|吞下|咽下)",
            r"12315|12345|12378|12300|消协|消费者协会|消保[官委会]|市场监管|市监局|工商局|工商投诉",
            r"黑猫投诉|监管部门",
            r"起诉|法院见|上法院|告上法庭|法庭见|律师函|律师处理",
            r"(?:找|请|咨询|委托|联系|问|跟|和)(?:过|了)?(?:我的|我)?律师(?!袍)",
            r"法律(?:途径|手段|责任|程序|武器)|诉讼|仲裁|诉状|要?告你们|追究.{0,4}责任",
            r"报警|报案|打110|打119|拨打?1[12]0|叫120|派出所|公安",
            r"(?:找|联系|叫|认识|告诉|通知|爆料给)了?(?:记者|媒体|电视台)|3[·.]?15晚会",
            r"上热搜(?!的|那|款|同)|爆料|网上见",
            r"(?:曝光|挂网上|发网上)(?=你|他|这|出|吧|$)|(?:去|给你们?|把你们|网上|媒体|要|微博|抖音)曝光",
            r"(?:我要|我就|去|全|准备|今晚|马上|就)发(?:到)?(?:微博|抖音|小红书|网上|朋友圈)",
            r"诈骗|被骗(?:了|走|钱)?|冒充|盗刷|被盗|盗号|骗走|转账.{0,6}骗",
            r"\bon fire\b|(?:caught|catch(?:es|ing)?) fire|\bflames\b|burst into|set fire",
            r"\bsmok(?:e|ing)\b.{0,20}(?:everywhere|coming|from|out|pouring)",
            r"(?:is|are|was|started|starts|it's|its|be) smoking",
            r"\bsparks?\b (?:coming|from|out|fly|flew|everywhere)|shot sparks|\bsparking\b",
            r"electric(?:al)? shock|electrocut|got (?:a )?(?:shock|zapped)",
            r"(?:shocked|zapped) (?:me|my|him|her|us)|shock from",
            r"gas leak|leak(?:s|ing)? gas|smells? (?:of|like) gas|carbon monoxide|burning smell",
            r"smells? (?:of )?burn(?:t|ing)",
            r"\bexploded\b|\bexplosion\b|blew up",
            r"burn(?:ed|t) (?:my|his|her|me|our) (?:hand|arm|leg|face|finger|skin|kid|son|daughter)",
            r"\bbleeding\b|\binjur(?:ed|y|ies)\b|\bambulance\b|\bin (?:the )?hospital\b",
            r"went to (?:the )?(?:hospital|er|a&e)\b|unconscious",
            r"(?:swallowed|choked on|choking)\b",
            r"\b(?:sue|suing)\b|\blawsuit\b|legal action|see you in court|small claims|court summons",
            r"class action",
            r"\b(?:my|a|an|our|the) (?:lawyer|solicitor|attorney)s?\b(?! ?(?:style|outfit|suit|bag))",
            r"legal(?:ly)? (?:department|proceedings|claim)",
            r"trading standards|ombudsman|consumer (?:protection|council|association|rights act)",
            r"\bregulators?\b|\bftc\b",
            r"call(?:ed|ing)? (?:the )?(?:police|cops|999|911|fire)|police report",
            r"report(?:ed|ing)? .{0,20}(?:police|authorities)",
            r"\bjournalist|\bthe press\b|(?:go|goes|going|went) (?:viral|public)\b|expose you",
            r"\bscammed\b|\bscammers?\b|\bfrauds?(?:ster)?\b|identity theft|unauthori[sz]ed",
            r"(?:been|got|was|were|is) hacked\b(?! off)",
        ),
        harmless=_any(
            r"防(?:触电|漏电|火|爆|骗|诈骗|烫|电墙)\S{0,4}|漏电保护\S{0,3}|阻燃|灭火器?|点不着火",
            r"打不着火|气炸|太炸|空气炸锅",
            r"烟灰色?|烟熏\S?|火红|火锅|火腿|报警器|律师袍|曝光(?:灯|度|补偿|补光)|热搜(?:款|上|同款)",
            r"爆款|爆米花",
            r"自燃气|天然气|电击蚊\S?|绝缘",
            r"(?:会|是否)(?:不会)?(?:漏电|触电|爆炸|着火|起火|自燃|冒烟|带电)(?:吗|么|不|嘛|啊|呢)?",
            r"smoke[- ](?:grey|gray|alarm|detector|free)\w*|fire (?:tablet|pit|place|sale|stick|tv)",
            r"fireplace|shock ?(?:proof|resistant|absorb\w*)",
            r"smoking (?:hot|jacket|deal)|flame retardant|spark(?:ling|les?)",
            r"(?:press|press the) button|trouser press|hacked off",
        ),
        denied=_any(
            r"(?:没有|没|不会|不是|不|别|避免|防止|以免|并未|未|不打算|不想|不会去)(?:人|再|要|真的|想)?$",
            r"(?:no|not|never|without|isn't|wasn't|didn't|won't|don't|nothing|nobody)(?: \w+)? ?$",
        ),
    ),
    SignalName.COMPLAINT: _Rules(
        said=_any(
            r"我(?:要|想|得|必须|就是来)投诉|投诉(?=的意思)",
            r"投诉(?:你们|你|他们?|她|这|那个|快递|客服|师傅|商家|店家|安装)",
            r"态度.{0,3}(?:差|恶劣|不好|敷衍)|服务.{0,2}(?:太差|很差|真差|差劲|拉胯)",
            r"质量.{0,2}(?:太差|很差|真差|差劲)",
            r"(?:太|很|非常|极其|特别)(?:不满意?|失望|恶心|坑人?)|什么(?:破|烂|垃圾)",
            r"垃圾(?:客服|服务|质量|东西|店|商家|公司|平台)",
            r"忍无可忍|岂有此理|欺人太甚|黑心|差评",
            r"(?:make|file|lodge|raise|have|submit) (?:a |an )?(?:formal |official )?complaint\b",
            r"(?:worst|terrible|awful|horrible|appalling|shocking|disgusting|pathetic) "
            r"(?:service|quality|experience|company|support)",
            r"\b(?:unacceptable|disgraceful|ripped off|fed up)\b",
            r"(?:extremely|very|really|so) (?:disappointed|dissatisfied|unhappy|angry)",
        ),
        harmless=_any(
            r"垃圾(?:桶|袋|处理|分类|箱|筐|篓)\S{0,2}",
            r"投诉(?:电话|渠道|方式|邮箱|热线|流程|进度|处理|结果|入口)",
            r"差评(?:能|可以|怎么|在哪|多|会|率|吗)|(?:不会|会不会|会)\S{0,4}质量\S{0,3}",
            r"how (?:do|can|to|would)\b.{0,15}complaint|feel ripped",
        ),
        denied=_any(
            r"(?:不是|没有|没|不|别|并非|无意)(?:要|想|是|来|真的)?$",
            r"(?:no|not|never|n't|without)(?: \w+)? ?$",
        ),
        denial_decides=True,
    ),
}


def judge(name: SignalName, text: str) -> Verdict:
    """What the rules say of a normalised text."""
    return _RULES[name].judge(text)


_REJECTIONS = frozenset(
    bare(phrase)
    for phrase in """
不是 | 不是的 | 不是这个 | 不是这个意思 | 我不是这个意思 | 不是这个问题 | 我问的不是这个
我不是问这个 | 不是我要的 | 不是我想问的 | 都不是 | 不对 | 都不对 | 完全不对 | 错了 | 答错了
你答错了 | 答非所问 | 牛头不对马嘴 | 文不对题 | 没用 | 没有用 | 没帮助 | 没帮上忙 | 没解决
没有解决 | 还是没解决 | 问题没解决 | 听不懂 | 没听懂 | 你没听懂 | 你没懂 | 看不懂 | 不明白
理解错了 | 你理解错了 | 不满意这个回答 | no | no no | nope | nah | no it isn't | not this | not that
not that one | none of these | none of them | neither | wrong | wrong answer | that's wrong
incorrect | irrelevant | not helpful | unhelpful | no help | that didn't help | didn't help
doesn't help | that doesn't help | this doesn't help | not it | that's not it | not what i asked
that's not what i asked | this is not what i asked | not what i mean | that's not what i mean
not what i meant | that's not what i meant | not my question | that's not my question
doesn't answer my question | you misunderstood | you got it wrong | not solved | still not solved
it didn't work | didn't work
""".replace("\n", "|").split("|")
) - {""}
_TONE = r"\u200d\ufe0f\U0001f3fb-\U0001f3ff♂♀"
_THUMBS_DOWN = re.compile(rf"^(?:[👎🙅❌✖][\s{_TONE}]*)+$")
_OPENINGS = re.compile(r"^(?:呃|额|啊|哎|唉|嗯|um|uh|er|sorry|well|hm|oh)+")
_ENDINGS = re.compile(r"(?:啊|呀|哦|呢|吧|的|了|please|thanks|sorry)+$")


def is_rejection(text: str) -> bool:
    """Whether the whole normalised message says "that is not what I asked"."""
    if _THUMBS_DOWN.match(text):
        return True
    words = bare(text)
    return bool({words, _ENDINGS.sub("", words), _OPENINGS.sub("", words)} & _REJECTIONS)
