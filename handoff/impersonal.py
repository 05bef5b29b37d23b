"""What was said to one customer, made fit to be read for another: without whom and whose order it was about. Pure.

Where something was taken out an asterisk stands, so that whoever uses the text sees that there is something to fill in.
"""

import re
from collections.abc import Collection

from core.masking import HOME_REGION, mask

HIDDEN = "***"

# The surnames of nine in ten: 王先生, 欧阳女士.
_SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林罗高郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石"
    "廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤温康施文牛樊葛邢安齐易乔伍庞颜倪庄聂章鲁岳翟"
)
_ADDRESSED = re.compile(rf"(?:欧阳|上官|司马|诸葛|[{_SURNAMES}])(?=先生|女士|小姐|太太|老师|阿姨|叔叔)")
_TITLED = re.compile(r"\b(Mr|Mrs|Ms|Miss|Dr)\b\.? ?[A-Z][\w'’-]+(?: [A-Z][\w'’-]+)?")
_DEAR = re.compile(r"\b(Dear|Hi|Hello|Hey) [A-Z][\w'’-]+(?=[,!. ])")
_NUMBER = re.compile(
    r"(?<![\w*./-])(?!(?:19|20)\d\d-[01]?\d-[0-3]?\d(?!\d))#?[A-Za-z]{0,5}[-_]?\d(?:[-_]?[\dA-Za-z]){5,}(?![\w*])"
)  # orders, parcels


def make_impersonal(text: str, *, names: Collection[str], region: str = HOME_REGION) -> str:
    """The text without telephone numbers, addresses, order numbers and names, among them the customer's known `names`."""
    text = mask(text, region=region)
    for name in sorted((each.strip() for each in names), key=len, reverse=True):
        if len(name) > 1:
            text = re.sub(re.escape(name), HIDDEN, text, flags=re.IGNORECASE)
    text = _ADDRESSED.sub("*", text)
    text = _TITLED.sub(rf"\1 {HIDDEN}", text)
    text = _DEAR.sub(rf"\1 {HIDDEN}", text)
    return _NUMBER.sub(HIDDEN, text)
