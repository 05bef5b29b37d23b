"""The home tab: an agent's duty, tickets, queues and day."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from core.languages import REPLY_LANGUAGES, ReplyLanguage
from handoff.desk.home import MyDay, MyDesk, MyQueue, MyTicket, home
from handoff.kinds import Reason
from handoff.presence import Duty, Presence
from handoff.settings import QueueSettings
from handoff.wording.tickets import DeskView
from tests.slack.blocks import buttons, check_home, marked, strings
from tests.slack.cases import HOSTILE, LIN, LONG_ZH, OPEN, SETTINGS, Case, check_harmless, reader, taken

ON = MyDesk(duty=Duty.ON, presence=Presence.ONLINE)


def shown(desk: MyDesk, language: ReplyLanguage = "zh", **changes: Any) -> dict[str, Any]:
    """The tab, which Slack takes."""
    view = home(desk, reader(language, **changes))
    check_home(view)
    for text in marked(view):
        check_harmless(text)
    return view


def said(view: dict[str, Any]) -> str:
    return "\n".join(strings(view))


def mine(case: Case, *, permalink: str = "", later: timedelta = timedelta()) -> MyTicket:
    """A ticket of 小林's."""
    line = taken(case).view.line
    return MyTicket(row=DeskView(reader(later=later), LIN).row(line), next=line.next, permalink=permalink)


def names(view: dict[str, Any]) -> Sequence[str]:
    """Whose tickets are listed, in order."""
    tops = [text.split(" · ")[0] for text in marked(view) if "SW-2611" in text]
    return [top.replace("🚨", "").strip(" *") for top in tops]


@pytest.mark.parametrize("duty", Duty)
def test_the_switch_shows_what_was_said_last(duty: Duty) -> None:
    view = shown(replace(ON, duty=duty, presence=Presence.AWAY))
    found = {name: each for name, each in buttons(view).items() if name.startswith("duty")}
    assert found.keys() == {"duty_on", "duty_away", "duty_off"}
    assert [name for name, each in found.items() if "style" in each] == [f"duty_{duty}"]
    assert "离开" in said(view)


def test_who_is_on_duty_after_the_shift_is_told() -> None:
    assert "班次已结束" in said(shown(replace(ON, presence=Presence.OFFLINE)))
    assert "班次已结束" not in said(shown(replace(ON, duty=Duty.OFF, presence=Presence.OFFLINE)))


def test_the_ticket_that_is_due_next_comes_first() -> None:
    cases = [mine(Case(customer=name)) for name in ("甲", "乙", "丙", "丁")]
    due = [30, 10, None, 20]
    desk = [
        replace(each, next=replace(each.next, due_at=OPEN + timedelta(minutes=minutes) if minutes else None))
        for each, minutes in zip(cases, due, strict=True)
        if each.next
    ]
    assert names(shown(replace(ON, mine=desk))) == ["乙", "丁", "甲", "丙"]


def test_a_ticket_says_what_is_due_and_opens() -> None:
    case = Case(reason=Reason.EMERGENCY)
    view = shown(replace(ON, mine=[mine(case)]))
    assert "🚨 *王小姐 · SW-2611-0042 · 紧急 · 客服*" in said(view)
    assert "🟢 来得及 · *首次响应* · <!date^" in said(view) and "待回复" in said(view)
    opens = buttons(view)["open"]
    assert opens["value"] == str(case.id) and "url" not in opens
    linked = shown(replace(ON, mine=[mine(case, permalink="https://slack.example/archives/C1/p1")]))
    assert buttons(linked)["open"]["url"] == "https://slack.example/archives/C1/p1"


def test_an_overdue_ticket_says_so() -> None:
    late = timedelta(hours=1)
    assert "🔴 已超时 · *首次响应*" in said(shown(replace(ON, mine=[mine(Case(), later=late)]), later=late))


def test_the_queue_in_which_somebody_waits_longest_comes_first() -> None:
    queues = [
        MyQueue(name="service", waiting=2, oldest_at=OPEN),
        MyQueue(name="refunds", waiting=1, oldest_at=OPEN - timedelta(hours=1)),
        MyQueue(name="vip"),
    ]
    told = said(shown(replace(ON, queues=queues)))
    assert told.index("*退款* · 1 个在等，最早的从 <!date^") < told.index("*客服* · 2 个在等")
    assert "其他 1 个队列没有人在等。" in told and "vip" not in told


def test_an_empty_desk_is_friendly() -> None:
    told = said(shown(replace(ON, queues=[MyQueue(name="service")])))
    assert "您手上没有工单" in told and "喝口水吧" in told and "接手 0 · 回复 0 · 解决 0" in told


def test_the_day_is_counted() -> None:
    day = MyDay(taken=12, replied=40, resolved=9)
    assert "took 12 · replied 40 · resolved 9" in said(shown(replace(ON, day=day), "en"))


@pytest.mark.parametrize("language", REPLY_LANGUAGES)
def test_the_fullest_desk_is_taken_by_slack(language: ReplyLanguage) -> None:
    long = {
        f"queue-{number}": QueueSettings(titles={"zh": LONG_ZH, "en": HOSTILE * 9}) for number in range(130)
    }
    settings = replace(SETTINGS, queues={**SETTINGS.queues, **long})
    queues = [
        MyQueue(name=name, waiting=9_999, oldest_at=OPEN - timedelta(minutes=number) if number % 3 else None)
        for number, name in enumerate(settings.queues)
    ]
    tickets = [
        mine(Case(customer=HOSTILE * 20, reason=Reason.EMERGENCY), permalink=f"https://x/{'p' * 900}")
    ] * 90
    view = shown(replace(ON, mine=tickets, queues=queues), language, settings=settings)
    assert len(names(view)) == 40
    told = said(view)
    assert {"zh": "还有 50 个更晚到时限的", "en": "50 that are due later"}[language] in told
    assert {"zh": "还有 58 个队列也有人在等", "en": "wait in 58 more"}[language] in told
