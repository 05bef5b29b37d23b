"""Sharing: what customers send, and colleagues from the browser desk, is put into the thread: it is seen where one works.

It may take long, and is apart from what the mirror says of tickets: nothing waits for a file.
"""

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import select

from channels.base import ChannelError, OutgoingFile, PushChannel, RetryLater, TemporaryFailure, Undeliverable
from channels.slack.client import Slack, SlackAway, SlackBusy, SlackRefusal
from channels.slack.files import upload_file
from core.backoff import Backoff
from core.clock import Clock
from core.database import UNAVAILABLE, Database
from core.errors import NotFound
from core.files import Files, file_id_of
from core.messages import Attachment
from handoff.desk.threads import SlackThread
from handoff.views import find_message

log = structlog.get_logger(__name__)

MOST_BYTES = 20_000_000  # a larger one stays at its channel: the thread has a link to the browser desk
FETCH_SECONDS = 30
RETRY = Backoff(first=1.0, longest=60.0)
TRIES = 3  # of a file that its channel does not give


class Sharing:
    """Puts files into threads. `channels` fetch what customers send. `step()` does it; one process at a time."""

    def __init__(
        self, slack: Slack, database: Database, channels: Mapping[str, PushChannel], *, clock: Clock
    ) -> None:
        self._slack = slack
        self._database = database
        self._files = Files(database)
        self._channels = channels
        self._clock = clock
        self._at_work: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)  # by channel

    async def step(self, channel: str) -> bool:
        """Put the file there that has waited longest; False when none is due.

        One that cannot be had stays a link to the browser desk.
        """
        async with self.resting(channel):
            async with self._database.read() as session:
                thread = await session.scalar(
                    select(SlackThread)
                    .where(SlackThread.channel == channel, SlackThread.share_at <= self._clock())
                    .order_by(SlackThread.share_at, SlackThread.ticket_id)
                    .limit(1)
                )
            if thread is None:
                return False
            if thread.uploads and thread.ts:
                await self._share_first(thread, thread.ts)
            else:  # the customer was erased, or somebody deleted the card, and it begins anew
                await self._update(thread, done=None, attempts=0, wait=timedelta())
            return True

    @contextlib.asynccontextmanager
    async def resting(self, channel: str) -> AsyncIterator[None]:
        """Meanwhile nothing is put into the channel's threads."""
        async with self._at_work[channel]:
            yield

    async def _share_first(self, thread: SlackThread, ts: str) -> None:
        done: list[Any] | None = thread.uploads[0]
        assert done is not None
        attempt, wait = thread.share_attempts + 1, timedelta()
        try:
            await self.share(UUID(done[0]), done[1], channel=thread.channel, thread=ts)
        except UNAVAILABLE:
            raise
        except (RetryLater, SlackBusy) as error:
            done, attempt, wait = None, thread.share_attempts, timedelta(seconds=error.seconds)
        except Exception as error:
            is_final = isinstance(error, ChannelError | SlackRefusal) and not isinstance(
                error, TemporaryFailure
            )
            if not is_final and (attempt < TRIES or isinstance(error, SlackAway)):
                done, wait = None, timedelta(seconds=RETRY.delay(attempt))
            log.warning(
                "slack.file_not_shared", ticket=str(thread.ticket_id), attempt=attempt, error=str(error)
            )
        await self._update(thread, done=done, attempts=0 if done else attempt, wait=wait)

    async def _update(
        self, thread: SlackThread, *, done: list[Any] | None, attempts: int, wait: timedelta
    ) -> None:
        """`done` waits no more."""
        key = (thread.ticket_id, thread.channel)
        async with self._database.write() as session:
            row = await session.get_one(SlackThread, key, with_for_update=True)
            row.uploads = [each for each in row.uploads if each != done]
            row.share_at = self._clock() + wait if row.uploads and row.ts else None
            row.share_attempts = attempts

    async def share(self, message_id: UUID, number: int, *, channel: str, thread: str) -> None:
        """The file of that number of a message. Raises `ChannelError`, and like `Slack.call`."""
        async with self._database.read() as session:
            message, source = await find_message(session, message_id) or (None, "")
        if message is None or number >= len(message.attachments):  # erased meanwhile
            return
        file = Attachment.from_json(message.attachments[number])
        try:
            async with asyncio.timeout(FETCH_SECONDS):
                content = await self._fetch(file, source)
        except TimeoutError as error:
            raise TemporaryFailure(f"not fetched within {FETCH_SECONDS} s") from error
        whole = OutgoingFile(ref=file.ref, name=file.name or "file", mime=file.mime, content=content)
        await upload_file(self._slack, whole, channel=channel, thread=thread)

    async def _fetch(self, file: Attachment, source: str) -> bytes:
        if file_id := file_id_of(file):
            try:
                return (await self._files.get(file_id)).content
            except NotFound as error:
                raise Undeliverable("it is not kept any more") from error
        if source not in self._channels:
            raise Undeliverable("nobody can fetch it from its channel here")
        content = bytearray()
        async with self._channels[source].open_attachment(file) as opened:
            async for chunk in opened.content:
                content += chunk
                if len(content) > MOST_BYTES:
                    raise Undeliverable(f"it has more than {MOST_BYTES // 1_000_000} MB")
        return bytes(content)
