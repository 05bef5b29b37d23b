"""Files of a conversation for agents: customers' ones are fetched from their channel, agents' own we keep."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack
from typing import Annotated
from urllib.parse import quote
from uuid import UUID

import structlog
from fastapi import APIRouter, Depends, Request
from fastapi.responses import PlainTextResponse, Response, StreamingResponse

from channels.base import ChannelError, PushChannel
from channels.files import serve
from console.pages import texts_for
from console.sessions import Sessions
from core.database import Database
from core.errors import NotFound
from core.files import Files, file_id_of
from core.messages import Attachment
from handoff.views import find_message
from handoff.wording.stream import is_outside

log = structlog.get_logger(__name__)


def routes(database: Database, sessions: Sessions, *, channels: Mapping[str, PushChannel]) -> APIRouter:
    """GET /console/attachments/{message_id}/{number}."""
    router = APIRouter(include_in_schema=False, dependencies=[Depends(sessions.agent)])
    files = Files(database)

    @router.get("/console/attachments/{message_id}/{number}")
    async def download(
        request: Request,
        message_id: UUID,
        number: int,
        after_response: Annotated[AsyncExitStack, Depends(_closing)],
    ) -> Response:
        texts = texts_for(request)
        async with database.read() as session:
            message, channel_name = await find_message(session, message_id) or (None, "")
        gone = PlainTextResponse(texts("attachment_gone"), status_code=404)
        if message is None or not 0 <= number < len(message.attachments):
            return gone
        attachment = Attachment.from_json(message.attachments[number])
        if file_id := file_id_of(attachment):
            try:
                return serve(await files.get(file_id))
            except NotFound:  # erased or removed just now
                return gone
        channel = channels.get(channel_name)
        if channel is None or is_outside(attachment):
            return gone
        try:
            opened = await after_response.enter_async_context(channel.open_attachment(attachment))
        except ChannelError as error:
            log.warning("attachment.failed", channel=channel_name, error=str(error))
            return PlainTextResponse(texts("attachment_failed", reason=error), status_code=502)
        # Never shown in place: what a customer sends must not run on our origin.
        name = quote(opened.name or "file", safe="")
        return StreamingResponse(
            opened.content,
            media_type="application/octet-stream",
            headers={
                "Content-Disposition": f"attachment; filename*=UTF-8''{name}",
                "Content-Security-Policy": "default-src 'none'; sandbox",
                "X-Content-Type-Options": "nosniff",
                "Cache-Control": "no-store",
            },
        )

    return router


async def _closing() -> AsyncIterator[AsyncExitStack]:
    """What is entered here is left when the response has been sent, or the client has gone."""
    async with AsyncExitStack() as stack:
        yield stack
