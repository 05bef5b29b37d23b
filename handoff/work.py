"""What agents do with tickets: take, reply, note, wait, resolve. Each is one transaction, under the conversation's lock."""

import contextlib
from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from core.clock import Clock, utc_now
from core.conversations import Conversation, Draft, Owner, lock_conversation
from core.database import Database
from core.errors import BadInput, NotAllowed, NotFound, ShouwenError
from core.languages import ReplyLanguage
from core.messages import Author, storable
from core.posting import Posting
from core.wakeups import DESK, Wakeups
from handoff import notices
from handoff.agents import Agent
from handoff.guard import Guard, Level, Offence
from handoff.life import EventKind, TicketState
from handoff.tickets import Ticket, record

MAX_REPLY = 4_000  # characters; longer answers belong into a file
MAX_REASON = 500


class Held(ShouwenError):
    """The language guard holds a reply back; it is sent when the agent insists, where `needs_reason` with a reason."""

    def __init__(self, offences: Sequence[Offence]) -> None:
        told = "; ".join(f"{each.phrase!r}: {each.rule.why} Better: {each.rule.better}" for each in offences)
        super().__init__(f"not sent yet. {told}")
        self.offences = tuple(offences)
        self.needs_reason = any(each.rule.level is Level.BLOCK for each in offences)


@dataclass(frozen=True, kw_only=True)
class Insistence:
    """The agent has seen what the language guard says, and wants the reply to be sent as it is."""

    reason: str = ""


@dataclass
class _Case:
    session: AsyncSession
    conversation: Conversation
    ticket: Ticket
    posting: Posting

    @property
    def language(self) -> ReplyLanguage:
        return "en" if self.ticket.language == "en" else "zh"


class Work:
    """The acts of agents. `pushed` names the channels that must be called to deliver."""

    def __init__(
        self,
        database: Database,
        wakeups: Wakeups,
        *,
        pushed: Collection[str],
        guard: Guard,
        clock: Clock = utc_now,
    ) -> None:
        self._guard = guard
        self._database = database
        self._wakeups = wakeups
        self._pushed = pushed
        self._clock = clock

    async def take(self, ticket_id: UUID, agent: Agent) -> None:
        """Make the agent the assignee, and tell the customer. Raises `NotAllowed` when someone has it."""
        now = self._clock()
        async with self._case(ticket_id) as case:
            ticket = case.ticket
            if ticket.state == TicketState.RESOLVED:
                raise NotAllowed(f"ticket #{ticket.number} is resolved already")
            if ticket.assignee_id is not None:
                holder = await case.session.get_one(Agent, ticket.assignee_id)
                raise NotAllowed(f"{holder.name} has taken ticket #{ticket.number} already")
            await record(case.session, ticket, EventKind.TAKEN, at=now, agent_id=agent.id)
            ticket.assignee_id = agent.id
            ticket.taken_at = now
            case.conversation.owner = Owner.HUMAN
            case.conversation.epoch += 1
            notice = notices.taken(case.language, agent=agent.name)
            case.posting.add(case.conversation, [Draft(author=Author.SYSTEM, text=notice, at=now)], now=now)

    async def reply(
        self, ticket_id: UUID, agent: Agent, text: str, *, insists: Insistence | None = None
    ) -> UUID:
        """Say something to the customer; returns the message's id. Raises `NotAllowed`, `BadInput`, `Held`."""
        text = check_text(text)
        now = self._clock()
        async with self._case(ticket_id) as case:
            self._check_assignee(case.ticket, agent)
            overridden = self._listen(text, insists)
            draft = Draft(author=Author.AGENT, author_name=agent.name, text=text, at=now)
            case.posting.add(case.conversation, [draft], now=now)
            await record(
                case.session,
                case.ticket,
                EventKind.REPLIED,
                at=now,
                agent_id=agent.id,
                message_id=str(draft.id),
                **overridden,
            )
        return draft.id

    def _listen(self, text: str, insists: Insistence | None) -> dict[str, Any]:
        """What is recorded of a reply that is sent in spite of the language guard. Raises `Held`."""
        offences = self._guard.check(text)
        if not offences:
            return {}
        held = Held(offences)
        reason = storable(insists.reason).strip()[:MAX_REASON] if insists else ""
        if insists is None or (held.needs_reason and not reason):
            raise held
        found = [
            {"phrase": each.phrase, "family": each.rule.family, "level": each.rule.level} for each in offences
        ]
        return {"guard": found, "reason": reason}

    async def note(self, ticket_id: UUID, agent: Agent, text: str) -> None:
        """Add an internal note, which the customer never sees. Any agent may."""
        text = check_text(text)
        async with self._case(ticket_id) as case:
            await record(
                case.session, case.ticket, EventKind.NOTED, at=self._clock(), agent_id=agent.id, text=text
            )

    async def wait(self, ticket_id: UUID, agent: Agent) -> None:
        """It is the customer's turn: until they write, their time is not counted as ours. Raises `NotAllowed`."""
        async with self._case(ticket_id) as case:
            self._check_assignee(case.ticket, agent)
            if case.ticket.state != TicketState.WAITING:
                await record(case.session, case.ticket, EventKind.WAITS, at=self._clock(), agent_id=agent.id)

    async def resolve(self, ticket_id: UUID, agent: Agent) -> None:
        """End the work; the conversation is the bot's again. Raises `NotAllowed` for all but the assignee."""
        now = self._clock()
        async with self._case(ticket_id) as case:
            ticket = case.ticket
            self._check_assignee(ticket, agent)
            await record(case.session, ticket, EventKind.RESOLVED, at=now, agent_id=agent.id)
            ticket.resolved_at = now
            case.conversation.owner = Owner.BOT
            case.conversation.epoch += 1
            case.conversation.state = {}
            notice = notices.resolved(case.language, number=ticket.number, agent=agent.name)
            case.posting.add(case.conversation, [Draft(author=Author.SYSTEM, text=notice, at=now)], now=now)

    @contextlib.asynccontextmanager
    async def _case(self, ticket_id: UUID) -> AsyncIterator[_Case]:
        posting = Posting(self._pushed)
        async with self._database.write() as session:
            conversation_id = await session.scalar(
                select(Ticket.conversation_id).where(Ticket.id == ticket_id)
            )
            if conversation_id is None:
                raise NotFound("ticket", ticket_id)
            conversation = await lock_conversation(session, conversation_id)
            ticket = await session.get_one(Ticket, ticket_id, populate_existing=True)
            yield _Case(session, conversation, ticket, posting)
            await posting.write(session)
        posting.announce(self._wakeups)
        self._wakeups.publish(DESK)

    @staticmethod
    def _check_assignee(ticket: Ticket, agent: Agent) -> None:
        if ticket.state == TicketState.RESOLVED:
            raise NotAllowed(f"ticket #{ticket.number} is resolved; the bot answers this customer again")
        if ticket.assignee_id is None:
            raise NotAllowed(f"take ticket #{ticket.number} first")
        if ticket.assignee_id != agent.id:
            raise NotAllowed(f"ticket #{ticket.number} is a colleague's; leave a note instead")


def check_text(text: str) -> str:
    """The text without surrounding space. Raises `BadInput` when nothing is left or it is too long."""
    text = storable(text).strip()
    if not text:
        raise BadInput("text", "is empty; write something first")
    if len(text) > MAX_REPLY:
        raise BadInput("text", f"has {len(text):,} characters; send at most {MAX_REPLY:,} at a time")
    return text
