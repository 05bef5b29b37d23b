"""The shapes of the HTTP API: what is taken, what is given, and how mistakes are told."""

from typing import Any, Literal, TypeVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from channels.files import FileLinks, public_files
from core.amending import Standing
from core.conversations import Message
from core.errors import BadInput, ShouwenError
from core.messages import AMENDMENTS, MAX_TEXT

MAX_BODY = 1_000_000  # bytes
MAX_WAIT = 60.0  # seconds a long poll may last


class Unauthorised(ShouwenError):
    """No token, or a wrong one."""


class TooLarge(ShouwenError):
    """The body is larger than we take."""


class Strict(BaseModel):
    """Unknown fields are mistakes."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=False)


class CustomerIn(Strict):
    """Who writes: `id` is the app's own and stays the same for the same person."""

    id: str = Field(min_length=1, max_length=200)
    name: str | None = Field(default=None, max_length=200)
    language: str | None = Field(default=None, max_length=35, description="BCP 47, e.g. zh-CN or en")
    tier: str | None = Field(default=None, max_length=50)


class AttachmentIn(Strict):
    """A file that we can fetch by https."""

    url: str = Field(pattern=r"^https://\S+$", max_length=2_000)
    name: str = Field(default="", max_length=300)
    mime: str = Field(default="application/octet-stream", max_length=100)
    size: int | None = Field(default=None, ge=0)


class MessageIn(Strict):
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


class AttachmentOut(BaseModel):
    """A file or picture to show with the message."""

    url: str
    name: str
    mime: str
    size: int | None = Field(default=None, description="bytes, where known")


class MessageOut(BaseModel):
    """One entry of the conversation. With `kind` it changes an earlier one, which `amends` names."""

    id: UUID
    at: str
    author: Literal["customer", "bot", "agent", "system"]
    text: str
    name: str | None = None
    reply_to: UUID | None = None
    buttons: list[ButtonOut] | None = None
    attachments: list[AttachmentOut] | None = None
    kind: Literal["correction", "withdrawal"] | None = Field(
        default=None,
        description="correction: `text` takes the place of that one's; withdrawal: it is taken back",
    )
    amends: UUID | None = None


class ReadIn(Strict):
    """How far the customer has read."""

    message_id: UUID = Field(description="the last message that they have seen")


class ReadingIn(Strict):
    """Where to read on, and for how long to wait for something new."""

    after: UUID | None = Field(default=None, description="id of the last message you have")
    wait: float = Field(default=0.0, ge=0, le=MAX_WAIT, description="seconds to wait for the next message")


class MessagesOut(BaseModel):
    """Entries behind `after`, oldest first."""

    messages: list[MessageOut]


def to_json(message: Message, standing: Standing, links: FileLinks, *, base: str) -> dict[str, Any]:
    """A message as the API shows it, in the words that it has now; parts that are empty are left out.

    `base` is the address of our pages.
    """
    shown: dict[str, Any] = {
        "id": message.id,
        "at": message.at,
        "author": message.author,
        "text": standing.text,
    }
    if message.author_name:
        shown["name"] = message.author_name
    if message.kind in AMENDMENTS:
        shown |= {"kind": message.kind, "amends": message.reply_to}
    elif message.reply_to:
        shown["reply_to"] = message.reply_to
    if message.buttons:
        shown["buttons"] = message.buttons
    if files := public_files(standing.attachments, links, base=base):
        shown["attachments"] = [
            {"url": file.ref, "name": file.name, "mime": file.mime}
            | ({} if file.size is None else {"size": file.size})
            for file in files
        ]
    return shown


M = TypeVar("M", bound=BaseModel)


def parse_body(body: bytes, shape: type[M]) -> M:
    """What a request's body holds. Raises `BadInput`, which names the field."""
    try:
        return shape.model_validate_json(body)
    except ValidationError as error:
        raise _explain(error) from error


def parse_query(values: dict[str, str]) -> ReadingIn:
    """The query of a reading request. Raises `BadInput`."""
    try:
        return ReadingIn.model_validate(values)
    except ValidationError as error:
        raise _explain(error) from error


def parse_id(value: str, field: str) -> UUID:
    """An id out of a path. Raises `BadInput`."""
    try:
        return UUID(value)
    except ValueError as error:
        raise BadInput(field, "is not an id as this API gives them") from error


def query_parameters(model: type[BaseModel]) -> list[dict[str, Any]]:
    """A model's fields as OpenAPI's query parameters."""
    schema = model.model_json_schema()
    return [
        {"name": name, "in": "query", "required": name in schema.get("required", []), "schema": field}
        for name, field in schema["properties"].items()
    ]


def _explain(error: ValidationError) -> BadInput:
    first = error.errors(include_url=False)[0]
    field = ".".join(str(part) for part in first["loc"]) or "body"
    match first["type"]:
        case "json_invalid":
            return BadInput("body", f"is not valid JSON ({first['ctx']['error']})")
        case "extra_forbidden":
            return BadInput(field, "is not a known field; see /docs for those that are")
        case _:
            return BadInput(field, first["msg"][:1].lower() + first["msg"][1:])
