"""Checks of channels: what is configured, and how it is looked at. `shouwen doctor` and the console's page say the same."""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from uuid import uuid4

from bot.config import Config, Environment, webhook_settings
from bot.extras import extra
from channels.webchat.examining import examine_webchat
from console.channels_view import Setup, Wire
from core.clock import Clock, utc_now
from core.database import Database
from core.errors import ConfigError, NotFound, ShouwenError
from core.feed import Feed
from core.findings import Finding, Grade
from core.tokens import list_tokens

FEED_SECONDS = 5.0  # within which our own feed answers


class Side(StrEnum):
    """One of the two uses of Slack; the value is how the console calls it."""

    DESK = "slack_desk"
    CUSTOMERS = "slack"


BOTH = frozenset(Side)


async def look_at_telegram(config: Config, environment: Environment, *, now: datetime) -> list[Finding]:
    """Whether the token is known, and whether what customers write comes to us. Nothing where it is not used."""
    if environment.telegram_bot_token is None:
        return []
    try:
        with extra("telegram", "TELEGRAM_BOT_TOKEN"):
            from channels.telegram.examining import examine_telegram  # noqa: PLC0415
        by_webhook = config.channels.telegram.mode == "webhook"
        public_url = webhook_settings(environment)[1] if by_webhook else None
    except ConfigError as error:
        return [_config(error)]
    return await examine_telegram(
        environment.telegram_bot_token, environment.telegram_api_url, public_url=public_url, now=now
    )


async def look_at_slack(
    config: Config, environment: Environment, *, sides: Collection[Side] = BOTH
) -> list[Finding]:
    """Whether the token is known, the scopes are there, and we are in every channel. Nothing where it is not used."""
    customers = config.channels.slack
    if environment.slack_bot_token is None:
        return [Finding(code="slack_no_token")] if customers.is_used else []
    try:
        with extra("slack", "SLACK_BOT_TOKEN"):
            from channels.slack.client import Slack  # noqa: PLC0415
            from handoff.desk.examining import examine_slack  # noqa: PLC0415
        slack = Slack(environment.slack_bot_token, api_url=environment.slack_api_url)
    except ShouwenError as error:
        return [_config(error)]
    is_for_customers = Side.CUSTOMERS in sides
    queues: Mapping[str, str] = config.desk.slack.channels if Side.DESK in sides else {}
    reports = {name: each.slack for name, each in config.reports.planned().items() if each.slack}
    try:
        found = await examine_slack(
            slack,
            queues,
            customers=customers.channels if is_for_customers else (),
            direct_messages=is_for_customers and customers.direct_messages,
            reports=reports if Side.DESK in sides else {},
        )
    finally:
        await slack.close()
    is_answered = bool(config.desk.slack.channels or customers.is_used)
    if not is_answered and not reports:
        found.append(Finding(code="slack_no_queue"))
    if (is_answered or not reports) and not (environment.slack_signing_secret or environment.slack_app_token):
        found.append(Finding(code="slack_no_way_in"))
    return found or [Finding(code="slack_fine", grade=Grade.FINE)]


class ChannelChecks:
    """The checks of one process that serves pages, for `console.channels`; `chat` is where its own web chat is reached."""

    def __init__(
        self,
        config: Config,
        environment: Environment,
        database: Database,
        feed: Feed,
        *,
        chat: str,
        clock: Clock = utc_now,
    ) -> None:
        self._config = config
        self._environment = environment
        self._database = database
        self._feed = feed
        self._chat = chat
        self._clock = clock
        self.setups: Sequence[Setup] = find_setups(config, environment)

    async def look(self, name: str) -> Sequence[Finding]:
        """Raises `NotFound` for what is not configured."""
        if not any(each.is_on for each in self.setups if each.name == name):
            raise NotFound("channel", name)
        match name:
            case "telegram":
                return await look_at_telegram(self._config, self._environment, now=self._clock())
            case Side.DESK | Side.CUSTOMERS:
                return await look_at_slack(self._config, self._environment, sides={Side(name)})
            case "api":
                return await self._look_at_api()
            case _:
                return await self._look_at_feed() or await examine_webchat(self._chat)

    async def _look_at_api(self) -> Sequence[Finding]:
        async with self._database.read() as session:
            tokens = await list_tokens(session)
        if not tokens:
            return [Finding(code="api_no_token", grade=Grade.WARNING)]
        return await self._look_at_feed() or [Finding(code="api_fine", grade=Grade.FINE)]

    async def _look_at_feed(self) -> Sequence[Finding]:
        """What customers of web chat and HTTP API read from; who asks it asks the database. Nothing where all is well."""
        try:
            async with asyncio.timeout(FEED_SECONDS):
                await self._feed.read(uuid4(), None)
        except TimeoutError:
            return [Finding(code="feed_away", facts={"error": f"{FEED_SECONDS:g} s"})]
        return []


def find_setups(config: Config, environment: Environment) -> Sequence[Setup]:
    """Every channel that can be configured, those that we serve ourselves first. Pure."""
    return (
        Setup(name="webchat", is_on=True),
        Setup(name="api", is_on=True),
        _telegram(config, environment),
        *_slack(config, environment),
    )


def _telegram(config: Config, environment: Environment) -> Setup:
    mode = config.channels.telegram.mode
    needed = {"TELEGRAM_BOT_TOKEN": environment.telegram_bot_token}
    if mode == "webhook":
        needed |= {
            "TELEGRAM_WEBHOOK_SECRET": environment.telegram_webhook_secret,
            "PUBLIC_URL": environment.public_url,
        }
    wants = [name for name, value in needed.items() if not value]
    wires = (Wire(name="telegram.receive", ticks=mode == "polling"), Wire(name="telegram.send", ticks=True))
    return Setup(name="telegram", is_on=not wants, wants=wants, wires=wires, way=mode)


def _slack(config: Config, environment: Environment) -> Sequence[Setup]:
    by_socket = environment.slack_app_token is not None
    needed = {
        "SLACK_BOT_TOKEN": environment.slack_bot_token,
        "SLACK_APP_TOKEN / SLACK_SIGNING_SECRET": environment.slack_app_token
        or environment.slack_signing_secret,
    }
    wants = [name for name, value in needed.items() if not value]
    receives = Wire(name="slack.receive", ticks=by_socket)
    of_desk = wants + ([] if config.desk.slack.channels else ["desk.slack.channels"])
    places = "channels.slack.direct_messages / channels.slack.channels"
    of_customers = wants + ([] if config.channels.slack.is_used else [places])
    way = "socket" if by_socket else "https"
    return (
        Setup(
            name=Side.DESK,
            is_on=not of_desk,
            wants=of_desk,
            wires=(receives, Wire(name="slack.call")),
            way=way,
        ),
        Setup(
            name=Side.CUSTOMERS,
            is_on=not of_customers,
            wants=of_customers,
            wires=(receives, Wire(name="slack.send", ticks=True)),
            way=way,
        ),
    )


def _config(error: ShouwenError) -> Finding:
    return Finding(code="config", facts={"error": str(error)})
