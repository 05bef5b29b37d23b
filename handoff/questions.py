"""Questions that the desk asks customers beside their conversation, and what a press of their buttons comes to.

A question stands in its conversation's state, so that its buttons can be typed too: `bot.dialogue` tells what was chosen,
`handoff.presses` who answers.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Self

from sqlalchemy.ext.asyncio import AsyncSession

from core.conversations import Conversation
from core.languages import ReplyLanguage
from core.messages import Button
from core.posting import Posting
from handoff.settings import DeskSettings

TYPED_SECONDS = 86_400.0  # so long a typed label counts as a press
AWAITS_SECONDS = 600.0  # so long the next text is what was asked for

_KEY = "question"  # in a conversation's state


@dataclass(frozen=True, kw_only=True)
class Question:
    """Buttons, and perhaps a text that is waited for."""

    at: float  # seconds since the epoch
    buttons: tuple[Button, ...] = ()
    awaits: str | None = None  # the action for which the next text counts
    is_last: bool = True  # nothing has been said since: numbers and other words mean its buttons

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        return cls(**{**value, "buttons": tuple(map(Button.from_json, value["buttons"]))})

    def to_json(self) -> dict[str, Any]:
        return {**vars(self), "buttons": [each.to_json() for each in self.buttons]}

    def is_fresh(self, at: float) -> bool:
        """Whether its buttons may still be typed."""
        return at - self.at <= TYPED_SECONDS

    def is_waiting(self, at: float) -> bool:
        """Whether the next text is what it asked for."""
        return self.awaits is not None and self.is_last and at - self.at <= AWAITS_SECONDS

    def followed(self) -> Self:
        """After something else was said."""
        return replace(self, is_last=False)


def put_question(conversation: Conversation, question: Question) -> None:
    """What was asked last. The caller holds the conversation's lock."""
    conversation.state = {**conversation.state, _KEY: question.to_json()}


def follow_question(conversation: Conversation) -> None:
    """Something else was said, so that a typed number does not mean the last question any more."""
    if asked := conversation.state.get(_KEY):
        put_question(conversation, Question.from_json(asked).followed())


@dataclass(frozen=True, kw_only=True)
class Pressed:
    """A button of the desk that a customer chose, or the text that a question waited for, in a locked conversation."""

    session: AsyncSession
    conversation: Conversation
    posting: Posting
    settings: DeskSettings
    now: datetime
    language: ReplyLanguage
    action: str
    text: str = ""
    typed: bool = False  # in the button's words
    is_complaint: bool = False  # the text is one, and is handed over as one: nothing is to be said here

    @property
    def parts(self) -> list[str]:
        """What stands between the colons of the action, behind its prefix."""
        return self.action.split(":")[1:]

    def ask(self, text: str, buttons: tuple[Button, ...], *, awaits: str | None = None) -> "Answered":
        """An answer that asks on."""
        asked = Question(at=self.now.timestamp(), buttons=buttons, awaits=awaits)
        return Answered(text=text, question=asked)


@dataclass(frozen=True, kw_only=True)
class Answered:
    """What is said to a press, and asked with it. No text: it was said already."""

    text: str = ""
    question: Question | None = None


# None where the action leads nowhere (any more), or belongs to somebody else.
Handler = Callable[[Pressed], Awaitable[Answered | None]]
