"""What the Slack tests share: a workspace of the emulator, requests as Slack makes them, Slack's side of Socket Mode."""

import asyncio
import base64
import contextlib
import hashlib
import hmac
import json
import secrets
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, Self
from urllib.parse import parse_qs, urlencode

import httpx
from aiohttp import web
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from channels.slack.client import Pace

PATIENCE = 3.0  # seconds that Slack waits for an answer

Json = dict[str, Any]
Post = tuple[dict[str, str], bytes]  # headers and body of a request of Slack's


@dataclass(frozen=True, kw_only=True)
class Call:
    """A call that the app made. `status` is None while, or if, it is never answered."""

    method: str
    arguments: Json
    at: float  # seconds since the epoch
    status: int | None


class Workspace:
    """A workspace of Slack that no other test has, with the app in it. Users and channels go by their ids."""

    def __init__(self, http: httpx.AsyncClient, facts: Json) -> None:
        self.token: str = facts["token"]
        self.app_token: str = facts["app_token"]
        self.signing_secret: str = facts["signing_secret"]
        self.api_url: str = facts["api_url"]
        self.team_id: str = facts["team_id"]
        self.app_id: str = facts["app_id"]
        self.bot_id: str = facts["bot_id"]
        self.bot_user_id: str = facts["bot_user_id"]
        self.channels: dict[str, str] = facts["channels"]  # ids by name
        self.users: dict[str, str] = facts["users"]  # ids by name
        self._http = http
        self._user_tokens: dict[str, str] = facts["user_tokens"]

    @classmethod
    async def begin(cls, http: httpx.AsyncClient, **seed: Any) -> Self:
        """A new one; the emulator forgets the last. `seed` is as in tests/peers/slack.mjs."""
        return cls(http, await _steer(http, "reset", seed))

    async def deliver_events_to(self, url: str | None) -> None:
        """From now on events go there, signed."""
        await _steer(self._http, "events", {"url": url})

    async def connect_sockets_to(self, url: str) -> None:
        """What apps.connections.open answers with."""
        await _steer(self._http, "socket", {"url": url})

    async def fail(
        self,
        times: int,
        status: int | str = 429,
        *,
        method: str | None = None,
        channel: str | None = None,
        retry_after: int = 1,
        performed: bool = False,
    ) -> None:
        """The next calls go wrong: with a status of HTTP, "hang" for no answer ever, or an error of Slack's.

        With `performed` Slack does what was asked, and only the answer goes wrong.
        """
        failure = {"times": times, "status": status, "method": method, "channel": channel}
        await _steer(self._http, "fail", {**failure, "retry_after": retry_after, "performed": performed})

    async def calls(self, method: str | None = None) -> list[Call]:
        """What the app called so far; its answers to a response_url go as "response_url"."""
        found = [Call(**call) for call in await _steer(self._http, "calls", {})]
        return [call for call in found if method in (None, call.method)]

    async def ephemerals(self) -> list[Json]:
        """What only `user` sees: channel, user, ts, thread_ts, text, blocks."""
        return await self._read("ephemerals")

    async def views(self) -> list[Json]:
        """Modals and home tabs of each `user`, oldest first, with id, type, title, blocks, private_metadata and so on."""
        return await self._read("views")

    # What people do and see

    async def say(
        self,
        user: str,
        channel: str,
        text: str,
        thread_ts: str | None = None,
        files: Mapping[str, bytes] | None = None,
    ) -> str:
        """Write a message, or share files with it; its ts. `text` is as events have it: `&`, `<` and `>` escaped."""
        where = {"thread_ts": thread_ts} if thread_ts else {}
        if files:
            return await self._share(user, channel, text, files, where)
        element = {"type": "rich_text_section", "elements": [{"type": "text", "text": text}]}
        blocks = [{"type": "rich_text", "elements": [element]}]
        message = {"channel": channel, "text": text, "blocks": blocks, "client_msg_id": secrets.token_hex(16)}
        ts: str = (await self.act(user, "chat.postMessage", **message, **where))["ts"]
        return ts

    async def edit(self, user: str, channel: str, ts: str, text: str) -> None:
        await self.act(user, "chat.update", channel=channel, ts=ts, text=text)

    async def delete(self, user: str, channel: str, ts: str) -> None:
        """Only an admin (zhang) may delete what others wrote."""
        await self.act(user, "chat.delete", channel=channel, ts=ts)

    async def react(self, user: str, channel: str, ts: str, name: str) -> None:
        await self.act(user, "reactions.add", channel=channel, timestamp=ts, name=name)

    async def open_direct(self, user: str) -> str:
        """The direct message of a user and the app; its id."""
        opened = await self.act(user, "conversations.open", users=self.bot_user_id)
        channel: str = opened["channel"]["id"]
        return channel

    async def replies(self, channel: str, ts: str, *, reader: str | None = None) -> list[Json]:
        """A thread, its parent first, as `reader` sees it."""
        return await self._messages("conversations.replies", reader, channel=channel, ts=ts)

    async def history(self, channel: str, *, reader: str | None = None) -> list[Json]:
        """What stands in the channel itself, oldest first, as `reader` sees it."""
        return (await self._messages("conversations.history", reader, channel=channel))[::-1]

    async def reactions(self, channel: str, ts: str) -> dict[str, list[str]]:
        """Who reacted, by emoji."""
        answer = await self.act(self.users["zhang"], "reactions.get", channel=channel, timestamp=ts)
        return {each["name"]: each["users"] for each in answer["message"]["reactions"]}

    async def act(self, user: str, method: str, **arguments: Any) -> Json:
        """Call the Web API as a user; such calls do not fail on demand, and `calls` does not count them."""
        headers = {"Authorization": f"Bearer {self._user_tokens[user]}"}
        response = await self._http.post(f"{self.api_url}{method}", json=arguments, headers=headers)
        answer: Json = response.json()
        assert answer["ok"], f"{method}: {answer}"
        return answer

    # What Slack sends, to be posted to wherever the app listens

    def signed(self, body: bytes) -> dict[str, str]:
        """The headers that vouch for a body: https://docs.slack.dev/authentication/verifying-requests-from-slack"""
        timestamp = str(int(time.time()))
        signature = hmac.new(
            self.signing_secret.encode(), b"v0:%b:%b" % (timestamp.encode(), body), hashlib.sha256
        )
        return {
            "x-slack-request-timestamp": timestamp,
            "x-slack-signature": f"v0={signature.hexdigest()}",
        }

    def event(self, payload: Json, event_id: str | None = None) -> Post:
        """An event of the Events API in its envelope: https://docs.slack.dev/apis/events-api"""
        bot = {"enterprise_id": None, "team_id": self.team_id, "user_id": self.bot_user_id, "is_bot": True}
        envelope = {
            "token": "deprecated",
            "team_id": self.team_id,
            "api_app_id": self.app_id,
            "event": {"event_ts": _now(), **payload},
            "type": "event_callback",
            "event_id": event_id or f"Ev{secrets.token_hex(5).upper()}",
            "event_time": int(time.time()),
            "authorizations": [{**bot, "is_enterprise_install": False}],
            "is_ext_shared_channel": False,
        }
        return self._post("application/json", json.dumps(envelope))

    async def press(
        self,
        user: str,
        channel: str,
        message_ts: str,
        action_id: str,
        value: str | None = None,
        block_id: str | None = None,
    ) -> Post:
        """A button or a choice in a message, also in an ephemeral one. `value` is the button's own unless given.

        https://docs.slack.dev/reference/interaction-payloads/block_actions-payload
        """
        whispers = [each for each in await self.ephemerals() if each["ts"] == message_ts]
        found = whispers or await self.replies(channel, message_ts, reader=user)
        message = next(each for each in found if each["ts"] == message_ts)
        thread = {"thread_ts": message["thread_ts"]} if message.get("thread_ts") else {}
        container = {"type": "message", "message_ts": message_ts, "channel_id": channel, **thread}
        return await self._interaction(
            "block_actions",
            user,
            container={**container, "is_ephemeral": bool(whispers)},
            channel={"id": channel, "name": _name(self.channels, channel)},
            **({} if whispers else {"message": message}),
            state={"values": {}},
            response_url=self._response_url(user, channel, message_ts),
            actions=[_action(message["blocks"], action_id, value, block_id)],
        )

    async def press_in_view(
        self,
        user: str,
        view: str | Json,
        action_id: str,
        value: str | None = None,
        block_id: str | None = None,
    ) -> Post:
        """A button or a choice in a modal or on the home tab."""
        shown = _shown(await self._view(view))
        return await self._interaction(
            "block_actions",
            user,
            container={"type": "view", "view_id": shown["id"]},
            view=shown,
            actions=[_action(shown["blocks"], action_id, value, block_id)],
        )

    async def submit(
        self, user: str, view: str | Json, values: Mapping[str, Any], private_metadata: str | None = None
    ) -> Post:
        """A modal, filled in. `values` are by block id: a text, a date, seconds, an option's value, or the state as Slack has it.

        https://docs.slack.dev/reference/interaction-payloads/view-interactions-payload
        """
        shown = _shown(await self._view(view))
        if private_metadata is not None:
            shown["private_metadata"] = private_metadata
        asked = [block for block in shown["blocks"] if block["type"] == "input"]
        unknown = values.keys() - {block["block_id"] for block in asked}
        assert not unknown, f"the form does not ask for {unknown}"
        state = {
            block["block_id"]: {
                block["element"]["action_id"]: _filled(block["element"], values.get(block["block_id"]))
            }
            for block in asked
        }
        shown["state"] = {"values": state}
        return await self._interaction("view_submission", user, view=shown, response_urls=[])

    async def command(self, user: str, text: str, channel: str) -> Post:
        """A slash command, `text` with its name: https://docs.slack.dev/interactivity/implementing-slash-commands"""
        name, _, rest = text.partition(" ")
        form = {
            "token": "deprecated",
            "team_id": self.team_id,
            "team_domain": "emulate",
            "channel_id": channel,
            "channel_name": _name(self.channels, channel),
            "user_id": user,
            "user_name": _name(self.users, user),
            "command": name,
            "text": rest,
            "api_app_id": self.app_id,
            "is_enterprise_install": "false",
            "response_url": self._response_url(user, channel),
            "trigger_id": await self._trigger(user),
        }
        return self._post("application/x-www-form-urlencoded", urlencode(form))

    async def shortcut(
        self, user: str, callback_id: str, channel: str | None = None, message_ts: str | None = None
    ) -> Post:
        """A global shortcut; with a message, one of its menu.

        https://docs.slack.dev/reference/interaction-payloads/shortcuts-interaction-payload
        """
        if channel is None or message_ts is None:
            return await self._interaction("shortcut", user, callback_id=callback_id, action_ts=_now())
        found = await self.replies(channel, message_ts)
        return await self._interaction(
            "message_action",
            user,
            callback_id=callback_id,
            action_ts=_now(),
            message_ts=message_ts,
            message=next(each for each in found if each["ts"] == message_ts),
            channel={"id": channel, "name": _name(self.channels, channel)},
            response_url=self._response_url(user, channel, message_ts),
        )

    async def _interaction(self, kind: str, user: str, **payload: Any) -> Post:
        name = _name(self.users, user)
        common = {
            "type": kind,
            "user": {"id": user, "username": name, "name": name, "team_id": self.team_id},
            "api_app_id": self.app_id,
            "token": "deprecated",
            "trigger_id": await self._trigger(user, payload.get("view") if kind == "block_actions" else None),
            "team": {"id": self.team_id, "domain": "emulate"},
            "enterprise": None,
            "is_enterprise_install": False,
        }
        form = urlencode({"payload": json.dumps({**common, **payload})})
        return self._post("application/x-www-form-urlencoded", form)

    def _post(self, content_type: str, text: str) -> Post:
        body = text.encode()
        return {"content-type": content_type, **self.signed(body)}, body

    async def _trigger(self, user: str, view: Json | None = None) -> str:
        # Not a method of Slack's: the emulator's own, for what it cannot press itself.
        where = {"view_id": view["id"]} if view else {}
        answer = await self.act(user, "views.generateTriggerId", user_id=user, **where)
        trigger: str = answer["trigger_id"]
        return trigger

    def _response_url(self, user: str, channel: str, message_ts: str | None = None) -> str:
        whose = json.dumps({"user": user, "channel": channel, "message_ts": message_ts})
        code = base64.urlsafe_b64encode(whose.encode()).decode()
        return f"{self.api_url.removesuffix('api/')}respond/{code}"

    async def _view(self, view: str | Json) -> Json:
        view_id = view if isinstance(view, str) else view["id"]
        return next(each for each in await self.views() if each["id"] == view_id)

    async def _share(
        self, user: str, channel: str, text: str, files: Mapping[str, bytes], where: Json
    ) -> str:
        ids = []
        for name, content in files.items():
            place = await self.act(user, "files.getUploadURLExternal", filename=name, length=len(content))
            (await self._http.post(place["upload_url"], content=content)).raise_for_status()
            ids.append({"id": place["file_id"], "title": name})
        complete = {"files": ids, "channel_id": channel, "initial_comment": text}
        answer = await self.act(user, "files.completeUploadExternal", **complete, **where)
        (shares,) = answer["files"][0]["shares"].values()  # in public channels, or in private ones
        ts: str = shares[channel][0]["ts"]
        return ts

    async def _messages(self, method: str, reader: str | None, **where: str) -> list[Json]:
        found = await self.act(reader or self.users["zhang"], method, limit=1000, **where)
        messages: list[Json] = found["messages"]
        return messages

    async def _read(self, what: str) -> list[Json]:
        found: list[Json] = await _steer(self._http, what, {})
        return found


class FakePace:
    """Time passes only where it is waited for."""

    def __init__(self) -> None:
        self.time = 1_000.0

    def pace(self) -> Pace:
        return Pace(now=lambda: self.time, sleep=self.sleep)

    async def sleep(self, seconds: float) -> None:
        self.time += max(seconds, 0)


class SocketServer:
    """Slack's side of Socket Mode: https://docs.slack.dev/apis/events-api/using-socket-mode

    While it runs, the workspace's events go over it. What is sent goes to the newest connection.
    """

    def __init__(self, workspace: Workspace) -> None:
        self.connections: list[ServerConnection] = []  # that are open
        self.sent: list[Json] = []
        self.acknowledged: list[Json] = []  # as they came: envelope_id and, if any, payload
        self._workspace = workspace
        self._waiting: dict[str, asyncio.Future[Any]] = {}
        self._changed = asyncio.Condition()

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[Self]:
        app = web.Application()
        app.router.add_post("/", self._take)
        runner = web.AppRunner(app)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        try:
            async with serve(self._serve, "127.0.0.1", 0) as server:
                host, port = next(iter(server.sockets)).getsockname()[:2]
                await self._workspace.connect_sockets_to(f"ws://{host}:{port}/link/?ticket=1")
                host, port = runner.addresses[0][:2]
                await self._workspace.deliver_events_to(f"http://{host}:{port}/")
                yield self
        finally:
            await self._workspace.deliver_events_to(None)
            await runner.cleanup()

    async def connected(self, count: int = 1) -> None:
        """Wait until so many connections are open."""
        async with asyncio.timeout(PATIENCE), self._changed:
            await self._changed.wait_for(lambda: len(self.connections) == count)

    async def send(self, post: Post) -> Any:
        """Send an event, an interaction or a command in an envelope; the payload it is acknowledged with.

        Raises `TimeoutError` when it is not acknowledged in time.
        """
        envelope = _envelope(post)
        self.sent.append(envelope)
        answer = self._waiting[envelope["envelope_id"]] = asyncio.get_running_loop().create_future()
        try:
            await self.connections[-1].send(json.dumps(envelope))
            return await asyncio.wait_for(answer, PATIENCE)
        finally:
            del self._waiting[envelope["envelope_id"]]

    async def disconnect(
        self, reason: Literal["warning", "refresh_requested", "link_disabled"] = "refresh_requested"
    ) -> None:
        """Announce on the newest connection that it ends; closing it is left to the app."""
        message = {"type": "disconnect", "reason": reason, "debug_info": {"host": "applink"}}
        await self.connections[-1].send(json.dumps(message))

    async def _serve(self, connection: ServerConnection) -> None:
        hello = {
            "type": "hello",
            "num_connections": len(self.connections) + 1,
            "connection_info": {"app_id": self._workspace.app_id},
            "debug_info": {"host": "applink", "approximate_connection_time": 18060},
        }
        await connection.send(json.dumps(hello))
        async with self._changed:
            self.connections.append(connection)
            self._changed.notify_all()
        try:
            with contextlib.suppress(ConnectionClosed):
                async for message in connection:
                    self._hear(json.loads(message))
        finally:
            async with self._changed:
                self.connections.remove(connection)
                self._changed.notify_all()

    def _hear(self, answer: Json) -> None:
        self.acknowledged.append(answer)
        waiting = self._waiting.get(answer["envelope_id"])
        if waiting and not waiting.done():
            waiting.set_result(answer.get("payload"))

    async def _take(self, request: web.Request) -> web.Response:
        """An event of the emulator's: it repeats what is not answered with 200."""
        headers = {name.lower(): value for name, value in request.headers.items()}
        try:
            await self.send((headers, await request.read()))
        except (TimeoutError, IndexError):  # not acknowledged, or nobody is connected
            return web.Response(status=503)
        return web.Response()


async def _steer(http: httpx.AsyncClient, what: str, values: Json) -> Any:
    response = await http.post(f"/control/{what}", json=values)
    assert response.is_success, response.text
    return response.json()


def _now() -> str:
    return f"{time.time():.6f}"


def _name(ids: Mapping[str, str], wanted: str) -> str:
    if wanted.startswith("D"):
        return "directmessage"
    return next(name for name, each in ids.items() if each == wanted)


def _shown(view: Json) -> Json:
    """As interactions carry it."""
    left_out = {"view_id", "user_id", "user", "created", "updated", "created_at", "updated_at"}
    return {key: value for key, value in view.items() if key not in left_out}


def _action(blocks: list[Json], action_id: str, value: str | None, block_id: str | None) -> Json:
    for block in blocks:
        for element in _elements(block):
            if element.get("action_id") == action_id and block_id in (None, block["block_id"]):
                about: Json = {"action_id": action_id, "block_id": block["block_id"], "action_ts": _now()}
                if element["type"] == "button":
                    about |= {key: element[key] for key in ("text", "value", "style") if key in element}
                    return {**about, "type": "button", **({} if value is None else {"value": value})}
                return {**about, **_filled(element, value)}
    raise AssertionError(f"there is no {action_id} to press")


def _elements(block: Json) -> Iterator[Json]:
    yield from block.get("elements", ())
    for key in ("accessory", "element"):
        if key in block:
            yield block[key]


def _filled(element: Json, value: Any) -> Json:
    """The state of an element with something in it."""
    kind = element["type"]
    if isinstance(value, dict):
        return {"type": kind, **value}
    if kind == "datepicker":
        return {"type": kind, "selected_date": element.get("initial_date") if value is None else value}
    if kind == "datetimepicker":
        return {
            "type": kind,
            "selected_date_time": element.get("initial_date_time") if value is None else value,
        }
    if "options" not in element and "option_groups" not in element:
        return {"type": kind, "value": element.get("initial_value") if value is None else value}
    if value is None:
        return {"type": kind, "selected_option": element.get("initial_option")}
    groups = element.get("option_groups") or [element]
    chosen = [option for group in groups for option in group["options"] if option["value"] == value]
    assert chosen, f"there is no {value!r} to choose"
    return {"type": kind, "selected_option": chosen[0]}


def _envelope(post: Post) -> Json:
    headers, body = post
    envelope = {"envelope_id": secrets.token_hex(16), "accepts_response_payload": False}
    if headers["content-type"].startswith("application/json"):
        repeats = int(headers.get("x-slack-retry-num", "0"))
        about = {"retry_attempt": repeats, "retry_reason": headers.get("x-slack-retry-reason", "")}
        return {**envelope, "type": "events_api", "payload": json.loads(body), **about}
    form = {key: value for key, (value,) in parse_qs(body.decode(), keep_blank_values=True).items()}
    if "payload" not in form:
        return {**envelope, "type": "slash_commands", "payload": form, "accepts_response_payload": True}
    payload = json.loads(form["payload"])
    accepts = payload["type"] == "view_submission"
    return {**envelope, "type": "interactive", "payload": payload, "accepts_response_payload": accepts}
