"""A case: one ticket, locked for one transaction with its conversation, so that whatever is done to it is done by one."""

import contextlib
from collections.abc import AsyncIterator, Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from core.clock import Clock, utc_now
from core.conversations import Conversation, Draft, Owner, lock_conversation
from core.database import UNAVAILABLE, Database
from core.errors import NotFound
from core.languages import ReplyLanguage
from core.messages import Author, Button, is_spoken
from core.posting import Posting
from core.wakeups import DESK, Wakeups
from handoff.life import EventKind
from handoff.questions import Pressed, Question, follow_question, put_question
from handoff.settings import DeskSettings, SettingsInForce
from handoff.tickets import Ticket, record

log = structlog.get_logger(__name__)


@dataclass(frozen=True, kw_only=True)
class Case:
    """A ticket and what it takes to work on it."""

    session: AsyncSession
    conversation: Conversation
    ticket: Ticket
    posting: Posting
    settings: DeskSettings
    now: datetime

    @property
    def language(self) -> ReplyLanguage:
        return "en" if self.ticket.language == "en" else "zh"

    @property
    def is_spoken(self) -> bool:
        """Whether nobody delivers to this customer: an agent calls, or they come."""
        return is_spoken(self.conversation.channel)

    async def record(self, kind: EventKind, *, agent_id: UUID | None = None, **data: Any) -> None:
        """Something happened: see `handoff.tickets.record`."""
        await record(
            self.session,
            self.ticket,
            kind,
            settings=self.settings,
            at=self.now,
            agent_id=agent_id,
            **data,
        )

    def tell(self, text: str, *, buttons: tuple[Button, ...] = ()) -> None:
        """A notice to the customer, where somebody delivers it. Its buttons may be typed too, by number or by label."""
        if self.is_spoken:
            return  # it would stand in the record, and nobody would have heard it
        draft = Draft(author=Author.SYSTEM, text=text, buttons=buttons, at=self.now)
        self.posting.add(self.conversation, [draft], now=self.now)
        if buttons:
            put_question(self.conversation, Question(at=self.now.timestamp(), buttons=buttons))
        else:
            follow_question(self.conversation)

    def give_to(self, owner: Owner) -> None:
        """Who answers the customer from now on; what the bot had queued is not sent any more."""
        self.conversation.owner = owner
        self.conversation.epoch += 1
        if owner is Owner.BOT:
            self.conversation.state = {}


def case_of(pressed: Pressed, ticket: Ticket) -> Case:
    """The case of a ticket of the conversation in which something was pressed; the caller holds its lock."""
    return Case(
        session=pressed.session,
        conversation=pressed.conversation,
        ticket=ticket,
        posting=pressed.posting,
        settings=pressed.settings,
        now=pressed.now,
    )


class Cases:
    """Opens cases. `pushed` names the channels that must be called to deliver."""

    def __init__(
        self,
        database: Database,
        wakeups: Wakeups,
        *,
        pushed: Collection[str],
        settings: SettingsInForce,
        clock: Clock = utc_now,
    ) -> None:
        self.database = database
        self.clock = clock
        self._settings = settings
        self._wakeups = wakeups
        self._pushed = pushed

    @property
    def settings(self) -> DeskSettings:
        """As they are by now."""
        return self._settings.now

    @settings.setter
    def settings(self, settings: SettingsInForce) -> None:
        self._settings = settings

    @contextlib.asynccontextmanager
    async def posting(self) -> AsyncIterator[tuple[AsyncSession, Posting]]:
        """A transaction that may say something; committed when the block ends, and told to who waits."""
        posting = Posting(self._pushed)
        async with self.database.write() as session:
            yield session, posting
            await posting.write(session)
        posting.announce(self._wakeups)
        self._wakeups.publish(DESK)

    @contextlib.asynccontextmanager
    async def open(self, ticket_id: UUID) -> AsyncIterator[Case]:
        """The ticket's case; committed when the block ends, and told to who waits. Raises `NotFound`."""
        async with self.posting() as (session, posting):
            conversation_id = await session.scalar(
                select(Ticket.conversation_id).where(Ticket.id == ticket_id)
            )
            if conversation_id is None:
                raise NotFound("ticket", ticket_id)
            conversation = await lock_conversation(session, conversation_id)
            ticket = await session.get_one(Ticket, ticket_id, populate_existing=True)
            yield Case(
                session=session,
                conversation=conversation,
                ticket=ticket,
                posting=posting,
                settings=self.settings,
                now=self.clock(),
            )


@contextlib.contextmanager
def apart(ticket_id: UUID) -> Iterator[None]:
    """One ticket that cannot be worked on must not stop the work on all others: its failure is logged, and goes no further.

    A database that is away is nobody's fault, and is raised.
    """
    try:
        yield
    except UNAVAILABLE:
        raise
    except Exception:
        log.exception("case.failed", ticket=str(ticket_id))
