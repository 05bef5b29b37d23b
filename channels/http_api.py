"""The HTTP API: any app of the shop's own can be a channel.

Errors are `{"error": {"code", "message", "field"?}}`; the message says how to mend it.
"""

import time
from collections import OrderedDict
from typing import Annotated, Any, Literal, TypeVar
from uuid import UUID

import orjson
from fastapi import APIRouter, Depends, Header, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from sqlalchemy import select

from core.conversations import Conversation, Message
from core.database import Database
from core.errors import BadInput, NotFound, ShouwenError
from core.feed import Feed
from core.inbox import Inbox
from core.languages import to_reply_language
from core.messages import MAX_TEXT, Address, Attachment, InboundMessage, Kind, Sender
from core.tokens import find_token_name

NAME = "api"
MAX_BODY = 1_000_000  # bytes
MAX_WAIT = 60.0  # seconds a long poll may last
TOKEN_SECONDS = 30.0  # how long a token found valid is not looked up again
REMEMBERED = 20_000  # conversations whose owner is known without a look-up


V = TypeVar("V")


class Unauthorised(ShouwenError):
    """No token, or a wrong one."""


class TooLarge(ShouwenError):
    """The body is larger than we take."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=False)


class CustomerIn(_Strict):
    """Who writes: `id` is the app's own and stays the same for the same person."""

    id: str = Field(min_length=1, max_length=200)
    name: str | None = Field(default=None, max_length=200)
    language: str | None = Field(default=None, max_length=35, description="BCP 47, e.g. zh-CN or en")
    tier: str | None = Field(default=None, max_length=50)


class AttachmentIn(_Strict):
    """A file that we can fetch by https."""

    url: str = Field(pattern=r"^https://\S+$", max_length=2_000)
    name: str = Field(default="", max_length=300)
    mime: str = Field(default="application/octet-stream", max_length=100)
    size: int | None = Field(default=None, ge=0)


class MessageIn(_Strict):
    """A customer's message. `id` is the app's own; sent again, it counts once."""

    id: str = Field(min_length=1, max_length=200)
    customer: CustomerIn
    text: str = Field(default="", max_length=MAX_TEXT)
    attachments: list[AttachmentIn] = Field(default_factory=list, max_length=20)
    press: str | None = Field(
        default=None, max_length=200, description="the action of a button that was pressed"
    )


class Accepted(BaseModel):
    """It is stored and will be answered."""

    message_id: UUID
    conversation_id: UUID


class ButtonOut(BaseModel):
    """Send `action` back as `press` when the customer chooses it."""

    action: str
    label: str


class MessageOut(BaseModel):
    """One entry of the conversation."""

    id: UUID
    at: str
    author: Literal["customer", "bot", "agent", "system"]
    text: str
    name: str | None = None
    reply_to: UUID | None = None
    buttons: list[ButtonOut] | None = None


class MessagesOut(BaseModel):
    """Entries behind `after`, oldest first."""

    messages: list[MessageOut]


def routes(*, database: Database, inbox: Inbox, feed: Feed) -> APIRouter:
    """The routes under /api/v1."""
    return _Api(database, inbox, feed).router()


class _Api:
    def __init__(self, database: Database, inbox: Inbox, feed: Feed) -> None:
        self._database = database
        self._inbox = inbox
        self._feed = feed
        self._tokens: dict[str, tuple[str, float]] = {}  # secret -> app, valid until
        self._owners: OrderedDict[UUID, str] = OrderedDict()  # conversation -> app
        self._accepted: OrderedDict[UUID, None] = OrderedDict()  # messages that exist for sure

    def router(self) -> APIRouter:
        router = APIRouter(prefix="/api/v1", tags=["messages"])
        errors: dict[int | str, dict[str, Any]] = {401: {"description": "No valid token"}}

        async def app_of(authorization: Annotated[str | None, Header()] = None) -> str:
            return await self._authorise(authorization)

        @router.post(
            "/messages",
            status_code=202,
            response_model=Accepted,
            responses={**errors, 413: {"description": "Too large"}, 422: {"description": "Not usable"}},
            openapi_extra={
                "requestBody": {
                    "required": True,
                    "content": {"application/json": {"schema": MessageIn.model_json_schema()}},
                }
            },
        )
        async def post_message(request: Request, app: Annotated[str, Depends(app_of)]) -> Response:
            """Store a customer's message durably; the answer is read from the conversation."""
            return await self._post(_parse(await _read_body(request)), app)

        @router.get(
            "/conversations/{conversation_id}/messages",
            response_model=MessagesOut,
            response_model_exclude_none=True,
            responses={**errors, 404: {"description": "No such conversation, or not this app's"}},
        )
        async def get_messages(
            conversation_id: UUID,
            app: Annotated[str, Depends(app_of)],
            after: Annotated[UUID | None, Query(description="id of the last message you have")] = None,
            wait: Annotated[float, Query(ge=0, le=MAX_WAIT, description="seconds to wait")] = 0.0,
        ) -> Response:
            """The conversation behind `after`; with `wait`, held open until there is something."""
            return await self._get(conversation_id, app, after, wait)

        return router

    async def _authorise(self, authorization: str | None) -> str:
        scheme, _, secret = (authorization or "").partition(" ")
        if scheme.lower() != "bearer" or not secret.strip():
            raise Unauthorised(
                "send the header 'Authorization: Bearer TOKEN'; make a token with: shouwen token add NAME"
            )
        secret = secret.strip()
        now = time.monotonic()
        app, until = self._tokens.get(secret, ("", 0.0))
        if until > now:
            return app
        async with self._database.read() as session:
            found = await find_token_name(session, secret)
        if found is None:
            raise Unauthorised("this token is not known; make one with: shouwen token add NAME")
        self._tokens[secret] = (found, now + TOKEN_SECONDS)
        return found

    async def _post(self, message: MessageIn, app: str) -> Response:
        if not message.text.strip() and not message.attachments and message.press is None:
            raise BadInput("text", "is empty; send text, attachments or press")
        customer = f"{app}:{message.customer.id}"
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

    async def _get(self, conversation_id: UUID, app: str, after: UUID | None, wait: float) -> Response:
        owner = self._owners.get(conversation_id) or await self._find_owner(conversation_id)
        if owner != app:
            raise NotFound("conversation", conversation_id)
        if after is not None and after not in self._accepted:
            if not await self._feed.has(conversation_id, after):
                raise NotFound("message", after)
            _keep(self._accepted, after, None)
        messages = await self._feed.read(conversation_id, after, wait=wait)
        for message in messages:
            _keep(self._accepted, message.id, None)
        body = {"messages": [to_json(message) for message in messages]}
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


def to_json(message: Message) -> dict[str, Any]:
    """A message as the API shows it; parts that are empty are left out."""
    shown: dict[str, Any] = {
        "id": message.id,
        "at": message.at,
        "author": message.author,
        "text": message.text,
    }
    if message.author_name:
        shown["name"] = message.author_name
    if message.reply_to:
        shown["reply_to"] = message.reply_to
    if message.buttons:
        shown["buttons"] = message.buttons
    return shown


async def _read_body(request: Request) -> bytes:
    chunks = bytearray()
    async for chunk in request.stream():
        chunks += chunk
        if len(chunks) > MAX_BODY:
            raise TooLarge(f"the body is larger than {MAX_BODY:,} bytes; send a shorter text")
    return bytes(chunks)


def _parse(body: bytes) -> MessageIn:
    try:
        return MessageIn.model_validate_json(body)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        field = ".".join(str(part) for part in first["loc"]) or "body"
        match first["type"]:
            case "json_invalid":
                raise BadInput("body", f"is not valid JSON ({first['ctx']['error']})") from error
            case "extra_forbidden":
                raise BadInput(field, "is not a known field; see /docs for those that are") from error
            case _:
                raise BadInput(field, first["msg"][:1].lower() + first["msg"][1:]) from error


def _keep(cache: OrderedDict[UUID, V], key: UUID, value: V) -> None:
    cache[key] = value
    if len(cache) > REMEMBERED:
        cache.popitem(last=False)
