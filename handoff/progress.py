"""What has become of a customer's requests, told from their own tickets, in words that a customer understands."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import case, select
from sqlalchemy.ext.asyncio import AsyncSession

from core.languages import ReplyLanguage
from handoff.agents import Agent
from handoff.calendar import WorkingCalendar
from handoff.deadlines import list_open_deadlines
from handoff.expectation import Expectation, expect
from handoff.life import OPEN_STATES, TicketState
from handoff.notices import moment, when
from handoff.settings import DeskSettings
from handoff.standards import Promise
from handoff.tickets import Ticket, find_ticket

TOLD = 3  # tickets named at most: open ones first, then the newest

# By when somebody says something.
_ANSWERS = (Promise.FIRST_RESPONSE, Promise.NEXT_RESPONSE, Promise.UPDATE)


async def describe_progress(
    session: AsyncSession,
    customer_id: UUID,
    language: ReplyLanguage,
    *,
    settings: DeskSettings,
    now: datetime,
) -> str | None:
    """A paragraph for each of the customer's tickets, of whatever channel; None when there is none."""
    open_first = case((Ticket.state.in_(OPEN_STATES), 0), else_=1)
    query = (
        select(Ticket)
        .where(Ticket.customer_id == customer_id)
        .order_by(open_first, Ticket.opened_at.desc())
        .limit(TOLD)
    )
    tickets = list(await session.scalars(query))
    told = [await describe_ticket(session, each, language, settings=settings, now=now) for each in tickets]
    return "\n".join(told) or None


async def describe_named(
    session: AsyncSession,
    customer_id: UUID,
    number: str,
    language: ReplyLanguage,
    *,
    settings: DeskSettings,
    now: datetime,
) -> str:
    """What has become of the ticket with this number, if it is the customer's."""
    ticket = await find_ticket(session, number, customer_id=customer_id)
    if ticket is not None:
        return await describe_ticket(session, ticket, language, settings=settings, now=now)
    if language == "zh":
        return (
            f"您名下没有查到工单 {number}，可能是号码有误，或是用另一个账号提交的。"
            "请核对一下再发给我；需要同事帮您查，就说「转人工」。"
        )
    return (
        f"I find no ticket {number} of yours; the number may have a slip, or it was made from another account. "
        "Please check it and send it again, or say “agent” to have a colleague look."
    )


async def describe_ticket(
    session: AsyncSession, ticket: Ticket, language: ReplyLanguage, *, settings: DeskSettings, now: datetime
) -> str:
    """Who has the ticket, what happens next, and by when."""
    state = TicketState(ticket.state)
    assignee = await session.get(Agent, ticket.assignee_id) if ticket.assignee_id else None
    standing = Standing(
        number=ticket.number,
        state=state,
        opened_at=ticket.opened_at,
        is_reopened=ticket.episode > 1,
        agent=assignee.name if assignee else None,
        is_taken=ticket.taken_at is not None,
        expected=await expect(session, ticket, settings=settings, now=now)
        if state is TicketState.NEW
        else None,
        due=[
            (Promise(each.promise), each.due_at)
            for each in await list_open_deadlines(session, ticket.id)
            if each.due_at is not None
        ],
        now=now,
    )
    return tell(language, standing, calendar=settings.calendar_of(ticket.queue))


@dataclass(frozen=True, kw_only=True)
class Standing:
    """How it stands with a ticket, as far as it concerns the customer."""

    number: str
    state: TicketState
    opened_at: datetime
    is_reopened: bool
    agent: str | None
    is_taken: bool
    expected: Expectation | None  # where nobody has it
    due: Sequence[tuple[Promise, datetime]]
    now: datetime

    def next(self, *promises: Promise) -> datetime | None:
        """The earliest deadline of these."""
        return min((at for promise, at in self.due if promise in promises), default=None)


def tell(language: ReplyLanguage, standing: Standing, *, calendar: WorkingCalendar) -> str:
    """One ticket, in a customer's words. Pure."""

    def say(at: datetime) -> str:
        return moment(language, at, now=standing.now, calendar=calendar)

    sentences = (_zh if language == "zh" else _en)(standing, say)
    if standing.expected is not None:
        sentences.append(when(language, standing.expected, calendar))
    return ("" if language == "zh" else " ").join(sentences)


Say = Callable[[datetime], str]  # a moment, in words


def _zh(standing: Standing, say: Say) -> list[str]:
    agent, again = standing.agent or "同事", "已重新打开，" if standing.is_reopened else ""
    ticket = f"您{say(standing.opened_at)} 提交的工单 {standing.number}"
    match standing.state:
        case TicketState.NEW:
            return [f"{ticket} {again}正在排队，还没有同事接手。"]
        case TicketState.WAITING:
            until = standing.next(Promise.ANSWER)
            rest = f"到{say(until)} 还没等到的话会先结掉，之后随时可以接着办。" if until else ""
            return [f"{ticket} {again}由 {agent} 负责，正在等您回复，直接写在这里就行。", rest]
        case TicketState.ASSIGNED | TicketState.IN_PROGRESS:
            has = f"由 {agent} 负责，正在处理" if standing.is_taken else f"已交给 {agent}，马上接手"
            return [f"{ticket} {again}{has}。", _answer_zh(standing, say)]
        case TicketState.RESOLVED:
            until = standing.next(Promise.CONFIRM)
            rest = f"{say(until)} 前没有异议就会结案。" if until else ""
            return [f"{ticket} 已由 {agent} 处理完。{rest}还没解决就说「转人工」，马上接着办。"]
        case _:
            return [f"{ticket} 已由 {agent} 处理完并结案。又有问题就说「转人工」，我们接着办。"]


def _answer_zh(standing: Standing, say: Say) -> str:
    answer, resolution = standing.next(*_ANSWERS), standing.next(Promise.RESOLUTION)
    if answer is not None and answer < standing.now:
        return "已经比答应您的时间晚了，主管已收到提醒在催办，一有进展就在这里告诉您。"
    told = f"最晚{say(answer)} 前给您答复" if answer else "有进展会在这里告诉您"
    if resolution is not None and resolution > standing.now:
        told += f"，争取{say(resolution)} 前办完"
    return f"{told}。"


def _en(standing: Standing, say: Say) -> list[str]:
    agent = standing.agent or "a colleague"
    is_open = standing.state in OPEN_STATES
    again = " open again and" if standing.is_reopened and is_open else ""
    ticket = f"Your ticket {standing.number}, opened {say(standing.opened_at)}, is{again}"
    match standing.state:
        case TicketState.NEW:
            return [f"{ticket} in the queue; nobody has taken it yet."]
        case TicketState.WAITING:
            until = standing.next(Promise.ANSWER)
            rest = (
                [f"It is set aside {say(until)} if nothing comes; you can go on any time."] if until else []
            )
            return [f"{ticket} with {agent}, who is waiting for your answer. Just write it here.", *rest]
        case TicketState.ASSIGNED | TicketState.IN_PROGRESS:
            does = "is working on it" if standing.is_taken else "is about to take it"
            return [f"{ticket} with {agent}, who {does}.", _answer_en(standing, say)]
        case TicketState.RESOLVED:
            until = standing.next(Promise.CONFIRM)
            rest = [f"We close it {say(until)} unless you object."] if until else []
            left = "If something is left, say “agent”, and we go on."
            return [f"{ticket} resolved by {agent}.", *rest, left]
        case _:
            return [f"{ticket} resolved by {agent} and closed. If it comes back, say “agent”."]


def _answer_en(standing: Standing, say: Say) -> str:
    answer, resolution = standing.next(*_ANSWERS), standing.next(Promise.RESOLUTION)
    if answer is not None and answer < standing.now:
        return (
            "It is later than we promised; the supervisor has been alerted, "
            "and you will read here as soon as there is news."
        )
    told = (
        f"You will have an answer here {say(answer)} at the latest"
        if answer
        else "You will read here as soon as there is news"
    )
    if resolution is not None and resolution > standing.now:
        told += f"; we aim to have it settled {say(resolution)}"
    return f"{told}."
