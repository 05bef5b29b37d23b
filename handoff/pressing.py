"""A press on one of the desk's buttons, and what a feature makes of it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from core.conversations import Conversation
from core.languages import ReplyLanguage
from core.messages import Button
from core.posting import Posting
from handoff.cases import Case
from handoff.settings import DeskSettings
from handoff.tickets import Ticket


@dataclass(frozen=True, kw_only=True)
class Press:
    """What was pressed, in a locked conversation; `argument` is the action without its prefix."""

    session: AsyncSession
    conversation: Conversation
    posting: Posting
    settings: DeskSettings
    now: datetime
    argument: str
    in_words: bool = False  # typed what the button says

    @property
    def language(self) -> ReplyLanguage:
        return "en" if self.conversation.language == "en" else "zh"

    def case(self, ticket: Ticket) -> Case:
        """The case of one of the conversation's tickets."""
        return Case(
            session=self.session,
            conversation=self.conversation,
            ticket=ticket,
            posting=self.posting,
            settings=self.settings,
            now=self.now,
        )


@dataclass(frozen=True, kw_only=True)
class Reply:
    """What the customer is told."""

    text: str
    buttons: tuple[Button, ...] = ()


Handler = Callable[[Press], Awaitable[Reply]]
