"""What customers are told about their tickets, in Chinese and English. A promise here must be kept elsewhere."""

from datetime import datetime, timedelta

from core.languages import ReplyLanguage
from handoff.calendar import WorkingCalendar
from handoff.expectation import Expectation
from handoff.kinds import Reason

SOON = 90  # minutes: what is later is told by the clock
WEEK = 7  # days: the name of a weekday means one within it
WEEKDAYS: dict[ReplyLanguage, tuple[str, ...]] = {
    "zh": ("周一", "周二", "周三", "周四", "周五", "周六", "周日"),
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
}
_NEAR: dict[ReplyLanguage, dict[int, str]] = {
    "zh": {-1: "昨天", 0: "今天", 1: "明天"},
    "en": {-1: "yesterday", 0: "today", 1: "tomorrow"},
}

_OPENINGS: dict[ReplyLanguage, dict[Reason, str]] = {
    "zh": {
        Reason.EMERGENCY: "这件事很紧急，我已加急转给值班同事（工单 {number}）。如有人身危险，请先远离现场并拨打 119 或 120。",
        Reason.COMPLAINT: "让您不愉快了，这件事我已原原本本转给同事跟进（工单 {number}），不用您再说一遍。",
        Reason.WANTS_HUMAN: "好的，已为您转接人工同事（工单 {number}），前面的对话同事都看得到。",
        Reason.LOW_CONFIDENCE: "这个问题我没有把握答对，已请同事来回答您（工单 {number}），前面的对话同事都看得到。",
        Reason.FAULT: "我这边出了点故障，没能处理好您的消息，已请同事来接手（工单 {number}），您发的内容都在。",
        Reason.ENTRY: "这件事由同事来办，我已转过去（工单 {number}），您说的和填的同事都看得到。",
    },
    "en": {
        Reason.EMERGENCY: "This is urgent: I have alerted a colleague (ticket {number}). "
        "If anyone is in danger, move away first and call your emergency number.",
        Reason.COMPLAINT: "That should not have happened. A colleague will follow it up (ticket {number}) "
        "with everything you told me, so you need not repeat it.",
        Reason.WANTS_HUMAN: "Of course. I have passed you to a colleague (ticket {number}), "
        "who can see what we wrote so far.",
        Reason.LOW_CONFIDENCE: "I am not sure enough to answer this well, so I have asked a colleague "
        "(ticket {number}), who can see what we wrote so far.",
        Reason.FAULT: "Something went wrong on my side with your message. A colleague will take over "
        "(ticket {number}); nothing you wrote is lost.",
        Reason.ENTRY: "A colleague will take care of this (ticket {number}) and can see everything you told me.",
    },
}


def handed_over(
    language: ReplyLanguage, reason: Reason, *, number: str, expected: Expectation, calendar: WorkingCalendar
) -> str:
    """That a person takes over, who, and when."""
    opening = _OPENINGS[language][reason].format(number=number)
    return _join(language, opening, when(language, expected, calendar))


def still_waiting(
    language: ReplyLanguage, *, number: str, expected: Expectation, calendar: WorkingCalendar
) -> str:
    """To a customer who writes while nobody has taken the ticket yet."""
    added = (
        f"收到，已补充到工单 {number}，接手的同事会一起看到。"
        if language == "zh"
        else f"Got it, added to ticket {number} for the colleague who takes it."
    )
    return _join(language, added, when(language, expected, calendar))


def slipped(language: ReplyLanguage, *, number: str, expected: Expectation, calendar: WorkingCalendar) -> str:
    """That it takes longer than was said."""
    sorry = (
        f"比刚才说的要再久一些（工单 {number}），您的位置一直留着，不用重新排。"
        if language == "zh"
        else f"It is taking longer than I said (ticket {number}). Your place is kept; no need to write again."
    )
    return _join(language, sorry, when(language, expected, calendar))


def returned(
    language: ReplyLanguage, *, agent: str, number: str, expected: Expectation, calendar: WorkingCalendar
) -> str:
    """That whoever had the ticket cannot go on, and somebody else will."""
    left = (
        f"{agent} 暂时走不开，工单 {number} 已请其他同事接着办，前面说过的不用再说一遍。"
        if language == "zh"
        else f"{agent} cannot go on just now, so another colleague will take over ticket {number} "
        "and can see everything so far."
    )
    return _join(language, left, when(language, expected, calendar))


def taken(language: ReplyLanguage, *, agent: str) -> str:
    """That an agent has joined."""
    if language == "zh":
        return f"{agent} 已接入，由 TA 为您服务到底。"
    return f"{agent} has joined and will stay with you until this is settled."


def handed_on(language: ReplyLanguage, *, before: str, agent: str) -> str:
    """That a colleague has accepted the ticket."""
    if language == "zh":
        return f"{before} 已请 {agent} 接手，前面的对话 TA 都看得到，由 TA 继续为您办。"
    return f"{before} has asked {agent} to go on with this. {agent} can see everything so far."


def reopened(
    language: ReplyLanguage, *, number: str, agent: str | None, now: datetime, calendar: WorkingCalendar
) -> str:
    """That work goes on, with whom, and from when."""
    if language == "zh":
        who = f"请 {agent} 接着跟进" if agent else "请同事接着跟进"
        again = f"工单 {number} 已重新打开，{who}，前面说过的不用再说一遍。还差什么，直接写在这里。"
    else:
        again = (
            f"Ticket {number} is open again. {agent or 'A colleague'} will go on with it "
            "and can see everything so far. Just write here what is still missing."
        )
    if calendar.is_open(now):
        return again
    return _join(language, again, when(language, Expectation(place=1, by=None, at=now), calendar))


def reminded(language: ReplyLanguage, *, number: str, agent: str) -> str:
    """That it is the customer's turn."""
    if language == "zh":
        return f"{agent} 还在等您回复（工单 {number}），直接写在这里就行。已经不需要了也告诉一声。"
    return (
        f"{agent} is still waiting for your answer (ticket {number}). Just write it here, "
        "or say if it is no longer needed."
    )


def unanswered(language: ReplyLanguage, *, number: str) -> str:
    """That a ticket was resolved because its customer did not write any more."""
    if language == "zh":
        return f"一直没等到您的回复，工单 {number} 先结了。随时说「转人工」，我们接着办。"
    return (
        f"As we have not heard from you, ticket {number} is set aside for now. "
        "Say “agent” whenever you want to go on."
    )


def resolved(language: ReplyLanguage, *, number: str, agent: str) -> str:
    """That the ticket is resolved, and what to do if it is not."""
    if language == "zh":
        return f"{agent} 已将工单 {number} 标记为已解决。如果还没解决，直接回复我，或说「转人工」，马上接着跟进。"
    return (
        f"{agent} has marked ticket {number} as resolved. If it is not, just write here, "
        "or reply “agent”, and we will go on with it."
    )


def when(language: ReplyLanguage, expected: Expectation, calendar: WorkingCalendar) -> str:
    """The place in the queue, and when somebody takes the ticket, by the working calendar."""
    opening = calendar.next_opening(expected.at)
    if opening is None:
        return (
            "同事上班后会在这里回复您。"
            if language == "zh"
            else "They will answer you right here when they are back."
        )
    if opening == expected.at:
        return _while_open(language, expected, calendar)
    place = expected.place
    if language == "zh":
        rank = f"，您排在第 {place} 位" if place > 1 else ""
        return f"现在是休息时间，同事{_day(language, opening, expected.at)} {opening:%H:%M} 上班后会在这里回复您{rank}。"
    rank = f" You are number {place} in the queue." if place > 1 else ""
    day = _day(language, opening, expected.at)
    return (
        f"Colleagues are off duty now and will answer you right here {day} "
        f"from {opening:%H:%M} ({_utc_offset(opening)}).{rank}"
    )


def _while_open(language: ReplyLanguage, expected: Expectation, calendar: WorkingCalendar) -> str:
    ahead = expected.place - 1
    if language == "zh":
        rank = f"前面还有 {ahead} 位" if ahead else "您排在最前面"
        return f"现在是人工服务时间，{rank}{_by(language, expected, calendar)}，同事会在这里直接回复您。"
    rank = f"{ahead} ahead of you" if ahead else "you are next"
    return f"Colleagues are on duty now: {rank}{_by(language, expected, calendar)}. They will answer you right here."


def _by(language: ReplyLanguage, expected: Expectation, calendar: WorkingCalendar) -> str:
    """About how long it takes; rounded up, so that it is rather kept than not."""
    if expected.by is None:
        return ""
    minutes = -(-(expected.by - expected.at) // timedelta(minutes=5)) * 5
    if minutes <= SOON:
        return (
            f"，预计 {minutes} 分钟内有人接手" if language == "zh" else f", taken within about {minutes} min"
        )
    by = expected.by.astimezone(calendar.zone)
    day = _day(language, by, expected.at)
    return (
        f"，预计{day} {by:%H:%M} 前后有人接手"
        if language == "zh"
        else f", taken {day} around {by:%H:%M} ({_utc_offset(by)})"
    )


def moment(language: ReplyLanguage, at: datetime, *, now: datetime, calendar: WorkingCalendar) -> str:
    """A moment as people say it: today 15:00."""
    local = at.astimezone(calendar.zone)
    day = _day(language, local, now)
    return f"{day} {local:%H:%M}" if language == "zh" else f"{day} {local:%H:%M} ({_utc_offset(local)})"


def _day(language: ReplyLanguage, day: datetime, now: datetime) -> str:
    """The day as people say it: yesterday, today, tomorrow, a weekday within a week, or a date."""
    days = (day.date() - now.astimezone(day.tzinfo).date()).days
    near = _NEAR[language].get(days)
    if near is not None:
        return near
    weekday = WEEKDAYS[language][day.weekday()]
    if language == "zh":
        return weekday if 0 < days < WEEK else f"{day.month} 月 {day.day} 日（{weekday}）"
    return f"on {weekday}" if 0 < days < WEEK else f"on {weekday}, {day.day} {day:%B},"


def _join(language: ReplyLanguage, *sentences: str) -> str:
    return ("" if language == "zh" else " ").join(sentences)


def _utc_offset(moment: datetime) -> str:
    """Like "UTC+8": names such as CST mean several zones."""
    minutes = int((moment.utcoffset() or timedelta()).total_seconds() // 60)
    hours, rest = divmod(abs(minutes), 60)
    return f"UTC{'-' if minutes < 0 else '+'}{hours}" + (f":{rest:02}" if rest else "")
