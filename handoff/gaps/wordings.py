"""What of a gap goes into the knowledge base: how it is asked, and what an agent answered. Pure."""

from collections.abc import Collection
from uuid import UUID

from handoff.faq import MOST_ANSWER, MOST_QUESTION, clean
from handoff.gaps.reads import GapDetail
from nlu.knowledge.check import key_of

MOST = 20  # phrasings


def wordings_of(detail: GapDetail, chosen: Collection[UUID]) -> list[str]:
    """The texts of these messages, each kind of wording once, as an entry may have them."""
    found: dict[str, str] = {}
    for each in detail.messages:
        text = clean(each.text)
        if each.message_id in chosen and 0 < len(text) <= MOST_QUESTION:
            found.setdefault(key_of(text), text)
    return list(found.values())[:MOST]


def answer_of(detail: GapDetail, chosen: UUID | None) -> str:
    """The agent's answer that was chosen; nothing without one."""
    return next((clean(each.text)[:MOST_ANSWER] for each in detail.answers if each.message_id == chosen), "")
