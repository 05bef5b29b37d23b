"""Slack's markup to plain text, customers' texts to harmless ones, and texts cut to what Slack takes."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.slack.markup import JOINER, escape, fit, mentions, pieces, to_plain

PEOPLE = {"U024BE7LH": "李雷", "W07QP": "Ann"}
REMOVED = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")

# What is likely to break something, by itself and side by side.
MARKS = st.sampled_from([*"*_~`><&:@#|!^ \n中好a7-.;，/\u200b\u2028\u202e\x00\r\ufffc", JOINER])
RUNS = st.sampled_from(
    ["```", "&amp;", "&lt;", "https://", "x.com", "a@b.cn", ":smile:", "10:30:45", "here", "👍🏽"]
)
SEQUENCES = st.sampled_from(["<!here>", "<@U1>", "<https://x.com|x>"])
TEXTS = st.one_of(st.text(), st.lists(MARKS | RUNS | SEQUENCES).map("".join))
WORDS = st.text(st.characters(exclude_characters="<>&"))
CONTROLS = st.builds(
    "<{}{}>".format, st.sampled_from(["@U1", "#C1", "!here", "!date^1^{d}", "tel:1", "x:y"]), WORDS
)
# What Slack delivers: a "<" or ">" that was typed arrives as an entity.
DELIVERED = st.lists(WORDS | CONTROLS | (MARKS | RUNS).filter(lambda part: not set(part) & set("<>&"))).map(
    "".join
)


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("您好 <@U024BE7LH>，请看 <@W07QP|annie>", "您好 @李雷，请看 @Ann"),
        ("ask <@U999|bob>, <@U998|@eve> or <@U888>", "ask @bob, @eve or @…"),
        ("see <#C024BE7LR|general>, <#C1> and <#C2|>", "see #general, #… and #…"),
        ("<!here> <!channel|channel> <!everyone>", "@here @channel @everyone"),
        ("<!subteam^S1|@客服组> <!subteam^S2>", "@客服组 @…"),
        ("<!date^1392734382^{date}|2014年2月18日> 到", "2014年2月18日 到"),
        ("<!date^1392734382^{date}^https://x.com|Feb 18>", "Feb 18"),
        ("<https://x.com/a_b_c?a=1&amp;b=_2_>", "https://x.com/a_b_c?a=1&b=_2_"),
        ("<https://x.com/orders|订单页>", "订单页 (https://x.com/orders)"),
        ("<https://x.com|https://x.com> <http://x.com/|x.com>", "https://x.com http://x.com/"),
        ("<http://x.com|x.com/>", "http://x.com"),
        ("<https://evil.com|https://bank.com>", "https://bank.com (https://evil.com)"),
        ("<mailto:li@x.com|li@x.com> <mailto:li@x.com|写信>", "li@x.com 写信 (li@x.com)"),
        ("<tel:+8613800000000|138 0000 0000> <tel:400>", "138 0000 0000 400"),
    ],
)
def test_a_sequence_is_spelt_out(text: str, plain: str) -> None:
    assert to_plain(text, people=PEOPLE) == plain


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("*重要*：_今天_发货，~不发~", "重要：今天发货，不发"),
        ("It is *very* important, _really_.", "It is very important, really."),
        ("*_both_* _*ways*_ (*inside*)", "both ways (inside)"),
        ("*<@U024BE7LH>* *see <https://x.com|this>*", "@李雷 see this (https://x.com)"),
        ("_order_no_ *2*3=6*", "order_no 2*3=6"),
        ("请输入`SW_1_2`查询", "请输入SW_1_2查询"),
        ("`*a* :smile: &lt;b&gt;`", "*a* :smile: <b>"),
        ("```\n*a*\n_b_ `c`\n```", "*a*\n_b_ `c`"),
        ("`curl <https://x.com|x.com>`", "curl https://x.com"),
        ("`<https://x.com|`a`>` ```<https://x.com|```>```", "`a` (https://x.com) ``` (https://x.com)"),
        ("&gt; 什么时候到？\n*明天*", "> 什么时候到？\n明天"),
    ],
)
def test_marks_are_taken_off_where_slack_formats(text: str, plain: str) -> None:
    assert to_plain(text, people=PEOPLE) == plain


UNFORMATTED = """
2*3*4|长*宽*高|snake_case_name|价格~5，~10|5~10天|* a *|a * b * c|**md**|^_^ 好的 ^_^|-_- T_T|it`s John`s|``|*|_ _|__init__
10:30:45|1:2:3|:shouwen:|:no_such_emoji::skin-tone-3:|5 件 @ 20 元|#1|https://x.com/_a_|<|<>|a < b|*a|b*
"""


@pytest.mark.parametrize("text", [*UNFORMATTED.strip().replace("\n", "|").split("|"), "*a\nb*", "a|b"])
def test_what_slack_does_not_format_stays(text: str) -> None:
    assert to_plain(text, people=PEOPLE) == text


def test_a_face_of_entities_stays() -> None:
    assert to_plain("&gt;_&lt; 呜呜 &gt;_&lt;", people={}) == ">_< 呜呜 >_<"


@pytest.mark.parametrize(
    ("name", "drawn"),
    [
        (":smile: :+1: :-1:", "😄 👍 👎"),
        (":white_check_mark: :x:", "✅ ❌"),
        (":flag-cn: :face_palm: :smiling_face_with_3_hearts:", "🇨🇳 🤦 🥰"),
        (":thumbsup::skin-tone-3: :writing_hand::skin-tone-5:", "👍🏼 ✍🏾"),
        (":man-shrugging::skin-tone-6: :female-technologist::skin-tone-2:", "🤷🏿‍♂️ 👩🏻‍💻"),
        (":rocket::skin-tone-2:", "🚀"),
        ("好:ok::tada: _:smile:_ 清单::x:", "好🆗🎉 😄 清单:❌"),
        (":flag-zz: :digit_one:", ":flag-zz: :digit_one:"),
    ],
)
def test_emoji_names_become_emoji(name: str, drawn: str) -> None:
    assert to_plain(name, people={}) == drawn


def test_entities_are_read_once() -> None:
    assert to_plain("&amp;lt; &amp;amp; &lt;!channel&gt; &quot;", people={}) == "&lt; &amp; <!channel> &quot;"


def test_a_name_of_people_is_not_read_as_markup() -> None:
    assert to_plain("<@U1>", people={"U1": "*Li* <!here> :smile:"}) == "@*Li* <!here> :smile:"


def test_people_and_groups_who_are_mentioned_are_found() -> None:
    text = "<@U1> <@W2|ann> <!here> <!channel|x> <!everyone> <!subteam^S3|@组> <#C4|@U5> <!date^1^{d}|x> @U6 &lt;@U7&gt;"
    assert mentions(text) == {"U1", "W2", "here", "channel", "everyone", "S3"}


def test_a_mention_in_code_does_not_count() -> None:
    assert mentions("`<@U1>` ```\n<!here>\n``` <@U2>") == {"U2"}


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        ("<!channel> & <@U1>", "&lt;!channel¦&gt;¦ &amp; &lt;@¦U1¦&gt;¦"),
        ("<https://evil.com|https://bank.com>", "&lt;https://evil.com|https://bank.com¦&gt;¦"),
        ("@channel #general @U123", "@¦channel #¦general @¦U123"),
        ("https://x.com/@here 看@everyone", "https://x.com/@¦here 看@¦everyone"),
        ("*x* _y_ ~z~ `c`", "¦*¦x¦*¦ ¦_¦y¦_¦ ¦~¦z¦~¦ ¦`¦c¦`¦"),
        ("＊粗＊＿斜＿｀码｀", "¦＊¦粗¦＊¦¦＿¦斜¦＿¦¦｀¦码¦｀¦"),
        ("> 引用\n＞ 引用", "¦&gt;¦ 引用\n¦＞¦ 引用"),
        (":smile: :体:", ":¦smile: :¦体:"),
        ("pay.exe\u202egpj\u2066\x00\r\n", "pay.exegpj\n"),
        (
            "SW_1_2 共2*3件 5~10天 C#5 10:30:45 注意：好 - a",
            "SW_1_2 共2*3件 5~10天 C#¦5 10:30:45 注意：好 - a",
        ),
        ("li_lei@x.com https://x.com/_a_/@shop#b?c=~1:d:", "li_lei@x.com https://x.com/_a_/@shop#b?c=~1:d:"),
    ],
)
def test_a_customers_text_is_made_inert(text: str, escaped: str) -> None:
    assert escape(text) == escaped.replace("¦", JOINER)


@given(TEXTS)
def test_any_text_can_be_read_and_none_grows(text: str) -> None:
    assert len(to_plain(text, people=PEOPLE)) <= len(text)


@given(DELIVERED)
def test_of_slacks_sequences_nothing_is_left(text: str) -> None:
    assert not set(to_plain(text, people={})) & set("<>")


@given(TEXTS)
def test_what_was_escaped_reads_as_it_was_written(text: str) -> None:
    read = to_plain(escape(text), people=PEOPLE)
    assert read.replace(JOINER, "") == REMOVED.sub("", text).replace(JOINER, "")


@given(TEXTS)
def test_what_was_escaped_mentions_nobody(text: str) -> None:
    escaped = escape(text)
    assert not set(escaped) & set("<>")
    assert not re.search(r"@(here|channel|everyone)\b", escaped)
    assert mentions(escaped) == frozenset()


@given(TEXTS.map(escape), st.integers(0, 40))
def test_a_text_fits_and_shows_where_it_was_cut(text: str, most: int) -> None:
    cut = fit(text, most)
    assert len(cut) <= most
    assert cut == text if len(text) <= most else text.startswith(cut.removesuffix("…"))
    assert cut.endswith("…") or len(text) <= most or most == 0


@given(TEXTS, st.integers(1, 40))
def test_the_pieces_are_the_text(text: str, most: int) -> None:
    found = pieces(text, most)
    assert "".join(found) == text
    assert all(0 < len(piece) <= most for piece in found)


@given(TEXTS.map(escape), st.integers(8, 40))
def test_no_cut_goes_through_an_entity(text: str, most: int) -> None:
    for cut in (*pieces(text, most), fit(text, most)):
        assert not re.search(r"&(?!(amp|lt|gt);)", cut)


@pytest.mark.parametrize(
    ("text", "most", "cut"),
    [
        ("你好世界", 4, "你好世界"),
        ("你好世界", 3, "你好…"),
        ("hello world", 7, "hello…"),
        ("ab", 1, "…"),
        ("ab", 0, ""),
        ("a&amp;bcd", 6, "a…"),
        ("a&amp;bcd", 7, "a&amp;…"),
        ("好👍🏽了吗", 3, "好…"),
        ("好👨‍👩‍👧家", 5, "好…"),
        ("好🇨🇳了", 3, "好…"),
        ("cafe\u0301s", 5, "caf…"),
        (escape("a*b *c"), 6, "a*b…"),
    ],
)
def test_a_cut_leaves_characters_whole(text: str, most: int, cut: str) -> None:
    assert fit(text, most) == cut


@pytest.mark.parametrize(
    ("text", "most", "found"),
    [
        ("第一句。第二句。第三句 好\n第四句", 8, ["第一句。第二句。", "第三句 好\n", "第四句"]),
        ("一二三四五。六七，八九十", 10, ["一二三四五。", "六七，八九十"]),
        ("a\nbbb ccc ddd", 12, ["a\nbbb ccc ", "ddd"]),
        ("one two\nthree four", 12, ["one two\n", "three four"]),
        ("好\nhttps://x.com/abcdef", 18, ["好\n", "https://x.com/abcd", "ef"]),
        ("0123456789", 4, ["0123", "4567", "89"]),
        ("", 4, []),
    ],
)
def test_a_text_is_cut_where_it_pauses(text: str, most: int, found: list[str]) -> None:
    assert pieces(text, most) == found
