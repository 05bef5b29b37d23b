"""A workspace of the emulator with what Slack sends of it: events, presses, forms, commands, as they are signed and posted."""

import base64
import hashlib
import hmac
import json
import secrets
import time
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlencode

from tests.slack.emulated import Emulated
from tests.slack.support import Json, Post


class Workspace(Emulated):
    """What Slack sends, to be posted to wherever the app listens."""

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
