"""The terminal as a channel: one customer, one line a message. Answers appear as they are recorded."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Callable, Mapping
from uuid import UUID

from channels.degrade import linked, numbered
from channels.files import FileLinks, public_files
from core.conversations import Message, find_conversation_id
from core.database import Database
from core.feed import Feed
from core.inbox import Inbox
from core.languages import ReplyLanguage
from core.messages import Address, Author, Button, InboundMessage, Kind, Sender
from core.tasks import end_tasks

NAME = "terminal"
WAIT = 60.0  # seconds of one look for answers

_AMENDED: Mapping[str, str] = {
    Kind.CORRECTION: "[↺] ",
    Kind.WITHDRAWAL: "[✕]",
}  # the terminal cannot change what it has shown

Show = Callable[[Message, str], None]  # a message, and its text with buttons as numbers


class Terminal:
    """A conversation with whoever sits at this machine. `user` keeps apart the people of one machine."""

    def __init__(
        self,
        database: Database,
        inbox: Inbox,
        feed: Feed,
        *,
        user: str,
        show: Show,
        links: FileLinks,
        language: ReplyLanguage | None = None,
    ) -> None:
        self._database = database
        self._inbox = inbox
        self._feed = feed
        self._address = Address(channel=NAME, chat=user)
        self._sender = Sender(external_id=user, name=user, language=language)
        self._show = show
        self._links = links
        self._handled: set[UUID] = set()
        self._progress = asyncio.Condition()

    async def run(self, lines: AsyncIterator[str]) -> None:
        """Send each line and show what comes back, until the lines end and the last one is handled."""
        after = await self._last_message()
        showing: asyncio.Task[None] | None = None
        last: UUID | None = None
        try:
            async for line in lines:
                if not line.strip():
                    continue
                receipt = await self._inbox.record(
                    InboundMessage(
                        address=self._address, external_id=str(uuid.uuid4()), sender=self._sender, text=line
                    )
                )
                last = receipt.message_id
                showing = showing or asyncio.create_task(self._follow(receipt.conversation_id, after))
            if last is not None:
                async with self._progress:
                    await self._progress.wait_for(lambda: last in self._handled)
        finally:
            if showing is not None:
                await end_tasks(showing)

    async def _last_message(self) -> UUID | None:
        """Where an earlier conversation of this user ended."""
        async with self._database.read() as session:
            conversation_id = await find_conversation_id(session, self._address)
        last = None
        while conversation_id and (page := await self._feed.read(conversation_id, last)):
            last = page[-1].id
        return last

    async def _follow(self, conversation_id: UUID, after: UUID | None) -> None:
        while True:
            messages = await self._feed.read(conversation_id, after, wait=WAIT)
            for message in messages:
                after = message.id
                if message.author != Author.CUSTOMER:
                    buttons = [Button.from_json(button) for button in message.buttons]
                    text = linked(
                        _AMENDED.get(message.kind, "") + message.text,
                        public_files(message.attachments, self._links, base=self._links.base),
                    )
                    self._show(message, numbered(text, buttons))
            async with self._progress:
                self._handled.update(m.id for m in messages if m.author == Author.CUSTOMER)
                self._progress.notify_all()
