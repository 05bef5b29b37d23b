"""Cards and what stands in their threads: what they say, what they offer, and that Slack takes them."""

import itertools
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from console.texts import TEXTS
from core.languages import REPLY_LANGUAGES, ReplyLanguage
from core.messages import Author, Kind
from core.outbox import DeliveryState, OutboxRow
from handoff.desk.blocks import MOST_WEIGHT, Post, weigh
from handoff.desk.cards import card
from handoff.desk.entries import changed, entry, folded, held, refused
from handoff.guard import Level, Offence, Rule, load_guard
from handoff.kinds import Reason
from handoff.life import EventKind
from handoff.permits import Act
from handoff.wording.words.slack import SLACK
from handoff.work import MAX_REPLY, Held
from nlu.knowledge.banned import Family
from tests.slack.blocks import buttons, check_message, escaped, strings
from tests.slack.cases import (
    CHEN,
    HOSTILE,
    LIN,
    LONG_ZH,
    OPEN,
    Case,
    checked,
    person,
    reader,
    resolved,
    said,
    taken,
)

# Cards


def test_a_card_says_who_what_and_where() -> None:
    shown = said(Case(tier="金卡", collected={"订单号": "12345"}, reason=Reason.COMPLAINT).card())
    for part in ("王小姐", "SW-2611-0042", "等待接手", "投诉", "客服", "网页", "中文", "等级 金卡"):
        assert part in shown
    for part in ("等了一周还没到，我要投诉", "物流太慢", "订单号：12345", "首问责任人待定"):
        assert part in shown


def test_a_card_is_in_the_language_of_its_reader() -> None:
    shown = said(taken(Case(reason=Reason.COMPLAINT, customer="Ann Lee")).card("en"))
    for part in ("Ann Lee", "With 小林", "Complaint", "Service", "Web chat", "First owner: 小林"):
        assert part in shown
    assert "Delivery is late" in shown


def test_the_notification_says_it_without_the_blocks_and_masked() -> None:
    text = Case(asked=["我的电话是 13812345678"]).card().text
    assert "SW-2611-0042" in text and "王小姐" in text and "等待接手" in text
    assert "13812345678" not in text


def test_a_deadline_has_its_level_in_words_and_its_moment_as_a_date() -> None:
    case = Case()
    calm, soon, late = [
        said(case.card(later=timedelta(minutes=minutes))) for minutes in (0, 8, 11)
    ]  # of the ten until somebody takes it
    due_at = int((OPEN + timedelta(minutes=10)).timestamp())
    assert f"🟢 来得及 · *接手* · <!date^{due_at}^{{date_short_pretty}} {{time}}|2026-11-23 10:10> 前" in calm
    assert "🟡 快到时限 · *接手*" in soon
    assert "🔴 已超时 · *接手*" in late


def test_a_clock_that_stands_still_has_no_date() -> None:
    shown = said(taken(Case()).then(EventKind.WAITS, LIN).card())
    assert "⏸️ 计时暂停，等顾客 · *解决*" in shown
    assert "*解决* · <!date" not in shown


def test_a_card_stays_the_same_while_only_time_passes() -> None:
    case = taken(Case(tier="金卡")).then(EventKind.REPLIED, LIN, message_id="1")
    case.then(EventKind.OFFERED, LIN, to=str(CHEN.id), because="要查财务").then(EventKind.ACCEPTED, CHEN)
    now = case.card(later=timedelta(minutes=5))
    assert case.card(later=timedelta(minutes=6)) == now
    later = [case.card(later=timedelta(days=days)) for days in (8, 9, 100)]  # all are overdue
    assert later[0] == later[1] == later[2]


def test_urgent_is_said_in_words() -> None:
    emergency = said(Case(reason=Reason.EMERGENCY).card())
    assert "🚨 *紧急*" in emergency
    assert "🚨 *加急*" in said(Case().then(EventKind.RAISED).card())
    assert "🚨" not in said(Case().card())


def test_an_offer_says_who_offers_to_whom_and_can_be_answered() -> None:
    case = taken(Case()).then(EventKind.OFFERED, LIN, to=str(CHEN.id), because="要查财务")
    shown = case.card()
    assert "小林 已请 陈工 接手" in said(shown)
    assert buttons(shown.blocks).keys() >= {"accept", "decline"}
    assert "请 “退款”队列 接手" in said(
        taken(Case()).then(EventKind.OFFERED, LIN, queue="refunds", because="退款").card()
    )


def test_the_chain_names_the_last_who_had_it_and_why() -> None:
    case = taken(Case())
    assert "责任链" not in said(Case().card())
    assert "责任链（2） “客服”队列 → 小林 [首问] · 自己接手" in said(case.card())
    for _ in range(15):
        case.then(EventKind.OFFERED, LIN, to=str(CHEN.id), because="要查财务").then(EventKind.ACCEPTED, CHEN)
        case.then(EventKind.OFFERED, CHEN, to=str(LIN.id), because="查好了").then(EventKind.ACCEPTED, LIN)
    shown = said(case.card())
    assert (
        "责任链（32） … → 小林 [首问] → 陈工 → 小林 [首问] → 陈工 → 小林 [首问] · 接受转派：查好了" in shown
    )


def test_what_the_customer_said_of_it_is_shown() -> None:
    case = resolved(Case().then(EventKind.CUSTOMER_WROTE))
    assert "顾客评价" not in said(case.card())
    case.then(EventKind.SURVEYED, solved=True).then(EventKind.SURVEYED, score=2, survey="csat")
    case.then(EventKind.SURVEYED, text=HOSTILE)
    shown = said(case.card())
    assert "顾客评价：顾客说已解决 · 顾客打了 2 分（满分 5 分） · 顾客留言：" in shown


STORIES: Sequence[tuple[Callable[[], Case], set[str], str | None]] = (
    (Case, {"take"}, "take"),
    (
        lambda: Case().then(EventKind.ASSIGNED, to=str(LIN.id), why="only_one"),
        {"take", "wait", "transfer", "resolve", "suggest"},
        "take",
    ),
    (lambda: taken(Case()), {"wait", "transfer", "resolve", "suggest"}, "resolve"),
    (
        lambda: taken(Case()).then(EventKind.WAITS, LIN),
        {"transfer", "resolve", "suggest"},
        "resolve",
    ),
    (
        lambda: taken(Case()).then(EventKind.OFFERED, LIN, to=str(CHEN.id), because="忙"),
        {"accept", "decline", "wait", "transfer", "resolve", "suggest"},
        "accept",
    ),
    (lambda: resolved(Case()), {"confirm", "reopen"}, "confirm"),
    (lambda: resolved(Case()).then(EventKind.CLOSED, LIN), {"reopen"}, None),
)


@pytest.mark.parametrize(("story", "legal", "natural"), STORIES)
def test_a_card_has_the_buttons_that_are_legal_now(
    story: Callable[[], Case], legal: set[str], natural: str | None
) -> None:
    case = story()
    found = buttons(case.card().blocks)
    assert found.keys() == legal | {"note", "customer"}
    assert {each["value"] for each in found.values()} == {str(case.id)}
    assert [name for name, each in found.items() if each.get("style") == "primary"] == (
        [natural] if natural else []
    )


@pytest.mark.parametrize("acts", [set(), {Act.GIVE, Act.SORT}, set(Act)])
def test_the_buttons_follow_the_sheet_alone(acts: set[Act]) -> None:
    read = reader()
    found = buttons(card(replace(Case().sheet(read), acts=acts), read).blocks)
    assert ("take" in found) == (Act.TAKE in acts)
    assert ("accept" in found) == ("decline" in found) == (Act.ANSWER_OFFER in acts)
    assert list(found)[-2:] == ["note", "customer"]


def test_the_buttons_are_in_a_block_of_their_own() -> None:
    assert Case().card().blocks[-1]["block_id"] == "acts"


def test_a_closed_ticket_has_a_short_card() -> None:
    closed = resolved(Case(collected={"订单号": "1"})).then(EventKind.SURVEYED, score=5, survey="csat")
    closed.then(EventKind.CLOSED, LIN)
    shown = closed.card()
    assert len(shown.blocks) == 5
    assert "已关闭" in said(shown) and "首问责任人：小林" in said(shown) and "5 分" in said(shown)
    assert "我要投诉" not in said(shown)


@pytest.mark.parametrize("language", REPLY_LANGUAGES)
def test_the_longest_card_is_taken_by_slack(language: ReplyLanguage) -> None:
    people = [person(f"坐席{'某' * 60}{number}") for number in range(60)]
    case = Case(
        customer="王" * 500,
        asked=[LONG_ZH[:300]] * 5,
        tried=["late", *(f"entry-{number}-{'x' * 80}" for number in range(20))],
        collected={f"{'字段' * 40}{number}": LONG_ZH for number in range(20)},
        reason=Reason.EMERGENCY,
        tier="金" * 200,
        tags=[f"{'标' * 28}{number:02}" for number in range(20)],
        people=people,
    )
    case.then(EventKind.TAKEN, people[0])
    for before, after in itertools.pairwise(people[:31]):
        case.then(EventKind.OFFERED, before, to=str(after.id), because=LONG_ZH[:500])
        case.then(EventKind.ACCEPTED, after)
    case.then(EventKind.OFFERED, people[30], to=str(people[31].id), because=LONG_ZH[:500])
    for text in (LONG_ZH, "好" * 4_000, LONG_ZH):
        case.then(EventKind.SURVEYED, text=text)
    case.card(language)
    case.card(language, later=timedelta(days=30))


@pytest.mark.parametrize("language", REPLY_LANGUAGES)
@pytest.mark.parametrize(
    "text", [HOSTILE, "&" * 4_000, "<" * 4_000, "*" * 4_000, "👩‍👩‍👧‍👦" * 500, "\u202e\u0000 \n\n"]
)
def test_a_hostile_customer_pings_nobody_and_formats_nothing(text: str, language: ReplyLanguage) -> None:
    case = Case(
        customer=text, asked=[text[:300]] * 5, collected={text[:60]: text}, tier=text[:60], tried=[text[:60]]
    )
    case.tags = [text[:30]] * 3
    taken(case).then(EventKind.SURVEYED, text=text)
    case.say(Author.CUSTOMER, text).say(
        Author.CUSTOMER, "", kind=Kind.FILE, attachments=[{"ref": "f1", "name": text, "size": 10}]
    )
    case.then(EventKind.OFFERED, LIN, to=str(CHEN.id), because=text[:500])
    case.card(language)
    read = reader(language)
    items = case.items(language)
    for item in items:
        checked(entry(item, read, customer=text, channel="网页", base="https://desk.example"))
    checked(folded(items, read))
    checked(changed(f"小林 · {text}"))
    checked(refused(f"小林 · {text}"))


def test_a_name_that_looks_like_markup_stays_a_name() -> None:
    post = Case(customer="<!channel>").card()
    assert "<!channel>" not in post.text
    header = post.blocks[0]["text"]
    assert header["type"] == "plain_text" and "<!channel>" in header["text"] and header["emoji"] is False


# Threads


def only(case: Case, language: ReplyLanguage = "zh", *, base: str = "") -> Post:
    """The entry of the only message."""
    (item,) = [item for item in case.items(language) if item.key.startswith("m")]
    return checked(entry(item, reader(language), customer="王小姐", channel="网页", base=base))


def test_an_entry_says_who_and_what() -> None:
    post = only(Case().say(Author.CUSTOMER, "在吗？"))
    assert said(post) == "*王小姐* · 网页\n在吗？"
    assert post.text == "王小姐：在吗？"
    assert post.blocks[1]["text"] == {"type": "plain_text", "text": "在吗？", "emoji": False}


def test_a_customer_without_a_name_is_called_customer() -> None:
    for unseen in ("", "\u202e\u200b"):
        item = Case().say(Author.CUSTOMER, "在吗").items()[-1]
        assert said(checked(entry(item, reader(), customer=unseen, channel="网页"))) == "*顾客* · 网页\n在吗"
        assert "顾客" in Case(customer=unseen).card().text


def test_an_entry_of_the_bot_says_with_what_it_answered_and_what_it_offered() -> None:
    answer = [{"action": "entry:late", "label": "物流太慢"}, {"action": "human", "label": "转人工"}]
    post = only(Case().say(Author.BOT, "一般三天内送到。", entry="late", buttons=answer))
    assert said(post) == "*机器人*\n一般三天内送到。\n[物流太慢] [转人工]\n条目：物流太慢"


def test_a_press_is_told_from_words() -> None:
    assert "点了按钮" in said(only(Case().say(Author.CUSTOMER, "转人工", kind=Kind.PRESS)))


def test_a_note_says_that_it_is_one() -> None:
    case = Case().then(EventKind.NOTED, LIN, text="顾客在等电话")
    (note,) = [item for item in case.items() if item.side == "note"]
    post = checked(entry(note, reader(), customer="王小姐", channel="网页"))
    assert said(post) == "*内部备注 · 小林*\n顾客在等电话"


@pytest.mark.parametrize("text", ["一\n" + "\n" * 9_000 + "二", "\u202e\x07"])
def test_of_a_message_nothing_but_space_is_left_out(text: str) -> None:
    post = only(Case().say(Author.CUSTOMER, text))
    assert [each.strip() for each in strings(post.blocks)][1:] == (
        ["一", "二"] if "一" in text else ["[没有文字]"]
    )


def test_a_line_across_is_one_in_the_thread() -> None:
    (mark,) = Case().items()
    assert entry(mark, reader(), customer="", channel="") == changed("转人工 · 转人工")


@pytest.mark.parametrize("text", [LONG_ZH[:MAX_REPLY], "word " * 800, "&" * 1_500])
def test_a_long_message_is_shown_whole(text: str) -> None:
    post = only(Case().say(Author.CUSTOMER, text))
    shown = "".join(block["text"]["text"] for block in post.blocks if block["type"] == "section")
    assert "".join(shown.split()) == "".join(text.split())
    assert "网页工作台" not in said(post)


@pytest.mark.parametrize("text", ["字" * 100_000, "&" * 4_000])
def test_of_what_is_too_long_for_slack_the_beginning_is_shown_and_said_to_be_one(text: str) -> None:
    files = [
        {"ref": f"https://{'files.' * 30}example/{'a' * 90}{number}", "name": ">" * 90}
        for number in range(10)
    ]
    post = only(Case().say(Author.CUSTOMER, text, attachments=files))
    assert "内容太长，其余请到网页工作台看。" in said(post)
    assert weigh(post.blocks) <= MOST_WEIGHT


def test_an_attachment_of_ours_is_a_link_to_our_pages() -> None:
    case = Case().say(
        Author.CUSTOMER, "", kind=Kind.FILE, attachments=[{"ref": "f", "name": "发票.pdf", "size": 52_000}]
    )
    href = f"https://desk.example/console/attachments/{case.messages[0].id}/0"
    assert f"<{href}|发票.pdf> 52 kB" in said(only(case, base="https://desk.example/"))
    assert "发票.pdf：请到网页工作台打开" in said(only(case))


def test_an_attachment_elsewhere_names_its_host() -> None:
    file = {"ref": "https://evil.example/a|b> <!channel>?x=1&y=2", "name": "www.bank.example"}
    shown = said(only(Case().say(Author.CUSTOMER, "看这个", attachments=[file])))
    assert (
        "<https://evil.example/a%7Cb%3E%20%3C!channel%3E?x=1&amp;y=2|www.bank.example>（来自 evil.example）"
        in shown
    )


@pytest.mark.parametrize(
    "ref", ["https://[", "https://", "https://x.example/" + "a" * 5_000, "https://x.example/" + "字" * 200]
)
def test_an_address_that_is_none_is_no_link(ref: str) -> None:
    shown = said(only(Case().say(Author.CUSTOMER, "", attachments=[{"ref": ref, "name": "图.png"}])))
    assert "图.png：请到网页工作台打开" in shown and "https" not in shown


def test_a_message_that_did_not_arrive_says_so() -> None:
    case = Case().say(Author.AGENT, "您好", author_name="小林")
    message = case.messages[0]
    for state, error, told in (
        (DeliveryState.BURIED, "blocked by <user>", "发送失败：blocked by <user>"),
        (DeliveryState.SENT, None, ""),
    ):
        case.deliveries[message.id] = OutboxRow(state=state, last_error=error)
        assert ("\n" + told if told else "\n您好") in said(only(case))[-len(told) - 4 :]


@pytest.mark.parametrize("language", REPLY_LANGUAGES)
def test_what_was_said_before_is_folded_into_one_post(language: ReplyLanguage) -> None:
    case = Case()
    for number in range(30):
        case.say(Author.CUSTOMER, f"{number} {LONG_ZH}\n\n{HOSTILE}")
        case.say(Author.BOT, LONG_ZH, entry="late")
    post = checked(folded(case.items(language), reader(language)))
    lines = post.blocks[1]["text"]["text"].splitlines()
    assert len(lines) == 20 and len(post.blocks) == 2
    assert lines[0].startswith({"zh": "顾客：20 我等了", "en": "Customer: 20 我等了"}[language])
    assert {"zh": "[条目：物流太慢]", "en": "[Entry: Delivery is late]"}[language] in lines[1]
    assert "20" in post.text


def test_a_short_history_is_not_said_to_be_cut() -> None:
    case = (
        Case()
        .say(Author.CUSTOMER, "在吗")
        .say(Author.CUSTOMER, "", attachments=[{"ref": "f", "name": "图.png"}])
    )
    post = checked(folded(case.items(), reader()))
    assert said(post) == "转人工之前的对话\n顾客：在吗\n顾客：[图.png]"
    checked(folded([], reader()))


# To one agent


@pytest.mark.parametrize("language", REPLY_LANGUAGES)
def test_a_held_reply_says_why_and_how_to_say_it_better(language: ReplyLanguage) -> None:
    offences = load_guard().check("你去投诉好了，我就是这个态度")
    post = checked(held(Held(offences), reader(language), held_id="17"))
    for each in offences:
        assert each.phrase in said(post) and each.rule.why in said(post) and each.rule.better in said(post)
    assert buttons(post.blocks)["send_anyway"]["value"] == "17"
    assert {"zh": "还没发给顾客", "en": "not got it yet"}[language] in said(post)


def test_a_reply_of_nothing_but_offences_is_taken_by_slack() -> None:
    rule = Rule(family=Family.MOCKING, level=Level.WARN, phrases=[], better=HOSTILE * 50, why=HOSTILE * 50)
    checked(held(Held([Offence(phrase=HOSTILE, rule=rule)] * 40), reader(), held_id="x"))


def test_a_refusal_is_told() -> None:
    assert said(checked(refused("陈工 已先一步接手。"))) == "陈工 已先一步接手。"


def test_the_pages_and_slack_say_the_same() -> None:
    assert {key for key in SLACK if TEXTS[key] != SLACK[key]} == set()


def test_the_heaviness_of_blocks_is_what_slack_would_count_or_more() -> None:
    post = Case(customer="A & B <c>").card()
    assert weigh(post.blocks) >= sum(len(escaped(each)) for each in strings(post.blocks))


TEXT = {"type": "plain_text", "text": "好"}
PRESS = {"type": "button", "text": TEXT, "action_id": "a"}


@pytest.mark.parametrize(
    "blocks",
    [
        [],
        [{"type": "section", "text": {**TEXT, "text": ""}}],
        [{"type": "section", "text": {**TEXT, "text": "字" * 3_001}}],
        [{"type": "section"}],
        [{"type": "header", "text": {"type": "mrkdwn", "text": "好"}}],
        [{"type": "context", "elements": [TEXT] * 11}],
        [{"type": "actions", "elements": [PRESS, PRESS]}],
        [{"type": "actions", "elements": [{**PRESS, "text": {**TEXT, "text": "字" * 76}}]}],
        [{"type": "section", "block_id": "b", "text": TEXT}] * 2,
        [{"type": "section", "text": TEXT, "colour": "red"}],
        [{"type": "input", "label": TEXT, "element": {"type": "plain_text_input"}}],
        [{"type": "section", "text": TEXT}] * 51,
        [{"type": "section", "text": {**TEXT, "text": "字" * 2_900}}] * 5,
    ],
)
def test_what_slack_would_refuse_is_noticed(blocks: list[Any]) -> None:
    with pytest.raises(AssertionError):
        check_message("好", blocks)
