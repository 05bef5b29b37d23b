"""Postal addresses in free text, Chinese and English: found by the number of a house that stands in a street. Pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

LOOK_BACK = 48  # characters before the number of the house


@dataclass(frozen=True, kw_only=True)
class Place:
    """A stretch of the text, and what is shown in its place."""

    start: int
    end: int
    shown: str


_COUNT = r"[0-9一二三四五六七八九十百甲乙丙]{1,6}"
_UNIT = r"(?:号楼|号院|号|號樓|號|弄|栋|棟|幢|座|单元|單元|室|层|層|楼|樓|门)"
# 27号院3号楼502室, 88号碧桂园3栋2单元501
_HOUSE = re.compile(
    rf"{_COUNT} ?{_UNIT}(?P<more>(?:[ ,，\-]?[\u4e00-\u9fffA-Za-z]{{0,8}}?[0-9A-Za-z一二三四五六七八九十\-]{{1,6}} ?{_UNIT})*)"
    r"(?:[ \-]?\d{2,4}(?![\d年月日天点元块折]))?"
)
_SEGMENT = re.compile(r"[\u4e00-\u9fffA-Za-z0-9 ]*\Z")
_STREET = re.compile(
    r"(?:路|街|道|巷|弄|胡同|里|村|庄|莊|小区|小區|花园|花園|家园|家園|苑|园|園|城|广场|廣場|大厦|大廈|公寓|中心|院)"
    r"[东西南北中段 ]{0,3}\Z"
)
_DISTRICT = re.compile(r"[省市区區县縣州旗镇鎮乡鄉]|街道|自治区|新区")
_LEAD_IN = re.compile(r".*(?:地址|住|寄|送|发|發|改|搬|在|到|是|去|往|给|給|址)", re.DOTALL)

_NO_NAME = "the|a|an|on|in|of|my|your|our|his|her|their|per|down|at|to|is|was|and|or|days?|hours?|weeks?|minutes?|way"
_NAMES = rf"(?:(?!(?:{_NO_NAME})\b)[A-Za-z][A-Za-z'.-]*\s+)"
_SURE = r"street|road|avenue|lane|boulevard|crescent|terrace"
_CAPITAL = r"Drive|Court|Place|Square|Way|Close|Parkway|Highway|Gardens|Grove|St|Rd|Ave|Ln|Dr|Blvd|Ct|Pl|Sq"
_ENGLISH = re.compile(
    rf"(?<![\w.,*])\d{{1,5}}[A-Za-z]?,?\s+"
    rf"(?:{_NAMES}{{1,2}}(?P<sure>(?i:{_SURE}))|(?:[A-Z][A-Za-z'.-]*\s+){{1,3}}(?P<capital>{_CAPITAL}))\b\.?"
    r"(?:,?\s+(?i:apt|apartment|unit|suite|flat|floor)\.?\s*#?\w{1,5})?"
)


def find_addresses(text: str) -> Iterator[Place]:
    """Addresses down to the house. Of a Chinese one, province to district are kept; of an English one, the kind of street."""
    for house in _HOUSE.finditer(text):
        before = _SEGMENT.search(text, max(0, house.start() - LOOK_BACK), house.start())
        segment = before[0] if before else ""
        if not _STREET.search(segment):
            continue
        start = house.start() - len(segment)
        districts = [each.end() for each in _DISTRICT.finditer(segment, 0, max(0, len(segment) - 2))]
        if districts:
            yield Place(start=start + districts[-1], end=house.end(), shown="****")
        elif house["more"]:  # 人民路3号 alone may be the third of a month
            lead_in = _LEAD_IN.match(segment, 0, max(0, len(segment) - 2))
            start += lead_in.end() if lead_in else 0
            yield Place(start=start, end=house.end(), shown="****")
    for street in _ENGLISH.finditer(text):
        shown = f"*** {street['sure'] or street['capital']}"
        yield Place(start=street.start(), end=street.end(), shown=shown)
