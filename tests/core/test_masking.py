"""Masking: what identifies a person does not survive it, and what does not is left alone."""

import json
import logging
import re
from collections.abc import Iterator

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st
from stdnum import luhn
from stdnum.cn import ric

from core.logs import set_up_logs
from core.masking import mask

WIDE = str.maketrans("0123456789", "０１２３４５６７８９")
FRAMES = (
    "我的电话是{}，请尽快联系我",
    "麻烦登记一下{}谢谢",
    "{}",
    "My number is {}, thanks!",
    "订单 QH20261122 请联系 {} 或者 SW-2611-0042",
    "on 2026-11-22 I called from {} twice",
)

digits = st.text("0123456789", min_size=9, max_size=9)
mobiles = st.builds(lambda second, rest: f"1{second}{rest}", st.sampled_from("3456789"), digits)
dates = st.dates().filter(lambda day: day.year >= 1900).map(lambda day: f"{day:%Y%m%d}")
ids = st.builds(
    lambda region, day, order: (head := f"{region}{day}{order}") + ric.calc_check_digit(head + "0"),
    st.sampled_from(["110105", "310101", "440305"]),
    dates,
    st.text("0123456789", min_size=3, max_size=3),
)
cards = st.builds(
    lambda issuer, rest: (head := issuer + rest) + luhn.calc_check_digit(head),
    st.sampled_from(["6222", "6217", "4111", "5555"]),
    st.text("0123456789", min_size=11, max_size=11),
)
written = st.sampled_from(["plain", "wide", "spaced", "grouped", "hyphened"])


def write(number: str, how: str) -> str:
    match how:
        case "wide":
            return number.translate(WIDE)
        case "spaced":
            return " ".join(number)
        case "grouped" | "hyphened":
            gap = " " if how == "grouped" else "-"
            first = 3 if len(number) == 11 else 4
            parts = [number[:first], *(number[at : at + 4] for at in range(first, len(number), 4))]
            return gap.join(parts)
        case _:
            return number


def digits_of(text: str) -> str:
    return "".join(str(int(each)) for each in re.findall(r"\d", text))


@given(mobiles | ids | cards, written, st.sampled_from(FRAMES))
def test_a_number_does_not_survive_however_it_is_written(number: str, how: str, frame: str) -> None:
    text = frame.format(write(number, how))
    masked = mask(text)
    assert number not in digits_of(masked)
    assert len(digits_of(masked)) - len(digits_of(frame)) <= 8  # its ends
    before, after = frame.split("{}")
    assert masked.startswith(before) and masked.endswith(after)
    assert mask(masked) == masked


@given(st.text(max_size=200) | st.text("0123456789 -+()*@.号路街市区Xx年SF", max_size=60))
def test_masking_twice_changes_nothing_more(text: str) -> None:
    masked = mask(text)
    assert mask(masked) == masked


@given(
    st.text(
        st.characters(exclude_categories=("Nd", "No"), exclude_characters="@＠号號栋棟幢室弄元元"),
        max_size=200,
    )
)
def test_what_has_no_digit_no_at_and_no_house_is_left_as_it_is(text: str) -> None:
    assert mask(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("13812345678", "138****5678"),
        ("１３８ １２３４ ５６７８", "138****5678"),
        ("+86 138-1234-5678", "+86 138****5678"),
        ("138\u200b1234\u200b5678", "138****5678"),
        ("138.1234.5678", "138****5678"),
        ("(0571) 87654321", "057****4321"),
        ("010-12345678转3", "010****5678转3"),
        ("+44 20 7946 0958", "+442****0958"),
        ("0044 20 7946 0958", "004****0958"),
        ("座机：62345678", "座机：62****78"),
        ("Tel13812345678", "Tel138****5678"),
        ("13812345678 13912345678", "138****5678 139****5678"),
        ("138 1234 5678 139 1234 5678", "138****5678 139****5678"),
        ("11010519491231002x。", "110***********002X。"),
        ("6222 0212 3456 7890 128", "6222 **** **** 0128"),
        ("DE89 3704 0044 0532 0130 00", "DE89 **** **** 3000"),
        ("SSN 123-45-6789", "SSN ***-**-6789"),
        ("邮箱li.lei@example.com。", "邮箱l***@example.com。"),
        ("北京市海淀区中关村大街27号院3号楼502室", "北京市海淀区****"),
        ("我住在上海市浦东新区世纪大道１００号，快点", "我住在上海市浦东新区****，快点"),
        ("寄到文三路90号3单元502室吧", "寄到****吧"),
        ("12 Baker Street, London", "*** Street, London"),
        ("I live at 350 Fifth Ave Apt 4B.", "I live at *** Ave."),
    ],
)
def test_the_kind_and_the_ends_stay(text: str, shown: str) -> None:
    assert mask(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "订单QH20261122到哪了",
        "QH13812345678",
        "工单 SW-2611-0042 进度",
        "2026-11-22 10:30 至 2026年11月23日",
        "¥1,234.50 元，满 300 减 40",
        "快递SF1091234567890，圆通YT8830048284123",
        "运单号 784512345678901",
        "order 284512345678",
        "01934a5b-1234-7123-8123-123456789012",
        "2026-11-23T02:00:00.123456+00:00",
        "139.162.100.12:8080",
        "confidence 0.13912345678",
        "sha 9f13812345678ab04",
        "人民路3号能送到吗",
        "海淀区15号能到吗，3号楼提货",
        "3 orders on the road, 2 days on my way",
        "拨打 12315 或 119",
    ],
)
def test_what_is_nobodys_is_left_alone(text: str) -> None:
    assert mask(text) == text


def test_numbers_without_a_countrys_code_are_those_of_the_region() -> None:
    text = "call 415-555-2671 or (212) 555-0123"
    assert mask(text) == text
    masked = mask(text, region="US")
    assert "555" not in masked and "2671" in masked


def test_a_long_hostile_text_is_masked_all_the_same() -> None:
    text = "1 2 " * 20_000 + "路号" * 20_000 + "9" * 20_000 + " 13812345678"
    assert "13812345678" not in mask(text)


@pytest.fixture
def root_logger() -> Iterator[logging.Logger]:
    """The root logger, as it was afterwards."""
    root = logging.getLogger()
    handlers, level, config = root.handlers[:], root.level, structlog.get_config()
    yield root
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.configure(**config)


@pytest.mark.parametrize("as_json", [True, False])
def test_logs_are_masked_ours_and_libraries_errors_too(
    root_logger: logging.Logger, capsys: pytest.CaptureFixture[str], as_json: bool
) -> None:
    set_up_logs(as_json=as_json)
    log = structlog.get_logger("ours")
    conversation = "01934a5b-1234-7123-8123-123456789012"
    log.warning(
        "delivery.buried",
        error=ValueError("chat of 13812345678"),
        conversation=conversation,
        facts={"to": ["li@example.com"]},
        attempt=3,
    )
    try:
        raise ValueError("no 13812345678")
    except ValueError:
        logging.getLogger("library").exception("mail to %s failed", "li@example.com")
    told = capsys.readouterr().err
    assert "13812345678" not in told and "li@example.com" not in told
    assert "138****5678" in told and "l***@example.com" in told and conversation in told
    if as_json:
        ours, library = map(json.loads, told.strip().splitlines())
        assert (ours["event"], ours["attempt"], ours["level"]) == ("delivery.buried", 3, "warning")
        assert library["exception"].endswith("ValueError: no 138****5678")
