"""The desk's buttons: an action `PREFIX:argument` that a customer presses is handled here, before the dialogue.

Whoever owns the conversation. A button that is old, or pressed twice, explains itself.
"""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from core.conversations import Conversation
from core.posting import Posting
from handoff import proposals
from handoff.pressing import Handler, Press, Reply
from handoff.settings import DeskSettings

HANDLERS: Mapping[str, Handler] = {proposals.PREFIX: proposals.answer_pressed}


async def press(
    session: AsyncSession,
    conversation: Conversation,
    action: str,
    *,
    posting: Posting,
    settings: DeskSettings,
    now: datetime,
    in_words: bool = False,
) -> Reply | None:
    """Do what a button of the desk says; None if it is none of the desk's. The caller holds the conversation's lock."""
    prefix, _, argument = action.partition(":")
    handler = HANDLERS.get(prefix)
    if handler is None:
        return None
    return await handler(
        Press(
            session=session,
            conversation=conversation,
            posting=posting,
            settings=settings,
            now=now,
            argument=argument,
            in_words=in_words,
        )
    )


async def find_in_words(session: AsyncSession, conversation: Conversation, text: str) -> str | None:
    """The action of a button of the desk that waits to be pressed, when a text is exactly what it says."""
    return await proposals.find_in_words(session, conversation, text)
