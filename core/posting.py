"""Posting: put messages into conversations' records, and into the outbox where their channel must be called."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from core.changes import note_growth
from core.conversations import Conversation, Draft, number_messages, write_messages
from core.messages import Author
from core.outbox import enqueue_rows, outbox_row
from core.wakeups import CONVERSATION, OUTBOX, Wakeups


class Posting:
    """Collects what one transaction says in any number of locked conversations.

    `pushed` names the channels that must be called to deliver; the others' customers read the record.
    Call `write()` before the commit and `announce()` after it.
    """

    def __init__(self, pushed: Collection[str]) -> None:
        self._pushed = pushed
        self._messages: list[dict[str, Any]] = []
        self._outbox: list[dict[str, Any]] = []
        self._conversations: set[str] = set()
        self._channels: set[str] = set()

    def add(
        self, conversation: Conversation, drafts: Sequence[Draft], *, now: datetime, is_sent: bool = True
    ) -> None:
        """Append drafts to a locked conversation, fenced with its present epoch; without `is_sent` to the record only."""
        rows = number_messages(conversation, drafts)
        self._messages += rows
        self._conversations.add(str(conversation.id))
        if conversation.channel in self._pushed and is_sent:
            outgoing = [row for row in rows if row["author"] != Author.CUSTOMER]
            self._outbox += [outbox_row(conversation, row, due_at=now) for row in outgoing]
            if outgoing:
                self._channels.add(conversation.channel)

    async def write(self, session: AsyncSession) -> None:
        """Write what was added since the last time, in three statements."""
        messages, outbox = self._messages, self._outbox
        self._messages, self._outbox = [], []
        await write_messages(session, messages)
        await note_growth(session, sorted({row["conversation_id"] for row in messages}))
        await enqueue_rows(session, outbox)

    def announce(self, wakeups: Wakeups) -> None:
        """Wake who follows these conversations and who sends for their channels."""
        wakeups.publish(CONVERSATION, self._conversations)
        if self._channels:
            wakeups.publish(OUTBOX, self._channels)
