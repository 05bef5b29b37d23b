"""The HTTP API: any app of the shop's own can be a channel.

Errors are `{"error": {"code", "message", "field"?}}`; the message says how to mend it.
"""

from collections import OrderedDict
from typing import Any, TypeVar
from uuid import UUID

import orjson
from fastapi import APIRouter, Request, Response
from sqlalchemy import select

from channels.files import FileLinks
from channels.http_api.models import (
    MAX_BODY,
    Accepted,
    MessageIn,
    MessagesOut,
    ReadIn,
    ReadingIn,
    TooLarge,
    parse_body,
    parse_id,
    parse_query,
    query_parameters,
    to_json,
)
from channels.http_api.tokens import SECURITY_SCHEME, Tokens
from core.amending import as_it_stands
from core.conversations import Conversation
from core.database import Database
from core.errors import BadInput, NotFound
from core.feed import Feed
from core.inbox import Inbox
from core.languages import to_reply_language
from core.messages import Address, Attachment, InboundMessage, Kind, Sender
from core.read_marks import ReadMarks

NAME = "api"
PATH_ID = {
    "name": "conversation_id",
    "in": "path",
    "required": True,
    "schema": {"type": "string", "format": "uuid"},
}
REMEMBERED = 20_000  # conversations whose owner is known without a look-up

V = TypeVar("V")


def routes(
    *, database: Database, inbox: Inbox, feed: Feed, links: FileLinks, read_marks: ReadMarks
) -> APIRouter:
    """The routes under /api/v1."""
    return _Api(database, inbox, feed, links, read_marks).router()


class _Api:
    def __init__(
        self, database: Database, inbox: Inbox, feed: Feed, links: FileLinks, read_marks: ReadMarks
    ) -> None:
        self._links = links
        self._database = database
        self._inbox = inbox
        self._feed = feed
        self._read_marks = read_marks
        self._tokens = Tokens(database)
        self._owners: OrderedDict[UUID, str] = OrderedDict()  # conversation -> app
        self._accepted: OrderedDict[UUID, None] = OrderedDict()  # messages that exist for sure

    def router(self) -> APIRouter:
        """The routes. They take the bare request: FastAPI's own parsing would double what a message costs."""
        router = APIRouter(prefix="/api/v1", tags=["messages"])
        errors: dict[int | str, dict[str, Any]] = {
            401: {"description": "No valid token"},
            422: {"description": "Not usable as it is: `error.field` and `error.message` say why"},
        }
        secured: dict[str, Any] = {"security": [{SECURITY_SCHEME: []}]}

        @router.post(
            "/messages",
            status_code=202,
            response_model=Accepted,
            responses={**errors, 413: {"description": "Larger than a message may be"}},
            openapi_extra={
                **secured,
                "requestBody": {
                    "required": True,
                    "content": {"application/json": {"schema": MessageIn.model_json_schema()}},
                },
            },
        )
        async def post_message(request: Request) -> Response:
            """Store a customer's message durably; the answer is read from the conversation."""
            app = await self._tokens.check_app(request.headers.get("authorization"))
            return await self._post(parse_body(await read_body(request), MessageIn), app)

        @router.get(
            "/conversations/{conversation_id}/messages",
            response_model=MessagesOut,
            responses={**errors, 404: {"description": "No such conversation, or not this app's"}},
            openapi_extra={**secured, "parameters": [PATH_ID, *query_parameters(ReadingIn)]},
        )
        async def get_messages(request: Request) -> Response:
            """The conversation behind `after`; with `wait`, held open until there is something."""
            app = await self._tokens.check_app(request.headers.get("authorization"))
            conversation_id = parse_id(request.path_params["conversation_id"], "conversation_id")
            reading = parse_query(dict(request.query_params))
            base = self._links.base or str(request.base_url)  # the address by which the app has found us
            return await self._get(conversation_id, app, reading.after, reading.wait, base=base)

        @router.post(
            "/conversations/{conversation_id}/read",
            status_code=204,
            responses={**errors, 404: {"description": "No such conversation or message, or not this app's"}},
            openapi_extra={
                **secured,
                "parameters": [PATH_ID],
                "requestBody": {
                    "required": True,
                    "content": {"application/json": {"schema": ReadIn.model_json_schema()}},
                },
            },
        )
        async def post_read(request: Request) -> Response:
            """The customer has read everything up to a message: agents see that."""
            app = await self._tokens.check_app(request.headers.get("authorization"))
            conversation_id = parse_id(request.path_params["conversation_id"], "conversation_id")
            read = parse_body(await read_body(request), ReadIn)
            await self._check_place(conversation_id, app, read.message_id)
            await self._read_marks.note(conversation_id, read.message_id)
            return Response(status_code=204)

        return router

    async def _post(self, message: MessageIn, app: str) -> Response:
        if not message.text.strip() and not message.attachments and message.press is None:
            raise BadInput("text", "is empty; send text, attachments or press")
        customer = external_id(app, message.customer.id)
        kind = Kind.PRESS if message.press is not None else Kind.FILE if message.attachments else Kind.TEXT
        receipt = await self._inbox.record(
            InboundMessage(
                address=Address(channel=NAME, chat=customer),
                external_id=f"{app}:{message.id}",
                sender=Sender(
                    external_id=customer,
                    name=message.customer.name,
                    language=to_reply_language(message.customer.language),
                    tier=message.customer.tier,
                ),
                kind=kind,
                text=message.text,
                press=message.press,
                attachments=tuple(
                    Attachment(ref=a.url, name=a.name, mime=a.mime, size=a.size) for a in message.attachments
                ),
            )
        )
        _keep(self._owners, receipt.conversation_id, app)
        _keep(self._accepted, receipt.message_id, None)
        body = {"message_id": receipt.message_id, "conversation_id": receipt.conversation_id}
        return Response(orjson.dumps(body, default=str), status_code=202, media_type="application/json")

    async def _check_place(self, conversation_id: UUID, app: str, message_id: UUID | None) -> None:
        """Raises `NotFound` unless the conversation is the app's, and the message one of it."""
        owner = self._owners.get(conversation_id) or await self._find_owner(conversation_id)
        if owner != app:
            raise NotFound("conversation", conversation_id)
        if message_id is not None and message_id not in self._accepted:
            if not await self._feed.has(conversation_id, message_id):
                raise NotFound("message", message_id)
            _keep(self._accepted, message_id, None)

    async def _get(
        self, conversation_id: UUID, app: str, after: UUID | None, wait: float, *, base: str
    ) -> Response:
        await self._check_place(conversation_id, app, after)
        messages = await self._feed.read(conversation_id, after, wait=wait)
        for message in messages:
            _keep(self._accepted, message.id, None)
        standing = as_it_stands(messages)
        shown = [to_json(message, standing[message.id], self._links, base=base) for message in messages]
        body = {"messages": shown}
        return Response(orjson.dumps(body, default=str), media_type="application/json")

    async def _find_owner(self, conversation_id: UUID) -> str | None:
        query = select(Conversation.chat).where(
            Conversation.id == conversation_id, Conversation.channel == NAME
        )
        async with self._database.read() as session:
            chat = await session.scalar(query)
        if chat is None:
            return None
        owner = chat.split(":", 1)[0]
        _keep(self._owners, conversation_id, owner)
        return owner


def external_id(app: str, customer: str) -> str:
    """How this channel knows an app's customer."""
    return f"{app}:{customer}"


async def read_body(request: Request) -> bytes:
    """The body. Raises `TooLarge`."""
    chunks = bytearray()
    async for chunk in request.stream():
        chunks += chunk
        if len(chunks) > MAX_BODY:
            raise TooLarge(f"the body is larger than {MAX_BODY:,} bytes; send a shorter text")
    return bytes(chunks)


def _keep(cache: OrderedDict[UUID, V], key: UUID, value: V) -> None:
    cache[key] = value
    if len(cache) > REMEMBERED:
        cache.popitem(last=False)
