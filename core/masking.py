"""Masking: what identifies a person is made unreadable, so that a reader still sees its kind and its ends. Pure.

13812345678 → 138****5678, li@example.com → l***@example.com, 6222 0212 3456 1234 → 6222 **** **** 1234,
北京市海淀区中关村大街27号 → 北京市海淀区****. Digits of every script and width count, and so do digits with spaces between.
Order numbers, ticket numbers, dates, prices and tracking numbers are left alone.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import phonenumbers
from stdnum import iban, luhn
from stdnum.cn import ric
from stdnum.exceptions import ValidationError

from core.street_addresses import find_addresses

HOME_REGION = "CN"

_REMEMBERED = 20_000  # characters; there are fewer in all that people write
_DASHES = "‐‑‒–—−ー"


class _Folding(dict[int, str]):
    """One character for one, so that places in the folded text are places in the text; remembered once seen."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        digit = unicodedata.digit(character, None)
        if digit is not None:
            folded = str(digit)
        elif 0xFF01 <= code <= 0xFF5E:
            folded = chr(code - 0xFEE0)
        elif character in _DASHES:
            folded = "-"
        elif unicodedata.category(character) in ("Zs", "Cf"):  # spaces of all widths; of none, too
            folded = " "
        else:
            folded = character
        if len(self) < _REMEMBERED:
            self[code] = folded
        return folded


_FOLDED = _Folding()
_WORTH_A_LOOK = re.compile(r"[0-9@]|[号號栋棟幢室弄]|单元|單元")

_OPAQUE = re.compile(  # digits of these are nobody's: UUIDs, IPv4 addresses, moments
    r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
    r"|(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![\d.])"
    r"|(?<!\d)(?:19|20)\d\d-[01]\d-[0-3]\d[T ][0-2]\d:[0-5]\d(?::[0-5]\d(?:\.\d+)?)?(?:[+-]\d\d:?\d\d)?(?!\d)",
    re.IGNORECASE,
)
_DOTTED = re.compile(r"(?<![\d.])(\d{3})\.(\d{3,4})\.(\d{4})(?![\d.])")  # 138.1234.5678
# Digits with little between them. What stands at an asterisk is masked already; behind a point, it is a decimal.
_RUN = re.compile(
    r"(?<![*\d])(?<!\d\.)\+?[ (]{0,2}\d(?:[ \t()\-·•]{0,3}\d){6,}(?:[ -]?[Xx](?![A-Za-z0-9]))?(?![*\d])"
)
_TOKEN = re.compile(r"\d+")
_EMAIL = re.compile(r"[A-Za-z0-9._%+\-]*[A-Za-z0-9_%+\-]@(?:[A-Za-z0-9\-]+\.)+[A-Za-z]{2,}")
_IBAN = re.compile(
    r"(?<![A-Za-z0-9])[A-Z]{2}\d{2}(?:[ -]?[A-Z0-9]{4}){2,7}(?:[ -]?[A-Z0-9]{1,3})?(?![A-Za-z0-9])"
)
_WORD = re.compile(r"[A-Za-z0-9]*")
_WORD_BEFORE = re.compile(r"[A-Za-z0-9]*\Z")
_IN_A_WORD = re.compile(r"[A-Z]?[a-z]+")  # Tel13812345678, but not QH20261122
_CONTACT = re.compile(
    r"(?:电话|電話|手机|手機|座机|座機|号码|號碼|微信|联系|\b(?:tel|telephone|phone|mobile|cell|whatsapp|wechat|wx|vx|qq))"
    r"[^\w]{0,3}(?:号|號|是|为|number|no\.?|is)?[^\w]{0,3}\Z",
    re.IGNORECASE,
)
_PARCEL = re.compile(
    r"(?:单号|單號|订单|訂單|运单|運單|快递|快遞|物流|编号|編號|order|tracking|parcel|waybill|invoice|no\.?)[^\d]{0,12}\Z",
    re.IGNORECASE,
)
_MOBILE = re.compile(r"(?:00)?(?:86)?(1[3-9]\d{9})")
# Who issues cards by these numbers: others are Luhn's by chance, one in ten.
_ISSUED = re.compile(
    r"4\d{12}(?:\d{3}){0,2}|5[1-5]\d{14}|2[2-7]\d{14}|3[47]\d{13}|3[0689]\d{12,17}|35\d{14}|62\d{14,17}|6[0-9]\d{14,17}"
    r"|9558\d{15}"
)
_GROUPS = ((4, 4, 4, 4), (4, 4, 4, 4, 1), (4, 4, 4, 4, 2), (4, 4, 4, 4, 3), (4, 6, 5), (4, 6, 4), (6, 13))
_LONGEST = 21  # digits of one number


@dataclass(frozen=True, kw_only=True)
class _Token:
    """Digits without anything between them, and where they stand."""

    digits: str
    start: int
    end: int


@dataclass(frozen=True, kw_only=True)
class _Hidden:
    """A stretch of the text and what is shown in its place."""

    start: int
    end: int
    shown: str


Tokens = Sequence[_Token]
Test = Callable[
    [Tokens, str], str | None
]  # some tokens and the text: what is shown for them, if they are such a number


def mask(text: str, *, region: str = HOME_REGION) -> str:
    """The text with what identifies a person masked. Telephone numbers without a country's code are read as `region`'s."""
    masked = _mask_once(text, region)
    while masked != text:  # what was hidden may have kept its neighbours from being seen
        text, masked = masked, _mask_once(masked, region)
    return text


def _mask_once(text: str, region: str) -> str:
    plain = text if text.isascii() else text.translate(_FOLDED)
    if not _WORTH_A_LOOK.search(plain):
        return text
    hidden: list[_Hidden] = []
    for each in _find(plain, region):
        if all(each.end <= other.start or other.end <= each.start for other in hidden):
            hidden.append(each)
    for each in sorted(hidden, key=lambda each: each.start, reverse=True):
        text = text[: each.start] + each.shown + text[each.end :]
    return text


def _find(plain: str, region: str) -> Iterator[_Hidden]:
    """What is to be hidden; of two that overlap, the first counts."""
    if "@" in plain:
        for email in _EMAIL.finditer(plain):
            name, domain = email[0].rsplit("@", 1)
            shown = f"{name[0] if len(name) > 1 else ''}***@{domain}"
            yield _Hidden(start=email.start(), end=email.end(), shown=shown)
    numbers = _DOTTED.sub(r"\1-\2-\3", _OPAQUE.sub(lambda opaque: "#" * len(opaque[0]), plain))
    for account in _IBAN.finditer(numbers):
        if _is_iban(account[0]):
            shown = f"{account[0][:4]} **** **** {account[0].replace(' ', '').replace('-', '')[-4:]}"
            yield _Hidden(start=account.start(), end=account.end(), shown=shown)
    runs = list(_RUN.finditer(numbers))
    for run in runs:
        tokens = _merge_single_digits(
            [_Token(digits=t[0], start=t.start(), end=t.end()) for t in _TOKEN.finditer(numbers, *run.span())]
        )
        yield from _find_numbers(tokens, numbers)
    if runs and region != HOME_REGION:
        for match in phonenumbers.PhoneNumberMatcher(numbers, region):
            yield _Hidden(start=match.start, end=match.end, shown=_show_phone(match.raw_string))
    for place in find_addresses(plain):
        yield _Hidden(start=place.start, end=place.end, shown=place.shown)


def _merge_single_digits(tokens: Tokens) -> Tokens:
    """1 3 8 1 2 … is one number, spelt."""
    merged: list[_Token] = []
    spelt: list[_Token] = []
    for token in [*tokens, None]:
        if token is not None and len(token.digits) == 1:
            spelt.append(token)
            continue
        if len(spelt) > 4:
            digits = "".join(each.digits for each in spelt)
            spelt = [_Token(digits=digits, start=spelt[0].start, end=spelt[-1].end)]
        merged += spelt
        spelt = []
        if token is not None:
            merged.append(token)
    return merged


def _find_numbers(tokens: Tokens, plain: str) -> Iterator[_Hidden]:
    """The numbers in a run: the whole of it, or else the surest kind first, and the longest of each."""
    for tests, only_whole in ((_TESTS, True), *(((test,), False) for test in _TESTS)):
        for first in range(len(tokens)):
            for end in range(len(tokens), first, -1):
                if only_whole and (first or end < len(tokens)):
                    break
                window = tokens[first:end]
                if window[-1].end - window[0].start > 4 * _LONGEST or _is_part_of_a_code(window, plain):
                    continue
                shown = next((found for test in tests if (found := test(window, plain))), None)
                if shown is None:
                    continue
                yield from _find_numbers(tokens[:first], plain)
                yield _Hidden(start=_start(window, plain), end=_end(window, plain), shown=shown)
                yield from _find_numbers(tokens[end:], plain)
                return


def _is_part_of_a_code(window: Tokens, plain: str) -> bool:
    """Whether letters stand at it that make it an order number, a tracking number, a digest."""
    start, end = window[0].start, _end(window, plain)
    before, after = _WORD_BEFORE.search(plain, max(0, start - 40), start), _WORD.match(plain, end, end + 40)
    prefix, suffix = before[0] if before else "", after[0] if after else ""
    if any(character.isdigit() for character in prefix + suffix):
        return True
    return bool(prefix) and not _IN_A_WORD.fullmatch(prefix) and not _CONTACT.search(prefix)


def _as_resident_id(window: Tokens, plain: str) -> str | None:
    digits = _digits(window)
    if len(digits) == 17 and _end(window, plain) > window[-1].end:
        digits += "X"
    if len(digits) != 18:
        return None
    try:
        ric.get_birth_date(digits)
    except ValidationError:
        return None
    return f"{digits[:3]}{'*' * 11}{digits[-4:]}" if ric.calc_check_digit(digits) == digits[-1] else None


def _as_grouped_card(window: Tokens, plain: str) -> str | None:
    is_grouped = tuple(len(token.digits) for token in window) in _GROUPS
    return _as_card(window, plain) if is_grouped else None


def _as_card(window: Tokens, plain: str) -> str | None:
    digits = _digits(window)
    if not 13 <= len(digits) <= 19 or len(set(digits)) == 1 or not luhn.is_valid(digits):
        return None
    if not _ISSUED.fullmatch(digits) and _PARCEL.search(plain, max(0, window[0].start - 24), window[0].start):
        return None
    return f"{digits[:4]} **** **** {digits[-4:]}"


def _as_phone(window: Tokens, plain: str) -> str | None:
    digits = _digits(window)
    has_plus = plain[_start(window, plain)] == "+"
    return _show_phone(f"{'+' if has_plus else ''}{digits}") if _is_phone(digits, has_plus) else None


def _is_phone(digits: str, has_plus: bool) -> bool:
    if _MOBILE.fullmatch(digits):
        return True
    if has_plus:
        return 7 <= len(digits) <= 15 and _is_dialled(f"+{digits}")
    if digits.startswith("00"):
        return 10 <= len(digits) <= 17 and _is_dialled(f"+{digits[2:]}")
    # Without its first 0, a landline's number looks as any other does.
    return digits.startswith("0") and 10 <= len(digits) <= 12 and _is_dialled(digits)


def _is_dialled(number: str) -> bool:
    try:
        return phonenumbers.is_valid_number(phonenumbers.parse(number, HOME_REGION))
    except phonenumbers.NumberParseException:
        return False


def _as_told(window: Tokens, plain: str) -> str | None:
    """What is called a telephone number by who writes it."""
    digits = _digits(window)
    is_told = 7 <= len(digits) <= 12 and _CONTACT.search(plain, max(0, window[0].start - 24), window[0].start)
    return _show_phone(digits) if is_told else None


def _as_social_security(window: Tokens, plain: str) -> str | None:
    if [len(token.digits) for token in window] != [3, 2, 4]:
        return None
    area, group, serial = (token.digits for token in window)
    if area in ("000", "666") or area[0] == "9" or group == "00" or serial == "0000":
        return None
    gaps = {plain[first.end : second.start] for first, second in pairwise(window)}
    return f"***-**-{serial}" if gaps in ({"-"}, {" "}) else None


_TESTS: tuple[Test, ...] = (
    _as_resident_id,
    _as_grouped_card,
    _as_phone,
    _as_social_security,
    _as_card,
    _as_told,
)


def _digits(window: Tokens) -> str:
    return "".join(token.digits for token in window)


def _start(window: Tokens, plain: str) -> int:
    """With a plus sign and a bracket before it."""
    start = window[0].start
    before = re.search(r"\+?[ (]{0,2}\Z", plain[max(0, start - 3) : start])
    return start - len(before[0].lstrip()) if before and before[0].strip() else start


def _end(window: Tokens, plain: str) -> int:
    """With the X by which resident ids may end."""
    end = window[-1].end
    after = re.match(r"[ -]?[Xx](?![A-Za-z0-9])", plain[end : end + 3])
    return end + len(after[0]) if after and len(_digits(window)) == 17 else end


def _show_phone(number: str) -> str:
    digits = "".join(_TOKEN.findall(number))
    plus = "+" if number.startswith("+") else ""
    if (mobile := _MOBILE.fullmatch(digits)) is not None:
        country = f"{digits[: -len(mobile[1])]} " if len(digits) > len(mobile[1]) else ""
        return f"{plus}{country}{mobile[1][:3]}****{mobile[1][-4:]}"
    first, last = (3, 4) if len(digits) > 9 else (2, 2)
    return f"{plus}{digits[:first]}****{digits[-last:]}"


def _is_iban(account: str) -> bool:
    try:
        iban.validate(account, check_country=False)
    except ValidationError:
        return False
    return True
