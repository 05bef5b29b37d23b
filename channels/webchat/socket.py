"""Web chat: a visitor's browser talks JSON over the WebSocket /webchat/socket.

The widget sends, one object a frame:

    hello    {visitor, language?, after?}  first. `visitor` is a secret of at least 128 bits that the browser
                                           keeps; `after` is the id of the last message that it has
    message  {id, text}                    `id` is a UUID made by the browser, the same when it sends again
    press    {id, action, label}           one of our buttons was pressed
    read     {message_id}                  the visitor has seen everything up to this message; not answered
    typing   {}                            the visitor is writing, to a person: told to who has the ticket, and
                                           kept nowhere. Good for 6 s, so say it every 3 s; not answered
    ping     {}                            answered with `pong`

The server sends:

    welcome  {conversation_id}             null until the first message is written
    ack      {id, message_id}              the message is stored durably and will be answered
    message  {id, at, author, name, text, buttons, attachments, reply_to, press?, kind?, amends?}
                                           the conversation's record from `after` on, each entry once and in
                                           order; author: customer, bot, agent, system. Attachments are
                                           {url, name, mime, size}; a url without a scheme is seen from the
                                           root of our pages, and ends after 30 days. The customer's own
                                           messages come back too, under the `message_id` of their `ack`; with
                                           the action of the button that was pressed, if it was one.
                                           With `kind` correction or withdrawal it is none to show: the message
                                           `amends` has another text now, or is taken back
    typing   {name}                        an agent is writing to the visitor; good for 6 s, or until a message
                                           of theirs
    pong     {}
    error    {code, message, id?}          what is wrong and how to mend it; `id` when it is about a message.
                                           Not stored, send it again later: unavailable, slow_down.
                                           Never usable: bad_json, bad_frame, unknown_type, too_large,
                                           bad_visitor, hello_first, hello_again, hello_late, empty_text,
                                           text_too_long, origin

A message that got no `ack` is sent again after the next `welcome`: its id makes sure that it counts once. The
visitor's secret stands in no URL and no log; what is stored of it is its SHA-256.
"""

import asyncio
import contextlib
from collections.abc import Collection
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import orjson
import structlog
from fastapi import APIRouter, WebSocket, WebSocketDisconnect

from channels.files import FileLinks, public_files
from channels.webchat.assets import add_script
from channels.webchat.frames import BadFrame, Frame, Hello, Ping, Read, Said, Typing, read_frame
from channels.webchat.pace import Pace
from core.amending import Standing, as_it_stands
from core.conversations import Message, find_conversation_id
from core.database import Database
from core.feed import Feed
from core.inbox import Inbox
from core.messages import AMENDMENTS, Address, InboundMessage, Kind, Sender
from core.read_marks import ReadMarks
from core.tasks import end_tasks
from core.typing_signs import Side, TypingSign, TypingSigns

log = structlog.get_logger(__name__)

NAME = "webchat"
HELLO_SECONDS = 15.0  # until the first frame must have said who is there
FOLLOW_SECONDS = 60.0  # one wait for news
FRAMES_PER_SECOND = 10.0  # of one socket, in the long run …
FRAMES_AT_ONCE = 40  # … and in a burst

POLICY_VIOLATION = 1008
TRY_AGAIN_LATER = 1013


def routes(
    *,
    database: Database,
    inbox: Inbox,
    feed: Feed,
    links: FileLinks,
    read_marks: ReadMarks,
    signs: TypingSigns,
    allowed_origins: Collection[str] = (),
) -> APIRouter:
    """The socket and the widget's script.

    `allowed_origins` are pages on other hosts that may hold the widget, such as https://shop.example; pages
    of the host that serves the socket always may.
    """
    allowed = frozenset(origin.rstrip("/").lower() for origin in allowed_origins)
    router = APIRouter()

    @router.websocket("/webchat/socket")
    async def webchat_socket(websocket: WebSocket) -> None:
        await websocket.accept()
        origin = websocket.headers.get("origin")
        visit = _Visit(websocket, database, inbox, feed, links, read_marks, signs)
        if origin is None or origin.lower() in allowed or _is_own(origin, websocket):
            await visit.run()
        else:
            await visit.refuse(origin)

    add_script(router)
    return router


def _is_own(origin: str, websocket: WebSocket) -> bool:
    return urlsplit(origin).netloc.lower() == websocket.headers.get("host", "").lower()


class _Visit:
    """One socket, from hello to its end."""

    def __init__(
        self,
        websocket: WebSocket,
        database: Database,
        inbox: Inbox,
        feed: Feed,
        links: FileLinks,
        read_marks: ReadMarks,
        signs: TypingSigns,
    ) -> None:
        self._links = links
        self._websocket = websocket
        self._database = database
        self._inbox = inbox
        self._feed = feed
        self._read_marks = read_marks
        self._signs = signs
        self._pace = Pace(per_second=FRAMES_PER_SECOND, at_once=FRAMES_AT_ONCE)
        self._hello: Hello | None = None
        self._followers: list[asyncio.Task[None]] = []
        self._followed: UUID | None = None  # the conversation

    async def run(self) -> None:
        """Serve the socket until the browser leaves."""
        try:
            async with asyncio.timeout(HELLO_SECONDS) as deadline:
                while True:
                    await self._take(await self._receive())
                    if self._hello is not None:
                        deadline.reschedule(None)
        except TimeoutError:
            await self._end(BadFrame("hello_late", "send hello first, and at once"), POLICY_VIOLATION)
        except WebSocketDisconnect:
            pass
        finally:
            await end_tasks(*self._followers)

    async def refuse(self, origin: str) -> None:
        """Tell a page that may not hold the widget how its owner can mend it."""
        log.warning("webchat.origin_refused", origin=origin, mend="add it to web.allowed_origins")
        mend = f"pages of {origin} may not use this chat; its operator can add it to web.allowed_origins"
        await self._end(BadFrame("origin", mend), POLICY_VIOLATION)

    async def _receive(self) -> str | None:
        event = await self._websocket.receive()
        if event["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(event.get("code", 1000))
        text: str | None = event.get("text")
        return text

    async def _take(self, raw: str | None) -> None:
        try:
            in_time = self._pace.allows()
            frame = read_frame(raw)
            if not in_time:
                key = str(frame.id) if isinstance(frame, Said) else None
                raise BadFrame(
                    "slow_down", "too many frames at once; wait a second, then send this again", id=key
                )
            await self._carry_out(frame)
        except BadFrame as error:
            await self._send_error(error)

    async def _carry_out(self, frame: Frame) -> None:
        match frame:
            case Ping():
                await self._send({"type": "pong"})
            case Read():
                await self._note_read(frame)
            case Typing():
                if self._followed is not None:
                    self._signs.give(Side.CUSTOMER, TypingSign(conversation_id=self._followed))
            case Hello() if self._hello is not None:
                raise BadFrame("hello_again", "hello was said already; a socket has one visitor")
            case Hello():
                await self._greet(frame)
            case Said() if self._hello is None:
                raise BadFrame("hello_first", "send hello before anything else", id=str(frame.id))
            case Said():
                await self._record(frame, self._hello)

    async def _greet(self, hello: Hello) -> None:
        after = hello.after
        try:
            async with self._database.read() as session:
                conversation_id = await find_conversation_id(session, _address(hello))
            # A browser may remember a message that is gone (another database): then it reads from the start.
            if conversation_id and after and not await self._feed.has(conversation_id, after):
                after = None
        except Exception as error:
            log.exception("webchat.hello_failed", error=type(error).__name__)
            await self._end(BadFrame("unavailable", "please connect again in a moment"), TRY_AGAIN_LATER)
            raise WebSocketDisconnect(TRY_AGAIN_LATER) from error
        self._hello = hello
        welcome = None if conversation_id is None else str(conversation_id)
        await self._send({"type": "welcome", "conversation_id": welcome})
        if conversation_id is not None:
            self._follow(conversation_id, after)

    async def _record(self, said: Said, hello: Hello) -> None:
        message = InboundMessage(
            address=_address(hello),
            external_id=f"{hello.visitor}:{said.id}",
            sender=Sender(external_id=hello.visitor, language=hello.language),
            kind=Kind.TEXT if said.action is None else Kind.PRESS,
            text=said.text,
            press=said.action,
        )
        try:
            receipt = await self._inbox.record(message)
        except Exception as error:
            # Whatever it was, nothing is stored; the browser still has the message and sends it again.
            log.warning("webchat.record_failed", error=type(error).__name__)
            raise BadFrame(
                "unavailable", "this is not stored yet; send it again in a moment", id=str(said.id)
            ) from error
        await self._send({"type": "ack", "id": str(said.id), "message_id": str(receipt.message_id)})
        if (
            self._followed != receipt.conversation_id
        ):  # the first message, or the first since they were erased
            await end_tasks(*self._followers)
            self._follow(receipt.conversation_id, None)

    async def _note_read(self, read: Read) -> None:
        """Who has not said hello, or has no conversation, has read nothing of ours."""
        if self._followed is None:
            return
        try:
            await self._read_marks.note(self._followed, read.message_id)
        except Exception as error:  # the next mark says all that this one would have
            log.warning("webchat.read_not_noted", error=type(error).__name__)

    def _follow(self, conversation_id: UUID, after: UUID | None) -> None:
        self._followed = conversation_id
        self._followers = [
            asyncio.create_task(self._send_record(conversation_id, after)),
            asyncio.create_task(self._send_typing(conversation_id)),
        ]

    async def _send_record(self, conversation_id: UUID, after: UUID | None) -> None:
        try:
            while True:
                messages = await self._feed.read(conversation_id, after, wait=FOLLOW_SECONDS)
                standing = as_it_stands(messages)
                for message in messages:
                    await self._send(_to_frame(message, standing[message.id], self._links))
                    after = message.id
        except WebSocketDisconnect:
            pass  # who receives sees it too, and ends the visit
        except Exception:
            log.exception("webchat.follow_failed", conversation=str(conversation_id))
            await self._close(TRY_AGAIN_LATER)

    async def _send_typing(self, conversation_id: UUID) -> None:
        with (
            contextlib.suppress(WebSocketDisconnect),
            self._signs.watch(Side.AGENT, [conversation_id]) as watch,
        ):
            while True:
                for sign in await watch.next(FOLLOW_SECONDS):
                    await self._send({"type": "typing", "name": sign.name})

    async def _send(self, frame: dict[str, Any]) -> None:
        try:
            await self._websocket.send_text(orjson.dumps(frame).decode())
        except RuntimeError as error:  # how Starlette says that the socket is closed
            raise WebSocketDisconnect(1006) from error

    async def _send_error(self, error: BadFrame) -> None:
        about = {} if error.id is None else {"id": error.id}
        await self._send({"type": "error", "code": error.code, "message": str(error), **about})

    async def _end(self, error: BadFrame, code: int) -> None:
        try:
            await self._send_error(error)
        except WebSocketDisconnect:
            return
        await self._close(code)

    async def _close(self, code: int) -> None:
        try:
            await self._websocket.close(code)
        except (RuntimeError, WebSocketDisconnect):
            log.debug("webchat.closed_already")


def _address(hello: Hello) -> Address:
    return Address(channel=NAME, chat=hello.visitor)


def _to_frame(message: Message, standing: Standing, links: FileLinks) -> dict[str, Any]:
    frame = {
        "type": "message",
        "id": str(message.id),
        "at": message.at.isoformat(),
        "author": message.author,
        "name": message.author_name,
        "text": standing.text,
        "buttons": message.buttons,
        "attachments": [
            {"url": file.ref, "name": file.name, "mime": file.mime, "size": file.size}
            for file in public_files(standing.attachments, links)
        ],
        "reply_to": None,
    }
    if message.kind == Kind.PRESS and (action := message.facts.get("press")):
        frame["press"] = action
    if message.kind in AMENDMENTS:
        return frame | {"kind": message.kind, "amends": str(message.reply_to)}
    return frame | {"reply_to": None if message.reply_to is None else str(message.reply_to)}
