"""What customers are told about their tickets, in Chinese and English. A promise here must be kept elsewhere."""

from datetime import datetime, timedelta

from core.languages import ReplyLanguage
from handoff.calendar import WorkingCalendar
from handoff.life import TicketState
from handoff.tickets import Reason

WEEK = 7  # days: the name of a weekday means one within it
WEEKDAYS: dict[ReplyLanguage, tuple[str, ...]] = {
    "zh": ("周一", "周二", "周三", "周四", "周五", "周六", "周日"),
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
}

_OPENINGS: dict[ReplyLanguage, dict[Reason, str]] = {
    "zh": {
        Reason.EMERGENCY: "这件事很紧急，我已加急转给值班同事（工单 #{number}）。如有人身危险，请先远离现场并拨打 119 或 120。",
        Reason.COMPLAINT: "让您不愉快了，这件事我已原原本本转给同事跟进（工单 #{number}），不用您再说一遍。",
        Reason.WANTS_HUMAN: "好的，已为您转接人工同事（工单 #{number}），前面的对话同事都看得到。",
        Reason.LOW_CONFIDENCE: "这个问题我没有把握答对，已请同事来回答您（工单 #{number}），前面的对话同事都看得到。",
        Reason.FAULT: "我这边出了点故障，没能处理好您的消息，已请同事来接手（工单 #{number}），您发的内容都在。",
        Reason.ENTRY: "这件事由同事来办，我已转过去（工单 #{number}），您说的和填的同事都看得到。",
    },
    "en": {
        Reason.EMERGENCY: "This is urgent: I have alerted a colleague (ticket #{number}). "
        "If anyone is in danger, move away first and call your emergency number.",
        Reason.COMPLAINT: "That should not have happened. A colleague will follow it up (ticket #{number}) "
        "with everything you told me, so you need not repeat it.",
        Reason.WANTS_HUMAN: "Of course. I have passed you to a colleague (ticket #{number}), "
        "who can see what we wrote so far.",
        Reason.LOW_CONFIDENCE: "I am not sure enough to answer this well, so I have asked a colleague "
        "(ticket #{number}), who can see what we wrote so far.",
        Reason.FAULT: "Something went wrong on my side with your message. A colleague will take over "
        "(ticket #{number}); nothing you wrote is lost.",
        Reason.ENTRY: "A colleague will take care of this (ticket #{number}) and can see everything you told me.",
    },
}


def handed_over(
    language: ReplyLanguage, reason: Reason, *, number: int, calendar: WorkingCalendar, now: datetime
) -> str:
    """That a person takes over, who, and when, by the working hours."""
    opening = _OPENINGS[language][reason].format(number=number)
    return f"{opening}{'' if language == 'zh' else ' '}{_when(language, calendar, now)}"


def still_waiting(language: ReplyLanguage, *, number: int, calendar: WorkingCalendar, now: datetime) -> str:
    """To a customer who writes while nobody has taken the ticket yet."""
    if language == "zh":
        return f"收到，已补充到工单 #{number}，接手的同事会一起看到。{_when(language, calendar, now)}"
    return (
        f"Got it, added to ticket #{number} for the colleague who takes it. {_when(language, calendar, now)}"
    )


def taken(language: ReplyLanguage, *, agent: str) -> str:
    """That an agent has joined."""
    if language == "zh":
        return f"{agent} 已接入，由 TA 为您服务到底。"
    return f"{agent} has joined and will stay with you until this is settled."


def resolved(language: ReplyLanguage, *, number: int, agent: str) -> str:
    """That the ticket is resolved, and what to do if it is not."""
    if language == "zh":
        return f"{agent} 已将工单 #{number} 标记为已解决。如果还没解决，直接回复我，或说「转人工」，马上接着跟进。"
    return (
        f"{agent} has marked ticket #{number} as resolved. If it is not, just write here, "
        "or reply “agent”, and we will go on with it."
    )


def progress(
    language: ReplyLanguage,
    *,
    number: int,
    state: TicketState,
    opened_at: datetime,
    assignee: str | None,
    calendar: WorkingCalendar,
    now: datetime,
) -> str:
    """What has become of a ticket, in a customer's words."""
    local = opened_at.astimezone(calendar.zone)
    match language, state:
        case "zh", TicketState.NEW:
            return f"您 {local:%m-%d %H:%M} 提交的工单 #{number} 正在排队，还没有同事接手。{_when(language, calendar, now)}"
        case "zh", TicketState.WAITING:
            return f"您 {local:%m-%d %H:%M} 提交的工单 #{number} 由 {assignee} 负责，正在等您的回复，直接写在这里就行。"
        case "zh", TicketState.ASSIGNED | TicketState.IN_PROGRESS:
            return f"您 {local:%m-%d %H:%M} 提交的工单 #{number} 由 {assignee} 负责，正在处理，有进展会在这里告诉您。"
        case "zh", _:
            return f"您 {local:%m-%d %H:%M} 提交的工单 #{number} 已由 {assignee} 处理完。还有问题就说「转人工」。"
        case _, TicketState.NEW:
            return (
                f"Your ticket #{number} of {local:%d %b, %H:%M} is in the queue; nobody has taken it yet. "
                f"{_when(language, calendar, now)}"
            )
        case _, TicketState.WAITING:
            return (
                f"{assignee} has your ticket #{number} of {local:%d %b, %H:%M} and is waiting for your answer. "
                "Just write it here."
            )
        case _, TicketState.ASSIGNED | TicketState.IN_PROGRESS:
            return (
                f"{assignee} is working on your ticket #{number} of {local:%d %b, %H:%M} "
                "and will write to you here."
            )
        case _:
            return (
                f"Your ticket #{number} of {local:%d %b, %H:%M} was resolved by {assignee}. "
                "If something is left, reply “agent”."
            )


def _when(language: ReplyLanguage, calendar: WorkingCalendar, now: datetime) -> str:
    opening = calendar.next_opening(now)
    if opening == now:
        return (
            "现在是人工服务时间，同事会在这里直接回复您。"
            if language == "zh"
            else "Colleagues are on duty now and will answer you right here."
        )
    if opening is None:
        return (
            "同事上班后会在这里回复您。"
            if language == "zh"
            else "They will answer you right here when they are back."
        )
    days = (opening.date() - now.astimezone(calendar.zone).date()).days
    if language == "zh":
        far = f"{opening.month} 月 {opening.day} 日（{WEEKDAYS['zh'][opening.weekday()]}）"
        day = {0: "今天", 1: "明天"}.get(days, WEEKDAYS["zh"][opening.weekday()] if days < WEEK else far)
        return f"现在是休息时间，同事{day} {opening:%H:%M} 上班后会在这里回复您。"
    weekday = WEEKDAYS["en"][opening.weekday()]
    far = f"on {weekday}, {opening.day} {opening:%B},"
    day = {0: "today", 1: "tomorrow"}.get(days, f"on {weekday}" if days < WEEK else far)
    zone = _utc_offset(opening)
    return f"Colleagues are off duty now and will answer you right here {day} from {opening:%H:%M} ({zone})."


def _utc_offset(moment: datetime) -> str:
    """Like "UTC+8": names such as CST mean several zones."""
    minutes = int((moment.utcoffset() or timedelta()).total_seconds() // 60)
    hours, rest = divmod(abs(minutes), 60)
    return f"UTC{'-' if minutes < 0 else '+'}{hours}" + (f":{rest:02}" if rest else "")
