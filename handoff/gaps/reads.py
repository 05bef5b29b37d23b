"""What pages show of gaps: how often each is asked, by weeks, what its messages say, and what agents answered to them.

All texts are made impersonal: they are read by people who have nothing to do with these customers.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Subquery, and_, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from core.amending import find_amendment
from core.conversations import Conversation, Message
from core.messages import AMENDMENTS, Author, Kind
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
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


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
    asked = _asked(now)
    query = (
        select(Gap, *asked.c)
        .outerjoin(asked, asked.c.gap_id == Gap.id)
        .where(*wanted)
        .order_by(
            *([Gap.ended_at.desc()] if view is View.DONE else []),
            func.coalesce(asked.c.recent, 0).desc(),
            Gap.last_at.desc(),
            Gap.id,
        )
        .offset((page - 1) * PAGE)
        .limit(PAGE)
    )
    rows = (await session.execute(query)).all()
    lines = await _lines(session, rows, now=now, zone=zone, region=region)
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
    asked = _asked(now, GapMessage.gap_id == gap.id)
    row = (
        await session.execute(
            select(Gap, *asked.c).outerjoin(asked, asked.c.gap_id == Gap.id).where(Gap.id == gap.id)
        )
    ).one()
    (line,) = await _lines(session, [row], now=now, zone=zone, region=region)
    query = (
        select(GapMessage, Message, Conversation.customer_id)
        .join(Message, Message.id == GapMessage.message_id)
        .join(Conversation, Conversation.id == Message.conversation_id)
        .where(GapMessage.gap_id == gap.id, Message.text != "")
        .order_by(GapMessage.at.desc(), GapMessage.message_id.desc())
        .limit(MESSAGES)
    )
    rows = sorted((await session.execute(query)).all(), key=lambda row: (row[1].at, row[1].id), reverse=True)
    names = await read_all_names(session, {customer_id for _, _, customer_id in rows})
    asked_of = [message for _, message, _ in rows]
    tickets = await _find_tickets(session, asked_of)
    looked_at = [message.id for message in asked_of if message.id in tickets]
    answers = await _find_answers(session, looked_at)
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
        if message.id in answers and len(said) < ANSWERS:
            message_id, answer_text, by = answers[message.id]
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


def _asked(now: datetime, *conditions: ColumnElement[bool]) -> Subquery:
    """Of each gap how often it was asked: ever, in these weeks, and in each of them, the oldest first."""
    bounds = [now - timedelta(weeks=WEEKS - place) for place in range(WEEKS)]

    def since(at: datetime) -> ColumnElement[int]:
        return func.count().filter(GapMessage.at > at)

    # Counted from each week on: what is in one is the difference to the next.
    sums = [since(bound).label(f"since_{place}") for place, bound in enumerate(bounds)]
    return (
        select(GapMessage.gap_id, func.count().label("ever"), since(bounds[0]).label("recent"), *sums)
        .where(GapMessage.gap_id.is_not(None), *conditions)
        .group_by(GapMessage.gap_id)
        .subquery()
    )


async def _lines(
    session: AsyncSession, rows: Sequence[Row[Any]], *, now: datetime, zone: tzinfo, region: str
) -> list[GapLine]:
    """Of gaps with what `_asked` tells of them."""
    gaps: list[Gap] = [row.Gap for row in rows]
    titles = await _read_titles(session, [gap.id for gap in gaps], region=region)
    names = await _read_names(session, gaps)
    today = now.astimezone(zone).date()
    return [
        GapLine(
            gap=gap,
            title=titles.get(gap.id, ""),
            count=row.ever or 0,
            weeks=_weeks([getattr(row, f"since_{place}") or 0 for place in range(WEEKS)]),
            assignee=names.get(gap.assignee_id) if gap.assignee_id else None,
            is_overdue=_is_overdue(gap, today),
        )
        for gap, row in zip(gaps, rows, strict=True)
    ]


def _weeks(since: Sequence[int]) -> list[int]:
    return [one - following for one, following in zip(since, [*since[1:], 0], strict=True)]


def _is_overdue(gap: Gap, today: date) -> bool:
    return gap.state == GapState.OPEN and gap.due_on is not None and gap.due_on < today


async def _read_titles(session: AsyncSession, ids: Sequence[UUID], *, region: str) -> Mapping[UUID, str]:
    """Of each gap its most typical message, of the newest ones."""
    # From the last of the newest ones on, which an index leads to: a gap may have thousands.
    each, said = aliased(GapMessage), aliased(Message)
    last = (
        select(each.at)
        .join(said, said.id == each.message_id)
        .where(each.gap_id == Gap.id, said.text != "")
        .order_by(each.at.desc())
        .limit(1)
        .offset(TITLED_BY - 1)
        .correlate(Gap)
        .scalar_subquery()
    )
    query = (
        select(GapMessage.gap_id, Message.text, Conversation.customer_id)
        .select_from(Gap)
        .join(GapMessage, and_(GapMessage.gap_id == Gap.id, GapMessage.at >= func.coalesce(last, LONG_AGO)))
        .join(Message, Message.id == GapMessage.message_id)
        .join(Conversation, Conversation.id == Message.conversation_id)
        .where(Gap.id.in_(ids), Message.text != "")
        .order_by(GapMessage.gap_id, GapMessage.at.desc(), GapMessage.message_id.desc())
    )
    texts: dict[UUID, list[tuple[str, UUID]]] = defaultdict(list)
    for gap_id, text, customer_id in await session.execute(query):
        assert gap_id is not None
        if len(texts[gap_id]) < TITLED_BY:
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


async def _find_answers(
    session: AsyncSession, message_ids: Collection[UUID]
) -> Mapping[UUID, tuple[UUID, str, str]]:
    """What an agent answered to each, as it stands now, and who: of what was said soon after it the longest."""
    question, answer = aliased(Message), aliased(Message)
    query = (
        select(question.id, answer)
        .join(
            answer,
            and_(
                answer.conversation_id == question.conversation_id,
                answer.seq.between(question.seq + 1, question.seq + ANSWERED_WITHIN),
            ),
        )
        .where(
            question.id.in_(message_ids),
            answer.author == Author.AGENT,
            answer.kind == Kind.TEXT,
            answer.text != "",
        )
        .order_by(question.id, func.length(answer.text).desc(), answer.seq)
    )
    longest: dict[UUID, Message] = {}
    for question_id, found in await session.execute(query):
        longest.setdefault(question_id, found)
    amended = select(Message.reply_to).where(
        Message.conversation_id.in_({each.conversation_id for each in longest.values()}),
        Message.reply_to.in_({each.id for each in longest.values()}),
        Message.kind.in_(AMENDMENTS),
    )
    changed = set(await session.scalars(amended)) if longest else set()
    answers = {}
    for question_id, found in longest.items():
        amendment = await find_amendment(session, found) if found.id in changed else None
        if amendment is None or amendment.kind != Kind.WITHDRAWAL:
            answers[question_id] = found.id, (amendment or found).text, found.author_name or ""
    return answers


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
