"""Sharing: what customers send, and colleagues from the browser desk, is put into the thread: it is seen where one works."""

import asyncio
from collections.abc import Mapping
from uuid import UUID

from channels.base import OutgoingFile, PushChannel, TemporaryFailure, Undeliverable
from channels.slack.client import Slack
from channels.slack.files import upload_file
from core.database import Database
from core.errors import NotFound
from core.files import Files, file_id_of
from core.messages import Attachment
from handoff.views import find_message

MOST_BYTES = 20_000_000  # a larger one stays at its channel: the thread has a link to the browser desk
FETCH_SECONDS = 30


class Sharing:
    """Puts files into threads. `channels` fetch what customers send."""

    def __init__(self, slack: Slack, database: Database, channels: Mapping[str, PushChannel]) -> None:
        self._slack = slack
        self._database = database
        self._files = Files(database)
        self._channels = channels

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
