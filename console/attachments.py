"""Customers' files, fetched from their channel for an agent to download."""

from collections.abc import AsyncIterator, Mapping
from typing import Annotated
from urllib.parse import quote
from uuid import UUID

import structlog
from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import Response, StreamingResponse

from channels.base import ChannelError, OpenedAttachment, PushChannel
from console.desk_view import is_outside
from console.pages import texts_for
from console.sessions import Sessions
from core.database import Database
from core.messages import Attachment
from handoff.views import find_message

log = structlog.get_logger(__name__)


def routes(database: Database, sessions: Sessions, *, channels: Mapping[str, PushChannel]) -> APIRouter:
    """GET /console/attachments/{message_id}/{number}."""
    router = APIRouter(include_in_schema=False, dependencies=[Depends(sessions.agent)])

    async def open_file(request: Request, message_id: UUID, number: int) -> AsyncIterator[OpenedAttachment]:
        texts = texts_for(request)
        async with database.read() as session:
            found = await find_message(session, message_id)
        message, channel_name = found or (None, "")
        channel = channels.get(channel_name)
        if message is None or channel is None or not 0 <= number < len(message.attachments):
            raise HTTPException(404, texts("attachment_gone"))
        attachment = Attachment.from_json(message.attachments[number])
        if is_outside(attachment):
            raise HTTPException(404, texts("attachment_gone"))
        try:
            async with channel.open_attachment(attachment) as opened:
                yield opened
        except ChannelError as error:
            log.warning("attachment.failed", channel=channel_name, error=str(error))
            raise HTTPException(502, texts("attachment_failed", reason=error)) from error

    @router.get("/console/attachments/{message_id}/{number}")
    async def download(opened: Annotated[OpenedAttachment, Depends(open_file)]) -> Response:
        # Never shown in place: what a customer sends must not run on our origin.
        return StreamingResponse(
            opened.content,
            media_type="application/octet-stream",
            headers={
                "Content-Disposition": f"attachment; filename*=UTF-8''{quote(opened.name or 'file', safe='')}",
                "Content-Security-Policy": "default-src 'none'; sandbox",
                "X-Content-Type-Options": "nosniff",
                "Cache-Control": "no-store",
            },
        )

    return router
