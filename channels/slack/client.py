"""The Web API of Slack: calls at its pace, and its errors in our words.

Limits: https://docs.slack.dev/apis/web-api/rate-limits
"""

import asyncio
import math
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Any

from aiohttp import ClientError, ClientSession, ClientTimeout
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient

from core.connections import Signs
from core.errors import ConfigError, ShouwenError
from core.pacing import Buckets, Limit, Rate

CUSTOMER_PRESS = "customer_press"  # begins the action ids of customers' buttons, and of no button of the desk
CALLS = "slack.call"  # the connection's name
RESTED = 2.0  # seconds without calls where Slack says 429 without saying for how long
PAGE = 200  # of what is listed
SHORTEST_RETURN = 1.0  # seconds

_POST = Rate(per_second=1.0, burst=3)  # in each channel; Slack allows short bursts
_RATES = {  # by method, for the whole workspace; a little below what Slack allows
    "chat.postMessage": Rate(per_second=10.0, burst=20),
    "chat.update": Rate(per_second=0.8, burst=10),  # tier 3: 50 a minute
    "chat.postEphemeral": Rate(per_second=1.6, burst=10),  # tier 4: 100 a minute
    "chat.delete": Rate(per_second=0.8, burst=10),
    "conversations.replies": Rate(per_second=0.8, burst=10),
    "files.delete": Rate(per_second=0.8, burst=10),
    "files.getUploadURLExternal": Rate(per_second=1.6, burst=10),
    "reactions.add": Rate(per_second=0.8, burst=10),
    "views.publish": Rate(per_second=1.6, burst=10),
}


class SlackBusy(ShouwenError):
    """Slack wants us to wait."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"Slack asks to wait {seconds:g} s")
        self.seconds = seconds


class SlackAway(ShouwenError):
    """Slack did not answer, or not sensibly; later it may."""


class SlackRefusal(ShouwenError):
    """Slack says no, and will again until somebody mends it. `code` is Slack's own."""

    def __init__(self, method: str, code: str) -> None:
        super().__init__(f"{method}: {code}")
        self.method = method
        self.code = code


@dataclass(frozen=True, kw_only=True)
class Identity:
    """Who we are in Slack, and what we may do."""

    team_id: str
    user_id: str
    bot_id: str
    url: str  # of the workspace, with a slash at the end
    scopes: frozenset[str]


@dataclass(frozen=True, kw_only=True)
class Pace:
    """The clock that limits are kept by: monotonic seconds, how to wait for some, and how many an answer is waited for."""

    now: Callable[[], float] = time.monotonic
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    patience: int = 15


class Slack:
    """Calls Slack. Close it at the end. `signs` are told whether it answers, and knows us."""

    def __init__(
        self,
        token: str,
        *,
        api_url: str | None = None,
        pace: Pace | None = None,
        signs: Signs | None = None,
    ) -> None:
        if api_url and not api_url.startswith(("http://", "https://")):
            raise ConfigError(
                "SLACK_API_URL", "this is not a web address", "Use one like https://slack.example.com/api/"
            )
        self.token = token
        self._signs = signs
        self._pace = pace or Pace()
        address = f"{api_url.rstrip('/')}/" if api_url else AsyncWebClient.BASE_URL
        self._session: ClientSession | None = None
        self._make: Callable[[ClientSession], AsyncWebClient] = lambda session: AsyncWebClient(
            token, base_url=address, session=session, retry_handlers=[]
        )
        self._client: AsyncWebClient | None = None
        self._buckets = Buckets()
        self._rests: dict[Hashable, float] = {}  # until when a method, in a channel, is not to be called
        self._identity: Identity | None = None

    @property
    def session(self) -> ClientSession:
        """Made where the loop runs: its connections belong to it."""
        if self._session is None:
            # Slack's client leaves the time to a session that it is given; aiohttp's own is five minutes.
            self._session = ClientSession(timeout=ClientTimeout(total=self._pace.patience))
        return self._session

    @property
    def client(self) -> AsyncWebClient:
        """Made where the loop runs, as its session is."""
        if self._client is None:
            self._client = self._make(self.session)
        return self._client

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()

    async def identity(self) -> Identity:
        """Asked of Slack once. Raises like `call`."""
        if self._identity is None:
            answer = await self._call("auth.test", {})
            scopes = answer.headers.get("x-oauth-scopes") or answer.headers.get("X-OAuth-Scopes") or ""
            self._identity = Identity(
                team_id=answer["team_id"],
                user_id=answer["user_id"],
                bot_id=answer.get("bot_id") or "",
                url=f"{str(answer.get('url') or 'https://slack.com').rstrip('/')}/",
                scopes=frozenset(each.strip() for each in scopes.split(",") if each.strip()),
            )
        return self._identity

    async def call(self, method: str, *, longest_wait: float = math.inf, **values: Any) -> Any:
        """Slack's answer, when its limits allow to ask. Raises `SlackBusy`, `SlackAway`, `SlackRefusal`.

        Who would wait for more than `longest_wait` seconds to keep the limits is told so by `SlackBusy` instead.
        """
        await self._wait(method, values.get("channel"), longest_wait)
        return (await self._call(method, values)).data

    async def post(self, channel: str, text: str, blocks: Sequence[Any], **more: Any) -> str:
        """Post a message, of which no address is unfolded; its ts. `more` is as for `call`, and it raises like it."""
        answer = await self.call(
            "chat.postMessage",
            channel=channel,
            text=text,
            blocks=list(blocks),
            unfurl_links=False,
            unfurl_media=False,
            **more,
        )
        return str(answer["ts"])

    async def pages(self, method: str, what: str, **values: Any) -> AsyncIterator[Any]:
        """All that a method lists under a name, page by page. Raises like `call`."""
        cursor = ""
        while True:
            answer = await self.call(method, limit=PAGE, cursor=cursor, **values)
            for each in answer.get(what, []):
                yield each
            cursor = (answer.get("response_metadata") or {}).get("next_cursor") or ""
            if not cursor:
                return

    async def _wait(self, method: str, channel: str | None, longest: float) -> None:
        """Returns when the call may be made. Raises `SlackBusy` while Slack has us rest, or if it would be long."""
        now = self._pace.now()
        if (rested_at := self._rests.get((method, channel), 0.0)) > now:
            raise SlackBusy(rested_at - now)
        limits: list[Limit] = [(rate, method)] if (rate := _RATES.get(method)) else []
        if method == "chat.postMessage":
            limits.append((_POST, channel))
        if limits:
            at = self._buckets.earliest(limits, now=now)
            if at - now > longest:
                # Come again when a moment can be taken, not when it is there: others would have taken it by then.
                raise SlackBusy(max(at - now - longest, SHORTEST_RETURN))
            self._buckets.take(limits, at=at, now=now)
            await self._pace.sleep(at - now)

    async def _call(self, method: str, values: dict[str, Any]) -> Any:
        try:
            answer = await self._ask(method, values)
        except SlackAway as error:
            self._note(str(error))
            raise
        except SlackRefusal as error:  # of all else we are told by a Slack that knows us
            self._note(str(error) if error.code in _UNKNOWN else None)
            raise
        self._note(None)
        return answer

    def _note(self, trouble: str | None) -> None:
        if self._signs is not None:
            self._signs.trouble(CALLS, trouble) if trouble else self._signs.fine(CALLS)

    async def _ask(self, method: str, values: dict[str, Any]) -> Any:
        try:
            # Methods that only read take no JSON.
            if any(isinstance(value, list | dict) for value in values.values()):
                return await self.client.api_call(method, json=values)
            return await self.client.api_call(method, data=values)
        except SlackApiError as error:
            answer: Any = error.response
            if answer.status_code == 429:
                seconds = float(answer.headers.get("Retry-After") or RESTED)
                self._rests[method, values.get("channel")] = self._pace.now() + seconds
                raise SlackBusy(seconds) from error
            code = str(answer.get("error") or f"answered {answer.status_code}")
            if answer.status_code >= 500 or code in _PASSING:
                raise SlackAway(f"{method}: {code}") from error
            raise SlackRefusal(method, code) from error
        except (SlackClientError, ClientError, TimeoutError, OSError, ValueError) as error:
            raise SlackAway(f"{method}: {type(error).__name__}") from error


# Codes by which Slack says that it does not know our token, or not any more
_UNKNOWN = {"account_inactive", "invalid_auth", "not_authed", "token_expired", "token_revoked"}
_PASSING = {"internal_error", "fatal_error", "service_unavailable", "request_timeout", "ratelimited"}
