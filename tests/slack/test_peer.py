"""The emulator of Slack, shimmed, behaves as Slack documents it; so do the requests that the tests make up."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest
from aiohttp import web
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_async_handlers import AsyncRateLimitErrorRetryHandler
from slack_sdk.signature import SignatureVerifier
from slack_sdk.web.async_client import AsyncWebClient

from tests.slack.sockets import SocketServer
from tests.slack.support import Post
from tests.slack.workspace import Workspace
from tests.telegram.support import eventually

BUTTON = {
    "type": "button",
    "action_id": "take",
    "text": {"type": "plain_text", "text": "Take"},
    "value": "T1",
}
ACTIONS = {"type": "actions", "elements": [BUTTON]}
FIELD = {
    "type": "input",
    "block_id": "reason",
    "label": {"type": "plain_text", "text": "Why?"},
    "element": {"type": "plain_text_input"},
}
MODAL = {"type": "modal", "title": {"type": "plain_text", "text": "Transfer"}, "blocks": [FIELD]}


@pytest.fixture
def slack(workspace: Workspace) -> AsyncWebClient:
    """The app's client."""
    return AsyncWebClient(workspace.token, base_url=workspace.api_url, timeout=1)


class Receiver:
    """Takes what Slack sends, and refuses the first `refusals` of it."""

    def __init__(self) -> None:
        self.refusals = 0
        self._received: asyncio.Queue[Post] = asyncio.Queue()

    async def next(self) -> Post:
        async with asyncio.timeout(5):
            return await self._received.get()

    async def next_event(self) -> dict[str, Any]:
        event: dict[str, Any] = json.loads((await self.next())[1])["event"]
        return event

    @property
    def is_idle(self) -> bool:
        return self._received.empty()

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[str]:
        app = web.Application()
        app.router.add_post("/", self._take)
        runner = web.AppRunner(app)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        host, port = runner.addresses[0][:2]
        try:
            yield f"http://{host}:{port}/"
        finally:
            await runner.cleanup()

    async def _take(self, request: web.Request) -> web.Response:
        headers = {name.lower(): value for name, value in request.headers.items()}
        self._received.put_nowait((headers, await request.read()))
        self.refusals -= 1
        return web.Response(status=500 if self.refusals >= 0 else 200)


@pytest.fixture
async def receiver(workspace: Workspace) -> AsyncIterator[Receiver]:
    """What the workspace's events go to."""
    receiver = Receiver()
    async with receiver.running() as url:
        await workspace.deliver_events_to(url)
        yield receiver


async def test_events_come_signed_in_their_envelope(workspace: Workspace, receiver: Receiver) -> None:
    lin, service = workspace.users["lin"], workspace.channels["service"]
    ts = await workspace.say(lin, service, "早")
    headers, body = await receiver.next()
    assert SignatureVerifier(workspace.signing_secret).is_valid_request(body, headers)
    assert not SignatureVerifier("another").is_valid_request(body, headers)
    envelope = json.loads(body)
    assert (envelope["type"], envelope["team_id"]) == ("event_callback", workspace.team_id)
    assert envelope["event_id"].startswith("Ev") and envelope["event_time"]
    assert envelope["authorizations"][0]["user_id"] == workspace.bot_user_id
    event = envelope["event"]
    assert (event["type"], event["text"], event["user"], event["channel"]) == ("message", "早", lin, service)
    assert (event["ts"], event["event_ts"], event["channel_type"]) == (ts, ts, "channel")


async def test_what_is_not_taken_comes_again_under_the_same_id(
    workspace: Workspace, receiver: Receiver
) -> None:
    receiver.refusals = 2
    await workspace.say(workspace.users["lin"], workspace.channels["service"], "早")
    tries = [await receiver.next() for _ in range(3)]
    assert [headers.get("x-slack-retry-num") for headers, _ in tries] == [None, "1", "2"]
    assert tries[1][0]["x-slack-retry-reason"] == "http_error"
    assert len({json.loads(body)["event_id"] for _, body in tries}) == 1


async def test_a_thread_has_its_replies(
    workspace: Workspace, receiver: Receiver, slack: AsyncWebClient
) -> None:
    service = workspace.channels["service"]
    card = await slack.chat_postMessage(channel=service, text="T1", blocks=[ACTIONS], unfurl_links=False)
    await workspace.say(workspace.users["wei"], service, "我来", thread_ts=card["ts"])
    posted, reply = await receiver.next_event(), await receiver.next_event()
    assert (posted["bot_id"], posted["app_id"]) == (workspace.bot_id, workspace.app_id)
    assert (reply["thread_ts"], reply["parent_user_id"]) == (card["ts"], workspace.bot_user_id)
    assert [each["text"] for each in await workspace.replies(service, card["ts"])] == ["T1", "我来"]
    assert [each["text"] for each in await workspace.history(service)] == ["T1"]
    assert (await workspace.history(service))[0]["thread_ts"] == card["ts"]
    later = await slack.conversations_replies(channel=service, ts=card["ts"], oldest=reply["ts"])
    assert [each["text"] for each in later["messages"]] == ["T1"]
    with pytest.raises(SlackApiError, match="thread_not_found"):
        await slack.conversations_replies(channel=service, ts="1.000000")


async def test_edits_and_deletions_are_events(workspace: Workspace, receiver: Receiver) -> None:
    lin, zhang, service = workspace.users["lin"], workspace.users["zhang"], workspace.channels["service"]
    parent = await workspace.say(lin, service, "早")
    reply = await workspace.say(lin, service, "在吗", thread_ts=parent)
    await workspace.edit(lin, service, reply, "在么")
    await workspace.delete(lin, service, reply)
    await workspace.say(lin, service, "好", thread_ts=parent)
    await workspace.delete(zhang, service, parent)
    _, _, changed, deleted, _, buried = [await receiver.next_event() for _ in range(6)]
    assert (changed["subtype"], changed["message"]["text"]) == ("message_changed", "在么")
    assert changed["previous_message"]["text"] == "在吗" and changed["message"]["edited"]["user"] == lin
    assert (deleted["subtype"], deleted["deleted_ts"]) == ("message_deleted", reply)
    assert deleted["previous_message"]["thread_ts"] == parent
    # A thread outlives its parent.
    assert (buried["subtype"], buried["message"]["subtype"]) == ("message_changed", "tombstone")
    assert [each["text"] for each in await workspace.replies(service, parent)] == [
        "This message was deleted.",
        "好",
    ]


async def test_only_what_the_app_may_see_and_do(
    workspace: Workspace, receiver: Receiver, slack: AsyncWebClient
) -> None:
    wei, general = workspace.users["wei"], workspace.channels["general"]
    await workspace.say(wei, general, "早")
    assert (await slack.conversations_info(channel=general))["channel"]["is_member"] is False
    with pytest.raises(SlackApiError, match="not_in_channel"):
        await slack.chat_postMessage(channel=general, text="早")
    await slack.conversations_join(channel=general)
    await slack.chat_postMessage(channel=general, text="早")
    assert [(await receiver.next_event())["type"] for _ in range(2)] == ["member_joined_channel", "message"]
    assert receiver.is_idle
    with pytest.raises(SlackApiError, match="missing_scope"):
        await slack.users_profile_get(user=wei)
    with pytest.raises(SlackApiError, match="unknown_method"):
        await slack.api_call("no.such")
    with pytest.raises(SlackApiError, match="invalid_auth"):
        await AsyncWebClient("xoxb-1", base_url=workspace.api_url).auth_test()


async def test_people_are_found(workspace: Workspace, slack: AsyncWebClient) -> None:
    me = await slack.auth_test()
    assert (me["bot_id"], me["user_id"]) == (workspace.bot_id, workspace.bot_user_id)
    assert "chat:write" in me.headers["x-oauth-scopes"].split(",")
    found = await slack.users_lookupByEmail(email="lin@example.com")
    assert found["user"]["id"] == workspace.users["lin"]
    known = await slack.users_info(user=workspace.users["lin"], include_locale=True)
    assert known["user"]["locale"] == "zh-CN"
    first = await slack.users_list(limit=2)
    rest = await slack.users_list(cursor=first["response_metadata"]["next_cursor"])
    assert {each["id"] for each in [*first["members"], *rest["members"]]} >= set(workspace.users.values())


async def test_429_is_obeyed(workspace: Workspace, slack: AsyncWebClient) -> None:
    slack.retry_handlers.append(AsyncRateLimitErrorRetryHandler(max_retry_count=1))
    await workspace.fail(1, 429, method="chat.postMessage", retry_after=1)
    await slack.chat_postMessage(channel=workspace.channels["service"], text="早")
    refused, taken = await workspace.calls("chat.postMessage")
    assert (refused.status, taken.status) == (429, 200)
    assert taken.at - refused.at >= 1
    assert len(await workspace.history(workspace.channels["service"])) == 1


async def test_calls_fail_in_other_ways(workspace: Workspace, slack: AsyncWebClient) -> None:
    care = workspace.channels["care"]
    await workspace.fail(1, 500)
    with pytest.raises(SlackApiError) as broken:
        await slack.chat_postMessage(channel=care, text="一")
    assert broken.value.response.status_code == 500
    await workspace.fail(1, "is_archived", channel=care)
    await slack.chat_postMessage(channel=workspace.channels["service"], text="二")
    with pytest.raises(SlackApiError, match="is_archived"):
        await slack.chat_postMessage(channel=care, text="三")
    slack.timeout = 0.2  # type: ignore[assignment]  # it takes fractions too
    await workspace.fail(1, "hang", performed=True)
    with pytest.raises(TimeoutError):
        await slack.chat_postMessage(channel=care, text="四")
    assert [each["text"] for each in await workspace.history(care)] == ["四"]
    assert [call.arguments["text"] for call in await workspace.calls()] == ["一", "二", "三", "四"]
    assert [call.status for call in await workspace.calls()] == [500, 200, 200, None]


async def test_reactions_and_files_go_both_ways(
    workspace: Workspace, receiver: Receiver, slack: AsyncWebClient
) -> None:
    lin, service = workspace.users["lin"], workspace.channels["service"]
    ts = await workspace.say(lin, service, "图", files={"照片.png": b"\x89PNG"})
    shared, event = await receiver.next_event(), await receiver.next_event()
    assert (shared["type"], event["subtype"], event["ts"]) == ("file_shared", "file_share", ts)
    assert event["files"][0]["name"] == "照片.png"
    async with httpx.AsyncClient(headers={"Authorization": f"Bearer {workspace.token}"}) as http:
        assert (await http.get(event["files"][0]["url_private"])).content == b"\x89PNG"
    await slack.files_upload_v2(channel=service, content="bill", filename="bill.txt", thread_ts=ts)
    assert (await workspace.replies(service, ts))[1]["files"][0]["name"] == "bill.txt"
    await slack.reactions_add(channel=service, timestamp=ts, name="eyes")
    await workspace.react(lin, service, ts, "eyes")
    await slack.reactions_remove(channel=service, timestamp=ts, name="eyes")
    assert await workspace.reactions(service, ts) == {"eyes": [lin]}


async def test_the_app_is_pressed_asked_and_told(workspace: Workspace, slack: AsyncWebClient) -> None:
    wei, care = workspace.users["wei"], workspace.channels["care"]
    card = await slack.chat_postMessage(channel=care, text="T1", blocks=[ACTIONS])
    pressed = _payload(workspace, await workspace.press(wei, care, card["ts"], "take"))
    assert (pressed["type"], pressed["user"]["id"], pressed["channel"]["name"]) == (
        "block_actions",
        wei,
        "care",
    )
    (action,) = pressed["actions"]
    assert (action["action_id"], action["value"]) == ("take", "T1")
    assert action["block_id"] == pressed["message"]["blocks"][0]["block_id"]

    await slack.views_open(trigger_id=pressed["trigger_id"], view={**MODAL, "private_metadata": "T1"})
    with pytest.raises(SlackApiError, match="exchanged_trigger_id"):
        await slack.views_open(trigger_id=pressed["trigger_id"], view=MODAL)
    (view,) = await workspace.views()
    assert (view["user"], view["type"]) == (wei, "modal")
    submitted = _payload(workspace, await workspace.submit(wei, view, {"reason": "要查财务系统"}))
    assert (submitted["type"], submitted["view"]["private_metadata"]) == ("view_submission", "T1")
    ((_, state),) = submitted["view"]["state"]["values"]["reason"].items()
    assert state == {"type": "plain_text_input", "value": "要查财务系统"}

    async with httpx.AsyncClient() as http:
        await http.post(pressed["response_url"], json={"text": "done", "blocks": [ACTIONS]})
        (whisper,) = await workspace.ephemerals()
        assert (whisper["user"], whisper["channel"], whisper["text"]) == (wei, care, "done")
        again = _payload(workspace, await workspace.press(wei, care, whisper["ts"], "take"))
        assert again["container"]["is_ephemeral"] and "message" not in again
        await http.post(again["response_url"], json={"delete_original": True})
    assert await workspace.ephemerals() == []

    headers, body = await workspace.command(wei, "/shouwen find 42", care)
    assert SignatureVerifier(workspace.signing_secret).is_valid_request(body, headers)
    form = {key: value for key, (value,) in parse_qs(body.decode()).items()}
    assert (form["command"], form["text"], form["user_id"]) == ("/shouwen", "find 42", wei)
    menu = _payload(workspace, await workspace.shortcut(wei, "ticket", care, card["ts"]))
    assert (menu["type"], menu["message"]["text"]) == ("message_action", "T1")
    assert _payload(workspace, await workspace.shortcut(wei, "new"))["type"] == "shortcut"


async def test_the_home_tab_is_seen_and_pressed(workspace: Workspace, slack: AsyncWebClient) -> None:
    lin = workspace.users["lin"]
    for text in ("one", "two"):
        section = {"type": "section", "text": {"type": "mrkdwn", "text": text}, "accessory": BUTTON}
        await slack.views_publish(user_id=lin, view={"type": "home", "blocks": [section]})
    (home,) = await workspace.views()
    assert (home["user"], home["blocks"][0]["text"]["text"]) == (lin, "two")
    pressed = _payload(workspace, await workspace.press_in_view(lin, home, "take", "T2"))
    assert (pressed["view"]["type"], pressed["actions"][0]["value"]) == ("home", "T2")


async def test_socket_mode(workspace: Workspace, slack: AsyncWebClient) -> None:
    app = AsyncApp(client=slack, signing_secret=workspace.signing_secret)
    heard: list[str] = []

    @app.event("message")
    async def hear(event: dict[str, Any]) -> None:
        heard.append(event["text"])

    @app.command("/shouwen")
    async def answer(ack: AsyncAck) -> None:
        await ack("hello")

    @app.action("take")
    async def take(ack: AsyncAck, action: dict[str, Any]) -> None:
        heard.append(action["value"])
        await ack()

    wei, service = workspace.users["wei"], workspace.channels["service"]
    async with SocketServer(workspace).running() as socket:
        handler: Any = AsyncSocketModeHandler(app, workspace.app_token)  # it is not typed
        await handler.connect_async()
        await socket.connected()
        card = await slack.chat_postMessage(channel=service, text="T1", blocks=[ACTIONS])
        await workspace.say(wei, service, "早")
        assert await socket.send(await workspace.command(wei, "/shouwen help", service)) == {"text": "hello"}
        await socket.send(await workspace.press(wei, service, card["ts"], "take"))

        async def all_is_heard() -> bool:
            return len(heard) == 2 and len(socket.acknowledged) == 4

        await eventually(all_is_heard)
        assert sorted(heard) == ["T1", "早"]
        ids = {envelope["envelope_id"] for envelope in socket.sent}
        assert {each["envelope_id"] for each in socket.acknowledged} == ids
        (first,) = socket.connections
        await socket.disconnect()

        async def another_is_open() -> bool:
            return socket.connections not in ([], [first])

        await eventually(another_is_open)
        await handler.close_async()


async def test_a_reset_leaves_nothing(workspace: Workspace, slack_emulator: str) -> None:
    await workspace.say(workspace.users["lin"], workspace.channels["service"], "早")
    async with httpx.AsyncClient(base_url=slack_emulator) as http:
        other = await Workspace.begin(
            http, scopes=["chat:write"], channels=[{"name": "vip", "is_private": True}]
        )
        assert await other.history(other.channels["vip"]) == []
        assert other.token != workspace.token and "service" not in other.channels
        me = await AsyncWebClient(other.token, base_url=other.api_url).auth_test()
        assert me.headers["x-oauth-scopes"] == "chat:write"


def _payload(workspace: Workspace, post: Post) -> dict[str, Any]:
    headers, body = post
    assert SignatureVerifier(workspace.signing_secret).is_valid_request(body, headers)
    payload: dict[str, Any] = json.loads(parse_qs(body.decode())["payload"][0])
    return payload
