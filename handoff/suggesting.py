"""Suggestions for a reply: what the knowledge base answers, what colleagues answered to the like, and canned replies."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from core.conversations import Conversation, Message
from core.customers import Customer
from core.errors import NotFound
from core.languages import ReplyLanguage
from core.masking import HOME_REGION
from core.messages import Author
from handoff.agents import Agent
from handoff.cases import Cases
from handoff.life import EventKind
from handoff.similar import ASKED, choose_said, find_said
from handoff.tickets import Ticket, TicketEvent
from handoff.topics import Near, near_of
from handoff.work import check_assignee
from nlu.knowledge.entries import KnowledgeBase, Progress, Wording
from nlu.knowledge.live import LiveKnowledge
from nlu.knowledge.variables import fill


@dataclass(frozen=True, kw_only=True)
class Suggestion:
    """A reply to choose. `key` finds it again; `title` says what it answers, in the reader's languages."""

    key: str
    title: Wording
    text: str
    by: str = ""  # the colleague who said it
    liked: bool = False  # by the customer who got it


@dataclass(frozen=True, kw_only=True)
class Suggestions:
    """All for one ticket, in its customer's language; of the first two kinds the best first."""

    answers: Sequence[Suggestion] = ()  # of the knowledge base
    colleagues: Sequence[Suggestion] = ()
    canned: Sequence[Suggestion] = ()

    def find(self, key: str) -> Suggestion | None:
        """The one with that key; None when it is gone."""
        every = (*self.answers, *self.colleagues, *self.canned)
        return next((each for each in every if each.key == key), None)


class Suggesting:
    """Finds suggestions. `shop` is the shop's name; telephone numbers without a country's code are read as `region`'s."""

    def __init__(
        self, cases: Cases, live: LiveKnowledge, *, shop: Wording, region: str = HOME_REGION
    ) -> None:
        self._cases = cases
        self._live = live
        self._shop = shop
        self._region = region

    async def suggest(self, ticket_id: UUID, agent: Agent) -> Suggestions:
        """What the agent may say next. Raises `NotFound`, and `NotAllowed` for all but the assignee."""
        settings = self._cases.settings
        async with self._cases.database.read() as session:
            ticket = await session.get(Ticket, ticket_id)
            if ticket is None:
                raise NotFound("ticket", ticket_id)
            check_assignee(ticket, agent)
            conversation = await session.get_one(Conversation, ticket.conversation_id)
            name = await session.scalar(select(Customer.name).where(Customer.id == ticket.customer_id))
            near = await _read_near(session, ticket)
            question = await _read_question(session, ticket)
            topics = [each.entry for each in near]
            said = await find_said(session, ticket, topics, region=self._region)
        knowledge = await self._live.find() or KnowledgeBase({})
        language: ReplyLanguage = "en" if ticket.language == "en" else "zh"
        today = self._cases.clock().astimezone(settings.calendar.zone).date()
        answers = answers_of(knowledge, near, language, conversation.channel, today=today)
        values = {
            "customer": name,
            "agent": agent.name,
            "number": ticket.number,
            "queue": settings.queue(ticket.queue).titles.get(language, ticket.queue),
            "shop": self._shop.get(language, ""),
        }
        return Suggestions(
            answers=answers,
            colleagues=[
                Suggestion(
                    key=f"said:{each.message_id}",
                    title={"zh": each.question, "en": each.question},
                    text=each.text,
                    by=each.by,
                    liked=bool(each.liked),
                )
                for each in choose_said(said, question, [each.text for each in answers])
            ],
            canned=canned_of(knowledge, ticket.queue, language, values),
        )


def answers_of(
    knowledge: KnowledgeBase, near: Sequence[Near], language: ReplyLanguage, channel: str, *, today: date
) -> list[Suggestion]:
    """What the knowledge base says on this channel, with the addresses of its files. Pure."""
    found: list[Suggestion] = []
    for each in near:
        entry = knowledge.entries.get(each.entry)
        if entry is None or not entry.is_valid(today) or isinstance(entry.action, Progress):
            continue
        files = [f"{file.name}: {file.url}" for file in entry.attachments]
        text = "\n".join([entry.answer(language, channel), *files])
        found.append(Suggestion(key=f"answer:{entry.id}", title=entry.title, text=text))
    return found


def canned_of(
    knowledge: KnowledgeBase, queue: str, language: ReplyLanguage, values: Mapping[str, str | None]
) -> list[Suggestion]:
    """The canned replies of a queue, filled in. Pure."""
    return [
        Suggestion(key=f"canned:{reply.id}", title=reply.title, text=fill(reply.text[language], values))
        for reply in knowledge.replies.values()
        if not reply.queues or queue in reply.queues
    ]


async def _read_near(session: AsyncSession, ticket: Ticket) -> Sequence[Near]:
    """What the customer's last message with a topic is near to."""
    kinds = (EventKind.CUSTOMER_WROTE, EventKind.OPENED)
    events = await session.scalars(
        select(TicketEvent.data)
        .where(TicketEvent.ticket_id == ticket.id, TicketEvent.kind.in_(kinds))
        .order_by(TicketEvent.position.desc())
    )
    return next((near for data in events if (near := near_of(data))), ())


async def _read_question(session: AsyncSession, ticket: Ticket) -> str:
    """What the customer wants, in the words of their last messages."""
    newest = (
        select(Message.text)
        .where(Message.conversation_id == ticket.conversation_id, Message.author == Author.CUSTOMER)
        .order_by(Message.seq.desc())
        .limit(ASKED)
    )
    return "\n".join(reversed(list(await session.scalars(newest))))
