"""A workspace of the emulator: what people do and see in it, what the app called, and what goes wrong on demand."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import httpx

from tests.slack.support import Json


@dataclass(frozen=True, kw_only=True)
class Call:
    """A call that the app made. `status` is None while, or if, it is never answered."""

    method: str
    arguments: Json
    at: float  # seconds since the epoch
    status: int | None


class Emulated:
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


async def _steer(http: httpx.AsyncClient, what: str, values: Json) -> Any:
    response = await http.post(f"/control/{what}", json=values)
    assert response.is_success, response.text
    return response.json()
