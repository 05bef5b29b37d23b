"""Whose answer would flip: recent questions of real customers, and golden ones, with the draft instead of the live version."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from console.knowledge.listing import Term, term_of
from console.knowledge.minds import Mind, Minds, Verdict
from core.conversations import Message
from core.messages import Author, Kind
from nlu.knowledge.entries import Entry, KnowledgeBase
from nlu.knowledge.golden import GoldenQuestion

RECENT = 500  # messages
LONGEST = 300  # characters of a message that is looked at: what is longer is no single question


@dataclass(frozen=True, kw_only=True)
class Flip:
    """A question that would be answered otherwise; `times` it was asked lately."""

    text: str
    times: int
    before: Verdict
    after: Verdict


@dataclass(frozen=True, kw_only=True)
class Golden:
    """A golden question that is not taken as it must be, or was not before."""

    question: str
    expected: str | None
    before: Verdict | None
    after: Verdict

    @property
    def is_right(self) -> bool:
        """Whether the draft takes it as it must be."""
        return self.after.answered == self.expected


@dataclass(frozen=True, kw_only=True)
class Compared:
    """What the draft would change. `golden` are those that changed, or are wrong."""

    asked: int  # recent messages
    flips: Sequence[Flip]
    golden: Sequence[Golden]
    golden_total: int
    golden_wrong: int


async def read_recent(session: AsyncSession) -> Counter[str]:
    """What customers wrote last, and how often each."""
    query = (
        select(Message.text)
        .where(Message.author == Author.CUSTOMER, Message.kind == Kind.TEXT, Message.text != "")
        .order_by(Message.id.desc())
        .limit(RECENT)
    )
    texts = (" ".join(text.split()) for text in await session.scalars(query))
    return Counter(text for text in texts if 0 < len(text) <= LONGEST)


async def compare(
    minds: Minds,
    before: Mind | None,
    after: Mind,
    recent: Counter[str],
    golden: Sequence[GoldenQuestion],
    *,
    today: date,
) -> Compared:
    """Ask both. Where nothing is live there is nothing that could flip."""
    texts = list(recent)
    questions = [each.question for each in golden]
    new = await minds.judge(after, [*texts, *questions], valid(after.knowledge, today))
    old: Sequence[Verdict | None] = [None] * len(new)
    if before is not None:
        old = await minds.judge(before, [*texts, *questions], valid(before.knowledge, today))
    flips = [
        Flip(text=text, times=recent[text], before=was, after=will)
        for text, was, will in zip(texts, old, new, strict=False)
        if was is not None and was.answered != will.answered
    ]
    asked = [
        Golden(question=each.question, expected=each.entry, before=was, after=will)
        for each, was, will in zip(golden, old[len(texts) :], new[len(texts) :], strict=True)
    ]
    changed = [
        each
        for each in asked
        if not each.is_right or (each.before is not None and each.before.answered != each.after.answered)
    ]
    return Compared(
        asked=sum(recent.values()),
        flips=sorted(flips, key=lambda flip: -flip.times),
        golden=changed,
        golden_total=len(asked),
        golden_wrong=sum(not each.is_right for each in asked),
    )


def valid(knowledge: KnowledgeBase, today: date) -> Mapping[str, Entry]:
    """The entries that are answered today."""
    return {key: entry for key, entry in knowledge.entries.items() if term_of(entry, today) is Term.VALID}
