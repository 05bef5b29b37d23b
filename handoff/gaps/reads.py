"""What pages show of gaps: how often each is asked, by weeks, what its messages say, and what agents answered to them.

All texts are made impersonal: they are read by people who have nothing to do with these customers.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from core.amending import find_amendment
from core.conversations import Conversation, Message
from core.messages import Author, Kind
from handoff.agents import Agent
from handoff.gaps.clustering import most_typical
from handoff.gaps.tables import Gap, GapMessage, GapState
from handoff.impersonal import make_impersonal
from handoff.persons.records import read_all_names
from handoff.similar import Said, choose_said
from handoff.tickets import Ticket
from handoff.topics import LIKELY

WEEKS = 8  # of a trend
PAGE = 30  # gaps
TITLED_BY = 12  # messages of each, the newest
MESSAGES = 60  # of a gap, the newest
ANSWERED_WITHIN = 20  # messages after the question
ANSWERS = 20  # messages whose answers are looked for
NEAREST = 3  # entries


class View(StrEnum):
    """Which gaps are listed."""

    OPEN = "open"
    MINE = "mine"
    DONE = "done"


@dataclass(frozen=True, kw_only=True)
class GapLine:
    """A gap in the list. `weeks` are how often it was asked, oldest first; the last is the week until now."""

    gap: Gap
    title: str  # empty when all its messages are erased
    count: int
    weeks: Sequence[int]
    assignee: str | None
    is_overdue: bool


@dataclass(frozen=True, kw_only=True)
class Listed:
    """One page of the list."""

    lines: Sequence[GapLine]
    total: int
    page: int
    pages: int


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A message of a gap; `ticket` is the one that came of it: its id and number."""

    message_id: UUID
    text: str
    at: datetime
    why: str
    answered: str | None
    ticket: tuple[UUID, str] | None


@dataclass(frozen=True, kw_only=True)
class GapDetail:
    """All that there is about a gap. `near` are the entries that the bot took its messages for, and how often."""

    line: GapLine
    messages: Sequence[Asked]
    answers: Sequence[Said]
    near: Sequence[tuple[str, int]]


async def list_gaps(
    session: AsyncSession,
    view: View,
    *,
    language: str | None,
    agent_id: UUID,
    page: int,
    now: datetime,
    zone: tzinfo,
    region: str,
) -> Listed:
    """A page of gaps: what is asked most these weeks first."""
    wanted = _wanted(view, language, agent_id)
    total = await session.scalar(select(func.count()).select_from(Gap).where(*wanted)) or 0
    pages = max(1, -(-total // PAGE))
    page = min(max(page, 1), pages)
    recent = (
        select(GapMessage.gap_id, func.count().label("count"))
        .where(GapMessage.at >= now - timedelta(weeks=WEEKS), GapMessage.gap_id.is_not(None))
        .group_by(GapMessage.gap_id)
        .subquery()
    )
    query = (
        select(Gap)
        .outerjoin(recent, recent.c.gap_id == Gap.id)
        .where(*wanted)
        .order_by(
            *([Gap.ended_at.desc()] if view is View.DONE else []),
            func.coalesce(recent.c.count, 0).desc(),
            Gap.last_at.desc(),
            Gap.id,
        )
        .offset((page - 1) * PAGE)
        .limit(PAGE)
    )
    gaps = list(await session.scalars(query))
    lines = await _lines(session, gaps, now=now, zone=zone, region=region)
    return Listed(lines=lines, total=total, page=page, pages=pages)


def _wanted(view: View, language: str | None, agent_id: UUID) -> list[ColumnElement[bool]]:
    wanted = [Gap.state == (GapState.DONE if view is View.DONE else GapState.OPEN)]
    if view is View.MINE:
        wanted.append(Gap.assignee_id == agent_id)
    if language:
        wanted.append(Gap.language == language)
    return wanted


async def read_detail(
    session: AsyncSession, gap: Gap, *, now: datetime, zone: tzinfo, region: str
) -> GapDetail:
    """One gap."""
    (line,) = await _lines(session, [gap], now=now, zone=zone, region=region)
    query = (
        select(GapMessage, Message, Conversation.customer_id)
        .join(Message, Message.id == GapMessage.message_id)
        .join(Conversation, Conversation.id == Message.conversation_id)
        .where(GapMessage.gap_id == gap.id, Message.text != "")
        .order_by(Message.at.desc(), Message.id.desc())
        .limit(MESSAGES)
    )
    rows = (await session.execute(query)).all()
    names = await read_all_names(session, {customer_id for _, _, customer_id in rows})
    tickets = await _find_tickets(session, [message for _, message, _ in rows])
    messages, said = [], list[Said]()
    near: Counter[str] = Counter()
    for noted, message, customer_id in rows:
        theirs = names.get(customer_id, ())
        text = _one_line(make_impersonal(message.text, names=theirs, region=region))
        messages.append(
            Asked(
                message_id=message.id,
                text=text,
                at=message.at,
                why=noted.why,
                answered=noted.answered,
                ticket=tickets.get(message.id),
            )
        )
        if message.facts.get("intent") and message.facts.get("confidence", 0.0) >= LIKELY / 3:
            near[message.facts["intent"]] += 1
        is_looked_at = message.id in tickets and len(said) < ANSWERS
        if is_looked_at and (answer := await _find_answer(session, message)) is not None:
            message_id, answer_text, by = answer
            said.append(
                Said(
                    message_id=message_id,
                    question=text,
                    text=make_impersonal(answer_text.strip(), names=theirs, region=region),
                    by=by,
                    liked=None,
                    of_the_topic=False,
                )
            )
    return GapDetail(
        line=line,
        messages=messages,
        answers=choose_said(said, line.title, ()),
        near=near.most_common(NEAREST),
    )


async def _lines(
    session: AsyncSession, gaps: Sequence[Gap], *, now: datetime, zone: tzinfo, region: str
) -> list[GapLine]:
    ids = [gap.id for gap in gaps]
    total = select(GapMessage.gap_id, func.count()).where(GapMessage.gap_id.in_(ids))
    counts = {gap_id: count for gap_id, count in await session.execute(total.group_by(GapMessage.gap_id))}
    weeks: dict[UUID, list[int]] = {each: [0] * WEEKS for each in ids}
    moments = select(GapMessage.gap_id, GapMessage.at).where(
        GapMessage.gap_id.in_(ids), GapMessage.at >= now - timedelta(weeks=WEEKS)
    )
    for gap_id, at in await session.execute(moments):
        assert gap_id is not None
        weeks[gap_id][WEEKS - 1 - min(max((now - at).days, 0) // 7, WEEKS - 1)] += 1
    titles = await _read_titles(session, ids, region=region)
    names = await _read_names(session, gaps)
    today = now.astimezone(zone).date()
    return [
        GapLine(
            gap=gap,
            title=titles.get(gap.id, ""),
            count=counts.get(gap.id, 0),
            weeks=weeks[gap.id],
            assignee=names.get(gap.assignee_id) if gap.assignee_id else None,
            is_overdue=_is_overdue(gap, today),
        )
        for gap in gaps
    ]


def _is_overdue(gap: Gap, today: date) -> bool:
    return gap.state == GapState.OPEN and gap.due_on is not None and gap.due_on < today


async def _read_titles(session: AsyncSession, ids: Sequence[UUID], *, region: str) -> Mapping[UUID, str]:
    """Of each gap its most typical message, of the newest ones."""
    place = func.row_number().over(
        partition_by=GapMessage.gap_id, order_by=(GapMessage.at.desc(), GapMessage.message_id.desc())
    )
    newest = (
        select(GapMessage.gap_id, Message.text, Message.conversation_id, place.label("place"))
        .join(Message, Message.id == GapMessage.message_id)
        .where(GapMessage.gap_id.in_(ids), Message.text != "")
        .subquery()
    )
    query = (
        select(newest.c.gap_id, newest.c.text, Conversation.customer_id)
        .join(Conversation, Conversation.id == newest.c.conversation_id)
        .where(newest.c.place <= TITLED_BY)
        .order_by(newest.c.gap_id, newest.c.place)
    )
    texts: dict[UUID, list[tuple[str, UUID]]] = defaultdict(list)
    for gap_id, text, customer_id in await session.execute(query):
        texts[gap_id].append((text, customer_id))
    typical = {gap_id: said[most_typical([text for text, _ in said])] for gap_id, said in texts.items()}
    names = await read_all_names(session, {customer_id for _, customer_id in typical.values()})
    return {
        gap_id: _one_line(make_impersonal(text, names=names.get(customer_id, ()), region=region))
        for gap_id, (text, customer_id) in typical.items()
    }


async def _read_names(session: AsyncSession, gaps: Sequence[Gap]) -> Mapping[UUID, str]:
    ids = {gap.assignee_id for gap in gaps if gap.assignee_id}
    query = select(Agent.id, Agent.name).where(Agent.id.in_(ids))
    return {agent_id: name for agent_id, name in await session.execute(query)} if ids else {}


async def _find_tickets(
    session: AsyncSession, messages: Sequence[Message]
) -> Mapping[UUID, tuple[UUID, str]]:
    """The ticket that came of each message: the first of its conversation that was not over when it was written."""
    ids = {message.conversation_id for message in messages}
    query = select(
        Ticket.conversation_id, Ticket.id, Ticket.number, Ticket.opened_at, Ticket.resolved_at
    ).where(Ticket.conversation_id.in_(ids))
    by_conversation: dict[UUID, list[tuple[UUID, str, datetime, datetime | None]]] = defaultdict(list)
    for row in await session.execute(query.order_by(Ticket.opened_at)):
        by_conversation[row.conversation_id].append((row.id, row.number, row.opened_at, row.resolved_at))
    found = {}
    for message in messages:
        for ticket_id, number, opened_at, resolved_at in by_conversation[message.conversation_id]:
            is_over = resolved_at is not None and resolved_at < message.at
            if not is_over and opened_at - message.at < timedelta(days=1):
                found[message.id] = (ticket_id, number)
                break
    return found


async def _find_answer(session: AsyncSession, message: Message) -> tuple[UUID, str, str] | None:
    """What an agent answered to it, as it stands now, and who: of what was said soon after it the longest."""
    query = (
        select(Message)
        .where(
            Message.conversation_id == message.conversation_id,
            Message.seq > message.seq,
            Message.seq <= message.seq + ANSWERED_WITHIN,
            Message.author == Author.AGENT,
            Message.kind == Kind.TEXT,
            Message.text != "",
        )
        .order_by(func.length(Message.text).desc(), Message.seq)
        .limit(1)
    )
    answer = await session.scalar(query)
    amendment = await find_amendment(session, answer) if answer else None
    if answer is None or (amendment is not None and amendment.kind == Kind.WITHDRAWAL):
        return None
    return answer.id, (amendment or answer).text, answer.author_name or ""


def _one_line(text: str) -> str:
    return " ".join(text.split())


async def list_asked(
    session: AsyncSession, *, since: datetime, until: datetime, most: int, region: str
) -> Sequence[tuple[str, int]]:
    """Open gaps by how often they were asked from `since` until before `until`, and how often; no erased ones."""
    count = func.count().label("count")
    query = (
        select(GapMessage.gap_id, count)
        .join(Gap, Gap.id == GapMessage.gap_id)
        .where(Gap.state == GapState.OPEN, GapMessage.at >= since, GapMessage.at < until)
        .group_by(GapMessage.gap_id)
        .order_by(count.desc(), GapMessage.gap_id)
        .limit(most)
    )
    found = [(gap_id, number) for gap_id, number in await session.execute(query) if gap_id]
    titles = await _read_titles(session, [gap_id for gap_id, _ in found], region=region)
    return [(titles[gap_id], number) for gap_id, number in found if titles.get(gap_id)]
